"""The account is everybody's own; people are for those who hand out roles; closing accounts and the audit are
for administrators."""

from django.utils import timezone

from portal.access.models import Invitation, Membership
from portal.access.rules import Role
from portal.access.services_invitations import issue_invitation
from portal.access.services_tokens import create_token
from tests.policies.kinds import Policy, logged_in, only, public, statuses
from tests.world import World

MANAGERS = ("lead", "outsider", "officer", "administrator")
FORBIDDEN = {"otherwise": 403}
NOBODY = Policy(statuses(404))


def _role(world: World) -> dict[str, int]:
    """The contributor's role at the grid office: its lead, the officer and the administrator manage it."""
    return {"pk": Membership.objects.get(user=world.contributor).pk}


def _person(world: World) -> dict[str, int]:
    return {"pk": world.contributor.pk}


def _closed_person(world: World) -> dict[str, int]:
    world.contributor.is_active = False
    world.contributor.save()
    return {"pk": world.contributor.pk}


def _token(world: World) -> dict[str, int]:
    made = create_token(user=world.lead, name="script", days=30, by=world.lead, at=timezone.now())
    return {"pk": made.token.pk}


def _issue(world: World) -> tuple[Invitation, str]:
    issued = issue_invitation(
        email="new@example.gov", role=Role.CONTRIBUTOR, agency=world.grid, by=world.lead, at=timezone.now()
    )
    return issued.invitation, issued.token


def _invitation(world: World) -> dict[str, int]:
    return {"pk": _issue(world)[0].pk}


# For the outsider these people are none of theirs (404); a viewer looks after nobody (403).
IN_SCOPE = statuses(403, anonymous=302, outsider=404, lead=200, officer=200, administrator=200)
IN_SCOPE_DONE = {persona: 302 if status == 200 else status for persona, status in IN_SCOPE.items()}

POLICIES: dict[str, Policy] = {
    "access:account-detail": logged_in(),
    "access:account-edit": logged_in(),
    "access:no-e-mail-at-sign-up": NOBODY,
    "access:no-sign-in-by-e-mailed-code": NOBODY,
    "access:no-account-without-password": NOBODY,
    "access:token-create": logged_in(),
    "access:token-revoke": Policy(statuses(404, anonymous=302, lead=302), kwargs=_token, method="post"),
    "access:person-list": only(*MANAGERS, **FORBIDDEN),
    "access:role-create": Policy(IN_SCOPE, kwargs=_person),
    "access:role-end": Policy(IN_SCOPE, kwargs=_role),
    "access:role-end post": Policy(IN_SCOPE_DONE, kwargs=_role, method="post"),
    "access:person-deactivate": only("administrator", kwargs=_person, **FORBIDDEN),
    "access:person-deactivate post": only(
        "administrator", kwargs=_person, method="post", allowed=302, **FORBIDDEN
    ),
    "access:person-reactivate": Policy(
        # The contributor's account is closed here, so that they are nobody.
        statuses(403, anonymous=302, contributor=302, administrator=200),
        kwargs=_closed_person,
    ),
    "access:invitation-create": only(*MANAGERS, **FORBIDDEN),
    "access:invitation-list": only(*MANAGERS, **FORBIDDEN),
    "access:invitation-resend": Policy(IN_SCOPE_DONE, kwargs=_invitation, method="post"),
    "access:invitation-revoke": Policy(IN_SCOPE_DONE, kwargs=_invitation, method="post"),
    "access:invitation-accept": public(kwargs=lambda world: {"token": _issue(world)[1]}),
    "access:invitation-accept unknown": Policy(statuses(404), kwargs=lambda world: {"token": "nothing"}),
    "audit:entry-list": only("administrator", **FORBIDDEN),
    "api:me": logged_in(anonymous=401),
}
