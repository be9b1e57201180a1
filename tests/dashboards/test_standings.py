"""Standings worked out by hand (docs/trends.md tells the same examples)."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.standings import (
    EVER,
    ResultFacts,
    Value,
    closed_span,
    cut,
    holds,
    member_dates,
    month_of,
    not_adopting,
    span_of,
    union,
    values,
)
from portal.agencies.periods import parse_label


def result(number: int, period: str, approved: str = "2026-01-01", amends: int | None = None) -> ResultFacts:
    """Result `number` of assessment `number`."""
    found = parse_label(period)
    value = Value(number, number * 100_000, 1, False, {})
    approved_at = datetime.fromisoformat(approved).replace(tzinfo=UTC)
    return ResultFacts(value, number, amends, found.starts_on, found.ends_on, approved_at)


def told(*results: ResultFacts, without=()) -> list[str]:
    """The intervals in words: "2026-03 to 2026-05: reported 1"."""
    return [
        f"{i.from_on:%Y-%m} to {i.until_on:%Y-%m}: {i.state} {i.value.result_id}"
        for i in values(results, list(without))
    ]


def test_a_quarter_is_reported_for_a_quarter_then_carried_for_two_then_gone():
    # FY26 Q2 ends in March: reported at the ends of March, April and May, carried until November.
    assert told(result(1, "FY26 Q2")) == ["2026-03 to 2026-05: reported 1", "2026-06 to 2026-11: carried 1"]


def test_a_year_is_carried_for_two_years():
    assert told(result(1, "FY26")) == ["2026-09 to 2027-08: reported 1", "2027-09 to 2029-08: carried 1"]


def test_a_month_is_carried_for_two_months():
    assert told(result(1, "2026-03")) == ["2026-03 to 2026-03: reported 1", "2026-04 to 2026-05: carried 1"]


def test_the_next_period_takes_over_at_its_end():
    assert told(result(1, "FY26 Q2"), result(2, "FY26 Q3")) == [
        "2026-03 to 2026-05: reported 1",
        "2026-06 to 2026-08: reported 2",
        "2026-09 to 2027-02: carried 2",
    ]


def test_after_a_silent_year_nothing_is_known_for_a_quarter():
    assert told(result(1, "FY26 Q1"), result(2, "FY27 Q1")) == [
        "2025-12 to 2026-02: reported 1",
        "2026-03 to 2026-08: carried 1",
        "2026-12 to 2027-02: reported 2",
        "2027-03 to 2027-08: carried 2",
    ]


def test_a_late_report_of_an_earlier_period_changes_nothing_after_the_later_one():
    late = result(2, "FY26 Q1", approved="2026-08-01")
    assert told(result(1, "FY26 Q2"), late) == [
        "2025-12 to 2026-02: reported 2",
        "2026-03 to 2026-05: reported 1",
        "2026-06 to 2026-11: carried 1",
    ]


def test_of_two_that_end_alike_the_later_approval_counts():
    # A half year and its second quarter both end in March.
    half, quarter = result(1, "FY26 H1", "2026-04-01"), result(2, "FY26 Q2", "2026-04-02")
    assert told(half, quarter)[0] == "2026-03 to 2026-05: reported 2"
    half = result(1, "FY26 H1", "2026-04-03")
    assert told(half, quarter)[0] == "2026-03 to 2026-08: reported 1"


def test_the_latest_assessed_period_counts_though_an_older_longer_one_would_last():
    # The year is good until 2028, but the quarter is later: when that lapses nothing is known.
    assert told(result(1, "FY25"), result(2, "FY26 Q1"))[-1] == "2026-03 to 2026-08: carried 2"


def test_a_correction_of_the_same_period_replaces_it_wholly():
    corrected = result(2, "FY26 Q2", approved="2026-09-01", amends=1)
    assert told(result(1, "FY26 Q2"), corrected) == [
        "2026-03 to 2026-05: reported 2",
        "2026-06 to 2026-11: carried 2",
    ]


def test_a_correction_counts_though_it_was_approved_by_the_same_second():
    assert told(result(1, "FY26 Q2"), result(2, "FY26 Q2", amends=1))[0] == "2026-03 to 2026-05: reported 2"
    assert told(result(2, "FY26 Q2"), result(1, "FY26 Q2", amends=2))[0] == "2026-03 to 2026-05: reported 1"


def test_a_correction_to_an_earlier_period_takes_the_wrong_one_away():
    corrected = result(2, "FY26 Q1", amends=1)
    assert told(result(1, "FY26 Q2"), corrected) == [
        "2025-12 to 2026-02: reported 2",
        "2026-03 to 2026-08: carried 2",
    ]


def test_a_correction_to_a_later_period_leaves_the_time_before_it():
    corrected = result(2, "FY26 Q3", amends=1)
    assert told(result(1, "FY26 Q2"), corrected)[:2] == [
        "2026-03 to 2026-05: reported 1",
        "2026-06 to 2026-08: reported 2",
    ]


def test_the_correction_of_a_correction_replaces_both():
    chain = (result(1, "FY26 Q3"), result(2, "FY26 Q3", amends=1), result(3, "FY26 Q2", amends=2))
    assert told(*chain) == ["2026-03 to 2026-05: reported 3", "2026-06 to 2026-11: carried 3"]


def test_while_not_adopting_there_is_no_value_and_before_and_after_there_is():
    away = span_of(date(2026, 4, 15), date(2026, 6, 30))  # in force at the ends of April, May and June
    assert told(result(1, "FY26 Q2"), without=[away]) == [
        "2026-03 to 2026-03: reported 1",
        "2026-07 to 2026-11: carried 1",
    ]


def test_a_decision_that_ends_before_the_end_of_a_month_does_not_count_there():
    (interval,) = not_adopting([span_of(date(2026, 4, 1), date(2026, 6, 29))])
    assert (interval.from_on, interval.until_on) == (date(2026, 4, 30), date(2026, 5, 31))


def test_an_open_decision_has_no_end():
    (interval,) = not_adopting([span_of(date(2026, 4, 30), None)])
    assert (interval.from_on, interval.until_on, interval.value) == (date(2026, 4, 30), None, None)


@pytest.mark.parametrize(
    ("closed_on", "last"),
    [(date(2026, 6, 1), "2026-05"), (date(2026, 6, 30), "2026-05"), (date(2026, 7, 1), "2026-06")],
)
def test_an_agency_has_no_standing_from_the_day_it_closed(closed_on, last):
    assert told(result(1, "FY26 Q2"), without=closed_span(closed_on))[-1].startswith(
        "2026-03" if last == "2026-05" else "2026-06"
    )
    until = values([result(1, "FY26 Q2")], closed_span(closed_on))[-1].until_on
    assert f"{until:%Y-%m}" == last


def test_a_period_that_ends_within_a_month_counts_at_the_end_of_that_month():
    facts = result(1, "FY26 Q2")
    odd = ResultFacts(facts.value, 1, None, date(2026, 1, 16), date(2026, 3, 15), facts.approved_at)
    assert told(odd)[0] == "2026-03 to 2026-05: reported 1"


def test_nothing_comes_of_nothing():
    assert values([]) == ()
    assert not_adopting([]) == ()


spans = st.tuples(st.integers(100, 160), st.one_of(st.none(), st.integers(95, 170)))


@given(st.lists(spans, max_size=6), spans)
def test_spans_are_cut_and_joined_as_sets_of_months_are(many, one):
    months = range(90, 180)
    joined = union(many)
    parts = list(cut(one, joined))
    for month in months:
        assert holds(joined, month) == holds(many, month)
        assert holds(parts, month) == (holds([one], month) and not holds(many, month))
    assert all(end is not None for _, end in joined[:-1])
    assert all(before[1] < after[0] for before, after in pairwise(joined))


@given(
    st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2040, 1, 1))),
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
)
def test_a_span_of_days_holds_the_months_whose_end_it_holds(from_on, until_on):
    span = span_of(from_on, until_on)
    if span[1] is None or span[1] > span[0]:
        first, last = member_dates(span)
        assert (first is None) == (from_on is None)
        assert first is None or (first >= from_on and month_of(first) == month_of(from_on))
        assert last <= until_on
    assert span_of(from_on, None) == (EVER if from_on is None else month_of(from_on), None)
