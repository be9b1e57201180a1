"""The questionnaire: what is shown at a time, the views across it, its pages."""

from datetime import UTC, date, datetime

import pytest

from assessments import questionnaire as q
from assessments.queries import load_sheet
from assessments.services_answers import EvidenceFields, add_evidence
from assessments.services_review import return_assessment
from maturity.levels import NO_NUMBERS, Level
from maturity.models import Item
from portal.agencies.periods import Period
from tests.assessments.conftest import STAGE_1, STAGE_2, Case, start_case
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.maturity.library import publish, small_library
from tests.world import World

NEXT = (Period(date(2027, 1, 1), date(2027, 3, 31)), "FY27 Q2")


def page_of(case: Case, before: dict | None = None, **query: str) -> q.QuestionnairePage:
    approved = None if before is None else q.Before(before, NO_NUMBERS)
    return q.questionnaire_page(load_sheet(case.assessment), approved, q.Wish.of(query))


def slugs(page: q.QuestionnairePage) -> list[str]:
    return [item.slug for item in page.items]


def test_it_opens_at_the_stage_being_worked_on_and_moves_on_when_that_completes(case: Case):
    assert slugs(page_of(case)) == list(STAGE_1)
    for item in STAGE_1:
        case.answer(item)
    page = page_of(case)
    assert slugs(page) == list(STAGE_2)
    assert [(s.key, s.answered, s.later) for s in page.sections] == [
        ("1", 4, False),
        ("2", 0, False),
        ("3", 0, True),
    ]


def test_a_later_stage_is_there_for_who_wants_it(case: Case):
    assert slugs(page_of(case, section="3")) == ["share-skills", "heal-itself"]


def test_by_domain_only_what_is_asked_is_shown_unless_more_is_wished(case: Case):
    page = page_of(case, by="domain")
    assert [section.key for section in page.sections] == ["people", "platform", "challenges"]
    assert slugs(page) == ["train-staff", "name-owner"]
    assert page.later_items == 5
    later = page_of(case, by="domain", later="1", section="platform")
    assert slugs(later) == ["pick-platform", "scan-images", "heal-itself"]
    assert slugs(page_of(case, by="domain", section="challenges")) == ["no-budget"]


def test_the_unanswered_the_changed_and_what_holds_the_stage(case: Case):
    case.answer("train-staff")
    case.answer("name-owner", Level.PARTIAL)
    before = {"train-staff": Level.IN_PLACE, "name-owner": Level.NOT_STARTED, "pair-up": Level.IN_PLACE}
    page = page_of(case, before)
    assert {show: count for show, count in page.counts.items() if count} == {
        "unanswered": 2,
        "changed": 2,
        "holding": 3,
    }
    assert slugs(page_of(case, before, show="unanswered")) == ["pick-platform", "no-budget"]
    assert slugs(page_of(case, before, show="changed")) == ["name-owner", "pair-up"]
    # The two that are not begun have more effect than the one in place for some systems.
    assert slugs(page_of(case, before, show="holding")) == ["pick-platform", "no-budget", "name-owner"]


@pytest.mark.parametrize("query", [{"by": "x"}, {"show": "x"}, {"section": "9"}, {"after": "no-such-item"}])
def test_a_wrong_wish_shows_the_usual(case: Case, query: dict):
    assert slugs(page_of(case, **query)) == list(STAGE_1)


def test_pages_follow_the_last_item_seen_even_when_it_left_the_list(
    case: Case, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(q, "PER_PAGE", 2)
    first = page_of(case, show="unanswered")
    assert (slugs(first), first.total, first.previous_after) == (["train-staff", "name-owner"], 4, None)
    case.answer("train-staff", Level.NOT_STARTED)
    case.answer("name-owner", Level.NOT_STARTED)
    second = page_of(case, show="unanswered", after=first.next_after or "")
    assert slugs(second) == ["pick-platform", "no-budget"]
    stage = page_of(case, after="name-owner")
    assert (slugs(stage), stage.first, stage.last) == (["pick-platform", "no-budget"], 3, 4)
    assert (stage.previous_after, stage.next_after) == ("", None)


def test_where_nothing_applies_the_page_still_opens(case: Case):
    for item in case.assessment.version.items.values_list("slug", flat=True):
        case.answer(item, Level.NOT_APPLICABLE, reason="We own no software.")
    assert slugs(page_of(case)) == list(STAGE_1)
    assert q.progress_of(load_sheet(case.assessment)).score is None


def test_not_yet_is_offered_for_challenges_above_the_stage_being_worked_on(case: Case):
    sheet = load_sheet(case.assessment)
    offered = [slug for slug, item in sheet.items.items() if q.may_say_not_yet(sheet, item)]
    assert offered == ["too-complex"]


# --- the page ---------------------------------------------------------------------------------------


def text_of(case: Case, persona: str = "contributor", **query: str) -> str:
    return case.world.client(persona).get(f"/assessments/{case.assessment.pk}/", query).content.decode()


def test_who_may_answer_finds_one_form_per_item(case: Case):
    text = text_of(case)
    assert text.count('name="level" id="train-staff-level-') == 5
    assert text.count("<fieldset") == text.count("<legend") == 4
    assert "Yes, and we are fixing it" in text
    assert "0 of 4</strong> asked items answered" in text


@pytest.mark.parametrize("persona", ["reviewer", "officer"])
def test_who_may_only_read_finds_no_form(case: Case, persona: str):
    case.answer("train-staff", note="Two of <b>five</b>.")
    text = text_of(case, persona)
    assert 'name="level"' not in text
    assert "Two of &lt;b&gt;five&lt;/b&gt;." in text


def test_submitted_answers_are_read_only_for_all(submitted: Case):
    assert 'name="level"' not in text_of(submitted)


def test_what_was_approved_last_is_shown_where_it_differs(approved: Case):
    later = start_case(
        approved.world, approved.assessment.version, *NEXT, at=datetime(2027, 1, 5, tzinfo=UTC)
    )
    later.answer("train-staff", Level.PARTIAL)
    text = text_of(later)
    assert "Last approved (FY27 Q1): In place<" in text
    assert "Changed since FY27 Q1 (4)" in text


def test_the_reviewers_comment_stands_above_what_was_returned(submitted: Case):
    pk = submitted.assessment.pk
    return_assessment(
        assessment_id=pk, revision=2, comment="Cite the plan.", by=submitted.world.reviewer, at=NOW
    )
    text = text_of(submitted)
    assert "Returned by reviewer" in text
    assert "Cite the plan." in text


def test_the_page_takes_as_many_queries_with_all_answers_as_with_none(world: World, queries_of):
    case = start_case(world, make_small_model())
    client, url = world.client("contributor"), f"/assessments/{case.assessment.pk}/"
    client.get(url)
    none = queries_of(lambda: client.get(url))
    case.answer_all_asked()
    fields = EvidenceFields(kind="statement", title="Report", dated_on=date(2026, 11, 1), statement="All.")
    for item in STAGE_1:
        add_evidence(
            assessment_id=case.assessment.pk, item_slug=item, evidence=fields, by=world.contributor, at=NOW
        )
    # Evidence is one query more than none, however many answers there are.
    assert queries_of(lambda: client.get(url)) == none + 1


def test_each_item_leads_to_the_reference_behind_it_in_one_query(world: World, queries_of, tmp_path):
    case = start_case(world, make_small_model())
    client, url = world.client("contributor"), f"/assessments/{case.assessment.pk}/"
    client.get(url)
    without = queries_of(lambda: client.get(url))
    publish(small_library(tmp_path))
    sources = [{"slug": "wo-image", "ref": "000 p. 1"}, {"slug": "unknown", "ref": "000 p. 2"}]
    Item.objects.filter(slug__in=STAGE_1).update(sources=sources)
    text = text_of(case)
    link = '<a href="/library/entries/wo-image/">Image</a> <span class="item__by">(000 p. 1)</span>'
    assert text.count(link) == len(STAGE_1)
    assert "000 p. 2" not in text
    assert queries_of(lambda: client.get(url)) <= without + 1
    assert link in client.get(f"{url}items/train-staff/").content.decode()
