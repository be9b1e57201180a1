"""Saying that a carried answer still holds: one, a domain, and taking it back."""

from datetime import date

import pytest

from assessments.checks import what_is_missing
from assessments.models import Answer
from assessments.queries import load_sheet
from assessments.services import NotOpen
from assessments.services_answers import AnswerFields, EvidenceFields, StaleAnswer, add_evidence, save_answer
from assessments.services_confirming import (
    CannotConfirm,
    Confirmed,
    StaleConfirmation,
    confirm_answer,
    confirm_answers,
    take_back_confirmations,
)
from assessments.services_review import CannotApprove, CannotSubmit, approve_assessment
from assessments.services_scores import save_domain_scores, scores_revision
from maturity.levels import Level
from maturity.models import Item
from portal.access.models import Membership
from portal.audit.models import AuditEntry
from tests.assessments.checkins import carry_on, make_check_in, make_full
from tests.assessments.conftest import EARLIER, STAGE_1, Case, start_case
from tests.factories import NOW
from tests.maturity.banded import make_mean_model
from tests.world import World


@pytest.fixture
def check_in(world: World) -> Case:
    return make_check_in(world)


def confirm(case: Case, *items: str, **changes: object) -> Confirmed:
    return confirm_answers(
        assessment_id=case.assessment.pk,
        seen=dict.fromkeys(items, 1),
        **({"by": case.world.lead, "at": NOW} | changes),
    )


def answer_of(case: Case, item: str) -> Answer:
    return case.assessment.answers.select_related("item").get(item__slug=item)


def missing(case: Case) -> list[str]:
    return [reason.message for reason in what_is_missing(load_sheet(case.assessment))]


def test_confirming_keeps_the_answer_and_who_said_it(check_in: Case):
    before = answer_of(check_in, "train-staff")
    outcome = confirm(check_in, "train-staff")
    answer = answer_of(check_in, "train-staff")
    assert [row.pk for row in outcome.done] == [answer.pk]
    assert (answer.level, answer.note, answer.answered_by, answer.answered_at) == (
        before.level, before.note, before.answered_by, before.answered_at,
    )  # fmt: skip
    assert (answer.confirmed_by, answer.confirmed_at, answer.revision) == (check_in.world.lead, NOW, 2)
    assert not answer.is_unconfirmed
    entry = AuditEntry.objects.get(action="confirm answer")
    assert (entry.actor_name, entry.changes) == ("lead", {"item": "train-staff", "carried from": "FY26 Q4"})


def test_a_domain_is_confirmed_at_once_but_for_what_changed_since_it_was_seen(check_in: Case):
    check_in.answer("name-owner", Level.IN_PLACE)
    outcome = confirm(check_in, *STAGE_1)
    assert {row.item.slug for row in outcome.done} == {"train-staff", "pick-platform", "no-budget"}
    assert [row.item.slug for row in outcome.changed] == ["name-owner"]
    assert answer_of(check_in, "name-owner").revision == 2
    assert AuditEntry.objects.filter(action="confirm answer").count() == 3


def test_confirming_twice_changes_nothing_more(check_in: Case):
    confirm(check_in, *STAGE_1)
    again = confirm(check_in, *STAGE_1, by=check_in.world.contributor)
    assert again == Confirmed((), (), {})
    assert set(check_in.assessment.answers.values_list("revision", "confirmed_by")) == {
        (2, check_in.world.lead.pk)
    }


def test_confirming_takes_as_many_queries_for_one_answer_as_for_four(check_in: Case, queries_of):
    one = queries_of(lambda: confirm(check_in, "train-staff"))
    assert queries_of(lambda: confirm(check_in, *STAGE_1)) == one


def test_saving_a_carried_answer_confirms_it_also_as_it_was(check_in: Case):
    saved = check_in.answer("train-staff", Level.IN_PLACE, by=check_in.world.lead)
    assert (saved.revision, saved.confirmed_at, saved.confirmed_by) == (2, NOW, None)
    assert (saved.answered_by, saved.is_unconfirmed) == (check_in.world.lead, False)
    entry = AuditEntry.objects.filter(action="answer").order_by("pk").last()
    assert entry.changes == {"item": "train-staff", "confirmed": True}


def test_evidence_alone_confirms_nothing(check_in: Case):
    fields = EvidenceFields(kind="statement", title="List", dated_on=date(2026, 11, 2), statement="All.")
    add_evidence(
        assessment_id=check_in.assessment.pk, item_slug="train-staff", evidence=fields,
        by=check_in.world.contributor, at=NOW,
    )  # fmt: skip
    assert answer_of(check_in, "train-staff").is_unconfirmed


def test_a_confirmation_is_taken_back_as_long_as_it_is_open(check_in: Case):
    confirm(check_in, *STAGE_1)
    outcome = take_back_confirmations(
        assessment_id=check_in.assessment.pk, seen={"train-staff": 2}, by=check_in.world.lead, at=NOW
    )
    answer = answer_of(check_in, "train-staff")
    assert [row.pk for row in outcome.done] == [answer.pk]
    assert (answer.is_unconfirmed, answer.confirmed_by, answer.revision) == (True, None, 3)
    assert AuditEntry.objects.filter(action="take back confirmation").count() == 1


def test_what_was_answered_anew_is_not_taken_back(check_in: Case):
    check_in.answer("train-staff", Level.PARTIAL)
    outcome = take_back_confirmations(
        assessment_id=check_in.assessment.pk, seen={"train-staff": 2}, by=check_in.world.lead, at=NOW
    )
    assert [row.item.slug for row in outcome.changed] == ["train-staff"]
    assert answer_of(check_in, "train-staff").level == Level.PARTIAL


def test_one_answer_that_somebody_saved_meanwhile_is_refused_with_what_it_is_now(check_in: Case):
    check_in.answer("train-staff", Level.PARTIAL)
    with pytest.raises(StaleConfirmation, match="contributor saved this answer after you read it") as refused:
        confirm_answer(
            assessment_id=check_in.assessment.pk, item_slug="train-staff", revision=1,
            by=check_in.world.lead, at=NOW,
        )  # fmt: skip
    assert refused.value.answer.level == Level.PARTIAL


def test_an_answer_given_here_has_nothing_to_confirm(case: Case):
    case.answer("train-staff")
    with pytest.raises(CannotConfirm, match="nothing to confirm"):
        confirm_answer(
            assessment_id=case.assessment.pk, item_slug="train-staff", revision=1, by=case.world.lead, at=NOW
        )
    with pytest.raises(Item.DoesNotExist):
        confirm(case, "name-owner")


def test_what_was_planned_for_a_day_that_is_over_is_not_confirmed(world: World):
    planned = {"level": Level.PLANNED, "planned_on": date(2026, 9, 30)}
    case = make_check_in(world, pick_platform=planned)
    outcome = confirm(case, *STAGE_1)
    assert outcome.refused.keys() == {"pick-platform"}
    assert "is over" in outcome.refused["pick-platform"]
    assert answer_of(case, "pick-platform").is_unconfirmed


def test_what_is_submitted_is_neither_confirmed_nor_taken_back(check_in: Case):
    check_in.submit()
    for change in (confirm_answers, take_back_confirmations):
        with pytest.raises(NotOpen, match="submitted"):
            change(
                assessment_id=check_in.assessment.pk, seen={"train-staff": 1}, by=check_in.world.lead, at=NOW
            )


# --- what a round accepts ---------------------------------------------------------------------------


def test_a_full_assessment_refuses_what_nobody_confirmed(world: World):
    case = make_full(world)
    (reason,) = what_is_missing(load_sheet(case.assessment))
    assert reason.message == "4 answers were carried over and not confirmed yet."
    assert reason.items == STAGE_1
    with pytest.raises(CannotSubmit, match="not confirmed"):
        case.submit()
    confirm(case, *STAGE_1[:3])
    assert missing(case) == ["1 answer was carried over and not confirmed yet."]
    case.answer("no-budget", Level.NOT_STARTED)
    assert case.submit().state == "submitted"


def test_a_check_in_accepts_it_and_the_result_keeps_how_much(check_in: Case):
    confirm(check_in, "train-staff")
    check_in.submit()
    result = check_in.approve()
    assert (result.unconfirmed_items, result.unconfirmed) == (3, 750_000)


def test_who_confirmed_an_answer_does_not_approve_it(check_in: Case):
    world = check_in.world
    confirm(check_in, "train-staff", by=world.reviewer)
    check_in.submit()
    with pytest.raises(CannotApprove):
        check_in.approve()


def test_who_gave_a_carried_answer_does_not_approve_it(check_in: Case):
    world = check_in.world
    Membership.objects.filter(user=world.contributor).update(role="reviewer")
    check_in.submit()
    with pytest.raises(CannotApprove):
        approve_assessment(assessment_id=check_in.assessment.pk, revision=2, by=world.contributor, at=NOW)


def test_a_stale_save_over_a_confirmation_is_told(check_in: Case):
    confirm(check_in, "train-staff")
    with pytest.raises(StaleAnswer):
        save_answer(
            assessment_id=check_in.assessment.pk, item_slug="train-staff", revision=1,
            fields=AnswerFields(level=Level.PARTIAL), by=check_in.world.contributor, at=NOW,
        )  # fmt: skip


# --- scores of whole domains ------------------------------------------------------------------------


def test_carried_scores_are_confirmed_by_saving_them_as_they_are(world: World):
    version = make_mean_model()
    before = start_case(world, version, EARLIER, "FY26 Q4")
    scores = {"ready": 50_000_000, "done": 40_000_000}
    give(before, scores)
    for item in ("train-staff", "name-owner"):
        before.answer(item)
    before.submit()
    before.approve()
    case = carry_on(world, version)
    sheet = load_sheet(case.assessment)
    assert sheet.unconfirmed_scores == ("ready", "done")
    assert missing(case) == [
        "4 answers were carried over and not confirmed yet. Scores of domains among them: 2."
    ]
    assert give(case, scores) == 2
    assert give(case, scores) == 0
    assert load_sheet(case.assessment).unconfirmed_scores == ()
    assert set(case.assessment.domain_scores.values_list("revision", "given_by")) == {(2, world.lead.pk)}


def give(case: Case, scores: dict[str, int]) -> int:
    return save_domain_scores(
        assessment_id=case.assessment.pk,
        revision=scores_revision(case.assessment),
        scores=scores,
        by=case.world.lead,
        at=NOW,
    )
