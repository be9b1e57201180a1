"""Figures of the library, drawn from what its pack says, with the same content as text. Pure.

A figure is a plain dictionary as in figures.yaml, which the pack's schema has checked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from maturity.library.figures_flow import lanes, tree
from maturity.library.figures_place import curve, stack, stairs, zones
from maturity.library.svg import Canvas

Figure = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """One line of a figure as text, with what stands below it. `slug`: of what it stands for, or ""."""

    text: str
    slug: str = ""
    points: tuple["Point", ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A figure as SVG and as text."""

    svg: str
    description: str
    outline: tuple[Point, ...]


DRAWN_BY: dict[str, Callable[[Canvas, Figure], tuple[float, float]]] = {
    "stack": stack,
    "curve": curve,
    "stairs": stairs,
    "tree": tree,
    "lanes": lanes,
    "zones": zones,
}


def draw(figure: Figure, *, ident: str, title: str) -> Drawn:
    """The figure called `title`; `ident` becomes part of ids on the page."""
    canvas = Canvas()
    width, height = DRAWN_BY[figure["kind"]](canvas, figure)
    description = figure["description"]
    svg = canvas.svg(width, height, ident=ident, title=title, description=description)
    return Drawn(svg, description, outline_of(figure))


def outline_of(figure: Figure) -> tuple[Point, ...]:
    """Everything that the figure shows, as a nested list."""
    told: dict[str, Callable[[Figure], tuple[Point, ...]]] = {
        "stack": _of_stack,
        "curve": lambda one: _nodes(one["points"]),
        "stairs": lambda one: _nodes(one["steps"]),
        "tree": _of_tree,
        "lanes": _of_lanes,
        "zones": lambda one: tuple(_zone(zone) for zone in one["zones"]),
    }
    return told[figure["kind"]](figure)


def slugs_of(points: tuple[Point, ...]) -> Iterator[str]:
    """What the lines of an outline stand for."""
    for point in points:
        if point.slug:
            yield point.slug
        yield from slugs_of(point.points)


def _nodes(nodes: list[Figure]) -> tuple[Point, ...]:
    return tuple(_node(node) for node in nodes)


def _node(node: Figure) -> Point:
    words = f"{node['label']}: {node['text']}" if "text" in node else node["label"]
    return Point(words, node.get("slug", ""))


def _of_stack(figure: Figure) -> tuple[Point, ...]:
    names = [", ".join(node["label"] for node in row) for row in figure["rows"]]
    return tuple(
        Point(name if number == 0 else f"{name}, below", points=() if len(row) == 1 else _nodes(row))
        for number, (name, row) in enumerate(zip(names, figure["rows"], strict=True))
    )


def _of_tree(figure: Figure) -> tuple[Point, ...]:
    nodes = {node["slug"]: node for node in figure["nodes"]}

    def point(slug: str, when: str) -> Point:
        node = nodes[slug]
        below = [point(to["node"], to.get("when", "")) for to in node.get("to", ())]
        leaves = [Point(leaf) for leaf in node.get("leaves", ())]
        return Point(f"{when}: {node['label']}" if when else node["label"], slug, (*below, *leaves))

    return (point(figure["nodes"][0]["slug"], ""),)


def _of_lanes(figure: Figure) -> tuple[Point, ...]:
    found = []
    for lane in figure["lanes"]:
        steps = list(_nodes(lane["steps"]))
        store = lane.get("store")
        if store:
            step = steps[store["step"] - 1]
            steps[store["step"] - 1] = Point(f"{step.text} (into the {store['label'].lower()})", step.slug)
        found.append(Point(f"{lane['label']}. Begins when: {lane['trigger']}", points=tuple(steps)))
    return tuple(found)


def _zone(zone: Figure) -> Point:
    below = (*_nodes(zone.get("nodes", [])), *(_zone(inner) for inner in zone.get("zones", ())))
    words = f"{zone['label']} (reached by: {zone['way']})" if "way" in zone else zone["label"]
    return Point(words, points=below)
