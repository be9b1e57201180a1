"""What scoring makes of the levels of an assessment, as a result to be kept."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.utils import timezone

from assessments.models import Assessment, Result
from maturity import scoring
from maturity.levels import Levels, ModelRules, encode_levels


class NothingApplies(Exception):
    """Every item is left out, so there is no score."""


def build_result(
    *,
    assessment: Assessment,
    rules: ModelRules,
    levels: Levels,
    latest_evidence: Mapping[str, date],
    approved_at: datetime,
) -> Result:
    """The unsaved result of these levels (by slug); no query is made if `assessment.version` is loaded.

    `latest_evidence`: by slug, the date of an item's latest evidence. Raises NothingApplies.
    """
    card = scoring.score(rules, levels, scoring.asked_items(rules, levels))
    if card is None:
        raise NothingApplies("Nothing in the model applies, so there is nothing to score.")
    reference = min(assessment.period_ends_on, timezone.localdate(approved_at))
    evidenced = scoring.evidence_share(levels, latest_evidence, reference)
    return Result(
        assessment=assessment,
        method=scoring.METHOD,
        agency_id=assessment.agency_id,
        model_id=assessment.version.model_id,
        version_id=assessment.version_id,
        period_starts_on=assessment.period_starts_on,
        period_ends_on=assessment.period_ends_on,
        period_label=assessment.period_label,
        approved_at=approved_at,
        score=scoring.to_millionths(card.score),
        stages_completed=card.stages_completed,
        stage_count=rules.stages,
        limited_basis=card.limited_basis,
        answered=scoring.to_millionths(card.answered),
        evidenced=scoring.to_millionths(evidenced or Fraction(0)),
        stages=[_stage(stage) for stage in card.stages],
        domains={domain.slug: _domain(domain) for domain in card.domains},
        levels=encode_levels(rules, levels),
    )


def _stage(card: scoring.StageCard) -> dict[str, Any]:
    """A stage as JSON: its completion in millionths, the rest as it is."""
    return asdict(card) | {"completion": scoring.to_millionths(card.completion)}


def _domain(card: scoring.DomainCard) -> dict[str, Any]:
    percent = None if card.percent is None else scoring.to_millionths(card.percent)
    return {"percent": percent, "stages_completed": card.stages_completed}
