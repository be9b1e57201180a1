"""The trends as DESIGN §2 words them: month by month, agency by agency, without any of the engine's code."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from assessments.models import Result
from portal.agencies.models import Agency, Cohort, ProfileValue, Program
from portal.agencies.periods import month_ends, months_between

BIN = 10_000


def expected_trends(horizon: date) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The fields of every trend row there should be, by (scope's kind and id, model, method, month end)."""
    agencies = list(Agency.objects.prefetch_related("adoption_decisions"))
    results = list(Result.objects.select_related("assessment"))
    measures = {(result.model_id, result.method) for result in results}
    earliest = min((result.period_ends_on for result in results), default=horizon)
    rows = {}
    for key, members in scopes(agencies).items():
        for measure in measures:
            started = False
            for t in month_ends(earliest, horizon):
                row = add_up([agency for agency in agencies if members(agency, t)], results, measure, t)
                started = started or row["reported"] + row["carried"] > 0
                if started:
                    rows[(*key, *measure, t)] = row
    return rows


def scopes(agencies: list[Agency]) -> dict[tuple[str, int], Any]:
    def exists(agency: Agency, t: date) -> bool:
        return agency.closed_on is None or agency.closed_on > t

    def in_program(program: Program) -> Any:
        rows = list(program.memberships.all())
        return lambda agency, t: (
            exists(agency, t)
            and any(
                row.agency_id == agency.pk
                and row.from_on <= t
                and (row.until_on is None or t <= row.until_on)
                for row in rows
            )
        )

    def below(root: Agency) -> Any:
        return lambda agency, t: exists(agency, t) and agency.path.startswith(root.path)

    def in_cohort(cohort: Cohort) -> Any:
        among = in_program(cohort.program) if cohort.program else exists
        root = cohort.within.path if cohort.within else "/"
        conditions = {c.field: c for c in cohort.filter}
        values = list(ProfileValue.objects.filter(field__in=conditions))
        return lambda agency, t: (
            among(agency, t)
            and agency.path.startswith(root)
            and conditions.keys()
            == {
                row.field
                for row in values
                if row.agency_id == agency.pk
                and row.from_on <= t
                and (row.until_on is None or t <= row.until_on)
                and conditions[row.field].fits(row.value)
            }
        )

    found: dict[tuple[str, int], Any] = {("everything", 0): exists}
    found |= {("cohort", cohort.pk): in_cohort(cohort) for cohort in Cohort.objects.all()}
    found |= {("program", program.pk): in_program(program) for program in Program.objects.all()}

    parents = {agency.parent_id for agency in agencies}
    return found | {("subtree", root.pk): below(root) for root in agencies if root.pk in parents}


def standing(
    agency: Agency, results: list[Result], measure: tuple[int, str], t: date
) -> tuple[str, Result | None]:
    for decision in agency.adoption_decisions.all():
        if decision.from_on <= t and (decision.until_on is None or t <= decision.until_on):
            return "not_adopting", None
    own = [r for r in results if r.agency_id == agency.pk and (r.model_id, r.method) == measure]
    candidates = [r for r in own if r.period_ends_on <= t and not replaced(r, own, t)]
    if not candidates:
        return "not_reporting", None
    last = max(candidates, key=lambda r: (r.period_ends_on, r.approved_at, r.pk))
    length = months_between(last.period_starts_on, last.period_ends_on) + 1
    age = months_between(last.period_ends_on, t) // length
    if age == 0:
        return "reported", last
    return ("carried", last) if age <= 2 else ("not_reporting", None)


def replaced(result: Result, own: list[Result], t: date) -> bool:
    amendments = [r for r in own if r.assessment.amends_id == result.assessment_id]
    return any(r.period_ends_on <= t or replaced(r, own, t) for r in amendments)


def add_up(members: list[Agency], results: list[Result], measure: tuple[int, str], t: date) -> dict[str, Any]:
    states: Counter[str] = Counter()
    by_stage: defaultdict[str, Counter[str]] = defaultdict(Counter)
    histogram: Counter[str] = Counter()
    domains: dict[str, dict[str, Any]] = {}
    total = limited = rescored = 0
    for agency in members:
        state, result = standing(agency, results, measure, t)
        states[state] += 1
        if result is None:
            continue
        total += result.score
        limited += result.limited_basis
        rescored += result.rescores_id is not None
        by_stage[str(result.stages_completed)][state] += 1
        histogram[str((result.score + BIN // 2) // BIN)] += 1
        for slug, entry in result.domains.items():
            if entry["percent"] is not None:
                domain = domains.setdefault(slug, {"n": 0, "sum": 0, "histogram": Counter()})
                domain["n"] += 1
                domain["sum"] += entry["percent"]
                domain["histogram"][str((entry["percent"] + BIN // 2) // BIN)] += 1
    return {
        "agencies": len(members),
        "reported": states["reported"],
        "carried": states["carried"],
        "not_adopting": states["not_adopting"],
        "limited": limited,
        "rescored": rescored,
        "score_sum": total,
        "by_stage": by_stage,
        "histogram": histogram,
        "domains": domains,
    }
