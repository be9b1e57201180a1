"""Which scopes a person may look at, and in which calendar."""

from dataclasses import dataclass

from django.db.models import QuerySet

from dashboards.models import Freshness, Scope
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Cohort, Program
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN

MOST_OFFERED = 200  # scopes in the picker; any other is reached by its address


OF = ("program", "agency", "cohort__program")  # what a scope may be of, loaded with it


class UnknownScope(Exception):
    """There is no such scope, or none that this person may know of."""


class HiddenScope(Exception):
    """The scope is known, but not every agency in it, so its trend is not for this person."""


@dataclass(frozen=True)
class Offer:
    """A scope in the picker."""

    key: str
    name: str
    kind: str


def key_of(scope: Scope) -> str:
    """How addresses and the API name a scope whose program, agency or cohort is loaded: program:shipping."""
    if scope.program is not None:
        return f"program:{scope.program.slug}"
    if scope.cohort is not None:
        return f"cohort:{scope.cohort.slug}"
    return f"agency:{scope.agency.slug}" if scope.agency is not None else "everything"


def scopes_of(user: User) -> QuerySet[Scope]:
    """The scopes whose trend `user` may see, with their programs, agencies and cohorts."""
    return Scope.objects.visible_to(user).select_related(*OF)


def offered_scopes(user: User, chosen: Scope) -> list[Offer]:
    """What the picker offers where `chosen` is looked at: everything, programs, cohorts, agencies, by name.

    Of the agencies the topmost, and around the chosen one those above and directly below it, so that one
    goes down level by level, however large the tree.
    """
    kinds = (Scope.Kind.EVERYTHING, Scope.Kind.PROGRAM, Scope.Kind.COHORT, Scope.Kind.SUBTREE)
    order = {kind: place for place, kind in enumerate(kinds)}
    # Read once: for somebody who does not see everything, this looks at every member of every scope.
    places = Scope.objects.visible_to(user).values_list("pk", "agency_id", "agency__parent_id")
    near = _near(list(places), chosen)
    scopes = Scope.objects.filter(pk__in=near).select_related(*OF)
    found = sorted(scopes, key=lambda scope: (order[Scope.Kind(scope.kind)], str(scope).casefold()))
    return [Offer(key_of(scope), str(scope), scope.kind) for scope in found[:MOST_OFFERED]]


def _near(places: list[tuple[int, int | None, int | None]], chosen: Scope) -> list[int]:
    """Of scopes (id, agency, the agency above it) the ids of those to offer."""
    known = {agency for _, agency, _ in places if agency is not None}
    line = {*chosen.agency.ancestor_ids, chosen.agency.pk} if chosen.agency is not None else set()
    return [
        pk
        for pk, agency, parent in places
        if parent not in known or agency in line or parent == chosen.agency_id
    ]


def default_scope(user: User) -> Scope | None:
    """Where a person begins: everything, else their own program, else what is below their agency."""
    scopes = scopes_of(user)
    if user.has_everywhere(Right.SEE):
        return scopes.filter(kind=Scope.Kind.EVERYTHING).first()
    programs = [grant.program_id for grant in user.grants_in_use if grant.program_id is not None]
    roots = [grant.agency_id for grant in user.grants_in_use if grant.agency_id is not None]
    own = scopes.filter(program__in=programs).order_by("program__name").first()
    own = own or scopes.filter(agency__in=roots).order_by("agency__name").first()
    return own or scopes.order_by("kind", "pk").first()


def scope_named(key: str, user: User) -> Scope | None:
    """The scope called `key` (everything, program:slug, cohort:slug, agency:slug); None if nothing is counted
    in it yet.

    Raises UnknownScope and HiddenScope.
    """
    kind, _, slug = key.partition(":")
    scopes = scopes_of(user)
    if key == "everything":
        scopes = scopes.filter(kind=Scope.Kind.EVERYTHING)
        known, empty = True, user.has_everywhere(Right.SEE)
    elif kind == "program" and slug:
        scopes = scopes.filter(program__slug=slug)
        program = Program.objects.visible_to(user).filter(slug=slug).first()
        known = program is not None
        empty = program is not None and user.can_in_program(Right.SEE, program)
    elif kind == "agency" and slug:
        scopes = scopes.filter(agency__slug=slug)
        agency = Agency.objects.visible_to(user).filter(slug=slug).first()
        known = agency is not None
        empty = agency is not None and _sees_all_of(user, agency)
    elif kind == "cohort" and slug:
        scopes = scopes.filter(cohort__slug=slug)
        known = empty = Cohort.objects.visible_to(user).filter(slug=slug).exists()
    else:
        raise UnknownScope(
            f"{key!r} is no scope: write everything, program:slug, cohort:slug or agency:slug."
        )
    if (found := scopes.first()) is not None or empty:
        return found
    if not known:
        raise UnknownScope(f"There is no {key!r} that you may see.")
    raise HiddenScope(f"You may see some agencies of {key!r} but not all, so its trend is not shown to you.")


def calendar_of(scope: Scope | None, user: User) -> int:
    """The month in which the years of a scope begin: its program's, else that of all programs of the
    reader where they agree, else October."""
    if scope is not None and scope.office is not None:
        return scope.office.year_starts_in
    starts = list(
        Program.objects.visible_to(user).order_by().values_list("year_starts_in", flat=True).distinct()
    )
    return starts[0] if len(starts) == 1 else FEDERAL_YEAR_STARTS_IN


def calendars_of(user: User) -> QuerySet[Program]:
    """The programs whose calendars `user` may choose."""
    return Program.objects.visible_to(user).order_by("name")[:MOST_OFFERED]


def freshness() -> Freshness | None:
    """Up to what everything is computed; None before the first result."""
    return Freshness.objects.first()


def _sees_all_of(user: User, agency: Agency) -> bool:
    below = Agency.objects.within(agency)
    return not below.exclude(pk__in=Agency.objects.visible_to(user).values("pk")).exists()
