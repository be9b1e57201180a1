"""Every file says what it is, and every number, chart and table has an identifier, or a reason why not."""

import csv
import re
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest

from dashboards.views.tables import TABLES
from portal.agencies.models import Agency
from portal.audit.models import AuditEntry
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
    marking = "PROVISIONAL" if numbers == "latest" else "PUBLISHED revision 1 of Containers First FY26 Q4"
    assert head[1] == f"{marking}. 3 of 3 agencies reported"
    (figure,) = [line.removeprefix("Figure: ") for line in head if line.startswith("Figure: ")]
    assert held(published, figure).published == (numbers == "published")


def lines_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("table", ["history", "scores", "stages", "domains"])
def test_the_tables_of_an_agency_are_files_in_the_audit(published: World, table: str):
    path = f"/agencies/{published.grid.slug}/tables/{table}.csv"
    answer = published.client("viewer").get(path, {"at": "2026-09-30"})
    head = head_of(answer.content)
    assert "Grid Office" in head[0]
    assert head[1].endswith("Reported")
    assert len(lines_of(answer)) >= len(head) + 2
    assert AuditEntry.objects.filter(action=f"agency {table}.exported").count() == 1
    assert published.client("outsider").get(path).status_code == 404
    assert published.client("viewer").get(path.replace(table, "nonsense")).status_code == 404


def test_the_list_of_agencies_says_how_many_reported_and_is_a_file(answered: World):  # noqa: F811
    Agency.objects.filter(pk=answered.grid.pk).update(name="=1+1")
    client = answered.client("administrator")
    page = client.get("/agencies/", {"at": "2026-09-30"})
    assert "4 of 5 agencies reported" in page.content.decode()
    rows = lines_of(client.get("/agencies.csv", {"at": "2026-09-30"}))
    assert rows[1] == ["PROVISIONAL. 4 of 5 agencies reported"]
    assert held(answered, page.context["figure"]).n == 5
    assert rows[2] == [f"Figure: {page.context['figure']}"]
    assert any(row[:1] == ["'=1+1"] for row in rows)
    assert AuditEntry.objects.filter(action="agencies.exported").count() == 1


def test_of_some_agencies_only_those_are_counted_and_nothing_identifies_them(answered: World):  # noqa: F811
    rows = lines_of(answered.client("viewer").get("/agencies.csv", {"at": "2026-09-30"}))
    assert rows[1] == ["PROVISIONAL. 3 of 3 agencies reported"]
    assert not any(row and row[0].startswith("Figure") for row in rows)
    assert "Trails Office" not in str(rows)


@pytest.mark.parametrize("persona", ["viewer", "administrator"])
def test_the_data_of_leaders_charts_has_no_mean(answered: World, persona: str):  # noqa: F811
    context = answered.client(persona).get("/", asked(answered)).context
    assert "Mean" not in context["score_chart"].columns
    page = answered.client(persona).get("/portfolio/analysis/", asked(answered))
    assert "Mean" in page.content.decode()


def test_who_may_not_see_answers_gets_no_count_of_few_in_a_file(answered: World):  # noqa: F811
    for table in ("must-haves", "open-items"):
        answer = answered.client("viewer").get(f"/portfolio/tables/{table}.csv", asked(answered))
        rows = lines_of(answer)
        assert not any("Vault" in cell for row in rows for cell in row)


def test_the_one_pages_tables_and_numbers_have_identifiers(published: World):
    client = published.client("administrator")
    page = client.get("/one-page/", asked(published, at="2026-09-30"))
    found = [figure for _, figure in page.context["figures"]]
    found += [figure for _, _, figure in page.context["tables"] if figure]
    assert {"target", "containers", "savings", "must_haves", "evidence", "stages"} <= {
        figure.rpartition("~")[2] for figure in found
    }
    for figure in found:
        if not figure.endswith("~challenges"):  # of three agencies it is told to nobody
            assert held(published, figure).published
    numbers = client.get("/one-page/tables/numbers.csv", asked(published, at="2026-09-30"))
    assert any(line.endswith("~target") for line in head_of(numbers.content))
    talking = client.get("/one-page/tables/talking-points.csv", asked(published, at="2026-09-30"))
    assert head_of(talking.content)[1].startswith("PUBLISHED revision 1")


def test_the_api_says_how_many_reported_and_its_identifier(answered: World):  # noqa: F811
    client, of = answered.client("administrator"), {"scope": f"program:{answered.program.slug}"}
    for path, query in (("transitions", {"to": "2026-09-30"}), ("open-items", {"on": "2026-09-30"})):
        found = client.get(f"/api/v1/{path}/", of | query).json()
        assert (found["reported"], found["counted"], found["provisional"]) == (3, 3, True)
        assert client.get(f"/api/v1/figures/{quote(found['figure'])}/").status_code == 200
