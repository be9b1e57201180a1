"""A line with where it goes: the past, the forecast dashed with its band, and how far it was off before."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from dashboards.analytics.forecast import (
    LEAST_HISTORY,
    LEAST_TRIES,
    Ahead,
    Forecast,
    Silence,
    Tried,
)
from dashboards.charts.chart import ACCENT, INK, NAVY, WHITE, Cell, Chart, Figure, period_axis, plural
from dashboards.charts.portfolio import score_axis
from dashboards.charts.scale import ScoreScale
from maturity.scoring import MILLION, format_hundredths

SHOWN = 8  # points of the past in a drawing: twelve with those ahead, as in other charts
BAND_WORDS = "Holds 8 of 10 cases, if the future is as the past was"


@dataclass(frozen=True)
class Unit:
    """What values are counted in: `scale` to one, errors written with `places`."""

    one: str
    many: str
    scale: int
    places: int

    def value(self, value: int) -> str:
        """A value, without its unit."""
        return format_hundredths(value) if self.scale == MILLION else f"{value:,}"

    def error(self, error: Fraction) -> str:
        """A mean error with its unit: "0.12 stages"."""
        step = 10**self.places
        steps = floor(error / self.scale * step + Fraction(1, 2))
        return f"{steps // step}.{steps % step:0{self.places}d} {self.many}".rstrip()

    def drawn(self, value: int) -> float:
        """A value for drawing."""
        return value / self.scale


PERIODS = {  # how far ahead: one to four points, and how points are called
    "month": ("One month", "Two months", "Three months", "Four months", "months"),
    "quarter": ("One quarter", "Two quarters", "Three quarters", "A year", "quarters"),
    "half": ("A half-year", "A year", "A year and a half", "Two years", "half-years"),
    "year": ("One year", "Two years", "Three years", "Four years", "years"),
}
AGENCIES = Unit("agency", "agencies", 1, 1)


@dataclass(frozen=True)
class Course:
    """A line and its forecast. `values` are at `labels`; what is forecast is at `later`, 1 to n points on."""

    name: str
    unit: Unit
    labels: tuple[str, ...]
    values: tuple[int, ...]
    later: tuple[str, ...]
    forecast: Forecast
    kind: str = "quarter"  # of its points

    @property
    def now(self) -> str:
        """The last value, as it is written; a dash where there is none."""
        return self.unit.value(self.values[-1]) if self.values else "–"

    @property
    def last(self) -> Ahead | None:
        """The furthest point that is forecast."""
        return self.forecast.points[-1] if self.forecast.points else None

    @property
    def expected(self) -> str:
        """What is forecast furthest ahead, with its interval, or that nothing is."""
        if self.last is None:
            return "No forecast"
        value, low, high = (self.unit.value(v) for v in (self.last.value, self.last.low, self.last.high))
        return f"{value} ({low} to {high}) in {self.later[self.last.ahead - 1]}"

    @property
    def trial(self) -> tuple[str, str, str, int] | None:
        """How far ahead, how far off, “no change” how far off, and in how many tries; of the furthest point
        shown, else the nearest tried. None where nothing was tried."""
        tried = self.last.tried if self.last else next(iter(self.forecast.tried), None)
        if tried is None:
            return None
        off, naive = self.unit.error(tried.off), self.unit.error(tried.off_no_change)
        return _how_far(tried.ahead, self.kind), off, naive, tried.tries

    @property
    def proof(self) -> str:
        """How far it was off in the past beside "no change", of the furthest point shown or tried."""
        if self.last is not None:
            tried = self.last.tried
            return (
                f"{_how_far(tried.ahead, self.kind)} ahead, on past data this was off by "
                f"{self.unit.error(tried.off)} on average; saying “no change” by "
                f"{self.unit.error(tried.off_no_change)} ({plural(tried.tries, 'try', 'tries')})."
            )
        if self.forecast.silence is Silence.TOO_SHORT:
            many, tries = PERIODS[self.kind][-1], self.forecast.tries
            return (
                f"Too short a past for a forecast: it takes {LEAST_TRIES} tries on past data, and there "
                f"{'is' if tries == 1 else 'are'} {tries or 'none'}. A new value is a try where "
                f"{LEAST_HISTORY} {many} or more with a value came in a row before it."
            )
        tried = self.forecast.tried[0]
        return (
            "No forecast is shown, because it would do no better than saying “no change”: "
            f"{_how_far(tried.ahead, self.kind).lower()} ahead it was off by {self.unit.error(tried.off)} on "
            "average on past data, “no change” by "
            f"{self.unit.error(tried.off_no_change)} ({plural(tried.tries, 'try', 'tries')})."
        )

    @property
    def summary(self) -> str:
        """What the drawing says, in words."""
        if not self.values:
            return "There is no value to go on from."
        said = f"{self.now} in {self.labels[-1]}. "
        if self.last is not None:
            value, low, high = (self.unit.value(v) for v in (self.last.value, self.last.low, self.last.high))
            said += (
                f"Forecast for {self.later[self.last.ahead - 1]}: {value}, in 8 of 10 cases between {low} "
                f"and {high}. "
            )
        return said + self.proof


def score_course(course: Course, slug: str, title: str, most: int) -> Chart:
    """A score, or a number of stages, of which there are `most`, with its forecast."""
    labels, values = course.labels[-SHOWN:], course.values[-SHOWN:]
    traces = [_past(course.name, labels, [course.unit.drawn(value) for value in values], NAVY)]
    if course.forecast.points:
        traces = [*_band(course), *traces, _dashed(course, ACCENT)]
    return Chart(
        slug=slug,
        title=title,
        summary=course.summary,
        figure={
            "data": traces,
            "layout": {
                "hovermode": "closest",
                "xaxis": period_axis([*labels, *course.later]),
                "yaxis": score_axis(most) | {"title": {"text": course.name}},
                "legend": {"y": -0.18},
            },
        },
        columns=TABLE,
        rows=tuple(_rows(course, labels, values)),
    )


def counts_courses(courses: Sequence[Course], slug: str, title: str, summary: str, head: str) -> Chart:
    """Counts of agencies with their forecasts; each has a mark of its own; `head`: what agencies did."""
    traces: list[Figure] = []
    for place, course in enumerate(courses):
        colour, symbol = _MARKS[place % len(_MARKS)]
        values = [course.unit.drawn(value) for value in course.values[-SHOWN:]]
        traces.append(_past(course.name, course.labels[-SHOWN:], values, colour, symbol))
        if course.forecast.points:
            traces.append(_dashed(course, colour, symbol, bars=True))
    labels = courses[0].labels[-SHOWN:]
    rows = [
        (course.name, *row) for course in courses for row in _rows(course, labels[-1:], course.values[-1:])
    ]
    return Chart(
        slug=slug,
        title=title,
        summary=summary,
        figure={
            "data": traces,
            "layout": {
                "hovermode": "closest",
                "xaxis": period_axis([*labels, *courses[0].later]),
                "yaxis": {"title": {"text": "Agencies"}, "rangemode": "tozero", "fixedrange": True},
                "legend": {"y": -0.14},
            },
        },
        columns=(head, *TABLE),
        rows=tuple(rows),
        size="tall",
    )


TABLE = ("Period", "Value", "Forecast", "From", "To", "Off on past data", "“No change” off", "Tries")
# Colours that differ in lightness too, and marks that differ in form.
_MARKS = (
    ("#4a90c2", "circle"),
    (ACCENT, "square"),
    ("#1f5f94", "diamond"),
    ("#7c3a8c", "triangle-up"),
    (NAVY, "x"),
)


def _rows(course: Course, labels: Sequence[str], values: Sequence[int]) -> list[tuple[Cell, ...]]:
    """The past, then each point ahead: what is forecast, or only how it did."""
    unit, shown = course.unit, {point.ahead: point for point in course.forecast.points}
    rows: list[tuple[Cell, ...]] = [
        (label, unit.value(value), None, None, None, None, None, None)
        for label, value in zip(labels, values, strict=True)
    ]
    for tried in course.forecast.tried:
        point = shown.get(tried.ahead)
        said = (
            [unit.value(v) for v in (point.value, point.low, point.high)] if point else ["not shown", *"––"]
        )
        rows.append((course.later[tried.ahead - 1], None, *said, *_errors(tried, unit)))
    return rows


def _errors(tried: Tried, unit: Unit) -> tuple[Cell, ...]:
    return unit.error(tried.off), unit.error(tried.off_no_change), tried.tries


def _past(
    name: str, labels: Sequence[str], values: list[float], colour: str, symbol: str = "circle"
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(labels),
        "y": values,
        "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "size": 8, "symbol": symbol},
        "hovertemplate": f"<b>%{{x}}</b><br>{name}: %{{y}}<extra></extra>",
    }


def _dashed(course: Course, colour: str, symbol: str = "circle", *, bars: bool = False) -> Figure:
    """From the last value through what is forecast, hollow marks on a dashed line."""
    points, drawn = course.forecast.points, course.unit.drawn
    hover = [
        f"Forecast {course.unit.value(p.value)}, {course.unit.value(p.low)} to {course.unit.value(p.high)}"
        for p in points
    ]
    trace: Figure = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Forecast" if not bars else f"{course.name}, forecast",
        "showlegend": not bars,
        "x": [course.labels[-1], *(course.later[p.ahead - 1] for p in points)],
        "y": [drawn(course.values[-1]), *(drawn(p.value) for p in points)],
        "line": {"color": colour, "width": 2, "dash": "dash"},
        "marker": {"color": WHITE, "size": 9, "symbol": symbol, "line": {"color": colour, "width": 2}},
        "customdata": ["Last value", *hover],
        "hovertemplate": f"<b>%{{x}}</b><br>{course.name}: %{{customdata}}<extra></extra>",
    }
    if bars:
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [0, *(drawn(p.high - p.value) for p in points)],
            "arrayminus": [0, *(drawn(p.value - p.low) for p in points)],
            "color": INK,
            "thickness": 1,
            "width": 4,
        }
    return trace


def _band(course: Course) -> list[Figure]:
    points, drawn, start = course.forecast.points, course.unit.drawn, course.values[-1]
    labels = [course.labels[-1], *(course.later[p.ahead - 1] for p in points)]
    edge: Figure = {
        "type": "scatter",
        "mode": "lines",
        "x": labels,
        "hoverinfo": "skip",
        "line": {"width": 0},
    }
    low, high = [start, *(p.low for p in points)], [start, *(p.high for p in points)]
    fill = {"fill": "tonexty", "fillcolor": "rgba(192,86,0,0.18)", "name": BAND_WORDS}
    return [
        edge | {"y": [drawn(value) for value in low], "showlegend": False},
        edge | {"y": [drawn(value) for value in high]} | fill,
    ]


def score_unit(unit: str) -> Unit:
    """Scores kept in millionths, counted in this; "" for nothing but themselves."""
    return Unit(unit.removesuffix("s"), unit, MILLION, 2)


def steps_unit(scale: ScoreScale) -> Unit:
    """Whole stages or bands."""
    return Unit(scale.step, scale.steps, 1, 2)


def _how_far(ahead: int, kind: str) -> str:
    return PERIODS[kind][ahead - 1]
