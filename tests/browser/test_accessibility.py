"""Every kind of page at both widths: no axe violation, nothing wider than the window, one main heading."""

import re
from urllib.parse import urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Visit

pytestmark = pytest.mark.browser
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HOME = "/agencies/lighthouse-service/"  # the agency of the demonstration's lead
MODEL = "/models/container-adoption/1/"
SCOPE_PAGES = (
    *("agencies", "transitions", "stage-times", "domains", "domains/observability", "challenges"),
    *("quality", "analysis", "overdue-actions"),
)
RUNS = (  # a checklist, rows, a matrix, ranges, a profile, and an open one
    *("Security by layer", "Readiness of applications", "Coverage of threats", "Return on investment"),
    *("Choice factors", "Docker hardening"),
)
SIDE_BY_SIDE = "/compare/?agencies=lighthouse-service&agencies=oral-history-office&show=all"
DRAFT = "/assessments/?state=draft&agency=Lighthouse > Lighthouse Service"
ROUND = "/cycles/ > *tbody a"  # the one that runs
# As whom to look at what. A step "> text" opens the first link of that name on the page before, "> ./path"
# what lies below it, and "> *selector" presses something on it.
PAGES = {
    "": ["/account/login/", "/account/password/reset/", "/no-such-page/"],
    "viewer": [
        *["/", "/agencies/", HOME, "/agencies/?q=nobody", "/api/docs/", "/one-page/", "/reports/", "/views/"],
        *["/views/show/", "/?numbers=latest", "/?numbers=known&known_on=2026-10-31", "/cycles/"],
        *["/search/", "/search/?q=registry", "/search/?q=registry&kind=practice", "/search/?q=zebra"],
    ],
    "contributor": [
        *["/models/", MODEL, f"{MODEL}stages/2/", f"{MODEL}items/ws-no-privileged/"],
        *["/library/", "/library/comparisons/", "/library/comparisons/service-mesh-comparison/"],
        *["/library/questions/faq/", "/library/delivery/reference-pipeline-steps/"],
        *["/library/resources/figures-000/", "/library/entries/fg-4-decision-tree/"],
    ],
    "reviewer": [
        *["/case-studies/", "/case-studies/cs-1-container-journey/", "/assessments/start/"],
        *["/account/notices/", "/account/notices/settings/", "/reviews/"],
        *[f"/reviews/ > Dredging Office{step}" for step in (" > ./?group=changed", " > *.review-item h3 a")],
        *["/reviews/disagreements/", "/reviews/disagreements/ > Tidal Survey Bureau"],
    ],
    "department": ["/assessments/?state=draft&agency=Pilotage > Pilotage Board > Check-in"],
    "lead": [
        *["/assessments/", DRAFT, "/assessments/ > 2.72", "/assessments/?tab=mine"],
        *[f"{DRAFT} > {name}" for name in ("Suggested by runs", "People", "Shared platforms", "Evidence")],
        *[f"{DRAFT} > Evidence > Decision of the steering group", f"{DRAFT} > ./submit/"],
        *[
            f"{DRAFT} > ./items/{path}/"
            for path in ("sv-business-case/evidence", "sv-business-case/exemption")
        ],
        *[f"{DRAFT} > ./items/ps-infrastructure-fit/comments/", "/evidence/", "/commitments/"],
        *["/exemptions/", "/exemptions/ > *tbody a"],
        *["/instruments/", "/instruments/in-docker-hardening/", "/instruments/in-roi-calculator/start/"],
        *[f"{HOME} > {name}" for name in RUNS],
        *[f"{HOME} > {name}" for name in ("Docker hardening > Host", "Docker hardening > Fill it")],
        *[f"{HOME} > Security by layer > Compare with", f"{HOME}compare/", f"{HOME}compare/?show=all"],
        *[f"{HOME}roadmap/", f"{HOME}roadmap/gaps/", f"{HOME}roadmap/actions/new/"],
        *[f"{HOME}roadmap/targets/", f"{HOME}roadmap/milestones/new/", f"{HOME}forecast/"],
    ],
    "officer": [
        *[
            f"{ROUND}{step}"
            for step in ("", " > Reporting units", " > *.unit-choose > *button:has-text('Later due day')")
        ],
        *[
            f"{ROUND} > Data call and reminders{step}"
            for step in ("", " > *tbody a", " > Write another data call")
        ],
        *[f"{ROUND} > Files of answers{step}" for step in ("", " > mill-inspection.csv")],
        *["/agencies/ministry-of-letters/"],
        *["/", HOME, "/cycles/", "/agencies/programs/", "/agencies/import/", "/account/people/"],
        *[f"/portfolio/{name}/" for name in SCOPE_PAGES],
        *[
            "/one-page/talking-points/",
            "/forecast/",
            "/what-if/",
            "/method-changes/",
            "/?scope=cohort:ministries",
        ],
        *[f"{HOME}next/", "/case-studies/new/", "/case-studies/import/", "/case-studies/?show=review"],
        *[f"{HOME}peers/", f"{HOME}forecast/", f"{HOME}what-if/", f"{HOME}compare/"],
        *["/compare/", "/compare/?agencies=lighthouse-service&find=office", SIDE_BY_SIDE],
        *["/groups/", "/groups/ministries/", "/groups/new/", "/filter/", "/?size=large"],
        *["/reports/ > One page", "/reports/schedules/", "/reports/schedules/ > One page, PDF"],
        *["/one-page/ > Sentence, decisions, commitments", "/ > What was corrected, and why"],
    ],
    "administrator": ["/check/", "/agencies/new/", f"{HOME}edit/", "/account/", "/account/audit/", "/jobs/"],
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("persona", PAGES, ids=lambda persona: persona or "anonymous")
def test_pages_are_for_everybody(visit: Visit, persona: str, size: tuple[int, int]):
    visitor = visit(persona, size=size)
    found = []
    for address in PAGES[persona]:
        first, *links = address.split(" > ")
        page = visitor.go(first)
        for step in links:
            take(page, step)
        page.wait_for_load_state("networkidle")
        found += [f"{address}: {fault}" for fault in faults(page)]
    assert not found


def test_what_comes_in_later_leaves_the_title_of_the_page(visit: Visit):
    page = visit("officer").go("/cycles/")
    page.locator("tbody a").first.click()
    page.wait_for_load_state("networkidle")
    expect(page).to_have_title(re.compile("^" + re.escape(page.locator("h1").inner_text())))


def take(page: Page, step: str) -> None:
    """One step further from this page; see PAGES."""
    if step.startswith("./"):
        page.goto(urljoin(page.url, step))
    elif step.startswith("*"):
        page.locator(step[1:]).first.click()
    else:
        page.get_by_role("link", name=step).first.click()


def faults(page: Page) -> list[str]:
    """What is wrong with the page for somebody who sees, hears or moves differently."""
    options = {"runOnly": {"type": "tag", "values": TAGS}}
    violations = Axe().run(page, options=options).response["violations"]
    found = [f"{v['id']} at {v['nodes'][0]['html'][:120]}" for v in violations]
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        found.append(f"{wide} pixels wider than the window")
    if page.locator("h1").count() != 1:
        found.append("not exactly one main heading")
    return found
