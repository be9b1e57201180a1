"""Starting an assessment and amending it."""

from datetime import date

import pytest

from assessments.models import Assessment, Evidence, Step
from assessments.services import CannotStart, start_amendment, start_assessment
from assessments.services_answers import EvidenceFields, add_evidence
from maturity.levels import Level
from portal.agencies.periods import Period
from portal.audit.models import AuditEntry
from tests.assessments.conftest import EARLIER, LABEL, QUARTER, Case, start_case
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World


def start(world: World, **changes):
    values = {
        "agency": world.grid,
        "version": changes.pop("version", None) or make_small_model(),
        "period": QUARTER,
        "period_label": LABEL,
        "by": world.contributor,
        "at": NOW,
    }
    return start_assessment(**(values | changes))


def test_starting_leaves_a_draft_a_step_and_an_audit_entry(world: World):
    assessment = start(world)
    assert assessment.state == Assessment.State.DRAFT
    assert (assessment.created_by, assessment.period_label) == (world.contributor, LABEL)
    assert list(assessment.steps.values_list("state", "by")) == [("draft", world.contributor.pk)]
    entry = AuditEntry.objects.get(action="start")
    assert entry.changes == {"model": "small@1", "period": LABEL}


@pytest.mark.parametrize("persona", ["contributor", "lead", "officer", "administrator"])
def test_these_may_start(world: World, persona: str):
    assert start(world, by=world.people[persona]).created_by == world.people[persona]


@pytest.mark.parametrize("persona", ["outsider", "viewer", "reviewer"])
def test_these_may_not_start(world: World, persona: str):
    with pytest.raises(CannotStart, match="You may not start"):
        start(world, by=world.people[persona])


def test_one_agency_version_and_period_has_one_assessment(world: World):
    version = make_small_model()
    start(world, version=version)
    with pytest.raises(CannotStart, match="already has an assessment"):
        start(world, version=version)
    assert Assessment.objects.count() == Step.objects.count() == 1


def test_a_period_that_has_not_begun_cannot_be_assessed(world: World):
    with pytest.raises(CannotStart, match="has not begun: it starts on January 1, 2027"):
        start(world, period=Period(date(2027, 1, 1), date(2027, 3, 31)), period_label="FY27 Q2")


def test_a_closed_agency_cannot_be_assessed_for_a_period_after_its_end(world: World):
    world.grid.closed_on = date(2026, 9, 30)
    with pytest.raises(CannotStart, match="closed on September 30, 2026"):
        start(world)


def test_carrying_over_begins_with_what_was_approved_last(world: World):
    version = make_small_model()
    earlier = start_case(world, version, EARLIER, "FY26 Q4")
    earlier.answer_all_asked()
    earlier.submit()
    earlier.approve()
    assessment = start(world, version=version, carry_over=True)
    assert assessment.answers.count() == 4
    assert assessment.answers.get(item__slug="train-staff").level == Level.IN_PLACE


def test_carrying_over_takes_nothing_from_what_is_not_approved(world: World):
    version = make_small_model()
    start_case(world, version, EARLIER, "FY26 Q4").answer_all_asked()
    assert not start(world, version=version, carry_over=True).answers.exists()


def test_an_amendment_copies_answers_and_evidence_and_leaves_the_original(case: Case):
    case.answer_all_asked()
    fields = EvidenceFields(
        kind="statement", title="Course list", dated_on=date(2026, 10, 2), statement="All done."
    )
    pk = case.assessment.pk
    add_evidence(
        assessment_id=pk, item_slug="train-staff", evidence=fields, by=case.world.contributor, at=NOW
    )
    case.submit()
    case.approve()
    amendment = start_amendment(assessment_id=pk, reason=" Wrong office. ", by=case.world.lead, at=NOW)
    assert (amendment.amends_id, amendment.amendment_reason, amendment.state) == (
        pk,
        "Wrong office.",
        "draft",
    )
    copied = amendment.answers.get(item__slug="train-staff")
    assert (copied.level, copied.answered_by) == (Level.IN_PLACE, case.world.contributor)
    assert copied.evidence.get().statement == "All done."
    assert Evidence.objects.count() == 2
    assert case.assessment.answers.count() == amendment.answers.count() == 4
    assert case.assessment.results.count() == 1


def test_the_copies_of_an_amendment_take_as_many_queries_for_one_answer_as_for_four(
    approved: Case, queries_of
):
    few = start_case(approved.world, make_small_model("other"))
    for item in ("train-staff", "name-owner", "pick-platform"):
        few.answer(item, Level.NOT_APPLICABLE, reason="No staff.")
    few.answer("no-budget", Level.NOT_STARTED)
    few.submit()
    few.approve()
    few.assessment.answers.exclude(item__slug="no-budget").delete()

    def amend(case: Case) -> int:
        return queries_of(
            lambda: start_amendment(assessment_id=case.assessment.pk, reason="x", by=case.world.lead, at=NOW)
        )

    assert amend(few) == amend(approved)


def test_only_what_is_approved_is_amended(submitted: Case):
    with pytest.raises(CannotStart, match="Only an approved assessment"):
        start_amendment(assessment_id=submitted.assessment.pk, reason="x", by=submitted.world.lead, at=NOW)


def test_an_amendment_needs_a_reason_and_happens_once(approved: Case):
    def amend(reason: str) -> Assessment:
        return start_amendment(
            assessment_id=approved.assessment.pk, reason=reason, by=approved.world.lead, at=NOW
        )

    with pytest.raises(CannotStart, match="Say why"):
        amend("  ")
    amend("Wrong office.")
    with pytest.raises(CannotStart, match="has an amendment already"):
        amend("Again.")
