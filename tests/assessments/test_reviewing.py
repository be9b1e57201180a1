"""Reviewing by exception: what comes up, what reviewers say of it, and what that does to the result."""

from datetime import date

import pytest

from assessments.models import Answer, Assessment, ItemDecision, Result, Review, ReviewReply
from assessments.queries_review import approved_levels
from assessments.results import frozen_levels
from assessments.services_answers import EvidenceFields, add_evidence
from assessments.services_review import (
    Agreeing,
    CannotReturn,
    NotReviewed,
    StaleAssessment,
    approve_assessment,
)
from assessments.services_reviewing import (
    BadDecision,
    CannotReply,
    OwnWork,
    StaleDecision,
    Verdict,
    agree_block,
    agree_items,
    begin_review,
    decide_item,
    reply_to_decision,
)
from maturity.levels import Level
from maturity.queries import rules_of
from portal.audit.models import AuditEntry
from portal.notices.models import Notice
from tests.assessments.conftest import EARLIER, STAGE_1, Case, start_case
from tests.assessments.reviews import ALL, carried, next_quarter, planned, review_of
from tests.factories import NOW
from tests.world import World

AGREED, ASKED = Verdict("agreed"), Verdict("asked", "Which platform?")
LOWER = Verdict("set", "Only one of nine systems.", Level.PARTIAL)


def approve(case: Case, **given: object) -> Result:
    return approve_assessment(
        assessment_id=case.assessment.pk,
        revision=case.assessment.revision,
        by=case.world.reviewer,
        at=NOW,
        **given,
    )


def obstacles(case: Case, **given: object) -> dict[str, int]:
    with pytest.raises(NotReviewed) as refused:
        approve(case, **given)
    return {one.kind: one.count for one in refused.value.obstacles}


def agree(case: Case, *slugs: str) -> tuple[int, int]:
    at_hand = {"assessment_id": case.assessment.pk, "submission": case.assessment.revision}
    return agree_items(**at_hand, slugs=slugs, by=case.world.reviewer, at=NOW)


def level_of(result: Result, slug: str) -> Level | None:
    return frozen_levels(rules_of(result.version), result)[slug]


# --- what comes up ----------------------------------------------------------------------------------


def test_of_a_first_assessment_all_comes_up(submitted: Case):
    assert planned(submitted) == {slug: ["changed"] for slug in STAGE_1}
    found = review_of(submitted)
    assert (found.before, found.one_by_one, found.undecided, found.block_open) == (None, 4, 4, False)


def test_what_changed_is_a_must_have_or_drawn_comes_up_and_the_rest_is_a_block(world: World):
    case = next_quarter(world)
    case.answer("train-staff", Level.PARTIAL)
    case.answer("name-owner", Level.NOT_APPLICABLE, reason="There is one owner of all.")
    case.answer("pick-platform", Level.IN_PLACE, holder="parent", holder_name="Cloud One")
    case.answer("no-budget", Level.IN_PLACE, note="A note alone is no change.")
    evidence(case, "pick-platform")
    case.submit()
    why = planned(case)
    assert list(why) == [item.slug for item in case.assessment.version.items.order_by("position")]
    assert why["train-staff"] == ["changed"]
    assert why["name-owner"] == ["changed", "not_applicable"]
    assert why["pick-platform"] == ["changed", "others"]
    assert why["scan-images"] == ["must_have"]
    rest = [slug for slug in ALL if why[slug] in ([], ["drawn"])]
    assert len(rest) == 5
    assert sum(why[slug] == ["drawn"] for slug in rest) == 1
    found = review_of(case)
    assert (found.one_by_one, found.undecided, found.block_open) == (5, 5, True)


def evidence(case: Case, slug: str) -> None:
    given = EvidenceFields(kind="statement", title="Plan", statement="All.", dated_on=NOW.date())
    add_evidence(
        assessment_id=case.assessment.pk, item_slug=slug, evidence=given, by=case.world.contributor, at=NOW
    )


def test_the_plan_is_drawn_when_it_is_submitted_and_stays(world: World):
    case = next_quarter(world)
    case.submit()
    first = review_of(case)
    again = begin_review(assessment_id=case.assessment.pk, at=NOW)
    assert (again.seed, again.plan) == (first.seed, first.plan)
    assert len(first.seed) == 64
    assert Review.objects.filter(seed=first.seed).count() == 1  # each has its own


def test_what_was_submitted_before_there_were_plans_is_planned_when_it_is_opened(submitted: Case):
    Review.objects.all().delete()
    begin_review(assessment_id=submitted.assessment.pk, at=NOW)
    assert review_of(submitted).one_by_one == 4
    Review.objects.all().delete()
    assert obstacles(submitted) == {"undecided": 4}


def test_a_draft_is_not_reviewed(case: Case):
    with pytest.raises(StaleAssessment):
        begin_review(assessment_id=case.assessment.pk, at=NOW)
    assert not Review.objects.exists()


# --- decisions --------------------------------------------------------------------------------------


def test_a_decision_is_kept_with_who_and_what_the_agency_had_said(submitted: Case):
    row = submitted.decide("train-staff", LOWER)
    assert (row.kind, row.level, row.answered, row.revision) == ("set", "partial", "in_place", 1)
    assert (row.by, row.at, row.submission, row.current) == (submitted.world.reviewer, NOW, 2, True)
    assert Answer.objects.get(item__slug="train-staff").level == "in_place"
    found = review_of(submitted)
    assert (found.undecided, found.differing) == (3, 1)
    entry = AuditEntry.objects.get(action="review item")
    assert entry.changes == {"item": "train-staff", "decision": "set", "level": "partial"}
    assert entry.actor_name == "reviewer"


def test_a_decision_that_was_not_seen_is_not_overwritten(submitted: Case):
    submitted.decide("train-staff", ASKED)
    with pytest.raises(StaleDecision, match="reviewer decided on this item after you read it") as stale:
        submitted.decide("train-staff", AGREED, by=submitted.world.officer, revision=0)
    assert stale.value.decision.kind == "asked"
    row = submitted.decide("train-staff", AGREED, by=submitted.world.officer, revision=1)
    assert row.revision == 2
    assert [one.kind for one in ItemDecision.objects.all()] == ["asked", "agreed"]
    assert ItemDecision.objects.get(current=True) == row


def test_saying_the_same_again_changes_nothing(submitted: Case):
    first = submitted.decide("train-staff", LOWER)
    assert submitted.decide("train-staff", LOWER, revision=0) == first
    assert AuditEntry.objects.filter(action="review item").count() == 1


@pytest.mark.parametrize(
    ("verdict", "field"),
    [
        (Verdict("asked", " "), "text"),
        (Verdict("asked", "x" * 5_001), "text"),
        (Verdict("set", "", Level.PARTIAL), "text"),
        (Verdict("set", "Why."), "level"),
        (Verdict("set", "Why.", Level.IN_PLACE), "level"),  # what the agency says
        (Verdict("set", "Why.", Level.NOT_YET), "level"),
        (Verdict("set", "Why.", Level.PLANNED), "planned_on"),
        (Verdict("set", "Why.", Level.PARTIAL, points=3), "points"),
        (Verdict("burn", "Why."), "kind"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(submitted: Case, verdict: Verdict, field: str):
    with pytest.raises(BadDecision) as refused:
        submitted.decide("train-staff", verdict)
    assert list(refused.value.errors) == [field]
    assert not ItemDecision.objects.exists()


def test_what_nobody_answered_is_not_decided_on(submitted: Case):
    with pytest.raises(BadDecision, match="“Heal itself” was not answered"):
        submitted.decide("heal-itself", AGREED)


def test_who_worked_on_it_does_not_review_it(case: Case):
    case.answer_all_asked()
    case.answer("name-owner", by=case.world.administrator)
    case.submit()
    at_hand = {
        "assessment_id": case.assessment.pk,
        "submission": 2,
        "by": case.world.administrator,
        "at": NOW,
    }
    with pytest.raises(OwnWork):
        case.decide("train-staff", LOWER, by=case.world.administrator)
    with pytest.raises(OwnWork):
        agree_items(**at_hand, slugs=["train-staff"])
    with pytest.raises(OwnWork):
        agree_block(**at_hand)


def test_who_set_a_level_may_approve(submitted: Case):
    submitted.decide("train-staff", LOWER)
    approve(submitted, agreeing=Agreeing.REST)
    assert Assessment.objects.get().approved_by == submitted.world.reviewer


@pytest.mark.parametrize("state", ["draft", "returned", "approved"])
def test_only_what_is_submitted_is_decided_on(submitted: Case, state: str):
    Assessment.objects.update(state=state, approved_at=NOW)
    with pytest.raises(StaleAssessment):
        submitted.decide("train-staff", AGREED)
    with pytest.raises(StaleAssessment):
        agree(submitted, "train-staff")


def test_a_decision_on_an_older_submission_is_refused(submitted: Case):
    with pytest.raises(StaleAssessment):
        decide_item(
            assessment_id=submitted.assessment.pk, submission=1, item_slug="train-staff", revision=0,
            verdict=AGREED, by=submitted.world.reviewer, at=NOW,
        )  # fmt: skip


# --- many at once -----------------------------------------------------------------------------------


def test_agreeing_with_a_group_leaves_what_somebody_decided_on(submitted: Case):
    submitted.decide("train-staff", LOWER, by=submitted.world.officer)
    assert agree(submitted, "train-staff", "name-owner", "heal-itself") == (1, 1)
    kinds = {row.item.slug: row.kind for row in ItemDecision.objects.filter(current=True)}
    assert kinds == {"train-staff": "set", "name-owner": "agreed"}
    entry = AuditEntry.objects.get(action="review items")
    assert entry.changes == {"items": ["name-owner"], "decision": "agreed"}
    assert agree(submitted, "train-staff", "name-owner") == (0, 2)  # again: harmless


def test_the_block_is_agreed_with_as_a_whole(world: World):
    case = next_quarter(world)
    case.submit()
    at_hand = {"assessment_id": case.assessment.pk, "submission": case.assessment.revision}
    count = agree_block(**at_hand, by=world.reviewer, at=NOW)
    assert count == len([why for why in planned(case).values() if not why])
    found = review_of(case)
    assert (found.block_open, found.block_by) == (False, world.reviewer)
    assert AuditEntry.objects.get(action="review block").changes == {"items": count}
    assert agree_block(**at_hand, by=world.officer, at=NOW) == 0
    assert review_of(case).block_by == world.reviewer


def test_one_item_of_the_block_may_be_decided_on_alone(world: World):
    case = next_quarter(world)
    case.submit()
    later = ("share-skills", "heal-itself")
    slug = next(slug for slug, why in planned(case).items() if not why and slug in later)
    case.decide(slug, LOWER)
    case.agree_with_all()
    assert level_of(approve(case), slug) == Level.PARTIAL


# --- approving --------------------------------------------------------------------------------------


def test_nothing_is_approved_before_it_was_looked_at(world: World):
    case = next_quarter(world)
    case.answer("share-skills", Level.PARTIAL)
    case.submit()
    alone = [slug for slug, why in planned(case).items() if why]
    assert obstacles(case) == {"undecided": len(alone), "block": 0}
    assert obstacles(case, agreeing=Agreeing.BLOCK) == {"undecided": len(alone)}
    assert review_of(case).block_open  # what was refused is not kept
    agree(case, *alone)
    assert obstacles(case) == {"block": 0}
    approve(case, agreeing=Agreeing.BLOCK)
    assert AuditEntry.objects.filter(action="approve").latest("pk").changes == {
        "state": ["submitted", "approved"],
        "agreed as a block": len(planned(case)) - len(alone),
    }


def test_an_open_question_means_a_return(submitted: Case):
    submitted.decide("train-staff", ASKED)
    assert obstacles(submitted, agreeing=Agreeing.REST) == {"asked": 1}
    submitted.decide("train-staff", AGREED)
    approve(submitted, agreeing=Agreeing.REST)


def test_the_result_freezes_the_reviewers_level_and_the_answer_stays(submitted: Case):
    submitted.decide("train-staff", LOWER)
    submitted.decide("name-owner", Verdict("set", "Named in June.", Level.IN_PLACE))
    result = approve(submitted, agreeing=Agreeing.REST)
    assert level_of(result, "train-staff") == Level.PARTIAL
    assert level_of(result, "name-owner") == Level.IN_PLACE
    assert Answer.objects.get(item__slug="train-staff").level == "in_place"
    assert result.score == 375_000  # one and a half of four items
    levels, _ = approved_levels(submitted.assessment)
    assert levels["train-staff"] == Level.PARTIAL
    assert AuditEntry.objects.get(action="approve").changes["levels set"] == 2


def test_a_lowered_level_changes_what_would_be_asked(world: World):
    case = next_quarter(world)
    case.submit()
    case.decide("scan-images", LOWER)  # a must-have: stage 2 is no longer completed
    case.agree_with_all()
    result = approve(case)
    assert (result.stages_completed, result.answered) == (1, 1_000_000)


def test_where_nothing_is_left_that_applies_it_is_not_approved(submitted: Case):
    for slug in STAGE_1:
        submitted.decide(slug, Verdict("set", "Never.", Level.NOT_APPLICABLE))
    for item in submitted.assessment.version.items.exclude(slug__in=STAGE_1):
        Answer.objects.create(
            assessment=submitted.assessment,
            item=item,
            level="not_applicable",
            reason="Never.",
            answered_at=NOW,
        )
    assert obstacles(submitted) == {"nothing_applies": 0}


def test_a_move_of_more_than_one_stage_is_confirmed_in_writing(world: World):
    first = start_far(world)
    assert review_of(first).needs_confirmation
    assert obstacles(first, agreeing=Agreeing.REST) == {"confirmation": 0}
    assert obstacles(first, agreeing=Agreeing.REST, confirmation=" ") == {"confirmation": 0}
    approve(first, agreeing=Agreeing.REST, confirmation="Seen on site. ")
    found = review_of(first)
    assert (found.confirmation, found.confirmed_by) == ("Seen on site.", world.reviewer)


def test_with_a_level_set_the_move_may_be_shorter(world: World):
    case = start_far(world)
    case.decide("share-skills", LOWER)
    case.decide("heal-itself", LOWER)
    assert not review_of(case).needs_confirmation
    approve(case, agreeing=Agreeing.REST)


def start_far(world: World) -> Case:
    """From one stage completed to three."""
    case = far(world)
    case.submit()
    return case


def far(world: World) -> Case:
    case = next_quarter(world, pair_up=Level.NOT_STARTED, too_complex=Level.NOT_STARTED)
    for slug in ALL:
        case.answer(slug)
    return case


# --- returned and submitted again ---------------------------------------------------------------------


def again(case: Case, **levels: Level) -> None:
    for slug, level in levels.items():
        case.answer(slug.replace("_", "-"), level)
    case.submit()


def test_a_return_takes_the_questions_along(submitted: Case):
    with pytest.raises(CannotReturn):
        submitted.send_back()
    submitted.decide("train-staff", ASKED)
    submitted.decide("name-owner", Verdict("set", "Named.", Level.IN_PLACE))
    submitted.decide("pick-platform", AGREED)
    submitted.send_back()
    sent = ItemDecision.objects.filter(sent_at=NOW)
    assert {row.item.slug for row in sent} == {"train-staff", "name-owner"}
    changes = AuditEntry.objects.get(action="return").changes
    assert changes == {"state": ["submitted", "returned"], "questions": 1}


def test_what_did_not_change_stays_decided_and_what_changed_comes_up_again(submitted: Case):
    agree(submitted, "pick-platform", "no-budget")
    submitted.decide("name-owner", Verdict("set", "Named.", Level.IN_PLACE))
    submitted.send_back("Look at the platform.")
    again(submitted, pick_platform=Level.PARTIAL)
    why = planned(submitted)
    assert why["pick-platform"] == ["changed", "revised"]
    assert why["no-budget"] == ["changed"]
    found = review_of(submitted)
    assert (found.undecided, found.differing) == (2, 1)  # train-staff was never decided on
    assert obstacles(submitted) == {"undecided": 2}


def test_a_level_set_falls_with_the_answer_that_it_was_about(submitted: Case):
    submitted.decide("train-staff", LOWER)
    submitted.send_back("See there.")
    again(submitted, train_staff=Level.PARTIAL)
    assert review_of(submitted).differing == 0
    agree(submitted, *STAGE_1)
    result = approve(submitted)
    assert level_of(result, "train-staff") == Level.PARTIAL
    kept = ItemDecision.objects.disagreements().get()  # kept, as the agency was told of it
    assert (kept.level, kept.current) == ("partial", False)


def test_new_evidence_brings_an_item_up_again(world: World):
    case = next_quarter(world)
    case.submit()
    case.agree_with_all()
    case.send_back("Show the plan.")
    slug = next(slug for slug, why in planned(case).items() if not why)
    evidence(case, slug)
    case.submit()
    assert planned(case)[slug] == ["revised"]
    assert review_of(case).undecided == 1


def test_a_question_comes_up_again_whatever_became_of_the_answer(submitted: Case):
    submitted.decide("train-staff", ASKED)
    submitted.send_back()
    again(submitted)
    assert planned(submitted)["train-staff"] == ["changed", "revised"]
    assert (review_of(submitted).asked, review_of(submitted).undecided) == (0, 4)
    submitted.decide("train-staff", ASKED)  # the same question is asked anew
    assert review_of(submitted).asked == 1


# --- disagreements ------------------------------------------------------------------------------------


def disagreeing(world: World) -> Case:
    case = next_quarter(world)
    case.submit()
    case.decide("scan-images", LOWER)
    case.agree_with_all()
    approve(case)
    return case


def test_the_agency_replies_and_the_reviewer_is_told(world: World):
    row = ItemDecision.objects.get(assessment=disagreeing(world).assessment, kind="set")
    reply = reply_to_decision(decision_id=row.pk, text=" It is eight of nine. ", by=world.lead, at=NOW)
    assert (reply.text, reply.by) == ("It is eight of nine.", world.lead)
    notice = Notice.objects.get(kind="review-reply")
    assert notice.person_id == world.reviewer.pk
    assert "eight" not in str(notice)
    assert AuditEntry.objects.get(action="reply to review").changes == {"item": "scan-images"}
    assert reply_to_decision(decision_id=row.pk, text="It is eight of nine.", by=world.lead, at=NOW) == reply
    assert ReviewReply.objects.count() == 1


@pytest.mark.parametrize("text", [" ", "x" * 5_001])
def test_a_reply_has_words_but_not_too_many(world: World, text: str):
    row = ItemDecision.objects.get(assessment=disagreeing(world).assessment, kind="set")
    with pytest.raises(CannotReply):
        reply_to_decision(decision_id=row.pk, text=text, by=world.lead, at=NOW)


def test_the_agency_knows_of_a_question_only_once_it_is_sent(submitted: Case):
    row = submitted.decide("train-staff", ASKED)
    seen = ItemDecision.objects.visible_to
    assert not seen(submitted.world.lead).exists()
    assert seen(submitted.world.reviewer).get() == row
    with pytest.raises(ItemDecision.DoesNotExist):
        reply_to_decision(decision_id=row.pk, text="This.", by=submitted.world.lead, at=NOW)
    submitted.send_back()
    assert seen(submitted.world.lead).get() == row
    assert not seen(submitted.world.outsider).exists()
    assert not seen(submitted.world.viewer).exists()


def test_the_next_assessment_starts_from_the_answer_which_then_is_a_change(world: World):
    before = start_case(world, period=EARLIER, label="FY26 Q4")
    for slug in STAGE_1:
        before.answer(slug)
    before.answer("pair-up", Level.NOT_STARTED)
    before.answer("scan-images", Level.NOT_STARTED)
    before.answer("too-complex", Level.NOT_STARTED)
    before.submit()
    before.decide("train-staff", LOWER)
    before.agree_with_all()
    approve(before)
    case = carried(before)
    assert case.assessment.answers.get(item__slug="train-staff").level == "in_place"
    case.submit()
    why = planned(case)
    assert why["train-staff"] == ["changed"]  # what was approved is the reviewer's level
    assert why["name-owner"] in ([], ["drawn"])


def test_a_planned_level_has_its_day(submitted: Case):
    day = date(2027, 6, 30)
    row = submitted.decide("train-staff", Verdict("set", "In summer.", Level.PLANNED, planned_on=day))
    assert row.planned_on == day
    approve(submitted, agreeing=Agreeing.REST)
