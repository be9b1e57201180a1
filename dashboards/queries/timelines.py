"""What is known of each agency over time: as it follows from the sources, and as it was last applied.

The sources are results, adoption decisions, the tree and the programs. What was last applied to the trends
is kept in Standing and ScopeMember. A refresh applies the difference; the nightly check expects none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

import orjson
from django.db.models import F, TextField
from django.db.models.functions import Cast

from assessments.models import Result
from dashboards.cohorts import fitting_spans
from dashboards.differences import Measure, ScopeKey, Timeline, overlap
from dashboards.models import SCOPE_FIELD, Scope, ScopeMember, Standing
from dashboards.queries.units import not_counted
from dashboards.standings import (
    EVER,
    Interval,
    ResultFacts,
    Span,
    State,
    Value,
    closed_span,
    cut,
    not_adopting,
    span_of,
    union,
)
from dashboards.versions import Version, live, versions
from portal.agencies.models import AdoptionDecision, Agency, Cohort, ProfileValue, ProgramMembership

EVERYTHING: ScopeKey = (Scope.Kind.EVERYTHING.value, 0)


def current(agencies: Collection[Agency]) -> dict[int, Timeline]:
    """The timelines of these agencies by id, computed from the sources."""
    ids = [agency.pk for agency in agencies]
    closed = {agency.pk: closed_span(agency.closed_on) for agency in agencies}
    decisions = _spans_by_agency(
        AdoptionDecision.objects.filter(agency__in=ids).values_list("agency_id", "from_on", "until_on")
    )
    found = {pk: Timeline(not_adopting=not_adopting(decisions[pk], closed[pk])) for pk in ids}
    for (pk, measure), facts in _results(ids).items():
        without = union([*decisions[pk], *closed[pk]])
        if ever := versions(facts, without):
            _add_versions(found[pk], measure, ever)
    for pk, members in _memberships(agencies).items():
        parts = {
            key: tuple(p for span in union(spans) for p in cut(span, closed[pk]))
            for key, spans in members.items()
        }
        found[pk].members = {key: spans for key, spans in parts.items() if spans}
    return found


def applied(ids: Collection[int]) -> dict[int, Timeline]:
    """The timelines of these agencies by id, as they were last applied to the trends."""
    found = {pk: Timeline() for pk in ids}
    members = ScopeMember.objects.filter(agency__in=ids)
    # "Since ever" comes first, which databases do not agree on.
    members = members.order_by("agency_id", F("from_on").asc(nulls_first=True))
    for pk, kind, *of, from_on, until_on in members.values_list(
        "agency_id",
        "scope__kind",
        *(f"scope__{name}" for name in SCOPE_FIELD.values()),
        "from_on",
        "until_on",
    ):
        key = (kind, next(filter(None, of), 0))
        spans = found[pk].members.get(key, ())
        found[pk].members[key] = (*spans, span_of(from_on, until_on))
    stored: defaultdict[tuple[int, Measure], list[Version]] = defaultdict(list)
    for pk, measure, version in _stored_versions(ids):
        if measure is None:
            found[pk].not_adopting += (version.interval,)
        else:
            stored[pk, measure].append(version)
    for (pk, measure), ever in stored.items():
        _add_versions(found[pk], measure, tuple(ever))
    return found


def _add_versions(timeline: Timeline, measure: Measure, ever: tuple[Version, ...]) -> None:
    timeline.versions[measure] = ever
    if intervals := live(ever):
        timeline.values[measure] = intervals


def _stored_versions(ids: Collection[int]) -> Iterable[tuple[int, Measure | None, Version]]:
    """The standings of these agencies, in order of time: agency, measure (None: not adopting), version."""
    rows = Standing.versions.filter(agency__in=ids).order_by("agency_id", "from_on", "known_from")
    fields = ("agency_id", "model_id", "method", "known_from", "known_until", *INTERVAL_FIELDS)
    for pk, model, method, known_from, known_until, *interval in rows.values_list(*fields, domains_as_text()):
        version = Version(interval_of(*interval), known_from, known_until)
        yield pk, None if model is None else (model, method), version


INTERVAL_FIELDS = (
    "from_on", "until_on", "state", "result_id", "score", "stages_completed", "limited_basis", "rescored",
)  # fmt: skip


def domains_as_text(field: str = "domains") -> Cast:
    """The JSON of a field as it is stored: orjson reads it several times as fast as Django's field does."""
    return Cast(field, TextField())


def interval_of(
    from_on: date,
    until_on: date | None,
    state: str,
    result_id: int | None,
    score: int,
    stages_completed: int,
    limited_basis: bool,
    rescored: bool,
    domains: str,
) -> Interval:
    """The interval that a standing's INTERVAL_FIELDS and domains_as_text hold."""
    value = None
    if result_id is not None:
        value = Value(result_id, score, stages_completed, limited_basis, orjson.loads(domains), rescored)
    return Interval(from_on, until_on, State(state), value)


def latest_approval(ids: Collection[int]) -> datetime | None:
    """When the latest result of these agencies was approved."""
    times = (
        Result.objects.filter(agency__in=ids).order_by("-approved_at").values_list("approved_at", flat=True)
    )
    return times.first()


def _memberships(agencies: Collection[Agency]) -> dict[int, dict[ScopeKey, list[Span]]]:
    """In which scopes these agencies are, closures aside: everything, the subtrees they lie in, programs,
    cohorts."""
    ids = [agency.pk for agency in agencies]
    parents = set(Agency.objects.filter(parent__in=ids).order_by().values_list("parent_id", flat=True))
    ever: Span = (EVER, None)
    found: dict[int, dict[ScopeKey, list[Span]]] = {}
    for agency in agencies:
        roots = [*agency.ancestor_ids, *([agency.pk] if agency.pk in parents else [])]
        found[agency.pk] = {
            EVERYTHING: [ever],
            **{(Scope.Kind.SUBTREE.value, root): [ever] for root in roots},
        }
    rows = ProgramMembership.objects.filter(agency__in=ids).order_by()
    for pk, program, from_on, until_on in rows.values_list("agency_id", "program_id", "from_on", "until_on"):
        found[pk].setdefault((Scope.Kind.PROGRAM.value, program), []).append(span_of(from_on, until_on))
    _leave_out(found)
    _add_cohorts(agencies, found)
    return found


def _leave_out(found: dict[int, dict[ScopeKey, list[Span]]]) -> None:
    """Take away when these agencies are rolled up or covered in a program that they are in: from that
    program, and from everything and the subtrees they lie in. Groups of agencies follow from these."""
    for pk, apart in not_counted(list(found)).items():
        members = found[pk]
        over_all: list[Span] = []
        for program, spans in apart.programs.items():
            key = (Scope.Kind.PROGRAM.value, program)
            joined = union(members.get(key, ()))
            over_all += overlap(joined, union(apart.over_all[program]))
            members[key] = [part for span in joined for part in cut(span, union(spans))]
        without = union(over_all)
        for key in members:
            if key[0] != Scope.Kind.PROGRAM:
                members[key] = [part for span in members[key] for part in cut(span, without)]


def _add_cohorts(agencies: Collection[Agency], found: dict[int, dict[ScopeKey, list[Span]]]) -> None:
    """Add when these agencies, whose other scopes are in `found`, belong to which cohorts. Two queries."""
    cohorts = [(cohort, cohort.filter) for cohort in Cohort.objects.select_related("within").order_by("pk")]
    fields = {condition.field for _, conditions in cohorts for condition in conditions}
    profiles = _profiles([agency.pk for agency in agencies], fields) if fields else {}
    for agency in agencies:
        members, profile = found[agency.pk], profiles.get(agency.pk, {})
        for cohort, conditions in cohorts:
            among = EVERYTHING if cohort.program_id is None else (Scope.Kind.PROGRAM.value, cohort.program_id)
            inside = cohort.within is None or agency.path.startswith(cohort.within.path)
            if inside and (spans := fitting_spans(conditions, profile, members.get(among, ()))):
                members[Scope.Kind.COHORT.value, cohort.pk] = list(spans)


def _profiles(ids: Collection[int], fields: Collection[str]) -> dict[int, dict[str, list[tuple[Span, Any]]]]:
    """What these fields of the profiles of these agencies held when."""
    found: defaultdict[int, dict[str, list[tuple[Span, Any]]]] = defaultdict(dict)
    rows = ProfileValue.objects.filter(agency__in=ids, field__in=fields).order_by()
    for pk, field, value, from_on, until_on in rows.values_list(
        "agency_id", "field", "value", "from_on", "until_on"
    ):
        found[pk].setdefault(field, []).append((span_of(from_on, until_on), value))
    return found


def _spans_by_agency(rows: Iterable[tuple[int, date, date | None]]) -> dict[int, list[Span]]:
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for pk, from_on, until_on in rows:
        found[pk].append(span_of(from_on, until_on))
    return found


def _results(ids: Collection[int]) -> dict[tuple[int, Measure], list[ResultFacts]]:
    """The results of these agencies by agency and measure."""
    found: defaultdict[tuple[int, Measure], list[ResultFacts]] = defaultdict(list)
    rows = Result.objects.filter(agency__in=ids).order_by()
    for (
        agency, model, method, pk, score, stages, limited,
        assessment, amends, starts_on, ends_on, approved_at, rescores, by_domain,
    ) in rows.values_list(
        "agency_id", "model_id", "method", "pk", "score", "stages_completed", "limited_basis",
        "assessment_id", "assessment__amends_id", "period_starts_on", "period_ends_on", "approved_at",
        "rescores_id", domains_as_text(),
    ):  # fmt: skip
        value = Value(pk, score, stages, limited, percents_of(by_domain), rescores is not None)
        facts = ResultFacts(value, assessment, amends, starts_on, ends_on, approved_at)
        found[agency, (model, method)].append(facts)
    return found


def percents_of(by_domain: str) -> dict[str, int]:
    """Of a result's domains, as they are stored, those with a percent, in millionths of one."""
    entries = orjson.loads(by_domain)
    return {slug: entry["percent"] for slug, entry in entries.items() if entry["percent"] is not None}
