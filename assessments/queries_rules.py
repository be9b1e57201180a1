"""Reads of scoring rules: what history there is for a rule to score, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from assessments.models import Result, ResultQuerySet, ScoringRule
from maturity.models import MaturityModel, ModelVersion
from maturity.queries import succession_of, versions_of
from maturity.successors import Succession
from portal.jobs.models import Job


@dataclass(frozen=True)
class RuleReading:
    """A version with the rule that it scores by. `since_before`: what its items go back to in the version
    before, None for the first. `state`: in force, being counted, being re-scored, waiting."""

    version: ModelVersion
    rule: str
    since_before: Succession | None
    listed: ScoringRule | None
    job: Job | None

    @property
    def state(self) -> str:
        """How far it is, in words."""
        if self.listed is None or self.listed.in_force_at is not None:
            return "In force"
        if self.listed.complete_at is not None:
            return "History is re-scored and being counted"
        if self.job is not None and self.job.is_open:
            return "History is being re-scored"
        return "History waits to be re-scored"

    @property
    def waits(self) -> bool:
        """Whether history is to be re-scored and nobody is at it."""
        open_job = self.job is not None and self.job.is_open
        return self.listed is not None and self.listed.complete_at is None and not open_job


def versions_up_to(version: ModelVersion) -> list[ModelVersion]:
    """The versions of its model from the first to this one."""
    versions = versions_of(version.model_id)
    return versions[: [one.pk for one in versions].index(version.pk) + 1]


def successions_to(versions: Sequence[ModelVersion]) -> dict[int, Succession]:
    """By id of each of these consecutive versions, the succession from it to the last of them."""
    return {version.pk: succession_of(versions[start:]) for start, version in enumerate(versions)}


def succession_between(result: Result) -> Succession | None:
    """From the version that was answered to the one that this result scores by; None as approved.

    `result` has its assessment and its version loaded.
    """
    if result.rescores_id is None:
        return None
    versions = versions_up_to(result.version)
    return successions_to(versions)[result.assessment.version_id]


def history_before(versions: Sequence[ModelVersion]) -> ResultQuerySet:
    """The results as approved that the rule of the last of these versions is to score too: of any of
    them, approved under another rule."""
    newest = versions[-1]
    found = Result.objects.as_approved().filter(version__in=[version.pk for version in versions])
    return found.exclude(method=newest.scoring_rule)


def without_rule(results: ResultQuerySet, rule: str) -> ResultQuerySet:
    """Those of `results` whose assessment has none under `rule`."""
    under = Result.objects.filter(assessment=OuterRef("assessment"), method=rule)
    return results.filter(~Exists(under))


def rules_of_model(model: MaturityModel) -> list[RuleReading]:
    """The versions of a model with their rules, the latest first. Bounded by the number of versions."""
    versions = versions_of(model.pk)
    listed = {(row.version_id, row.rule): row for row in ScoringRule.objects.filter(version__in=versions)}
    jobs = Job.objects.in_bulk([row.job_id for row in listed.values() if row.job_id is not None])
    found = []
    for place, version in enumerate(versions):
        row = listed.get((version.pk, version.scoring_rule))
        found.append(
            RuleReading(
                version=version,
                rule=version.scoring_rule,
                since_before=succession_of(versions[place - 1 : place + 1]) if place else None,
                listed=row,
                job=jobs.get(row.job_id) if row is not None and row.job_id is not None else None,
            )
        )
    return found[::-1]


def rescored_results(result: Result) -> list[tuple[Result, Succession]]:
    """What later rules make of a result as approved, the latest rule first, each with what it rests on."""
    rows = Result.objects.filter(rescores=result).select_related("version__model")
    versions = versions_of(result.model_id)
    places = {version.pk: place for place, version in enumerate(versions)}
    start = places[result.version_id]
    found = [(row, succession_of(versions[start : places[row.version_id] + 1])) for row in rows]
    return sorted(found, key=lambda one: (places[one[0].version_id], one[0].method), reverse=True)
