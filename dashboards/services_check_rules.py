"""The part of the nightly check about results by later rules: each follows from the one as approved."""

from collections.abc import Iterator
from typing import Any

from assessments.models import Result, ScoringRule
from assessments.queries_rules import history_before, successions_to, versions_up_to
from assessments.results import can_rescore, rescore
from maturity.models import ModelVersion
from maturity.successors import Succession

RESULTS_AT_ONCE = 500
COMPARED = (
    "score",
    "stages_completed",
    "limited_basis",
    "answered",
    "evidenced",
    "unconfirmed",
    "domains",
    "levels",
    "points",
)
Wrong = tuple[str, str, str, str]  # whose, what, stored, computed


def of_rescored_results() -> Iterator[Wrong]:
    """Each result by a rule whose history is complete that is missing or does not follow."""
    rules = ScoringRule.objects.filter(complete_at__isnull=False).select_related("version__model")
    for listed in rules.order_by("pk"):
        if listed.rule == listed.version.scoring_rule:
            yield from _of_rule(versions_up_to(listed.version))


def _of_rule(versions: list[ModelVersion]) -> Iterator[Wrong]:
    newest, links, last = versions[-1], successions_to(versions), 0
    approved = history_before(versions).select_related("version", "agency").order_by("pk")
    while results := list(approved.filter(pk__gt=last)[:RESULTS_AT_ONCE]):
        last = results[-1].pk
        stored = {
            row.rescores_id: row
            for row in Result.objects.filter(rescores__in=results, method=newest.scoring_rule)
        }
        for result in results:
            computed = _computed(result, newest, links[result.version_id])
            yield from _compared(result, newest.scoring_rule, stored.get(result.pk), computed)


def _computed(result: Result, newest: ModelVersion, link: Succession) -> Result | None:
    return rescore(result, newest, link) if can_rescore(result, newest, link) else None


def _compared(result: Result, rule: str, stored: Result | None, computed: Result | None) -> Iterator[Wrong]:
    subject, period = result.agency.slug, result.period_label
    if stored is None or computed is None:
        if stored is not computed:
            what = f"{period}: no result by {rule}" if stored is None else f"{period}: a result by {rule}"
            yield subject, what, _score(stored), _score(computed)
        return
    for name in COMPARED:
        have, want = getattr(stored, name), getattr(computed, name)
        if have != want:
            yield subject, f"{period}: {name} by {rule}", str(have), str(want)


def _score(result: Any) -> str:
    return "none" if result is None else str(result.score)
