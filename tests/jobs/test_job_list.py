"""GET /jobs/: what the portal works on, for whom it is."""

import pytest
from django.urls import reverse

from tests.factories import NOW
from tests.jobs.factories import make_job
from tests.world import World

URL = reverse("jobs:job-list")


def shown(world: World, persona: str) -> set[str]:
    page = world.client(persona).get(URL)
    return {str(job) for job, _ in page.context["jobs"]}


def test_each_person_sees_their_own_officers_the_portals_administrators_all(world):
    own, portals = make_job(by=world.officer), make_job()
    leads = make_job(by=world.lead)
    assert shown(world, "officer") == {str(own), str(portals)}
    assert shown(world, "lead") == {str(leads)}
    assert shown(world, "viewer") == set()
    assert shown(world, "administrator") == {str(own), str(portals), str(leads)}


def test_shows_state_progress_and_message(world):
    make_job(
        state="running", done=1234, total=2000, attempt=2, started_at=NOW, message="776 agencies are left."
    )
    page = world.client("administrator").get(URL).content.decode()
    assert "Running, attempt 2" in page
    assert "61 %, 1,234 of 2,000" in page
    assert "776 agencies are left." in page


def test_updates_itself_only_when_asked_to(world):
    make_job()
    client = world.client("administrator")
    assert 'hx-trigger="every' not in client.get(URL).content.decode()
    assert 'hx-trigger="every' in client.get(URL, {"live": "on"}).content.decode()


def test_a_hostile_message_is_text(world):
    make_job(message="<script>alert(1)</script>")
    assert "<script>alert" not in world.client("administrator").get(URL).content.decode()


def test_asks_as_many_queries_for_ten_as_for_one(world, queries_of):
    client = world.client("administrator")
    make_job()
    few = queries_of(lambda: client.get(URL))
    for _ in range(9):
        make_job()
    assert queries_of(lambda: client.get(URL)) == few


def test_long_lists_come_in_pages(world):
    for _ in range(26):
        make_job()
    client = world.client("administrator")
    assert len(client.get(URL).context["jobs"]) == 25
    assert len(client.get(URL, {"page": 2}).context["jobs"]) == 1


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_written(world, method):
    assert getattr(world.client("administrator"), method)(URL).status_code == 405
