"""The search box of every page: by the key "/", which never takes a letter from somebody who types."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_key_leads_to_the_box_and_the_box_to_results(visit: Visit, size: tuple[int, int]):
    page = visit("viewer", size=size).go("/agencies/")
    box = page.get_by_role("searchbox", name="Search the portal")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.type("CI/CD")
    expect(box).to_have_value("CI/CD")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/search/?q=CI%2FCD")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    expect(page.locator("mark").first).to_be_visible()


def test_the_key_is_a_letter_where_one_types_and_can_be_switched_off(visit: Visit):
    page = visit("viewer").go("/search/?q=registry")
    own = page.get_by_role("searchbox", name="Words to look for")
    own.fill("a")
    own.press("/")
    expect(own).to_have_value("a/")
    page.get_by_text("leads to the search box of every page").click()
    page.goto("/agencies/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search the portal")).not_to_be_focused()
