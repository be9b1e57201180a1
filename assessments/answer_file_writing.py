"""Writing what a file of answers brings to one assessment that is open. Call it within a transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from assessments.answer_file_plan import Entry, known_evidence, told_by
from assessments.import_checking import GivenAnswer
from assessments.import_writing import answer_row, evidence_row, save_evidence
from assessments.models import Answer, Assessment, DomainScore, Evidence
from assessments.services_answers import fields_of
from maturity.levels import Level
from maturity.scoring import format_hundredths
from portal.access.models import User
from portal.access.rules import Right
from portal.audit.services import record, record_many

BATCH = 500


@dataclass(frozen=True)
class Delivery:
    """Which file, and who brought it."""

    file_name: str
    checksum: str
    by: User
    at: datetime


@dataclass
class Written:
    """How many of each were written."""

    answers: int = 0
    evidence: int = 0
    scores: int = 0


def author_of(delivery: Delivery, assessment: Assessment) -> User | None:
    """The person whose answers these are: who brings them, if they answer for this agency; otherwise nobody
    of the portal, because a program office only passes on what its agency delivered."""
    return delivery.by if delivery.by.can(Right.ANSWER, assessment.agency) else None


def write_entry(*, entry: Entry, assessment: Assessment, over: bool, delivery: Delivery) -> Written:
    """Write what the portal does not have yet, and, `over`, put the file's answers over other ones.

    `assessment`: open and locked, see services.lock. What was there before is in the audit.
    """
    author = author_of(delivery, assessment)
    rows = assessment.answers.select_related("item").prefetch_related("evidence")
    there = {row.item.slug: row for row in rows}
    slugs = [*entry.added, *(entry.other if over else ())]
    new, changed, told = [], [], []
    for slug in slugs:
        row = answer_row(assessment, entry.given.parts.items[slug], entry.given.answers[slug], delivery.at)
        row.answered_by = author
        old = there.get(slug)
        if old is None:
            new.append(row)
            continue
        row.pk, row.revision = old.pk, old.revision + 1
        row.review_by = old.review_by if row.level == Level.NOT_APPLICABLE else None
        row.carried_from, row.lapsed_on = old.carried_from, old.lapsed_on
        row.confirmed_at = delivery.at if old.carried_from_id is not None else None
        changed.append(row)
        told.append((row, {"item": slug, "file": delivery.file_name} | _changes(old, row)))
    Answer.objects.bulk_create(new, batch_size=BATCH)
    fields = [
        *asdict(fields_of(Answer())),
        "revision",
        "answered_by",
        "answered_at",
        "confirmed_at",
        "confirmed_by",
    ]
    Answer.objects.bulk_update(changed, fields, batch_size=BATCH)
    record_many(action="answer", objects=told, by=delivery.by, at=delivery.at)
    written = Written(answers=len(slugs))
    backed = {row.item.slug: row for row in [*new, *changed]} | {slug: there[slug] for slug in entry.backed}
    written.evidence = _write_evidence(backed, there, entry.given.answers, author, delivery)
    written.scores = _write_scores(entry, assessment, over, author, delivery)
    if author is not None and (slugs or written.evidence or written.scores):
        assessment.workers.add(author)
    changes: dict[str, Any] = {"file": delivery.file_name, "checksum": delivery.checksum} | asdict(written)
    record(action="load answers", obj=assessment, by=delivery.by, at=delivery.at, changes=changes)
    return written


def _changes(old: Answer, new: Answer) -> dict[str, list[str | None]]:
    before, after = asdict(fields_of(old)), asdict(fields_of(new))
    return {
        name: [_plain(before[name]), _plain(after[name])] for name in before if before[name] != after[name]
    }


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _write_evidence(
    rows: dict[str, Answer],
    there: dict[str, Answer],
    given: dict[str, GivenAnswer],
    author: User | None,
    delivery: Delivery,
) -> int:
    """Add the evidence that these answers do not have yet; none is taken away."""
    found: list[tuple[Evidence, Answer]] = []
    for slug, answer in rows.items():
        known = known_evidence(there[slug]) if slug in there else set()
        for one in given[slug].evidence:
            if told_by(one) not in known:
                row = evidence_row(answer.assessment, one, delivery.at)
                row.added_by = author
                found.append((row, answer))
    save_evidence(found, delivery.at)
    return len(found)


def _write_scores(
    entry: Entry, assessment: Assessment, over: bool, author: User | None, delivery: Delivery
) -> int:
    """Give the scores of whole domains that are missing, and, `over`, those that differ."""
    slugs = [*entry.scores, *(entry.other_scores if over else ())]
    if not slugs:
        return 0
    there = {row.domain.slug: row for row in assessment.domain_scores.select_related("domain")}
    told = {}
    for slug in slugs:
        domain = entry.given.parts.domains[slug]
        row = there.get(slug) or DomainScore(assessment=assessment, domain=domain, revision=0)
        old, row.score = row.score, entry.given.scores[slug].score
        row.given_by, row.given_at = author, delivery.at
        row.revision += 1
        row.save()
        told[slug] = [None if old is None else format_hundredths(old), format_hundredths(row.score)]
    record(action="give domain scores", obj=assessment, by=delivery.by, at=delivery.at, changes=told)
    return len(slugs)
