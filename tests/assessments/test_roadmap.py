"""Targets, milestones and actions: written over only what was read, by whoever plans, with what is wrong
told by field."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.models import Action, Milestone, Target
from assessments.services_roadmap import (
    MOST_ACTIONS,
    BadPlan,
    CannotPlan,
    StalePlan,
    change_action,
    fields_of,
    make_action,
    make_recommended,
    remove_milestone,
    save_milestone,
    set_target,
    withdraw_target,
)
from maturity.models import ModelVersion
from portal.agencies.queries import current_profile
from portal.audit.models import AuditEntry
from tests.assessments.roadmaps import SAID, make_one
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

SOON = date(2027, 3, 31)


@pytest.fixture
def version(world: World) -> ModelVersion:
    return make_small_model()


def aim(world: World, version: ModelVersion, **fields: Any) -> Target:
    said = {"stage": 2, "by_on": SOON, "replaces": None, "by": world.lead, "at": NOW}
    return set_target(agency=world.grid, version=version, **said | fields)


def change(action: Action, world: World, version: ModelVersion, revision: int = 1, **fields: Any) -> Action:
    return change_action(
        action_id=action.pk,
        version=version,
        revision=revision,
        fields=replace(fields_of(Action.objects.get(pk=action.pk)), **fields),
        by=world.lead,
        at=NOW,
    )


# --- targets ----------------------------------------------------------------------------------------


def test_another_target_ends_the_one_before_which_stays_in_the_history(world: World, version: ModelVersion):
    first = aim(world, version)
    second = aim(world, version, stage=3, replaces=first.pk, at=NOW + timedelta(days=1))
    assert list(Target.objects.in_force()) == [second]
    first.refresh_from_db()
    assert (first.stage, first.ended_at) == (2, NOW + timedelta(days=1))
    entry = AuditEntry.objects.filter(action="target.set").latest("pk")
    assert entry.changes["stage"] == [2, 3]


def test_the_same_target_again_changes_nothing(world: World, version: ModelVersion):
    first = aim(world, version)
    assert aim(world, version, replaces=first.pk) == first
    assert AuditEntry.objects.filter(action="target.set").count() == 1


def test_a_target_that_somebody_else_set_meanwhile_is_not_written_over(world: World, version: ModelVersion):
    first = aim(world, version)
    with pytest.raises(StalePlan) as stale:
        aim(world, version, stage=3)
    assert stale.value.current == first
    withdraw_target(target_id=first.pk, by=world.lead, at=NOW)
    with pytest.raises(StalePlan):
        withdraw_target(target_id=first.pk, by=world.lead, at=NOW)


def test_domains_have_targets_of_their_own(world: World, version: ModelVersion):
    aim(world, version)
    aim(world, version, domain="people", stage=1)
    assert [one.domain for one in Target.objects.in_force()] == ["", "people"]


def test_the_profile_says_the_same_stage(world: World, version: ModelVersion):
    whole = aim(world, version)
    aim(world, version, domain="people", stage=1)
    assert current_profile(world.grid)["target_stage"] == 2
    withdraw_target(target_id=whole.pk, by=world.lead, at=NOW)
    assert "target_stage" not in current_profile(world.grid)


@pytest.mark.parametrize(
    ("fields", "place", "told"),
    [
        ({"stage": 4}, "stage", "the stages 1 to 3"),
        ({"stage": 0}, "stage", "there is no 0"),
        ({"by_on": date(2026, 1, 1)}, "by_on", "lies ahead"),
        ({"by_on": date(2040, 1, 1)}, "by_on", "5 years ahead"),
        ({"domain": "zebra"}, "domain", "no domain 'zebra'"),
    ],
)
def test_nonsense_is_no_target(
    world: World, version: ModelVersion, fields: dict[str, Any], place: str, told: str
):
    with pytest.raises(BadPlan) as bad:
        aim(world, version, **fields)
    assert told in bad.value.errors[place]
    assert not Target.objects.exists()


# --- milestones -------------------------------------------------------------------------------------


def test_a_milestone_is_made_moved_and_removed_and_its_actions_stay(world: World, version: ModelVersion):
    said = {"agency": world.grid, "by": world.lead, "at": NOW}
    made = save_milestone(title="  First cluster ", due_on=SOON, **said)
    assert made.title == "First cluster"
    action = make_one(world, version, milestone=made.pk)
    save_milestone(title="First cluster", due_on=date(2027, 6, 30), milestone_id=made.pk, revision=1, **said)
    with pytest.raises(StalePlan):
        save_milestone(title="Other", due_on=SOON, milestone_id=made.pk, revision=1, **said)
    remove_milestone(milestone_id=made.pk, **said)
    action.refresh_from_db()
    assert action.milestone is None
    with pytest.raises(Milestone.DoesNotExist):
        remove_milestone(milestone_id=made.pk, **said)


# --- actions ----------------------------------------------------------------------------------------


def test_an_action_is_made_with_all_that_is_said_and_audited(world: World, version: ModelVersion):
    action = make_one(world, version)
    assert fields_of(action) == SAID
    entry = AuditEntry.objects.get(action="action.made")
    assert entry.changes["items"] == {"name-owner": "in_place"}


def test_gaps_become_actions_with_what_is_recommended(world: World, version: ModelVersion):
    version.items.filter(slug="scan-images").update(guidance={"steps": ["Choose a scanner.", "Turn it on."]})
    said = {"owner": "Platform team", "due_on": SOON, "milestone": None, "by": world.lead, "at": NOW}
    made = make_recommended(agency=world.grid, version=version, items=["scan-images", "no-budget"], **said)
    assert [one.title for one in made] == ["Scan images", "No budget"]
    assert made[0].steps == "Begin scan-images.\nChoose a scanner.\nTurn it on."
    assert made[0].recommended
    assert [(one.item, one.level) for one in made[0].items.all()] == [("scan-images", "in_place")]


@pytest.mark.parametrize("items", [[], ["zebra"], ["scan-images", "zebra"], ["a\0b"]])
def test_gaps_that_there_are_not_make_no_action_at_all(world: World, version: ModelVersion, items: list[str]):
    said = {"owner": "Platform team", "due_on": SOON, "milestone": None, "by": world.lead, "at": NOW}
    with pytest.raises(BadPlan) as bad:
        make_recommended(agency=world.grid, version=version, items=items, **said)
    assert "items" in bad.value.errors
    assert not Action.objects.exists()


def test_what_changes_is_kept_and_told(world: World, version: ModelVersion):
    action = make_one(world, version)
    changed = change(action, world, version, status="under_way", items={"scan-images": "partial"})
    assert (changed.status, changed.revision) == ("under_way", 2)
    assert fields_of(changed).items == {"scan-images": "partial"}
    entry = AuditEntry.objects.get(action="action.changed")
    assert entry.changes["status"] == ["planned", "under_way"]
    assert entry.changes["items"] == [{"name-owner": "in_place"}, {"scan-images": "partial"}]


def test_the_same_again_is_no_change(world: World, version: ModelVersion):
    action = make_one(world, version)
    assert change(action, world, version).revision == 1
    assert not AuditEntry.objects.filter(action="action.changed").exists()


def test_who_read_an_earlier_revision_is_refused(world: World, version: ModelVersion):
    action = make_one(world, version)
    change(action, world, version, owner="Somebody")
    with pytest.raises(StalePlan) as stale:
        change(action, world, version, owner="Nobody")
    assert stale.value.current.owner == "Somebody"
    with pytest.raises(BadPlan, match="no revision 9"):
        change(action, world, version, revision=9)


def test_done_has_a_day_and_dropped_a_reason(world: World, version: ModelVersion):
    action = make_one(world, version)
    assert change(action, world, version, status="done").done_on == timezone.localdate(NOW)
    with pytest.raises(BadPlan, match="Say why"):
        change(action, world, version, revision=2, status="dropped")
    dropped = change(action, world, version, revision=2, status="dropped", reason="No money.")
    assert (dropped.done_on, dropped.reason) == (None, "No money.")
    again = change(action, world, version, revision=3, status="planned")
    assert again.reason == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        Action.objects.update(status="dropped")
    with pytest.raises(IntegrityError), transaction.atomic():
        Action.objects.update(status="done")


def test_an_item_that_left_the_model_may_stay_but_not_come(world: World, version: ModelVersion):
    action = make_one(world, version)
    version.items.filter(slug="name-owner").delete()
    assert change(action, world, version, owner="Else").owner == "Else"
    with pytest.raises(BadPlan, match="no item"):
        make_one(world, version)


@pytest.mark.parametrize(
    ("fields", "place", "told"),
    [
        ({"title": " \t "}, "title", "Fill this in"),
        ({"title": "x" * 201}, "title", "201 characters"),
        ({"title": "a\u202eb"}, "title", "text direction"),
        ({"owner": ""}, "owner", "Fill this in"),
        ({"steps": "x" * 5001}, "steps", "at most 5,000"),
        ({"steps": "a\0b"}, "steps", "control character"),
        ({"due_on": date(2032, 12, 1)}, "due_on", "5 years ahead"),
        ({"due_on": date(1999, 1, 1)}, "due_on", "years ago"),
        ({"cost": Decimal("-1")}, "cost", "from 0 to"),
        ({"cost": Decimal("NaN")}, "cost", "from 0 to"),
        ({"cost": Decimal("1.005")}, "cost", "two places"),
        ({"status": "zebra"}, "status", "no status"),
        ({"milestone": 999}, "milestone", "no such milestone"),
        ({"items": {"zebra": "in_place"}}, "items", "no item 'zebra'"),
        ({"items": {"name-owner": "not_applicable"}}, "items", "no level"),
    ],
)
def test_nonsense_is_no_action(
    world: World, version: ModelVersion, fields: dict[str, Any], place: str, told: str
):
    with pytest.raises(BadPlan) as bad:
        make_one(world, version, **fields)
    assert told in bad.value.errors[place]
    assert not Action.objects.exists()


def test_a_milestone_of_another_agency_is_none_of_ours(world: World, version: ModelVersion):
    theirs = Milestone.objects.create(agency=world.mines, title="Theirs", due_on=SOON, changed_at=NOW)
    with pytest.raises(BadPlan, match="no such milestone"):
        make_one(world, version, milestone=theirs.pk)


def test_a_roadmap_has_room_for_so_many_actions(world: World, version: ModelVersion):
    action = make_one(world, version)
    rows = [replace_pk(action) for _ in range(MOST_ACTIONS - 1)]
    Action.objects.bulk_create(rows)
    with pytest.raises(BadPlan, match="room for 200"):
        make_one(world, version)
    change(action, world, version, status="dropped", reason="No money.")
    make_one(world, version)


def replace_pk(action: Action) -> Action:
    """A copy that is not saved."""
    made = Action.objects.get(pk=action.pk)
    made.pk = None
    return made


@pytest.mark.parametrize("persona", ["viewer", "contributor", "reviewer", "officer", "outsider"])
def test_only_who_plans_for_the_agency_writes(world: World, version: ModelVersion, persona: str):
    action = make_one(world, version)
    said = {"version": version, "fields": SAID, "by": world.people[persona], "at": NOW}
    with pytest.raises(CannotPlan):
        make_action(agency=world.grid, **said)
    with pytest.raises(CannotPlan):
        change_action(action_id=action.pk, revision=1, **said)
    with pytest.raises(CannotPlan):
        aim(world, version, by=world.people[persona])


def test_a_closed_agency_plans_no_more(world: World, version: ModelVersion):
    world.grid.closed_on = NOW.date()
    world.grid.save()
    with pytest.raises(CannotPlan, match="closed"):
        make_one(world, version)


@pytest.mark.parametrize(
    ("persona", "count"),
    [("viewer", 0), ("outsider", 0), ("contributor", 1), ("reviewer", 1), ("administrator", 1)],
)
def test_actions_are_seen_by_who_may_see_answers(
    world: World, version: ModelVersion, persona: str, count: int
):
    make_one(world, version)
    assert Action.objects.visible_to(world.people[persona]).count() == count


def test_overdue_is_what_is_open_and_was_due_before_today(world: World, version: ModelVersion):
    late = make_one(world, version)
    assert list(Action.objects.overdue(SOON)) == []
    assert list(Action.objects.overdue(SOON + timedelta(days=1))) == [late]
    change(late, world, version, status="done")
    assert list(Action.objects.overdue(SOON + timedelta(days=1))) == []
