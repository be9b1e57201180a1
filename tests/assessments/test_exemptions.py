"""Exemptions: asked for by the agency, decided by somebody else, in force for a time; no result is edited."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.models import Exemption, Result
from assessments.queries import load_sheet
from assessments.result_reading import read_result
from assessments.results import frozen_levels
from assessments.services_evidence_notices import tell_of_ends
from assessments.services_exemptions import (
    BadExemption,
    CannotDecide,
    ExemptionFields,
    StaleExemption,
    decide_exemption,
    end_exemption,
    request_exemption,
    withdraw_exemption,
)
from maturity.levels import Level
from maturity.models import Item
from maturity.queries import rules_of
from portal.audit.models import AuditEntry
from portal.notices.models import Notice
from tests.assessments.conftest import Case
from tests.assessments.exemptions import approved, ask
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def decide(case: Case, made: Exemption, **changes: Any) -> Exemption:
    same = {"exemption_id": made.pk, "revision": made.revision, "approve": True, "note": "", "at": NOW}
    return decide_exemption(**(same | {"by": case.world.reviewer} | changes))


def test_it_is_asked_for_and_approved_by_somebody_else(case: Case):
    made = ask(case)
    assert (made.state, made.requested_by) == ("asked", case.world.contributor)
    assert decide(case, made).decided_by == case.world.reviewer
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions)[-2:] == ["ask exemption", "approve exemption"]
    told = set(Notice.objects.values_list("kind", "person_id"))
    people = case.world.people
    assert ("exemption-asked", people["reviewer"].pk) in told
    assert ("exemption-decided", people["contributor"].pk) in told
    assert not Notice.objects.filter(text__contains="house").exists()


def test_nobody_decides_on_what_they_asked_for(case: Case):
    by = case.world.people["administrator"]
    item = Item.objects.get(version=case.assessment.version, slug="name-owner")
    fields = ExemptionFields("Move.", date(2026, 11, 1), date(2027, 1, 1))
    made = request_exemption(agency=case.world.grid, item=item, fields=fields, by=by, at=NOW)
    with pytest.raises(CannotDecide, match="somebody else"):
        decide(case, made, by=by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Exemption.objects.filter(pk=made.pk).update(state="approved", decided_by=by, decided_at=NOW)


@pytest.mark.parametrize("who", ["contributor", "lead", "outsider"])
def test_only_who_may_review_decides(case: Case, who: str):
    with pytest.raises(CannotDecide):
        decide(case, ask(case), by=case.world.people[who])


@pytest.mark.parametrize(
    ("reason", "from_on", "until_on", "field"),
    [
        (" ", date(2026, 11, 1), date(2027, 1, 1), "reason"),
        ("Move.", date(2027, 1, 2), date(2027, 1, 1), "until_on"),
        ("Move.", date(2026, 1, 1), date(2026, 2, 1), "until_on"),
    ],
)
def test_it_has_a_reason_and_days_that_make_sense(
    case: Case, reason: str, from_on: date, until_on: date, field: str
):
    item = Item.objects.get(version=case.assessment.version, slug="name-owner")
    with pytest.raises(BadExemption) as bad:
        request_exemption(
            agency=case.world.grid,
            item=item,
            fields=ExemptionFields(reason, from_on, until_on),
            by=case.world.contributor,
            at=NOW,
        )
    assert list(bad.value.errors) == [field]


def test_it_waits_once_and_asking_again_the_same_is_harmless(case: Case):
    assert ask(case) == ask(case)
    with pytest.raises(BadExemption, match="waits for a decision already"):
        ask(case, until_on=date(2027, 3, 1))
    withdraw_exemption(exemption_id=ask(case).pk, revision=1, by=case.world.contributor, at=NOW)
    assert ask(case, until_on=date(2027, 3, 1)).state == "asked"


def test_a_decision_on_what_changed_meanwhile_is_refused(case: Case):
    made = ask(case)
    decide(case, made)
    with pytest.raises(StaleExemption, match="it is approved"):
        decide(case, made, approve=False, note="No.")


def test_a_decline_says_why(case: Case):
    with pytest.raises(BadExemption):
        decide(case, ask(case), approve=False)


def test_while_it_holds_at_the_end_of_the_period_the_item_is_left_out(case: Case):
    approved(case)
    case.answer("train-staff")
    for item in ("pick-platform", "no-budget"):
        case.answer(item, Level.NOT_STARTED)
    sheet = load_sheet(case.assessment)
    assert sheet.levels["name-owner"] == Level.EXEMPT
    assert "name-owner" not in sheet.unanswered
    case.submit()
    result = case.approve()
    levels = frozen_levels(rules_of(result.version), result)
    assert levels["name-owner"] == Level.EXEMPT
    assert result.stages[0]["left_out"] == 1


@pytest.mark.parametrize(
    ("from_on", "until_on"), [(date(2026, 11, 1), date(2026, 12, 30)), (date(2027, 1, 1), date(2027, 6, 1))]
)
def test_one_that_does_not_hold_at_the_end_of_the_period_leaves_nothing_out(
    case: Case, from_on: date, until_on: date
):
    approved(case, from_on=from_on, until_on=until_on)
    assert load_sheet(case.assessment).exempt == frozenset()


def test_one_that_waits_or_was_declined_leaves_nothing_out(case: Case):
    made = ask(case)
    assert load_sheet(case.assessment).exempt == frozenset()
    decide(case, made, approve=False, note="No.")
    assert load_sheet(case.assessment).exempt == frozenset()


def test_the_end_returns_the_item_to_the_gaps_and_edits_no_result(case: Case, client):
    made = approved(case)
    case.answer_all_asked()
    case.submit()
    result = case.approve()
    before = Result.objects.filter(pk=result.pk).values().get()
    reading = read_result(result, today=date(2027, 2, 28))
    assert [(line.item.slug, line.ended) for line in reading.exempt] == [("name-owner", None)]
    assert "name-owner" not in {gap.item.slug for gap in reading.gaps + reading.holding}
    reading = read_result(result, today=date(2027, 3, 1))
    assert reading.gaps[0].item.slug == "name-owner"
    assert reading.gaps[0].words == "Exemption ended on February 28, 2027"
    assert reading.gaps[0].effect > 0
    ended = end_exemption(
        exemption_id=made.pk, revision=made.revision, reason="Done.", by=case.world.lead, at=NOW
    )
    assert ended.ended_on == date(2026, 11, 21)
    assert read_result(result, today=date(2026, 11, 21)).gaps[0].item.slug == "name-owner"
    assert Result.objects.filter(pk=result.pk).values().get() == before
    client.force_login(case.world.lead)
    page = client.get(reverse("assessments:assessment-result", args=[case.assessment.pk])).content.decode()
    assert "Left out by exemption" in page
    # Exempt once more, it is no gap.
    approved(case, from_on=date(2026, 11, 2))
    assert "name-owner" not in {gap.item.slug for gap in read_result(result, today=NOW.date()).gaps}


def test_pages_ask_decide_and_list(case: Case, client):
    client.force_login(case.world.contributor)
    asking = reverse("assessments:exemption-ask", args=[case.assessment.pk, "name-owner"])
    days = {"reason": "<b>Move</b>", "from_on": "2026-11-01", "until_on": "2027-02-01"}
    assert client.post(asking, days | {"reason": ""}).status_code == 422
    assert client.post(asking, days).status_code == 302
    made = Exemption.objects.get()
    own = reverse("assessments:exemption-detail", args=[made.pk])
    assert "&lt;b&gt;Move" in client.get(own).content.decode()
    client.force_login(case.world.reviewer)
    stale = {"decision": "approve", "revision": 7}
    assert client.post(own, stale).status_code == 409
    assert client.post(own, {"decision": "decline", "revision": 1}).status_code == 422
    assert client.post(own, {"decision": "approve", "revision": 1}).status_code == 302
    listed = client.get(reverse("assessments:exemption-list"), {"show": "force", "agency": "grid"})
    assert listed.context["page"].paginator.count == 1
    assert client.get(reverse("assessments:exemption-list"), {"show": "asked"}).context["rows"] == []


def test_people_are_told_once_of_what_ends_within_30_days(case: Case):
    approved(case, until_on=date(2026, 12, 1))
    for _ in range(2):
        tell_of_ends(at=NOW)
    tell_of_ends(at=NOW + timedelta(days=1))
    told = Notice.objects.filter(kind="exemption-ends")
    assert list(told.values_list("person_id", flat=True)) == [case.world.lead.pk]
