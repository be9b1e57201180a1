"""Signing in and out, forgotten passwords, the second factor: the accounts library as we have set it."""

import base64
import hmac
import os
import re
import struct
import subprocess
import sys
import time

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from portal.audit.models import AuditEntry
from tests.factories import PASSWORD
from tests.world import World

LOGIN = "/account/login/"
ACCOUNT = "/account/"
RESET = "/account/password/reset/"


@pytest.fixture(autouse=True)
def _no_limits_left_over(db: None):
    cache.clear()
    yield
    cache.clear()


def log_in(client: Client, login: str = "lead", password: str = PASSWORD, **options):
    return client.post(LOGIN + options.pop("query", ""), {"login": login, "password": password}, **options)


@pytest.mark.parametrize("login", ["lead", "LEAD", "lead@example.gov", "Lead@Example.gov"])
def test_with_username_or_e_mail_in_any_case(world: World, login: str):
    client = Client()
    assert log_in(client, login).status_code == 302
    assert client.get(ACCOUNT).status_code == 200
    assert AuditEntry.objects.get(action="person.signed_in").actor_name == "lead"


@pytest.mark.parametrize(("login", "password"), [("lead", "wrong"), ("nobody", PASSWORD), ("lead", "")])
def test_what_is_wrong_is_not_told_apart(world: World, login: str, password: str):
    client = Client()
    response = log_in(client, login, password)
    assert response.status_code == 200
    assert client.get(ACCOUNT).status_code == 302
    if password:
        assert "not correct" in response.content.decode()


def test_a_failure_is_audited_for_people_who_exist(world: World):
    log_in(Client(), "lead", "wrong")
    log_in(Client(), "my-password-typed-here", "wrong")
    entry = AuditEntry.objects.get(action="person.sign_in_failed")
    assert entry.object_id == str(world.lead.pk)
    assert entry.actor_id is None


def test_five_failures_lock_the_account_even_for_the_right_password(world: World):
    for _ in range(5):
        log_in(Client(), "lead", "wrong")
    client = Client()
    assert "too many failed attempts to sign in" in log_in(client).content.decode()
    assert client.get(ACCOUNT).status_code == 302
    assert log_in(Client(), "viewer").status_code == 302


def test_ten_failures_lock_the_address(world: World):
    for number in range(10):
        log_in(Client(), f"guess{number}", "wrong")
    assert "too many failed attempts to sign in" in log_in(Client()).content.decode()
    assert log_in(Client(), REMOTE_ADDR="203.0.113.9").status_code == 302


def test_behind_a_proxy_the_caller_is_locked_and_not_the_proxy(world: World, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(10):
        # What the caller writes into the header itself does not help.
        forged = f"198.51.100.{number}, 203.0.113.5"
        log_in(Client(), f"guess{number}", "wrong", headers={"X-Forwarded-For": forged})
    locked = log_in(Client(), headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.5"})
    assert "too many failed attempts to sign in" in locked.content.decode()
    assert log_in(Client(), headers={"X-Forwarded-For": "203.0.113.6"}).status_code == 302


def test_a_closed_account_does_not_get_in(world: World):
    world.lead.is_active = False
    world.lead.save()
    client = Client()
    assert log_in(client).headers["Location"] == "/account/inactive/"
    assert client.get(ACCOUNT).status_code == 302


@pytest.mark.parametrize(
    ("following", "lands"),
    [
        ("/agencies/", "/agencies/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_after_it_one_lands_on_our_pages_only(world: World, following: str, lands: str):
    assert log_in(Client(), query=f"?next={following}").headers["Location"] == lands


def test_the_session_is_a_new_one(world: World):
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    log_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key
    assert not type(session)().exists(session.session_key)


def test_forms_need_the_csrf_token(world: World):
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict).status_code == 403
    strict.force_login(world.lead)
    for address in (
        "/account/logout/",
        "/account/profile/",
        "/account/tokens/new/",
        "/account/people/invite/",
        "/account/password/change/",
    ):
        assert strict.post(address).status_code == 403, address


def test_one_signs_out_by_a_form_not_by_a_link(world: World):
    client = world.client("lead")
    assert client.get("/account/logout/").status_code == 200
    assert client.get(ACCOUNT).status_code == 200
    client.post("/account/logout/")
    assert client.get(ACCOUNT).status_code == 302


def test_nobody_signs_up(db: None):
    client = Client()
    for response in (client.get("/account/signup/"), client.post("/account/signup/", {"email": "a@b.gov"})):
        assert response.status_code == 403
        assert "made by invitation" in response.content.decode()
    assert "/account/signup/" not in client.get(LOGIN).content.decode()


# --- forgotten passwords --------------------------------------------------------------------------------


def reset_link() -> str:
    found = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_a_forgotten_password_is_set_by_a_link_that_works_once(world: World):
    old = world.client("lead")
    Client().post(RESET, {"email": "LEAD@example.gov"})
    link = reset_link()
    client = Client()
    form = client.get(link, follow=True)
    new = "quite another one"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert log_in(Client(), password=new).status_code == 302
    assert log_in(Client()).status_code == 200
    assert AuditEntry.objects.filter(action="person.password_changed", actor_name="lead").exists()
    # Sessions that were open are closed, and the link is dead.
    assert old.get(ACCOUNT).status_code == 302
    assert 'name="password1"' not in Client().get(link, follow=True).content.decode()


def test_a_weak_new_password_is_refused(world: World):
    Client().post(RESET, {"email": "lead@example.gov"})
    client = Client()
    form = client.get(reset_link(), follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "short", "password2": "short"})
    assert log_in(Client()).status_code == 302


def test_whether_an_address_is_known_is_not_told(world: World):
    known = Client().post(RESET, {"email": "lead@example.gov"})
    unknown = Client().post(RESET, {"email": "nobody@example.gov"})
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    told = mail.outbox[-1]
    assert told.to == ["nobody@example.gov"]
    assert "sign up" not in told.body
    assert "/account/signup/" not in told.body


def test_a_mail_server_that_is_away_breaks_no_page(world: World, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    for email in ("lead@example.gov", "nobody@example.gov"):
        assert Client().post(RESET, {"email": email}).status_code == 302


def test_mails_do_not_pile_up(world: World):
    for _ in range(5):
        assert Client().post(RESET, {"email": "lead@example.gov"}).status_code == 302
    assert Client().post(RESET, {"email": "lead@example.gov"}).status_code == 429
    assert len(mail.outbox) == 5


# --- password and address -------------------------------------------------------------------------------


def test_changing_the_password_asks_for_the_old_one_and_keeps_this_session(world: World):
    client, other = Client(), world.client("lead")
    log_in(client)
    new = "quite another one"
    wrong = {"oldpassword": "wrong", "password1": new, "password2": new}
    assert client.post("/account/password/change/", wrong).status_code == 200
    assert client.post("/account/password/change/", wrong | {"oldpassword": PASSWORD}).status_code == 302
    assert client.get(ACCOUNT).status_code == 200
    assert other.get(ACCOUNT).status_code == 302
    assert log_in(Client(), password=new).status_code == 302


def confirmation_link() -> str:
    texts = "\n".join(str(message.body) for message in mail.outbox)
    found = re.findall(r"https?://[^/]+(/account/confirm-email/\S+)", texts)
    return found[-1]


def reauthenticated(world: World) -> Client:
    """The lead's browser, in which the password was given again, as changes of importance ask for."""
    client = Client()
    log_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_new_address_counts_once_it_is_confirmed(world: World):
    client = reauthenticated(world)
    assert 'name="email"' in client.get("/account/email/").content.decode()
    client.post("/account/email/", {"email": "new@example.gov", "action_add": ""})
    assert "new@example.gov is not confirmed yet" in client.get("/account/email/").content.decode()
    world.lead.refresh_from_db()
    assert world.lead.email == "lead@example.gov"
    Client().post(confirmation_link())
    world.lead.refresh_from_db()
    assert world.lead.email == "new@example.gov"
    assert AuditEntry.objects.filter(action="person.email_confirmed").exists()
    assert [row.email for row in EmailAddress.objects.filter(user=world.lead)] == ["new@example.gov"]
    assert mail.outbox[-1].to == ["lead@example.gov"], "the old address is told"


def test_another_person_s_address_is_not_taken(world: World):
    client = reauthenticated(world)
    asked = client.post("/account/email/", {"email": "viewer@example.gov", "action_add": ""}, follow=True)
    assert "is the address of another" not in asked.content.decode()
    Client().post(confirmation_link())
    world.lead.refresh_from_db()
    assert world.lead.email == "lead@example.gov"


# --- the second factor ----------------------------------------------------------------------------------


def code_for(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def test_a_second_factor_is_set_up_and_then_asked_for(world: World):
    client = reauthenticated(world)
    assert "Set up an authenticator app" in client.get(ACCOUNT).content.decode()
    page = client.get("/account/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert client.post("/account/2fa/totp/activate/", {"code": code_for(secret)}).status_code == 302
    assert "On: signing in asks for a code" in client.get(ACCOUNT).content.decode()
    codes = client.get("/account/2fa/recovery-codes/").context["unused_codes"]

    again = Client()
    assert log_in(again).headers["Location"].startswith("/account/2fa/authenticate/")
    assert again.get(ACCOUNT).status_code == 302
    assert again.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert again.get(ACCOUNT).status_code == 302
    assert again.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert again.get(ACCOUNT).status_code == 200

    third = Client()
    log_in(third)
    assert third.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 200, "used already"


# --- the settings of production -------------------------------------------------------------------------


def test_over_https_the_cookies_keep_to_it():
    names = "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SECURE_SSL_REDIRECT"
    code = "from portal import settings as s, celery; from django.conf import settings as d;"
    code += f"print([getattr(d, name) for name in {names.split()!r}], d.SESSION_COOKIE_SAMESITE)"
    environment = os.environ | {"HTTPS": "true", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[True, True, True, True] Lax"
