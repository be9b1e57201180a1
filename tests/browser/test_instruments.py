"""A checklist, run by keyboard alone and finished; what it found is accepted into an assessment."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
START = "/instruments/in-ha-checklist/start/"


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the button or link of this name has the focus."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip().startswith(name):
            return
    pytest.fail(f"no Tab leads to {name!r}")


def choose_first_everywhere(page: Page) -> None:
    """In every group of this section that has a choice, the first option: Space chooses the focused one."""
    groups = page.locator("fieldset.run-box--radios")
    for number in range(groups.count()):
        groups.nth(number).locator("input[type=radio]").first.focus()
        page.keyboard.press("Space")


def test_a_checklist_is_run_by_keyboard_finished_and_accepted(visit: Visit):
    page = visit("administrator").page
    page.goto("/assessments/?state=returned")  # open, and no other test works on it
    agency = page.locator("tbody th a").first.inner_text()
    page.goto(START)
    page.get_by_label("Agency").select_option(label=agency)
    page.get_by_label("Application").focus()
    page.keyboard.type("Permit desk")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/runs/\d+/"))
    run = page.url.split("?")[0].split("#")[0]

    for _ in range(12):
        choose_first_everywhere(page)
        for box in page.locator(".run-about input[name^='fields.'][type=text]").all():
            if not box.input_value():
                box.focus()
                page.keyboard.type("1")
        onwards = page.get_by_role("button", name="Save and go on")
        last = not onwards.count()
        tab_to(page, "Save" if last else "Save and go on")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
        if last:
            break
    tab_to(page, "Save and finish this run")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Finished", exact=True).first).to_be_visible()
    expect(page.locator(".run-headline")).to_contain_text("reached")

    page.get_by_role("link", name=re.compile("Look at them for")).first.click()
    expect(page.get_by_role("heading", name="Suggested by runs of instruments")).to_be_visible()
    tab_to(page, "Accept")
    item = page.evaluate("document.activeElement.closest('li').id")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken over")).to_be_visible()
    expect(page.locator(f"#{item}").get_by_text("Named as evidence already")).to_be_attached()
    page.goto(run)
    expect(page.locator(".run-headline")).to_be_visible()


def test_a_row_is_added_and_removed_without_javascript(visit: Visit):
    page = visit("lead", javascript=False).page
    page.goto("/instruments/in-application-tree/start/")
    page.get_by_role("button", name="Start").click()
    page.goto(f"{page.url.split('?')[0]}?section=rows")
    page.locator("input[name='rows.0.name'], input[name^='rows.0.'][type=text]").first.fill("Tide tables")
    page.get_by_role("button", name=re.compile("Save and add another")).click()
    expect(page.get_by_text("Application 1: Tide tables").first).to_be_visible()
    page.get_by_text("Application 1: Tide tables").first.click()
    page.get_by_role("button", name="Remove application 1").click()
    expect(page.get_by_text("Removed and saved.")).to_be_visible()
    expect(page.get_by_text("Application 1: Tide tables")).to_have_count(0)
