"""The files: one page at the most, tagged, editable, in numbers, and the same whenever they are made."""

import time
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader

from dashboards.papers.content import Moved, Movement, OnePage
from dashboards.services_papers import write_paper
from tests.papers.samples import largest_one_page, one_page


def tags(pdf: PdfReader) -> list[dict[str, Any]]:
    """The elements of the structure tree, in their order."""
    found: list[dict[str, Any]] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif hasattr(node, "get") and "/S" in node:
            found.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(root_of(pdf)["/StructTreeRoot"]["/K"])
    return found


def root_of(pdf: PdfReader) -> Any:
    """The catalog of the document."""
    return pdf.trailer["/Root"]


def read(written: bytes) -> PdfReader:
    return PdfReader(BytesIO(written))


@pytest.fixture(scope="module")
def usual() -> PdfReader:
    return read(write_paper(one_page(), "pdf"))


def test_the_one_page_is_one_page(usual: PdfReader):
    assert len(usual.pages) == 1
    width, height = (float(side) for side in usual.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842), "A4"


def test_the_largest_one_page_is_one_page_and_leaves_nothing_out():
    page = largest_one_page()
    pdf = read(write_paper(page, "pdf"))
    assert len(pdf.pages) == 1
    text = " ".join(pdf.pages[0].extract_text().split())
    for movement in page.movements:
        for one in movement.shown:
            assert one.name in text
    assert page.promises[-1].text in text
    assert page.heading.figure in text
    assert "PROVISIONAL" in text
    assert "DEMONSTRATION" in text
    assert page.heading.made in text


def test_a_pdf_says_its_language_title_and_that_it_is_tagged(usual: PdfReader):
    root = root_of(usual)
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert usual.metadata is not None
    assert usual.metadata.title == "Containers First, FY26 Q4"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_a_pdf_has_headings_in_order_a_table_with_heads_and_charts_with_words(usual: PdfReader):
    found = tags(usual)
    kinds = [str(node["/S"]) for node in found]
    levels = [int(kind[2:]) for kind in kinds if kind[1:2] == "H" and kind[2:].isdigit()]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    cells = [node for node in found if node["/S"] == "/TD"]
    heads = {str(node["/ID"]) for node in found if node["/S"] == "/TH"}
    assert len(cells) == 5
    for cell in cells:  # each names the heads of its column and its row
        named = {str(head) for head in cell["/A"].get_object()["/Headers"]}
        assert len(named) == 2
        assert named <= heads
    figures = [node for node in found if node["/S"] == "/Figure"]
    assert len(figures) == 1
    alt = str(figures[0]["/Alt"])
    assert alt.startswith("Agencies by stages completed. FY27 Q1: of 129 agencies")


def test_nothing_but_the_portals_fonts_is_in_a_pdf_and_all_of_them_are_embedded(usual: PdfReader):
    resources: Any = usual.pages[0]["/Resources"]
    fonts = resources["/Font"].values()
    names = {str(font.get_object()["/BaseFont"]) for font in fonts}
    assert names
    assert all("Source" in name for name in names), names
    for font in fonts:
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.mark.parametrize("form", ["pdf", "pptx", "xlsx"])
def test_the_same_paper_made_twice_is_the_same_to_the_byte(form: str):
    first = write_paper(one_page(), form)
    time.sleep(2.1)  # longer than the clock of a zip file ticks
    assert write_paper(one_page(), form) == first
    assert write_paper(one_page(sentence="Another one."), form) != first


def test_slides_hold_charts_that_can_be_edited_with_words_for_who_does_not_see_them():
    deck = Presentation(BytesIO(write_paper(one_page(), "pptx")))
    charts = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 1
    plot = charts[0].chart.plots[0]
    assert [series.name for series in plot.series][-2:] == ["Not reporting", "Not adopting"]
    assert list(plot.series[-1].values) == [8] * 8
    described = charts[0]._element.nvGraphicFramePr.cNvPr.get("descr")
    assert "completed a stage or more" in described
    assert all(slide.shapes.title.text for slide in deck.slides)
    words = " ".join(s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame)
    assert "not collected" in words
    assert "PUBLISHED revision 1" in words


def test_a_workbook_holds_numbers_as_numbers_and_what_is_missing_as_words():
    book = load_workbook(BytesIO(write_paper(one_page(), "xlsx")))
    rows = list(book["Numbers"].iter_rows(min_row=4, values_only=True))
    assert rows[0][:5] == ("At or above their own target", 41, 80, 3, 78)
    assert rows[2][1] == "not collected"
    assert rows[2][2] is None
    stages = list(book["Stages"].iter_rows(min_row=4, max_row=11, values_only=True))
    assert len(stages) == 8
    assert all(isinstance(cell, int) for cell in stages[0][1:])
    assert book["Stages"]._charts


def test_a_text_that_a_spreadsheet_would_run_is_made_plain():
    moved = Movement("up", "Moved up", (Moved('=HYPERLINK("http://x")', "a", 1, 2, "+1"),), 1, "")
    page = one_page(movements=(moved,))
    book = load_workbook(BytesIO(write_paper(page, "xlsx")))
    row = next(book["Up"].iter_rows(min_row=4, values_only=True))
    assert row[0] == '\'=HYPERLINK("http://x")'
    assert row[2] == "'+1"


def test_what_people_wrote_is_text_in_a_pdf():
    page = one_page(decisions=("<img src=http://x/y.png> <script>alert(1)</script>",))
    text = read(write_paper(page, "pdf")).pages[0].extract_text()
    assert "<img" in text


@pytest.mark.parametrize("form", ["pdf", "pptx", "xlsx"])
def test_talking_points_give_each_number_with_n_and_source(form: str):
    written = write_paper(one_page(), form, talking=True)
    if form == "pdf":
        text = " ".join(page.extract_text() for page in read(written).pages)
        assert "15 of 109 with a score, down 2 among the 104 compared" in " ".join(text.split())
    assert written


def test_nothing_at_all_still_makes_a_page():
    page: OnePage = one_page(bars=(), movements=(), obstacles=(), decisions=(), promises=(), evidence=None)
    for form in ("pdf", "pptx", "xlsx"):
        assert write_paper(page, form)
