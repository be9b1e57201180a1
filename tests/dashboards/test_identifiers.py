"""Every file says what it is, and every number, chart and table has an identifier, or a reason why not."""

import csv
import re
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest

from dashboards.views.tables import TABLES
from tests.dashboards.factories import refresh_all
from tests.dashboards.test_publications import make_round, publish
from tests.dashboards.test_scope_pages import answered, version  # noqa: F401 - fixtures
from tests.dashboards.test_time_machine import HONOURS, SAYS_NOT, address, asked
from tests.world import World

# Pages whose numbers have no identifier, and why (docs/published-figures.md).
OF_NO_PAGE = {
    "what-if": "of practices that somebody chose, which nobody keeps",
    "agency-what-if": "the same",
    "compare": "of agencies that somebody put beside each other",
    "overdue-actions": "of what is to be done now: it goes by today",
    "agency-next": "the same",
    "agency-roadmap": "the same",
    "agency-compare": "of two assessments, which each have a page that stays",
    "agency-peers": "of a fixed group that is nobody else's to look up",
}
OF_NO_TABLE = {"overdue-actions": "it goes by today"}
IDENTIFIER = re.compile(r"[a-z]+(?::[-\w]+)?~[-\w]+~[-\w.@]+~\d{4}-\d\d-\d\d~[pdk][-\w]+~[-\w]+")


def shown(world: World, name: str, **query: str) -> Any:
    path = address(world, (HONOURS | SAYS_NOT)[name])
    response = world.client("administrator").get(path, asked(world, at="2026-09-30") | query)
    assert response.status_code == 200
    return response


def head_of(content: bytes) -> list[str]:
    """The lines of a file above its table."""
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    return [row[0] for row in rows[: rows.index([])]]


def held(world: World, identifier: str) -> Any:
    """What an identifier leads to."""
    answer = world.client("administrator").get(f"/figures/{quote(identifier)}/")
    assert answer.status_code == 200, identifier
    return answer.context["reading"]


@pytest.fixture
def published(answered: World) -> World:  # noqa: F811
    """The program's round and the quarter before are published."""
    for period in ("FY26 Q3", "FY26 Q4"):
        publish(make_round(answered.program, period), answered)
    refresh_all()
    return answered


@pytest.mark.parametrize("name", HONOURS | SAYS_NOT)
def test_every_chart_and_page_of_numbers_has_an_identifier_that_leads_to_a_figure(
    answered: World,  # noqa: F811
    name: str,
):
    html = shown(answered, name, numbers="latest").content.decode()
    found = set(IDENTIFIER.findall(html))
    if name in OF_NO_PAGE:
        assert not found
        return
    assert found
    for identifier in found:
        assert held(answered, identifier).words
    for chart in re.findall(r'<figure class="portal-chart".*?</figure>', html, re.DOTALL):
        assert IDENTIFIER.search(chart), chart[:200]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("numbers", ["latest", "published"])
def test_every_table_says_how_far_it_may_be_relied_on_and_its_identifier(
    published: World, table: str, numbers: str
):
    query = asked(published, at="2026-09-30", domain="people", numbers=numbers)
    answer = published.client("administrator").get(f"/portfolio/tables/{table}.csv", query)
    head = head_of(answer.content)
    assert "Containers First, FY26 Q4" in head[0]
    assert any(line.startswith("Exported by administrator on ") for line in head)
    if table in OF_NO_TABLE:
        assert head[1] == "As known today"
        return
    marking = "PROVISIONAL" if numbers == "latest" else "PUBLISHED revision 1 of Containers First, FY26 Q4"
    assert head[1] == f"{marking}. 3 of 3 agencies reported"
    if OF_LATEST & {table} and numbers == "published":
        return
    (figure,) = [line.removeprefix("Figure: ") for line in head if line.startswith("Figure: ")]
    assert held(published, figure).published == (numbers == "published")


OF_LATEST = {"stage-times"}  # they go by the latest results, published or not
