"""What all charts share: their form, colours and patterns, and how numbers and periods are written."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maturity.scoring import MILLION, format_percent

Figure = dict[str, Any]


@dataclass(frozen=True)
class Linked:
    """A cell that leads to the agencies behind it."""

    text: str | int
    url: str

    def __str__(self) -> str:
        return str(self.text)


Cell = str | int | Linked | None

NAVY, BLUE, INK, INK_SOFT, LINE, WHITE = "#162e51", "#005ea2", "#1b1b1b", "#565c65", "#dfe1e2", "#ffffff"
SILENT, DECLINED = "#a9aeb1", "#71767a"  # not reporting, not adopting
ACCENT = "#c05600"  # for the one mark that is of another kind than all others

# Light to dark in one hue: told apart in print and by every kind of colour vision.
_SHADES = ((207, 232, 255), (139, 193, 235), (74, 144, 194), (31, 95, 148), (22, 46, 81))
NOT_BEGUN = "#dfe1e2"


@dataclass(frozen=True)
class Chart:
    """A drawing, the same numbers as a table, and what it says in one sentence.

    `figure` is Plotly's JSON as a dict; `size`: "", "short" or "tall".
    """

    slug: str
    title: str
    summary: str
    figure: Figure
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    size: str = ""

    @property
    def alt(self) -> str:
        """What stands for the drawing where it is not seen."""
        return f"{self.title}. {self.summary}"


def stage_colour(stage: int, stage_count: int) -> str:
    """The colour of so many stages completed: pale grey for none, then light to dark blue."""
    if stage == 0:
        return NOT_BEGUN
    place = (stage - 1) / max(stage_count - 1, 1) * (len(_SHADES) - 1)
    low = min(int(place), len(_SHADES) - 2)
    mixed = (round(a + (b - a) * (place - low)) for a, b in zip(_SHADES[low], _SHADES[low + 1], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def solid(colour: str) -> Figure:
    """A filled mark, with a fine edge that parts it from its neighbours; dotted where no stage is completed,
    because without colour that grey is as light as the first blue."""
    mark: Figure = {"color": colour, "line": {"color": WHITE, "width": 1}}
    if colour == NOT_BEGUN:
        mark["pattern"] = {"shape": ".", "bgcolor": colour, "fgcolor": "#c3c7cb", "size": 6, "solidity": 0.3}
    return mark


def hollow(colour: str, shape: str = "/") -> Figure:
    """A white mark with an edge and lines in its colour: a value that is carried forward, or none at all."""
    edge = SILENT if colour == NOT_BEGUN else colour
    pattern = {"shape": shape, "bgcolor": WHITE, "fgcolor": edge, "size": 8, "solidity": 0.15}
    return {"color": WHITE, "line": {"color": edge, "width": 1}, "pattern": pattern}


def text_colour(colour: str) -> str:
    """White on dark, ink on light."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return WHITE if red * 299 + green * 587 + blue * 114 < 128_000 else INK


def stages(millionths: int | None) -> float | None:
    """A score for drawing, in stages."""
    return None if millionths is None else millionths / MILLION


def percents(millionths: int | None) -> float | None:
    """A share for drawing, in percent."""
    return None if millionths is None else millionths * 100 / MILLION


def percent_words(millionths: int | None, blank: str = "–") -> str:
    """A share in whole percent, half-up, but 0% and 100% only where it is none and all."""
    return blank if millionths is None else format_percent(millionths)


def plural(count: int, one: str, many: str) -> str:
    """ "1 agency", "2 agencies"."""
    return f"{count:,} {one if count == 1 else many}"


def linked(count: int, url: str) -> Cell:
    """A count that leads to whom it counts; nobody leads nowhere."""
    return Linked(count, url) if count else count


def agencies(count: int) -> str:
    """ "1 agency", "2 agencies"."""
    return plural(count, "agency", "agencies")


def wrapped(name: str, width: int = 20) -> str:
    """A long name in several lines, so that it leaves room for the drawing on a small screen."""
    return "<br>".join(textwrap.wrap(name, width))


def period_axis(labels: Sequence[str]) -> Figure:
    """An axis of periods: "Q1" under each point, and the year under its first.

    A year of which only the last point is shown is left out: on a small screen it would run into the next.
    """
    texts, shown = [], ""
    parts = [_year_and_part(name) for name in labels]
    for place, (year, part) in enumerate(parts):
        lone = place == 0 and len(parts) > 1 and parts[1][0] != year
        named = year != shown and not (lone and part)
        texts.append(f"{part}<br><b>{year}</b>" if named and part else f"<b>{year}</b>" if named else part)
        shown = year
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": list(labels),
        "tickmode": "array",
        "tickvals": list(labels),
        "ticktext": texts,
        "tickangle": 0,
        "showgrid": False,
        "fixedrange": True,
        "range": [-0.5, len(labels) - 0.5],
    }


def _year_and_part(name: str) -> tuple[str, str]:
    """("FY27", "Q1") of "FY27 Q1", ("2026", "Oct") of "Oct 2026", ("FY27", "") of "FY27"."""
    first, _, rest = name.removesuffix(" so far").partition(" ")
    return (rest, first) if rest[:1].isdigit() else (first, rest)
