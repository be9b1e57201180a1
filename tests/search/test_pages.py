"""/search/ and /api/v1/search/: what one may see, marked, escaped, in pages."""

import pytest
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import reverse

from portal.agencies.services import create_agency
from portal.search.queries import places_of
from portal.search.rows import Row
from portal.search.services import write_row, write_rows
from tests.factories import NOW, make_agency
from tests.world import World

EVIL = "<img src=x onerror=alert(1)> & pods"


def page(client: Client, **query: object) -> str:
    answer = client.get(reverse("search:search"), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def found(world: World) -> World:
    write_row(kind="library", row=Row("pod", "Pod", "/library/pod/", "The smallest unit that is deployed."))
    write_row(kind="practice", row=Row("evil", EVIL, "/models/", f"About pods: {EVIL}"))
    write_row(kind="agency", row=Row("grid", "Pod Office", "/agencies/grid/", agency_id=world.grid.pk))
    write_row(kind="agency", row=Row("trails", "Pod Bureau", "/agencies/t/", agency_id=world.trails.pk))
    return world


def test_results_with_their_kinds_and_counts(found: World):
    said = page(found.client("viewer"), q="pod")
    assert "3 results" in said
    assert 'All <span class="portal-tabs__count">3<' in said
    assert 'Agencies <span class="portal-tabs__count">1<' in said
    assert "Pod Bureau" not in said
    assert '<a href="/agencies/grid/"><mark>Pod</mark> Office</a>' in said
    assert "Agency · Department of Energy Affairs" in said


def test_an_agency_above_that_one_may_not_see_is_not_named(found: World):
    assert "Department of Energy Affairs" not in page(found.client("lead"), q="pod office")


def test_any_word_is_enough_where_none_has_all_and_the_page_says_so(found: World):
    said = page(found.client("viewer"), q="smallest zebra")
    assert "Nothing has all of these words." in said
    assert "1 result" in said
    assert "Nothing has all" not in page(found.client("viewer"), q="smallest unit")
    assert api(found.client("viewer"), q="smallest zebra").json()["any_word"] is True
    assert api(found.client("viewer"), q="smallest").json()["any_word"] is False


def test_a_hit_says_where_it_stands(found: World):
    write_row(kind="library", row=Row("pods", "Pods", "/library/pods/", "Alike.", place="Challenges"))
    assert "Library · Challenges" in page(found.client("viewer"), q="alike")


def test_text_is_escaped(found: World):
    said = page(found.client("viewer"), q="pods")
    assert "<img src=x" not in said
    assert "&lt;img src=x" in said
    said = page(found.client("viewer"), q=EVIL)
    assert "<img src=x" not in said


def test_one_kind(found: World):
    said = page(found.client("viewer"), q="pod", kind="library")
    assert "1 result in library" in said
    assert "Pod Office" not in said
    assert "3 results" in page(found.client("viewer"), q="pod", kind="no-such-kind")


def test_nothing_found_says_what_to_try_and_where_to_look(found: World):
    said = page(found.client("viewer"), q="zebra")
    assert "Nothing found for “zebra”" in said
    for url in ("/library/", "/models/", "/agencies/"):
        assert f'<a href="{url}">' in said
    assert '<a href="/case-studies/">' not in said.split("Or look around")[1]  # there is none to be found


def test_nothing_in_this_kind_leads_to_the_others(found: World):
    said = page(found.client("viewer"), q="smallest", kind="practice")
    assert "Nothing found for “smallest” in practices" in said
    assert '<a href="?q=smallest">look in all of them</a>' in said


def test_nothing_asked_for(found: World):
    assert "What are you looking for?" in page(found.client("viewer"))


@pytest.mark.parametrize("number", ["2", "999999", "-1", "x", "²", "9" * 50])
def test_pages_are_bounded(found: World, number: str):
    write_rows(kind="library", rows=[Row(f"row-{n}", f"Alike {n:04}", "/") for n in range(45)])
    said = page(found.client("viewer"), q="alike", page=number)
    assert 'aria-current="page"' in said
    assert "of 3" in said


def test_every_page_has_the_search_box(found: World):
    said = found.client("viewer").get(reverse("agencies:program-list")).content.decode()
    assert '<label class="usa-sr-only" for="portal-search">' in said
    assert 'action="/search/"' in said
    assert 'id="portal-search"' not in Client().get(reverse("account_login")).content.decode()


def test_only_reading(found: World):
    assert found.client("viewer").post(reverse("search:search"), {"q": "pod"}).status_code == 405


def test_the_number_of_queries_does_not_grow_with_what_is_found(found: World, queries_of):
    client = found.client("administrator")
    few = queries_of(lambda: page(client, q="pod"))
    for n in range(15):
        agency = make_agency(f"Pod {n}", found.grid)
        write_row(kind="agency", row=Row(f"a-{n}", f"Pod {n}", "/", agency_id=agency.pk))
    assert queries_of(lambda: page(client, q="pod")) == few


def api(client: Client, **query: object):
    return client.get("/api/v1/search/", query)


def test_the_api_tells_the_same(found: World):
    said = api(found.client("viewer"), q="pod").json()
    assert (said["total"], said["counts"]) == (3, {"library": 1, "practice": 1, "agency": 1})
    assert said["results"][0] == {
        "kind": "library",
        "key": "pod",
        "title": "Pod",
        "snippet": "The smallest unit that is deployed.",
        "marks": [],
        "url": "http://testserver/library/pod/",
    }
    (row,) = api(found.client("viewer"), q="smallest", kind="library").json()["results"]
    assert [row["snippet"][start:end] for start, end in row["marks"]] == ["smallest"]


def test_the_api_gives_pages_by_cursor(found: World):
    write_rows(kind="library", rows=[Row(f"row-{n}", f"Alike {n:04}", "/") for n in range(25)])
    client, keys = found.client("viewer"), []
    said = {"next": "/api/v1/search/?q=alike&page_size=10"}
    while address := said["next"]:
        said = client.get(address).json()
        keys += [row["key"] for row in said["results"]]
    assert len(set(keys)) == len(keys) == 25
    assert said["previous"]


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ({"kind": "thing"}, 400, "kind"),
        ({"q": "x" * 201}, 400, "q"),
        ({"page_size": "0"}, 400, "page_size"),
        ({"page_size": "101"}, 400, "page_size"),
        ({"cursor": "nonsense"}, 404, "cursor"),
        ({"cursor": "cD05OQ=="}, 404, "cursor"),  # page 99
        ({"cursor": "é"}, 404, "cursor"),
    ],
)
def test_the_api_refuses_what_it_cannot_understand(found: World, query, status: int, named: str):
    answer = api(found.client("viewer"), **{"q": "pod", **query})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert named in answer.content.decode()


def test_the_api_knows_what_has_not_changed(found: World):
    client = found.client("viewer")
    etag = api(client, q="pod")["ETag"]
    assert client.get("/api/v1/search/?q=pod", headers={"If-None-Match": etag}).status_code == 304
    create_agency(fields={"name": "Pod Division"}, parent=None, program=found.program, by=None, at=NOW)
    assert client.get("/api/v1/search/?q=pod", headers={"If-None-Match": etag}).status_code == 200


def test_addresses_hold_below_whatever_prefix_the_portal_runs(found: World):
    with override_script_prefix("/portal/"):
        write_row(kind="library", row=Row("pod", "Pod", "/portal/library/pod/"))
        assert places_of(["pod"])["pod"].url == "/portal/library/pod/"
    assert places_of(["pod"])["pod"].url == "/library/pod/"
