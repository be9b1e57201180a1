"""Saved views: what is kept of a page, whose they are, and where their short addresses lead."""

import pytest
from django.test import Client
from django.urls import reverse

from dashboards.models import SavedView
from dashboards.saved_pages import NotSaveable, saveable
from dashboards.services_saved import MOST_VIEWS, CannotSave, delete_view, move_view, save_view
from dashboards.views.tabs import TABS
from portal.audit.models import AuditEntry
from tests.factories import NOW
from tests.world import World


def test_a_page_is_kept_with_what_is_chosen_but_not_with_the_page_of_its_list():
    assert saveable("/?scope=everything&page=3&sort=") == ("/", "scope=everything")


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "agencies/", "",
     "/account/", "/portfolio.csv", "/no-such-page/", "/?scope=" + "x" * 2000, "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_page_of_dashboards_is_refused(address: str):
    with pytest.raises(NotSaveable):
        saveable(address)


@pytest.mark.django_db
def test_saving_keeps_the_page_and_shows_it_again(world: World):
    client = world.client("viewer")
    response = client.post(
        "/views/save/", {"name": " Late  ones ", "address": "/agencies/?state=carried&page=2"}
    )
    assert (response.status_code, response["Location"]) == (302, "/agencies/?state=carried")
    view = SavedView.objects.get()
    assert (view.name, view.address) == ("Late ones", "/agencies/?state=carried")
    assert AuditEntry.objects.filter(action="view.saved", object_id=view.pk).exists()
    assert f"/v/{view.code}/" in client.get("/views/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("tab", ["", "compare/", "peers/", "forecast/", "what-if/"])
def test_the_pages_of_an_agency_can_be_saved_where_they_are(world: World, tab: str):
    client, address = world.client("lead"), f"/agencies/{world.grid.slug}/{tab}?model=containers"
    html = client.get(address).content.decode()
    assert f'name="address" value="{address}"' in html
    assert saveable(address) == (f"/agencies/{world.grid.slug}/{tab}", "model=containers")


@pytest.mark.django_db
def test_a_foreign_address_is_neither_kept_nor_followed(world: World):
    response = world.client("viewer").post("/views/save/", {"name": "x", "address": "https://evil.example/"})
    assert response["Location"] == "/views/"
    assert not SavedView.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\x07b"])
def test_a_name_that_cannot_be_is_refused(world: World, name: str):
    with pytest.raises(CannotSave):
        save_view(name=name, address="/", by=world.viewer, at=NOW)


@pytest.mark.django_db
def test_names_are_ones_own_and_once(world: World):
    save_view(name="Mine", address="/", by=world.viewer, at=NOW)
    save_view(name="Mine", address="/", by=world.officer, at=NOW)
    with pytest.raises(CannotSave, match="already"):
        save_view(name="Mine", address="/agencies/", by=world.viewer, at=NOW)


@pytest.mark.django_db
def test_there_is_an_end_to_how_many_one_keeps(world: World):
    for number in range(MOST_VIEWS):
        save_view(name=f"View {number}", address="/", by=world.viewer, at=NOW)
    with pytest.raises(CannotSave, match="delete one"):
        save_view(name="One more", address="/", by=world.viewer, at=NOW)


@pytest.mark.django_db
def test_views_change_places_and_close_up(world: World):
    views = [save_view(name=name, address="/", by=world.viewer, at=NOW) for name in "abc"]
    move_view(code=views[2].code, up=True, by=world.viewer, at=NOW)
    move_view(code=views[0].code, up=True, by=world.viewer, at=NOW)  # is the first already
    delete_view(code=views[0].code, by=world.viewer, at=NOW)
    left = SavedView.objects.filter(owner=world.viewer).values_list("name", "position")
    assert list(left) == [("c", 0), ("b", 1)]


@pytest.mark.django_db
def test_a_short_address_leads_everybody_there_with_their_own_rights(world: World):
    view = save_view(name="Grid", address=f"/agencies/{world.grid.slug}/", by=world.viewer, at=NOW)
    response = world.client("outsider").get(f"/v/{view.code}/", follow=True)
    assert response.redirect_chain == [(f"/agencies/{world.grid.slug}/", 302)]
    assert response.status_code == 404
    assert Client().get(f"/v/{view.code}/")["Location"].startswith("/account/login/")
    assert world.client("outsider").get("/v/nothing1/").status_code == 404


@pytest.mark.django_db
def test_views_are_shown_one_after_the_other_and_round_again(world: World):
    for name in ("first", "second"):
        save_view(name=name, address="/agencies/", by=world.viewer, at=NOW)
    client = world.client("viewer")
    for asked, shown in (("1", "first"), ("2", "second"), ("99", "second"), ("-1", "first"), ("²", "first")):
        page = client.get("/views/show/", {"at": asked}).content.decode()
        assert f"<bdi>{shown}</bdi>" in page
    assert (
        'href="?at=1"'
        in client.get("/views/show/", {"at": "2"}).content.decode().split('data-step="after"')[1]
    )


@pytest.mark.django_db
def test_what_was_saved_on_a_page_that_is_gone_leads_to_the_list(world: World):
    view = save_view(name="Old", address="/", by=world.viewer, at=NOW)
    SavedView.objects.filter(pk=view.pk).update(path="/gone/")
    assert world.client("viewer").get(f"/v/{view.code}/")["Location"] == "/views/"
    assert world.client("viewer").get("/views/").status_code == 200


@pytest.mark.parametrize(("label", "pages"), TABS, ids=str)
def test_every_page_that_offers_to_be_saved_can_be(label: str, pages: list[tuple[str, str]]):
    assert pages, label
    for name, _ in pages:
        assert saveable(reverse(name)) == (reverse(name), "")
