"""Two people at the same moment, on real connections: comments, assignments, answers that follow others."""

import threading
import uuid
from functools import partial

import pytest
from django.db import transaction

from assessments.models import Answer, Assessment, Comment, Following, Thread
from assessments.services_assigning import StaleAssignment
from assessments.services_review import submit_assessment
from assessments.services_sharing import Taken
from maturity.levels import Level
from tests.assessments.conftest import Case, start_case
from tests.assessments.test_assigning import assign
from tests.assessments.test_comments import say
from tests.assessments.test_concurrency import at_once, following, held_open
from tests.assessments.test_sharing import ITEM, Pair, make_pair
from tests.factories import NOW
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, world: World) -> World:
    return world


@pytest.fixture
def case(world: World) -> Case:
    return start_case(world)


@pytest.fixture
def pair(world: World) -> Pair:
    made = make_pair(world)
    made.offer()
    return made


def submit(pair: Pair) -> Assessment:
    return submit_assessment(
        assessment_id=pair.case.assessment.pk, revision=1, attested_by="Pat", by=pair.world.lead, at=NOW
    )


def test_the_first_two_comments_of_a_thread_are_both_there(case: Case):
    at_once(lambda: say(case, "One"), lambda: say(case, "Two", by=case.world.lead))
    assert sorted(Comment.objects.values_list("text", flat=True)) == ["One", "Two"]
    assert Thread.objects.get().revision == 2


def test_the_same_form_twice_at_once_is_one_comment(case: Case):
    key = uuid.uuid4()
    one, other = at_once(lambda: say(case, "One", key=key), lambda: say(case, "One", key=key))
    assert one == other == Comment.objects.get()


def test_of_two_leads_who_assign_one_part_one_is_told(case: Case):
    world = case.world
    outcomes = at_once(
        lambda: assign(case, {"domain:people": world.contributor}),
        lambda: assign(case, {"domain:people": world.lead}),
    )
    assert {type(outcome) for outcome in outcomes} == {dict, StaleAssignment}


def test_what_is_taken_while_it_changes_is_in_line_afterwards(pair: Pair):
    said, done = at_once(lambda: pair.say(Level.IN_PLACE), pair.take)
    assert (type(said), type(done)) == (Answer, Taken)
    row = Following.objects.get()
    assert (pair.taken().level, row.source_revision) == ("in_place", 2)
    assert row.answer_revision == pair.taken().revision


def test_two_sources_change_at_once_without_waiting_in_a_circle(pair: Pair):
    pair.say(Level.PARTIAL, item="name-owner")
    pair.offer("name-owner")
    pair.take()
    pair.take(item="name-owner")
    for level in (Level.IN_PLACE, Level.NOT_STARTED, Level.PARTIAL):
        outcomes = at_once(
            partial(pair.say, level),
            partial(pair.say, level, item="name-owner"),
            partial(pair.case.answer, "train-staff", level, by=pair.world.lead),
        )
        assert [type(outcome) for outcome in outcomes] == [Answer] * 3, outcomes
        assert {pair.taken().level, pair.taken("name-owner").level} == {level.value}


def test_a_change_above_waits_for_a_submission_under_way_and_leaves_it_alone(pair: Pair):
    pair.prove()
    pair.take()
    for item in ("train-staff", "name-owner", "no-budget"):
        pair.case.answer(item, Level.NOT_STARTED)
    saved, go_on, order = threading.Event(), threading.Event(), list[str]()
    submitted, said = at_once(
        held_open(lambda: submit(pair), saved, go_on, order),
        following(lambda: pair.say(Level.IN_PLACE), saved, go_on, order, "followed"),
    )
    assert (type(submitted), type(said)) == (Assessment, Answer), (submitted, said)
    assert order == ["saved", "followed"]
    assert pair.taken().level == "partial"


def test_a_submission_waits_for_a_change_above_that_is_under_way_and_contains_it(pair: Pair):
    pair.prove()
    pair.take()
    for item in ("train-staff", "name-owner", "no-budget"):
        pair.case.answer(item, Level.NOT_STARTED)
    saved, go_on, order = threading.Event(), threading.Event(), list[str]()
    said, submitted = at_once(
        held_open(lambda: pair.say(Level.IN_PLACE), saved, go_on, order),
        following(lambda: submit(pair), saved, go_on, order, "submitted"),
    )
    assert (type(said), type(submitted)) == (Answer, Assessment), (said, submitted)
    assert order == ["saved", "submitted"]
    assert pair.taken().level == "in_place"


def test_an_answer_of_ones_own_at_the_same_moment_is_never_lost(pair: Pair):
    pair.take()
    with transaction.atomic():
        revision = pair.taken().revision
    own, said = at_once(
        lambda: pair.case.answer(ITEM, Level.NOT_STARTED, by=pair.world.lead),
        lambda: pair.say(Level.IN_PLACE),
    )
    assert isinstance(said, Answer)
    answer = pair.taken()
    if isinstance(own, Answer):  # saved first, or over what it had read; it follows no more
        assert (answer.level, Following.objects.count()) == ("not_started", 0)
    else:  # told that the department's answer came first
        assert "whose answer this one follows" in str(own)
        assert (answer.level, answer.revision) == ("in_place", revision + 1)
