"""The board of a round as a file, noted in the audit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify

from assessments.board_file import Value, write_board
from assessments.models import Cycle
from assessments.queries_cycles import BoardLine, Totals, agencies_asked, board_lines, in_order, totals_of
from assessments.queries_rollup import with_rollups
from maturity.scoring import MILLION
from portal.access.models import User
from portal.agencies.queries import demonstration_shown
from portal.audit.services import record

AT_ONCE = 500  # lines read at once
MOST_PERCENTS = 2_000  # assessments under way of which it is worked out how much is answered
MARKING = "DEMONSTRATION: the agencies and answers are invented."
COLUMNS = (
    "Agency", "Abbreviation", "Identifier", "Status", "Late", "Answered", "Due on", "Extended", "Reason",
    "Covered by", "Below it reported", "Below it asked", "Lowest below", "Median below", "Incomplete",
)  # fmt: skip


@dataclass(frozen=True)
class BoardFile:
    """A workbook and what it is called."""

    name: str
    content: bytes


def export_board(*, cycle: Cycle, by: User, at: datetime) -> BoardFile:
    """The whole board as `by` may read it, with who made it when; noted in the audit."""
    today = timezone.localdate(at)
    asked = agencies_asked(cycle, by)
    totals = totals_of(asked, today)
    rows = [_row(line) for line in _lines(cycle, by, today)]
    about = _about(cycle, totals, by, at)
    content = write_board(
        about,
        [
            ("Totals", ("Status", "Agencies"), _totals(totals)),
            ("Agencies", COLUMNS, rows),
        ],
    )
    with transaction.atomic():  # this alone, so that nobody waits while all lines are read
        record(action="export board", obj=cycle, by=by, at=at, changes={"agencies": len(rows)})
    return BoardFile(f"{slugify(f'{cycle} board {today}')}.xlsx", content)


def _lines(cycle: Cycle, by: User, today: date) -> Iterator[BoardLine]:
    found = list(in_order(agencies_asked(cycle, by), "agency"))
    left = MOST_PERCENTS
    for start in range(0, len(found), AT_ONCE):
        lines = board_lines(cycle, found[start : start + AT_ONCE], by, today, percents=left > 0)
        left -= sum(line.percent is not None for line in lines)
        yield from with_rollups(cycle, lines, by)


def _row(line: BoardLine) -> list[Value]:
    counted, rollup = line.covered_by is None and line.rollup is None, line.rollup
    reason = line.extension.reason if line.extension else line.nothing.reason if line.nothing else ""
    return [
        line.agency.name,
        line.agency.abbreviation,
        line.agency.identifier,
        line.words,
        "late" if line.late else "",
        line.percent / 100 if line.percent is not None else None,
        line.until if counted else None,
        line.extension.until_on if line.extension else None,
        reason if line.details else "",
        line.covered_by.name if line.covered_by else "",
        rollup.reported if rollup else None,
        rollup.asked if rollup else None,
        rollup.lowest / MILLION if rollup and rollup.lowest is not None else None,
        rollup.median / MILLION if rollup and rollup.median is not None else None,
        "incomplete" if rollup and rollup.incomplete else "",
    ]


def _totals(totals: Totals) -> list[list[Value]]:
    told = [(words, count) for key, words, count in totals.in_words if key in totals.by_status]
    more = [(words, count) for key, words, count in totals.in_words if key not in totals.by_status]
    rows: list[list[Value]] = [[words, count] for words, count in told]
    rows.append(["Units that answer for themselves (n)", totals.asked])
    for words, count in more:
        rows.append(
            [f"{words}, not counted" if words in {"Rolled up", "Covered"} else f"Of these: {words}", count]
        )
    return rows


def _about(cycle: Cycle, totals: Totals, by: User, at: datetime) -> list[tuple[str, str]]:
    def day(on: date) -> str:
        return date_format(on, "F j, Y")

    return [
        ("Board of", str(cycle)),
        *([("Marking", MARKING)] if demonstration_shown() else []),
        ("Program", str(cycle.program)),
        ("Questionnaire", str(cycle.version)),
        ("Asked", cycle.get_kind_display()),
        ("Period", f"{cycle.period_label}, {day(cycle.period_starts_on)} to {day(cycle.period_ends_on)}"),
        ("Due on", day(cycle.due_on)),
        ("State", cycle.state_words),
        ("Units (n)", f"{totals.asked:,} that answer for themselves, of {totals.listed:,} agencies"),
        ("Made by", str(by)),
        ("Made at", f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}"),
        ("Answered", f"Of at least the first {MOST_PERCENTS:,} assessments under way."),
        ("Whose", "The agencies that this person may know of."),
    ]
