"""Calculators: inputs with units, formulas that are shown, totals by year, and what moves them. Pure.

In `logic`:

    formulas: [{slug, name, formula, [unit], [better], [text], [measure: false], [yearly: true]}, …]
        in order; a formula may name fields and formulas before it. A yearly one is a series, by year, and
        may also name `year`; others may use total(series) and payback(series).
    years, rate: slugs of the fields with the number of years and the discount rate in percent
    headline: text with {slug} in the places of results
    sensitivity: {of: formula, vary: [field, …], share: field with a percent}
    rules: as speaking.py says; values: all formulas that are not yearly
    offers…: as offers.py says
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from maturity.instruments.answers import label_of
from maturity.instruments.conditions import Facts
from maturity.instruments.definitions import Instrument
from maturity.instruments.expressions import Formula, Scope, Value, read_formula, value_of
from maturity.instruments.figures import decimal_text, number_of, shown
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Chart, Known, Measure, Outcome, Table
from maturity.instruments.speaking import findings_of_rules

Answers = dict[str, Any]
MOST_YEARS = 50


@dataclass(frozen=True)
class Reckoned:
    """All that was worked out: single values, and series by year."""

    values: Mapping[str, Value]
    series: Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True)
class Reach:
    """What a result becomes when one input moves down and up by a share."""

    label: str
    unit: str
    value: Fraction
    at_low: Value
    at_high: Value


def evaluate_calculator(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """What the inputs come to."""
    inputs = inputs_of(instrument, answers)
    found = reckon(instrument, inputs)
    single = [one for one in instrument.logic["formulas"] if not one.get("yearly")]
    facts = Facts(answers, known).with_values(**{one["slug"]: found.values[one["slug"]] for one in single})
    reaches = _reaches(instrument, inputs)
    tables = (
        _inputs_table(instrument, answers),
        _formulas_table(single, found),
        _years_table(instrument, found),
        _reach_table(instrument, reaches, found),
    )
    return Outcome(
        headline=_headline(instrument, single, found),
        measures=tuple(
            Measure(
                one["slug"],
                one["name"],
                decimal_text(found.values[one["slug"]]),
                one.get("unit", ""),
                better=one.get("better", ""),
            )
            for one in single
            if one.get("measure", True)
        ),
        findings=findings_of_rules(instrument, facts),
        tables=tuple(table for table in tables if table.rows),
        charts=_chart(instrument, reaches, found),
        offers=offers_of(instrument, (), facts),
        unanswered=sum(one.slug not in answers.get("fields", {}) for one in instrument.fields),
    )


def inputs_of(instrument: Instrument, answers: Answers) -> dict[str, Value]:
    """Every number that was given, with yes as 1 and no as 0; None of one that was not."""
    told = answers.get("fields", {})
    found = {one.slug: number_of(told.get(one.slug)) for one in instrument.fields if one.kind == "number"}
    asked = [one.slug for one in instrument.fields if one.kind == "yes_no" and one.slug in told]
    return {**found, **{slug: Fraction(bool(told[slug])) for slug in asked}}


def reckon(instrument: Instrument, inputs: Mapping[str, Value]) -> Reckoned:
    """All formulas, in order."""
    logic = instrument.logic
    years = min(int(inputs.get(logic.get("years", "")) or 0), MOST_YEARS)
    rate = (inputs.get(logic.get("rate", "")) or Fraction(0)) / 100
    values: dict[str, Value] = dict(inputs)
    series: dict[str, tuple[Value, ...]] = {}
    for one in logic["formulas"]:
        formula = _read(one["formula"])
        if not one.get("yearly"):
            values[one["slug"]] = value_of(formula, Scope(values, series))
            continue
        series[one["slug"]] = tuple(
            value_of(formula, Scope(_in_year(values, series, year), series, year, rate))
            for year in range(1, years + 1)
        )
    return Reckoned(values, series)


@lru_cache(maxsize=512)
def _read(text: str) -> Formula:
    return read_formula(text)


def _in_year(
    values: Mapping[str, Value], series: Mapping[str, tuple[Value, ...]], year: int
) -> dict[str, Value]:
    """What names mean in one year: a series that was worked out before stands for its value then."""
    then = {slug: found[year - 1] for slug, found in series.items()}
    return {**values, **then, "year": Fraction(year)}


def _headline(instrument: Instrument, single: list[dict[str, Any]], found: Reckoned) -> str:
    text = str(instrument.logic.get("headline", ""))
    for one in single:
        hole = f"{{{one['slug']}}}"
        if hole not in text:
            continue
        value = found.values[one["slug"]]
        if value is None:
            return "Some figures are still missing for a result: see which formulas have none."
        text = text.replace(hole, shown(value, one.get("unit", "")))
    return text


def _reaches(instrument: Instrument, inputs: dict[str, Value]) -> list[Reach]:
    """The result with each input moved down and up, the widest first; only of inputs that move it."""
    told = instrument.logic.get("sensitivity")
    share = inputs.get(told["share"]) if told else None
    if not told or share is None:
        return []
    rows = []
    for one in instrument.fields:
        value = inputs.get(one.slug)
        if one.slug not in told["vary"] or not value:
            continue
        at = [
            reckon(instrument, {**inputs, one.slug: value * (100 + sign * share) / 100}).values[told["of"]]
            for sign in (-1, 1)
        ]
        if at[0] != at[1]:
            rows.append(Reach(one.label, one.unit, value, *at))
    return sorted(rows, key=lambda row: -abs((row.at_high or Fraction(0)) - (row.at_low or Fraction(0))))


def _inputs_table(instrument: Instrument, answers: Answers) -> Table:
    told = answers.get("fields", {})
    rows = tuple(
        (
            one.label,
            shown(number_of(told.get(one.slug)), one.unit)
            if one.kind == "number"
            else label_of(one, told.get(one.slug)) or "–",
        )
        for one in instrument.fields
    )
    return Table("inputs", "What was entered", ("Input", "Value"), rows)


def _formulas_table(single: list[dict[str, Any]], found: Reckoned) -> Table:
    rows = tuple(
        (one["name"], one.get("text", one["formula"]), shown(found.values[one["slug"]], one.get("unit", "")))
        for one in single
    )
    return Table("formulas", "Results and how they come about", ("Result", "Formula", "Value"), rows)


def _years_table(instrument: Instrument, found: Reckoned) -> Table:
    yearly = [one for one in instrument.logic["formulas"] if one.get("yearly")]
    count = max((len(series) for series in found.series.values()), default=0)
    rows = tuple(
        (f"Year {year + 1}", *(shown(found.series[one["slug"]][year]) for one in yearly))
        for year in range(count)
    )
    return Table("years", "Year by year", ("Year", *(one["name"] for one in yearly)), rows)


def _reach_table(instrument: Instrument, reaches: list[Reach], found: Reckoned) -> Table:
    told = instrument.logic.get("sensitivity") or {}
    unit = next(
        (one.get("unit", "") for one in instrument.logic["formulas"] if one["slug"] == told.get("of")), ""
    )
    rows = tuple(
        (row.label, shown(row.value, row.unit), shown(row.at_low, unit), shown(row.at_high, unit))
        for row in reaches
    )
    summary = f"{reaches[0].label} moves the result most." if reaches else ""
    heads = ("Input", "As entered", "Result when it is lower", "Result when it is higher")
    return Table("sensitivity", "How far each input moves the result", heads, rows, summary=summary)


def _chart(instrument: Instrument, reaches: list[Reach], found: Reckoned) -> tuple[Chart, ...]:
    told = instrument.logic.get("sensitivity")
    value = found.values.get(told["of"]) if told else None
    if value is None or not reaches:
        return ()
    points = tuple(
        {
            "label": row.label,
            "value": decimal_text(value),
            "low": decimal_text(min(row.at_low, row.at_high)),
            "high": decimal_text(max(row.at_low, row.at_high)),
        }
        for row in reaches
        if row.at_low is not None and row.at_high is not None
    )
    return (Chart("range", "How far each input moves the result", "sensitivity", points=points),)
