"""A roadmap in the demonstration: what one agency means to do in three years, some of it done, some late."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from assessments.models import Action
from assessments.services_roadmap import (
    ActionFields,
    change_action,
    fields_of,
    make_action,
    make_recommended,
    save_milestone,
    set_target,
)
from dashboards.analytics.what_if import card_of
from dashboards.queries.measures import choose_measure, measures_in_use
from dashboards.queries.what_if import held_of, rules_for
from portal.access.models import User
from portal.agencies.models import Agency

OWNERS = ("Platform team", "Information security", "Learning and development", "Head of delivery")
COSTS = ("18000", "42500", None, "7600", "120000")
MOST_GAPS = 12
OWN = ActionFields(
    title="Move the tide tables to the shared platform",
    owner="Head of delivery",
    due_on=date(2027, 6, 30),
    steps="Agree a window with the harbor office.\nMove the read side first.\nSwitch the old servers off.",
    cost=Decimal("64000"),
)
WHY_DROPPED = "The office that needed it was closed."


def plan_ahead(*, home: Agency, lead: User, at: datetime) -> list[Action]:
    """Targets, milestones and actions of home, from its last result. Nothing without one."""
    today = timezone.localdate(at)
    measure = choose_measure(measures_in_use(), "")
    last = home.results.order_by("-period_ends_on").first()
    held = held_of(home, measure, last.period_ends_on) if measure and last else None
    if measure is None or not measure.staged or held is None:
        return []
    version, card = measure.version, card_of(rules_for(measure), held.levels)
    aim = min((card.working_on or measure.stage_count) + 1, measure.stage_count)
    said: dict[str, Any] = {"agency": home, "by": lead, "at": at}
    set_target(version=version, stage=aim, by_on=today + timedelta(days=3 * 365), replaces=None, **said)
    first = save_milestone(title="Stage complete", due_on=today + timedelta(days=400), **said)
    save_milestone(title="Next stage complete", due_on=today + timedelta(days=1_050), **said)
    made: list[Action] = []
    gaps = [gap.slug for gap in [*card.holding, *card.gaps]]
    for number, slug in enumerate(list(dict.fromkeys(gaps))[:MOST_GAPS]):
        due = today + timedelta(days=80 * number - 40)  # the first is overdue
        made += make_recommended(
            version=version, items=[slug], owner=OWNERS[number % len(OWNERS)], due_on=due,
            milestone=first.pk if due <= first.due_on else None, **said,
        )  # fmt: skip
    own = make_action(version=version, fields=replace(OWN, due_on=today + timedelta(days=220)), **said)
    for number, action in enumerate(made):
        cost = COSTS[number % len(COSTS)]
        status, reason = {1: ("under_way", ""), 2: ("done", ""), 7: ("dropped", WHY_DROPPED)}.get(
            number, ("planned", "")
        )
        fields = replace(
            fields_of(action), cost=Decimal(cost) if cost else None, status=status, reason=reason
        )
        change_action(
            action_id=action.pk, version=version, revision=action.revision, fields=fields, by=lead, at=at
        )
    return [*made, own]
