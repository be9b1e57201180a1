"""What is known now and was published otherwise: the corrections that a round's officer may publish."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime

from assessments.models import Cycle, Result
from assessments.queries_units import arrangement_of
from dashboards.differences import Measure, Timeline
from dashboards.models import (
    Publication,
    PublishedMember,
    PublishedStanding,
    PublishedTrend,
    Scope,
    ScopeMember,
    Standing,
)
from dashboards.months import Holding, holding, in_scopes
from dashboards.queries.published_rules import method_of_round
from dashboards.queries.publishing import frozen, key_of, live, published_measures, published_scopes
from dashboards.standings import STATE_WORDS, end_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, in_force

NOT_REPORTING = PublishedStanding.State.NOT_REPORTING
MOST_LISTED = 200
HIDDEN = "An agency that you may not open"  # it has left the program, for example


def correctable(cycle: Cycle, months: Collection[int], user: User) -> list[int]:
    """The ids of the agencies that stand or are counted otherwise than was published for the ends of these
    months: those of the round's program, also where they left it since, and others that the round was the
    first to publish if `user` runs their program."""
    if not months:
        return []
    near = _concerned(cycle, months, user)
    found: set[int] = set()
    for month in months:
        day = end_of(month)
        for rows in (_standing_otherwise(day), _no_longer_counted(day), _newly_counted(day)):
            found.update(rows.filter(near).order_by().values_list("agency_id", flat=True).distinct())
    return sorted(found)


def _concerned(cycle: Cycle, months: Collection[int], user: User) -> Q:
    first, last = end_of(min(months)), end_of(max(months))
    published = PublishedMember.objects.as_of(None).over(first, last).filter(scope__program=cycle.program_id)
    counted = ScopeMember.objects.filter(scope__program=cycle.program_id).filter(
        Q(from_on__isnull=True) | Q(from_on__lte=last), Q(until_on__isnull=True) | Q(until_on__gte=first)
    )
    others = PublishedStanding.objects.as_of(None).filter(publication__cycle=cycle)
    run = Agency.objects.filter(user.agencies_with(Right.RUN_PROGRAM))
    return (
        Q(agency__in=published.order_by().values("agency_id"))
        | Q(agency__in=counted.order_by().values("agency_id"))
        | Q(agency__in=others.order_by().values("agency_id")) & Q(agency__in=run.order_by().values("pk"))
    )


def _standing_otherwise(day: date) -> QuerySet[Any]:
    live = Standing.objects.filter(in_force(day), agency=OuterRef("agency"))
    of_measure = Q(model=OuterRef("model"), method=OuterRef("method"))
    same = live.filter(
        (of_measure & Q(result=OuterRef("result"))) | Q(model__isnull=True), state=OuterRef("state")
    )
    some = live.filter(of_measure | Q(model__isnull=True))
    silent = Q(state=NOT_REPORTING)
    rows = PublishedStanding.objects.as_of(None).on(day)
    return rows.filter((~silent & ~Exists(same)) | (silent & Exists(some)))


def _no_longer_counted(day: date) -> QuerySet[Any]:
    counted = ScopeMember.objects.on(day).filter(scope=OuterRef("scope"), agency=OuterRef("agency"))
    return PublishedMember.objects.as_of(None).on(day).filter(~Exists(counted))


def _newly_counted(day: date) -> QuerySet[Any]:
    rows = PublishedMember.objects.as_of(None).on(day)
    known = rows.filter(scope=OuterRef("scope"), agency=OuterRef("agency"))
    published = PublishedTrend.objects.filter(on=day).order_by().values("scope_id")
    return ScopeMember.objects.on(day).filter(~Exists(known), scope__in=published)


@dataclass(frozen=True)
class Stand:
    """How an agency stands at a month end, in words; scores in millionths."""

    words: str
    score: int | None
    stages_completed: int | None


@dataclass(frozen=True)
class Correction:
    """One agency whose figure was, or may be, corrected: `slug` None where the reader may not know of it."""

    name: str
    slug: str | None
    old: Stand
    new: Stand
    why: str


def pending(cycle: Cycle, months: Collection[int], user: User) -> list[Correction]:
    """What differs now from what is published, for the agencies that `correctable` names."""
    ids = correctable(cycle, months, user)[: MOST_LISTED + 1]
    if not ids:
        return []
    scopes = published_scopes(months)
    found: dict[int, Correction] = {}
    for measure in _measures(cycle, months, ids):
        old, live_now = frozen(ids, measure, months), live(ids, measure, months)
        new = {pk: in_scopes(live_now[pk], scopes) for pk in ids}
        found |= _corrections(cycle, measure, months, old, new, user)
    return sorted(found.values(), key=lambda one: (one.slug is None, one.name))


def made(publication: Publication, months: Collection[int], user: User) -> list[Correction]:
    """What a correction changed, agency by agency."""
    replaced = publication.replaced_standings.order_by().values_list("agency_id", flat=True)
    moved = publication.members.order_by().values_list("agency_id", flat=True)
    gone = publication.replaced_members.order_by().values_list("agency_id", flat=True)
    changed = {*replaced, *moved, *gone}
    ids = sorted(changed & _told_to(user, publication.cycle, changed))[: MOST_LISTED + 1]
    found: dict[int, Correction] = {}
    for measure in _measures(publication.cycle, months, ids) if ids else ():
        old = frozen(ids, measure, months, publication.pk - 1)
        new = frozen(ids, measure, months, publication.pk)
        found |= _corrections(publication.cycle, measure, months, old, new, user)
    return sorted(found.values(), key=lambda one: (one.slug is None, one.name))


def _measures(cycle: Cycle, months: Collection[int], ids: Collection[int]) -> list[Measure]:
    """The measures by which these agencies are published; that of the round comes last, and so is told."""
    own = method_of_round(cycle)
    return sorted(published_measures(months, ids), key=lambda measure: measure[1] == own)


def _told_to(user: User, cycle: Cycle, ids: Collection[int]) -> set[int]:
    """Of these agencies those that `user` may know of or that were published in the round's program: a
    correction takes in others as well, whose figures are nothing to the people of this program."""
    own = PublishedMember.objects.filter(scope__program=cycle.program_id, agency__in=ids)
    seen = Agency.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    return {*seen, *own.order_by().values_list("agency_id", flat=True)}


def _corrections(
    cycle: Cycle,
    measure: Measure,
    months: Collection[int],
    old: Mapping[int, Timeline],
    new: Mapping[int, Timeline],
    user: User,
) -> dict[int, Correction]:
    changed = [pk for pk in old.keys() | new.keys() if old[pk] != new[pk]]
    seen = Agency.objects.visible_to(user).filter(pk__in=changed)
    names = {pk: (name, slug) for pk, name, slug in seen.values_list("pk", "name", "slug")}
    at = {pk: _first_difference(old[pk], new[pk], measure, months) for pk in changed}
    pairs = {pk: (holding(old[pk], measure, at[pk]), holding(new[pk], measure, at[pk])) for pk in changed}
    ids = {one[1].result_id for pair in pairs.values() for one in pair if one and one[1]}
    results = (
        Result.objects.select_related("assessment").only("approved_at", "assessment__amends").in_bulk(ids)
    )
    program = Scope.objects.filter(program=cycle.program_id).values_list("pk", flat=True).first() or 0
    apart = set(arrangement_of(cycle.program_id, cycle.period_ends_on))
    found = {}
    for pk in changed:
        name, slug = names.get(pk, (HIDDEN, None))
        was, now = pairs[pk]
        moved = old[pk].members.keys() != new[pk].members.keys()
        own = [key_of(program) in side[pk].members for side in (old, new)]
        why = _why(was, now, results, moved=moved, program=own, apart=pk in apart)
        found[pk] = Correction(name, slug, _stand(was, counted=bool(old[pk].members)), _stand(now), why)
    return found


def _first_difference(old: Timeline, new: Timeline, measure: Measure, months: Collection[int]) -> int:
    """The first month at whose end it stands otherwise, else the first of all."""
    ordered = sorted(months)
    return next(
        (month for month in ordered if holding(old, measure, month) != holding(new, measure, month)),
        ordered[0],
    )


def _stand(found: Holding, *, counted: bool = True) -> Stand:
    if not counted:
        return Stand("Not counted", None, None)
    words = STATE_WORDS[found[0] if found else NOT_REPORTING.value]
    value = found[1] if found else None
    return Stand(words, value.score if value else None, value.stages_completed if value else None)


def _why(
    was: Holding,
    now: Holding,
    results: Mapping[int, Result],
    *,
    moved: bool,
    program: list[bool],
    apart: bool,
) -> str:
    if program[0] and not program[1] and apart:
        return "it no longer answers for itself"
    if program[0] != program[1]:
        return (
            "it joined the program, or answers for itself again"
            if program[1]
            else "it left the program, or closed"
        )
    if was != now and now is not None and now[1] is not None:
        result = results[now[1].result_id]
        day = date_format(localtime(result.approved_at), "N j, Y")
        amended = result.assessment.amends_id is not None
        return f"an amendment was approved on {day}" if amended else f"a report was approved on {day}"
    if was != now and now is not None:
        return "it decided not to adopt"
    if was != now:
        return "its assessment no longer counts"
    return "it moved in the tree" if moved else "it was counted anew"
