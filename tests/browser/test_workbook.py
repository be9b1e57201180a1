"""A workbook leaves, is filled in, and comes back: with scripts and without, on both sizes."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.assessments.workbooks import edited, places
from tests.browser.conftest import NARROW, WIDE, Visit
from tests.browser.test_accessibility import faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("size", "javascript"), [(WIDE, True), (NARROW, True), (WIDE, False)], ids=["wide", "narrow", "plain"]
)
def test_the_workbook_of_one_domain_comes_back(
    visit: Visit, tmp_path: Path, size: tuple[int, int], javascript: bool
):
    # Open, and no other test works on it.
    page = visit("administrator", size=size, javascript=javascript).go("/assessments/?state=returned")
    page.locator("tbody th a").last.click()
    page.get_by_role("link", name="Work offline").click()
    found = faults(page) if javascript else []
    with page.expect_download() as download:
        page.get_by_role("link", name="Observability").click()
    content = Path(download.value.path()).read_bytes()

    code = next(code for code, title in places(load_workbook(BytesIO(content))) if title == "Note")
    file, note = tmp_path / "ours.xlsx", f"Written on the train, {size[0]} {javascript}."
    file.write_bytes(edited(content, {(code, "Note"): note}))
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and compare").click()
    expect(page.get_by_role("heading", name="What the workbook would change")).to_be_visible()
    expect(page.get_by_text(note)).to_be_visible()
    found += faults(page) if javascript else []
    page.get_by_role("button", name="Save these answers").click()
    expect(page.get_by_text("From the workbook: 1 answer saved.")).to_be_visible()
    assert not found
