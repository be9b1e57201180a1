"""The drawings of outcomes: told in words, safe with anybody's text, within the content policy."""

import re
from xml.etree import ElementTree

import pytest

from assessments.charts import MOST_NAMED, draw
from assessments.run_reading import amount, measure_words, of_words, table_readings, tone_of
from maturity.instruments.outcomes import Chart, Measure, Outcome, Table

EVIL = '"><script>alert(1)</script>&'
POINTS = {
    "quadrant": {"label": EVIL, "x": "0.5", "y": "1", "series": EVIL},
    "profile": {"label": EVIL, "value": "0.25", "words": EVIL},
    "range": {"label": EVIL, "low": "-10", "value": "5", "high": "20.5"},
}


@pytest.mark.parametrize("kind", POINTS)
def test_a_drawing_is_well_formed_told_in_words_and_runs_nothing(kind: str):
    svg = draw(Chart(kind, f"Title {EVIL}", "t", "X", "Y", (POINTS[kind], POINTS[kind])), "Two of them.")
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == f"Title {EVIL}. Two of them."
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=", svg)


@pytest.mark.parametrize("kind", POINTS)
def test_nothing_draws_nothing(kind: str):
    assert draw(Chart(kind, "Title", "t"), "") == ""


@pytest.mark.parametrize("kind", POINTS)
def test_what_is_not_known_or_no_number_breaks_no_drawing(kind: str):
    odd = {name: "" if name not in {"label", "series"} else "A" for name in POINTS[kind]}
    nan = {name: "many" if name not in {"label", "series"} else "A" for name in POINTS[kind]}
    svg = draw(Chart(kind, "Title", "t", points=(POINTS[kind], odd, nan)), "")
    ElementTree.fromstring(svg)
    assert "nan" not in svg.lower()


def test_points_on_one_spot_are_set_beside_each_other():
    same = {"label": "A", "x": "0.5", "y": "0.5", "series": "one"}
    svg = draw(Chart("quadrant", "Title", "t", points=(same, same, same)), "")
    assert len(set(re.findall(r'<circle cx="([\d.]+)"', svg)) - {"64"}) == 3


def test_series_differ_by_shape_as_well_as_by_colour():
    points = tuple({"label": "A", "x": "0.1", "y": "0.1", "series": str(n)} for n in range(3))
    svg = draw(Chart("quadrant", "Title", "t", points=points), "")
    assert "<circle" in svg
    assert "<polygon" in svg


def test_very_many_points_are_not_named_in_the_drawing():
    points = tuple({"label": "A", "x": "0.1", "y": "0.1", "series": "s"} for _ in range(MOST_NAMED + 1))
    assert ">25<" not in draw(Chart("quadrant", "Title", "t", points=points), "")


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("", "percent", "not known"),
        ("0", "percent", "0%"),
        ("62.5", "percent", "62.5%"),
        ("1234567.5", "US dollars", "1,234,567.5 US dollars"),
        ("-401.41", "US dollars", "−401.41 US dollars"),
        ("20", "count", "20"),
        ("soon", "", "soon"),
    ],
)
def test_measures_in_words(value: str, unit: str, words: str):
    assert measure_words(Measure("m", "M", value, unit)) == words


def test_an_amount_keeps_what_is_no_number():
    assert amount("1e5") == "100,000"
    assert amount("a") == "a"


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("100%", "good"), ("80 %", "good"), ("79.9%", "half"), ("39%", "poor"), ("3", ""), ("–", ""),
        ("T1190 Exploit: Covered (marked)", "good"), ("Partly covered (by practices, 40%)", "half"),
        ("T1: Open (by practices, 0%)", "poor"), ("Does not apply", "out"), ("Not known", "unknown"),
    ],
)  # fmt: skip
def test_a_cell_is_coloured_by_its_text(text: str, tone: str):
    assert tone_of(text) == tone


def test_every_cell_of_a_matrix_has_its_tone_and_what_is_not_known_its_sign():
    rows = (("T1 Phishing: Open (marked)", "T2 Exploit: Covered (marked)"), ("T3 Theft: Not known", ""))
    matrix = Table("matrix", "Matrix", ("Access", "Theft"), rows, "matrix")
    [reading] = table_readings(Outcome("", tables=(matrix,)))
    tones = [[cell.tone for cell in row] for row in reading.rows]
    assert tones == [["poor", "good"], ["unknown", ""]]


def test_what_is_not_known_is_said_to_be_a_part_of_nothing():
    assert of_words(Measure("score", "Score", "", "percent", "10 takeaways")) == ""
    assert of_words(Measure("score", "Score", "50", "percent", "10 takeaways")) == "of 10 takeaways"
