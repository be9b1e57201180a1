"""Two published indexes brought in and read off the pages: years of countries, months of governments."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from dashboards.models import Standing
from maturity.models import Item
from maturity.pack import PACKS
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from tests.dashboards.factories import refresh_all
from tests.factories import make_program, make_user

pytestmark = [pytest.mark.data, pytest.mark.django_db]
GERMAN_EDITIONS = {"2024-05": "2024-05-22", "2024-08": "2024-08-29"}
COLUMNS = "name=name,identifier=identifier"
PARTS = ("Readiness", "Implementation", "Impact")


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def as_file(path: Path, header: str, rows: list[tuple[str, ...]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header.split(","), *rows])
    return str(path)


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def row_of(page: str, name: str) -> list[str]:
    """The cells of an agency's row in the table of agencies."""
    table = page[page.index("dash-agencies") :]
    for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL):
        cells = [text_of(cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row, re.DOTALL)]
        if cells and cells[0] == name:
            return cells
    raise AssertionError(f"no row of {name}")


def reader_of(program: Program) -> Client:
    make_user("loader", Role.ADMINISTRATOR)
    client = Client()
    client.force_login(make_user("reader", Role.VIEWER, program=program))
    return client


# --- Open Data Barometer: two yearly editions, scores of domains ------------------------------------


def odb_rows(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    """By year and ISO code, the row of the file of that edition. R wrote Namibia's "NA" as nothing."""
    found = {}
    for year in ("2013", "2014"):
        text = (folder / f"ODB-{year}-Rankings.csv").read_text(encoding="utf-8-sig")
        found[year] = {row["ISO2"] or "NA": row for row in csv.DictReader(StringIO(text))}
    return found


@pytest.fixture
def barometer(shared_data: Path, tmp_path: Path) -> tuple[Client, Program, dict]:
    """Both editions loaded: the countries under the names of the second, matched by ISO code."""
    editions = odb_rows(shared_data / "odb")
    program = make_program("Barometer", year_starts_in=1)
    client = reader_of(program)
    countries = [(row["Country"], code) for code, row in editions["2014"].items()]
    run("import_model", str(PACKS / "examples" / "open-data-barometer"))
    listed = as_file(tmp_path / "countries.csv", "name,identifier", countries)
    run(
        "import_agencies",
        listed,
        "--columns",
        COLUMNS,
        "--program",
        program.slug,
        "--members-from",
        "2013-01-01",
    )
    scores = [
        (code, "open-data-barometer@1", year, domain, row[column])
        for year, rows in editions.items()
        for code, row in rows.items()
        for domain, column in [("overall", "ODB-Scaled"), *((p.lower(), f"{p}-Scaled") for p in PARTS)]
    ]
    file = as_file(tmp_path / "scores.csv", "agency,model,period,domain,score", scores)
    load = ("import_assessments", file, "--as", "loader", "--program", program.slug)
    assert "163 created" in run(*load)
    assert "163 unchanged" in run(*load)  # again changes nothing
    refresh_all()
    return client, program, editions


def test_the_movements_of_the_barometer_are_those_that_its_authors_published(barometer):
    client, program, editions = barometer
    rows = {}
    address = f"/?scope=program:{program.slug}"
    for page in (1, 2, 3, 4):
        html = client.get(f"{address}&page={page}").content.decode()
        assert "2014" in html
        names = re.findall(r"<th scope=\"row\"><a[^>]*><bdi>(.*?)</bdi>", html[html.index("dash-agencies") :])
        rows |= {name: row_of(html, name) for name in names}
        if len(rows) == 86:
            break
    assert len(rows) == 86
    with_change = 0
    for row in editions["2014"].values():
        _, _, _, score, change, *_ = rows[row["Country"]]
        assert float(score) == float(row["ODB-Scaled"])
        if row["ODB Change"]:
            with_change += 1
            assert float(change.replace("−", "-")) == pytest.approx(float(row["ODB Change"]), abs=0.005)
    assert with_change > 60
    # New in 2014: no change, and not one from 0. The file has no change for them either.
    new = editions["2014"].keys() - editions["2013"].keys()
    assert {rows[editions["2014"][code]["Country"]][4] for code in new} == {"–"}
    assert len(new) == 9


def test_countries_match_by_code_though_their_names_differ(barometer):
    client, _, editions = barometer
    assert editions["2013"]["AE"]["Country"] != editions["2014"]["AE"]["Country"]
    emirates = Agency.objects.get(identifier="AE")
    page = text_of(client.get(f"/agencies/{emirates.slug}/").content.decode())
    assert emirates.name == "UAE"
    assert "24.86 of 100" in page
    assert "+0.27 since 2013" in page
    assert "24.59" in page
    found = client.get(f"/api/v1/standings/?agency={emirates.slug}&on=2014-12-31").json()["results"]
    assert [(one["score"], one["maximum"], one["unit"]) for one in found] == [(24.86, 100, "")]
    assert not Agency.objects.filter(name="United Arab Emirates").exists()


def test_a_country_without_an_edition_before_shows_no_change(barometer):
    client, *_ = barometer
    ukraine = Agency.objects.get(identifier="UA")
    assert not Standing.objects.filter(agency=ukraine, from_on__lt="2014-12-31").exists()
    page = text_of(client.get(f"/agencies/{ukraine.slug}/").content.decode())
    assert "The first assessment" in page
    assert " since 2013" not in page


def test_the_trend_compares_those_with_both_editions(barometer):
    client, program, editions = barometer
    page = text_of(client.get(f"/?scope=program:{program.slug}").content.decode())
    assert "Of the 77 with a score both times" in page
    assert "Score of 100" in page
    trend = client.get(f"/api/v1/trends/?scope=program:{program.slug}&granularity=year").json()["results"]
    years = {row["period"]: row for row in trend}
    assert (years["2013"]["reported"], years["2014"]["reported"]) == (77, 86)
    scores = sorted(float(row["ODB-Scaled"]) for row in editions["2013"].values())
    assert years["2013"]["median"] == scores[38]


# --- Open Data Ranking: two editions of seventeen governments, points by criterion ------------------


def states_of(folder: Path) -> dict[str, dict]:
    """By the name of its file, what the ranking says of a government."""
    found = {}
    for path in sorted((folder / "states").glob("*.md")):
        front = re.split(r"^---\s*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
        found[path.stem] = yaml.safe_load(front)
    return found


@pytest.fixture
def ranking(shared_data: Path, tmp_path: Path) -> tuple[Client, Program, dict]:
    """Both editions loaded, criterion by criterion."""
    folder = shared_data / "de-opendataranking"
    editions = {month: states_of(folder / day) for month, day in GERMAN_EDITIONS.items()}
    program = make_program("Ranking", year_starts_in=1)
    client = reader_of(program)
    run("import_model", str(PACKS / "examples" / "open-data-ranking-germany"))
    places = [(state["name"], key) for key, state in editions["2024-05"].items()]
    listed = as_file(tmp_path / "states.csv", "name,identifier", places)
    run(
        "import_agencies",
        listed,
        "--columns",
        COLUMNS,
        "--program",
        program.slug,
        "--members-from",
        "2024-01-01",
    )
    slugs = {item.sources[0]["ref"].removeprefix("ODR "): item.slug for item in Item.objects.all()}
    slugs["Rechtsrahmen"] = slugs["Gesetzeslage"]  # so called once, in the federal government's file of May
    points = [
        (key, "open-data-ranking-germany@1", month, slugs[criterion["title"]], str(criterion["points"]))
        for month, states in editions.items()
        for key, state in states.items()
        for criterion in state["criteria"]
    ]
    file = as_file(tmp_path / "points.csv", "agency,model,period,item,points", points)
    load = ("import_assessments", file, "--as", "loader", "--program", program.slug)
    assert "34 created" in run(*load)
    assert "34 unchanged" in run(*load)
    refresh_all()
    return client, program, editions


def test_the_criteria_and_points_of_the_pack_are_those_of_the_ranking(shared_data: Path, ranking):
    criteria = yaml.safe_load((shared_data / "de-opendataranking/2024-08-29/criteria.yml").read_text())
    of_ranking = {entry["title"]: entry["maxPoints"] for entry in criteria}
    assert {i.sources[0]["ref"].removeprefix("ODR "): i.points for i in Item.objects.all()} == of_ranking
    assert sum(of_ranking.values()) == 100


def test_the_movements_of_the_ranking_are_read_off_the_pages(ranking):
    client, program, editions = ranking
    page = client.get(f"/?scope=program:{program.slug}").content.decode()
    assert "Aug 2024" in page
    for key, state in editions["2024-08"].items():
        now = sum(criterion["points"] for criterion in state["criteria"])
        then = sum(criterion["points"] for criterion in editions["2024-05"][key]["criteria"])
        _, bands, _, score, change, *_ = row_of(page, editions["2024-05"][key]["name"])
        assert float(score) == now
        assert float(change.replace("−", "-")) == now - then
        assert bands == f"{1 + now // 20} of 5"
    assert row_of(page, "Schleswig-Holstein")[3:5] == ["51.00", "+3.00"]
    assert row_of(page, "Thüringen")[3:5] == ["18.00", "−4.00"]


@pytest.mark.parametrize(
    ("identifier", "then", "now", "change"),
    [("schleswig-holstein", 48, 51, "+3.00"), ("thueringen", 22, 18, "−4.00")],
)
def test_the_page_of_a_government_shows_both_editions(ranking, identifier, then, now, change):
    client, *_ = ranking
    agency = Agency.objects.get(identifier=identifier)
    page = text_of(client.get(f"/agencies/{agency.slug}/").content.decode())
    assert f"{now}.00 of 100" in page
    assert "score, in points" in page
    assert f"{change} since May 2024" in page
    for on, score in (("2024-05-31", then), ("2024-08-31", now)):
        found = client.get(f"/api/v1/standings/?agency={agency.slug}&on={on}").json()["results"]
        assert [(one["score"], one["unit"], one["maximum"]) for one in found] == [(score, "points", 100)]
