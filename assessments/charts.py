"""The drawings of an instrument's outcome as SVG: a quadrant, a profile, ranges. Pure.

Only attributes, no style: the portal's content policy forbids it. Every drawing stands beside its table,
marks differ by shape as well as by colour, and its words are in its title. Text sizes are those of the view
box, which a narrow screen shows smaller: so it is narrow itself.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from html import escape
from textwrap import wrap

from maturity.instruments.outcomes import Chart

INK, SOFT, LINE, BLUE, PALE = "#1b1b1b", "#565c65", "#c6cace", "#005ea2", "#d9e8f6"
COLOURS = ("#005ea2", "#936f38", "#216e1f", "#8b0a03", "#54278f", "#3d4551")
SHAPES = ("circle", "square", "diamond", "triangle", "cross", "ring")
WIDTH = 400
MOST_NAMED = 24  # points of a quadrant that are named in the drawing; of more, the table tells


def draw(chart: Chart, summary: str) -> str:
    """The chart as an SVG element; "" where there is nothing to draw."""
    points = [dict(point) for point in chart.points]
    if not points:
        return ""
    return {"quadrant": _quadrant, "profile": _profile, "range": _range}[chart.kind](chart, points, summary)


def _quadrant(chart: Chart, points: Sequence[dict[str, str]], summary: str) -> str:
    """Points in a square cut in four, each with its number, which the list below the drawing names."""
    left, top, side = 56.0, 12.0, 332.0
    series = list(dict.fromkeys(point.get("series", "") for point in points))
    parts = [
        _rect(left, top, side, side, "#ffffff", SOFT),
        _rect(left + side / 2, top, side / 2, side / 2, "#f0f6fb", "none"),
        _line(left + side / 2, top, left + side / 2, top + side, LINE),
        _line(left, top + side / 2, left + side, top + side / 2, LINE),
    ]
    taken: dict[tuple[int, int], int] = {}
    for number, point in enumerate(points, 1):
        x, y = left + side * _share(point.get("x")), top + side * (1 - _share(point.get("y")))
        spot = (round(x / 16), round(y / 16))
        shift = taken.get(spot, 0)
        taken[spot] = shift + 1  # what lies on one spot is set beside, not over each other
        x = min(max(x + 18 * shift, left + 10), left + side - 10)
        y = min(max(y, top + 10), top + side - 10)
        place = series.index(point.get("series", ""))
        parts.append(_mark(x, y, place))
        if len(points) <= MOST_NAMED:
            parts.append(_text(x, y - 10, str(number), anchor="middle", size=14, bold=True))
    parts += [
        _text(left + side / 2, top + side + 30, chart.x, anchor="middle"),
        _text(left, top + side + 16, "low", size=14, colour=SOFT),
        _text(left + side, top + side + 16, "high", anchor="end", size=14, colour=SOFT),
        _text(18, top + side / 2, chart.y, anchor="middle", turned=True),
        _text(left - 6, top + side, "low", anchor="end", size=14, colour=SOFT),
        _text(left - 6, top + 12, "high", anchor="end", size=14, colour=SOFT),
    ]
    height = top + side + 44
    for place, name in enumerate(series):
        if name:
            parts += [_mark(left + 8, height + 8, place), _text(left + 22, height + 13, name)]
            height += 24
    return _drawing(parts, height + 8, chart, summary)


def _profile(chart: Chart, points: Sequence[dict[str, str]], summary: str) -> str:
    """An axis below each other, from 0 to 1, with a mark where the value stands; none where it is unknown."""
    left, right = 16.0, 16.0
    span = WIDTH - left - right
    parts: list[str] = []
    marks: list[tuple[float, float]] = []
    y = 8.0
    for point in points:
        low, high = point.get("low", ""), point.get("high", "")
        parts.append(_text(left, y + 12, point.get("label", ""), bold=True))
        parts.append(_line(left, y + 30, left + span, y + 30, SOFT))
        parts += [_line(left + span * tick, y + 26, left + span * tick, y + 34, LINE) for tick in (0, 0.5, 1)]
        value = _number(point.get("value"))
        if value is None:
            parts.append(_text(left + span / 2, y + 26, "not known", anchor="middle", size=14, colour=SOFT))
        else:
            x = left + span * min(max(value, 0.0), 1.0)
            parts.append(_rect(left, y + 27, x - left, 6, PALE, "none"))
            marks.append((x, y + 30))
        if low or high or point.get("words"):
            parts += [
                _text(left, y + 48, low, size=14, colour=SOFT),
                _text(left + span, y + 48, high, anchor="end", size=14, colour=SOFT),
            ]
            if not (low or high):
                parts.append(_text(left, y + 48, point["words"], size=14, colour=SOFT))
            y += 16
        y += 48
    parts += [_mark(x, place, 0) for x, place in marks]
    return _drawing(parts, y + 4, chart, summary)


def _range(chart: Chart, points: Sequence[dict[str, str]], summary: str) -> str:
    """A bar from low to high below each name, with a mark at the value and a line at nothing."""
    numbers = [_number(point.get(key)) for point in points for key in ("low", "value", "high")]
    known = [number for number in numbers if number is not None]
    if not known:
        return ""
    least, most = min([*known, 0.0]), max([*known, 0.0])
    if least == most:
        most = least + 1
    left, span = 16.0, WIDTH - 32.0

    def across(value: float) -> float:
        return left + span * (value - least) / (most - least)

    parts = []
    y = 8.0
    for point in points:
        low, value, high = (_number(point.get(key)) for key in ("low", "value", "high"))
        parts.append(_text(left, y + 12, point.get("label", ""), bold=True))
        if low is not None and high is not None:
            first, last = sorted((across(low), across(high)))
            wide = max(last - first, 2.0)
            parts.append(_rect(first, y + 20, wide, 14, PALE, BLUE))
        if value is not None:
            parts.append(_line(across(value), y + 16, across(value), y + 38, INK, 3))
        words = " · ".join(_amount(point[key]) for key in ("low", "value", "high") if point.get(key))
        parts.append(_text(left, y + 54, words, size=14, colour=SOFT))
        y += 70
    parts.insert(0, _line(across(0), 4, across(0), y, LINE, 1.5))
    parts.append(_text(across(0), y + 12, "0", anchor="middle", size=14, colour=SOFT))
    if chart.x:
        parts.append(_text(left + span / 2, y + 28, chart.x, anchor="middle"))
        y += 18
    return _drawing(parts, y + 20, chart, summary)


# --- the pieces -------------------------------------------------------------------------------------


def _drawing(parts: Sequence[str], height: float, chart: Chart, summary: str) -> str:
    title = escape(f"{chart.title}. {summary}".strip())
    return (
        f'<svg class="run-chart__drawing" viewBox="0 0 {WIDTH} {_n(height)}" role="img" aria-label="{title}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="Source Sans Pro Web, sans-serif">'
        f"{''.join(parts)}</svg>"
    )


def _mark(x: float, y: float, place: int) -> str:
    """A mark of this series: another shape and another colour for each."""
    colour, shape = COLOURS[place % len(COLOURS)], SHAPES[place % len(SHAPES)]
    edge = f'fill="{colour}" stroke="#ffffff" stroke-width="1"'
    if shape == "square":
        return f'<rect x="{_n(x - 6)}" y="{_n(y - 6)}" width="12" height="12" {edge}/>'
    if shape in {"diamond", "triangle"}:
        corners = [(x, y - 8), (x + 8, y), (x, y + 8), (x - 8, y)]
        if shape == "triangle":
            corners = [(x, y - 8), (x + 8, y + 6), (x - 8, y + 6)]
        return f'<polygon points="{" ".join(f"{_n(a)},{_n(b)}" for a, b in corners)}" {edge}/>'
    if shape == "cross":
        return _line(x - 6, y - 6, x + 6, y + 6, colour, 4) + _line(x - 6, y + 6, x + 6, y - 6, colour, 4)
    if shape == "ring":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="6" fill="#ffffff" stroke="{colour}" stroke-width="3"/>'
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="7" {edge}/>'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 16, bold: bool = False,
    colour: str = INK, turned: bool = False,
) -> str:  # fmt: skip
    if not text:
        return ""
    shown = escape(_shortened(text))
    weight = ' font-weight="700"' if bold else ""
    turn = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if turned else ""
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"{turn}'
    return f'<text {place} font-size="{size}" fill="{colour}"{weight}>{shown}</text>'


def _shortened(text: str, most: int = 46) -> str:
    return text if len(text) <= most else f"{wrap(text, most - 1)[0]}…"


def _rect(x: float, y: float, width: float, height: float, fill: str, edge: str) -> str:
    size = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<rect {size} fill="{fill}" stroke="{edge}" stroke-width="1"/>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, wide: float = 1) -> str:
    ends = f'x1="{_n(x)}" y1="{_n(y)}" x2="{_n(to_x)}" y2="{_n(to_y)}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{_n(wide)}"/>'


def _share(text: str | None) -> float:
    return min(max(_number(text) or 0.0, 0.0), 1.0)


def _number(text: str | None) -> float | None:
    try:
        return float(Decimal(str(text))) if text not in (None, "") else None
    except InvalidOperation:
        return None


def _amount(text: str) -> str:
    """A number with its thousands parted; other text as it is."""
    number = _number(text)
    return text if number is None else f"{number:,.2f}".rstrip("0").rstrip(".")


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
