"""create_api_token and create_administrator."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from portal.access.models import ApiToken, User
from portal.access.rules import Right
from portal.audit.models import AuditEntry
from tests.world import World

PASSWORD = "a long way to go"


def call(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_token_is_printed_alone_and_works(world: World):
    secret = call("create_api_token", "lead", "--days", "7", "--name", "sync").strip()
    found = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (found["username"], found["token"]["name"]) == ("lead", "sync")
    assert AuditEntry.objects.get(action="token.created").via == "command"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "no person with the username nobody"),
        (["lead", "--days", "0"], "1 to 365 days"),
        (["lead", "--days", "999"], "1 to 365 days"),
        (["lead", "--name", " "], "1 to 100 characters"),
        (["closed"], "is closed"),
    ],
)
def test_a_bad_token_request_is_explained(world: World, arguments: list[str], message: str):
    User.objects.create(username="closed", email="closed@example.gov", is_active=False)
    with pytest.raises(CommandError, match=message):
        call("create_api_token", *arguments)
    assert not ApiToken.objects.exists()


def administrator() -> User:
    return User.objects.get(email="root@example.gov")


@pytest.mark.parametrize("source", ["environment", "stdin"])
def test_an_administrator_with_a_password_is_there_at_once(db: None, monkeypatch, source: str):
    arguments = ["Root@example.gov", "--username", "root"]
    if source == "environment":
        monkeypatch.setenv("ADMINISTRATOR_PASSWORD", PASSWORD)
    else:
        monkeypatch.setattr("sys.stdin", StringIO(PASSWORD + "\n"))
        arguments.append("--password-stdin")
    assert "is an administrator now" in call("create_administrator", *arguments)
    assert administrator().has_everywhere(Right.ADMINISTER)
    client = Client()
    assert client.post("/account/login/", {"login": "root", "password": PASSWORD}).status_code == 302
    assert client.get("/account/audit/").status_code == 200


def test_without_a_password_a_link_is_printed(db: None):
    said = call("create_administrator", "root@example.gov", "--site", "https://portal.example.gov")
    link = said.split()[-1].removeprefix("https://portal.example.gov")
    chosen = {"name": "Root", "username": "root", "password": PASSWORD, "again": PASSWORD}
    assert Client().post(link, chosen).status_code == 302
    assert administrator().has_everywhere(Right.ADMINISTER)


def test_the_link_can_be_asked_for_again(db: None):
    call("create_administrator", "root@example.gov")
    assert "Open this link" in call("create_administrator", "root@example.gov")


def test_repeating_it_changes_nothing(db: None, monkeypatch):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", PASSWORD)
    call("create_administrator", "root@example.gov")
    assert "already; nothing was changed" in call("create_administrator", "root@example.gov")
    assert User.objects.count() == 1


def test_who_has_an_account_becomes_administrator(world: World):
    call("create_administrator", "viewer@example.gov")
    assert User.objects.get(username="viewer").has_everywhere(Right.ADMINISTER)


@pytest.mark.parametrize(
    ("arguments", "password", "message"),
    [
        (["nonsense"], PASSWORD, "not an e-mail address"),
        (["root@example.gov", "--username", "root"], "short", "too short"),
        (["root@example.gov", "--username", "LEAD"], PASSWORD, "is taken"),
    ],
)
def test_what_is_wrong_is_said(world: World, monkeypatch, arguments: list[str], password: str, message: str):
    monkeypatch.setenv("ADMINISTRATOR_PASSWORD", password)
    with pytest.raises(CommandError, match=message):
        call("create_administrator", *arguments)
    assert not User.objects.filter(email="root@example.gov").exists()


def test_a_lost_second_factor_is_taken_away_and_audited(world: World):
    Authenticator.objects.create(user=world.lead, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert "password alone" in call("remove_second_factor", "lead")
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.get(action="person.second_factor_removed").object_name == "lead"
    with pytest.raises(CommandError, match="has no second factor"):
        call("remove_second_factor", "lead")
    with pytest.raises(CommandError, match="no person with the username nobody"):
        call("remove_second_factor", "nobody")
