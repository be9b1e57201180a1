"""Answers, evidence and scores taken over from one assessment into another, with who gave them and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from assessments.models import Answer, Assessment, DomainScore, Evidence, EvidenceUse, PeriodFacts
from assessments.queries_carried import Source
from maturity.levels import IN_POINTS, Level
from maturity.models import Domain, Item
from portal.agencies.periods import Period, following, month_end

Copied = TypeVar("Copied", Answer, DomainScore, Evidence, EvidenceUse, PeriodFacts)
LEAST_OVERDUE = 6  # months: two quarters, however short the periods are


@dataclass(frozen=True)
class CarriedOver:
    """What was carried: answers and scores; of them how many planned ones came back as not started; and the
    answers that could not be carried, because no item of the newer version stands for theirs."""

    carried: int
    lapsed: int
    left_out: int


def copy_answers(source: Assessment, target: Assessment) -> int:
    """Copy answers, evidence and scores of domains, with who gave them and when, to an empty assessment;
    how many answers and scores."""
    old = list(Answer.objects.filter(assessment=source))
    new = [copy_row(answer, assessment=target, revision=1) for answer in old]
    _write(source, target, zip(old, new, strict=True))
    given = [copy_row(row, assessment=target, revision=1) for row in source.domain_scores.all()]
    DomainScore.objects.bulk_create(given)
    return len(new) + len(given)


def carry_answers(source: Source, target: Assessment) -> CarriedOver:
    """Begin an empty assessment with the answers, evidence and scores of an earlier one, unconfirmed.

    Each keeps who gave it and when. What was planned for a day that lies two periods back comes back as not
    started. A constant number of queries.
    """
    overdue = overdue_before(Period(target.period_starts_on, target.period_ends_on))
    old = Answer.objects.filter(assessment=source.assessment).select_related("item")
    by_slug = {answer.item.slug: answer for answer in old}
    in_points = target.version.answers == IN_POINTS
    pairs = [
        (answer, _carried(answer, item, source, target, overdue))
        for item in Item.objects.filter(version_id=target.version_id).order_by("position")
        if (answer := by_slug.get(source.origin.get(item.slug, ""))) is not None
        and _fits(answer, item, in_points=in_points)
        and not _is_to_be_reviewed(answer, target)
    ]
    _write(source.assessment, target, pairs)
    scores = _carried_scores(source, target)
    DomainScore.objects.bulk_create(scores)
    reached = {answer.pk for answer, _ in pairs}
    said = [answer for answer in by_slug.values() if answer.level]
    return CarriedOver(
        carried=sum(bool(new.level) for _, new in pairs) + len(scores),
        lapsed=sum(new.lapsed_on is not None and old.lapsed_on is None for old, new in pairs),
        left_out=sum(answer.pk not in reached for answer in said),
    )


def overdue_before(period: Period) -> date:
    """What was planned for this day or an earlier one, and is still planned, is two quarters overdue in the
    assessment of `period`: two whole periods lie between that day and the period's end, and six months at
    least."""
    return min(following(period, -2).ends_on, month_end(period.ends_on, -LEAST_OVERDUE))


def _fits(answer: Answer, item: Item, *, in_points: bool) -> bool:
    """Whether the answer can stand for this item of the same or a newer version.

    Points and levels are no scale of each other, and points say nothing where the item is worth another
    number of them; only a challenge may be "not yet relevant".
    """
    if answer.level in {"", Level.NOT_APPLICABLE}:
        return True
    if in_points and item.points:
        return answer.points is not None and answer.item.points == item.points
    return answer.points is None and (answer.level != Level.NOT_YET or item.kind == Item.Kind.CHALLENGE)


def _is_to_be_reviewed(answer: Answer, target: Assessment) -> bool:
    """Whether it was said until a day that is over by then that the item could never apply: it is asked
    again."""
    by = answer.review_by
    return answer.level == Level.NOT_APPLICABLE and by is not None and by < target.period_ends_on


def _carried(answer: Answer, item: Item, source: Source, target: Assessment, overdue: date) -> Answer:
    still = answer.is_unconfirmed
    changes: dict[str, Any] = {
        "assessment": target,
        "item": item,
        "revision": 1,
        # A row without a level holds evidence alone: there is nothing to confirm.
        "carried_from_id": (answer.carried_from_id if still else source.assessment.pk)
        if answer.level
        else None,
        "confirmed_by": None,
        "confirmed_at": None,
        "lapsed_on": answer.lapsed_on if still else None,
    }
    if answer.level == Level.PLANNED and answer.planned_on is not None and answer.planned_on <= overdue:
        changes |= {"level": Level.NOT_STARTED, "planned_on": None, "lapsed_on": answer.planned_on}
    return copy_row(answer, **changes)


def _carried_scores(source: Source, target: Assessment) -> list[DomainScore]:
    """Scores of domains, where the newer version takes them on the same scale."""
    version = target.version
    if not version.takes_domain_scores or version.scale != source.assessment.version.scale:
        return []
    domains = {row.slug: row for row in Domain.objects.filter(version=version)}
    given = source.assessment.domain_scores.filter(score__isnull=False).select_related("domain")
    return [
        copy_row(
            row,
            assessment=target,
            domain=domains[row.domain.slug],
            revision=1,
            carried_from_id=row.carried_from_id if row.is_unconfirmed else source.assessment.pk,
            confirmed_by=None,
            confirmed_at=None,
        )
        for row in given
        if row.domain.slug in domains
    ]


def _write(source: Assessment, target: Assessment, pairs: Iterable[tuple[Answer, Answer]]) -> None:
    """Write the second of each pair, with copies of the evidence of the first, which may be in several."""
    copies: dict[int, list[Answer]] = {}
    for old, new in pairs:
        copies.setdefault(old.pk, []).append(new)
    Answer.objects.bulk_create([new for found in copies.values() for new in found], batch_size=500)
    _copy_evidence(source, target, copies)


def _copy_evidence(source: Assessment, target: Assessment, answers: Mapping[int, list[Answer]]) -> None:
    """Copy the evidence of these answers (by the answer copied, its copies) with its uses; files are the
    same."""
    all_uses = EvidenceUse.objects.filter(evidence__assessment=source).order_by("pk")
    uses = [use for use in all_uses if use.answer_id in answers]
    used = {use.evidence_id for use in uses}
    old = [row for row in Evidence.objects.filter(assessment=source) if row.pk in used]
    new = [copy_row(row, assessment=target, revision=1, copied_from=row.copied_from or row.pk) for row in old]
    Evidence.objects.bulk_create(new, batch_size=500)
    copies = dict(zip((row.pk for row in old), new, strict=True))
    EvidenceUse.objects.bulk_create(
        [
            copy_row(use, evidence=copies[use.evidence_id], answer=answer)
            for use in uses
            for answer in answers[use.answer_id]
        ],
        batch_size=500,
    )


def copy_row(row: Copied, **changes: object) -> Copied:
    """An unsaved copy of a row with these fields changed."""
    kept = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    copied = type(row)(**kept)
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
