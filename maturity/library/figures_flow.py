"""Figures of what follows what: decision trees and pipelines in lanes. Pure."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from maturity.library.svg import LINE_HEIGHT, PAD, PALE, Canvas, Spot, Words, width_of

Figure = dict[str, Any]

TREE_BOX = 158.0
TREE_GAP = 38.0
TREE_ROW = 52.0
STEP = 120.0
STEP_GAP = 18.0
LANE_HEAD = 168.0


@dataclass
class _Branch:
    """A node of a tree with what hangs below it, and where it comes to stand."""

    words: Words
    shape: str
    when: str
    depth: int
    below: list["_Branch"] = field(default_factory=list)
    row: float = 0.0


def tree(canvas: Canvas, figure: Figure) -> tuple[float, float]:
    """From left to right: a column for each step of the way, a row for each end. Its width and height."""
    nodes = {node["slug"]: node for node in figure["nodes"]}
    root = _branch(nodes, figure["nodes"][0]["slug"], "", 0)
    rows = _set_rows(root, 0)
    columns: dict[int, float] = {}  # by depth, the widest word on the way there
    for branch in _all(root):
        columns[branch.depth] = max(columns.get(branch.depth, 0.0), width_of(branch.when))
    lefts = [PAD]
    for depth in range(1, len(columns)):
        gap = TREE_GAP + (columns[depth] + 6 if columns[depth] else 0)
        lefts.append(lefts[-1] + TREE_BOX + gap)
    spots = {id(branch): _spot(branch, lefts[branch.depth]) for branch in _all(root)}
    for branch in _all(root):
        for child in branch.below:
            _join(canvas, spots[id(branch)], spots[id(child)], child.when)
    for branch in _all(root):
        canvas.box(spots[id(branch)], branch.words, shape=branch.shape)
    return lefts[-1] + TREE_BOX + PAD, rows * TREE_ROW + 2 * PAD


def _branch(nodes: dict[str, Figure], slug: str, when: str, depth: int) -> _Branch:
    node = nodes[slug]
    found = _Branch(Words(node["label"]), node["shape"], when, depth)
    found.below = [
        *(_branch(nodes, to["node"], to.get("when", ""), depth + 1) for to in node.get("to", ())),
        *(_Branch(Words(leaf), "leaf", "", depth + 1) for leaf in node.get("leaves", ())),
    ]
    return found


def _set_rows(branch: _Branch, first: int) -> int:
    """Give it and all below it their rows from `first` on; the next free one."""
    if not branch.below:
        branch.row = first
        return first + 1
    following = first
    for child in branch.below:
        following = _set_rows(child, following)
    branch.row = (branch.below[0].row + branch.below[-1].row) / 2
    return following


def _all(branch: _Branch) -> list[_Branch]:
    return [branch, *(one for child in branch.below for one in _all(child))]


def _spot(branch: _Branch, left: float) -> Spot:
    height = branch.words.height(TREE_BOX)
    return Spot(left, PAD + (branch.row + 0.5) * TREE_ROW - height / 2, TREE_BOX, height)


def _join(canvas: Canvas, start: Spot, end: Spot, when: str) -> None:
    """From the right of one to the left of the other, with the answer that leads there."""
    x, turn = start.x + start.width, start.x + start.width + 18
    y = end.middle[1]
    points = [(x, start.middle[1]), (turn, start.middle[1]), (turn, y), (end.x - 2, y)]
    canvas.arrow(points if abs(start.middle[1] - y) > 1 else [(x, y), (end.x - 2, y)])
    if when:
        canvas.text(turn + 6, y - 6, when, bold=True)


def lanes(canvas: Canvas, figure: Figure) -> tuple[float, float]:
    """A lane below the other, its steps numbered from left to right. Its width and height."""
    most = max(len(lane["steps"]) for lane in figure["lanes"])
    width = LANE_HEAD + most * (STEP + STEP_GAP) + PAD
    top = PAD
    came_from: Spot | None = None
    for lane in figure["lanes"]:
        height, came_from = _lane(canvas, lane, top, width, came_from)
        top += height + 14
    return width, top - 14 + PAD


def _lane(
    canvas: Canvas, lane: Figure, top: float, width: float, came_from: Spot | None
) -> tuple[float, Spot | None]:
    """One lane at `top`: its height, and its store. An arrow leads here from the store of the lane before."""
    steps = [Words(step["label"], above=f"Step {n}") for n, step in enumerate(lane["steps"], 1)]
    head = Words(lane["label"], f"Begins when: {lane['trigger']}")
    tall = max(*(words.height(STEP) for words in steps), head.height(LANE_HEAD - 20))
    store = lane.get("store")
    height = tall + 2 * PAD + (78 if store else 0)
    canvas.panel(Spot(PAD / 2, top, width - PAD, height), PALE)
    for number, (line, bold) in enumerate(head.lines(LANE_HEAD - 20)):
        canvas.text(PAD + 8, top + PAD + 16 + number * LINE_HEIGHT, line, bold=bold)
    spots = [Spot(LANE_HEAD + n * (STEP + STEP_GAP), top + PAD, STEP, tall) for n in range(len(steps))]
    for before, after in pairwise(spots):
        canvas.arrow([(before.x + STEP, before.middle[1]), (after.x - 1, before.middle[1])])
    for spot, words in zip(spots, steps, strict=True):
        canvas.box(spot, words)
    if not store:
        return height, None
    step = spots[store["step"] - 1]
    spot = Spot(step.x, step.y + tall + 18, STEP, 58)
    canvas.arrow([(step.middle[0], step.y + tall), (step.middle[0], spot.y - 1)])
    canvas.box(spot, Words(store["label"]), shape="store")
    if came_from is not None:
        canvas.arrow([(came_from.middle[0], came_from.y + came_from.height), (step.middle[0], step.y - 1)])
    return height, spot
