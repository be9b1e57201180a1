"""Reviewing by exception on its pages: the review, one item, many items, and what the agency sees of it."""

import pytest

from assessments.models import Assessment, ItemDecision, Result, ReviewReply
from assessments.services_reviewing import Verdict
from maturity.levels import Level
from tests.assessments.conftest import STAGE_1, Case
from tests.assessments.reviews import next_quarter, planned, review_of
from tests.world import World

LOWER = Verdict("set", "Only one of nine systems.", Level.PARTIAL)


def url_of(case: Case, page: str = "review") -> str:
    return f"/assessments/{case.assessment.pk}/{page}/"


def text_of(case: Case, page: str = "review", persona: str = "reviewer", query: str = "") -> str:
    answer = case.world.client(persona).get(url_of(case, page) + query)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def decide(case: Case, item: str, persona: str = "reviewer", **data: object):
    usual = {"submission": case.assessment.revision, "revision": 0, "kind": "agreed"}
    return case.world.client(persona).post(url_of(case, f"review/items/{item}"), usual | data)


def changed(world: World) -> Case:
    case = next_quarter(world)
    case.answer("train-staff", Level.PARTIAL, note="Two left.")
    case.submit()
    return case


# --- the author ---------------------------------------------------------------------------------------


def test_the_author_reads_what_the_checks_find_before_submitting(case: Case):
    case.answer_all_asked()
    text = text_of(case, "submit", "lead")
    assert "1 item said to be in place, without evidence." in text
    assert "Add a file, a link, a dated statement or a run of an instrument to each." in text
    assert f"/assessments/{case.assessment.pk}/items/train-staff/?next=" in text
    assert 'name="attested_by"' in text  # it does not keep anybody from submitting


def test_the_author_is_told_that_a_far_move_will_be_confirmed(world: World):
    case = next_quarter(world, pair_up=Level.NOT_STARTED, too_complex=Level.NOT_STARTED)
    for item in case.assessment.version.items.all():
        case.answer(item.slug)
    text = text_of(case, "submit", "lead")
    assert "Needs the reviewer’s confirmation in writing" in text
    assert "It moves 2 stages up, from 1 to 3." in text


# --- the review ---------------------------------------------------------------------------------------


def test_a_first_assessment_says_that_all_is_new(submitted: Case):
    text = text_of(submitted)
    assert "Nothing was approved of this agency before" in text
    assert '<span class="portal-figure__value">4 of 4</span>' in text
    assert "All answers <span" in text


def test_a_change_shows_before_and_now_and_its_evidence(world: World):
    text = text_of(changed(world))
    assert '<span class="review-before">In place</span>' in text
    assert "<strong>In place for some of our systems</strong>" in text
    assert "Two left." in text
    assert "No evidence." in text
    assert "what was approved last (FY26 Q4)" in text


def test_each_group_and_the_block_can_be_opened(world: World):
    case = changed(world)
    for group, title in [("must_have", "Scan images"), ("changed", "Train staff")]:
        assert f"{title}</a></h3>" in text_of(case, query=f"?group={group}")
    text = text_of(case, query="?group=block")
    in_block = [slug for slug, why in planned(case).items() if not why]
    assert all(f"/review/items/{slug}/" in text for slug in in_block)
    assert "Agree with the block" in text
    assert "Train staff" in text_of(case, query="?group=nonsense&domain=nowhere")


def test_a_long_group_is_cut_by_domain(submitted: Case, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("assessments.review_reading.WHOLE", 3)
    text = text_of(submitted, query="?domain=platform")
    assert "Pick platform</a></h3>" in text
    assert "Train staff</a></h3>" not in text
    assert "?group=changed&amp;domain=challenges#items" in text


def test_a_review_takes_as_many_queries_for_many_items_as_for_few(world: World, queries_of):
    case = changed(world)
    client = world.client("reviewer")
    client.get(url_of(case))
    few = queries_of(lambda: client.get(f"{url_of(case)}?group=must_have"))
    Assessment.objects.filter(pk=case.assessment.pk).update(state="draft")
    for slug in (*STAGE_1, "pair-up"):
        case.answer(slug, Level.PARTIAL)
    case.submit()
    assert queries_of(lambda: client.get(f"{url_of(case)}?group=changed")) == few


def test_a_decision_leads_back_to_where_one_was(submitted: Case):
    back = f"{url_of(submitted)}?group=changed"
    answer = decide(submitted, "train-staff", next=back)
    assert (answer.status_code, answer["Location"]) == (302, f"{back}#item-train-staff")
    elsewhere = decide(submitted, "name-owner", next="https://example.org/")
    assert elsewhere["Location"] == f"{url_of(submitted)}#item-name-owner"
    assert review_of(submitted).undecided == 2


def test_a_decision_that_says_too_little_keeps_what_was_typed(submitted: Case):
    page = decide(submitted, "train-staff", kind="set", text="Only one.", level="")
    assert page.status_code == 422
    text = page.content.decode()
    assert "Choose the level, or agree." in text
    assert "Only one.</textarea>" in text


def test_a_decision_over_one_that_was_not_seen_shows_it(submitted: Case):
    submitted.decide("train-staff", LOWER, by=submitted.world.officer)
    page = decide(submitted, "train-staff", kind="asked", text="Who was trained?")
    text = page.content.decode()
    assert page.status_code == 409
    assert "officer decided on this item after you read it" in text
    assert "Reviewer set: In place for some of our systems" in text
    assert "Who was trained?</textarea>" in text
    assert ItemDecision.objects.get().kind == "set"
    assert decide(submitted, "train-staff", kind="asked", text="Who?", revision=1).status_code == 302


def test_a_decision_on_what_is_no_longer_submitted_leads_back(submitted: Case):
    old = submitted.assessment.revision
    submitted.send_back("Look.")
    assert (
        decide(submitted, "train-staff", submission=old)["Location"]
        == f"/assessments/{submitted.assessment.pk}/"
    )
    assert not ItemDecision.objects.exists()


@pytest.mark.parametrize(("item", "status"), [("heal-itself", 404), ("nothing", 404)])
def test_there_is_no_review_of_what_was_not_answered(submitted: Case, item: str, status: int):
    assert (
        submitted.world.client("reviewer").get(url_of(submitted, f"review/items/{item}")).status_code
        == status
    )


def test_agreeing_with_what_is_shown(submitted: Case):
    data = {"submission": 2, "item": ["train-staff", "name-owner"]}
    submitted.world.client("reviewer").post(url_of(submitted, "review/agree"), data)
    assert review_of(submitted).undecided == 2
    stale = submitted.world.client("reviewer").post(
        url_of(submitted, "review/agree"), data | {"submission": 1}
    )
    assert stale.status_code == 302
    submitted.world.client("reviewer").post(url_of(submitted, "review/agree"), {})
    assert review_of(submitted).undecided == 2


def test_what_stands_in_the_way_is_listed_and_refused(world: World):
    case = changed(world)
    text = text_of(case)
    assert "items are still to be decided one by one." in text
    assert "The rest is not agreed with as a block." in text
    data = {"decision": "approve", "revision": case.assessment.revision, "comment": "Well done."}
    page = world.client("reviewer").post(url_of(case), data)
    assert page.status_code == 422
    assert "Nothing was decided" in page.content.decode()
    assert page.context["form"]["comment"].value() == "Well done."


def test_a_far_move_is_confirmed_on_the_page(world: World):
    case = next_quarter(world, pair_up=Level.NOT_STARTED, too_complex=Level.NOT_STARTED)
    for item in case.assessment.version.items.all():
        case.answer(item.slug)
    case.submit()
    case.agree_with_all()
    assert "Needs your confirmation in writing" in text_of(case)
    data = {"decision": "approve", "revision": case.assessment.revision}
    page = world.client("reviewer").post(url_of(case), data)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["confirmation"])
    done = world.client("reviewer").post(url_of(case), data | {"confirmation": "Seen on site."})
    assert done["Location"] == url_of(case, "result")
    assert review_of(case).confirmation == "Seen on site."


def test_who_worked_on_it_sees_no_forms(case: Case):
    case.answer_all_asked()
    case.answer("name-owner", by=case.world.administrator)
    case.submit()
    text = text_of(case, persona="administrator")
    assert 'name="kind"' not in text
    assert "Agree with" not in text
    assert decide(case, "train-staff", "administrator").status_code == 403


# --- what the agency sees of it -----------------------------------------------------------------------


def test_the_agency_finds_the_questions_where_it_answers(submitted: Case):
    submitted.decide("train-staff", Verdict("asked", "Who was <trained>?"))
    hidden = detail(submitted)
    assert "Who was" not in hidden
    submitted.send_back()
    shown = detail(submitted)
    assert "Who was &lt;trained&gt;?" in shown
    assert "Asked by the reviewer (1)" in shown
    asked = detail(submitted, "?show=asked")
    assert "Items 1 to 1 of 1" in asked
    assert "<strong>Question:</strong> Who was &lt;trained&gt;?" in asked


def detail(case: Case, query: str = "", persona: str = "lead") -> str:
    page = case.world.client(persona).get(f"/assessments/{case.assessment.pk}/{query}")
    return " ".join(page.content.decode().split())


def test_the_result_shows_both_levels(submitted: Case):
    submitted.decide("train-staff", LOWER)
    submitted.approve()
    text = text_of(submitted, "result", "lead")
    assert "Levels set by the reviewer" in text
    assert "The reviewer set this; the agency said “In place”. Only one of nine systems." in text
    assert "<td>In place</td><td><strong>In place for some of our systems</strong></td>" in text


def test_the_next_questionnaire_shows_the_disagreement(world: World):
    first = next_quarter(world)
    first.submit()
    first.decide("pair-up", LOWER)
    first.agree_with_all()
    first.approve()
    text = detail(first, "?by=stage&section=2")
    assert "Reviewer set: In place for some of our systems" in text


def test_the_agency_replies_on_the_page(submitted: Case):
    row = submitted.decide("train-staff", LOWER)
    url = url_of(submitted, f"disagreements/{row.pk}/reply")
    lead = submitted.world.client("lead")
    assert lead.post(url, {"text": "Eight of nine."}).status_code == 404  # nobody told them yet
    submitted.approve()
    assert lead.post(url, {"text": " "}).status_code == 422
    answer = lead.post(url, {"text": "Eight of <nine>."})
    assert answer["Location"] == f"{url_of(submitted, 'disagreements')}#decision-{row.pk}"
    assert ReviewReply.objects.get().by == submitted.world.lead
    assert "Eight of &lt;nine&gt;." in text_of(submitted, "disagreements")


def test_an_import_says_that_it_was_not_reviewed_here(approved: Case):
    Assessment.objects.update(origin="import")
    assert "imported, and not reviewed here" in text_of(approved, "result")
    assert Result.objects.count() == 1
