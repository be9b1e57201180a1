"""A roadmap in the demonstration: what one agency means to do in three years, some of it done, some late."""

from collections.abc import Sequence
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
from dashboards.analytics.what_if import card_of, suggestion
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.what_if import held_of, rules_for
from maturity.models import Item
from portal.access.models import User
from portal.agencies.models import Agency

OWNERS = ("Platform team", "Information security", "Learning and development", "Head of delivery")
COSTS = ("18000", "42500", None, "7600", "120000")
MOST_ACTIONS = 14
OWN = ActionFields(
    title="Move the tide tables to the shared platform",
    owner="Head of delivery",
    due_on=date(2027, 6, 30),
    steps="Agree a window with the harbor office.\nMove the read side first.\nSwitch the old servers off.",
    cost=Decimal("64000"),
)
DROPPED: dict[str, Any] = {
    "title": "A cluster of its own for the pilots",
    "reason": "The pilots fit on the shared platform.",
}


def plan_ahead(*, home: Agency, lead: User, at: datetime) -> list[Action]:
    """Targets, milestones and actions of home, from its last result. Nothing without one.

    The stage being worked on is reached in time; a domain is asked for more than is planned.
    """
    today = timezone.localdate(at)
    measure = choose_measure(measures_in_use(), "")
    last = home.results.order_by("-period_ends_on").first()
    held = held_of(home, measure, last.period_ends_on) if measure and last else None
    if measure is None or not measure.staged or held is None:
        return []
    version, rules = measure.version, rules_for(measure)
    card = card_of(rules, held.levels)
    goal, in_two_years = card.working_on or measure.stage_count, today + timedelta(days=900)
    said: dict[str, Any] = {"agency": home, "by": lead, "at": at}
    set_target(version=version, stage=goal, by_on=in_two_years, replaces=None, **said)
    domain, aim = measure.domains[-1][0], min(goal + 1, measure.stage_count)
    set_target(version=version, stage=aim, by_on=in_two_years, replaces=None, domain=domain, **said)
    first = save_milestone(title="Platform ready for audit", due_on=today + timedelta(days=400), **said)
    save_milestone(title=f"Stage {goal} completed", due_on=in_two_years, **said)
    groups = _by_domain(measure, suggestion(rules, held.levels))
    further = [gap.slug for gap in card.gaps if not any(gap.slug in group for group in groups.values())]
    groups |= {slug: [slug] for slug in further[: max(MOST_ACTIONS - len(groups), 0)]}
    made = []
    for number, (name, slugs) in enumerate(groups.items()):
        due = today + timedelta(days=60 * number - 40)  # the first is overdue
        common: dict[str, Any] = {"owner": OWNERS[number % len(OWNERS)], "due_on": due}
        milestone = first.pk if due <= first.due_on else None
        if len(slugs) == 1:
            made += make_recommended(version=version, items=slugs, milestone=milestone, **common, **said)
            continue
        fields = ActionFields(
            title=f"Close the gaps: {name}", milestone=milestone, items=dict.fromkeys(slugs, "in_place"),
            steps="", **common,
        )  # fmt: skip
        made.append(make_action(version=version, fields=fields, **said))
    own = replace(OWN, due_on=today + timedelta(days=220))
    dropped = replace(own, status="dropped", **DROPPED)
    made += [make_action(version=version, fields=fields, **said) for fields in (own, dropped)]
    return [_begun(action, number, measure, lead, at) for number, action in enumerate(made)]


def _by_domain(measure: Measure, slugs: Sequence[str]) -> dict[str, list[str]]:
    """These items by the name of their domain; challenges are each by themselves."""
    items = Item.objects.filter(version=measure.version, slug__in=slugs).select_related("domain")
    found: dict[str, list[str]] = {}
    for item in items.order_by("position"):
        found.setdefault(item.domain.name if item.domain else item.slug, []).append(item.slug)
    return found


def _begun(action: Action, number: int, measure: Measure, lead: User, at: datetime) -> Action:
    """With its cost; the second is under way, and the third is done."""
    fields = fields_of(action)
    cost = COSTS[number % len(COSTS)]
    if fields.cost is None and cost is not None and fields.status != "dropped":
        fields = replace(fields, cost=Decimal(cost))
    fields = replace(fields, status={1: "under_way", 2: "done"}.get(number, fields.status))
    return change_action(
        action_id=action.pk, version=measure.version, revision=1, fields=fields, by=lead, at=at
    )
