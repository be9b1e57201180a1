"""Two published indexes, loaded from their files as a program would bring them in."""

import csv
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import yaml
from django.core.management import call_command

from maturity.models import Item
from maturity.pack import PACKS
from portal.access.rules import Role
from portal.agencies.models import Program
from tests.dashboards.factories import refresh_all
from tests.factories import make_program, make_user

BAROMETER, RANKING = "open-data-barometer", "open-data-ranking-germany"
YEARS = ("2013", "2014")
EDITIONS = {"2024-05": "2024-05-22", "2024-08": "2024-08-29"}
PARTS = ("Readiness", "Implementation", "Impact")
COLUMNS = "name=name,identifier=identifier"


@dataclass(frozen=True)
class Index:
    """A program that tracks an index, with its file rows: by edition and identifier, or state."""

    program: Program
    editions: dict[str, dict[str, dict]]


def run(command: str, *arguments: str) -> str:
    """What a command says."""
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def load_barometer(shared_data: Path, folder: Path) -> Index:
    """Open Data Barometer, 2013 and 2014: scores of domains, countries by ISO code."""
    editions = {}
    for year in YEARS:
        text = (shared_data / "odb" / f"ODB-{year}-Rankings.csv").read_text(encoding="utf-8-sig")
        # R wrote Namibia's "NA" as nothing.
        editions[year] = {row["ISO2"] or "NA": row for row in csv.DictReader(StringIO(text))}
    program = make_program("Barometer", year_starts_in=1)
    countries = [(row["Country"], code) for code, row in editions["2014"].items()]
    scores = [
        (code, f"{BAROMETER}@1", year, domain, row[column])
        for year, rows in editions.items()
        for code, row in rows.items()
        for domain, column in [("overall", "ODB-Scaled"), *((p.lower(), f"{p}-Scaled") for p in PARTS)]
    ]
    _load(program, BAROMETER, countries, "agency,model,period,domain,score", scores, folder)
    return Index(program, editions)


def load_ranking(shared_data: Path, folder: Path) -> Index:
    """Open Data Ranking of German governments, May and August 2024: points by criterion."""
    editions = {month: _states(shared_data / "de-opendataranking" / day) for month, day in EDITIONS.items()}
    program = make_program("Ranking", year_starts_in=1)
    run("import_model", str(PACKS / "examples" / RANKING))
    slugs = {item.sources[0]["ref"].removeprefix("ODR "): item.slug for item in Item.objects.all()}
    slugs["Rechtsrahmen"] = slugs["Gesetzeslage"]  # so called once, in the federal government's file of May
    places = [(state["name"], key) for key, state in editions["2024-05"].items()]
    points = [
        (key, f"{RANKING}@1", month, slugs[criterion["title"]], str(criterion["points"]))
        for month, states in editions.items()
        for key, state in states.items()
        for criterion in state["criteria"]
    ]
    _load(program, RANKING, places, "agency,model,period,item,points", points, folder)
    return Index(program, editions)


def _states(folder: Path) -> dict[str, dict]:
    found = {}
    for path in sorted((folder / "states").glob("*.md")):
        front = re.split(r"^---\s*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
        found[path.stem] = yaml.safe_load(front)
    return found


def _load(
    program: Program, model: str, places: list, header: str, rows: list[tuple[str, ...]], folder: Path
) -> None:
    make_user("loader", Role.ADMINISTRATOR)
    run("import_model", str(PACKS / "examples" / model))
    listed = _file(folder / "places.csv", "name,identifier", places)
    since = ("--program", program.slug, "--members-from", "2013-01-01")
    run("import_agencies", listed, "--columns", COLUMNS, *since)
    file = _file(folder / "scores.csv", header, rows)
    run("import_assessments", file, "--as", "loader", "--program", program.slug)
    refresh_all()


def _file(path: Path, header: str, rows: list) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header.split(","), *rows])
    return str(path)
