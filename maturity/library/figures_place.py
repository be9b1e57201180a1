"""Figures of what stands where: stacks, stairs, points on a curve, zones within zones. Pure."""

from typing import Any

from maturity.library.svg import GROUND, LINE_HEIGHT, NAVY, PAD, PALE, WHITE, Canvas, Spot, Words

Figure = dict[str, Any]

STACK_WIDTH = 760.0
STACK_ROW = 56.0
STAIR = 200.0
RISE = 44.0
CURVE_WIDTH, CURVE_HEIGHT = 820.0, 470.0
ZONES_WIDTH = 1060.0
ZONE_BOX = 146.0
GAP = 12.0


def stack(canvas: Canvas, figure: Figure) -> tuple[float, float]:
    """Rows on each other, the topmost first; those of a row side by side. Its width and height."""
    for number, row in enumerate(figure["rows"]):
        width = (STACK_WIDTH - 2 * PAD - (len(row) - 1) * GAP) / len(row)
        for place, node in enumerate(row):
            spot = Spot(PAD + place * (width + GAP), PAD + number * (STACK_ROW + 6), width, STACK_ROW)
            canvas.box(spot, _words(node), fill=WHITE if len(row) > 1 else PALE)
    return STACK_WIDTH, len(figure["rows"]) * (STACK_ROW + 6) + 2 * PAD


def stairs(canvas: Canvas, figure: Figure) -> tuple[float, float]:
    """A step up for each, from left to right. Its width and height."""
    steps = figure["steps"]
    words = [Words(step["label"], step.get("text", ""), f"{n}") for n, step in enumerate(steps, 1)]
    foot = PAD + (len(steps) - 1) * RISE + max(one.height(STAIR) for one in words) + 12
    for number, one in enumerate(words):
        top = PAD + (len(steps) - 1 - number) * RISE
        spot = Spot(PAD + number * STAIR, top, STAIR, foot - top)
        canvas.panel(spot, WHITE if number % 2 else PALE)
        canvas.path(f"M{spot.x:g} {foot:g} V{top:g} H{spot.x + STAIR:g}", width=3)
        canvas.parts.append("<g>")
        lines = one.lines(STAIR)
        for line, (text, bold) in enumerate(lines):
            y = top + PAD + 16 + line * LINE_HEIGHT
            canvas.text(spot.x + PAD, y, text, bold=bold or line == 0)
        canvas.parts.append("</g>")
    return 2 * PAD + len(steps) * STAIR, foot + PAD


def curve(canvas: Canvas, figure: Figure) -> tuple[float, float]:
    """Points on a rising curve, the lowest first. Its width and height."""
    left, foot, right, top = 60.0, CURVE_HEIGHT - 60, CURVE_WIDTH - 30, 30.0

    def at(share: float) -> tuple[float, float]:
        return left + share * (right - left), foot - (0.1 + 0.86 * share**1.5) * (foot - top)

    half_x, half_y = (left + right) / 2, (foot + top) / 2
    canvas.panel(Spot(left, top, right - left, foot - top))
    canvas.path(f"M{half_x:g} {top:g} V{foot:g} M{left:g} {half_y:g} H{right:g}", width=0.5)
    canvas.arrow([(left, foot), (right, foot)])
    canvas.arrow([(left, foot), (left, top)])
    canvas.text(half_x, foot + 40, figure["across"], bold=True, anchor="middle")
    canvas.text(left - 8, foot + 18, "low", anchor="middle")
    canvas.text(right, foot + 18, "high", anchor="end")
    _upright(canvas, left - 30, half_y, figure["up"])
    way = [at(share / 40) for share in range(1, 40)]
    canvas.path("M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in way), width=2.5)
    points = figure["points"]
    for number, node in enumerate(points, 1):
        x, y = at(number / (len(points) + 0.6))
        _point(canvas, x, y, node, below=number <= len(points) / 2)
    return CURVE_WIDTH, CURVE_HEIGHT


def _upright(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.parts.append(f'<g transform="rotate(-90 {x:g} {y:g})">')
    canvas.text(x, y, text, bold=True, anchor="middle")
    canvas.parts.append("</g>")


def _point(canvas: Canvas, x: float, y: float, node: Figure, *, below: bool) -> None:
    """A point with its words to the right below it, or to the left above it."""
    canvas.parts.append(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{WHITE}" stroke="{NAVY}" stroke-width="3"/>'
    )
    lines = [(node["label"], True), *([(node["text"], False)] if "text" in node else [])]
    first = y + 26 if below else y - 12 - (len(lines) - 1) * LINE_HEIGHT
    for number, (line, bold) in enumerate(lines):
        place = x + 14 if below else x - 14
        canvas.text(place, first + number * LINE_HEIGHT, line, bold=bold, anchor="start" if below else "end")


def zones(canvas: Canvas, figure: Figure) -> tuple[float, float]:
    """Zones below each other, each with its boxes and the zones within. Its width and height."""
    foot = _zones(canvas, figure["zones"], PAD, PAD, ZONES_WIDTH - 2 * PAD)
    return ZONES_WIDTH, foot + PAD


def _zones(canvas: Canvas, found: list[Figure], left: float, top: float, width: float) -> float:
    """Draw zones from `top` on; where they end."""
    for number, zone in enumerate(found):
        if "way" in zone:
            middle = left + width / 2
            canvas.arrow([(middle, top - (GAP if number else 0)), (middle, top + 30)])
            canvas.text(middle + 10, top + 18, zone["way"], bold=True)
            top += 32
        top = _zone(canvas, zone, left, top, width) + (GAP if number < len(found) - 1 else 0)
    return top


def _zone(canvas: Canvas, zone: Figure, left: float, top: float, width: float) -> float:
    """Draw a zone; where it ends. Its ground comes first, though its height is known last."""
    canvas.parts.append("")
    ground = len(canvas.parts) - 1
    canvas.text(left + GAP, top + 22, zone["label"], bold=True)
    foot = top + 34
    nodes = [_words(node) for node in zone.get("nodes", ())]
    across = max(int((width - GAP) // (ZONE_BOX + GAP)), 1)
    for start in range(0, len(nodes), across):
        row = nodes[start : start + across]
        tall = max(words.height(ZONE_BOX) for words in row)
        for place, words in enumerate(row):
            canvas.box(Spot(left + GAP + place * (ZONE_BOX + GAP), foot, ZONE_BOX, tall), words)
        foot += tall + GAP
    if "zones" in zone:
        foot = _zones(canvas, zone["zones"], left + GAP, foot, width - 2 * GAP) + GAP
    under = Canvas()
    under.panel(Spot(left, top, width, foot - top), GROUND)
    canvas.parts[ground] = under.parts[0]
    return foot


def _words(node: Figure) -> Words:
    return Words(node["label"], node.get("text", ""))
