"""The pages on which people are looked after."""

import pytest

from portal.access.models import User
from portal.access.rules import Right, Role
from tests.factories import make_user
from tests.world import World

PEOPLE = "/account/people/"


def seen(world: World, persona: str, query: str = "") -> dict[str, list[str]]:
    lines = world.client(persona).get(PEOPLE + query).context["lines"]
    return {line.person.username: [str(row.role) for row, _ in line.roles] for line in lines}


def test_each_sees_the_people_of_their_scope(world: World):
    assert seen(world, "lead") == {"contributor": ["contributor"], "lead": ["lead"]}
    assert set(seen(world, "officer")) == {"viewer", "reviewer", "officer", "contributor", "lead"}
    assert set(seen(world, "outsider")) == {"outsider"}
    assert set(seen(world, "administrator")) == set(world.people)


def test_roles_outside_ones_scope_are_not_shown(world: World):
    make_user("both", Role.CONTRIBUTOR, agency=world.grid)
    both = User.objects.get(username="both")
    both.memberships.create(role=Role.LEAD, agency=world.trails)
    assert seen(world, "lead")["both"] == ["contributor"]
    assert "Trails" not in world.client("lead").get(PEOPLE).content.decode()


def test_only_roles_that_one_could_give_can_be_ended(world: World):
    lines = world.client("lead").get(PEOPLE).context["lines"]
    assert {row.role: endable for line in lines for row, endable in line.roles} == {
        "contributor": True,
        "lead": False,
    }
    assert (
        world.client("lead").get(f"{PEOPLE}roles/{world.lead.memberships.get().pk}/end/").status_code == 403
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?words=contrib", {"contributor"}),
        ("?words=example.gov lead", {"lead"}),
        ("?role=reviewer", {"reviewer"}),
        ("?words=nobody", set()),
        ("?role=nonsense", set()),
        ("?closed=on", set()),
    ],
)
def test_filters(world: World, query: str, found: set[str]):
    assert set(seen(world, "officer", query)) == found


def test_a_role_is_ended_after_a_question(world: World):
    client = world.client("lead")
    address = f"{PEOPLE}roles/{world.contributor.memberships.get().pk}/end/"
    assert "End this role?" in client.get(address).content.decode()
    assert User.objects.get(username="contributor").can(Right.SEE, world.grid)
    response = client.post(address, follow=True)
    assert "is no longer Contributor of Grid Office" in response.content.decode()
    assert not User.objects.get(username="contributor").can(Right.SEE, world.grid)
    assert client.post(address).status_code == 404


def test_another_role_is_given(world: World):
    client = world.client("officer")
    address = f"{PEOPLE}{world.viewer.pk}/roles/new/"
    response = client.post(address, {"role": "contributor", "agency": "Mines Office"}, follow=True)
    assert "has the role now" in response.content.decode()
    assert User.objects.get(username="viewer").can(Right.ANSWER, world.mines)
    again = client.post(address, {"role": "contributor", "agency": "Mines Office"})
    assert "has this role already" in again.content.decode()


def test_an_account_is_closed_and_opened_by_an_administrator(world: World):
    client = world.client("administrator")
    address = f"{PEOPLE}{world.viewer.pk}/close/"
    assert "will not be able to sign in" in client.get(address).content.decode()
    client.post(address)
    assert not User.objects.get(username="viewer").is_active
    assert set(seen(world, "administrator", "?closed=on")) == {"viewer"}
    client.post(f"{PEOPLE}{world.viewer.pk}/open/")
    assert User.objects.get(username="viewer").is_active


def test_the_list_asks_as_often_for_ten_as_for_one(world: World, queries_of):
    client = world.client("officer")
    client.get(PEOPLE)
    few = queries_of(lambda: client.get(PEOPLE))
    for number in range(10):
        make_user(f"p{number}", Role.CONTRIBUTOR, agency=world.mines)
    assert queries_of(lambda: client.get(PEOPLE)) == few


def test_people_are_listed_by_the_name_that_is_shown(world: World):
    User.objects.filter(username="viewer").update(name="Anna Zoe")
    User.objects.filter(username="lead").update(name="bert")
    assert list(seen(world, "officer")) == ["viewer", "lead", "contributor", "officer", "reviewer"]


def test_the_list_has_pages(world: World):
    for number in range(51):
        make_user(f"p{number:02}", Role.CONTRIBUTOR, agency=world.mines)
    assert len(seen(world, "officer")) == 50
    assert len(seen(world, "officer", "?page=2")) == 6


def test_the_account_page_tells_roles_in_words(world: World):
    text = world.client("lead").get("/account/").content.decode()
    assert "Agency lead" in text
    assert "Grid Office and everything below it" in text
    assert "invite contributors" in text
    assert "People and invitations" in text
    assert "Audit" not in text
    plain = world.client("viewer").get("/account/").content.decode()
    assert "People and invitations" not in plain


def test_people_change_their_own_name(world: World):
    world.client("viewer").post("/account/profile/", {"name": "  Vera Viewer "})
    assert User.objects.get(username="viewer").name == "Vera Viewer"
