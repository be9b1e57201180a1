"""The figures of the library are drawn whole, and told in words as well."""

import re
from xml.etree import ElementTree

import pytest

from maturity.library.figures import Point, draw, slugs_of
from maturity.library.pack import LIBRARY, Library, read_library
from maturity.library.svg import wrap
from maturity.pack import PACKS, read_pack

SVG = "{http://www.w3.org/2000/svg}"
TREE = {
    "kind": "tree",
    "description": "A <question> & two ends.",
    "nodes": [
        {
            "slug": "ask",
            "label": "Ready & <willing>?",
            "shape": "question",
            "to": [{"node": "b", "when": "yes"}],
        },
        {"slug": "b", "label": "Build it", "shape": "box", "leaves": ["Here", "There"]},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def library() -> Library:
    model = read_pack(PACKS / "container-adoption")
    return read_library(LIBRARY, {row.slug for row in model.items} | {row.slug for row in model.stages})


@pytest.fixture(scope="module")
def entries(library):
    return {entry.slug: entry for shelf in library.shelves for entry in shelf.entries}


def drawn(entries, slug: str):
    return draw(entries[slug].figure, ident=slug, title=entries[slug].title)


def words_of(points: tuple[Point, ...]) -> list[str]:
    return [word for point in points for word in (point.text, *words_of(point.points))]


def labels_of(value) -> list[str]:
    """Everything that a figure's data call something."""
    if isinstance(value, dict):
        told = [value[name] for name in ("label", "when", "trigger", "way", "text") if name in value]
        return told + list(value.get("leaves", ())) + [w for part in value.values() for w in labels_of(part)]
    return [word for part in value for word in labels_of(part)] if isinstance(value, list) else []


def text_of(svg: str) -> str:
    """The words of a drawing in order, as one line."""
    texts = [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    return " ".join(texts)


def test_all_seven_figures_of_the_guide_are_drawn(library, entries):
    shelf = next(shelf for shelf in library.shelves if shelf.slug == "figures-000")
    assert len(shelf.entries) == 7
    assert all(entry.figure for entry in shelf.entries)
    assert not [slug for slug, entry in entries.items() if entry.figure and not slug.startswith("fg-")]


@pytest.mark.parametrize("number", range(7))
def test_each_has_title_description_and_every_node(library, entries, number):
    slug = next(s for s in library.shelves if s.slug == "figures-000").entries[number].slug
    made = drawn(entries, slug)
    root = ElementTree.fromstring(made.svg)
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text == entries[slug].title
    assert desc.text == entries[slug].figure["description"]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    seen, told = text_of(made.svg), " ".join(words_of(made.outline)).lower()
    for label in labels_of(entries[slug].figure):
        assert label in seen or label in seen.replace("Begins when: ", ""), label
        assert label.lower() in told, label


@pytest.mark.parametrize("number", range(7))
def test_nothing_leaves_the_drawing(library, number):
    entry = next(s for s in library.shelves if s.slug == "figures-000").entries[number]
    root = ElementTree.fromstring(draw(entry.figure, ident="x", title="X").svg)
    width, height = (float(part) for part in root.get("viewBox").split()[2:])
    for box in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("y")) < height


def test_no_drawing_brings_style_script_or_links(entries):
    for slug in (slug for slug in entries if slug.startswith("fg-")):
        svg = drawn(entries, slug).svg
        assert not re.search(r"\sstyle=|<style|<script|\son\w+=|href", svg)


def test_the_decision_tree_has_its_nodes_and_leaves(entries):
    nodes = entries["fg-4-decision-tree"].figure["nodes"]
    assert [node["slug"] for node in nodes] == [
        "dt-ready", "dt-learn", "dt-training", "dt-courses", "dt-experience", "dt-managed-or-self",
        "dt-managed", "dt-iaas",
    ]  # fmt: skip
    assert [len(node.get("leaves", ())) for node in nodes] == [0, 0, 0, 4, 0, 0, 3, 5]
    svg = drawn(entries, "fg-4-decision-tree").svg
    assert len(ElementTree.fromstring(svg).findall(f"{SVG}g")) == 8 + 12


def test_the_pipeline_has_its_steps_in_three_lanes(library, entries):
    lanes = entries["fg-5-pipeline"].figure["lanes"]
    assert [len(lane["steps"]) for lane in lanes] == [5, 6, 7]
    assert all(lane["store"]["step"] == 2 for lane in lanes)
    shelf = next(shelf for shelf in library.shelves if shelf.slug == "reference-pipeline-steps")
    drawn_steps = [step["slug"] for lane in lanes for step in lane["steps"]]
    assert drawn_steps == [entry.slug for entry in shelf.entries]


def test_the_journey_has_the_stages_of_the_model(entries):
    stages = read_pack(PACKS / "container-adoption").stages
    steps = entries["fg-3-journey"].figure["steps"]
    assert [(step["slug"], step["label"]) for step in steps] == [(s.slug, s.name) for s in stages]


def test_the_use_cases_rise_in_their_order(entries):
    points = [point["slug"] for point in entries["fg-2-use-cases"].figure["points"]]
    assert points == ["uc-legacy-migration", "uc-refactor", "uc-rebuild", "uc-container-native"]
    circles = list(ElementTree.fromstring(drawn(entries, "fg-2-use-cases").svg).iter(f"{SVG}circle"))
    heights = [float(circle.get("cy")) for circle in circles]
    assert heights == sorted(heights, reverse=True)


def test_words_that_a_browser_would_run_are_escaped():
    made = draw(TREE, ident="t", title="<script>")
    root = ElementTree.fromstring(made.svg)
    assert root.find(f"{SVG}title").text == "<script>"
    assert "<script>" not in made.svg
    assert "Ready & <willing>?" in text_of(made.svg)


def test_a_tree_in_words_says_which_answer_leads_where():
    (root,) = draw(TREE, ident="t", title="T").outline
    assert root.text == "Ready & <willing>?"
    assert [point.text for point in root.points] == ["yes: Build it"]
    assert [point.text for point in root.points[0].points] == ["Here", "There"]
    assert list(slugs_of((root,))) == ["ask", "b"]


def test_long_words_get_lines_of_their_own():
    assert wrap("one two", 1000) == ["one two"]
    assert wrap("one unbelievably two", 60) == ["one", "unbelievably", "two"]
    assert wrap("", 60) == []
