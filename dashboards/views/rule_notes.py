"""What the pages of a scope say of the scoring rule: that it changed, or has changed since."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from dashboards.queries.known import Numbers
from dashboards.queries.rules import change_said

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


def rule_note(choice: "Choice") -> RuleNote | None:
    """What to say where the last two points of a scope's page are compared; None where one rule holds."""
    before = choice.series.before
    said = change_said(choice.rules, choice.series, choice.agencies, choice.measure)
    if before is None or not said:
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
