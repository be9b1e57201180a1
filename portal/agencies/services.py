"""Writes to the agency tree; marking agencies stale. Each is one transaction with its audit entry."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.agencies.import_reading import COLUMNS, MOST_CHARACTERS
from portal.agencies.models import Agency, Program, ProgramMembership, StaleMark
from portal.agencies.services_search import FOUND_BY, write_agencies
from portal.agencies.slugs import make_slug, start_of_slug
from portal.agencies.text import fault_of, is_web_address, one_line, quoted
from portal.audit.services import Actor, record

logger = logging.getLogger(__name__)
EDITABLE = ("name", "abbreviation", "identifier", "website", "notes")


class InvalidAgency(Exception):
    """A field of an agency cannot be kept; the text names it and says why."""


class CannotMove(Exception):
    """An agency cannot be put there."""


class CannotClose(Exception):
    """An agency cannot be closed then."""


def mark_stale(*, agencies: Iterable[Agency | int], reason: str, at: datetime) -> None:
    """Mark what stands on these agencies as out of date, and tell the workers once this is committed.

    Call it inside the transaction of the change. If the broker is away the marks stay, and the beat
    task picks them up.
    """
    ids = [agency if isinstance(agency, int) else agency.pk for agency in agencies]
    StaleMark.objects.bulk_create(
        [StaleMark(agency_id=pk, reason=reason, marked_at=at) for pk in ids], batch_size=500
    )
    if ids:
        transaction.on_commit(lambda: tell_workers(ids[0] if len(ids) == 1 else None))


def tell_workers(agency_id: int | None) -> None:
    """Have this agency brought up to date; None: all that are marked."""
    try:
        current_app.send_task(settings.TREND_REFRESH_TASK, kwargs={"agency_id": agency_id}, queue="trends")
    except (OperationalError, OSError) as error:
        logger.warning("No message for the workers (%s); the beat task will pick the marks up.", error)


def lock_tree() -> None:
    """Let no one else change the shape of the tree until the transaction ends.

    One row stands for the tree, the oldest: two moves at once could otherwise make a circle.
    """
    Agency.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True).first()


@transaction.atomic
def create_agency(
    *,
    fields: Mapping[str, str],
    parent: Agency | None,
    by: Actor | None,
    at: datetime,
    program: Program | None = None,
    demonstration: bool = False,
) -> Agency:
    """A new agency at the top or below `parent`, and in `program` from that day. Raises InvalidAgency."""
    lock_tree()
    clean = _clean(fields)
    if not clean.get("name"):
        raise InvalidAgency("Give the agency a name.")
    if parent is not None:
        parent.refresh_from_db(fields=["path", "depth"])
    agency = Agency(
        **clean,
        parent=parent,
        path=f"new-{uuid4()}",  # the real one ends in the id, which the database gives
        depth=parent.depth + 1 if parent is not None else 0,
        created_at=at,
        updated_at=at,
        demonstration=demonstration,
    )
    taken = Agency.objects.filter(slug__startswith=start_of_slug(agency.name)).values_list("slug", flat=True)
    agency.slug = make_slug(agency.name, set(taken), within=parent.slug if parent is not None else "")
    agency.save()
    agency.path = f"{parent.path if parent is not None else '/'}{agency.pk}/"
    agency.save(update_fields=["path"])
    if program is not None:
        ProgramMembership.objects.create(program=program, agency=agency, from_on=timezone.localdate(at))
    changes = {**clean, "parent": parent.slug if parent is not None else None}
    if program is not None:
        changes["program"] = program.slug
    record(action="agency.created", obj=agency, by=by, at=at, changes=changes)
    write_agencies([agency], new=True)
    mark_stale(agencies=[agency], reason="created", at=at)
    return agency


@transaction.atomic
def edit_agency(*, agency: Agency, fields: Mapping[str, str], by: Actor | None, at: datetime) -> None:
    """Change the name, abbreviation, identifier, website or notes. The slug stays. Raises InvalidAgency."""
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    clean = _clean(fields, own=agency)
    if clean.get("name") == "":
        raise InvalidAgency("Give the agency a name.")
    changes = {key: [getattr(agency, key), new] for key, new in clean.items() if getattr(agency, key) != new}
    if not changes:
        return
    for key in changes:
        setattr(agency, key, clean[key])
    agency.updated_at = at
    agency.save(update_fields=[*changes, "updated_at"])
    record(action="agency.edited", obj=agency, by=by, at=at, changes=changes)
    if FOUND_BY & changes.keys():
        write_agencies([agency])


def _clean(fields: Mapping[str, str], own: Agency | None = None) -> dict[str, str | None]:
    clean: dict[str, str | None] = {}
    for key in EDITABLE:
        if key not in fields:
            continue
        raw = fields[key] or ""
        text = (
            "\n".join(one_line(line) for line in raw.splitlines()).strip()
            if key == "notes"
            else one_line(raw)
        )
        if reason := fault_of(text.replace("\n", " "), MOST_CHARACTERS[key]):
            raise InvalidAgency(f"{COLUMNS[key]} {reason}.")
        if key == "website" and text and not is_web_address(text):
            raise InvalidAgency("Give a website that begins with http:// or https://.")
        clean[key] = text or (None if key == "identifier" else "")
    if identifier := clean.get("identifier"):
        others = Agency.objects.exclude(pk=own.pk) if own is not None else Agency.objects.all()
        if others.filter(identifier=identifier).exists():
            raise InvalidAgency(f"Another agency has the identifier {quoted(identifier)}.")
    return clean


@transaction.atomic
def move_agency(*, agency: Agency, parent: Agency | None, by: Actor | None, at: datetime) -> None:
    """Put `agency` with all below it under `parent` (None: at the top). Raises CannotMove for a circle."""
    lock_tree()
    agency.refresh_from_db()
    if parent is not None:
        parent.refresh_from_db()
        if parent.path.startswith(agency.path):
            raise CannotMove(f"{parent} is {agency} itself or lies below it, so it cannot become its parent.")
    if agency.parent_id == (parent.pk if parent is not None else None):
        return
    old_parent = agency.parent
    old_path, levels = agency.path, (parent.depth + 1 if parent is not None else 0) - agency.depth
    new_path = f"{parent.path if parent is not None else '/'}{agency.pk}/"
    subtree = Agency.objects.within(agency)
    moved = list(subtree.values_list("pk", flat=True))
    subtree.update(
        path=Concat(Value(new_path), Substr("path", len(old_path) + 1), output_field=CharField()),
        depth=F("depth") + levels,
    )
    Agency.objects.filter(pk=agency.pk).update(parent=parent, updated_at=at)
    agency.refresh_from_db()
    changes = {
        "parent": [old_parent and old_parent.slug, parent and parent.slug],
        "agencies moved": len(moved),
    }
    record(action="agency.moved", obj=agency, by=by, at=at, changes=changes)
    mark_stale(agencies=moved, reason="moved", at=at)


@transaction.atomic
def close_agency(*, agency: Agency, on: date, by: Actor | None, at: datetime) -> None:
    """`agency` exists no longer from the day `on`. Raises CannotClose while something open is below it."""
    lock_tree()
    agency.refresh_from_db()
    below = Agency.objects.within(agency).exclude(pk=agency.pk).open_on(on)
    if (count := below.count()) > 0:
        raise CannotClose(f"{count} open below {agency}: close or move them first.")
    old, agency.closed_on, agency.updated_at = agency.closed_on, on, at
    agency.save(update_fields=["closed_on", "updated_at"])
    record(
        action="agency.closed", obj=agency, by=by, at=at, changes={"closed_on": [old and str(old), str(on)]}
    )
    mark_stale(agencies=[agency], reason="closed", at=at)


@transaction.atomic
def reopen_agency(*, agency: Agency, by: Actor | None, at: datetime) -> None:
    """Undo a closing. Raises CannotClose while its parent is closed."""
    lock_tree()
    agency.refresh_from_db()
    if agency.closed_on is None:
        return
    if agency.parent is not None and agency.parent.closed_on is not None:
        raise CannotClose(f"{agency.parent} is closed: reopen it first.")
    old, agency.closed_on, agency.updated_at = agency.closed_on, None, at
    agency.save(update_fields=["closed_on", "updated_at"])
    record(action="agency.reopened", obj=agency, by=by, at=at, changes={"closed_on": [str(old), None]})
    mark_stale(agencies=[agency], reason="reopened", at=at)
