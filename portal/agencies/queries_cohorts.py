"""Which agencies a filter over profile fields means, as the database is asked for it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Cast

from portal.agencies.models import Agency, Cohort, ProfileValue, ProgramMembership, in_force
from portal.agencies.profile_filter import FIELDS_TO_FILTER_BY, Condition

Annotations = dict[str, Any]


def fitting(condition: Condition, prefix: str = "") -> tuple[Annotations, Q]:
    """Which profile values fit: what rows of them (at `prefix`) are to be annotated with, and the filter.

    To be used beside a filter for the condition's field.
    """
    entry = FIELDS_TO_FILTER_BY.get(condition.field)
    if entry is None:
        return {}, Q(pk__in=[])
    if entry.kind == "number":
        return _number(condition, prefix)
    if entry.kind != "multi":
        return {}, Q(**{f"{prefix}choice__in": condition.words})
    # Both databases write a list of words as ["aws", "azure"]; only PostgreSQL can look into it.
    text = f"text_of_{condition.field}"
    found = Q(pk__in=[])
    for word in condition.words:
        found |= Q(**{f"{text}__contains": f'"{word}"'})
    return {text: Cast(F(f"{prefix}value"), TextField())}, found


def values_fitting(condition: Condition) -> QuerySet[ProfileValue]:
    """The profile values that fit, whenever they held."""
    annotations, found = fitting(condition)
    return ProfileValue.objects.filter(field=condition.field).alias(**annotations).filter(found)


def agencies_fitting(conditions: Iterable[Condition], on: date | None) -> Q:
    """The agencies whose profile fits on the day `on`, as a filter on Agency; on some day, where None."""
    found = Q()
    for condition in conditions:
        values = values_fitting(condition).filter(agency=OuterRef("pk"))
        found &= Q(Exists(values if on is None else values.filter(in_force(on))))
    return found


def members_fitting(cohort: Cohort, on: date | None) -> QuerySet[Agency]:
    """The members of a cohort on the day `on`. Where None: all that may ever have been one, and some more."""
    found = Agency.objects.filter(agencies_fitting(cohort.filter, on))
    if cohort.program is not None:
        members = ProgramMembership.objects.filter(program=cohort.program, agency=OuterRef("pk"))
        found = found.filter(Exists(members if on is None else members.filter(in_force(on))))
    if cohort.within is not None:
        found = found.within(cohort.within)
    return found if on is None else found.open_on(on)


def _number(condition: Condition, prefix: str) -> tuple[Annotations, Q]:
    number = f"number_of_{condition.field}"
    # Only where it is that field: a word cannot be read as a number, and no order of filters is promised.
    read = Case(
        When(
            **{f"{prefix}field": condition.field},
            then=Cast(F(f"{prefix}value"), IntegerField()),
        )
    )
    found = Q(**{f"{number}__isnull": False})
    if condition.lowest is not None:
        found &= Q(**{f"{number}__gte": condition.lowest})
    if condition.highest is not None:
        found &= Q(**{f"{number}__lte": condition.highest})
    return {number: read}, found
