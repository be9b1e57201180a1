"""Writing what a plan of an import says, in bulk: thousands of agencies in seconds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import uuid4

from django.utils import timezone

from portal.agencies import profile
from portal.agencies.import_places import Key
from portal.agencies.import_plan import CHANGE, CREATE, Entry, Plan
from portal.agencies.models import Agency, ProfileValue, Program, ProgramMembership
from portal.agencies.periods import day_before
from portal.agencies.services import mark_stale
from portal.agencies.services_search import FOUND_BY, write_agencies
from portal.agencies.slugs import make_slug
from portal.audit.services import Actor, record_many

BATCH = 500


def write_plan(*, plan: Plan, program: Program | None, by: Actor | None, at: datetime, on: date) -> None:
    """Create, change and move agencies, set profiles, let agencies join `program` on the day `on`.

    With an audit entry, a row to be found by and a stale mark for each that it concerns. Call it in the
    transaction in which the plan was made, with the tree locked.
    """
    today = timezone.localdate(at)
    ids: dict[Key, int] = {entry.key: entry.known.id for entry in plan.entries if entry.known is not None}
    created, changed = plan.entries_that(CREATE), plan.entries_that(CHANGE)
    agencies = _create(created, ids, at)
    agencies |= _change(changed, ids, at)
    _set_paths()
    _set_profiles([*created, *changed], ids, today)
    joined = [ids[entry.key] for entry in plan.entries if entry.joins]
    if program is not None:
        _join(program, joined, on)
    for action, entries in (("agency.created", created), ("agency.edited", changed)):
        told = [(agencies[ids[entry.key]], _told(entry)) for entry in entries]
        record_many(action=action, objects=told, by=by, at=at)
    write_agencies([agencies[ids[entry.key]] for entry in created], new=True)
    write_agencies([agencies[ids[entry.key]] for entry in changed if FOUND_BY & entry.changes.keys()])
    moved = [ids[entry.key] for entry in changed if entry.moves]
    below = _below(moved) if moved else set()
    stale = (
        {ids[entry.key] for entry in created} | {ids[e.key] for e in changed if e.profile} | {*joined} | below
    )
    mark_stale(agencies=sorted(stale), reason="import", at=at)


def _told(entry: Entry) -> dict[str, object]:
    if entry.action == CHANGE:
        return dict(entry.changes)
    return {"path": list(entry.names), "identifier": entry.identifier, **entry.values, **entry.profile}


def _create(entries: Sequence[Entry], ids: dict[Key, int], at: datetime) -> dict[int, Agency]:
    """Make the new agencies level by level, and note their ids. Paths come later."""
    made: dict[int, Agency] = {}
    slugs = dict(Agency.objects.order_by().values_list("pk", "slug"))
    taken = set(slugs.values())
    levels: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        levels[len(entry.names)].append(entry)
    for _, level in sorted(levels.items()):
        rows = []
        for entry in level:
            parent_id = _id_of(entry.parent, ids)
            slug = make_slug(entry.name, taken, within=slugs[parent_id] if parent_id is not None else "")
            taken.add(slug)
            rows.append(
                Agency(
                    name=entry.name,
                    slug=slug,
                    identifier=entry.identifier,
                    parent_id=parent_id,
                    path=f"new-{uuid4()}",
                    depth=len(entry.names) - 1,
                    created_at=at,
                    updated_at=at,
                    **entry.values,
                )
            )
        Agency.objects.bulk_create(rows, batch_size=BATCH)
        for entry, agency in zip(level, rows, strict=True):
            ids[entry.key] = agency.pk
            slugs[agency.pk] = agency.slug
            made[agency.pk] = agency
    return made


def _id_of(key: Key | None, ids: Mapping[Key, int]) -> int | None:
    return key if key is None or isinstance(key, int) else ids[key]


def _change(entries: Sequence[Entry], ids: Mapping[Key, int], at: datetime) -> dict[int, Agency]:
    agencies = {agency.pk: agency for agency in _in_bulk([ids[entry.key] for entry in entries])}
    for entry in entries:
        agency = agencies[ids[entry.key]]
        agency.name, agency.identifier, agency.updated_at = entry.name, entry.identifier, at
        for key, value in entry.values.items():
            setattr(agency, key, value)
        if entry.moves:
            agency.parent_id = _id_of(entry.parent, ids)
    columns = ["name", "identifier", "abbreviation", "website", "notes", "parent", "updated_at"]
    Agency.objects.bulk_update(agencies.values(), columns, batch_size=BATCH)
    return agencies


def _in_bulk(ids: Sequence[int]) -> Iterable[Agency]:
    for start in range(0, len(ids), BATCH):
        yield from Agency.objects.filter(pk__in=ids[start : start + BATCH])


def _set_paths() -> None:
    """Bring every path and depth that does not follow from the parents into line with them."""
    rows = {agency.pk: agency for agency in Agency.objects.only("parent_id", "path", "depth").order_by()}
    right: dict[int, str] = {}

    def path_of(agency: Agency) -> str:
        trail = [agency]
        while trail[-1].pk not in right and trail[-1].parent_id is not None:
            trail.append(rows[trail[-1].parent_id])
        for one in reversed(trail):
            if one.pk not in right:
                right[one.pk] = f"{right[one.parent_id] if one.parent_id is not None else '/'}{one.pk}/"
        return right[agency.pk]

    wrong = [agency for agency in rows.values() if agency.path != path_of(agency)]
    for agency in wrong:
        agency.path = right[agency.pk]
        agency.depth = len(agency.ancestor_ids)
    Agency.objects.bulk_update(wrong, ["path", "depth"], batch_size=BATCH)


def _set_profiles(entries: Sequence[Entry], ids: Mapping[Key, int], on: date) -> None:
    told = [(ids[entry.key], slug, value) for entry in entries for slug, value in entry.profile.items()]
    pairs = {(pk, slug) for pk, slug, _ in told}
    current = ProfileValue.objects.filter(until_on__isnull=True, field__in={slug for _, slug in pairs})
    replaced = [row for row in current if (row.agency_id, row.field) in pairs]
    for row in replaced:
        row.until_on = day_before(on)
    ended = [row for row in replaced if row.from_on < on]
    ProfileValue.objects.bulk_update(ended, ["until_on"], batch_size=BATCH)
    # What began today has held for no day that is over.
    never = [row.pk for row in replaced if row.from_on >= on]
    for start in range(0, len(never), BATCH):
        ProfileValue.objects.filter(pk__in=never[start : start + BATCH]).delete()
    fields = profile.FIELDS_BY_SLUG
    ProfileValue.objects.bulk_create(
        [
            ProfileValue(
                agency_id=pk,
                field=slug,
                value=value,
                choice=profile.choice_of(fields[slug], value),
                from_on=on,
            )
            for pk, slug, value in told
        ],
        batch_size=BATCH,
    )


def _join(program: Program, ids: Sequence[int], on: date) -> None:
    later = set(program.memberships.filter(from_on__gt=on).values_list("agency_id", flat=True))
    for start in range(0, len(ids), BATCH):
        # One who was to join later joins now.
        batch = [pk for pk in ids[start : start + BATCH] if pk in later]
        program.memberships.filter(agency_id__in=batch, from_on__gt=on).delete()
    ProgramMembership.objects.bulk_create(
        [ProgramMembership(program=program, agency_id=pk, from_on=on) for pk in ids], batch_size=BATCH
    )


def _below(moved: Sequence[int]) -> set[int]:
    """Ids of these agencies and of everything below them."""
    roots = {str(pk) for pk in moved}
    paths = Agency.objects.order_by().values_list("pk", "path")
    return {pk for pk, path in paths if not roots.isdisjoint(path.split("/"))}
