"""Boxes, words and arrows as SVG that reads in grey too. Pure.

Only attributes, no style: the portal's content policy forbids it. Sizes are in units of the drawing's own
view box, which are pixels where it has its full width.
"""

from dataclasses import dataclass, field
from html import escape

INK = "#1b1b1b"
INK_SOFT = "#565c65"
NAVY = "#162e51"
PALE = "#e7f2fa"
GROUND = "#f7f9fa"
WHITE = "#ffffff"
SIZE = 14.0
LINE_HEIGHT = 18.0
PAD = 10.0
WIDE = 900.0  # drawings wider than this are scrolled earlier, so that their words stay readable
MEAN_WIDTH = 0.54  # of a letter, in its size: a little wide, since nobody knows the reader's font


@dataclass(frozen=True)
class Spot:
    """A box that was drawn."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Words:
    """What stands in a box: the label in bold if something is told below it."""

    label: str
    text: str = ""
    above: str = ""

    def lines(self, width: float) -> list[tuple[str, bool]]:
        """In lines that fit between the paddings of a box, each with whether it is bold."""
        room = width - 2 * PAD
        strong = bool(self.text)
        above = [(line, False) for line in wrap(self.above, room)]
        return [
            *above,
            *((line, strong) for line in wrap(self.label, room * (0.93 if strong else 1))),
            *((line, False) for line in wrap(self.text, room)),
        ]

    def height(self, width: float) -> float:
        """Of a box as wide as this."""
        return len(self.lines(width)) * LINE_HEIGHT + 2 * PAD - 4


def wrap(text: str, room: float, size: float = SIZE) -> list[str]:
    """The text in lines that are at most as wide as `room`, as far as its words allow."""
    most = max(int(room / (size * MEAN_WIDTH)), 4)
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def width_of(text: str, size: float = SIZE) -> float:
    """About how wide a text is in one line."""
    return len(text) * size * MEAN_WIDTH


@dataclass
class Canvas:
    """What is drawn, in order."""

    parts: list[str] = field(default_factory=list)

    def box(self, spot: Spot, words: Words, *, shape: str = "box", fill: str = WHITE) -> None:
        """A node of the figure: "box", "question" (pointed at its sides), "leaf" (round) or "store"."""
        self.parts.append(f"<g><title>{escape(words.label)}</title>")
        self.parts.append(_outline(spot, shape, fill))
        lines = words.lines(spot.width)
        x, middle = spot.middle
        y = middle - (len(lines) - 1) * LINE_HEIGHT / 2 + SIZE * 0.35 + (4 if shape == "store" else 0)
        for number, (line, bold) in enumerate(lines):
            self.text(x, y + number * LINE_HEIGHT, line, bold=bold, anchor="middle")
        self.parts.append("</g>")

    def panel(self, spot: Spot, fill: str = GROUND) -> None:
        """A ground that boxes stand on."""
        self.parts.append(
            f'<rect {_place(spot)} rx="6" fill="{fill}" stroke="{INK_SOFT}" stroke-width="1" '
            'stroke-dasharray="6 4"/>'
        )

    def text(
        self, x: float, y: float, text: str, *, bold: bool = False, anchor: str = "start", fill: str = INK
    ) -> None:
        """One line of text."""
        weight = ' font-weight="700"' if bold else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{SIZE:g}" fill="{fill}" '
            f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
        )

    def path(self, way: str, *, width: float = 1.5, fill: str = "none") -> None:
        """A line."""
        self.parts.append(f'<path d="{way}" fill="{fill}" stroke="{NAVY}" stroke-width="{width:g}"/>')

    def arrow(self, points: list[tuple[float, float]]) -> None:
        """A line through these points with a head at its end; the last stretch is level or upright."""
        way = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        self.path(way)
        (x, y), (from_x, from_y) = points[-1], points[-2]
        if from_y == y:
            back = 8 if x > from_x else -8
            head = f"M{x:g} {y:g} L{x - back:g} {y - 5:g} L{x - back:g} {y + 5:g} Z"
        else:
            back = 8 if y > from_y else -8
            head = f"M{x:g} {y:g} L{x - 5:g} {y - back:g} L{x + 5:g} {y - back:g} Z"
        self.path(head, width=1, fill=NAVY)

    def svg(self, width: float, height: float, *, ident: str, title: str, description: str) -> str:
        """The whole; `ident` is its own on the page."""
        wide = " figure__drawing--wide" if width > WIDE else ""
        return (
            f'<svg class="figure__drawing{wide}" xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
            f'aria-labelledby="{ident}-title {ident}-description" '
            f'font-family="Source Sans Pro Web, Helvetica Neue, Helvetica, Arial, sans-serif">'
            f'<title id="{ident}-title">{escape(title)}</title>'
            f'<desc id="{ident}-description">{escape(description)}</desc>'
            f"{''.join(self.parts)}</svg>"
        )


def _place(spot: Spot) -> str:
    return f'x="{spot.x:g}" y="{spot.y:g}" width="{spot.width:g}" height="{spot.height:g}"'


def _outline(spot: Spot, shape: str, fill: str) -> str:
    line = f'stroke="{NAVY}" stroke-width="1.5"'
    x, y, right, foot = spot.x, spot.y, spot.x + spot.width, spot.y + spot.height
    if shape == "question":
        middle = spot.middle[1]
        way = (
            f"M{x + 9:g} {y:g} H{right - 9:g} L{right + 5:g} {middle:g} L{right - 9:g} {foot:g} "
            f"H{x + 9:g} L{x - 5:g} {middle:g} Z"
        )
        return f'<path d="{way}" fill="{PALE}" {line}/>'
    if shape == "store":
        half = spot.width / 2
        way = (
            f"M{x:g} {y + 7:g} A{half:g} 7 0 0 1 {right:g} {y + 7:g} V{foot - 7:g} "
            f"A{half:g} 7 0 0 1 {x:g} {foot - 7:g} Z M{x:g} {y + 7:g} A{half:g} 7 0 0 0 {right:g} {y + 7:g}"
        )
        return f'<path d="{way}" fill="{PALE}" {line}/>'
    round_by = f' rx="{min(spot.height / 2, 16):g}"' if shape == "leaf" else ' rx="3"'
    return f'<rect {_place(spot)}{round_by} fill="{fill}" {line}/>'
