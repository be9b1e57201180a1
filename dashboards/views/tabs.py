"""The pages of a scope, in the order of their tabs. A new page of a scope adds its line here."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from dashboards.queries.measures import Measure
from portal.access.rules import Right
from portal.requests import person

# What a tab says, and its pages: name of the address, and what the tab in the second row says. A tab that
# has one page only has no second row.
TABS: list[tuple[str, list[tuple[str, str]]]] = [
    ("Overview", [("dashboards:portfolio", "Overview")]),
    ("One page", [("dashboards:one-page", "The page"), ("dashboards:talking-points", "Talking points")]),
    ("Agencies", [("dashboards:scope-agencies", "The list"), ("dashboards:compare", "Side by side")]),
    ("Movement", [("dashboards:transitions", "Transitions"), ("dashboards:stage-times", "Stage times")]),
    ("Domains", [("dashboards:domain-list", "Domains")]),
    ("Challenges", [("dashboards:open-items", "Challenges")]),
    ("Outlook", [("dashboards:forecast", "Forecast"), ("dashboards:what-if", "What if")]),
    (
        "Behind the numbers",
        [
            ("dashboards:quality", "Data quality"),
            ("dashboards:analysis", "Analysis"),
            ("dashboards:method-changes", "Scoring changes"),
            ("dashboards:overdue-actions", "Overdue actions"),
        ],
    ),
]
# Pages that go by item levels: their tabs are for people who may see those of some agency.
DETAILED = {"dashboards:what-if", "dashboards:overdue-actions"}
# Pages that say something only where the scoring rule has changed.
OF_RULES = {"dashboards:method-changes"}
# Pages that go by completed stages, which a model with bands has not; and what others are called there.
STAGED = {"dashboards:what-if"}
OF_BANDS = {"dashboards:stage-times": "Band times"}
# Pages below a tab, which mark it: name of the address, and of the tab's.
BELOW: dict[str, str] = {"dashboards:domain-detail": "dashboards:domain-list"}


@dataclass(frozen=True)
class Tab:
    """A tab as it is shown on one page. `within`: the tab of the second row that is shown, if any."""

    label: str
    url: str
    current: bool
    within: tuple["Tab", ...] = ()


def tabs_of(request: HttpRequest, address: Mapping[str, str], measure: Measure) -> list[Tab]:
    """The tabs, each leading to its page for the same scope, questionnaire and points in time."""
    match = request.resolver_match
    here = match.view_name if match else ""
    here = BELOW.get(here, here)
    query = urlencode(address)
    left_out = set() if person(request).has_anywhere(Right.SEE_DETAILS) else DETAILED
    left_out = left_out | (set() if measure.before else OF_RULES) - {here}
    if not measure.staged:
        left_out = left_out | STAGED
    found = []
    for label, listed in TABS:
        pages = [
            Tab(_words(name, words, measure), f"{reverse(name)}?{query}", name == here)
            for name, words in listed
            if name not in left_out
        ]
        current = any(page.current for page in pages)
        found.append(Tab(label, pages[0].url, current, tuple(pages) if current and len(pages) > 1 else ()))
    return found


def _words(name: str, words: str, measure: Measure) -> str:
    return words if measure.staged else OF_BANDS.get(name, words)
