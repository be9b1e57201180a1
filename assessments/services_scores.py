"""Saving scores that are given of whole domains, so that nobody overwrites what they have not seen."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from assessments.models import Assessment, DomainScore
from assessments.services import NotOpen, lock
from maturity.models import Domain
from maturity.scoring import MILLION, format_hundredths
from portal.access.models import User
from portal.audit.services import record


class BadScores(Exception):
    """What was sent cannot be accepted: domain slug to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StaleScores(Exception):
    """Somebody saved scores of this assessment after they were read."""


def scores_revision(assessment: Assessment) -> int:
    """What a reader of an assessment's domain scores has seen: it rises with every score that is saved."""
    return sum(DomainScore.objects.filter(assessment=assessment).values_list("revision", flat=True))


@transaction.atomic
def save_domain_scores(
    *, assessment_id: int, revision: int, scores: Mapping[str, int | None], by: User, at: datetime
) -> int:
    """Save the scores (by domain slug, in millionths of a unit; None: missing) that `by` gives, having read
    them at `revision`. Returns how many changed, or were carried and are confirmed by being given again;
    domains that `scores` does not name stay as they are.

    Raises Assessment.DoesNotExist, NotOpen, BadScores, StaleScores. Repeating a call is harmless.
    """
    assessment = lock(assessment_id)
    if not assessment.is_open:
        raise NotOpen(
            f"This assessment is {assessment.get_state_display().lower()}, so its scores are fixed."
        )
    domains = {domain.slug: domain for domain in Domain.objects.filter(version_id=assessment.version_id)}
    if errors := _errors(assessment, domains, scores):
        raise BadScores(errors)
    rows = {row.domain.slug: row for row in assessment.domain_scores.select_related("domain")}
    was = {slug: row.score for slug, row in rows.items()}
    unconfirmed = {slug for slug, row in rows.items() if row.is_unconfirmed}
    changed = {slug: score for slug, score in scores.items() if was.get(slug) != score or slug in unconfirmed}
    if not changed:
        return 0
    if revision != sum(row.revision for row in rows.values()):
        raise StaleScores("Somebody saved scores of this assessment after you read them.")
    for slug, score in changed.items():
        row = rows.get(slug) or DomainScore(assessment=assessment, domain=domains[slug], revision=0)
        row.score, row.given_by, row.given_at = score, by, at
        row.revision += 1
        if row.carried_from_id is not None:
            row.confirmed_by, row.confirmed_at = None, at
        row.save()
    assessment.workers.add(by)
    told = {slug: [_plain(was.get(slug)), _plain(score)] for slug, score in changed.items()}
    record(action="give domain scores", obj=assessment, by=by, at=at, changes=told)
    return len(changed)


def _errors(
    assessment: Assessment, domains: Mapping[str, Domain], scores: Mapping[str, int | None]
) -> dict[str, str]:
    version = assessment.version
    if not version.takes_domain_scores:
        return {"": f"{version} is answered item by item: it takes no scores of whole domains."}
    most = version.scale.maximum
    errors = {slug: f"{version} has no domain {slug!r}." for slug in scores.keys() - domains.keys()}
    return errors | {
        slug: f"Give a score from 0 to {most:,}."
        for slug, score in scores.items()
        if score is not None and not 0 <= score <= most * MILLION
    }


def _plain(score: int | None) -> str | None:
    return None if score is None else format_hundredths(score)
