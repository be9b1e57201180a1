"""API tokens: made on the account page, shown once, taken by the API until they end."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import ApiToken
from portal.access.services_tokens import (
    MOST_TOKENS,
    CannotCreateToken,
    CannotRevokeToken,
    IssuedToken,
    create_token,
    revoke_token,
)
from portal.audit.models import AuditEntry
from tests.world import World

NOW = timezone.now()
ME = "/api/v1/me/"


@pytest.fixture
def issued(world: World) -> IssuedToken:
    return create_token(user=world.lead, name="export", days=30, by=world.lead, at=NOW)


def ask(secret: str, address: str = ME):
    return Client().get(address, headers={"Authorization": f"Bearer {secret}"})


def test_a_token_is_kept_as_a_digest_only(issued: IssuedToken):
    row = ApiToken.objects.get()
    assert row.digest == sha256(issued.secret.encode()).hexdigest()
    assert row.prefix == issued.secret[:11]
    assert issued.secret not in str([vars(entry) for entry in AuditEntry.objects.all()])
    assert AuditEntry.objects.get().action == "token.created"


def test_a_token_acts_for_its_owner(world: World, issued: IssuedToken):
    found = ask(issued.secret).json()
    assert found["username"] == "lead"
    assert found["token"] == {
        "name": "export",
        "prefix": issued.token.prefix,
        "expires_at": issued.token.expires_at.isoformat().replace("+00:00", "Z"),
    }


def test_its_last_use_is_noted_about_once_a_minute(world: World, issued: IssuedToken, queries_of):
    ask(issued.secret)
    used = ApiToken.objects.get().last_used_at
    assert used is not None
    assert abs(timezone.now() - used) < timedelta(seconds=10)
    ask(issued.secret)
    assert ApiToken.objects.get().last_used_at == used


def test_a_token_works_without_csrf_and_a_session_does_not(world: World, issued: IssuedToken):
    strict = Client(enforce_csrf_checks=True)
    header = {"Authorization": f"Bearer {issued.secret}"}
    assert strict.post(ME, headers=header).status_code == 405
    strict.force_login(world.lead)
    assert strict.post(ME).status_code == 403


@pytest.mark.parametrize(
    ("state", "detail"),
    [
        ("unknown", "This token is not known."),
        ("revoked", "This token was revoked."),
        ("expired", "This token expired on"),
        ("closed", "This token is not known."),
        ("two words", "Send one token: Authorization: Bearer mp_…"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(world: World, issued: IssuedToken, state: str, detail: str):
    secret = issued.secret
    if state == "unknown":
        secret = "mp_" + "x" * 43
    elif state == "revoked":
        revoke_token(token=issued.token, by=world.lead, at=NOW)
    elif state == "expired":
        ApiToken.objects.update(expires_at=NOW - timedelta(days=1))
    elif state == "closed":
        world.lead.is_active = False
        world.lead.save()
    else:
        secret += " more"
    response = ask(secret)
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    problem = response.json()
    assert problem["status"] == 401
    assert problem["title"] == "Unauthorized"
    assert problem["detail"].startswith(detail)


def test_no_token_and_no_session_is_401(db: None):
    response = Client().get(ME)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("garbage", ["Bearer", "Bearer ", "bearer é", "Basic bGVhZDp4", "Bearer \x00"])
def test_garbage_in_the_header_is_401(db: None, garbage: str):
    assert Client().get(ME, headers={"Authorization": garbage}).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_is_good_for_a_year_at_most(world: World, days: int):
    with pytest.raises(CannotCreateToken, match="1 to 365 days"):
        create_token(user=world.lead, name="t", days=days, by=world.lead, at=NOW)


def test_tokens_are_bounded(world: World):
    for _ in range(MOST_TOKENS):
        create_token(user=world.lead, name="t", days=1, by=world.lead, at=NOW)
    with pytest.raises(CannotCreateToken, match="revoke one first"):
        create_token(user=world.lead, name="t", days=1, by=world.lead, at=NOW)


def test_only_the_owner_and_administrators_revoke(world: World, issued: IssuedToken):
    with pytest.raises(CannotRevokeToken):
        revoke_token(token=issued.token, by=world.officer, at=NOW)
    revoke_token(token=issued.token, by=world.administrator, at=NOW)
    revoke_token(token=issued.token, by=world.lead, at=NOW)
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1


# --- the pages ------------------------------------------------------------------------------------------


def test_the_page_shows_a_new_token_once(world: World):
    client = world.client("lead")
    made = client.post("/account/tokens/new/", {"name": "nightly", "days": 90})
    secret = made.context["issued"].secret
    assert secret in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    account = client.get("/account/").content.decode()
    assert "nightly" in account
    assert secret not in account
    assert ask(secret).status_code == 200


@pytest.mark.parametrize(
    "data", [{}, {"name": "", "days": 90}, {"name": "t", "days": 4000}, {"name": "t\u202e", "days": 90}]
)
def test_a_bad_form_makes_no_token(world: World, data: dict):
    response = world.client("lead").post("/account/tokens/new/", data)
    assert response.status_code == 200
    assert "Please correct the following" in response.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_post(world: World, issued: IssuedToken):
    client = world.client("lead")
    address = f"/account/tokens/{issued.token.pk}/revoke/"
    assert client.get(address).status_code == 405
    assert "revoked" in client.post(address, follow=True).content.decode()
    assert ask(issued.secret).status_code == 401


# --- who am I -------------------------------------------------------------------------------------------


def test_me_says_roles_and_rights(world: World):
    found = world.client("lead").get(ME).json()
    assert found["roles"] == [
        {
            "role": "lead",
            "rights": ["see", "see_details", "answer", "submit", "write_cases"],
            "program": None,
            "agency": world.grid.slug,
            "everything": False,
            "from_on": "2020-01-01",
            "until_on": None,
        }
    ]
    assert found["token"] is None
    assert world.client("viewer").get(ME).json()["roles"][0]["program"] == world.program.slug
    assert world.client("administrator").get(ME).json()["roles"][0]["everything"] is True
