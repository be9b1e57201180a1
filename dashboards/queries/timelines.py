"""What is known of each agency over time: as it follows from the sources, and as it was last applied.

The sources are results, adoption decisions, the tree and the programs. What was last applied to the trends
is kept in Standing and ScopeMember. A refresh applies the difference; the nightly check expects none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from assessments.models import Result
from dashboards.differences import Measure, ScopeKey, Timeline
from dashboards.models import Scope, ScopeMember, Standing
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
    values,
)
from portal.agencies.models import AdoptionDecision, Agency, ProgramMembership

EVERYTHING: ScopeKey = (Scope.Kind.EVERYTHING.value, 0)


def current(agencies: Collection[Agency]) -> dict[int, Timeline]:
    """The timelines of these agencies by id, computed from the sources."""
    ids = [agency.pk for agency in agencies]
    closed = {agency.pk: closed_span(agency.closed_on) for agency in agencies}
    decisions = _spans_by_agency(
        AdoptionDecision.objects.filter(agency__in=ids).values_list("agency_id", "from_on", "until_on")
    )
    found = {pk: Timeline(not_adopting=not_adopting(decisions[pk], closed[pk])) for pk in ids}
    for pk, members in _memberships(agencies).items():
        parts = {
            key: tuple(p for span in union(spans) for p in cut(span, closed[pk]))
            for key, spans in members.items()
        }
        found[pk].members = {key: spans for key, spans in parts.items() if spans}
    for (pk, measure), results in _results(ids).items():
        without = union([*decisions[pk], *closed[pk]])
        if intervals := values(results, without):
            found[pk].values[measure] = intervals
    return found


def applied(ids: Collection[int]) -> dict[int, Timeline]:
    """The timelines of these agencies by id, as they were last applied to the trends."""
    found = {pk: Timeline() for pk in ids}
    members = ScopeMember.objects.filter(agency__in=ids).order_by("agency_id", "from_on")
    for pk, kind, program, agency, from_on, until_on in members.values_list(
        "agency_id", "scope__kind", "scope__program_id", "scope__agency_id", "from_on", "until_on"
    ):
        key = (kind, program or agency or 0)
        spans = found[pk].members.get(key, ())
        found[pk].members[key] = (*spans, span_of(from_on, until_on))
    for pk, measure, interval in stored_intervals(ids):
        if measure is None:
            found[pk].not_adopting += (interval,)
        else:
            found[pk].values[measure] = (*found[pk].values.get(measure, ()), interval)
    return found


def stored_intervals(ids: Collection[int]) -> Iterable[tuple[int, Measure | None, Interval]]:
    """The standings of these agencies, in order of time: agency, measure (None: not adopting), interval."""
    rows = Standing.objects.filter(agency__in=ids).order_by("agency_id", "from_on")
    for pk, model, method, *interval in rows.values_list("agency_id", "model_id", "method", *INTERVAL_FIELDS):
        yield pk, None if model is None else (model, method), interval_of(*interval)


INTERVAL_FIELDS = (
    "from_on", "until_on", "state", "result_id", "score", "stages_completed", "limited_basis", "domains",
)  # fmt: skip


def interval_of(
    from_on: date,
    until_on: date | None,
    state: str,
    result_id: int | None,
    score: int,
    stages_completed: int,
    limited_basis: bool,
    domains: dict[str, int],
) -> Interval:
    """The interval that a standing's INTERVAL_FIELDS hold."""
    value = None if result_id is None else Value(result_id, score, stages_completed, limited_basis, domains)
    return Interval(from_on, until_on, State(state), value)


def latest_approval(ids: Collection[int]) -> datetime | None:
    """When the latest result of these agencies was approved."""
    times = (
        Result.objects.filter(agency__in=ids).order_by("-approved_at").values_list("approved_at", flat=True)
    )
    return times.first()


def _memberships(agencies: Collection[Agency]) -> dict[int, dict[ScopeKey, list[Span]]]:
    """In which scopes these agencies are, closures aside: everything, the subtrees they lie in, programs."""
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
        agency, model, method, domains, pk, score, stages, limited,
        assessment, amends, starts_on, ends_on, approved_at,
    ) in rows.values_list(
        "agency_id", "model_id", "method", "domains", "pk", "score", "stages_completed", "limited_basis",
        "assessment_id", "assessment__amends_id", "period_starts_on", "period_ends_on", "approved_at",
    ):  # fmt: skip
        percents = {slug: entry["percent"] for slug, entry in domains.items() if entry["percent"] is not None}
        value = Value(pk, score, stages, limited, percents)
        facts = ResultFacts(value, assessment, amends, starts_on, ends_on, approved_at)
        found[agency, (model, method)].append(facts)
    return found
