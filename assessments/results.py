"""What scoring makes of the levels of an assessment, as a result to be kept."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils import timezone

from assessments.models import Assessment, Result
from maturity import methods, scoring
from maturity.levels import NO_NUMBERS, Levels, ModelRules, Numbers, decode_levels, encode_levels
from maturity.models import ModelVersion
from maturity.queries import rules_of
from maturity.successors import Succession


class NothingApplies(Exception):
    """Every item is left out, or no domain has a score: there is nothing to score."""


def build_result(
    *,
    assessment: Assessment,
    rules: ModelRules,
    levels: Levels,
    evidence: Mapping[str, Iterable[scoring.Dated]],
    approved_at: datetime,
    numbers: Numbers = NO_NUMBERS,
    unconfirmed: Collection[str] = (),
) -> Result:
    """The unsaved result of these levels (by slug); no query is made if `assessment.version` is loaded.

    `evidence`: by slug, that of an item. `numbers`: what was answered in points or given of whole domains.
    `unconfirmed`: items and domains whose answers and scores were carried from earlier and not confirmed.
    Raises NothingApplies.
    """
    card = methods.score(rules, levels, methods.asked_items(rules, levels), numbers)
    if card is None:
        raise NothingApplies("Nothing in the model applies, so there is nothing to score.")
    reference = min(assessment.period_ends_on, timezone.localdate(approved_at))
    evidenced = scoring.evidence_share(levels, evidence, reference)
    return Result(
        assessment=assessment,
        method=assessment.version.scoring_rule,
        agency_id=assessment.agency_id,
        model_id=assessment.version.model_id,
        version_id=assessment.version_id,
        period_starts_on=assessment.period_starts_on,
        period_ends_on=assessment.period_ends_on,
        period_label=assessment.period_label,
        approved_at=approved_at,
        evidenced=scoring.to_millionths(evidenced or Fraction(0)),
        unconfirmed_items=len(unconfirmed),
        unconfirmed=_share_of_given(len(unconfirmed), levels, numbers),
        **_scored(card, rules, levels, numbers),
    )


def _share_of_given(count: int, levels: Levels, numbers: Numbers) -> int:
    """So many answers as a share of all that were given, in millionths."""
    given = sum(level is not None for level in levels.values()) + len(numbers.domains)
    return scoring.to_millionths(Fraction(count, given)) if given else 0


def can_rescore(approved: Result, version: ModelVersion, succession: Succession) -> bool:
    """Whether a result as approved can be scored by the rule of a newer version: by the items that go on, or
    by its domains where the newer version has no items."""
    frozen = bool(approved.levels) or version.method != "staged"
    return frozen and (succession.comparable or not succession.items)


def rescore(approved: Result, version: ModelVersion, succession: Succession) -> Result | None:
    """The unsaved result of the levels frozen in `approved` under the rule of a newer `version`.

    `succession`: from the version of `approved` to it, see can_rescore. What share is backed by evidence
    and what was carried unconfirmed stay as they were: they are of the items as they were asked. None where
    nothing of what was answered is left that applies. Raises ValueError where the levels do not fit the
    version of `approved`.
    """
    rules, before = rules_of(version), rules_of(approved.version)
    levels = succession.carry(rules, frozen_levels(before, approved))
    numbers = succession.carry_numbers(rules, before, frozen_numbers(approved))
    asked = methods.asked_items(rules, levels) - frozenset(succession.added)
    card = methods.score(rules, levels, asked, numbers)
    if card is None:
        return None
    return Result(
        rescores=approved,
        assessment_id=approved.assessment_id,
        method=version.scoring_rule,
        agency_id=approved.agency_id,
        model_id=approved.model_id,
        version=version,
        period_starts_on=approved.period_starts_on,
        period_ends_on=approved.period_ends_on,
        period_label=approved.period_label,
        approved_at=approved.approved_at,
        evidenced=approved.evidenced,
        unconfirmed_items=approved.unconfirmed_items,
        unconfirmed=approved.unconfirmed,
        **_scored(card, rules, levels, numbers),
    )


def _scored(card: scoring.Scorecard, rules: ModelRules, levels: Levels, numbers: Numbers) -> dict[str, Any]:
    """The fields of a result that follow from its levels and numbers alone."""
    return {
        "score": methods.score_in_millionths(rules, card),
        "stages_completed": card.stages_completed,
        "stage_count": rules.stages,
        "limited_basis": card.limited_basis,
        "answered": scoring.to_millionths(card.answered),
        "stages": [_stage(stage) for stage in card.stages],
        "domains": {domain.slug: _domain(domain, numbers) for domain in card.domains},
        "levels": encode_levels(rules, levels) if rules.is_staged or any(levels.values()) else "",
        "points": dict(numbers.points) or None,
    }


def frozen_levels(rules: ModelRules, result: Result) -> Levels:
    """The levels frozen in a result; none where only scores of domains were given."""
    return decode_levels(rules, result.levels) if result.levels else {}


def frozen_numbers(result: Result) -> Numbers:
    """The points, and the scores given of whole domains, that are frozen in a result."""
    given = {
        slug: Fraction(entry["score"], scoring.MILLION)
        for slug, entry in result.domains.items()
        if entry.get("score") is not None
    }
    return Numbers(points=result.points or {}, domains=given)


def scorecard_of(rules: ModelRules, result: Result) -> scoring.Scorecard | None:
    """The scorecard that a result was made from."""
    levels = frozen_levels(rules, result)
    return methods.score(rules, levels, methods.asked_items(rules, levels), frozen_numbers(result))


def _stage(card: scoring.StageCard) -> dict[str, Any]:
    """A stage as JSON: its completion in millionths, the rest as it is."""
    return asdict(card) | {"completion": scoring.to_millionths(card.completion)}


def _domain(card: scoring.DomainCard, numbers: Numbers) -> dict[str, Any]:
    percent = None if card.percent is None else scoring.to_millionths(card.percent)
    told: dict[str, Any] = {"percent": percent, "stages_completed": card.stages_completed}
    if (given := numbers.domains.get(card.slug)) is not None:
        told["score"] = scoring.to_millionths(given)
    return told
