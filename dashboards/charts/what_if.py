"""Agencies by stages completed before and after, and the stages of one agency before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.analytics.what_if import Outcome
from dashboards.charts.chart import (
    BLUE,
    INK,
    INK_SOFT,
    Chart,
    Figure,
    agencies,
    hollow,
    percent_words,
    percents,
    solid,
    wrapped,
)
from maturity.scoring import format_hundredths


@dataclass(frozen=True)
class StagePair:
    """One stage of an agency: its completion in millionths of one, and whether it passes, then and now."""

    number: int
    name: str
    before: int
    after: int
    passed: bool
    passes: bool


def stages_before_after(outcome: Outcome, stage_count: int) -> Chart:
    """How many agencies have completed exactly so many stages, before and after."""
    numbers = list(range(stage_count + 1))
    names = [str(number) for number in numbers]
    before = [outcome.before.stages[number] for number in numbers]
    after = [outcome.after.stages[number] for number in numbers]
    return Chart(
        slug="stages-before-after",
        title="Agencies by stages completed, before and after",
        summary=outcome_words(outcome, stage_count),
        figure={
            "data": [
                _bars("Before", names, before, hollow(INK_SOFT)),
                _bars("After", names, after, solid(BLUE)),
            ],
            "layout": {
                "barmode": "group",
                "bargap": 0.25,
                "hovermode": "closest",
                "xaxis": {"type": "category", "title": {"text": "Stages completed"}, "fixedrange": True},
                "yaxis": {"title": {"text": "Agencies"}, "rangemode": "tozero", "fixedrange": True},
                "legend": {"y": -0.25},
            },
        },
        columns=("Stages completed", "Agencies before", "Agencies after", "Difference"),
        rows=tuple(
            (name, was, now, f"{now - was:+d}".replace("-", "−") if now != was else "0")
            for name, was, now in zip(names, before, after, strict=True)
        ),
    )


def outcome_words(outcome: Outcome, stage_count: int) -> str:
    """Who moves, and what that does to the median, in one sentence."""
    was, now = outcome.before.spread, outcome.after.spread
    if was is None or now is None:
        return "No agency takes part."
    moved = [
        f"stage {stage} or more: {outcome.before.completed(stage):,} to {outcome.after.completed(stage):,}"
        for stage in range(1, stage_count + 1)
        if outcome.before.completed(stage) != outcome.after.completed(stage)
    ]
    said = f"Of {agencies(outcome.before.count)}, {outcome.changed:,} lack some of it. The median goes from "
    said += f"{format_hundredths(was.median)} to {format_hundredths(now.median)}; "
    return said + (f"completed {'; '.join(moved)}." if moved else "no agency completes a further stage.")


def stage_pairs(pairs: Sequence[StagePair]) -> Chart:
    """The completion of each stage before and after, the first stage on top."""
    names = [f"{pair.number}. {pair.name}" for pair in pairs]
    newly = [str(pair.number) for pair in pairs if pair.passes and not pair.passed]
    figure: Figure = {
        "data": [
            _rows("Before", names, [p.before for p in pairs], [p.passed for p in pairs], hollow(INK_SOFT)),
            _rows("After", names, [p.after for p in pairs], [p.passes for p in pairs], solid(BLUE)),
        ],
        "layout": {
            "barmode": "group",
            "bargap": 0.3,
            "hovermode": "closest",
            "margin": {"l": 16, "r": 56, "t": 8, "b": 40},
            "legend": {"y": -0.12, "traceorder": "normal"},
            "xaxis": {"range": [0, 100], "dtick": 50, "ticksuffix": "%", "fixedrange": True},
            "yaxis": {
                "categoryorder": "array",
                "categoryarray": names,
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": names,
                "ticktext": [wrapped(name, 24) for name in names],
                "showgrid": False,
                "fixedrange": True,
            },
        },
    }
    return Chart(
        slug="stages-if",
        title="Completion of each stage, before and after",
        summary=f"Stage {', '.join(newly)} would pass." if newly else "No further stage would pass.",
        figure=figure,
        columns=("Stage", "Before", "After", "Passes before", "Passes after"),
        rows=tuple(
            (name, percent_words(p.before), percent_words(p.after), _yes(p.passed), _yes(p.passes))
            for name, p in zip(names, pairs, strict=True)
        ),
        size="tall",
    )


def _bars(name: str, names: list[str], counts: list[int], marker: Figure) -> Figure:
    return {
        "type": "bar",
        "name": name,
        "x": names,
        "y": counts,
        "text": [str(count) for count in counts],
        "textposition": "outside",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "marker": marker,
        "hovertemplate": f"<b>%{{x}} stages completed</b><br>{name}: %{{y}}<extra></extra>",
    }


def _rows(name: str, names: list[str], values: list[int], passes: list[bool], marker: Figure) -> Figure:
    texts = [
        f"{percent_words(value)}{' ✓' if one else ''}" for value, one in zip(values, passes, strict=True)
    ]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": names,
        "x": [percents(value) for value in values],
        "text": texts,
        "textposition": "outside",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "marker": marker,
        "hovertemplate": f"<b>%{{y}}</b><br>{name}: %{{text}}<extra></extra>",
    }


def _yes(passes: bool) -> str:
    return "Yes" if passes else "No"
