"""The responsible executive or a delegate vouches: on the page, for somebody, or under their own log-in."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.models import Assessment
from assessments.services_attesting import attest_assessment, seal_of, stands
from assessments.services_review import (
    CannotApprove,
    CannotSubmit,
    approve_assessment,
    return_assessment,
    submit_assessment,
)
from maturity.levels import Level
from portal.agencies.models import Contact
from portal.audit.models import AuditEntry
from tests.assessments.checkins import make_check_in
from tests.assessments.conftest import Case
from tests.factories import NOW
from tests.world import World

OWN = {"attests": "myself", "attested_as": "executive", "confirmed": "on", "revision": 1}


@pytest.fixture
def complete(case: Case) -> Case:
    case.answer_all_asked()
    return case


def address(case: Case) -> str:
    return reverse("assessments:assessment-submit", args=[case.assessment.pk])


def post(case: Case, persona: str = "lead", **sent: object) -> Any:
    return case.world.client(persona).post(address(case), sent)


def attest(case: Case, by: str = "administrator") -> Assessment:
    return attest_assessment(
        assessment_id=case.assessment.pk,
        seal=seal_of(case.assessment),
        capacity="executive",
        by=case.world.people[by],
        at=NOW,
    )


def page(case: Case, persona: str = "lead") -> str:
    return case.world.client(persona).get(address(case)).content.decode()


def test_the_page_proposes_the_responsible_executive_and_shows_the_statement(complete: Case):
    Contact.objects.create(agency=complete.world.grid, role="executive", name="Kim Chief")
    shown = page(complete)
    assert 'value="Kim Chief"' in shown
    assert "the answers of Grid Office for FY27 Q1 are true and complete" in shown


def test_the_submitter_declares_for_a_delegate_with_the_reference(complete: Case):
    sent = {"attested_by": "Kim Deputy", "attested_as": "delegate", "confirmed": "on", "revision": 1}
    assert post(complete, **sent).status_code == 422
    assert post(complete, **sent, delegation="Order 12").status_code == 302
    assessment = Assessment.objects.get()
    assert (assessment.attested_by, assessment.attested_as, assessment.delegation) == (
        "Kim Deputy", "delegate", "Order 12",
    )  # fmt: skip
    assert (assessment.attested_user, assessment.submitted_by) == (None, complete.world.lead)
    assert "true and complete" in assessment.attestation
    changes = AuditEntry.objects.get(action="submit").changes
    assert (changes["attested by"], changes["delegation"]) == ("Kim Deputy", "Order 12")


@pytest.mark.parametrize("missing", ["attested_by", "attested_as", "confirmed"])
def test_nobody_vouches_without_a_name_a_capacity_and_the_confirmation(complete: Case, missing: str):
    sent = {"attested_by": "Kim", "attested_as": "executive", "confirmed": "on", "revision": 1}
    del sent[missing]
    response = post(complete, **sent)
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {missing}


def test_who_submits_may_vouch_under_their_own_log_in(complete: Case):
    assert post(complete, **OWN).status_code == 302
    assessment = Assessment.objects.get()
    assert (assessment.attested_by, assessment.attested_user) == ("lead", complete.world.lead)


def test_somebody_vouches_first_and_another_submits(complete: Case):
    own = OWN | {"attest_only": "1", "seal": seal_of(complete.assessment)}
    assert post(complete, "administrator", **own).status_code == 302
    assert Assessment.objects.get().state == "draft"
    assert "administrator, Responsible executive, attested it under their own log-in" in page(complete)
    assert post(complete, attests="standing", revision=1).status_code == 302
    assessment = Assessment.objects.get()
    assert (assessment.state, assessment.attested_user) == ("submitted", complete.world.administrator)
    assert assessment.submitted_by == complete.world.lead


def test_what_was_attested_ends_with_the_next_change(complete: Case):
    assert stands(attest(complete))
    complete.answer("train-staff", Level.PARTIAL)
    assert not stands(Assessment.objects.get())
    with pytest.raises(CannotSubmit, match="no longer holds"):
        submit_assessment(
            assessment_id=complete.assessment.pk, revision=1, standing=True, by=complete.world.lead, at=NOW
        )


def test_what_comes_back_is_attested_anew(complete: Case):
    pk = complete.assessment.pk
    attest(complete)
    submit_assessment(assessment_id=pk, revision=1, standing=True, by=complete.world.lead, at=NOW)
    returned = return_assessment(
        assessment_id=pk, revision=2, comment="Which?", by=complete.world.reviewer, at=NOW
    )
    assert not stands(returned)


def test_who_vouched_does_not_approve(complete: Case):
    pk = complete.assessment.pk
    attest(complete)
    submit_assessment(assessment_id=pk, revision=1, standing=True, by=complete.world.lead, at=NOW)
    with pytest.raises(CannotApprove):
        approve_assessment(assessment_id=pk, revision=2, by=complete.world.administrator, at=NOW)


def test_the_statement_says_how_much_was_not_confirmed(world: World):
    case = make_check_in(world)
    assert "4 of them were carried forward from earlier and have not been confirmed" in page(case)


def test_review_and_result_say_who_vouches_and_how(complete: Case):
    post(complete, **OWN)
    shown = complete.world.client("reviewer").get(
        reverse("assessments:assessment-review", args=[complete.assessment.pk])
    )
    assert "lead vouches for the answers, as responsible executive" in shown.content.decode()
    assert "under their own log-in" in shown.content.decode()


def test_a_delegate_without_a_reference_is_refused_by_the_database(case: Case):
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.update(attested_as="delegate", delegation="")
