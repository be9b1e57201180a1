"""Reads of the agency tree."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from portal.agencies.import_places import Known
from portal.agencies.import_planning import MOST_LEVELS
from portal.agencies.models import Agency, ProfileValue, Program, ProgramMembership, Reader, in_force
from portal.agencies.profile import Value
from portal.agencies.text import one_line, quoted


def demonstration_shown() -> bool:
    """Whether invented agencies are in the portal."""
    return Agency.objects.filter(demonstration=True).exists()


class NoSuchAgency(Exception):
    """The words name no agency, or more than one; the text says which and what to write instead."""


def find_agency(words: str, among: QuerySet[Agency]) -> Agency:
    """The agency of `among` with this identifier, slug, name, or path "Parent / Child"; the first way counts.

    Raises NoSuchAgency.
    """
    words = one_line(words)
    ways = [Q(identifier=words), Q(slug=words), Q(name=words), Q(name__iexact=words)]
    parts = [part.strip() for part in words.split(" / ")]
    if 1 < len(parts) <= MOST_LEVELS:
        path = {f"{'parent__' * above}name__iexact": part for above, part in enumerate(reversed(parts))}
        ways += [Q(**path, depth=len(parts) - 1), Q(**path)]  # from the top, else the end of a path
    for way in ways:
        found = list(among.filter(way).order_by("pk")[:6])
        if len(found) > 1:
            slugs = ", ".join(agency.slug for agency in found)
            raise NoSuchAgency(f"More than one agency is known as {quoted(words)}: write one of {slugs}.")
        if found:
            return found[0]
    raise NoSuchAgency(
        f"No agency is known as {quoted(words)}: give its identifier, name, or path “Parent / Child”."
    )


def with_type(agencies: QuerySet[Agency]) -> QuerySet[Agency]:
    """`agencies`, each with its current profile type as `type_choice` (None where it has none)."""
    current = ProfileValue.objects.filter(agency=OuterRef("pk"), field="type", until_on__isnull=True)
    return agencies.annotate(type_choice=Subquery(current.values("choice")[:1]))


def with_member_count(programs: QuerySet[Program], reader: Reader, on: date) -> QuerySet[Program]:
    """`programs`, each with its number of members on the day `on` that `reader` may know of."""
    mine = Agency.objects.visible_to(reader)
    counted = in_force(on, "memberships__") & Q(memberships__agency__in=mine)
    return programs.annotate(member_count=Count("memberships", filter=counted)).order_by("name", "id")


def current_profile(agency: Agency) -> dict[str, Value]:
    """The values of the profile that hold now, by field."""
    return dict(agency.profile_values.filter(until_on__isnull=True).values_list("field", "value"))


def members_on(program: str, on: date, reader: Reader) -> QuerySet[ProgramMembership, int]:
    """The ids of the agencies in the program of this slug on a day, if `reader` may know of it."""
    programs = Program.objects.visible_to(reader).filter(slug=program)
    members = ProgramMembership.objects.filter(in_force(on), program__in=programs)
    return members.values_list("agency_id", flat=True)


def visible_ancestors(agencies: Iterable[Agency], reader: Reader) -> dict[int, Agency]:
    """The agencies above these that `reader` may know of, by id; one query for all."""
    ids = {pk for agency in agencies for pk in agency.ancestor_ids}
    return (
        {agency.pk: agency for agency in Agency.objects.visible_to(reader).filter(pk__in=ids)} if ids else {}
    )


def known_agencies(changeable: Q | None, program: Program | None, on: date) -> list[Known]:
    """All agencies as an import sees them.

    `changeable`: those that the importing person may change (None: all). `program`: the one that the
    import adds agencies to, on the day `on`.
    """
    profiles: dict[int, dict[str, Value]] = defaultdict(dict)
    current = ProfileValue.objects.filter(until_on__isnull=True)
    for agency_id, field, value in current.values_list("agency_id", "field", "value").order_by():
        profiles[agency_id][field] = value
    changeable_ids = None
    if changeable is not None:
        changeable_ids = set(Agency.objects.filter(changeable).order_by().values_list("pk", flat=True))
    members: set[int] = set()
    if program is not None:
        members = set(program.memberships.filter(in_force(on)).values_list("agency_id", flat=True))
    columns = ("pk", "name", "parent_id", "identifier", "abbreviation", "website", "notes")
    return [
        Known(
            id=pk,
            name=name,
            parent_id=parent_id,
            identifier=identifier,
            values={"abbreviation": abbreviation, "website": website, "notes": notes},
            profile=profiles.get(pk, {}),
            open_to_reader=changeable_ids is None or pk in changeable_ids,
            member=pk in members,
        )
        for pk, name, parent_id, identifier, abbreviation, website, notes in (
            Agency.objects.order_by("pk").values_list(*columns)
        )
    ]
