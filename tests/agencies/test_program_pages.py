"""Programs: list, page, members in and out."""

from datetime import date

from portal.agencies.models import Program
from tests.factories import make_agency, make_program


def text_of(response) -> str:
    return response.content.decode()


def test_the_list_holds_only_programs_that_one_may_know_of(world):
    make_program("Hidden", [world.parks])
    for persona in ("viewer", "lead", "officer"):
        page = text_of(world.client(persona).get("/agencies/programs/"))
        assert "Containers First" in page
        assert "Hidden" not in page
        assert "Set up a program" not in page
    page = text_of(world.client("outsider").get("/agencies/programs/"))
    assert "Containers First" not in page


def test_the_page_shows_calendar_and_the_members_that_one_may_know_of(world):
    path = f"/agencies/programs/{world.program.slug}/"
    page = text_of(world.client("lead").get(path))
    assert "Grid Office" in page
    assert "Mines Office" not in page
    assert "Department of Energy Affairs" not in page, "a parent that one may not know of stays unnamed"
    assert "Add to the program" not in page
    assert "The year starts in Oct" in page
    page = text_of(world.client("viewer").get(path))
    assert "Mines Office" in page
    assert "Add to the program" not in page
    assert "Add to the program" in text_of(world.client("officer").get(path))


def test_an_administrator_sets_a_program_up(world):
    client = world.client("administrator")
    data = {"name": "Cloud", "default_model": "container-adoption@1", "year_starts_in": "7"}
    assert "Cloud is set up" in text_of(client.post("/agencies/programs/new/", data, follow=True))
    assert Program.objects.get(slug="cloud").year_starts_in == 7
    assert "Another program is called" in text_of(client.post("/agencies/programs/new/", data))
    bad = data | {"name": "B", "default_model": "x"}
    assert "write container-adoption@1" in text_of(client.post("/agencies/programs/new/", bad))


def test_an_officer_edits_their_program_and_no_other(world):
    data = {"name": "Renamed", "year_starts_in": "1"}
    client = world.client("officer")
    assert "Renamed" in text_of(
        client.post(f"/agencies/programs/{world.program.slug}/edit/", data, follow=True)
    )
    other = make_program("Other", [world.grid])
    assert client.post(f"/agencies/programs/{other.slug}/edit/", data).status_code == 403


def test_an_administrator_adds_agencies_by_name_slug_and_identifier(world):
    lakes = make_agency("Lakes", identifier="L-1")
    path = f"/agencies/programs/{world.program.slug}/add/"
    lines = f"department of parks\n\n {world.trails.slug} \nL-1"
    response = world.client("administrator").post(path, {"agencies": lines, "on": "2026-01-01"}, follow=True)
    assert "3 joined." in text_of(response)
    assert world.program.memberships.filter(agency=lakes, from_on="2026-01-01").exists()


def test_an_officer_adds_nobody_whom_they_do_not_look_after(world):
    path = f"/agencies/programs/{world.program.slug}/add/"
    data = {"agencies": "Department of Parks\nTrails Office", "on": "2026-01-01"}
    response = world.client("officer").post(path, data)
    assert response.status_code == 422
    assert "No agency is known as “Department of Parks”" in text_of(response)
    assert "“Trails Office”" in text_of(response)
    assert world.program.memberships.count() == 3


def test_a_subtree_brings_in_only_what_one_looks_after(world):
    desk = make_agency("Desk", world.grid)
    path = f"/agencies/programs/{world.program.slug}/add/"
    data = {"agencies": "Grid Office", "whole_subtree": "on", "on": "2026-01-01"}
    assert "members already" in text_of(world.client("officer").post(path, data, follow=True))
    assert "1 joined" in text_of(world.client("administrator").post(path, data, follow=True))
    assert world.program.memberships.filter(agency=desk).exists()


def test_an_agency_leaves_from_a_day_on(world):
    path = f"/agencies/programs/{world.program.slug}/remove/{world.grid.slug}/"
    client = world.client("officer")
    assert "up to the day before" in text_of(client.get(path))
    assert "1 left the program" in text_of(client.post(path, {"on": "2026-06-01"}, follow=True))
    assert world.program.memberships.get(agency=world.grid).until_on == date(2026, 5, 31)
    assert (
        client.get(f"/agencies/programs/{world.program.slug}/remove/{world.parks.slug}/").status_code == 404
    )


def test_the_pages_take_as_many_queries_for_ten_as_for_one(world, queries_of):
    client = world.client("administrator")
    paths = ["/agencies/programs/", f"/agencies/programs/{world.program.slug}/"]
    few = [queries_of(lambda path=path: client.get(path)) for path in paths]
    for number in range(10):
        parent = make_agency(f"Parent {number}")
        agency = make_agency(f"Agency {number}", parent)
        world.program.memberships.create(agency=agency, from_on="2020-01-01")
        make_program(f"Program {number}", [agency])
    assert [queries_of(lambda path=path: client.get(path)) for path in paths] == few


def test_a_long_list_comes_in_pages(world):
    for number in range(60):
        world.program.memberships.create(agency=make_agency(f"Agency {number:02}"), from_on="2020-01-01")
    client = world.client("administrator")
    path = f"/agencies/programs/{world.program.slug}/"
    assert "Agency 59" not in text_of(client.get(path))
    assert "Agency 59" in text_of(client.get(f"{path}?page=2"))
    assert client.get(f"{path}?page=nonsense").status_code == 200
