"""Writes to the roadmap of an agency: targets, milestones, and actions that move practices.

Each part is written over only what was read: `revision` (of a target: the one that it replaces) says which.
What is wrong is told by field.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.models import RAISED_TO, Action, ActionItem, Milestone, Target
from maturity.models import Domain, Item, MaturityModel, ModelVersion
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, ProgramMembership, in_force
from portal.agencies.profile import InvalidValue
from portal.agencies.services_profile import set_profile_values
from portal.agencies.text import fault_of, one_line
from portal.audit.services import record

MOST_ACTIONS, MOST_MILESTONES, MOST_ITEMS = 200, 40, 60  # of an agency; of an action
LONGEST_LINE, LONGEST_STEPS, LONGEST_REASON = 200, 5_000, 500
YEARS_AHEAD, YEARS_BACK = 5, 5  # a roadmap reaches so far; what is long done may be written down too
HIGHEST_COST = Decimal("999999999999.99")
LEVELS = {level for level, _ in RAISED_TO}


class CannotPlan(Exception):
    """This person may not plan for the agency, or the agency is closed; says which."""


class BadPlan(Exception):
    """What was sent cannot be kept: field to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StalePlan(Exception):
    """Somebody changed this since it was read; `current`: as it is now, None where it is there no more."""

    def __init__(self, current: Target | Milestone | Action | None) -> None:
        super().__init__("Somebody changed this after you read it. See what it says now, and send it again.")
        self.current = current


@dataclass(frozen=True)
class ActionFields:
    """All that is said of an action. `items`: by slug, the level that it brings the item to."""

    title: str
    owner: str
    due_on: date
    steps: str = ""
    cost: Decimal | None = None
    status: str = Action.Status.PLANNED.value
    reason: str = ""
    milestone: int | None = None
    items: Mapping[str, str] = field(default_factory=dict)


def fields_of(action: Action) -> ActionFields:
    """What an action says now."""
    return ActionFields(
        title=action.title,
        owner=action.owner,
        due_on=action.due_on,
        steps=action.steps,
        cost=action.cost,
        status=action.status,
        reason=action.reason,
        milestone=action.milestone_id,
        items={one.item: one.level for one in action.items.all()},
    )


# --- targets ----------------------------------------------------------------------------------------


@transaction.atomic
def set_target(
    *,
    agency: Agency,
    version: ModelVersion,
    stage: int,
    by_on: date,
    replaces: int | None,
    by: User,
    at: datetime,
    domain: str = "",
) -> Target:
    """Set the stage that the agency, or one of its domains, is to have completed by a day.

    `replaces`: the target in force that was read, None where there was none. The same again changes nothing.
    Raises CannotPlan, BadPlan, StalePlan.
    """
    _lock(agency, by, at)
    current = _in_force(agency, version.model, domain, replaces)
    if errors := _target_errors(version, stage, by_on, domain, timezone.localdate(at)):
        raise BadPlan(errors)
    if current is not None and (current.stage, current.by_on) == (stage, by_on):
        return current
    before = _end(current, at)
    target = Target.objects.create(
        agency=agency, model=version.model, domain=domain, stage=stage, by_on=by_on, set_by=by, set_at=at
    )
    changes = {"stage": [before and before.stage, stage], "by_on": [before and str(before.by_on), str(by_on)]}
    record(action="target.set", obj=target, by=by, at=at, changes=changes | {"domain": domain})
    _tell_profile(target, stage, by, at)
    return target


@transaction.atomic
def withdraw_target(*, target_id: int, by: User, at: datetime) -> None:
    """End a target without another. Raises Target.DoesNotExist, CannotPlan, StalePlan."""
    target = Target.objects.select_related("agency", "model").get(pk=target_id)
    _lock(target.agency, by, at)
    target.refresh_from_db()
    if target.ended_at is not None:
        raise StalePlan(None)
    _end(target, at)
    record(action="target.withdrawn", obj=target, by=by, at=at)
    _tell_profile(target, None, by, at)


def _tell_profile(target: Target, stage: int | None, by: User, at: datetime) -> None:
    """The profile holds the stage aimed at too, which pages and reports show: that of the questionnaire that
    the agency's programs ask for."""
    asked = {key.partition("@")[0] for key in _default_models(target.agency, timezone.localdate(at)) if key}
    if target.domain or (asked and target.model.slug not in asked):
        return
    with suppress(InvalidValue):  # a questionnaire of more stages than the profile knows
        on = timezone.localdate(at)
        set_profile_values(agency=target.agency, values={"target_stage": stage}, on=on, by=by, at=at)


def _default_models(agency: Agency, today: date) -> list[str]:
    memberships = ProgramMembership.objects.filter(in_force(today), agency=agency)
    return list(memberships.order_by().values_list("program__default_model", flat=True))


def _in_force(agency: Agency, model: MaturityModel, domain: str, read: int | None) -> Target | None:
    current = Target.objects.in_force().filter(agency=agency, model=model, domain=domain).first()
    if (current.pk if current else None) != read:
        raise StalePlan(current)
    return current


def _end(target: Target | None, at: datetime) -> Target | None:
    if target is not None:
        target.ended_at = at
        target.save(update_fields=["ended_at"])
    return target


def _target_errors(
    version: ModelVersion, stage: int, by_on: date, domain: str, today: date
) -> dict[str, str]:
    errors = {}
    if not 1 <= stage <= version.stage_count:
        errors["stage"] = f"{version.model} has the stages 1 to {version.stage_count}; there is no {stage}."
    if fault := _day_fault(by_on, today):
        errors["by_on"] = fault
    elif by_on < today:
        errors["by_on"] = "A target lies ahead: choose a day from today on."
    if domain and not Domain.objects.filter(version=version, slug=domain).exists():
        errors["domain"] = f"{version.model} has no domain {domain!r}."
    return errors


# --- milestones -------------------------------------------------------------------------------------


@transaction.atomic
def save_milestone(
    *,
    agency: Agency,
    title: str,
    due_on: date,
    by: User,
    at: datetime,
    milestone_id: int | None = None,
    revision: int = 0,
) -> Milestone:
    """A new milestone, or (`milestone_id`) one of the agency that was read at `revision`, changed.

    Raises CannotPlan, BadPlan, StalePlan, Milestone.DoesNotExist.
    """
    _lock(agency, by, at)
    title, errors = one_line(title), {}
    if fault := _line_fault(title):
        errors["title"] = fault
    if fault := _day_fault(due_on, timezone.localdate(at)):
        errors["due_on"] = fault
    if milestone_id is None and agency.milestones.count() >= MOST_MILESTONES:
        errors["title"] = f"A roadmap has room for {MOST_MILESTONES} milestones."
    if errors:
        raise BadPlan(errors)
    if milestone_id is None:
        made = Milestone.objects.create(agency=agency, title=title, due_on=due_on, changed_at=at)
        record(action="milestone.made", obj=made, by=by, at=at, changes={"due_on": str(due_on)})
        return made
    milestone = Milestone.objects.get(pk=milestone_id, agency=agency)
    if milestone.revision != revision:
        raise StalePlan(milestone)
    changes = _set(milestone, {"title": title, "due_on": due_on})
    if changes:
        milestone.revision, milestone.changed_at = revision + 1, at
        milestone.save()
        record(action="milestone.changed", obj=milestone, by=by, at=at, changes=changes)
    return milestone


@transaction.atomic
def remove_milestone(*, agency: Agency, milestone_id: int, by: User, at: datetime) -> None:
    """Take a milestone off the roadmap; its actions stay. Raises CannotPlan, Milestone.DoesNotExist."""
    _lock(agency, by, at)
    milestone = Milestone.objects.get(pk=milestone_id, agency=agency)
    moved = milestone.actions.update(milestone=None)
    record(action="milestone.removed", obj=milestone, by=by, at=at, changes={"actions": moved})
    milestone.delete()


# --- actions ----------------------------------------------------------------------------------------


@transaction.atomic
def make_action(
    *, agency: Agency, version: ModelVersion, fields: ActionFields, by: User, at: datetime
) -> Action:
    """A new action of the agency's own. Raises CannotPlan, BadPlan."""
    _lock(agency, by, at)
    _refuse_more(agency, 1)
    return _made(agency, version, fields, by, at, recommended=False)


@transaction.atomic
def make_recommended(
    *,
    agency: Agency,
    version: ModelVersion,
    items: Sequence[str],
    owner: str,
    due_on: date,
    milestone: int | None,
    by: User,
    at: datetime,
) -> list[Action]:
    """An action for each of these items, with what the questionnaire recommends: all of them, or none.

    Raises CannotPlan, BadPlan.
    """
    _lock(agency, by, at)
    wanted = list(dict.fromkeys(items))
    if not wanted:
        raise BadPlan({"items": "Choose at least one practice or challenge."})
    _refuse_more(agency, len(wanted))
    # All are read, not those asked for: what was sent may be no slug at all.
    found = {item.slug: item for item in Item.objects.filter(version=version)}
    if unknown := [slug for slug in wanted if slug not in found]:
        raise BadPlan({"items": f"{version.model} has no item {unknown[0]!r}."})
    common = ActionFields(title="", owner=owner, due_on=due_on, milestone=milestone)
    return [
        _made(agency, version, _from_item(common, found[slug]), by, at, recommended=True) for slug in wanted
    ]


def _from_item(common: ActionFields, item: Item) -> ActionFields:
    steps = [item.action, *(item.guidance or {}).get("steps", ())]
    text = "\n".join(step for step in dict.fromkeys(steps) if step)[:LONGEST_STEPS]
    return replace(common, title=item.title, steps=text, items={item.slug: RAISED_TO[0][0]})


@transaction.atomic
def change_action(
    *, action_id: int, version: ModelVersion, revision: int, fields: ActionFields, by: User, at: datetime
) -> Action:
    """Change an action that was read at `revision`; what is the same already is not saved again.

    `version`: the current one of the action's model. Items that it does not have may stay, not be added.
    Raises Action.DoesNotExist, CannotPlan, BadPlan, StalePlan.
    """
    action = Action.objects.select_related("agency").get(pk=action_id)
    _lock(action.agency, by, at)
    action = Action.objects.with_list_relations().get(pk=action_id)
    if revision > action.revision:
        raise BadPlan({"revision": f"There is no revision {revision}; this action is at {action.revision}."})
    if revision != action.revision:
        raise StalePlan(action)
    before, fields = fields_of(action), _trimmed(fields)
    if errors := _errors(action.agency, version, fields, timezone.localdate(at), known=before.items):
        raise BadPlan(errors)
    changes = _set(action, _columns(fields, at, done_on=action.done_on))
    changes.pop("done_on", None)
    if dict(before.items) != dict(fields.items):
        changes["items"] = [dict(before.items), dict(fields.items)]
        action.items.all().delete()
        _write_items(action, fields)
    if changes:
        if "steps" in changes:  # which may be long
            changes["steps"] = "changed"
        action.revision, action.changed_by, action.changed_at = revision + 1, by, at
        action.save()
        record(action="action.changed", obj=action, by=by, at=at, changes=changes)
    return Action.objects.with_list_relations().get(pk=action_id)


def _made(
    agency: Agency, version: ModelVersion, fields: ActionFields, by: User, at: datetime, *, recommended: bool
) -> Action:
    fields = _trimmed(fields)
    if errors := _errors(agency, version, fields, timezone.localdate(at), known={}):
        raise BadPlan(errors)
    action = Action.objects.create(
        agency=agency,
        model=version.model,
        recommended=recommended,
        made_by=by,
        made_at=at,
        changed_by=by,
        changed_at=at,
        **_columns(fields, at),
    )
    _write_items(action, fields)
    changes = {"due_on": str(fields.due_on), "owner": fields.owner, "items": dict(fields.items)}
    record(action="action.made", obj=action, by=by, at=at, changes=changes)
    return action


def _write_items(action: Action, fields: ActionFields) -> None:
    ActionItem.objects.bulk_create(
        ActionItem(action=action, item=slug, level=level) for slug, level in fields.items.items()
    )


def _columns(fields: ActionFields, at: datetime, done_on: date | None = None) -> dict[str, Any]:
    """The columns of the action itself. The day it was done is kept once there is one."""
    done = fields.status == Action.Status.DONE
    return {
        "title": fields.title,
        "steps": fields.steps,
        "owner": fields.owner,
        "due_on": fields.due_on,
        "cost": fields.cost,
        "status": fields.status,
        "reason": fields.reason,
        "milestone_id": fields.milestone,
        "done_on": (done_on or timezone.localdate(at)) if done else None,
    }


def _trimmed(fields: ActionFields) -> ActionFields:
    reason = one_line(fields.reason) if fields.status == Action.Status.DROPPED else ""
    steps = fields.steps.replace("\r\n", "\n").replace("\t", " ").strip()
    return replace(
        fields, title=one_line(fields.title), owner=one_line(fields.owner), steps=steps, reason=reason
    )


def _errors(
    agency: Agency, version: ModelVersion, fields: ActionFields, today: date, known: Mapping[str, str]
) -> dict[str, str]:
    """By field, what is wrong; all of it at once."""
    statuses = {str(status) for status in Action.Status}
    mine = agency.milestones
    found = {
        "title": _line_fault(fields.title),
        "owner": _line_fault(fields.owner),
        "steps": _text_fault(fields.steps),
        "due_on": _day_fault(fields.due_on, today),
        "cost": _cost_fault(fields.cost),
        "status": "" if fields.status in statuses else f"There is no status {fields.status!r}.",
        "reason": _reason_fault(fields),
        "milestone": ""
        if fields.milestone is None or mine.filter(pk=fields.milestone).exists()
        else "This roadmap has no such milestone.",
        "items": _items_fault(version, fields.items, known),
    }
    return {name: fault for name, fault in found.items() if fault}


def _line_fault(text: str) -> str:
    if not text:
        return "Fill this in."
    fault = fault_of(text, LONGEST_LINE)
    return f"This {fault}." if fault else ""


def _text_fault(text: str) -> str:
    if len(text) > LONGEST_STEPS:
        return f"Write at most {LONGEST_STEPS:,} characters; these are {len(text):,}."
    faults = (fault_of(line, LONGEST_STEPS) for line in text.split("\n"))
    fault = next((one for one in faults if one), "")
    return f"This {fault}." if fault else ""


def _day_fault(day: date, today: date) -> str:
    if day.year < today.year - YEARS_BACK:
        return f"This is more than {YEARS_BACK} years ago."
    if (day.year, day.month, day.day) > (today.year + YEARS_AHEAD, today.month, today.day):
        return f"A roadmap reaches {YEARS_AHEAD} years ahead; choose an earlier day."
    return ""


def _cost_fault(cost: Decimal | None) -> str:
    if cost is None:
        return ""
    if not cost.is_finite() or not 0 <= cost <= HIGHEST_COST:
        return f"A cost is a number from 0 to {HIGHEST_COST:,}."
    return "" if cost == cost.quantize(Decimal("0.01")) else "A cost has two places at the most."


def _reason_fault(fields: ActionFields) -> str:
    if fields.status != Action.Status.DROPPED:
        return ""
    if not fields.reason:
        return "Say why this is dropped."
    fault = fault_of(fields.reason, LONGEST_REASON)
    return f"This {fault}." if fault else ""


def _items_fault(version: ModelVersion, items: Mapping[str, str], known: Mapping[str, str]) -> str:
    if len(items) > MOST_ITEMS:
        return f"An action moves at most {MOST_ITEMS} practices; these are {len(items)}."
    for slug, level in items.items():
        if level not in LEVELS:
            words = ", ".join(sorted(LEVELS))
            return f"{slug}: there is no level {level!r} to bring it to; it is one of {words}."
    new = [slug for slug in items if slug not in known]
    there = set(Item.objects.filter(version=version).values_list("slug", flat=True)) if new else set()
    missing = [slug for slug in new if slug not in there]
    return f"{version.model} has no item {missing[0]!r}." if missing else ""


# --- common -----------------------------------------------------------------------------------------


def _lock(agency: Agency, by: User, at: datetime) -> None:
    """One writer of a roadmap at a time. Raises CannotPlan."""
    locked = Agency.objects.select_for_update().get(pk=agency.pk)
    if not by.can(Right.SUBMIT, locked):
        raise CannotPlan(f"You may not plan for {locked}.")
    if locked.closed_on is not None and locked.closed_on <= timezone.localdate(at):
        raise CannotPlan(f"{locked} is closed.")


def _refuse_more(agency: Agency, count: int) -> None:
    there = agency.actions.exclude(status=Action.Status.DROPPED).count()
    if there + count > MOST_ACTIONS:
        told = f"A roadmap has room for {MOST_ACTIONS} actions; this one has {there}."
        raise BadPlan({"items" if count > 1 else "title": told})


def _set(row: Action | Milestone, fields: dict[str, Any]) -> dict[str, Any]:
    """Set the fields, and say what that changed: [old, new] as text."""
    found = {}
    for name, new in fields.items():
        old = getattr(row, name)
        if old != new:
            setattr(row, name, new)
            found[name] = ["" if old is None else str(old), "" if new is None else str(new)]
    return found
