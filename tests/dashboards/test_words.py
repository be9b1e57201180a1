"""A program that tracks an index: every page, file and list of the API in the words of the model."""

import html
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from openpyxl import load_workbook
from pptx import Presentation

from dashboards.models import Report, Scope
from dashboards.queries.measures import measures_in_use
from dashboards.services_papers import paper_of, write_paper
from dashboards.services_reports import read_content
from portal.access.rules import Role
from portal.agencies.models import Agency
from tests.dashboards.indexes import Index, load_barometer, load_ranking
from tests.factories import NOW, make_user

pytestmark = [pytest.mark.data, pytest.mark.django_db]
LOADERS = {"points": (load_ranking, "schleswig-holstein"), "mean": (load_barometer, "AE")}
MOST = 100  # both indexes go up to it
# Names that addresses, fields of the API and identifiers of figures have, whatever the model.
NAMES = re.compile(r"~stages\b|stages_completed|by_stage\b|completed_\d")
FOLLOWED = ("/portfolio", "/one-page", "/figures/", ".csv")
TABS = '<nav class="[^"]*" aria-label="Pages of.*?</nav>'
API = ("trends", "standings", "transitions", "open-items")


def words_of(body: str) -> str:
    """What a reader sees of a page, with what is drawn on it; of a file all."""
    shown = re.sub(r"<script(?![^>]*json)[^>]*>.*?</script>", " ", body, flags=re.DOTALL)
    shown = re.sub(r"<style.*?</style>", " ", shown, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", shown).split()))


def kind_of(address: str) -> tuple[object, ...]:
    """Of addresses of one kind one is opened: the same page with the same sorts of choices."""
    parts = urlsplit(address)
    path = re.sub(r"/domains/[^/]+/", "/domains/one/", parts.path)
    if "/figures/" in path:
        path = f"/figures/{path.rsplit('~', 1)[-1]}"
    asked = parse_qs(parts.query)
    return path, tuple(sorted(asked)), *(asked.get(name, [""])[0] for name in ("move", "level", "state"))


def links_of(body: str, within: str = "") -> list[str]:
    """The addresses that a page leads to, or one part of it."""
    parts = re.findall(within, body, re.DOTALL) if within else [body]
    found = (html.unescape(one) for part in parts for one in re.findall(r'href="(/[^"#]*)', part))
    return list(dict.fromkeys(found))


def visited(client: Client, index: Index, agency: Agency) -> dict[str, str]:
    """Every tab of the scope and of an agency, and what they lead to of each kind: address to body."""
    found: dict[str, str] = {}

    def visit(address: str) -> str:
        response = client.get(address)
        assert response.status_code == 200, (response.status_code, address)
        found[address] = response.content.decode()
        return found[address]

    waiting = [f"/?scope=program:{index.program.slug}", f"/agencies/{agency.slug}/"]
    known: set[object] = set()
    for address in waiting:  # grows by the tabs of each page, of which some show only there
        body = visit(address)
        paths = {urlsplit(one).path for one in waiting}
        waiting += [tab for tab in links_of(body, TABS) if urlsplit(tab).path not in paths]
        for one in links_of(body):
            if any(part in one for part in FOLLOWED) and kind_of(one) not in known:
                known.add(kind_of(one))
                visit(one)
    for name in API:
        visit(f"/api/v1/{name}/?scope=program:{index.program.slug}")
    return found


@pytest.mark.parametrize("method", ["points", "mean"])
def test_every_page_and_file_of_an_index_says_bands_and_keeps_to_its_scale(
    method: str, shared_data: Path, tmp_path: Path
):
    load, identifier = LOADERS[method]
    index = load(shared_data, tmp_path)
    client = Client()
    client.force_login(make_user("officer", Role.OFFICER, program=index.program))
    agency = Agency.objects.get(identifier=identifier)
    found = visited(client, index, agency)
    seen = {urlsplit(address).path for address in found}
    assert {"/one-page/", "/forecast/", "/portfolio/transitions/", "/portfolio/stage-times/"} <= seen
    assert {"/portfolio/tables/analysis.csv", "/portfolio/tables/transitions.csv"} <= seen
    assert {f"/agencies/{agency.slug}/forecast/", f"/agencies/{agency.slug}/peers/"} <= seen
    assert not [path for path in seen if "what-if" in path]
    for address, body in found.items():
        text = words_of(body)
        said = NAMES.sub("", text)
        assert not re.search(r".{0,60}\bstages?\b.{0,60}", said, re.IGNORECASE), address
        scores = re.findall(r"\b(\d+\.\d\d)\b(?!%)", text)
        assert not [score for score in scores if float(score) > MOST], address


def test_every_report_of_an_index_says_bands(shared_data: Path, tmp_path: Path):
    index = load_ranking(shared_data, tmp_path)
    reader = make_user("officer", Role.OFFICER, program=index.program)
    scope = Scope.objects.get(program=index.program)
    measure = measures_in_use(scope)[0]
    of_scope = {"scope": scope}
    of_agency = {"agency": Agency.objects.get(identifier="schleswig-holstein"), "details": True}
    for kind, about in (
        (Report.Kind.ONE_PAGE, of_scope),
        (Report.Kind.TALKING_POINTS, of_scope),
        (Report.Kind.FULL, of_scope),
        (Report.Kind.AGENCY, of_agency),
    ):
        report = Report(
            kind=kind, model=measure.model, method=measure.method, on="2024-08-31", year_starts_in=1,
            requested_by=reader, **about,
        )  # fmt: skip
        report.on = Report._meta.get_field("on").to_python(report.on)
        content, talking = read_content(report, NOW), kind == Report.Kind.TALKING_POINTS
        said = str(paper_of(content, talking=talking))
        assert "Aug 2024" in said
        texts = [
            text_of_slides(write_paper(content, "pptx", talking=talking)),
            text_of_sheets(write_paper(content, "xlsx", talking=talking)),
        ]
        assert write_paper(content, "pdf", talking=talking).startswith(b"%PDF")
        for text in texts:
            assert not re.search(r".{0,60}\bstages?\b.{0,60}", NAMES.sub("", text), re.IGNORECASE), kind
            assert "fifth" in text


def text_of_slides(written: bytes) -> str:
    """All that stands in the shapes and tables of slides."""
    found = []
    for slide in Presentation(BytesIO(written)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
            if shape.has_chart:
                chart = shape.chart
                found += [series.name for series in chart.plots[0].series]
    return " | ".join(found)


def text_of_sheets(written: bytes) -> str:
    """All cells of a workbook."""
    book = load_workbook(BytesIO(written))
    cells = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row)
    return " | ".join([*book.sheetnames, *(str(value) for value in cells if value is not None)])
