"""Tests that need something this machine may not have: left out where it is missing, and said so at the end.

On CI nothing is left out in silence: a skipped test is a failure there.
"""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.servers import are_there

CI = os.environ.get("CI", "").lower() == "true"
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SOFFICE = shutil.which("soffice") or ""
# LibreOffice is driven by the Python that it was built for, which is not ours.
OFFICE_PYTHON = "/usr/bin/python3" if Path("/usr/lib/python3/dist-packages/uno.py").is_file() else ""
NEEDS = {
    "postgres": "PostgreSQL: set DATABASE_URL",
    "redis": "Redis: set REDIS_URL",
    "servers": "servers of their own: install PostgreSQL's and Redis's",
    "browser": "a browser: install chromium",
    "libreoffice": "LibreOffice: install libreoffice-calc-nogui and python3-uno",
    "data": "the real lists in ../shared/data",
}
left_out: Counter[str] = Counter()


def missing() -> set[str]:
    """The groups that cannot run here."""
    found = {
        "postgres": not settings.EMBEDDED,
        "redis": bool(settings.REDIS_URL),
        "servers": are_there(),
        "browser": bool(CHROMIUM),
        "libreoffice": bool(SOFFICE and OFFICE_PYTHON),
        "data": SHARED_DATA.is_dir(),
    }
    return {group for group, there in found.items() if not there}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data beside the checkout; its tests are marked `data`."""
    return SHARED_DATA


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run, and count it."""
    gone = missing()
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        groups = [group for group in NEEDS if group in gone and item.get_closest_marker(group)]
        left_out.update(groups[:1])
        (out if groups else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=out)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its counts to the process that tells them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = dict(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Every worker collects all tests, so the counts of one are those of all."""
    left_out.clear()
    left_out.update(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was left out; on CI, count skipped tests as failures."""
    for group, count in sorted(left_out.items()):
        terminalreporter.write_line(
            f"Left out: {count} of the tests, which need {NEEDS[group]}.", yellow=True
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With CI=true a skipped test is a failure."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {call.excinfo.value if call.excinfo else ''}"
    return report
