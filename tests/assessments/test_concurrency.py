"""Two people at the same moment, on real connections: one wins, the other is told, nothing is lost."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from assessments.models import Answer, Assessment, ItemDecision, Result, Step
from assessments.services import CannotStart, NotOpen, start_amendment
from assessments.services_answers import AnswerFields, StaleAnswer, save_answer
from assessments.services_confirming import Confirmed, confirm_answers
from assessments.services_review import Agreeing, StaleAssessment, approve_assessment, submit_assessment
from assessments.services_review_bulk import approve_in_bulk
from assessments.services_reviewing import StaleDecision, Verdict
from maturity.levels import Level
from portal.access.models import User
from portal.agencies.models import StaleMark
from tests.assessments.checkins import make_check_in
from tests.assessments.conftest import Case, start_case
from tests.factories import NOW
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[[], object]


def at_once(*calls: Call) -> list[object]:
    """What each call returned or raised, all begun at the same moment on connections of their own."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def run(place: int, call: Call) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            outcomes[place] = call()
        except Exception as error:  # whatever it is, the test judges it
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


@pytest.fixture
def world(transactional_db: None, world: World) -> World:
    return world


def saving(case: Case, by: User, revision: int, level: Level, item: str = "train-staff") -> Call:
    return lambda: save_answer(
        assessment_id=case.assessment.pk,
        item_slug=item,
        revision=revision,
        fields=AnswerFields(level=level),
        by=by,
        at=NOW,
    )


def submit(case: Case) -> Assessment:
    return submit_assessment(
        assessment_id=case.assessment.pk, revision=1, attested_by="Pat Lead", by=case.world.lead, at=NOW
    )


@pytest.mark.parametrize("revision", [0, 1])
def test_of_two_saves_of_one_item_one_wins_and_the_other_sees_it(world: World, revision: int):
    case = start_case(world)
    if revision:
        case.answer("train-staff", Level.PLANNED, planned_on=NOW.date())
    outcomes = at_once(
        saving(case, world.contributor, revision, Level.PARTIAL),
        saving(case, world.lead, revision, Level.IN_PLACE),
    )
    (saved,) = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    (stale,) = [outcome for outcome in outcomes if isinstance(outcome, StaleAnswer)]
    answer = Answer.objects.get()
    assert (answer.level, answer.revision) == (saved.level, revision + 1)
    assert (stale.answer.level, stale.answer.answered_by) == (answer.level, answer.answered_by)


def confirming(case: Case, by: User, *items: str) -> Call:
    return lambda: confirm_answers(
        assessment_id=case.assessment.pk, seen=dict.fromkeys(items, 1), by=by, at=NOW
    )


@pytest.mark.parametrize("again", range(3))
def test_a_confirmation_and_a_save_of_one_answer_never_both_count(world: World, again: int):
    case = make_check_in(world)
    saved, confirmed = at_once(
        saving(case, world.contributor, 1, Level.PARTIAL),
        confirming(case, world.lead, "train-staff", "name-owner"),
    )
    answer = case.assessment.answers.get(item__slug="train-staff")
    assert answer.revision == 2
    assert isinstance(confirmed, Confirmed)
    done = {row.item.slug for row in confirmed.done}
    if isinstance(saved, Answer):
        assert (answer.level, answer.confirmed_by, done) == (Level.PARTIAL, None, {"name-owner"})
        assert [row.item.slug for row in confirmed.changed] == ["train-staff"]
    else:
        assert isinstance(saved, StaleAnswer)
        assert (answer.level, answer.confirmed_by) == (Level.IN_PLACE, world.lead)
        assert done == {"train-staff", "name-owner"}


def test_two_who_confirm_the_same_raise_each_answer_once(world: World):
    case = make_check_in(world)
    first, second = at_once(
        confirming(case, world.lead, "train-staff", "name-owner"),
        confirming(case, world.contributor, "name-owner", "train-staff"),
    )
    assert isinstance(first, Confirmed)
    assert isinstance(second, Confirmed)
    assert sorted([len(first.done), len(second.done)]) == [0, 2]
    assert not first.changed
    assert not second.changed
    assert set(case.assessment.answers.filter(confirmed_at__isnull=False).values_list("revision")) == {(2,)}


def test_a_confirmation_is_in_what_was_submitted_or_is_refused(world: World):
    case = make_check_in(world)
    confirmed, submitted = at_once(confirming(case, world.contributor, "name-owner"), lambda: submit(case))
    assert isinstance(submitted, Assessment)
    done = case.assessment.answers.get(item__slug="name-owner").confirmed_by is not None
    assert done == isinstance(confirmed, Confirmed)
    assert done or isinstance(confirmed, NotOpen)
    left = 3 if done else 4
    assert f"{left} of them" in Assessment.objects.get(pk=case.assessment.pk).attestation


def test_saves_of_different_items_do_not_hinder_each_other(world: World):
    case = start_case(world)
    outcomes = at_once(
        saving(case, world.contributor, 0, Level.PARTIAL, "train-staff"),
        saving(case, world.lead, 0, Level.PARTIAL, "name-owner"),
    )
    assert [type(outcome) for outcome in outcomes] == [Answer, Answer]


def test_a_save_is_in_what_was_submitted_or_is_refused(world: World):
    case = start_case(world)
    case.answer_all_asked()
    saved, submitted = at_once(
        saving(case, world.contributor, 1, Level.IN_PLACE, "name-owner"),
        lambda: submit(case),
    )
    assert isinstance(submitted, Assessment)
    level = Answer.objects.get(item__slug="name-owner").level
    assert (type(saved), level) in [(Answer, "in_place"), (NotOpen, "not_started")]


def held_open(call: Call, saved: threading.Event, go_on: threading.Event, order: list[str]) -> Call:
    """The call in a transaction that stays open until `go_on` (half a second at most)."""

    def held() -> object:
        with transaction.atomic():
            outcome = call()
            saved.set()
            go_on.wait(timeout=0.5)
            order.append("saved")
        return outcome

    return held


def following(
    call: Call, saved: threading.Event, go_on: threading.Event, order: list[str], name: str
) -> Call:
    """The call, begun while the other is held open."""

    def after() -> object:
        saved.wait(timeout=10)
        outcome = call()
        order.append(name)
        go_on.set()
        return outcome

    return after


def test_a_submission_waits_for_a_save_under_way_and_contains_it(world: World):
    case = start_case(world)
    case.answer_all_asked()
    saved, go_on, order = threading.Event(), threading.Event(), list[str]()
    save = saving(case, world.contributor, 1, Level.IN_PLACE, "name-owner")
    at_once(
        held_open(save, saved, go_on, order),
        following(lambda: submit(case), saved, go_on, order, "submitted"),
    )
    assert order == ["saved", "submitted"]
    assert Assessment.objects.get().state == "submitted"


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_a_save_does_not_wait_for_a_save_of_another_item(world: World):
    case = start_case(world)
    saved, go_on, order = threading.Event(), threading.Event(), list[str]()
    at_once(
        held_open(saving(case, world.contributor, 0, Level.IN_PLACE), saved, go_on, order),
        following(saving(case, world.lead, 0, Level.IN_PLACE, "name-owner"), saved, go_on, order, "other"),
    )
    assert order == ["other", "saved"]


def test_of_two_approvals_one_is_made(world: World):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()

    def approving(by: User) -> Call:
        return lambda: approve_assessment(
            assessment_id=case.assessment.pk, revision=2, by=by, at=NOW, agreeing=Agreeing.REST
        )

    outcomes = at_once(approving(world.reviewer), approving(world.officer))
    assert {type(outcome) for outcome in outcomes} == {Result, StaleAssessment}
    assert Result.objects.count() == StaleMark.objects.count() == 1
    assert Step.objects.filter(state="approved").count() == 1


def test_of_two_decisions_on_one_item_one_is_made_and_the_other_told(world: World):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()

    def deciding(by: User, verdict: Verdict) -> Call:
        return lambda: case.decide("train-staff", verdict, by=by, revision=0)

    outcomes = at_once(
        deciding(world.reviewer, Verdict("agreed")), deciding(world.officer, Verdict("asked", "Who?"))
    )
    assert {type(outcome) for outcome in outcomes} == {ItemDecision, StaleDecision}
    assert ItemDecision.objects.count() == 1


def test_a_level_is_set_before_an_approval_or_refused(world: World):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    case.agree_with_all()
    lower = Verdict("set", "Only one of nine.", Level.PARTIAL)

    def approving() -> object:
        return approve_assessment(assessment_id=case.assessment.pk, revision=2, by=world.officer, at=NOW)

    approved, decided = at_once(approving, lambda: case.decide("train-staff", lower, revision=1))
    assert isinstance(approved, Result)
    # Never a level that was accepted and is not in the result.
    assert isinstance(decided, ItemDecision | StaleAssessment)
    assert (approved.levels[0] == "2") is isinstance(decided, ItemDecision)


def test_of_two_bulk_approvals_each_assessment_is_approved_once(world: World):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    case.agree_with_all()

    def approving(by: User) -> Call:
        return lambda: approve_in_bulk(chosen=[(case.assessment.pk, 2)], by=by, at=NOW)

    outcomes = at_once(approving(world.reviewer), approving(world.officer))
    assert all(isinstance(outcome, list) for outcome in outcomes)
    assert Result.objects.count() == Step.objects.filter(state="approved").count() == 1


def test_of_two_amendments_one_is_started(world: World):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    case.approve()

    def amending(by: User) -> Call:
        return lambda: start_amendment(
            assessment_id=case.assessment.pk, reason="Wrong office.", by=by, at=NOW
        )

    outcomes = at_once(amending(world.contributor), amending(world.lead))
    assert {type(outcome) for outcome in outcomes} == {Assessment, CannotStart}
    assert Assessment.objects.filter(amends=case.assessment).count() == 1
