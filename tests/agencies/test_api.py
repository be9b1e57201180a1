"""/api/v1/agencies/ and /api/v1/programs/: read only, what one may know of, filtered, in pages."""

from datetime import date

import pytest
from django.test import Client

from portal.agencies.services import edit_agency
from portal.agencies.services_profile import set_profile_value
from tests.factories import NOW, make_agency, make_program


def get(client: Client, path: str, **query: str):
    return client.get(f"/api/v1/{path}", query)


def slugs(client: Client, **query: str) -> list[str]:
    answer = get(client, "agencies/", **query)
    assert answer.status_code == 200, answer.content
    return [row["slug"] for row in answer.json()["results"]]


def test_an_agency_as_the_api_shows_it(world):
    world.grid.abbreviation, world.grid.identifier = "GO", "G-1"
    world.grid.save()
    set_profile_value(agency=world.grid, field="type", value="other", on=date(2026, 1, 1), by=None, at=NOW)
    row = get(world.client("viewer"), f"agencies/{world.grid.slug}/").json()
    stamps = {row.pop("created_at"), row.pop("updated_at")}
    assert all(stamp.endswith("Z") for stamp in stamps)
    assert row == {
        "slug": world.grid.slug,
        "name": "Grid Office",
        "abbreviation": "GO",
        "identifier": "G-1",
        "parent": world.energy.slug,
        "path": ["Department of Energy Affairs", "Grid Office"],
        "depth": 1,
        "type": "other",
        "website": "",
        "closed_on": None,
        "demonstration": False,
        "notes": "",
        "profile": {"type": "other"},
        "programs": [world.program.slug],
    }


def test_ancestors_that_one_may_not_know_of_stay_unnamed(world):
    (row,) = get(world.client("lead"), "agencies/").json()["results"]
    assert (row["name"], row["parent"], row["path"], row["depth"]) == (
        "Grid Office",
        None,
        ["Grid Office"],
        1,
    )
    assert get(world.client("lead"), f"agencies/{world.energy.slug}/").status_code == 404


def test_filters(world):
    client = world.client("administrator")
    set_profile_value(agency=world.grid, field="type", value="other", on=date(2026, 1, 1), by=None, at=NOW)
    energy, grid, mines, parks, trails = (
        one.slug for one in (world.energy, world.grid, world.mines, world.parks, world.trails)
    )
    assert slugs(client) == [energy, parks, grid, mines, trails]
    assert slugs(client, q="office") == [grid, mines, trails]
    assert slugs(client, program=world.program.slug) == [energy, grid, mines]
    assert slugs(client, parent=parks) == [trails]
    assert slugs(client, within=parks) == [parks, trails]
    assert slugs(client, top_level="true") == [energy, parks]
    assert slugs(client, top_level="false", program=world.program.slug) == [grid, mines]
    assert slugs(client, type="other") == [grid]
    assert slugs(client, depth="0") == [energy, parks]
    assert slugs(client, closed="true") == []
    assert slugs(client, within="nowhere") == []
    assert slugs(client, program="nowhere") == []
    edit_agency(agency=world.mines, fields={"notes": "n"}, by=None, at=NOW.replace(year=2099))
    assert slugs(client, updated_since="2098-01-01T00:00:00Z") == [mines]


def test_a_filter_tells_nothing_of_what_one_may_not_know_of(world):
    hidden = make_program("Hidden", [world.grid])
    world.people["outsider"].memberships.all()
    assert slugs(world.client("outsider")) == [world.trails.slug]
    assert slugs(world.client("outsider"), parent=world.parks.slug) == []
    assert slugs(world.client("outsider"), program=hidden.slug) == []


@pytest.mark.parametrize(
    "query",
    [
        {"depth": "x"},
        {"depth": "-1"},
        {"type": "big"},
        {"updated_since": "soon"},
        {"q": "a\0"},
        {"q": "x" * 201},
    ],
)
def test_a_wrong_filter_is_a_named_problem(world, query):
    answer = get(world.client("viewer"), "agencies/", **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == list(query)


def test_pages_by_cursor_hold_each_agency_once_even_where_names_are_alike(world):
    for _ in range(5):
        make_agency("Twin")
    client, seen, url = world.client("administrator"), [], "/api/v1/agencies/?page_size=2"
    while url:
        page = client.get(url).json()
        seen += [row["slug"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 10


def test_what_has_not_changed_is_not_sent_again(world):
    client = world.client("viewer")
    for path in ("agencies/", f"agencies/{world.grid.slug}/", "programs/"):
        tag = get(client, path)["ETag"]
        assert client.get(f"/api/v1/{path}", headers={"If-None-Match": tag}).status_code == 304
    tag = get(client, f"agencies/{world.grid.slug}/")["ETag"]
    edit_agency(agency=world.grid, fields={"name": "Grid"}, by=None, at=NOW)
    answer = client.get(f"/api/v1/agencies/{world.grid.slug}/", headers={"If-None-Match": tag})
    assert answer.status_code == 200


def test_programs(world):
    make_program("Hidden", [world.parks])
    (row,) = get(world.client("viewer"), "programs/").json()["results"]
    assert row == {
        "slug": world.program.slug,
        "name": "Containers First",
        "description": "",
        "default_model": "",
        "year_starts_in": 10,
        "agencies": 3,
        "demonstration": False,
    }
    assert get(world.client("lead"), f"programs/{world.program.slug}/").json()["agencies"] == 1


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_here(world, method):
    for path in ("agencies/", f"agencies/{world.grid.slug}/", "programs/"):
        answer = getattr(world.client("administrator"), method)(
            f"/api/v1/{path}", {}, content_type="application/json"
        )
        assert answer.status_code == 405


def test_the_lists_take_as_many_queries_for_ten_as_for_one(world, queries_of):
    client = world.client("administrator")

    def counts() -> list[int]:
        return [queries_of(lambda path=path: get(client, path)) for path in ("agencies/", "programs/")]

    few = counts()
    for number in range(10):
        agency = make_agency(f"Agency {number}", make_agency(f"Parent {number}"))
        make_program(f"Program {number}", [agency])
    assert counts() == few
