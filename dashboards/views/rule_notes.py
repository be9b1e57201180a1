"""What the pages of a scope say of the scoring rule: that it changed, or has changed since."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from dashboards.points import Point
from dashboards.queries.known import Numbers
from dashboards.queries.rules import change_said, rule_lines

if TYPE_CHECKING:
    from dashboards.views.choice import Choice


@dataclass(frozen=True)
class RuleNote:
    """What must be said beside a comparison over a change of rule, and where it is told agency by agency."""

    text: str
    url: str


@dataclass(frozen=True)
class SinceNote:
    """That what is shown was published by an earlier rule: by which, by which the latest numbers are scored,
    and where those are, and what the change does."""

    rule: str
    newest: str
    latest_url: str
    changes_url: str


def rule_note(choice: "Choice", since: Point | None = None) -> RuleNote | None:
    """What to say where the last point of a scope's page is compared with the one before, or with `since`;
    None where one rule holds."""
    before, points, lines = choice.series.before, choice.series.points, choice.rules
    if since is not None and since != before:
        before, points = since, tuple(point for point in choice.choosable if point.on <= choice.on)
        lines = rule_lines(choice.scope, choice.measure, points, choice.series.knowledge)
    if before is None or before not in points:
        return None
    then = points.index(before)
    said = change_said(lines, points, then, choice.read_at, choice.agencies, choice.measure)
    if not said:
        return None
    query = urlencode({**choice.address, "since": before.on.isoformat()})
    return RuleNote(said, f"{reverse('dashboards:method-changes')}?{query}")


def since_note(choice: "Choice") -> SinceNote | None:
    """What to say where the page shows what was published by an earlier rule than the one in force."""
    if choice.measure.method == choice.newest.method:
        return None
    latest = choice.address | {"numbers": Numbers.LATEST.value}
    changes = {name: value for name, value in latest.items() if name not in {"at", "period"}}
    return SinceNote(
        choice.measure.words,
        choice.newest.words,
        f"?{urlencode(latest)}",
        f"{reverse('dashboards:method-changes')}?{urlencode(changes)}",
    )
