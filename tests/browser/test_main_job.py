"""The main job, as a newcomer does it on the demonstration. The tests go on from one another, in order."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, Visit

pytestmark = pytest.mark.browser
AGENCY = "Lighthouse Service"
HOME = "/agencies/lighthouse-service/"


def open_draft(page: Page, show: str = "unanswered") -> None:
    page.goto("/assessments/?state=draft")
    page.get_by_role("link", name=AGENCY).first.click()
    page.goto(f"{page.url.split('?')[0]}?show={show}")


def first_item(page: Page) -> Locator:
    return page.locator("div.item__answer").first


def choose(item: Locator, level: str) -> None:
    """By its label, as one does: the design system draws the button itself."""
    item.locator(f"input[value={level}] + label").click()


def test_sign_in_says_what_is_wrong_and_no_more(visit: Visit):
    page = visit().go("/account/login/")
    page.locator("input[name=login]").fill("lead")
    page.locator("input[name=password]").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("not correct")).to_be_visible()


def test_an_answer_is_saved_without_javascript(visit: Visit):
    page = visit("contributor", javascript=False).page
    open_draft(page)
    item = first_item(page)
    name = item.locator("h3").inner_text()
    choose(item, "partial")
    item.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved").first).to_be_visible()
    open_draft(page)
    expect(page.locator("div.item__answer h3", has_text=name)).to_have_count(0)  # it is answered now


def test_an_answer_is_saved_by_keyboard_alone(visit: Visit):
    page = visit("contributor").page
    open_draft(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    item = first_item(page)
    item.locator("input[value=in_place]").focus()
    page.keyboard.press("ArrowDown")  # to the next level: in place for some
    expect(item.locator("input[value=partial]")).to_be_checked()
    page.keyboard.press("Enter")
    expect(item.get_by_role("status")).to_contain_text("Saved")


def test_two_people_never_overwrite_each_other_unseen(visit: Visit):
    lead, contributor = visit("lead").page, visit("contributor").page
    for page in (lead, contributor):
        open_draft(page)
    slow, fast = first_item(lead), first_item(contributor)
    choose(fast, "partial")
    fast.get_by_role("button", name="Save").click()
    expect(fast.get_by_role("status")).to_contain_text("Saved")

    choose(slow, "in_place")
    slow.get_by_text("Who meets it, and a note").click()
    slow.locator("textarea[name$=note]").fill("Mine, which must not be lost")
    slow.get_by_role("button", name="Save").click()
    expect(slow.get_by_role("alert")).to_contain_text("Demonstration contributor")
    expect(slow.locator("textarea[name$=note]")).to_have_value("Mine, which must not be lost")
    slow.get_by_role("button", name="Save").click()  # having seen both
    expect(slow.get_by_role("status")).to_contain_text("Saved")


def test_the_lead_finishes_and_submits(visit: Visit):
    page = visit("lead").page
    open_draft(page)
    for item in page.locator("div.item__answer").all():
        choose(item, "in_place")
        item.get_by_role("button", name="Save").click()
        expect(item.get_by_role("status")).to_contain_text("Saved")
    open_draft(page)
    page.goto(re.sub(r"\?.*", "submit/", page.url))
    page.locator("label", has_text=re.compile("^Responsible executive$")).click()
    page.locator("input[name=attested_by]").fill("Director of the Lighthouse Service")
    for label in page.locator("main input[type=checkbox] + label").all():
        label.click()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url(lambda url: "/submit/" not in url)
    expect(page.get_by_text("Submitted", exact=True).first).to_be_visible()


def agree_with_all(reviewer: Page) -> None:
    """What comes up one by one, a group or a domain at a time, and then the block."""
    while (agree := reviewer.get_by_role("button", name=re.compile("^Agree with the ")).first).count():
        agree.click()
        reviewer.wait_for_load_state()


def test_the_reviewer_approves_and_the_trend_moves_within_two_seconds(visit: Visit):
    reviewer = visit("reviewer", size=NARROW).page
    before = reported(reviewer)
    reviewer.goto("/assessments/?state=submitted&agency=Lighthouse")
    reviewer.get_by_role("link", name=AGENCY).first.click()
    if "/review/" not in reviewer.url:
        reviewer.goto(re.sub(r"(/assessments/\d+/).*", r"\1review/", reviewer.url))
    agree_with_all(reviewer)
    reviewer.get_by_role("button", name="Approve").click()
    expect(reviewer.get_by_text("Approved").first).to_be_visible()
    approved = time.monotonic()
    while reported(reviewer) == before:
        assert time.monotonic() - approved < 30, "the trend has not moved"
        time.sleep(0.05)
    took = time.monotonic() - approved
    assert reported(reviewer) == before + 1
    if took > 2:
        pytest.fail(f"the trend moved after {took:.1f} s")
    page = visit("viewer").go(f"{HOME}?numbers=latest")
    expect(page.locator(".dash-numbers__value", has_text="FY")).to_be_visible()


def reported(page: Page) -> int:
    """How many agencies have reported for the running quarter, as the API tells."""
    answer = page.request.get("/api/v1/trends/?scope=program:containers-first&granularity=quarter")
    assert answer.ok, answer.text()
    return max(answer.json()["results"], key=lambda row: row["on"])["reported"]
