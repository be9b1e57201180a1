"""Profiles: a position on every axis, and which way the positions pull. Pure.

Entries are the axes, with `more: {left, right}`, what its two ends are. In `logic`:

    status: slug of the column with the positions ("position"), whose options have a worth from 0 (left) to 1
    pulls: [{slug, left, right, by: [{entry, for, [weight], [text]}, …]}, …]
        `for: right` counts the position as it is, `for: left` turned round
    rules: as speaking.py says; values: one for every pull, from -1 (left) to 1 (right)
    offers…: as offers.py says
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maturity.instruments.conditions import Facts
from maturity.instruments.definitions import Instrument
from maturity.instruments.figures import ONE, decimal_text, number_of, plural
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Chart, Finding, Known, Measure, Outcome, Table
from maturity.instruments.speaking import findings_of_rules
from maturity.instruments.tallies import Standing, standings_of

Answers = dict[str, Any]
POSITION = "position"
SLIGHT = Fraction(1, 4)  # a pull below it is called balanced


@dataclass(frozen=True)
class Pull:
    """Which way one question is pulled: -1 is left, 1 is right, None where no axis speaks."""

    told: Mapping[str, Any]
    value: Fraction | None
    spoke: tuple[str, ...]

    @property
    def words(self) -> str:
        """Which way, in words."""
        if self.value is None:
            return "Not known"
        if abs(self.value) < SLIGHT:
            return "Balanced"
        side = self.told["right" if self.value > 0 else "left"]
        return f"Strongly {side}" if abs(self.value) >= 3 * SLIGHT else f"Rather {side}"


def evaluate_profile(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """Where the agency stands on the axes, and what that pulls it to."""
    column = instrument.logic.get("status", POSITION)
    axes = standings_of(instrument, instrument.entries, answers, column)
    pulls = [
        _pull(told, {axis.entry.slug: axis for axis in axes}) for told in instrument.logic.get("pulls", ())
    ]
    facts = Facts(answers, known).with_values(
        **{pull.told["slug"]: pull.value for pull in pulls},
        answered=Fraction(sum(bool(axis.status) for axis in axes)),
    )
    return Outcome(
        headline=_headline(axes, pulls),
        measures=(
            *(
                Measure(pull.told["slug"], _name(pull), decimal_text(pull.value), "", "from -1 to 1")
                for pull in pulls
            ),
            *(
                Measure(
                    f"axis-{axis.entry.slug}", axis.entry.title, decimal_text(axis.worth), "", "from 0 to 1"
                )
                for axis in axes
            ),
        ),
        findings=(
            *findings_of_rules(instrument, facts),
            *(_finding(pull) for pull in pulls if pull.value is not None),
        ),
        tables=(_axes_table(axes), _pulls_table(pulls)),
        charts=(_chart(instrument, axes),),
        offers=offers_of(instrument, (), facts),
        unanswered=sum(not axis.status for axis in axes),
    )


def _pull(told: Mapping[str, Any], axes: Mapping[str, Standing]) -> Pull:
    """The mean of what the axes say, weighted."""
    total, weight, spoke = Fraction(0), Fraction(0), []
    for one in told["by"]:
        axis = axes[one["entry"]]
        if axis.worth is None:
            continue
        weighs = number_of(one.get("weight", "1")) or ONE
        toward = 2 * axis.worth - 1
        total += weighs * (toward if one["for"] == "right" else -toward)
        weight += weighs
        spoke.append(f"{axis.entry.title}: {axis.label}{'. ' + one['text'] if 'text' in one else ''}")
    return Pull(told, total / weight if weight else None, tuple(spoke))


def _name(pull: Pull) -> str:
    return f"{pull.told['left']} or {pull.told['right']}".capitalize()


def _headline(axes: list[Standing], pulls: list[Pull]) -> str:
    answered = sum(bool(axis.status) for axis in axes)
    if not answered:
        return f"No position is taken yet on {plural(len(axes), 'axis', 'axes')}."
    told = [pull.words.lower() for pull in pulls if pull.value is not None and abs(pull.value) >= SLIGHT]
    pulled = f"the answers pull: {'; '.join(told)}" if told else "the answers pull no way in particular"
    return f"{answered} of {plural(len(axes), 'axis', 'axes')} answered; {pulled}."


def _finding(pull: Pull) -> Finding:
    text = f"{_name(pull)}: {pull.words.lower()}."
    return Finding(f"pull-{pull.told['slug']}", "advice", text, because=pull.spoke)


def _axes_table(axes: list[Standing]) -> Table:
    rows = tuple(
        (
            axis.entry.title,
            str(axis.entry.more.get("left", "")),
            axis.label or "–",
            str(axis.entry.more.get("right", "")),
            decimal_text(axis.worth) or "–",
        )
        for axis in axes
    )
    return Table("axes", "Positions", ("Axis", "0 is", "Position", "1 is", "From 0 to 1"), rows)


def _pulls_table(pulls: list[Pull]) -> Table:
    rows = tuple(
        (_name(pull), pull.words, decimal_text(pull.value) or "–", "; ".join(pull.spoke) or "–")
        for pull in pulls
    )
    return Table("pulls", "What it pulls to", ("Question", "Pull", "From -1 to 1", "What spoke"), rows)


def _chart(instrument: Instrument, axes: list[Standing]) -> Chart:
    points = tuple(
        {"label": axis.entry.title, "value": decimal_text(axis.worth), "words": axis.label}
        for axis in axes
        if axis.worth is not None
    )
    return Chart("profile", instrument.name, "axes", points=points)
