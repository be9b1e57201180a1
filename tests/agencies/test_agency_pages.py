"""The pages on which one agency is looked after."""

import pytest

from portal.agencies.models import Agency
from portal.agencies.queries import current_profile
from tests.agencies.factories import make_contact, tree
from tests.factories import make_agency, make_program, make_user
from tests.world import World


def post(world: World, persona: str, path: str, **data: str):
    return world.client(persona).post(f"/agencies/{path}", data, follow=True)


def text_of(response) -> str:
    return response.content.decode()


def test_an_officer_adds_an_agency_to_their_program(world):
    response = post(
        world,
        "officer",
        "new/",
        name="Tides",
        parent="Department of Energy Affairs",
        program=world.program.slug,
    )
    assert "Tides is added." in text_of(response)
    made = Agency.objects.get(name="Tides")
    assert made.parent == world.energy
    assert world.officer.can("see", made)


def test_an_officer_adds_none_outside_their_program(world):
    response = post(world, "officer", "new/", name="Tides")
    assert "Choose the program that the agency joins" in text_of(response)
    response = post(
        world, "officer", "new/", name="Tides", parent="Department of Parks", program=world.program.slug
    )
    assert "No agency is known as “Department of Parks”" in text_of(response)
    other = make_program("Other")
    response = post(world, "officer", "new/", name="Tides", program=other.slug)
    assert "Select a valid choice" in text_of(response)
    assert not Agency.objects.filter(name="Tides").exists()


def test_an_officer_of_a_subtree_adds_below_it(world):
    make_user("branch", "officer", agency=world.parks)
    world.people["branch"] = type(world.officer).objects.get(username="branch")
    post(world, "branch", "new/", name="Tides", parent=world.parks.slug)
    assert ("Department of Parks", "Tides") in tree()
    response = post(world, "branch", "new/", name="Elsewhere")
    assert "Choose the program" in text_of(response)


def test_an_administrator_adds_at_the_top(world):
    post(world, "administrator", "new/", name="Oceans")
    assert ("Oceans",) in tree()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "\u00a0"}, "This field is required"),
        ({"name": "x" * 301}, "has 301 characters"),
        ({"name": "A\u202eB"}, "direction control U+202E"),
        ({"name": "A", "website": "javascript:alert(1)"}, "valid URL"),
        ({"name": "A", "website": "ftp://a.example"}, "http:// or https://"),
        ({"name": "A", "identifier": "taken"}, "Another agency has the identifier “taken”"),
    ],
)
def test_bad_input_is_named_and_kept_in_the_form(world, fields, says):
    make_agency("Other", identifier="taken")
    response = post(world, "officer", f"{world.grid.slug}/edit/", **{"notes": "my long note", **fields})
    assert says in text_of(response)
    assert "my long note" in text_of(response)
    world.grid.refresh_from_db()
    assert world.grid.name == "Grid Office"


def test_a_hostile_name_is_shown_as_text(world):
    post(world, "officer", f"{world.grid.slug}/edit/", name="<script>alert(1)</script>")
    page = text_of(world.client("officer").get(f"/agencies/{world.grid.slug}/edit/"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_name_that_several_have_asks_for_the_address(world):
    make_agency("Twin")
    make_agency("Twin")
    response = post(world, "administrator", f"{world.grid.slug}/move/", parent="Twin")
    assert ": write one of agency-" in text_of(response)


def test_an_agency_is_moved_and_a_circle_refused(world):
    response = post(world, "administrator", f"{world.grid.slug}/move/", parent="Department of Parks")
    assert "Grid Office is moved." in text_of(response)
    assert ("Department of Parks", "Grid Office") in tree()
    response = post(world, "administrator", f"{world.parks.slug}/move/", parent="Grid Office")
    assert "cannot become its parent" in text_of(response)


def test_nobody_moves_along_what_they_do_not_look_after(world):
    """The lab is not in the officer's program; under the Mines Office its people would come to see it."""
    make_agency("Grid Lab", world.grid)
    response = post(world, "officer", f"{world.grid.slug}/move/", parent="Mines Office")
    assert response.status_code == 403
    assert ("Department of Energy Affairs", "Grid Office") in tree()
    assert "Grid Office is moved." in text_of(
        post(world, "administrator", f"{world.grid.slug}/move/", parent="Mines Office")
    )


def test_the_profile_is_filled_in_and_shown_again(world):
    path = f"/agencies/{world.grid.slug}/profile/"
    client = world.client("officer")
    data = {
        "on": "2026-01-01",
        "type": "other",
        "providers": ["aws", "azure"],
        "nodes": "1,200",
        "cfo_act": "no",
    }
    assert "4 changed" in text_of(client.post(path, data, follow=True))
    assert current_profile(world.grid) == {
        "type": "other",
        "providers": ["aws", "azure"],
        "nodes": 1200,
        "cfo_act": False,
    }
    page = text_of(client.get(path))
    assert '<option value="no" selected>No</option>' in page
    assert 'value="1200"' in page
    assert "Nothing was changed" in text_of(client.post(path, data, follow=True))
    assert "from 1 to 5" in text_of(client.post(path, {**data, "target_stage": "7"}))
    assert "Give today or an earlier day" in text_of(client.post(path, {**data, "on": "2999-01-01"}))


def test_contacts(world):
    path = f"{world.grid.slug}/contacts/"
    assert "The contact is added" in text_of(
        post(world, "officer", f"{path}new/", role="lead", name="Ada", email="a@b.gov")
    )
    contact = world.grid.contacts.get()
    post(world, "officer", f"{path}{contact.pk}/", role="backup", name="Ada B.")
    contact.refresh_from_db()
    assert (contact.role, contact.name) == ("backup", "Ada B.")
    assert "valid email" in text_of(post(world, "officer", f"{path}new/", role="lead", name="A", email="no"))
    post(world, "officer", f"{path}{contact.pk}/remove/")
    assert not world.grid.contacts.exists()


def test_a_contact_of_another_agency_is_not_found_here(world):
    foreign = make_contact(world.parks)
    assert (
        world.client("officer").get(f"/agencies/{world.grid.slug}/contacts/{foreign.pk}/").status_code == 404
    )
    assert world.client("officer").get(f"/agencies/{world.grid.slug}/contacts/{10**30}/").status_code == 404


def test_an_agency_is_closed_and_reopened(world):
    path = f"{world.grid.slug}/close/"
    assert "Grid Office is closed" in text_of(post(world, "officer", path, on="2026-01-01"))
    assert "It is closed from" in text_of(world.client("officer").get(f"/agencies/{path}"))
    assert "open again" in text_of(post(world, "officer", path, reopen="yes"))
    assert "open below" in text_of(post(world, "officer", f"{world.energy.slug}/close/", on="2026-01-01"))
    assert "Write the date as year-month-day" in text_of(post(world, "officer", path, on="soon"))


def test_a_decision_not_to_adopt_is_noted_and_ended(world):
    path = f"{world.grid.slug}/adoption/"
    response = post(world, "officer", path, reason="We <b>buy</b>", on="2026-01-01", review_on="2027-01-01")
    assert "We &lt;b&gt;buy&lt;/b&gt;" in text_of(response)
    assert "End this decision" in text_of(response)
    assert "has ended" in text_of(post(world, "officer", f"{path}end/"))
    assert "must be later" in text_of(
        post(world, "officer", path, reason="R", on="2026-01-01", review_on="2026-01-01")
    )


@pytest.mark.parametrize("path", ["adoption/end/", "contacts/1/remove/"])
def test_what_changes_something_is_never_done_by_a_link(world, path):
    assert world.client("officer").get(f"/agencies/{world.grid.slug}/{path}").status_code == 405


def test_a_change_needs_the_token_of_the_form(world):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(world.officer)
    assert client.post(f"/agencies/{world.grid.slug}/edit/", {"name": "X"}).status_code == 403
