"""Ten people work on one assessment at once, on the pages and over the API, against a real server.

Every accepted answer is there afterwards, or was written over only by a later one whose author had read it;
every refused one was told why. `TOGETHER_SECONDS` makes it a soak of so many seconds; else each of them saves
SAVES times.
"""

import json
import os
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright
from rest_framework.throttling import UserRateThrottle

from assessments.models import Answer, Comment
from portal.access.models import User
from portal.access.rules import Role
from portal.access.services_tokens import create_token
from portal.audit.models import AuditEntry
from tests.assessments.conftest import start_case
from tests.factories import make_user
from tests.groups import CHROMIUM
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 10
SAVES = 12  # of each
SECONDS = float(os.environ.get("TOGETHER_SECONDS", "0"))
ITEMS = ("train-staff", "name-owner", "pick-platform", "pair-up")
LEVELS = ("in_place", "partial", "not_started")


@dataclass(frozen=True)
class Accepted:
    """What the server took: over which revision, and what it then said."""

    item: str
    read: int
    note: str
    who: str


@dataclass
class Account:
    """What one person was told, all through."""

    accepted: list[Accepted] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def send(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> tuple[int, str]:
    """Status and text, whatever the status."""
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class AtTheApi:
    """A person with a token."""

    def __init__(self, base: str, pk: int, person: User, secret: str) -> None:
        self.base, self.who = f"{base}/api/v1/assessments/{pk}/answers/", person.username
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self.opener = urllib.request.build_opener()

    def read(self, item: str) -> int:
        request = urllib.request.Request(f"{self.base}{item}/", headers=self.headers)
        status, text = send(self.opener, request)
        assert status == 200, text
        return int(json.loads(text)["revision"])

    def save(self, item: str, revision: int, level: str, note: str) -> tuple[int, str]:
        body = json.dumps({"level": level, "note": note, "revision": revision}).encode()
        return self._send("PUT", f"{self.base}{item}/", body)

    def comment(self, item: str, text: str) -> int:
        return self._send("POST", f"{self.base}{item}/comments/", json.dumps({"text": text}).encode())[0]

    def _send(self, method: str, address: str, body: bytes) -> tuple[int, str]:
        request = urllib.request.Request(address, data=body, headers=self.headers, method=method)
        status, text = send(self.opener, request)
        if status >= 400:
            text = json.loads(text).get("detail", "")
        return status, text


class AtTheForms:
    """A person with the pages' forms and a session, without JavaScript."""

    def __init__(self, base: str, pk: int, person: User) -> None:
        self.base, self.who = f"{base}/assessments/{pk}/items/", person.username
        client = Client()
        client.force_login(person)
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.opener.addheaders = [("Cookie", self.cookie)]

    def page(self, address: str) -> str:
        status, text = send(self.opener, urllib.request.Request(address))
        assert status == 200, text
        return text

    def read(self, item: str) -> int:
        self.text = self.page(f"{self.base}{item}/")
        found = re.search(r'name="revision" value="(\d+)"', self.text)
        assert found is not None, self.text
        return int(found.group(1))

    def save(self, item: str, revision: int, level: str, note: str) -> tuple[int, str]:
        data = {"level": level, "holder": "self", "note": note, "revision": revision}
        status, text = self._post(f"{self.base}{item}/", data, self.text)
        alert = re.search(r'role="alert">(.*?)</div>\s*</div>', text, re.DOTALL)
        told = " ".join(re.sub(r"<[^>]+>", " ", alert.group(1)).split()) if alert is not None else ""
        return status, told if status >= 400 else text

    def comment(self, item: str, text: str) -> int:
        address = f"{self.base}{item}/comments/"
        page = self.page(address)
        key = re.search(r'name="key" value="([^"]+)"', page)
        assert key is not None
        return self._post(address, {"text": text, "key": key.group(1)}, page)[0]

    def _post(self, address: str, data: dict[str, object], page: str) -> tuple[int, str]:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        body = urllib.parse.urlencode(data | {"csrfmiddlewaretoken": token.group(1)}).encode()
        request = urllib.request.Request(address, data=body, headers={"Referer": address})
        # The jar holds the token's cookie; the session goes beside it.
        request.add_header("Cookie", f"{self.cookie}; {self._jar()}")
        return send(urllib.request.build_opener(), request)

    def _jar(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


class AtTheBrowser:
    """A person at a Chromium of their own, with JavaScript: the row is saved by htmx in its place."""

    def __init__(self, base: str, pk: int, person: User) -> None:
        self.base, self.who = f"{base}/assessments/{pk}/items/", person.username
        client = Client()
        client.force_login(person)
        name = settings.SESSION_COOKIE_NAME
        self.cookie = {"name": name, "value": client.cookies[name].value, "url": base}
        self.page: Page | None = None

    def open(self) -> Page:
        """The window; opened in the thread that works at it, which Playwright wants."""
        if self.page is None:
            self.playwright = sync_playwright().start()
            arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
            self.browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
            context = self.browser.new_context()
            context.add_cookies([self.cookie])  # type: ignore[list-item]
            self.page = context.new_page()
            self.page.set_default_timeout(60_000)
        return self.page

    def close(self) -> None:
        if self.page is not None:
            self.browser.close()
            self.playwright.stop()

    def read(self, item: str) -> int:
        page = self.open()
        page.goto(f"{self.base}{item}/")
        return int(page.locator("input[name=revision]").input_value())

    def save(self, item: str, revision: int, level: str, note: str) -> tuple[int, str]:
        page = self.open()
        page.locator(f"input[name=level][value={level}] + label").click()
        more = page.locator("details", has=page.locator("textarea[name=note]"))
        if more.get_attribute("open") is None:
            more.locator("summary").click()
        page.locator("textarea[name=note]").fill(note)
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            page.get_by_role("button", name="Save").click()
        told = page.locator(".item__answer [role=alert], .item__answer [role=status]").first
        told.wait_for()
        return sent.value.status, told.inner_text()

    def comment(self, item: str, text: str) -> int:
        page = self.open()
        page.goto(f"{self.base}{item}/comments/")
        page.locator("textarea[name=text]").fill(text)
        page.get_by_role("button", name="Add the comment").click()
        page.get_by_text("Your comment is there.").wait_for()
        return 200


Worker = AtTheApi | AtTheForms | AtTheBrowser


def work(worker: Worker, account: Account, go_on: Callable[[int], bool], seed: int) -> None:
    """Read an item, think a moment, save over what was read; now and then say something about it."""
    chance = random.Random(seed)
    number = 0
    while go_on(number):
        number += 1
        item, level = chance.choice(ITEMS), chance.choice(LEVELS)
        note = f"{worker.who} {number}"
        revision = worker.read(item)
        time.sleep(chance.random() * 0.02)
        status, told = worker.save(item, revision, level, note)
        if status < 400:
            account.accepted.append(Accepted(item, revision, note, worker.who))
        else:
            account.refused.append((status, told))
        if number % 5 == 0 and worker.comment(item, note) < 400:
            account.comments.append(note)


@pytest.fixture
def unthrottled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserRateThrottle, "allow_request", lambda *args: True)


def everybody_works(base: str, world: World, pk: int, browsers: int, saves: int) -> list[Account]:
    """Ten people, half of them on the pages, `browsers` of these at a browser, until each has saved so often
    or the time is over."""
    people = [make_user(f"worker{n}", Role.CONTRIBUTOR, agency=world.grid) for n in range(PEOPLE)]
    workers: list[Worker] = []
    for number, person in enumerate(people):
        if number % 2:
            at_pages = AtTheBrowser if number // 2 < browsers else AtTheForms
            workers.append(at_pages(base, pk, person))
        else:
            made = create_token(user=person, name="soak", days=1, by=person, at=timezone.now())
            workers.append(AtTheApi(base, pk, person, made.secret))
    accounts = [Account() for _ in workers]
    faults: list[BaseException] = []
    until = time.monotonic() + SECONDS
    barrier = threading.Barrier(PEOPLE)

    def go_on(done: int) -> bool:
        return time.monotonic() < until if SECONDS else done < saves

    def run(worker: Worker, account: Account, seed: int) -> None:
        try:
            if isinstance(worker, AtTheBrowser):
                worker.open()
            barrier.wait(timeout=60)
            work(worker, account, go_on, seed)
        except BaseException as error:
            faults.append(error)
        finally:
            if isinstance(worker, AtTheBrowser):
                worker.close()

    rows = enumerate(zip(workers, accounts, strict=True))
    threads = [threading.Thread(target=run, args=(worker, account, seed)) for seed, (worker, account) in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=SECONDS + 300)
    assert not faults, faults[0]
    assert not any(thread.is_alive() for thread in threads)
    return accounts


def test_ten_people_at_once_lose_nothing_and_are_told_all(
    transactional_db: None, world: World, live_server, unthrottled: None
):
    keep_account(world, live_server.url, browsers=0, saves=SAVES)


@pytest.mark.browser
def test_ten_people_at_once_some_of_them_at_a_browser(
    transactional_db: None, world: World, live_server, unthrottled: None
):
    keep_account(world, live_server.url, browsers=3, saves=5)


def keep_account(world: World, address: str, *, browsers: int, saves: int) -> None:
    """Have everybody work, and compare what each was told with what is there."""
    case = start_case(world)
    accounts = everybody_works(address, world, case.assessment.pk, browsers, saves)
    accepted = [one for account in accounts for one in account.accepted]
    refused = [one for account in accounts for one in account.refused]
    print(f"accepted {len(accepted)}, refused {Counter(status for status, _ in refused)}")  # noqa: T201
    # Everybody tried as often as they were to, and each was answered: accepted or refused.
    tried = [len(account.accepted) + len(account.refused) for account in accounts]
    assert min(tried) > 0
    assert SECONDS or tried == [saves] * PEOPLE
    assert accepted
    # Every refusal says why: that somebody else was first, and who.
    assert {status for status, _ in refused} <= {409, 412}
    assert all(re.search(r"worker\d saved this", told) for _, told in refused)
    for item in ITEMS:
        chain = sorted((one for one in accepted if one.item == item), key=lambda one: one.read)
        # Each accepted one was over the revision that the one before it made: nothing written over unseen.
        assert [one.read for one in chain] == list(range(len(chain)))
        last = Answer.objects.filter(assessment=case.assessment, item__slug=item).first()
        assert (last.revision, last.note) == (len(chain), chain[-1].note) if last is not None else not chain
        entries = AuditEntry.objects.filter(action="answer", changes__item=item).order_by("pk")
        assert [entry.changes["note"][1] for entry in entries] == [one.note for one in chain]
        assert [entry.actor_name for entry in entries] == [one.who for one in chain]
    said = [text for account in accounts for text in account.comments]
    assert sorted(Comment.objects.values_list("text", flat=True)) == sorted(said)
