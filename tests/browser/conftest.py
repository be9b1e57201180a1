"""A real Chromium against the portal as `make run` starts it: web, workers, beat, demonstration, all real."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.groups import CHROMIUM

ROOT = Path(__file__).resolve().parent.parent.parent
WIDE, NARROW = (1280, 900), (390, 844)
START_SECONDS = 180


@pytest.fixture(scope="session")
def portal_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal of its own with the demonstration in it; everything is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    var = tmp_path_factory.mktemp("portal")
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}}
    environment = kept | {"VAR_DIR": str(var), "HTTPS": "false"}
    log = (var / "run.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_portal", "--port", str(port)],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, address, var / "run.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
        log.close()


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"the portal did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser(portal_address: str) -> Iterator[Browser]:
    """Chromium, started once a file: Playwright's loop must not run on under the other tests' database."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


class Visitor:
    """Somebody at a browser window; keeps what the pages complained of."""

    def __init__(self, browser: Browser, base: str, size: tuple[int, int], javascript: bool) -> None:
        self.context = browser.new_context(
            base_url=base,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=javascript,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        # A refused request (404, 409) is told by the page itself; every other error is a fault of ours.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def log_in(self, name: str, password: str = "demonstration") -> "Visitor":
        """Through the log-in page, as everybody does."""
        self.page.goto("/account/login/")
        self.page.locator("input[name=login]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/account/login/" not in url)
        return self

    def go(self, address: str) -> Page:
        """Open a page; it must not be an error of ours."""
        response = self.page.goto(address)
        assert response is not None
        assert response.status < 500
        return self.page


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, portal_address: str) -> Iterator[Visit]:
    """Makes visitors: `visit("lead", size=NARROW)`. At the end, none may have seen a page complain."""
    made: list[Visitor] = []

    def make(name: str = "", size: tuple[int, int] = WIDE, javascript: bool = True) -> Visitor:
        made.append(Visitor(browser, portal_address, size, javascript))
        return made[-1].log_in(name) if name else made[-1]

    yield make
    complaints = [complaint for visitor in made for complaint in visitor.complaints]
    for visitor in made:
        visitor.context.close()
    assert not complaints
