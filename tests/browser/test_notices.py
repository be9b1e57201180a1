"""The bell in the header: its count comes after the page, and nobody is shouted at where it does not."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Visit

pytestmark = pytest.mark.browser


def test_the_count_falls_when_a_notice_is_opened(visit: Visit):
    page = visit("reviewer").go("/account/notices/")
    bell = page.locator(".portal-bell__number")
    expect(bell).to_have_text(re.compile(r"^\d+$"))
    before = int(bell.inner_text())
    page.locator(".notices__one--unread a").first.click()
    expect(page).to_have_url(re.compile("/assessments/"))
    if before > 1:
        expect(bell).to_have_text(str(before - 1))
    else:
        expect(bell).to_have_count(0)


def test_a_page_whose_count_does_not_come_says_nothing_of_a_lost_change(visit: Visit):
    visitor = visit("reviewer")
    visitor.page.route("**/account/notices/count/", lambda route: route.abort())
    page = visitor.go("/agencies/")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(".portal-bell__number")).to_have_count(0)
    visitor.complaints.clear()  # htmx's own words in the console


def test_the_list_works_without_scripts_on_a_phone(visit: Visit):
    visitor = visit("reviewer", size=NARROW, javascript=False)
    page = visitor.go("/account/notices/")
    unread = page.locator(".notices__one--unread")
    before = unread.count()
    unread.first.get_by_role("button", name="Mark as read").click()
    expect(page.locator(".notices__one--unread")).to_have_count(before - 1)
