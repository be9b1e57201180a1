"""The list, the count in the header, the choices, and the same over the API: everybody's own."""

import pytest
from django.urls import reverse

from portal.access.models import Membership, User
from portal.notices.kinds import kinds
from portal.notices.models import Notice
from portal.notices.queries import choices_of
from portal.notices.services import mark_read
from tests.factories import LONG_AGO, NOW
from tests.notices.test_services import tell

LIST, COUNT, SETTINGS = (reverse(f"notices:{name}") for name in ("notice-list", "notice-count", "settings"))
API = "/api/v1/notices/"


def texts(page):
    return [notice.text for notice in page.context["page"]]


def leave(person):
    """The person's roles ended long ago."""
    Membership.objects.filter(user=person).update(until_on=LONG_AGO)


def test_the_unread_come_first_then_the_latest(world):
    for number in range(3):
        tell(world.lead, key=str(number), about=f"Office {number}")
    mark_read(notice=Notice.objects.get(key="2"), at=NOW)
    page = world.client("lead").get(LIST)
    assert texts(page) == [f"Office {number} was approved." for number in (1, 0, 2)]
    assert page.content.decode().count("notices__new") == 2


def test_an_empty_list_says_so(world):
    assert "Nothing to tell" in world.client("lead").get(LIST).content.decode()


def test_what_one_may_not_see_any_more_is_not_there(world):
    tell(world.lead, agency=world.grid)
    tell(world.lead, kind="job-failed", about="A report")
    leave(world.lead)
    client, notice = world.client("lead"), Notice.objects.get(agency_id=world.grid.pk)
    assert texts(client.get(LIST)) == ["Your background job could not be done: A report."]
    assert ">1<" in client.get(COUNT).content.decode()
    assert client.get(reverse("notices:notice-open", args=[notice.pk])).status_code == 404
    assert len(client.get(API).json()["results"]) == 1
    assert client.get(f"{API}{notice.pk}/").status_code == 404


def test_a_right_that_was_lost_counts_though_another_is_left(world):
    tell(world.officer, kind="assessment-submitted", agency=world.grid)
    assert len(texts(world.client("officer").get(LIST))) == 1
    Membership.objects.filter(user=world.officer).update(role="viewer")
    assert texts(world.client("officer").get(LIST)) == []  # a viewer sees the agency and reviews nothing


def test_names_are_text(world):
    tell(world.lead, about="<script>alert(1)</script>")
    assert "<script>alert" not in world.client("lead").get(LIST).content.decode()


def test_opening_goes_to_the_thing_and_marks_it_read(world):
    tell(world.lead, path="/agencies/x/")
    notice = Notice.objects.get()
    answer = world.client("lead").get(reverse("notices:notice-open", args=[notice.pk]))
    assert answer.headers["Location"] == "/agencies/x/"
    assert Notice.objects.get().read_at is not None


def test_the_count_is_bounded_and_stays_out_of_the_pages(world, queries_of):
    client = world.client("lead")
    page = client.get(LIST).content.decode()
    assert f'hx-get="{COUNT}"' in page
    assert "<span data-notice-count" not in page
    assert "unread" not in client.get(COUNT).content.decode()
    tell(world.lead, agency=world.grid)
    assert ">1<" in client.get(COUNT).content.decode()
    few = queries_of(lambda: client.get(COUNT))
    for number in range(120):
        tell(world.lead, key=f"more-{number}", agency=world.grid)
    assert "99+" in client.get(COUNT).content.decode()
    assert (
        queries_of(lambda: client.get(COUNT)) == few <= 5
    )  # session, person, roles, the count, demonstration


def test_the_list_asks_as_much_for_many_as_for_one(world, queries_of):
    client = world.client("lead")
    tell(world.lead, agency=world.grid)
    few = queries_of(lambda: client.get(LIST))
    for number in range(30):
        tell(world.lead, key=f"more-{number}", agency=world.grid)
    assert queries_of(lambda: client.get(LIST)) == few
    assert len(texts(client.get(LIST))) == 25
    assert len(texts(client.get(LIST, {"page": 2}))) == 6


def test_marking_all_is_of_what_the_page_showed(world):
    tell(world.lead)
    client = world.client("lead")
    shown = client.get(LIST).context["up_to"]
    tell(world.lead, key="2", about="Later")
    client.post(reverse("notices:notice-read-all"), {"up_to": shown})
    assert [notice.text for notice in Notice.objects.unread()] == ["Later was approved."]


@pytest.mark.parametrize("said", ["", "x", "-1", "9" * 30, "²"])
def test_nonsense_marks_nothing(world, said):
    tell(world.lead)
    assert world.client("lead").post(reverse("notices:notice-read-all"), {"up_to": said}).status_code == 302
    assert Notice.objects.unread().count() == 1


def chosen(world, **changes):
    data = {}
    for slug, choice in choices_of(world.lead.pk).items():
        data[f"{slug}-email"] = choice.email
        if choice.in_portal:
            data[f"{slug}-portal"] = "on"
    return data | changes


def test_each_kind_is_chosen_by_itself(world):
    client = world.client("lead")
    page = client.get(SETTINGS).content.decode()
    assert all(kind.name.replace("'", "&#x27;") in page for kind in kinds().values())
    data = chosen(world, **{"assessment-approved-email": "now"})
    del data["job-failed-portal"]
    assert client.post(SETTINGS, data).status_code == 302
    choices = choices_of(world.lead.pk)
    assert (choices["assessment-approved"].email, choices["assessment-approved"].in_portal) == ("now", True)
    assert (choices["job-failed"].email, choices["job-failed"].in_portal) == ("now", False)
    assert choices_of(world.contributor.pk)["job-failed"].in_portal


def test_a_way_that_there_is_not_is_refused(world):
    data = chosen(world, **{"assessment-approved-email": "by pigeon"})
    page = world.client("lead").post(SETTINGS, data)
    assert page.status_code == 422
    assert "Nothing was saved" in page.content.decode()
    assert choices_of(world.lead.pk)["assessment-approved"].email == "daily"


def test_the_api_tells_one_s_own_the_latest_first(world):
    tell(world.lead, world.contributor, path="/agencies/x/")
    tell(world.lead, key="2", about="Later")
    client = world.client("lead")
    found = client.get(API).json()["results"]
    assert [one["text"] for one in found] == ["Later was approved.", "Grid Office FY27 Q1 was approved."]
    assert found[1]["url"] == "http://testserver/agencies/x/"
    assert found[1]["kind"] == "assessment-approved"
    assert client.post(f"{API}{found[0]['id']}/read/").json()["read_at"] is not None
    assert len(client.get(API, {"unread": "true"}).json()["results"]) == 1
    assert len(client.get(API, {"page_size": 1}).json()["results"]) == 1


def test_the_api_marks_all_up_to_one(world):
    tell(world.lead, world.contributor)
    client = world.client("lead")
    newest = client.get(API).json()["results"][0]["id"]
    answer = client.post(f"{API}read/", {"up_to": newest}, content_type="application/json")
    assert answer.json() == {"read": 1}
    assert client.post(f"{API}read/", {}, content_type="application/json").status_code == 400
    assert Notice.objects.unread().count() == 1


def test_the_api_answers_with_an_etag(world):
    tell(world.lead)
    client = world.client("lead")
    tag = client.get(API).headers["ETag"]
    assert client.get(API, headers={"If-None-Match": tag}).status_code == 304


def test_a_closed_account_is_told_nothing(world):
    client = world.client("lead")
    User.objects.filter(pk=world.lead.pk).update(is_active=False)
    assert client.get(COUNT).status_code == 302
