"""Beginning with what was approved last: what is carried, from where, and what is not."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from assessments.models import Answer, RoundKind
from assessments.services import start_amendment
from assessments.services_answers import EvidenceFields, add_evidence
from assessments.services_copying import overdue_before
from maturity.levels import Level
from maturity.models import Domain, ModelVersion, Stage
from portal.agencies.periods import Period
from portal.audit.models import AuditEntry
from tests.assessments.checkins import (
    BEFORE,
    approve_before,
    carry_on,
    make_check_in,
    make_full,
    make_round,
)
from tests.assessments.conftest import EARLIER, QUARTER, Case, start_case
from tests.factories import NOW, make_program
from tests.maturity.banded import make_points_model
from tests.maturity.factories import make_second_model, make_small_model
from tests.world import World

LONG_BEFORE = Period(date(2026, 4, 1), date(2026, 6, 30))


def test_a_carried_answer_keeps_who_said_it_and_names_where_it_comes_from(world: World):
    case = make_check_in(world)
    earlier = case.assessment.began_from
    answer = case.assessment.answers.get(item__slug="train-staff")
    assert (answer.level, answer.answered_by) == (Level.IN_PLACE, world.contributor)
    assert (answer.carried_from, answer.confirmed_at, answer.is_unconfirmed) == (earlier, None, True)
    assert answer.revision == 1
    entry = AuditEntry.objects.filter(action="start").order_by("pk").last()
    assert entry.changes == {
        "model": "small@1", "period": "FY27 Q1", "kind": "check_in", "carried over": 4, "from": BEFORE,
    }  # fmt: skip


def test_what_nobody_confirmed_is_still_of_the_period_in_which_it_was_said(world: World):
    version = make_small_model()
    first = start_case(world, version, LONG_BEFORE, "FY26 Q3")
    first.answer_all_asked()
    first.submit()
    first.approve()
    make_round(world, version, period=EARLIER)
    second = carry_on(world, version, period=EARLIER, period_label=BEFORE)
    second.answer("name-owner", Level.IN_PLACE)
    second.submit()
    second.approve()
    third = carry_on(world, version)
    assert third.assessment.began_from == second.assessment
    assert third.assessment.answers.get(item__slug="train-staff").carried_from == first.assessment
    assert third.assessment.answers.get(item__slug="name-owner").carried_from == second.assessment


def test_an_amendment_takes_over_what_was_unconfirmed_as_such(world: World):
    case = make_check_in(world)
    case.submit()
    case.approve()
    amendment = start_amendment(
        assessment_id=case.assessment.pk, reason="Wrong office.", by=world.lead, at=NOW
    )
    assert (amendment.kind, amendment.began_from) == (RoundKind.CHECK_IN, case.assessment)
    assert {answer.is_unconfirmed for answer in amendment.answers.all()} == {True}


def test_a_row_with_evidence_alone_is_carried_and_has_nothing_to_confirm(world: World):
    before = start_case(world, make_small_model(), EARLIER, BEFORE)
    before.answer_all_asked()
    fields = EvidenceFields(kind="statement", title="Plan", dated_on=date(2026, 9, 2), statement="Soon.")
    add_evidence(
        assessment_id=before.assessment.pk, item_slug="scan-images", evidence=fields,
        by=world.contributor, at=NOW,
    )  # fmt: skip
    before.submit()
    before.approve()
    answer = carry_on(world, before.assessment.version).assessment.answers.get(item__slug="scan-images")
    assert (answer.is_unconfirmed, answer.evidence.get().statement) == (False, "Soon.")


# --- planned, and overdue ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "until"),
    [
        (QUARTER, date(2026, 6, 30)),  # two quarters lie between June 30 and December 31
        (Period(date(2026, 10, 1), date(2027, 3, 31)), date(2026, 3, 31)),  # two halves
        (Period(date(2026, 10, 1), date(2026, 10, 31)), date(2026, 4, 30)),  # months: two quarters at least
    ],
)
def test_overdue_is_what_was_planned_two_whole_periods_before_the_end(period: Period, until: date):
    assert overdue_before(period) == until


def test_what_is_two_quarters_overdue_comes_back_as_not_started_with_what_was_planned(world: World):
    version = make_small_model()
    before = start_case(world, version, LONG_BEFORE, "FY26 Q3")
    before.answer_all_asked()
    last, next_day = date(2026, 6, 30), date(2026, 7, 1)
    before.answer("name-owner", Level.PLANNED, planned_on=last, note="Ask Kim.")
    before.answer("pick-platform", Level.PLANNED, planned_on=next_day)
    before.submit()
    before.approve()
    case = carry_on(world, version)
    lapsed = case.assessment.answers.get(item__slug="name-owner")
    assert (lapsed.level, lapsed.planned_on, lapsed.lapsed_on) == (Level.NOT_STARTED, None, last)
    assert (lapsed.is_unconfirmed, lapsed.note, lapsed.answered_by) == (True, "Ask Kim.", world.contributor)
    kept = case.assessment.answers.get(item__slug="pick-platform")
    assert (kept.level, kept.planned_on, kept.lapsed_on) == (Level.PLANNED, next_day, None)
    assert (
        AuditEntry.objects.filter(action="start").order_by("pk").last().changes["came back as not started"]
        == 1
    )


# --- other versions and other scales ----------------------------------------------------------------


def test_answers_go_on_to_the_next_version_by_its_successors(world: World):
    before = approve_before(world, pick_platform={"level": Level.IN_PLACE})
    case = carry_on(world, make_second_model())
    said = {answer.item.slug: answer for answer in case.assessment.answers.select_related("item")}
    # Renamed; kept; split in two; "no-budget" was dropped.
    assert said.keys() == {"teach-staff", "name-owner", "choose-platform", "run-platform"}
    assert said["choose-platform"].level == said["run-platform"].level == Level.IN_PLACE
    assert said["teach-staff"].carried_from == before.assessment
    changes = AuditEntry.objects.filter(action="start").order_by("pk").last().changes
    assert (changes["from model"], changes["carried over"], changes["left out"]) == ("small@1", 4, 1)


def test_from_a_newer_version_nothing_is_carried_back(world: World):
    first, second = make_small_model(), make_second_model()
    before = start_case(world, second, EARLIER, BEFORE)
    for item in ("teach-staff", "name-owner", "pair-up", "choose-platform"):
        before.answer(item, Level.NOT_STARTED)
    before.submit()
    before.approve()
    case = carry_on(world, first)
    assert case.assessment.began_from is None
    assert not case.assessment.answers.exists()


def make_next_points(version: ModelVersion) -> ModelVersion:
    """The same points model again, in which "claim" is worth another number of points."""
    made = ModelVersion.objects.get(pk=version.pk)
    items = list(made.items.select_related("stage", "domain"))
    made.pk, made.version, made.content_hash = None, "2", "ranking-2"
    made.published_at = version.published_at + timedelta(days=1)
    made.save()
    stage = Stage.objects.create(version=made, number=1, slug="low", name="Low")
    domain = Domain.objects.create(version=made, number=1, slug="law", name="Law")
    for item in items:
        item.pk, item.version, item.stage, item.domain = None, made, stage, domain
        item.points = 8 if item.slug == "claim" else item.points
        item.save()
    return made


def test_points_go_on_only_where_the_item_is_worth_as_many(world: World):
    version = make_points_model()
    before = start_case(world, version, EARLIER, BEFORE)
    for item in ("claim", "scope"):
        before.answer(item, None, points=5)
    before.answer("interface", Level.NOT_APPLICABLE, reason="No portal.")
    before.submit()
    before.approve()
    case = carry_on(world, make_next_points(version))
    said = {answer.item.slug: answer.points for answer in case.assessment.answers.select_related("item")}
    assert said == {"scope": 5, "interface": None}


# --- the kind ---------------------------------------------------------------------------------------


def test_without_a_round_an_assessment_is_full(world: World):
    assert make_full(world).assessment.kind == RoundKind.FULL


def test_a_check_in_round_makes_it_a_check_in(world: World):
    assert make_check_in(world).assessment.kind == RoundKind.CHECK_IN


def test_where_two_rounds_differ_it_is_full(world: World):
    version = make_small_model()
    make_round(world, version)
    other = make_round(world, make_small_model("other"), RoundKind.FULL)
    other.program, other.version = make_program("Other", [world.grid]), version
    other.save()
    assert start_case(world, version).assessment.kind == RoundKind.FULL


# --- the database -----------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"confirmed_at": NOW}, {"lapsed_on": date(2026, 6, 30)}])
def test_only_what_was_carried_is_confirmed_or_lapsed(case: Case, changes: dict[str, object]):
    answer = case.answer("train-staff")
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.filter(pk=answer.pk).update(**changes)


def test_carrying_takes_as_many_queries_for_one_answer_as_for_many(world: World, queries_of):
    few = approve_before(world, make_small_model("few"))
    few.assessment.answers.exclude(item__slug="no-budget").delete()
    many = approve_before(world, make_small_model("many"))

    def start(case: Case) -> int:
        return queries_of(lambda: carry_on(world, case.assessment.version))

    start(approve_before(world))  # what is kept in memory of the models
    assert start(few) == start(many)
