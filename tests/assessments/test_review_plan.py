"""What comes up one by one in a review, and what is drawn."""

from collections import Counter

import pytest

from assessments.review_plan import Candidate, Why, Word, draw, draw_plan
from maturity.levels import Level

IN_PLACE = Word(Level.IN_PLACE)


def candidate(slug: str = "scan", now: Word = IN_PLACE, before: Word = IN_PLACE, **more: bool) -> Candidate:
    return Candidate(slug, now, before, must_have=more.pop("must_have", False), said="x", **more)


def reasons(*candidates: Candidate, first: bool = False, many: int = 0) -> dict[str, tuple[Why, ...]]:
    """Of these, amid so many others of which there is nothing to say."""
    others = [candidate(f"other-{number}") for number in range(many)]
    plan = draw_plan([*candidates, *others], seed="s", first=first)
    return {one.slug: one.why for one in plan}


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (candidate(now=Word(Level.PARTIAL)), (Why.CHANGED,)),
        (candidate(now=Word(None)), (Why.CHANGED,)),
        (candidate(now=Word(Level.IN_PLACE, points=3)), (Why.CHANGED,)),
        (candidate(now=Word(Level.NOT_APPLICABLE), before=Word(Level.NOT_APPLICABLE)), (Why.NOT_APPLICABLE,)),
        (candidate(now=Word(Level.NOT_APPLICABLE)), (Why.CHANGED, Why.NOT_APPLICABLE)),
        (candidate(must_have=True), (Why.MUST_HAVE,)),
        (candidate(revised=True), (Why.REVISED,)),
    ],
)
def test_each_item_says_why_it_comes_up_alone(one: Candidate, why: tuple[Why, ...]):
    assert reasons(one)["scan"] == why


def test_what_others_meet_comes_up_and_a_new_holder_is_a_change():
    parent = Word(Level.IN_PLACE, holder="parent", holder_name="Cloud One")
    assert reasons(candidate(now=parent, before=parent))["scan"] == (Why.OTHERS,)
    assert reasons(candidate(now=parent))["scan"] == (Why.CHANGED, Why.OTHERS)


def test_another_planned_day_is_a_change():
    one, other = (Word(Level.PLANNED, planned_on=day) for day in ("2027-01-01", "2027-06-01"))
    assert reasons(candidate(now=other, before=one))["scan"] == (Why.CHANGED,)


def test_with_nothing_approved_before_all_is_a_change():
    assert set(reasons(first=True, many=30).values()) == {(Why.CHANGED,)}


@pytest.mark.parametrize(("count", "drawn"), [(0, 0), (1, 1), (20, 1), (21, 2), (176, 9)])
def test_five_percent_of_the_rest_are_drawn_rounded_up(count: int, drawn: int):
    found = Counter(reasons(many=count).values())
    assert found.get((Why.DRAWN,), 0) == drawn
    assert found.get((), 0) == count - drawn


def test_what_comes_up_anyway_is_not_drawn():
    found = reasons(*(candidate(f"must-{number}", must_have=True) for number in range(40)), many=20)
    assert Counter(found.values()) == {(Why.MUST_HAVE,): 40, (Why.DRAWN,): 1, (): 19}


def test_the_draw_follows_from_the_seed_alone():
    slugs = [f"item-{number}" for number in range(100)]
    assert draw(slugs, "one") == draw(reversed(slugs), "one")
    assert draw(slugs, "one") != draw(slugs, "other")


def test_every_item_is_drawn_by_some_seed():
    slugs = [f"item-{number}" for number in range(40)]
    drawn = Counter(slug for seed in range(2_000) for slug in draw(slugs, str(seed)))
    assert set(drawn) == set(slugs)
    assert max(drawn.values()) < 2 * min(drawn.values())  # 100 each, on the average
