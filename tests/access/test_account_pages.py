"""The pages of the accounts library: all ours, and each way to sign in walked from first to last page."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.factories import PASSWORD
from tests.world import World

ACCOUNT = "/account/"
LOGIN = "/account/login/"
RESET = "/account/password/reset/"
EMAIL = "/account/email/"
FACTORS = "/account/2fa/"
ACTIVATE = "/account/2fa/totp/activate/"
DEACTIVATE = "/account/2fa/totp/deactivate/"
CODES = "/account/2fa/recovery-codes/"
AUTHENTICATE = "/account/2fa/authenticate/"
NEW = "quite another one"
# What one sees before and after one is signed in.
OUTSIDE = [
    LOGIN,
    RESET,
    f"{RESET}done/",
    f"{RESET}key/1-unknown/",
    f"{RESET}key/done/",
    "/account/confirm-email/unknown/",
    "/account/inactive/",
]
INSIDE = [
    "/account/logout/",
    "/account/password/change/",
    "/account/reauthenticate/",
    EMAIL,
    FACTORS,
    ACTIVATE,
]
WITH_FACTOR = [FACTORS, DEACTIVATE, CODES, f"{CODES}generate/", f"{FACTORS}reauthenticate/"]
LOCKED = "too many failed attempts to sign in"


@pytest.fixture(autouse=True)
def _no_limits_left_over(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def text_of(response: Any) -> str:
    """The main part of the page, as one line of words."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())


def log_in(client: Client, password: str = PASSWORD, login: str = "lead") -> Any:
    return client.post(LOGIN, {"login": login, "password": password}, follow=True)


def signed_in(client: Client) -> bool:
    return client.get(ACCOUNT).status_code == 200


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


@pytest.fixture
def client(world: World) -> Client:
    """The lead's browser, in which the password was just given again."""
    client = Client()
    log_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def secret(client: Client) -> str:
    """The secret of the lead's authenticator app, set up as the page says."""
    page = client.get(ACTIVATE).content.decode()
    found = re.search(r'<code id="secret">([A-Z2-7]{32})</code>', page)
    assert found
    done = client.post(ACTIVATE, {"code": code_of(found[1])})
    assert (done.status_code, done.headers["Location"]) == (302, CODES)
    # A code is good once; what was typed to set it up shall not stand in the way of the next step.
    cache.clear()
    return found[1]


def codes_on(client: Client) -> list[str]:
    return re.findall(r"<code>(\d{8})</code>", client.get(CODES).content.decode())


# --- every page -----------------------------------------------------------------------------------------


def assert_ours(response: Any) -> None:
    assert response.status_code == 200
    assert len(re.findall("<h1", response.content.decode())) == 1
    assert "None" not in text_of(response)
    ours = Path(settings.BASE_DIR) / "templates"
    foreign = {
        template.name
        for template in response.templates
        if template.origin
        and ours not in Path(template.origin.name).parents
        # What Django draws form fields with.
        and not str(template.name).startswith("django/forms/")
    }
    assert not foreign


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_page_before_signing_in_is_ours(address: str):
    assert_ours(Client().get(address))


@pytest.mark.parametrize("address", INSIDE)
def test_a_page_of_somebody_signed_in_is_ours(client: Client, address: str):
    assert_ours(client.get(address))


@pytest.mark.parametrize("address", WITH_FACTOR)
def test_a_page_of_somebody_with_a_second_factor_is_ours(client: Client, secret: str, address: str):
    assert_ours(client.get(address))


@pytest.mark.parametrize(
    "address", ["/account/confirm-email/", "/account/login/code/confirm/", "/account/password/set/"]
)
def test_what_is_not_offered_is_not_there(client: Client, address: str):
    for somebody in (client, Client()):
        assert somebody.get(address).status_code == 404
        assert somebody.post(address).status_code == 404


def test_fields_tell_what_to_type_by_labels_that_stay():
    page = Client().get(LOGIN).content.decode()
    assert "Username or e-mail address" in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "placeholder" not in page


# --- the second factor ----------------------------------------------------------------------------------


def test_the_app_is_set_up_by_picture_or_by_secret(client: Client):
    page = client.get(ACTIVATE).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert 'alt="QR code' in page
    wrong = client.post(ACTIVATE, {"code": "000000"})
    assert "Incorrect code" in text_of(wrong)
    # The same secret still: the app that scanned it needs no second time.
    assert re.findall('id="secret">[^<]+', page) == re.findall('id="secret">[^<]+', wrong.content.decode())
    assert not Authenticator.objects.exists()


def test_signing_in_asks_for_the_code_too(client: Client, secret: str):
    browser = Client()
    asked = log_in(browser)
    assert asked.redirect_chain[-1][0].startswith(AUTHENTICATE)
    assert_ours(asked)
    assert "Type your code" in text_of(asked)
    assert not signed_in(browser)
    assert "Incorrect code" in text_of(browser.post(AUTHENTICATE, {"code": "12345"}))
    assert not signed_in(browser)
    # Apps show it in two groups.
    code = code_of(secret)
    browser.post(AUTHENTICATE, {"code": f"{code[:3]} {code[3:]}"})
    assert signed_in(browser)


def test_a_code_that_was_overheard_is_of_no_use(client: Client, secret: str):
    code = code_of(secret)
    for good in (True, False):
        browser = Client()
        log_in(browser)
        browser.post(AUTHENTICATE, {"code": code})
        assert signed_in(browser) is good


def test_between_the_steps_one_can_turn_back(client: Client, secret: str):
    browser = Client()
    log_in(browser)
    assert browser.post("/account/logout/", {"next": LOGIN}).headers["Location"] == LOGIN
    assert browser.get(AUTHENTICATE).headers["Location"].startswith(LOGIN)


def test_guessing_codes_is_locked(client: Client, secret: str):
    browser = Client()
    log_in(browser)
    for _ in range(5):
        browser.post(AUTHENTICATE, {"code": "000000"})
    assert LOCKED in text_of(browser.post(AUTHENTICATE, {"code": code_of(secret)}))
    assert not signed_in(browser)


def test_it_is_turned_off_with_its_recovery_codes(client: Client, secret: str):
    told = text_of(client.get(DEACTIVATE))
    assert "Your recovery codes go too" in told
    assert client.post(DEACTIVATE).status_code == 302
    assert not Authenticator.objects.exists()
    browser = Client()
    log_in(browser)
    assert signed_in(browser)


def test_what_changes_it_asks_who_one_is(client: Client, secret: str):
    browser = Client()
    log_in(browser)
    browser.post(AUTHENTICATE, {"code": codes_on(client)[0]})
    assert signed_in(browser)
    for address in (DEACTIVATE, f"{CODES}generate/", CODES, f"{CODES}download/"):
        asked = browser.get(address, follow=True)
        assert "Confirm that it is you" in text_of(asked), address
        assert_ours(asked)


# --- recovery codes -------------------------------------------------------------------------------------


def test_recovery_codes_are_shown_and_downloaded(client: Client, secret: str):
    codes = codes_on(client)
    assert len(set(codes)) == 10
    file = client.get(f"{CODES}download/")
    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert file.headers["Content-Type"].startswith("text/plain")
    assert file.content.decode().split() == codes


def test_a_recovery_code_signs_in_once(client: Client, secret: str):
    first = codes_on(client)[0]
    for good in (True, False):
        browser = Client()
        log_in(browser)
        browser.post(AUTHENTICATE, {"code": first})
        assert signed_in(browser) is good
    assert first not in codes_on(client)
    assert "9 of 10 are left" in text_of(client.get(FACTORS))


def test_new_recovery_codes_replace_the_old(client: Client, secret: str):
    old = codes_on(client)
    assert "The 10 that are left from before stop working" in text_of(client.get(f"{CODES}generate/"))
    assert client.post(f"{CODES}generate/").headers["Location"] == CODES
    assert not set(old) & set(codes_on(client))
    browser = Client()
    log_in(browser)
    browser.post(AUTHENTICATE, {"code": old[0]})
    assert not signed_in(browser)


# --- a new password by e-mail ---------------------------------------------------------------------------


def test_a_password_is_reset_by_the_link_in_the_mail(world: World, link_in_mail):
    browser = Client()
    sent = browser.post(RESET, {"email": "lead@example.gov"}, follow=True)
    assert "Look into your mail" in text_of(sent)
    assert [message.to for message in mail.outbox] == [["lead@example.gov"]]
    assert "your account lead" in mail.outbox[0].body
    assert "None" not in mail.outbox[0].body

    form = browser.get(link_in_mail(), follow=True)
    assert_ours(form)
    assert "Choose a new password" in text_of(form)
    address = form.redirect_chain[-1][0]
    weak = browser.post(address, {"password1": "short", "password2": "short"})
    assert "at least 12 characters" in text_of(weak)
    unlike = browser.post(address, {"password1": NEW, "password2": f"{NEW}!"})
    assert "same password each time" in text_of(unlike)
    done = browser.post(address, {"password1": NEW, "password2": NEW}, follow=True)
    assert_ours(done)
    assert "Your password is set" in text_of(done)
    assert not signed_in(browser)

    log_in(browser, NEW)
    assert signed_in(browser)
    told = mail.outbox[-1]
    assert told.to == ["lead@example.gov"]
    assert "If it was not you" in told.body
    assert "None" not in told.body


def test_a_link_used_up_leads_to_a_new_one(world: World, link_in_mail):
    browser = Client()
    browser.post(RESET, {"email": "lead@example.gov"})
    link = link_in_mail()
    form = browser.get(link, follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    dead = Client().get(link, follow=True)
    assert "This link does not work" in text_of(dead)
    assert f'href="{RESET}"' in dead.content.decode()
    assert "password1" not in dead.content.decode()


def test_a_reset_does_not_get_round_the_second_factor(client: Client, secret: str, link_in_mail):
    browser = Client()
    browser.post(RESET, {"email": "lead@example.gov"})
    form = browser.get(link_in_mail(), follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert log_in(browser, NEW).redirect_chain[-1][0].startswith(AUTHENTICATE)
    assert not signed_in(browser)


# --- a new address --------------------------------------------------------------------------------------


def test_an_address_is_changed_by_the_link_in_the_mail_with_a_second_factor_too(
    client: Client, secret: str, world: World, link_in_mail
):
    pending = client.post(EMAIL, {"email": "new@example.gov", "action_add": ""}, follow=True)
    assert "new@example.gov is not confirmed yet" in text_of(pending)
    link = link_in_mail()
    page = client.get(link)
    assert_ours(page)
    assert "new@example.gov is the address of the account lead" in text_of(page)
    world.lead.refresh_from_db()
    assert world.lead.email == "lead@example.gov", "opening the link alone changes nothing"
    client.post(link)
    world.lead.refresh_from_db()
    assert world.lead.email == "new@example.gov"
    assert "This link does not work" in text_of(client.get(link))


# --- locked out -----------------------------------------------------------------------------------------


def test_a_lock_out_says_so_and_what_to_do(world: World):
    browser = Client()
    for _ in range(5):
        assert "is not correct" in text_of(log_in(browser, "wrong"))
    told = text_of(log_in(browser))
    assert LOCKED in told
    assert "Wait five minutes, then try again" in told
    assert not signed_in(browser)


def test_too_many_mails_are_answered_by_a_page_of_ours(world: World):
    browser = Client()
    for _ in range(5):
        browser.post(RESET, {"email": "lead@example.gov"})
    refused = browser.post(RESET, {"email": "lead@example.gov"})
    assert refused.status_code == 429
    assert "Too many attempts" in text_of(refused)
    assert "Wait five minutes" in text_of(refused)
    assert "Maturity Portal" in refused.content.decode()


def test_a_closed_account_is_told_apart_only_with_its_password(world: World):
    world.lead.is_active = False
    world.lead.save()
    assert "This account is closed" in text_of(log_in(Client()))
    assert "is not correct" in text_of(log_in(Client(), "wrong"))
