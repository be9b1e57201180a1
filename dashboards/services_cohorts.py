"""Writes to cohorts. Each is one transaction with its audit entry.

A new or changed cohort changes the memberships of many agencies at once. Those are marked stale in a
transaction of its own (mark_cohorts) that begins once the change is committed: whatever refresh read the
sources before, and so without the change, had either applied its agencies by then or still has their marks.
"""

import time
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction

from dashboards.models import Scope, ScopeMember
from portal.agencies.models import Agency, Cohort, Program, StaleMark
from portal.agencies.profile_filter import ProfileFilter, filter_as_json
from portal.agencies.queries_cohorts import members_fitting
from portal.agencies.services import mark_stale, tell_workers
from portal.agencies.slugs import make_slug, start_of_slug
from portal.agencies.text import fault_of, one_line, quoted
from portal.audit.services import Actor, record

LONGEST_NAME = 200
TRIES = 4  # to delete what a worker is at


class InvalidCohort(Exception):
    """A cohort cannot be kept so; `field` is what it is about, the text says what would be right."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@transaction.atomic
def create_cohort(
    *,
    name: str,
    program: Program | None,
    conditions: ProfileFilter,
    within: Agency | None,
    by: Actor | None,
    at: datetime,
) -> Cohort:
    """A new cohort of a program's agencies (None: of all) whose profile fits. Raises InvalidCohort."""
    name = _clean_name(name, program, None)
    _check(conditions, within)
    taken = Cohort.objects.filter(slug__startswith=start_of_slug(name, "group"))
    slug = make_slug(name, set(taken.values_list("slug", flat=True)), otherwise="group")
    kept = filter_as_json(conditions)
    cohort = Cohort.objects.create(
        slug=slug, name=name, program=program, within=within, conditions=kept, created_at=at
    )
    changes = {"program": program.slug if program else None, **_said(cohort)}
    record(action="cohort.created", obj=cohort, by=by, at=at, changes=changes)
    transaction.on_commit(lambda: tell_workers(None))
    return cohort


@transaction.atomic
def edit_cohort(
    *,
    cohort: Cohort,
    name: str,
    conditions: ProfileFilter,
    within: Agency | None,
    by: Actor | None,
    at: datetime,
) -> bool:
    """Change a cohort; another filter or subtree has all of its past counted anew. Whether anything changed.

    Raises InvalidCohort.
    """
    cohort = (
        Cohort.objects.select_for_update(of=("self",)).select_related("program", "within").get(pk=cohort.pk)
    )
    before = _said(cohort)
    _check(conditions, within)
    cohort.name = _clean_name(name, cohort.program, cohort)
    cohort.within, cohort.conditions = within, filter_as_json(conditions)
    after = _said(cohort)
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if not changes:
        return False
    # One that is still to be marked stays so.
    cohort.unmarked = cohort.unmarked or changes.keys() != {"name"}
    cohort.save(update_fields=["name", "within", "conditions", "unmarked"])
    record(action="cohort.edited", obj=cohort, by=by, at=at, changes=changes)
    transaction.on_commit(lambda: tell_workers(None))
    return True


def delete_cohort(*, cohort: Cohort, by: Actor | None, at: datetime) -> None:
    """Delete a cohort with its trends.

    A worker that counts its members at this moment may stand in the way, or be stood in the way of; then
    the database ends one of the two, and it is tried again. What the worker had marked stays marked.
    """
    for attempt in range(1, TRIES + 1):
        try:
            _delete(cohort, by, at)
        except OperationalError:
            if attempt == TRIES or transaction.get_connection().in_atomic_block:
                raise
            time.sleep(0.1 * attempt)
        else:
            return


@transaction.atomic
def _delete(cohort: Cohort, by: Actor | None, at: datetime) -> None:
    cohort = (
        Cohort.objects.select_for_update(of=("self",)).select_related("program", "within").get(pk=cohort.pk)
    )
    list(Scope.objects.filter(cohort=cohort).select_for_update())
    record(action="cohort.deleted", obj=cohort, by=by, at=at, changes=_said(cohort))
    cohort.delete()


@transaction.atomic
def mark_cohorts(*, at: datetime) -> int:
    """Mark the agencies of cohorts that are new or were changed. Returns how many cohorts.

    Those are all that are applied as members, all that may ever have fitted, and, because a refresh may be
    about to apply what it read of the cohort before, all that are marked already: they come first here.
    """
    cohorts = list(
        Cohort.objects.filter(unmarked=True)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("program", "within")
        .order_by("pk")
    )
    for cohort in cohorts:
        marked = StaleMark.objects.order_by().values_list("agency_id", flat=True)
        applied = ScopeMember.objects.filter(scope__cohort=cohort).order_by()
        concerned = set(marked)
        concerned |= set(applied.values_list("agency_id", flat=True))
        concerned |= set(members_fitting(cohort, None).order_by().values_list("pk", flat=True))
        mark_stale(agencies=sorted(concerned), reason="agency group", at=at)
    Cohort.objects.filter(pk__in=[cohort.pk for cohort in cohorts]).update(unmarked=False)
    return len(cohorts)


def _clean_name(name: str, program: Program | None, own: Cohort | None) -> str:
    name = one_line(name)
    if not name:
        raise InvalidCohort("name", "Give the group a name.")
    if reason := fault_of(name, LONGEST_NAME):
        raise InvalidCohort("name", f"Name {reason}.")
    others = Cohort.objects.filter(program=program, name=name)
    if own is not None:
        others = others.exclude(pk=own.pk)
    if others.exists():
        raise InvalidCohort("name", f"Another group is called {quoted(name)}.")
    return name


def _check(conditions: ProfileFilter, within: Agency | None) -> None:
    if not conditions and within is None:
        raise InvalidCohort(
            "", "Say by at least one field, or by a place in the tree, which agencies are meant."
        )


def _said(cohort: Cohort) -> dict[str, Any]:
    """What a cohort is, as the audit keeps it."""
    return {
        "name": cohort.name,
        "filter": dict(cohort.conditions),
        "within": cohort.within.slug if cohort.within is not None else None,
    }
