"""Which pages may be saved as a view, and what of their address is kept."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.urls import Resolver404, resolve

# Pages that are read and that choose by their address alone.
SAVEABLE = {
    "dashboards:portfolio": "Portfolio",
    "dashboards:method-changes": "Scoring changes",
    "dashboards:agency-list": "Agencies",
    "dashboards:agency-detail": "Agency",
    "dashboards:agency-compare": "What changed at an agency",
    "dashboards:compare": "Agencies side by side",
    "dashboards:agency-forecast": "Forecast of an agency",
    "dashboards:agency-peers": "Peers of an agency",
    "dashboards:agency-what-if": "What if of an agency",
    "dashboards:scope-agencies": "Agencies of a portfolio",
    "dashboards:transitions": "Transitions",
    "dashboards:stage-times": "Stage times",
    "dashboards:domain-list": "Domains",
    "dashboards:domain-detail": "A domain",
    "dashboards:open-items": "Challenges",
    "dashboards:quality": "Data quality",
    "dashboards:analysis": "Analysis",
    "dashboards:overdue-actions": "Overdue actions",
    "dashboards:one-page": "One page",
    "dashboards:talking-points": "Talking points",
    "dashboards:forecast": "Forecast",
    "dashboards:what-if": "What if",
}
LONGEST_PATH = 300
LONGEST_QUERY = 1000
PASSING = {"page", "heat"}  # where somebody happened to be in a list


class NotSaveable(ValueError):
    """The address is of no page that can be saved; says why."""


def saveable(address: str) -> tuple[str, str]:
    """Path and query of an address within the portal, as they are kept. Raises NotSaveable."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or "\\" in address:
        raise NotSaveable("Only pages of this portal can be saved.")
    if kind_of(parts.path) is None:
        raise NotSaveable("This page cannot be saved as a view; dashboards and lists of agencies can.")
    given = parse_qsl(parts.query, keep_blank_values=False)
    query = urlencode([(name, value) for name, value in given if name not in PASSING])
    if len(parts.path) > LONGEST_PATH or len(query) > LONGEST_QUERY:
        raise NotSaveable("More is chosen on this page than a view can keep: choose less.")
    return parts.path, query


def kind_of(path: str) -> str | None:
    """What kind of page a path leads to, as people call it; None where it is none that can be saved."""
    try:
        return SAVEABLE.get(resolve(path).view_name)
    except Resolver404:
        return None
