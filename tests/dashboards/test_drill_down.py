"""Every count on the pages of a scope that leads anywhere leads to as many agencies, read with the same
knowledge; for those who may see item levels, on to the answers."""

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Result
from dashboards.services_papers import one_page_html
from maturity.models import ModelVersion
from portal.access.rules import Role
from portal.agencies.models import AdoptionDecision
from portal.agencies.services import mark_stale
from tests.dashboards.factories import describe, make_result, month, refresh_all
from tests.dashboards.test_publications import correct, make_round, publish
from tests.dashboards.test_scope_pages import version  # noqa: F401 - a fixture
from tests.factories import NOW, make_agency
from tests.world import World

PAGES = {
    "overview": "/",
    "one page": "/one-page/",
    "transitions": "/portfolio/transitions/",
    "stage times": "/portfolio/stage-times/",
    "domains": "/portfolio/domains/",
    "a domain": "/portfolio/domains/people/",
    "challenges": "/portfolio/challenges/",
    "quality": "/portfolio/quality/",
    "analysis": "/portfolio/analysis/",
}
LISTS = re.compile(r"/portfolio/agencies/|/portfolio/domains/[-\w]+/|/$|/portfolio/quality/")
KNOWLEDGE = {"published": {}, "latest": {"numbers": "latest"}, "known": {"known_on": "2026-11-05"}}
# By name: the quarter before and this one, each score, levels, percent of the domain, shares and basis.
REPORTS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]] = {
    "Grid Office": (
        {"score": 1.5, "levels": "30310"},
        {"score": 2.5, "levels": "30310", "answered": 400_000},
    ),
    "Mines Office": (
        {"score": 2.2, "levels": "33333"},
        {"score": 2.1, "levels": "33x33", "evidenced": 950_000},
    ),
    "Harbor": ({"score": 2.5, "levels": "31320"}, None),  # carried
    "Ferry": ({"score": 0.5, "levels": "00000"}, {"score": 0.5, "levels": "0100-", "limited_basis": True}),
    "Forts": ({"score": 1.2, "levels": "11111"}, None),  # decides not to adopt
    "Roads": ({"score": 3.5, "levels": "33330"}, {"score": 2.4, "levels": "2023-", "answered": 800_000}),
    "Lakes": (None, {"score": 4.2, "levels": "33330", "unconfirmed_items": 1, "unconfirmed": 200_000}),
    "Silent": (None, None),
}


def moment(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time().replace(hour=12), timezone.get_current_timezone())


@pytest.fixture
def grown(world: World, version: ModelVersion) -> World:  # noqa: F811
    """Two published quarters of a program of nine, an amendment of either since, the earlier one published
    again; agencies of every state, on a limited basis, with and without a target."""
    agencies = {"Grid Office": world.grid, "Mines Office": world.mines}
    for name in REPORTS.keys() - agencies.keys():
        agencies[name] = make_agency(name)
        world.program.memberships.create(agency=agencies[name], from_on="2020-01-01")
    describe(world.grid, target_stage=2)
    describe(world.mines, target_stage=4)
    mark_stale(agencies=list(agencies.values()), reason="joined", at=NOW)
    rounds, made = {}, {}
    for place, (period, day) in enumerate((("FY26 Q3", date(2026, 7, 20)), ("FY26 Q4", date(2026, 10, 10)))):
        for number, name in enumerate(sorted(REPORTS)):
            if (told := REPORTS[name][place]) is not None:
                percent = {"people": {"percent": number * 124_500, "stages_completed": 0}}
                given = {"domains": percent, "evidenced": 100_000 * number, **told}
                made[name, place] = make_result(agencies[name], period, approved_at=moment(day), **given)
        if place:
            AdoptionDecision.objects.create(
                agency=agencies["Forts"], reason="Bought.", from_on="2026-08-01", review_on="2028-01-01"
            )
            mark_stale(agencies=[agencies["Forts"]], reason="decided", at=NOW)
        refresh_all()
        rounds[place] = make_round(world.program, period)
        publish(rounds[place], world)
    for (name, place), score in {("Grid Office", 0): 0.5, ("Mines Office", 1): 4.4}.items():
        make_result(
            agencies[name],
            ("FY26 Q3", "FY26 Q4")[place],
            score,
            amends=made[name, place],
            approved_at=moment(date(2026, 11, 10)),
            levels="33333",
            answered=100_000,
        )
    refresh_all()
    correct(rounds[0], world)
    return world


@dataclass
class Found(HTMLParser):
    """The links of a page with their texts, and the figures of its charts."""

    links: list[tuple[str, str, str]] = field(default_factory=list)  # address, text, class of its cell
    figures: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._href, self._text, self._cell, self._json = "", "", "", False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self._href, self._text = given["href"], ""
        if tag in {"td", "th", "li"}:
            self._cell = given.get("class") or ""
        self._json = tag == "script" and given.get("type") == "application/json"

    def handle_data(self, data: str) -> None:
        self._text += data
        if self._json:
            self.figures.append(json.loads(data))

    def handle_endtag(self, tag: str) -> None:
        self._json = False
        if tag == "a" and self._href:
            self.links.append((self._href, self._text.strip(), self._cell))
            self._href = ""


def read(response: Any) -> Found:
    assert response.status_code == 200
    found = Found()
    found.feed(response.content.decode())
    return found


def counts_that_lead(address: str, found: Found) -> list[tuple[str, int]]:
    """Where each count of a page leads, with what it says: links that begin with a number, and bars."""
    said = []
    for href, text, cell in found.links:
        to, number = urljoin(address, href).partition("#")[0], re.match(r"([\d,]+)", text)
        if (
            number
            and LISTS.fullmatch(urlsplit(to).path)
            and "dash-heat__cell" not in cell
            and "page=" not in to
        ):
            said.append((to, int(number[1].replace(",", ""))))
    for trace in [trace for figure in found.figures for trace in figure.get("data", ())]:
        if trace.get("type") == "bar" and "customdata" in trace:
            ends = trace["x"] if trace.get("orientation") == "h" else trace["y"]
            pairs = zip(trace["customdata"], ends, strict=True)
            said += [(to.partition("#")[0], n) for to, n in pairs if n and to]
    return said


def listed(client: Client, address: str) -> int:
    response = client.get(address)
    assert response.status_code == 200, address
    return int(response.context["page"].paginator.count)


LOOKS = [("officer", "2026-09", kind) for kind in KNOWLEDGE]
LOOKS += [("officer", "2026-06", "published"), ("viewer", "2026-09", "published")]


def test_every_count_leads_to_as_many_agencies(grown: World):
    for persona, at, knowledge in LOOKS:
        client, known, wrong, seen = grown.client(persona), {}, [], {}
        for name, path in PAGES.items():
            response = client.get(path, {"at": str(month(at)), **KNOWLEDGE[knowledge]})
            said = counts_that_lead(response.request["PATH_INFO"], read(response))
            seen[name] = len(said)
            for address, n in said:
                if address not in known:
                    known[address] = listed(client, address)
                if known[address] != n:
                    wrong.append((name, address, n, known[address]))
        assert not wrong, (persona, at, knowledge)
        assert all(n for name, n in seen.items() if name not in {"stage times", "challenges"}), seen
        assert bool(seen["challenges"]) is (persona == "officer")


def page(client: Client, path: str, **query: Any) -> Any:
    response = client.get(path, {"at": str(month("2026-09")), **query})
    assert response.status_code == 200
    return response


def follow(client: Client, response: Any, text: str) -> Any:
    """The page behind the link whose text begins so."""
    href = next(href for href, words, _ in read(response).links if words.startswith(text))
    found = client.get(href)
    assert found.status_code == 200
    return found


def test_who_may_see_answers_is_led_to_the_answer_behind_an_item(grown: World, queries_of):
    client = grown.client("officer")
    asked = {"item": "skills", "level": "open"}
    found = page(client, "/portfolio/agencies/", **asked)
    levels = {row.name: row.level for row in found.context["rows"]}
    assert levels["Grid Office"] == "not started"
    grid = Result.objects.get(agency=grown.grid, period_label="FY26 Q4")
    answer = follow(client, found, levels["Grid Office"].capitalize())
    assert answer.request["PATH_INFO"].endswith("/items/skills/")
    assert f"/assessments/{grid.assessment_id}/items/skills/" in found.content.decode()
    rows = list(csv.reader(StringIO(exported(client, **asked))))
    head = next(row for row in rows if "Slug" in row)
    told = {row[0]: row[head.index("Level")] for row in rows if len(row) == len(head)}
    assert {name: told[name] for name in levels} == levels
    before = queries_of(lambda: page(client, "/portfolio/agencies/", **asked))
    for number in range(4):
        agency = make_agency(f"Office {number}")
        grown.program.memberships.create(agency=agency, from_on="2020-01-01")
        make_result(agency, "FY26 Q4", 0.5, levels="00000")
    refresh_all()
    latest = {"numbers": "latest", **asked}
    assert len(page(client, "/portfolio/agencies/", **latest).context["rows"]) > len(levels)
    assert queries_of(lambda: page(client, "/portfolio/agencies/", **latest)) <= before


def exported(client: Client, **query: Any) -> str:
    return page(client, "/portfolio/tables/agencies.csv", **query).content.decode("utf-8-sig")


def test_nobody_else_is_led_to_an_answer(grown: World):
    viewer = grown.client("viewer")
    for asked in ({"item": "skills"}, {"missing": "any"}, {"missing": "vault"}):
        for path in ("/portfolio/agencies/", "/portfolio/tables/agencies.csv"):
            assert viewer.get(path, {"at": str(month("2026-09")), **asked}).status_code == 403
    for path in PAGES.values():
        html = page(viewer, path).content.decode()
        assert not [words for words in ("item=", "missing=") if words in html]
    assert "/assessments/" not in page(viewer, "/portfolio/agencies/").content.decode().partition("<main")[2]
    grown.viewer.memberships.create(role=Role.REVIEWER, agency=grown.grid, from_on="2020-01-01")
    viewer = grown.client("viewer")
    (row,) = page(viewer, "/portfolio/agencies/", item="skills", level="open").context["rows"]
    assert (row.name, row.level) == ("Grid Office", "not started")
    assert exported(viewer, item="skills", level="open").count("FY26 Q4,") == 1


def test_an_answer_by_an_earlier_version_is_found_among_all_answers(grown: World):
    grid = Result.objects.get(agency=grown.grid, period_label="FY26 Q4", method="staged-1@1")
    earlier = ModelVersion.objects.create(
        model=grid.model, version="0", content_hash="0", text_hash="0", method="staged", share="4/5",
        floor="1/2", stage_count=5, published_at=NOW,
    )  # fmt: skip
    grid.assessment.version = earlier
    grid.assessment.save(update_fields=["version"])
    found = page(grown.client("officer"), "/portfolio/agencies/", item="skills")
    (row,) = [row for row in found.context["rows"] if row.name == "Grid Office"]
    assert row.answer_url == f"/assessments/{grid.assessment_id}/"


def test_a_cell_of_the_heat_map_leads_to_those_who_are_as_far(grown: World):
    client = grown.client("viewer")
    cells = [link for link in read(page(client, "/")).links if "dash-heat__cell" in link[2]]
    assert len(cells) == 6
    for href, percent, _ in cells:
        rows = client.get(href.partition("#")[0]).context["rows"]
        assert int(percent) in {(row.percent + 5_000) // 10_000 for row in rows}


def test_the_median_leads_to_the_agencies_by_score(grown: World):
    client = grown.client("viewer")
    (line,) = [
        trace for trace in page(client, "/").context["score_chart"].figure["data"] if "customdata" in trace
    ]
    rows = client.get(line["customdata"][-1]).context["rows"]
    scores = [row.score for row in rows]
    assert scores == sorted(scores)
    assert line["y"][-1] == (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2_000_000


def test_agencies_picked_by_their_profile_are_listed_behind_their_numbers(grown: World):
    client = grown.client("officer")
    picked = {"scope": f"program:{grown.program.slug}", "target_stage": "2..4"}
    response = page(client, "/", **picked)
    said = [(to, n) for to, n in counts_that_lead("/", read(response)) if "/portfolio/agencies/" in to]
    assert said
    assert all("target_stage=" in to and listed(client, to) == n for to, n in said)
    found = page(client, "/portfolio/agencies/", **picked)
    assert [row.name for row in found.context["rows"]] == ["Grid Office", "Mines Office"]
    text = exported(client, **picked)
    assert ("Grid Office" in text, "Roads" in text) == (True, False)
    moved = page(client, "/portfolio/agencies/", **picked, since="2026-06-30", move="risen")
    assert {row.name for row in moved.context["rows"]} <= {"Grid Office", "Mines Office"}
    assert client.get("/portfolio/agencies/", {"target_stage": "many"}).status_code == 422
    assert client.get("/portfolio/tables/agencies.csv", {"target_stage": "many"}).status_code == 422


def test_the_one_page_leads_on_the_screen_and_not_in_a_file(grown: World):
    client = grown.client("officer")
    response = page(client, "/one-page/", numbers="latest")
    paper = response.content.decode().partition('<article class="paper')[2].partition("</article>")[0]
    wanted = (
        "target=reached",
        "stages=3",
        "missing=any",
        "item=skills",
        "move=risen",
        f"/{grown.grid.slug}/",
    )
    assert [words for words in wanted if words not in paper] == []
    assert "<a " not in one_page_html(response.context["page"], "", 165)
