"""Checklists: a status for every entry, a score by group, and what is open, overdue or in conflict. Pure.

In `logic`, all of it optional:

    status: slug of the column with the statuses ("status")
    noun: ["check", "checks"]        what its entries are called
    score: "Pass rate"               what its share is called
    evidence: slug of a column       what is done without it is told
    owner, due: slugs of columns     what is not done after its day is told
    uncounted: [group, …]            groups that are asked and not part of the score
    shares: [{slug, name, column, is}, …]   further shares of all entries that apply
    rules: as speaking.py says; values: score, answered (percent)
    offers…: as offers.py says
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from maturity.instruments.answers import label_of
from maturity.instruments.conditions import Facts
from maturity.instruments.definitions import Instrument
from maturity.instruments.figures import ONE, percent_text, plural
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Finding, Known, Measure, Outcome, Table
from maturity.instruments.reading import TOLD
from maturity.instruments.speaking import findings_of_rules
from maturity.instruments.tallies import STATUS, Standing, Tally, standings_of, tally

Answers = dict[str, Any]


def evaluate_checklist(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """What the statuses come to."""
    logic = instrument.logic
    column = logic.get("status", STATUS)
    groups = [
        (group, standings_of(instrument, group.entries, answers, column)) for group in instrument.groups
    ]
    everything = [row for _, rows in groups for row in rows]
    uncounted = logic.get("uncounted", ())
    total = tally(row for group, rows in groups if group.slug not in uncounted for row in rows)
    facts = Facts(answers, known, values=_values(total))
    tallies = [(group.slug, group.name, tally(rows)) for group, rows in groups]
    return Outcome(
        headline=_headline(instrument, total),
        measures=(
            *_measures(instrument, total, everything, answers),
            *_of_groups(tallies, uncounted),
        ),
        findings=(
            *findings_of_rules(instrument, facts),
            *_overdue(instrument, everything, answers, known.on),
            *_gaps(everything),
            *_without_evidence(instrument, everything, answers),
            *_strengths(tallies),
            *_left_by_tool(instrument, everything, answers),
            *_open(instrument, groups, answers),
        ),
        tables=(_by_group(tallies, total, uncounted), _as_answered(instrument, groups, answers)),
        offers=offers_of(instrument, everything, facts),
        unanswered=sum(not row.status for row in everything),
    )


def _values(total: Tally) -> dict[str, Fraction | None]:
    """What rules may ask for."""
    return {
        "score": None if total.share is None else total.share * 100,
        "answered": Fraction(100 * total.answered, total.entries) if total.entries else None,
        "open": Fraction(total.none + total.part),
    }


def _nouns(instrument: Instrument) -> tuple[str, str]:
    one, many = instrument.logic.get("noun", ("check", "checks"))
    return one, many


def _headline(instrument: Instrument, total: Tally) -> str:
    counted = plural(total.applies, *_nouns(instrument))
    if total.share is None:
        return f"Nothing is answered yet: {counted} to go."
    parts = [f"{percent_text(total.share)}% of {counted} reached"]
    if total.none + total.part:
        parts.append(
            f"{total.none} open and {total.part} partly done" if total.part else f"{total.none} open"
        )
    if total.unanswered:
        parts.append(f"{total.unanswered} not answered, which count as not reached")
    return f"{'; '.join(parts)}."


def _measures(
    instrument: Instrument, total: Tally, rows: list[Standing], answers: Answers
) -> Iterable[Measure]:
    of = plural(total.applies, *_nouns(instrument))
    yield Measure(
        "score", instrument.logic.get("score", "Score"), percent_text(total.share), "percent", of, "up"
    )
    yield Measure(
        "score-answered",
        "Of those answered",
        percent_text(total.share_answered),
        "percent",
        plural(total.applies - total.unanswered, *_nouns(instrument)),
        "up",
    )
    yield Measure(
        "answered", "Answered", str(total.answered), "count", plural(total.entries, *_nouns(instrument)), "up"
    )
    yield Measure("open", "Open", str(total.none + total.part) if total.answered else "", "count", of, "down")
    told = answers.get("entries", {})
    for share in instrument.logic.get("shares", ()):
        counted = [row for row in rows if not row.is_left_out]
        known = [told.get(row.entry.slug, {}).get(share["column"]) for row in counted]
        said = sum(one is not None for one in known)
        found = Fraction(sum(one == share["is"] for one in known), len(known)) if said else None
        yield Measure(share["slug"], share["name"], percent_text(found), "percent", of, "up")


def _of_groups(tallies: list[tuple[str, str, Tally]], uncounted: Iterable[str]) -> Iterable[Measure]:
    if len(tallies) > 1:
        for slug, name, found in tallies:
            if slug not in uncounted:
                yield Measure(f"group-{slug}", name, percent_text(found.share), "percent", "", "up")


def _gaps(rows: list[Standing]) -> Iterable[Finding]:
    """What was answered and is not reached, the open ones first."""
    missed = [row for row in rows if row.worth is not None and row.worth < ONE]
    for row in sorted(missed, key=lambda row: row.worth or Fraction(0)):
        right = f" Right is: {row.entry.expected}." if row.entry.expected else ""
        yield Finding(
            slug=f"gap-{row.entry.slug}",
            kind="gap",
            text=f"{row.entry.title}: {row.label}.{right}",
            entries=(row.entry.slug,),
            practices=row.entry.practices,
            sources=row.entry.sources,
        )


def _overdue(instrument: Instrument, rows: list[Standing], answers: Answers, on: str) -> Iterable[Finding]:
    """Entries that are neither done nor left out and whose day has passed."""
    due, owner = instrument.logic.get("due"), instrument.logic.get("owner")
    if not due or not on:
        return
    for row in rows:
        told = answers.get("entries", {}).get(row.entry.slug, {})
        day = told.get(due, "")
        if day and day < on and row.worth != ONE and not row.is_left_out:
            who = told.get(owner, "") if owner else ""
            yield Finding(
                slug=f"overdue-{row.entry.slug}",
                kind="warning",
                text=f"{row.entry.title}: due on {day} and not done{f' (owner: {who})' if who else ''}.",
                entries=(row.entry.slug,),
                practices=row.entry.practices,
                sources=row.entry.sources,
            )


def _without_evidence(instrument: Instrument, rows: list[Standing], answers: Answers) -> Iterable[Finding]:
    column = instrument.logic.get("evidence")
    told = answers.get("entries", {})
    bare = [
        row.entry for row in rows if column and row.worth and not told.get(row.entry.slug, {}).get(column)
    ]
    if bare:
        one, many = _nouns(instrument)
        yield Finding(
            slug="without-evidence",
            kind="warning",
            text=f"{plural(len(bare), one, many)} said to be done, wholly or in part, without evidence.",
            entries=tuple(entry.slug for entry in bare),
        )


def _strengths(tallies: list[tuple[str, str, Tally]]) -> Iterable[Finding]:
    for slug, name, found in tallies:
        if found.share == ONE and len(tallies) > 1:
            yield Finding(f"strength-{slug}", "strength", f"{name}: everything that applies is reached.")


def _tool_said(instrument: Instrument, row: Standing, answers: Answers) -> str:
    """What a tool said of an entry that it left open."""
    told = answers.get("entries", {}).get(row.entry.slug, {})
    return "" if row.status or not instrument.reads else str(told.get(TOLD, ""))


def _left_by_tool(instrument: Instrument, rows: list[Standing], answers: Answers) -> Iterable[Finding]:
    """What the tool spoke of without a clear result: a person judges it."""
    for row in rows:
        if said := _tool_said(instrument, row, answers):
            yield Finding(
                slug=f"left-open-{row.entry.slug}",
                kind="open",
                text=f"{row.entry.title}: the tool gave no clear result ({said}).",
                entries=(row.entry.slug,),
                practices=row.entry.practices,
            )


def _open(instrument: Instrument, groups: list[Any], answers: Answers) -> Iterable[Finding]:
    """What was not answered, by group, unless that is all; what a tool left open is told by itself."""
    if not any(row.status for _, rows in groups for row in rows):
        return
    for group, rows in groups:
        missing = [row.entry for row in rows if not row.status and not _tool_said(instrument, row, answers)]
        if missing:
            head = f"{group.name}: " if len(groups) > 1 else ""
            yield Finding(
                slug=f"not-answered-{group.slug}",
                kind="open",
                text=f"{head}{len(missing)} of {len(rows)} not answered: "
                f"{', '.join(entry.title for entry in missing)}.",
                entries=tuple(entry.slug for entry in missing),
            )


def _by_group(tallies: list[tuple[str, str, Tally]], total: Tally, uncounted: Iterable[str]) -> Table:
    rows = [
        (f"{name} (not part of the score)" if slug in uncounted else name, *_counts(found))
        for slug, name, found in tallies
    ]
    if len(tallies) > 1:
        rows.append(("All", *_counts(total)))
    columns = ("Group", "Reached", "Done", "Partly", "Open", "Does not apply", "Not answered")
    known = [(found.share, name) for _, name, found in tallies if found.share is not None]
    summary = ""
    if len(known) > 1:
        lowest, highest = min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])
        summary = (
            f"{highest[1]} is furthest with {percent_text(highest[0])}%, "
            f"{lowest[1]} least far with {percent_text(lowest[0])}%."
        )
    return Table("groups", "By group", columns, tuple(rows), "heat", summary)


def _counts(found: Tally) -> tuple[str, ...]:
    share = "–" if found.share is None else f"{percent_text(found.share)}%"
    numbers = (found.done, found.part, found.none, found.left_out, found.unanswered)
    return share, *map(str, numbers)


def _as_answered(instrument: Instrument, groups: list[Any], answers: Answers) -> Table:
    """Every entry with what was said of it."""
    told = answers.get("entries", {})
    rows = tuple(
        (
            group.name,
            row.entry.title,
            row.entry.expected or "–",
            *(
                label_of(field, told.get(row.entry.slug, {}).get(field.slug)) or "–"
                for field in instrument.columns
            ),
        )
        for group, standings in groups
        for row in standings
    )
    columns = ("Group", "Entry", "Right is", *(field.label for field in instrument.columns))
    return Table("entries", "As answered", columns, rows)
