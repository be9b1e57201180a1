"""Sharing answers, assigning and commenting, by who wants to see or do more than they may."""

from datetime import date

import pytest
from django.urls import reverse

from assessments.models import Assessment, SharedAnswer
from assessments.queries_review_queue import review_queue
from assessments.queries_sharing import following_in
from assessments.services import start_assessment
from assessments.services_review import CannotApprove, approve_assessment, worked_on
from assessments.services_reviewing import OwnWork, agree_block
from assessments.services_sharing import Wish, offer_answers, take_shared
from maturity.levels import Level
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.services import move_agency
from tests.assessments.conftest import LABEL, QUARTER, Case
from tests.assessments.test_sharing import ITEM, Pair, make_pair
from tests.factories import NOW, make_user
from tests.world import World

HUGE = ["9" * 5000, "9" * 25, str(2**63)]


@pytest.fixture
def pair(world: World) -> Pair:
    made = make_pair(world)
    made.prove()
    made.offer()
    return made


def _handed_in(pair: Pair) -> Assessment:
    for item in ("train-staff", "name-owner", "no-budget"):
        pair.case.answer(item, Level.NOT_STARTED)
    pair.case.submit()
    return Assessment.objects.get(pk=pair.case.assessment.pk)


def _as_reviewer(pair: Pair) -> None:
    pair.boss.memberships.create(role=Role.REVIEWER, program=pair.world.program, from_on=date(2026, 1, 1))
    pair.boss = User.objects.get(pk=pair.boss.pk)


def test_who_answered_above_does_not_review_the_answers_that_follow_theirs(pair: Pair):
    pair.take()
    assessment = _handed_in(pair)
    _as_reviewer(pair)
    assert worked_on(assessment, pair.boss)
    assert review_queue(pair.boss).get(pk=assessment.pk).own
    common = {"assessment_id": assessment.pk, "by": pair.boss, "at": NOW}
    with pytest.raises(OwnWork):
        agree_block(submission=assessment.revision, **common)
    with pytest.raises(CannotApprove):
        approve_assessment(revision=assessment.revision, **common)


def test_what_is_only_offered_above_is_nobodys_work_below(pair: Pair):
    pair.case.answer(ITEM, Level.NOT_STARTED)
    assessment = _handed_in(pair)
    _as_reviewer(pair)
    assert not worked_on(assessment, pair.boss)
    assert not review_queue(pair.boss).get(pk=assessment.pk).own


def test_a_component_that_left_its_department_does_not_read_on_there(pair: Pair):
    pair.take()
    pair.world.grid.refresh_from_db()
    move_agency(agency=pair.world.grid, parent=pair.world.parks, by=None, at=NOW)
    pair.say(Level.IN_PLACE, note="A secret of the department.")
    assessment = Assessment.objects.select_related("agency").get(pk=pair.case.assessment.pk)
    line = following_in(assessment, pair.world.contributor)[ITEM]
    assert pair.taken().level == "partial"
    assert line.now == ""


@pytest.mark.parametrize("number", HUGE)
def test_numbers_that_no_row_has_are_refused(pair: Pair, number: str):
    take = reverse("assessments:shared-take", args=[pair.case.assessment.pk])
    browser = pair.world.client("lead")
    assert browser.post(take, {"offer": f"{number}|0"}).status_code == 422
    assert browser.post(take, {"offer": f"1|{number}"}).status_code == 422
    assign = reverse("assessments:person-list", args=[pair.case.assessment.pk])
    ticked = {"person": "nobody", "part": f"item:{ITEM}|{number}"}
    assert browser.post(assign, ticked).status_code == 422
    attach = reverse("assessments:evidence-attach", args=[pair.case.assessment.pk, ITEM])
    assert browser.post(attach, {"evidence": number}).status_code == 404


def test_an_offer_of_an_unrelated_agency_is_not_taken_by_its_number(pair: Pair):
    boss = make_user("ranger", Role.LEAD, agency=pair.world.parks)
    theirs = start_assessment(
        agency=pair.world.parks,
        version=pair.case.assessment.version,
        period=QUARTER,
        period_label=LABEL,
        by=boss,
        at=NOW,
    )
    Case(pair.world, theirs).answer(ITEM, Level.IN_PLACE, by=boss, note="A secret of the parks.")
    offer_answers(assessment_id=theirs.pk, items=[ITEM], platform="Trail", by=boss, at=NOW)
    wish = Wish(SharedAnswer.objects.get(platform="Trail").pk, 0)
    done = take_shared(
        assessment_id=pair.case.assessment.pk, wishes=[wish], by=pair.world.contributor, at=NOW
    )
    assert not done.taken
    assert "secret" not in str(done.refused)
