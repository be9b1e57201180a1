"""The pages of data calls, and what the API tells of them."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.conf import settings

from assessments.models import DataCall
from assessments.services_datacalls import (
    FIRST_WORDS,
)
from tests.assessments.conftest import Case
from tests.assessments.test_cycles import make_cycle
from tests.assessments.test_datacalls import contact, make_call, run, states
from tests.factories import NOW, make_agency
from tests.world import World

# --- the pages --------------------------------------------------------------------------------------


def posted(**changes: Any) -> dict[str, Any]:
    first = {"subject": "Due {due}", "text": "{agency}: {link}", "recipients": ["lead"], "key": str(uuid4())}
    return first | changes


def test_an_officer_looks_at_it_then_sends_it(world: World):
    cycle, client = make_cycle(world), world.client("officer")
    contact(world.grid)
    url = f"/cycles/{cycle.pk}/data-call/new/"
    page = client.post(url, posted(preview="", look_at=world.grid.slug)).content.decode()
    assert "Due November 30, 2026" in page
    assert f"Grid Office: {settings.SITE_URL}/cycles/{cycle.pk}/" in page
    assert "2 of 3 agencies have nobody with an e-mail address" in page
    assert not DataCall.objects.exists()
    response = client.post(url, posted(send=""))
    call = DataCall.objects.get()
    assert response["Location"] == f"/cycles/{cycle.pk}/data-call/{call.pk}/"
    run(call)
    page = client.get(response["Location"]).content.decode()
    assert "pat@example.gov" in page
    assert "Nobody to write to" in page


def test_a_field_that_is_none_is_said_in_the_form(world: World):
    response = world.client("officer").post(
        f"/cycles/{make_cycle(world).pk}/data-call/new/", posted(text="{colour}", send="")
    )
    assert response.status_code == 422
    assert "There is no field {colour}" in response.content.decode()


def test_those_chosen_are_written_to_and_never_all_in_their_place(submitted: Case):
    world, cycle = submitted.world, make_cycle(submitted.world, submitted)
    contact(world.mines, email="mines@example.gov")
    url, client = f"/cycles/{cycle.pk}/data-call/new/", world.client("officer")
    # Grid was chosen, and has reported meanwhile.
    response = client.post(url, posted(kind="reminder", agency=[world.grid.slug], send=""))
    assert b"Every agency chosen has reported" in response.content
    assert f'name="agency" value="{world.grid.slug}"'.encode() in response.content
    client.post(url, posted(kind="reminder", agency=[world.mines.slug], send=""))
    call = DataCall.objects.get()
    assert (call.kind, list(states(call))) == ("reminder", ["mines@example.gov"])


def test_who_was_asked_is_known_addresses_are_the_officers(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    contact(world.mines, name="Miner", email="mines@example.gov")
    call = make_call(cycle, world)
    run(call)
    url = f"/cycles/{cycle.pk}/data-call/{call.pk}/"
    page = world.client("lead").get(url).content.decode()
    assert "Grid Office" in page
    for hidden in ("Mines Office", "pat@example.gov", "Miner", "mines@example.gov"):
        assert hidden not in page
    page = world.client("viewer").get(url).content.decode()
    assert "Mines Office" in page
    assert "mines@example.gov" not in page
    listed = world.client("lead").get(f"/cycles/{cycle.pk}/data-call/").context["calls"][0]
    assert (listed.n_agencies, listed.n_letters, listed.n_sent) == (1, 1, 1)


def test_the_list_says_when_each_agency_was_last_written_to(world: World):
    cycle, client = make_cycle(world), world.client("officer")
    contact(world.grid)
    run(make_call(cycle, world))
    lines = client.get(f"/cycles/{cycle.pk}/data-call/").context["lines"]
    found = {line.agency.name: (line.times, line.last_at) for line in lines}
    assert found["Grid Office"] == (1, NOW)
    assert found["Mines Office"] == (0, None)


def test_the_board_leads_there(world: World):
    url = f"/cycles/{make_cycle(world).pk}/"
    assert b"Remind all that have not reported" in world.client("officer").get(url).content
    page = world.client("viewer").get(url).content
    assert b"Data call and reminders" in page
    assert b"Remind all that have not reported" not in page


def test_ten_agencies_take_as_many_queries_as_one(world: World, queries_of):
    cycle, client = make_cycle(world), world.client("officer")
    contact(world.grid)
    call = make_call(cycle, world)
    pages = [f"/cycles/{cycle.pk}/data-call/", f"/cycles/{cycle.pk}/data-call/{call.pk}/"]
    before = [queries_of(lambda url=url: client.get(url)) for url in pages]
    for number in range(9):
        agency = make_agency(f"Office {number}")
        contact(agency, email=f"o{number}@example.gov")
        world.program.memberships.create(agency=agency, from_on=date(2020, 1, 1))
        make_call(cycle, world)
    assert [queries_of(lambda url=url: client.get(url)) for url in pages] == before


def test_the_words_to_begin_with_hold_only_fields_that_there_are():
    from assessments.services_datacalls import USUAL_PLANS, checked

    for words in (FIRST_WORDS, *(words for _, words in USUAL_PLANS)):
        assert checked(words).recipients


# --- the API ----------------------------------------------------------------------------------------


def test_over_the_api(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    contact(world.mines, email="mines@example.gov")
    call = make_call(cycle, world)
    run(call)
    base = "/api/v1/data-calls/"
    (shown,) = world.client("officer").get(base, {"cycle": cycle.pk, "kind": "call"}).json()["results"]
    assert (shown["id"], shown["agencies"], shown["letters"]["sent"], shown["letters"]["nobody"]) == (
        call.pk, 3, 2, 1,
    )  # fmt: skip
    assert shown["program"] == world.program.slug
    assert world.client("lead").get(base).json()["results"][0]["letters"]["sent"] == 1
    assert world.client("outsider").get(base).json()["results"] == []
    letters = world.client("officer").get(f"{base}{call.pk}/letters/").json()["results"]
    assert {row["address"] for row in letters} == {"pat@example.gov", "mines@example.gov", ""}
    (mine,) = world.client("lead").get(f"{base}{call.pk}/letters/").json()["results"]
    assert (mine["agency"], mine["state"], mine["address"], mine["name"]) == (
        world.grid.slug, "sent", None, None,
    )  # fmt: skip
