"""Who went from where to where, as bands between two columns (a Sankey diagram), and as a matrix.

The drawing is SVG of our own and comes with the page: only the largest of Plotly's bundles can draw it
(4.5 MB where this page needs none), every band is a link that works without JavaScript and by keyboard, and
it prints.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboards.charts.chart import (
    DECLINED,
    SILENT,
    WHITE,
    Cell,
    agencies,
    linked,
    stage_colour,
)
from dashboards.charts.scale import ScoreScale
from dashboards.standings import NOT_REPORTING, State
from dashboards.transitions import NOT_COUNTED, Transitions

WIDTH, HEIGHT = 960, 460  # of the drawing, in its own units
LABELS, NODE, GAP = 190, 12, 10  # width of the names at each side; of a node; between nodes
THINNEST = 1.5
PLACE_WORDS = {
    NOT_REPORTING: "Not reporting",
    State.NOT_ADOPTING.value: "Not adopting",
    NOT_COUNTED: "Not counted here",
}
PLACE_COLOURS = {NOT_REPORTING: SILENT, State.NOT_ADOPTING.value: DECLINED, NOT_COUNTED: WHITE}
Link = Callable[[str, str], str]  # (place before, place now; "" for any) to an address


@dataclass(frozen=True)
class FlowNode:
    """A place at one of the two points. Lengths as text, as SVG takes them."""

    label: str
    n: int
    x: str
    y: str
    height: str
    colour: str
    text_x: str
    text_y: str
    anchor: str


@dataclass(frozen=True)
class FlowBand:
    """Agencies that went from one place to another. `move`: risen, fallen, same or none."""

    path: str
    words: str
    url: str
    move: str


@dataclass(frozen=True)
class FlowChart:
    """The drawing, and what it says in one sentence."""

    title: str
    summary: str
    view_box: str
    nodes: tuple[FlowNode, ...]
    bands: tuple[FlowBand, ...]
    before: str
    now: str
    left: str
    right: str


@dataclass(frozen=True)
class Matrix:
    """The same numbers as a table: a line for each place before, a column for each place now."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def place_words(place: str, scale: ScoreScale) -> str:
    """How a place is called: "2 stages", a band's name, "Not reporting"."""
    return PLACE_WORDS.get(place) or scale.stage(int(place))


def flow_chart(found: Transitions, model: ScoreScale, before: str, now: str, link: Link) -> FlowChart:
    """The drawing of these transitions between the points called `before` and `now`."""
    order = [place for place in reversed(found.places) if place.isdigit()]
    order += [place for place in found.places if not place.isdigit()]
    total = max(found.total(), 1)
    columns = [
        {place: found.total(was=place) for place in order},
        {place: found.total(now=place) for place in order},
    ]
    shown = max(sum(1 for n in column.values() if n) for column in columns)
    scale = (HEIGHT - GAP * max(shown - 1, 0) - 40) / total
    tops = [_tops(column, scale) for column in columns]
    nodes = [
        _node(side, place, n, tops[side][place], n * scale, model)
        for side, column in enumerate(columns)
        for place, n in column.items()
        if n
    ]
    return FlowChart(
        title=f"From {before} to {now}",
        summary=transition_words(found, model, before, now),
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        nodes=tuple(nodes),
        bands=tuple(_bands(found, order, tops, scale, model, link)),
        before=before,
        now=now,
        left=str(LABELS),
        right=str(WIDTH - LABELS),
    )


def matrix(found: Transitions, model: ScoreScale, before: str, now: str, link: Link) -> Matrix:
    """The table of these transitions; every count leads to its agencies."""
    used = [
        place
        for place in found.places
        # Who has a score has a band, so "No band" is no place to show where nobody is.
        if (place.isdigit() and (model.staged or place != "0"))
        or found.total(was=place)
        or found.total(now=place)
    ]
    names = {place: place_words(place, model) for place in used}
    rows: list[tuple[Cell, ...]] = [
        (
            names[was],
            *(linked(found.n(was, to), link(was, to)) for to in used),
            linked(found.total(was=was), link(was, "")),
        )
        for was in used
    ]
    sums = (linked(found.total(now=to), link("", to)) for to in used)
    rows.append((f"All, {now}", *sums, found.total()))
    return Matrix((f"{before}, then {now}", *names.values(), f"All, {before}"), tuple(rows))


def transition_words(found: Transitions, model: ScoreScale, before: str, now: str) -> str:
    """How many rose, fell and stayed, and over whom that is said."""
    if not found.both:
        return f"No agency has a value both in {before} and in {now}."
    said = ", ".join(f"{found.moved(move):,} {words}" for move, words in model.moves.items())
    return f"Of {agencies(found.both)} with a value in {before} and in {now}, {said}."


def _tops(column: dict[str, int], scale: float) -> dict[str, float]:
    """Where each place begins, from above."""
    found, y = {}, 32.0
    for place, n in column.items():
        found[place] = y
        y += n * scale + GAP if n else 0
    return found


def _node(side: int, place: str, n: int, top: float, height: float, model: ScoreScale) -> FlowNode:
    x = LABELS if side == 0 else WIDTH - LABELS - NODE
    text_x = x - 8 if side == 0 else x + NODE + 8
    return FlowNode(
        label=place_words(place, model),
        n=n,
        x=str(x),
        y=_length(top),
        height=_length(max(height, THINNEST)),
        colour=PLACE_COLOURS.get(place) or stage_colour(int(place), model.stage_count),
        text_x=str(text_x),
        text_y=_length(top + max(height, THINNEST) / 2 + 5),
        anchor="end" if side == 0 else "start",
    )


def _bands(
    found: Transitions,
    order: Sequence[str],
    tops: Sequence[dict[str, float]],
    scale: float,
    model: ScoreScale,
    link: Link,
) -> list[FlowBand]:
    left, right = dict(tops[0]), dict(tops[1])
    rank = {place: number for number, place in enumerate(order)}
    bands = []
    for flow in sorted(found.flows, key=lambda one: (rank[one.was], rank[one.now])):
        thick = flow.n * scale
        bands.append(
            FlowBand(
                path=_path(left[flow.was], right[flow.now], max(thick, THINNEST)),
                words=f"{agencies(flow.n)}: {_inside(flow.was, model)} before, "
                f"{_inside(flow.now, model)} now",
                url=link(flow.was, flow.now),
                move=flow.move or "none",
            )
        )
        left[flow.was] += thick
        right[flow.now] += thick
    return bands


def _inside(place: str, model: ScoreScale) -> str:
    """How a place is called within a sentence; names of bands are names."""
    words = place_words(place, model)
    return words if place.isdigit() and not model.staged else words.lower()


def _path(y0: float, y1: float, thick: float) -> str:
    x0, x1 = LABELS + NODE, WIDTH - LABELS - NODE
    middle = (x0 + x1) // 2
    a, b, c, d = (_length(y) for y in (y0, y1, y1 + thick, y0 + thick))
    return f"M{x0} {a}C{middle} {a} {middle} {b} {x1} {b}V{c}C{middle} {c} {middle} {d} {x0} {d}Z"


def _length(value: float) -> str:
    return f"{value:.1f}"
