"""Periods of any calendar: what they hold, what they are called."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agencies.periods import (
    LENGTHS,
    following,
    label,
    month_end,
    months_between,
    parse_label,
    period_of,
)

DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))
KINDS = st.sampled_from(sorted(LENGTHS))
MONTHS = st.integers(1, 12)


@given(DAYS, KINDS, MONTHS)
def test_a_period_holds_its_day_and_has_its_length(on, kind, starts_in):
    period = period_of(on, kind=kind, year_starts_in=starts_in)
    assert period.starts_on <= on <= period.ends_on
    assert period.months == LENGTHS[kind]
    assert period.starts_on.day == 1
    assert period.ends_on == month_end(period.ends_on)


@given(DAYS, KINDS, MONTHS)
def test_periods_follow_each_other_without_gap(on, kind, starts_in):
    period = period_of(on, kind=kind, year_starts_in=starts_in)
    after = following(period)
    assert (after.starts_on - period.ends_on).days == 1
    assert after == period_of(after.starts_on, kind=kind, year_starts_in=starts_in)
    assert following(after, -1) == period


@given(DAYS, KINDS, MONTHS)
def test_a_label_is_read_back(on, kind, starts_in):
    period = period_of(on, kind=kind, year_starts_in=starts_in)
    assert parse_label(label(period, starts_in), starts_in) == period


@given(DAYS, MONTHS)
def test_quarters_of_one_year_are_numbered_one_to_four(on, starts_in):
    year = period_of(on, kind="year", year_starts_in=starts_in)
    first = period_of(year.starts_on, year_starts_in=starts_in)
    names = [label(following(first, count), starts_in) for count in range(4)]
    assert [name[-2:] for name in names] == ["Q1", "Q2", "Q3", "Q4"]
    assert len({name[:-3] for name in names}) == 1
    assert months_between(year.starts_on, year.ends_on) == 11


@pytest.mark.parametrize(
    ("text", "starts_in", "first", "last"),
    [
        ("FY27 Q1", 10, date(2026, 10, 1), date(2026, 12, 31)),
        ("2027Q1", 10, date(2026, 10, 1), date(2026, 12, 31)),
        (" fy27 h2 ", 10, date(2027, 4, 1), date(2027, 9, 30)),
        ("FY27", 10, date(2026, 10, 1), date(2027, 9, 30)),
        ("2027 Q1", 1, date(2027, 1, 1), date(2027, 3, 31)),
        ("2026-10", 10, date(2026, 10, 1), date(2026, 10, 31)),
        ("Feb 2028", 10, date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_known_labels(text, starts_in, first, last):
    period = parse_label(text, starts_in)
    assert (period.starts_on, period.ends_on) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "Q1", "FY27 Q5", "FY27 H3", "2026-13", "2026-00", "0000", "0000-01", "Foo 2026", "FY٢٧"]
)
def test_what_is_no_period_is_told_which_forms_are(text):
    with pytest.raises(ValueError, match="write FY27 Q1"):
        parse_label(text)
