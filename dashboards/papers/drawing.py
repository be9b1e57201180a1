"""Our own small drawings as SVG: stacked bars, lines and rows of bars that also read in grey. Pure.

Only attributes, no style: the portal's content policy forbids it, and a PDF keeps them too. Sizes are in
points of the drawing's own view box.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from dashboards.charts.chart import (
    INK,
    INK_SOFT,
    LINE,
    NAVY,
    SILENT,
    WHITE,
    plural,
    stage_colour,
    text_colour,
)
from dashboards.charts.scale import ScoreScale
from dashboards.papers.content import Bar

FONT = "Source Sans Pro Web, sans-serif"
LEAST_HEIGHT = 8.0  # of a segment that its number is written into
MARKS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1_000, 10_000)  # distances of lines across
LABEL_STEP = 10.5  # between labels beside the last bar


@dataclass(frozen=True)
class Segment:
    """One part of every bar: the same state at each point in time."""

    name: str
    counts: tuple[int, ...]
    fill: str
    ink: str
    hatch: str = ""  # "", dots, lines or cross


def bar_segments(bars: Sequence[Bar], scale: ScoreScale) -> list[Segment]:
    """From the bottom up: the most stages first, then those without a score."""
    found = []
    for stage in range(scale.stage_count, -1, -1):
        colour = stage_colour(stage, scale.stage_count)
        name = "No stage completed" if stage == 0 else f"{plural(stage, 'stage', 'stages')} completed"
        if not scale.staged:
            name = scale.stage(stage)
        counts = tuple(bar.stages[stage] if stage < len(bar.stages) else 0 for bar in bars)
        if stage == 0 and not scale.staged and not any(counts):
            continue  # where the first band begins at nothing, nobody with a score is below it
        hatch = "dots" if stage == 0 else ""
        found.append(Segment(name, counts, colour, text_colour(colour), hatch))
    found.append(Segment("Not reporting", tuple(bar.not_reporting for bar in bars), WHITE, INK, "lines"))
    found.append(Segment("Not adopting", tuple(bar.not_adopting for bar in bars), WHITE, INK, "cross"))
    return found


def stacked_bars(
    bars: Sequence[Bar], scale: ScoreScale, alt: str, width: int = 530, height: int = 170
) -> str:
    """The quarters as stacked bars, named at the right, with their numbers inside where there is room."""
    segments = [one for one in bar_segments(bars, scale) if any(one.counts)]
    most = max((sum(one.counts[place] for one in segments) for place in range(len(bars))), default=0) or 1
    left, right, bottom = 4.0, 124.0, 18.0
    plot, step = height - bottom - 6, (width - left - right) / max(len(bars), 1)
    parts: list[str] = []
    ends: list[tuple[float, Segment]] = []
    for place, bar in enumerate(bars):
        x, wide, base = left + place * step + step * 0.06, step * 0.88, height - bottom
        for segment in segments:
            count = segment.counts[place]
            tall = plot * count / most
            if count:
                parts.append(_block(x, base - tall, wide, tall, segment, str(count)))
                if place == len(bars) - 1:
                    ends.append((base - tall / 2, segment))
            base -= tall
        parts.append(_text(x + wide / 2, height - 6, bar.label, bold=place == len(bars) - 1))
    parts += _names(ends, width - right + 6, height - bottom)
    parts.append(_line(left, height - bottom, width - right, height - bottom, INK_SOFT))
    return _drawing(parts, width, height, alt)


def line_band(
    labels: Sequence[str],
    middle: Sequence[float | None],
    band: Sequence[tuple[float, float] | None],
    highest: int,
    alt: str,
    width: int = 530,
    height: int = 170,
) -> str:
    """A line with a band around it, from 0 to `highest`; a gap where there is no value."""
    left, bottom, top = 22.0, 18.0, 8.0
    step, tall = (width - left - 34) / max(len(labels), 1), height - bottom - top

    def across(place: int) -> float:
        return left + step * (place + 0.5)

    def up(value: float) -> float:
        return height - bottom - tall * value / (highest or 1)

    parts = []
    for mark in range(0, highest + 1, next(step for step in MARKS if step * 6 >= highest)):
        parts += [
            _line(left, up(mark), width - 34, up(mark), LINE),
            _text(left - 6, up(mark) + 3, str(mark), anchor="end"),
        ]
    known = [(place, span) for place, span in enumerate(band) if span is not None]
    if len(known) > 1:
        around = [(across(p), up(span[1])) for p, span in known] + [
            (across(p), up(span[0])) for p, span in reversed(known)
        ]
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in around)
        parts.append(f'<polygon points="{points}" fill="#d6e5f2" stroke="#8fb3d3" stroke-width="0.5"/>')
    marks = [(across(place), up(value)) for place, value in enumerate(middle) if value is not None]
    if len(marks) > 1:
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in marks)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{NAVY}" stroke-width="1.8"/>')
    parts += [f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3" fill="{NAVY}"/>' for x, y in marks]
    for place, label in enumerate(labels):
        parts.append(_text(across(place), height - 5, label, bold=place == len(labels) - 1))
    if marks and middle[-1] is not None:
        parts.append(
            _text(marks[-1][0] + 7, marks[-1][1] + 3, f"{middle[-1]:.2f}", anchor="start", bold=True)
        )
    return _drawing(parts, width, height, alt)


def bar_rows(rows: Sequence[tuple[str, float | None, str]], alt: str, width: int = 530) -> str:
    """A bar for each name, value (0 to 1) and words, one below the other."""
    step, height = 17.0, int(17 * len(rows) + 4)
    name_width, after = (190, 70) if width > 400 else (width * 6 // 10, 34)
    room = width - name_width - after
    parts = []
    for place, (name, value, words) in enumerate(rows):
        y = 2 + place * step
        parts.append(_text(name_width - 8, y + 11, _clipped(name, 44), anchor="end"))
        parts.append(f'<rect x="{name_width}" y="{_n(y + 2)}" width="{room}" height="12" fill="#eef2f6"/>')
        if value:
            wide = _n(room * value)
            parts.append(
                f'<rect x="{name_width}" y="{_n(y + 2)}" width="{wide}" height="12" fill="#1f5f94"/>'
            )
        parts.append(_text(name_width + room + 6, y + 11, words, anchor="start"))
    return _drawing(parts, width, height, alt)


def _block(x: float, y: float, wide: float, tall: float, segment: Segment, words: str) -> str:
    """A segment with its pattern and, where there is room, its number on a plain ground."""
    edge = SILENT if segment.hatch else WHITE
    found = _rect(x, y, wide, tall, segment.fill, f' stroke="{edge}" stroke-width="0.6"')
    found += "".join(_hatch(x, y, wide, tall, segment.hatch))
    if tall >= LEAST_HEIGHT:
        middle = y + tall / 2
        if segment.hatch:
            ground = 4.6 * len(words) + 4
            found += _rect(x + wide / 2 - ground / 2, middle - 4.6, ground, 9.2, segment.fill)
        found += _text(x + wide / 2, middle + 2.9, words, fill=segment.ink)
    return found


def _hatch(x: float, y: float, wide: float, tall: float, kind: str) -> Iterable[str]:
    """Fine lines or dots inside a box, each cut at its edge, as not every reader of SVG knows patterns."""
    if kind == "dots":
        rows, columns = int(tall // 5), int(wide // 5)
        for row in range(rows):
            for column in range(columns):
                across, down = _n(x + 3 + column * 5), _n(y + 2.5 + row * 5)
                yield f'<circle cx="{across}" cy="{down}" r="0.5" fill="#8d9297"/>'
    if kind in {"lines", "cross"}:
        yield from _diagonals(x, y, wide, tall, rising=True, step=6.0 if kind == "lines" else 5.0)
    if kind == "cross":
        yield from _diagonals(x, y, wide, tall, rising=False, step=5.0)


def _diagonals(x: float, y: float, wide: float, tall: float, *, rising: bool, step: float) -> Iterable[str]:
    for number in range(1, int((wide + tall) / step) + 1):
        reach = number * step
        x1, y1 = min(reach, wide), max(0.0, reach - wide)
        x2, y2 = max(0.0, reach - tall), min(reach, tall)
        if rising:
            yield _line(x + x1, y + y1, x + x2, y + y2, "#b9bec3")
        else:
            yield _line(x + wide - x1, y + y1, x + wide - x2, y + y2, "#8d9297")


def _names(ends: list[tuple[float, Segment]], x: float, lowest: float) -> list[str]:
    """What the parts of the last bar are called, moved apart so that none lies over another."""
    places, below = [], lowest + LABEL_STEP
    for middle, _ in ends:
        below = min(middle, below - LABEL_STEP)
        places.append(below)
    above = 0.0
    for number in range(len(places) - 1, -1, -1):  # and none above the drawing
        places[number] = above = max(places[number], above + LABEL_STEP if above else 6.0)
    parts = []
    for (middle, segment), y in zip(ends, places, strict=True):
        parts.append(_line(x - 6, middle, x, y, SILENT))
        parts.append(_text(x + 2, y + 3, f"{segment.name}: {segment.counts[-1]:,}", anchor="start"))
    return parts


def _text(
    x: float, y: float, words: str, *, anchor: str = "middle", fill: str = INK, bold: bool = False
) -> str:
    weight = ' font-weight="700"' if bold else ""
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    look = f'font-family="{FONT}" font-size="8.5" fill="{fill}"{weight}'
    return f"<text {place} {look}>{escape(words)}</text>"


def _rect(x: float, y: float, wide: float, tall: float, fill: str, edge: str = "") -> str:
    box = f'x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(tall)}"'
    return f'<rect {box} fill="{fill}"{edge}/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    ends = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
    return f'<line {ends} stroke="{colour}" stroke-width="0.5"/>'


def _drawing(parts: Iterable[str], width: int, height: int, alt: str) -> str:
    said = escape(alt)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{said}">'
        f"<title>{said}</title>{''.join(parts)}</svg>"
    )


def _clipped(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _n(value: float) -> str:
    """A coordinate, always written alike."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
