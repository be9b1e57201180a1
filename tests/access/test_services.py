"""Giving and ending roles, closing accounts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access import services
from portal.access.models import Membership, User
from portal.access.rules import Right, Role
from portal.access.services_tokens import create_token
from portal.audit.models import AuditEntry
from tests.factories import make_user
from tests.world import World

NOW = timezone.now()


def role_of(user: User) -> Membership:
    return user.memberships.get()


def test_a_role_given_works_at_once_and_is_audited(world: World):
    person = make_user("new")
    assert not person.can(Right.ANSWER, world.grid)
    given = services.grant_role(user=person, role=Role.CONTRIBUTOR, agency=world.grid, by=world.lead, at=NOW)
    assert person.can(Right.ANSWER, world.grid)
    entry = AuditEntry.objects.get(action="role.granted")
    assert (entry.actor_name, entry.object_id) == ("lead", str(given.pk))
    assert entry.changes == {"person": "new", "role": "contributor", "scope": "Grid Office"}


def test_a_role_is_held_once(world: World):
    with pytest.raises(services.AlreadyHeld):
        services.grant_role(
            user=world.contributor, role=Role.CONTRIBUTOR, agency=world.grid, by=world.lead, at=NOW
        )
    assert world.contributor.memberships.count() == 1


@pytest.mark.parametrize(
    ("persona", "role", "scope"),
    [
        ("viewer", Role.VIEWER, "program"),
        ("lead", Role.LEAD, "grid"),
        ("lead", Role.CONTRIBUTOR, "mines"),
        ("officer", Role.OFFICER, "program"),
        ("officer", Role.VIEWER, "trails"),
        ("officer", Role.VIEWER, "everything"),
    ],
)
def test_beyond_ones_scope_nothing_is_given(world: World, persona: str, role: Role, scope: str):
    where = {
        "program": {"program": world.program},
        "everything": {},
    }.get(scope) or ({"agency": getattr(world, scope)} if scope != "everything" else {})
    person = make_user("new")
    with pytest.raises(services.CannotGrant):
        services.grant_role(user=person, role=role, by=world.people[persona], at=NOW, **where)
    assert not person.memberships.exists()
    assert not AuditEntry.objects.exists()


def test_a_role_ended_is_gone_at_once_and_stays_in_the_history(world: World):
    services.end_role(membership=role_of(world.contributor), by=world.lead, at=NOW)
    again = User.objects.get(pk=world.contributor.pk)
    assert not again.can(Right.SEE, world.grid)
    assert role_of(again).until_on == timezone.localdate(NOW) - timedelta(days=1)
    assert AuditEntry.objects.get(action="role.ended").actor_name == "lead"
    with pytest.raises(services.CannotEndRole, match="ended on"):
        services.end_role(membership=role_of(again), by=world.lead, at=NOW)


def test_a_role_ended_can_be_given_again(world: World):
    services.end_role(membership=role_of(world.contributor), by=world.lead, at=NOW)
    services.grant_role(
        user=world.contributor, role=Role.CONTRIBUTOR, agency=world.grid, by=world.lead, at=NOW
    )
    assert world.contributor.can(Right.ANSWER, world.grid)


@pytest.mark.parametrize("persona", ["viewer", "contributor", "reviewer", "outsider"])
def test_others_cannot_end_it(world: World, persona: str):
    with pytest.raises(services.CannotEndRole):
        services.end_role(membership=role_of(world.contributor), by=world.people[persona], at=NOW)


def test_a_lead_does_not_end_a_lead(world: World):
    with pytest.raises(services.CannotEndRole):
        services.end_role(membership=role_of(world.lead), by=world.lead, at=NOW)


def test_the_last_administrator_stays(world: World):
    with pytest.raises(services.CannotEndRole, match="last administrator"):
        services.end_role(membership=role_of(world.administrator), by=world.administrator, at=NOW)
    second = make_user("second", Role.ADMINISTRATOR)
    services.end_role(membership=role_of(world.administrator), by=second, at=NOW)
    with pytest.raises(services.CannotEndRole, match="last administrator"):
        services.end_role(membership=role_of(second), by=second, at=NOW)


def test_an_administrator_whose_account_is_closed_does_not_count(world: World):
    second = make_user("second", Role.ADMINISTRATOR)
    services.deactivate_person(person=second, by=world.administrator, at=NOW)
    with pytest.raises(services.CannotEndRole, match="last administrator"):
        services.end_role(membership=role_of(world.administrator), by=world.administrator, at=NOW)


def test_a_closed_account_ends_sessions_and_tokens(world: World):
    browser = world.client("contributor")
    assert browser.get("/account/").status_code == 200
    token = create_token(user=world.contributor, name="t", days=1, by=world.contributor, at=NOW)
    services.deactivate_person(person=world.contributor, by=world.administrator, at=NOW)
    assert browser.get("/account/").status_code == 302
    header = {"Authorization": f"Bearer {token.secret}"}
    assert browser.get("/api/v1/me/", headers=header).status_code == 401
    services.reactivate_person(person=world.contributor, by=world.administrator, at=NOW)
    assert browser.get("/account/").status_code == 200
    refused = browser.get("/api/v1/me/", headers=header)
    assert refused.json()["detail"] == "This token was revoked."


def test_only_administrators_close_accounts_and_never_their_own(world: World):
    with pytest.raises(services.CannotDeactivate, match="Only an administrator"):
        services.deactivate_person(person=world.contributor, by=world.officer, at=NOW)
    with pytest.raises(services.CannotDeactivate, match="your own"):
        services.deactivate_person(person=world.administrator, by=world.administrator, at=NOW)
    with pytest.raises(services.CannotDeactivate, match="open already"):
        services.reactivate_person(person=world.contributor, by=world.administrator, at=NOW)
