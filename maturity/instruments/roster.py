"""Rosters: rows that a person adds, what they cover, sum to, and lack. Pure.

In `logic`, all of it optional:

    row_title: slug of the field that names a row
    needs_rows: true                     a run without rows cannot be finished
    covers: [{slug, name, field, [when], [most]}, …]
        which options of a choice (or choices) field appear in rows (that fit `when`); those that do not are
        gaps, those in more than `most` rows are duplicates. Options of worth "0" are not asked for. Where an
        option is the slug of an entry, the gap leads to its practices.
    sums: [{slug, name, field, [unit], [when], [better]}, …]
    shares: [{slug, name, when, [of], [better]}, …]          rows that fit, of those that fit `of`;
        one of which it is not known does not, and where it is known of none there is no share
    due: {field, unless, text}           rows whose day has passed, unless the condition holds
    by: [{slug, title, field, [year: true], [sums: [slug, …]]}, …]     rows by a field (or its year)
    complete: [{slug, name, field, text}, …]   rows that lack some of all options of a choices field
    quadrant: {title, x, y, series, x_name, y_name}     fields whose options have a worth, from 0 to 1
    row_rules: rules over every row; rules: as speaking.py says; values: rows, sums and shares by slug
    offers…: as offers.py says
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maturity.instruments.answers import label_of
from maturity.instruments.conditions import Facts, holds
from maturity.instruments.definitions import Field, Instrument
from maturity.instruments.figures import decimal_text, number_of, percent_text, plural, shown
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Chart, Finding, Known, Measure, Outcome, Table
from maturity.instruments.speaking import finding_of, findings_of_rules

Answers = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Coverage:
    """Which options of a field appear, and in how many rows."""

    told: Mapping[str, Any]
    counts: Mapping[str, int]
    labels: Mapping[str, str]

    @property
    def gaps(self) -> list[str]:
        """Options in no row."""
        return [slug for slug, count in self.counts.items() if not count]

    @property
    def twice(self) -> list[str]:
        """Options in more rows than there should be."""
        most = self.told.get("most")
        return [slug for slug, count in self.counts.items() if most and count > most]

    @property
    def share(self) -> Fraction | None:
        """The covered options, of all."""
        return Fraction(len(self.counts) - len(self.gaps), len(self.counts)) if self.counts else None


def evaluate_roster(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """What the rows cover and come to."""
    logic = instrument.logic
    facts = Facts(answers, known)
    coverages = [_coverage(instrument, told, facts) for told in logic.get("covers", ())]
    sums = {one["slug"]: _sum(one, facts.rows, facts) for one in logic.get("sums", ())}
    shares = {one["slug"]: _share(one, facts) for one in logic.get("shares", ())}
    percents = {slug: None if share is None else share * 100 for slug, share in shares.items()}
    covered = {one.told["slug"]: None if one.share is None else one.share * 100 for one in coverages}
    facts = facts.with_values(**sums, **percents, **covered, rows=Fraction(len(facts.rows)))
    return Outcome(
        headline=_headline(instrument, facts, coverages),
        measures=tuple(_measures(instrument, facts, coverages, sums, shares)),
        findings=(
            *findings_of_rules(instrument, facts),
            *_row_findings(instrument, facts),
            *_due(instrument, facts),
            *(finding for one in coverages for finding in _coverage_findings(instrument, one, facts)),
            *_incomplete(instrument, facts),
        ),
        tables=(
            *(_coverage_table(one) for one in coverages),
            *(_by(instrument, one, facts) for one in logic.get("by", ())),
            _rows_table(instrument, facts.rows),
            *_fields_table(instrument, answers),
        ),
        charts=_quadrant(instrument, facts.rows),
        offers=offers_of(instrument, (), facts),
        unanswered=sum(one.slug not in answers.get("fields", {}) for one in instrument.fields),
    )


def _field(instrument: Instrument, slug: str) -> Field:
    return next(one for one in instrument.row if one.slug == slug)


def _name(instrument: Instrument, row: Row, number: int) -> str:
    return str(row.get(instrument.logic.get("row_title", "")) or f"No. {number}")


def _fits(told: Mapping[str, Any], row: Row, facts: Facts, name: str = "when") -> bool:
    return name not in told or holds(told[name], facts.of_row(row)) is True


def _coverage(instrument: Instrument, told: Mapping[str, Any], facts: Facts) -> Coverage:
    field = _field(instrument, told["field"])
    labels = {option.value: option.label for option in field.options if option.worth != "0"}
    rows = [row for row in facts.rows if _fits(told, row, facts)]
    counts = {slug: sum(slug in _chosen(row, field) for row in rows) for slug in labels}
    return Coverage(told, counts, labels)


def _chosen(row: Row, field: Field) -> list[str]:
    value = row.get(field.slug)
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _sum(told: Mapping[str, Any], rows: list[Row], facts: Facts) -> Fraction | None:
    found = [number_of(row.get(told["field"])) for row in rows if _fits(told, row, facts)]
    known = [one for one in found if one is not None]
    return sum(known, Fraction(0)) if known else None


def _share(told: Mapping[str, Any], facts: Facts) -> Fraction | None:
    of = [row for row in facts.rows if _fits(told, row, facts, "of")]
    found = [holds(told["when"], facts.of_row(row)) for row in of]
    if all(one is None for one in found):
        return None
    return Fraction(sum(one is True for one in found), len(found))


def _headline(instrument: Instrument, facts: Facts, coverages: list[Coverage]) -> str:
    noun = instrument.row_name or "row"
    if not facts.rows:
        return f"There is no {noun} yet: add the first."
    parts = [f"{plural(len(facts.rows), noun)}"]
    for one in coverages:
        covered = len(one.counts) - len(one.gaps)
        parts.append(f"{one.told['name']}: {covered} of {len(one.counts)}")
    parts += [
        f"{told['name']}: {percent_text(facts.values[told['slug']] / 100)}%"
        for told in instrument.logic.get("shares", ())
        if facts.values[told["slug"]] is not None
    ]
    return f"{'; '.join(parts)}."


def _measures(
    instrument: Instrument,
    facts: Facts,
    coverages: list[Coverage],
    sums: Mapping[str, Fraction | None],
    shares: Mapping[str, Fraction | None],
) -> Iterable[Measure]:
    yield Measure("rows", (f"{instrument.row_name or 'row'}s").capitalize(), str(len(facts.rows)), "count")
    for one in coverages:
        share = percent_text(one.share) if facts.rows else ""
        of = plural(len(one.counts), "option")
        yield Measure(one.told["slug"], one.told["name"], share, "percent", of, "up")
    for told in instrument.logic.get("sums", ()):
        unit, better = told.get("unit", "count"), told.get("better", "")
        yield Measure(told["slug"], told["name"], decimal_text(sums[told["slug"]]), unit, "", better)
    for told in instrument.logic.get("shares", ()):
        share = percent_text(shares[told["slug"]])
        yield Measure(told["slug"], told["name"], share, "percent", "", told.get("better", "up"))


def _row_findings(instrument: Instrument, facts: Facts) -> Iterable[Finding]:
    for number, row in enumerate(facts.rows, start=1):
        for rule in instrument.logic.get("row_rules", ()):
            if holds(rule["when"], facts.of_row(row)):
                text = f"{_name(instrument, row, number)}: {rule['text']}"
                yield finding_of({**rule, "slug": f"{rule['slug']}-{number}", "text": text})


def _due(instrument: Instrument, facts: Facts) -> Iterable[Finding]:
    told = instrument.logic.get("due")
    if not told or not facts.known.on:
        return
    for number, row in enumerate(facts.rows, start=1):
        day = row.get(told["field"], "")
        if day and day < facts.known.on and not holds(told["unless"], facts.of_row(row)):
            text = f"{_name(instrument, row, number)}: {told['text']} (due on {day})."
            yield Finding(f"overdue-{number}", "warning", text)


def _coverage_findings(instrument: Instrument, one: Coverage, facts: Facts) -> Iterable[Finding]:
    if not facts.rows:
        return
    entries = {entry.slug: entry for entry in instrument.entries}
    for slug in one.gaps:
        entry = entries.get(slug)
        yield Finding(
            slug=f"gap-{one.told['slug']}-{slug}",
            kind="gap",
            text=f"{one.told['name']}: {one.labels[slug]} is in no row.",
            entries=(slug,) if entry else (),
            practices=entry.practices if entry else (),
            sources=entry.sources if entry else (),
        )
    for slug in one.twice:
        rows = [
            _name(instrument, row, number)
            for number, row in enumerate(facts.rows, start=1)
            if slug in _chosen(row, _field(instrument, one.told["field"])) and _fits(one.told, row, facts)
        ]
        yield Finding(
            slug=f"twice-{one.told['slug']}-{slug}",
            kind="warning",
            text=f"{one.labels[slug]} is covered {len(rows)} times: {', '.join(rows)}.",
            entries=(slug,) if slug in entries else (),
        )


def _incomplete(instrument: Instrument, facts: Facts) -> Iterable[Finding]:
    for told in instrument.logic.get("complete", ()):
        field = _field(instrument, told["field"])
        for number, row in enumerate(facts.rows, start=1):
            lacking = [option.label for option in field.options if option.value not in _chosen(row, field)]
            if lacking:
                yield Finding(
                    slug=f"{told['slug']}-{number}",
                    kind="gap",
                    text=f"{_name(instrument, row, number)}: {told['text']} {', '.join(lacking)}.",
                )


def _coverage_table(one: Coverage) -> Table:
    rows = tuple(
        (
            one.labels[slug],
            str(count),
            "Missing" if not count else "More than needed" if slug in one.twice else "Covered",
        )
        for slug, count in one.counts.items()
    )
    return Table(one.told["slug"], one.told["name"], ("What", "Rows", "State"), rows, "heat")


def _by(instrument: Instrument, told: Mapping[str, Any], facts: Facts) -> Table:
    """Rows by a field, with the sums of each."""
    field = _field(instrument, told["field"])
    groups: dict[str, list[Row]] = {}
    for row in facts.rows:
        value = row.get(field.slug)
        if told.get("year") and value is not None:
            value = str(value)[:4]
        for one in value if isinstance(value, list | tuple) else [value]:
            groups.setdefault(label_of(field, one) or "Not said", []).append(row)
    wanted = [one for one in instrument.logic.get("sums", ()) if one["slug"] in told.get("sums", ())]
    named = sorted(groups, key=_order)
    rows = tuple(
        (
            name,
            str(len(groups[name])),
            ", ".join(_name(instrument, row, facts.rows.index(row) + 1) for row in groups[name][:20]),
            *(shown(_sum(one, groups[name], facts), one.get("unit", "")) for one in wanted),
        )
        for name in named
    )
    heads = (field.label, "How many", "Which", *(one["name"] for one in wanted))
    return Table(told["slug"], told["title"], heads, rows)


def _order(name: str) -> tuple[bool, Fraction, str]:
    """Numbers by size before words; what was not said comes last."""
    number = number_of(name)
    return (name == "Not said", Fraction(10**12) if number is None else number, name)


def _rows_table(instrument: Instrument, rows: list[Row]) -> Table:
    told = tuple(
        tuple(label_of(field, row.get(field.slug)) or "–" for field in instrument.row) for row in rows
    )
    name = f"{instrument.row_name or 'row'}s".capitalize()
    return Table("rows", name, tuple(field.label for field in instrument.row), told)


def _fields_table(instrument: Instrument, answers: Answers) -> tuple[Table, ...]:
    told = answers.get("fields", {})
    rows = tuple((one.label, label_of(one, told.get(one.slug)) or "–") for one in instrument.fields)
    return (Table("answers", "As answered", ("Question", "Answer"), rows),) if rows else ()


def _quadrant(instrument: Instrument, rows: list[Row]) -> tuple[Chart, ...]:
    """Rows as points by two fields, in the series of a third."""
    told = instrument.logic.get("quadrant")
    if not told:
        return ()
    x, y, series = (_field(instrument, told[name]) for name in ("x", "y", "series"))
    points = []
    for number, row in enumerate(rows, start=1):
        at = [_worth(field, row.get(field.slug)) for field in (x, y)]
        if None not in at:
            points.append(
                {
                    "label": _name(instrument, row, number),
                    "x": decimal_text(at[0]),
                    "y": decimal_text(at[1]),
                    "series": label_of(series, row.get(series.slug)) or "Not said",
                }
            )
    return (Chart("quadrant", told["title"], "rows", told["x_name"], told["y_name"], tuple(points)),)


def _worth(field: Field, value: Any) -> Fraction | None:
    found = {option.value: option.worth for option in field.options}.get(value, "")
    return number_of(found)
