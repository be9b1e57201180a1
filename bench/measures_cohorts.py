"""The measure of agencies chosen by their profile and never saved."""

from datetime import date

from bench.measures import Door, Measure, alternate
from bench.server import Reply
from portal.agencies.periods import month_end

FILTER = "size=small,mid&branch=executive"  # half of the agencies, see seeding.py


def _fitting(agencies: int) -> int:
    """How many of the seeded agencies fit the filter."""
    return sum(number % 3 != 2 and number // 3 % 4 != 3 for number in range(1, agencies + 1))


def adhoc_cohort(large: Door) -> Measure:
    """All quarters (forty) of half of the agencies, by two fields of the profile."""
    # The quarter that runs is not over; the forty before it are.
    last = month_end(date.fromisoformat(large.keys["horizon"]), -3)
    path = f"/trends/?{FILTER}&to={last}"

    def figure() -> Reply:
        return large.api(path)

    def floor() -> Reply:
        return large.floor(path)

    rows = figure().json()["results"]
    scale = large.site.scale
    if len(rows) != scale.quarters or rows[-1]["agencies"] != _fitting(scale.agencies):
        raise AssertionError(f"{len(rows)} quarters, at last of {rows[-1]['agencies']} agencies.")
    found = floor().json()["results"]
    if sum(row[-2] for row in found if row[2] == "reported") < sum(row["reported"] for row in rows):
        raise AssertionError("The floor of adhoc_cohort counts fewer agencies than the trend.")
    took = alternate(figure, floor)
    return Measure("adhoc_cohort", *took[:2], 2, note=f"{rows[-1]['agencies']} agencies, {took[2]} queries")
