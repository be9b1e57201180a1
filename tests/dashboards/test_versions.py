"""What was known when: worked out by hand, and against a computation from what had been approved."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboards.standings import Interval, ResultFacts, Span, month_of, values
from dashboards.versions import Version, live, versions
from tests.dashboards.test_standings import result

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
PERIODS = ["FY25 Q3", "FY25 Q4", "FY26 Q1", "FY26 Q2", "FY26 Q3", "FY26", "2026-03"]


def told(*results: ResultFacts) -> list[str]:
    """The versions in words: "2026-03 to 2026-05: reported 1, known 2026-04-10 to 2026-05-01"."""
    return [
        f"{v.interval.from_on:%Y-%m} to {v.interval.until_on:%Y-%m}: {v.interval.state} "
        f"{v.interval.value.result_id}, known {v.known_from:%Y-%m-%d} to "
        f"{v.known_until.date() if v.known_until else 'this day'}"
        for v in versions(results)
    ]


def test_one_report_is_known_from_its_approval_on():
    assert told(result(1, "FY26 Q2", approved="2026-04-10")) == [
        "2026-03 to 2026-05: reported 1, known 2026-04-10 to this day",
        "2026-06 to 2026-11: carried 1, known 2026-04-10 to this day",
    ]


def test_until_the_next_report_it_was_known_to_be_carried():
    first, second = result(1, "FY26 Q2", approved="2026-04-10"), result(2, "FY26 Q3", approved="2026-07-10")
    assert told(first, second) == [
        "2026-03 to 2026-05: reported 1, known 2026-04-10 to this day",
        "2026-06 to 2026-11: carried 1, known 2026-04-10 to 2026-07-10",
        "2026-06 to 2026-08: reported 2, known 2026-07-10 to this day",
        "2026-09 to 2027-02: carried 2, known 2026-07-10 to this day",
    ]


def test_a_late_report_shortens_what_was_carried_before_it():
    later, late = result(1, "FY25 Q4", approved="2025-10-10"), result(2, "FY26 Q1", approved="2026-02-10")
    assert told(later, late) == [
        "2025-09 to 2025-11: reported 1, known 2025-10-10 to this day",
        "2025-12 to 2026-05: carried 1, known 2025-10-10 to 2026-02-10",
        "2025-12 to 2026-02: reported 2, known 2026-02-10 to this day",
        "2026-03 to 2026-08: carried 2, known 2026-02-10 to this day",
    ]


def test_an_amendment_takes_the_place_of_what_was_known():
    first = result(1, "FY26 Q2", approved="2026-04-10")
    amendment = result(2, "FY26 Q2", approved="2026-05-10", amends=1)
    assert told(first, amendment) == [
        "2026-03 to 2026-05: reported 1, known 2026-04-10 to 2026-05-10",
        "2026-03 to 2026-05: reported 2, known 2026-05-10 to this day",
        "2026-06 to 2026-11: carried 1, known 2026-04-10 to 2026-05-10",
        "2026-06 to 2026-11: carried 2, known 2026-05-10 to this day",
    ]


def test_of_two_approved_at_the_same_moment_the_first_was_never_known():
    both = result(1, "FY26 Q2", approved="2026-04-10"), result(2, "FY26 Q2", approved="2026-04-10", amends=1)
    assert [line.split(",")[0][-1] for line in told(*both)] == ["2", "2"]


@st.composite
def histories(draw: st.DrawFn) -> list[ResultFacts]:
    """Results of any periods in any order of approval, some at one moment, and amendments of amendments."""
    found: list[ResultFacts] = []
    amended: set[int] = set()
    day = 0
    for number in range(1, draw(st.integers(1, 9)) + 1):
        day += draw(st.integers(0, 2))
        open_ones = [one.assessment_id for one in found if one.assessment_id not in amended]
        amends = draw(st.sampled_from([None, *open_ones])) if draw(st.booleans()) else None
        if amends is not None:
            amended.add(amends)
        approved = (FIRST + timedelta(days=day)).isoformat()[:10]
        found.append(result(number, draw(st.sampled_from(PERIODS)), approved, amends))
    return found


def known(found: tuple[Version, ...], moment: datetime) -> list[Interval]:
    held = [
        version.interval
        for version in found
        if version.known_from
        and version.known_from < moment
        and (version.known_until is None or version.known_until >= moment)
    ]
    return sorted(held, key=lambda one: one.from_on)


SPANS: list[list[Span]] = [[], [(month_of(FIRST.date()) + 1, month_of(FIRST.date()) + 3)], [(24315, None)]]


@given(histories(), st.sampled_from(SPANS))
def test_at_each_moment_they_are_what_follows_from_the_results_known_then(
    history: list[ResultFacts], without: list[Span]
):
    found = versions(history, without)
    for moment in {one.approved_at + timedelta(days=step) for one in history for step in (0, 1)}:
        before = [one for one in history if one.approved_at < moment]
        assert known(found, moment) == list(values(before, without))
    assert live(found) == values(history, without)
    assert all(one.known_from for one in found)
    assert all(one.known_until is None or one.known_until > (one.known_from or FIRST) for one in found)
