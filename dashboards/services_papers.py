"""From what a paper holds to the bytes of a file, in each format."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from dashboards.papers.blocks import Paper, clipped
from dashboards.papers.composition import (
    agency_beside,
    agency_facts,
    agency_gaps,
    agency_over_time,
    agency_paper,
    bars_chart,
    full_paper,
    one_page_paper,
    rule_change_words,
    talking_paper,
)
from dashboards.papers.content import AgencyPage, FullReport, OnePage
from dashboards.papers.pdf import write_pdf
from dashboards.papers.printable import printable
from dashboards.papers.sentences import talking_points

FONT = "vendor/uswds/fonts/source-sans-pro"
# Sizes of the one page, roomy to tight, with the height of its chart: the first that fits is taken.
SIZES = (("roomy", 195), ("", 165), ("compact", 145), ("tight", 120), ("tightest", 104))

MOST_ROWS = 300  # of a table in a PDF, which ten thousand agencies would make a book

Content = OnePage | FullReport | AgencyPage


def paper_of(content: Content, *, talking: bool = False) -> Paper:
    """The content in the order in which it is read; `talking`: as talking points."""
    if isinstance(content, FullReport):
        return full_paper(content)
    if isinstance(content, AgencyPage):
        return agency_paper(content)
    return talking_paper(content, talking_points(content)) if talking else one_page_paper(content)


def write_paper(content: Content, form: str, *, talking: bool = False) -> bytes:
    """The bytes of the file in this format: pdf, pptx or xlsx. Raises CannotMakePdf."""
    content = printable(content)
    if form == "pdf" and isinstance(content, OnePage) and not talking:
        texts = [one_page_html(content, size, height) for size, height in SIZES]
        return write_pdf(texts, pages=1, fonts=fonts_folder())
    if form == "pdf" and isinstance(content, AgencyPage):
        texts = [agency_html(content, size, height - 60) for size, height in SIZES]
        return write_pdf(texts, pages=1, fonts=fonts_folder())
    paper = paper_of(content, talking=talking)
    if form == "pdf":
        paper = clipped(paper, MOST_ROWS)
        context = {"paper": paper, "heading": paper.heading, "title": paper.title}
        return write_pdf([render_to_string("papers/long.html", context)], pages=None, fonts=fonts_folder())
    # Each is heavy, and no web process needs it.
    if form == "pptx":
        from dashboards.papers.pptx import write_pptx

        return write_pptx(paper)
    from dashboards.papers.xlsx import write_xlsx

    return write_xlsx(paper)


def one_page_html(page: OnePage, size: str, height: int) -> str:
    """The one page as a document of its own."""
    return render_to_string("papers/one_page.html", one_page_context(page, size, height))


def one_page_context(page: OnePage, size: str = "", height: int = 170) -> dict[str, object]:
    """What the template of the one page shows."""
    return {
        "page": page,
        "heading": page.heading,
        "title": f"{page.heading.scope}, {page.heading.period}",
        "chart": bars_chart(page, height),
        "rule_change_words": rule_change_words(page),
        "size": size,
    }


def agency_html(page: AgencyPage, size: str, height: int) -> str:
    """One agency as a document of its own."""
    return render_to_string("papers/agency.html", agency_context(page, size, height))


def agency_context(page: AgencyPage, size: str = "", height: int = 130) -> dict[str, object]:
    """What the template of an agency's page shows."""
    return {
        "page": page,
        "heading": page.heading,
        "title": f"{page.heading.scope}, {page.heading.period}",
        "facts": agency_facts(page),
        "over_time": agency_over_time(page, height),
        "beside": agency_beside(page, 330),
        "gaps": agency_gaps(page),
        "size": size,
    }


def fonts_folder() -> Path:
    """Where the portal's fonts lie: among the assets, or where they were collected."""
    found = finders.find(FONT)
    return Path(found) if found else Path(settings.STATIC_ROOT) / FONT
