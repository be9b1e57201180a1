"""Writes to programs and to who belongs to them. Each is one transaction with its audit entry."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from portal.agencies.models import Agency, Program, ProgramMembership, in_force
from portal.agencies.periods import day_before
from portal.agencies.services import mark_stale
from portal.agencies.slugs import make_slug, start_of_slug
from portal.agencies.text import fault_of, one_line, quoted
from portal.audit.services import Actor, record

MODEL_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*@[A-Za-z0-9][A-Za-z0-9._-]*")


class InvalidProgram(Exception):
    """A field of a program cannot be kept; the text names it and says why."""


@transaction.atomic
def create_program(
    *, fields: Mapping[str, Any], by: Actor | None, at: datetime, demonstration: bool = False
) -> Program:
    """A new program: `fields` are name, description, default_model, year_starts_in. Raises InvalidProgram."""
    clean = _clean(fields, own=None)
    if not clean.get("name"):
        raise InvalidProgram("Give the program a name.")
    begins = start_of_slug(clean["name"], "program")
    taken = set(Program.objects.filter(slug__startswith=begins).values_list("slug", flat=True))
    slug = make_slug(clean["name"], taken, otherwise="program")
    program = Program.objects.create(slug=slug, demonstration=demonstration, **clean)
    record(action="program.created", obj=program, by=by, at=at, changes=clean)
    return program


@transaction.atomic
def edit_program(*, program: Program, fields: Mapping[str, Any], by: Actor | None, at: datetime) -> None:
    """Change name, description, default model or calendar. The slug stays. Raises InvalidProgram."""
    program = Program.objects.select_for_update().get(pk=program.pk)
    clean = _clean(fields, own=program)
    if clean.get("name") == "":
        raise InvalidProgram("Give the program a name.")
    changes = {
        key: [getattr(program, key), new] for key, new in clean.items() if getattr(program, key) != new
    }
    if not changes:
        return
    for key in changes:
        setattr(program, key, clean[key])
    program.save(update_fields=list(changes))
    record(action="program.edited", obj=program, by=by, at=at, changes=changes)


def _clean(fields: Mapping[str, Any], own: Program | None) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    if "name" in fields:
        clean["name"] = one_line(fields["name"])
        if reason := fault_of(clean["name"], 200):
            raise InvalidProgram(f"Name {reason}.")
        others = Program.objects.exclude(pk=own.pk) if own is not None else Program.objects.all()
        if others.filter(name=clean["name"]).exists():
            raise InvalidProgram(f"Another program is called {quoted(clean['name'])}.")
    if "description" in fields:
        clean["description"] = fields["description"].strip()
    if "default_model" in fields:
        clean["default_model"] = one_line(fields["default_model"])
        if clean["default_model"] and not MODEL_KEY.fullmatch(clean["default_model"]):
            raise InvalidProgram(
                f"Default model is {quoted(clean['default_model'])}: write container-adoption@1."
            )
    if "year_starts_in" in fields:
        clean["year_starts_in"] = int(fields["year_starts_in"])
        if not 1 <= clean["year_starts_in"] <= 12:
            raise InvalidProgram("The year starts in a month from 1 to 12.")
    return clean


@transaction.atomic
def add_to_program(
    *,
    program: Program,
    agencies: Sequence[Agency],
    on: date,
    by: Actor | None,
    at: datetime,
    whole_subtree: bool = False,
    among: Q | None = None,
) -> int:
    """These agencies (with all below them, where `whole_subtree`) belong to `program` from the day `on`.

    `among`: only those join who are among these (None: all). Closed ones do not join, members stay as
    they are, and who was to join later or to leave is a member from `on` without an end. Returns how
    many joined.
    """
    Program.objects.select_for_update().get(pk=program.pk)
    wanted = Q(pk__in=[agency.pk for agency in agencies])
    if whole_subtree:
        for agency in agencies:
            wanted |= Q(path__startswith=agency.path)
    joining = Agency.objects.open_on(on).filter(wanted)
    if among is not None:
        joining = joining.filter(among)
    staying = program.memberships.filter(from_on__lte=on, until_on__isnull=True).values("agency_id")
    ids = list(joining.exclude(pk__in=staying).order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    program.memberships.filter(agency__in=ids, from_on__gte=on).delete()
    program.memberships.filter(in_force(on), agency__in=ids).update(until_on=day_before(on))
    ProgramMembership.objects.bulk_create(
        [ProgramMembership(program=program, agency_id=pk, from_on=on) for pk in ids], batch_size=500
    )
    slugs = [agency.slug for agency in agencies]
    changes = {"agencies": slugs, "whole_subtree": whole_subtree, "from": str(on), "joined": len(ids)}
    record(action="program.agencies_added", obj=program, by=by, at=at, changes=changes)
    mark_stale(agencies=ids, reason="program membership", at=at)
    return len(ids)


@transaction.atomic
def remove_from_program(
    *, program: Program, agency: Agency, on: date, by: Actor | None, at: datetime, whole_subtree: bool = False
) -> int:
    """`agency` (with all below it, where `whole_subtree`) is no longer in `program` from the day `on`.

    Returns how many left. A membership that would have begun that day or later never was.
    """
    Program.objects.select_for_update().get(pk=program.pk)
    leaving = Agency.objects.within(agency) if whole_subtree else Agency.objects.filter(pk=agency.pk)
    rows = program.memberships.filter(agency__in=leaving)
    later = rows.filter(from_on__gte=on)
    running = rows.filter(in_force(on), from_on__lt=on)
    ids = sorted({*later.values_list("agency_id", flat=True), *running.values_list("agency_id", flat=True)})
    if not ids:
        return 0
    later.delete()
    running.update(until_on=day_before(on))
    changes = {"agency": agency.slug, "until": str(day_before(on)), "left": len(ids)}
    record(action="program.agency_removed", obj=program, by=by, at=at, changes=changes)
    mark_stale(agencies=ids, reason="program membership", at=at)
    return len(ids)
