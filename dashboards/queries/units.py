"""From when to when agencies are not counted because they do not answer for themselves: they are rolled up
from those below them, or covered by one above. See docs/decisions/0010.

What a program says of a period holds from the month of its end until the end of the program's next period
with a round. In the program's own figures it holds as it is said. In figures over several programs
(everything, an agency with all below it) an agency is left out as soon as one of its programs says so, so
that nobody is counted beside an agency above it; but who is covered by an agency that is itself rolled up in
another program stays counted, so that nobody is lost.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from assessments.models import Cycle, ReportingUnit, UnitMode
from dashboards.standings import Span, cut, month_of, union

_Row = tuple[int, int, date, str, int | None]  # agency, program, end of the period, mode, covered by


@dataclass
class NotCounted:
    """When one agency is not counted in the figures of which program, and because of it in those over all."""

    programs: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    over_all: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))


def not_counted(ids: Collection[int]) -> dict[int, NotCounted]:
    """When these agencies are not counted, whether they are in the program then or not; three queries at the
    most."""
    rows = list(_rows(ReportingUnit.objects.filter(agency__in=ids)))
    if not rows:
        return {}
    coverers = {by for *_, by in rows if by is not None}
    above = list(_rows(ReportingUnit.objects.filter(agency__in=coverers, mode=UnitMode.ROLLED_UP)))
    spans = _spans({program for _, program, *_ in [*rows, *above]})
    gone: defaultdict[int, list[Span]] = defaultdict(list)
    for agency, program, ends_on, *_ in above:
        gone[agency] += spans.get((program, ends_on), ())
    found: defaultdict[int, NotCounted] = defaultdict(NotCounted)
    for agency, program, ends_on, _, by in rows:
        without = union(gone[by]) if by is not None and by in gone else []
        for span in spans.get((program, ends_on), ()):
            found[agency].programs[program].append(span)
            found[agency].over_all[program] += cut(span, without)
    return dict(found)


def _rows(units: QuerySet[ReportingUnit]) -> Iterable[_Row]:
    return units.order_by().values_list("agency_id", "program_id", "period_ends_on", "mode", "covered_by_id")


def _spans(programs: Collection[int]) -> dict[tuple[int, date], list[Span]]:
    """For each program and end of a period with a round, the months for which that round says who counts."""
    rows = Cycle.objects.filter(program__in=programs).order_by("program_id", "period_ends_on")
    ends: defaultdict[int, list[date]] = defaultdict(list)
    for program, ends_on in rows.values_list("program_id", "period_ends_on").distinct():
        ends[program].append(ends_on)
    found: dict[tuple[int, date], list[Span]] = {}
    for program, days in ends.items():
        months = [month_of(day) for day in days]
        for place, day in enumerate(days):
            end = months[place + 1] if place + 1 < len(days) else None
            # Two periods that end in one month: the later day speaks for it.
            found[program, day] = [(months[place], end)] if end is None or months[place] < end else []
    return found
