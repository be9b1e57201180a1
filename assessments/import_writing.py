"""Writing imported assessments: as approved, with answers, evidence, result, step and audit entry."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.utils import timezone

from assessments.import_checking import GivenAnswer, GivenAssessment
from assessments.models import Answer, Assessment, DomainScore, Evidence, EvidenceUse, Result, Step
from assessments.queries import load_sheet
from assessments.results import build_result
from assessments.services_answers import EvidenceFields
from assessments.services_copying import copy_answers
from assessments.services_rescoring import save_results
from maturity.models import Item
from maturity.scoring import Dated
from portal.access.models import User
from portal.audit.services import record, record_many

BATCH = 2_000


class Writer:
    """Writes assessments and counts what it wrote. Call it within a transaction."""

    def __init__(self, *, file: str, by: User, at: datetime) -> None:
        self.comment = f"Imported from {file}"[:500]
        self.by = by
        self.at = at
        self.agencies: set[int] = set()
        self.answers = self.evidence = self.scores = 0

    def create(self, chunk: list[GivenAssessment]) -> None:
        """Write assessments that are not in the portal, in few queries."""
        assessments = Assessment.objects.bulk_create(
            [self._assessment(given, self._approved_at(given)) for given in chunk]
        )
        answers, brought, results, scores = [], [], [], []
        for given, assessment in zip(chunk, assessments, strict=True):
            for slug, said in given.answers.items():
                answer = answer_row(assessment, given.parts.items[slug], said, self.at)
                answers.append(answer)
                brought += [(evidence_row(assessment, one, self.at), answer) for one in said.evidence]
            scores += [self._score(assessment, given, slug) for slug in given.scores]
            results.append(_result(given, assessment))
        Answer.objects.bulk_create(answers, batch_size=BATCH)
        self._add_evidence(brought)
        DomainScore.objects.bulk_create(scores, batch_size=BATCH)
        save_results(results, self.at)
        Step.objects.bulk_create([self._step(assessment) for assessment in assessments])
        told = [
            (
                row,
                {
                    "model": given.parts.version.key,
                    "period": row.period_label,
                    "answers": len(given.answers),
                    **({"scores": len(given.scores)} if given.scores else {}),
                },
            )
            for given, row in zip(chunk, assessments, strict=True)
        ]
        record_many(action="import", objects=told, by=self.by, at=self.at)
        self.agencies |= {given.agency.pk for given in chunk}
        self.answers += len(answers)
        self.scores += len(scores)

    def amend(self, given: GivenAssessment, current: Assessment) -> None:
        """Correct an approved one: its answers and evidence with those of the file over them."""
        # Now and not on the file's date: a correction is approved after what it corrects.
        assessment = self._assessment(given, self.at)
        assessment.amends, assessment.amendment_reason = current, self.comment
        assessment.save(force_insert=True)
        copy_answers(current, assessment)
        there = {answer.item_id: answer for answer in assessment.answers.prefetch_related("evidence")}
        for slug, said in given.answers.items():
            self._correct(assessment, given.parts.items[slug], there, said)
        self._correct_scores(assessment, given)
        sheet = load_sheet(assessment)
        result = build_result(
            assessment=assessment,
            rules=sheet.rules,
            levels=sheet.levels,
            evidence=sheet.evidence,
            approved_at=self.at,
            numbers=sheet.numbers,
            unconfirmed=(*sheet.unconfirmed, *sheet.unconfirmed_scores),
        )
        save_results([result], self.at)
        self._step(assessment).save(force_insert=True)
        changes = {"amends": current.pk, "answers": len(given.answers)}
        record(action="import amendment", obj=assessment, by=self.by, at=self.at, changes=changes)
        self.agencies.add(given.agency.pk)

    def _correct(
        self, assessment: Assessment, item: Item, there: dict[int, Answer], said: GivenAnswer
    ) -> None:
        """Put one answer of the file over the copied one."""
        new = answer_row(assessment, item, said, self.at)
        old = there.get(item.pk)
        known = set()
        if old is not None:
            new.pk, new.revision = old.pk, old.revision
            known = {(row.url, row.statement, row.dated_on) for row in old.evidence.all()}
        if old is None or _says(old) != _says(new):
            new.save()
            self.answers += 1
        added = [one for one in said.evidence if (one.url, one.statement, one.dated_on) not in known]
        self._add_evidence([(evidence_row(assessment, one, self.at), new) for one in added])

    def _correct_scores(self, assessment: Assessment, given: GivenAssessment) -> None:
        """Put the scores of the file over the copied ones."""
        there = {row.domain.slug: row for row in assessment.domain_scores.select_related("domain")}
        for slug, said in given.scores.items():
            new, old = self._score(assessment, given, slug), there.get(slug)
            if old is not None and old.score == said.score:
                continue
            if old is not None:
                new.pk, new.revision = old.pk, old.revision
            new.save()
            self.scores += 1

    def _approved_at(self, given: GivenAssessment) -> datetime:
        if given.approved_on is None:
            return self.at
        return min(timezone.make_aware(datetime.combine(given.approved_on, time(12))), self.at)

    def _assessment(self, given: GivenAssessment, approved_at: datetime) -> Assessment:
        return Assessment(
            agency=given.agency,
            version=given.parts.version,
            period_starts_on=given.named.period.starts_on,
            period_ends_on=given.named.period.ends_on,
            period_label=given.named.label,
            state=Assessment.State.APPROVED,
            origin=Assessment.Origin.IMPORT,
            created_by=self.by,
            created_at=self.at,
            attested_by=given.attested_by,
            approved_at=approved_at,
        )

    def _score(self, assessment: Assessment, given: GivenAssessment, slug: str) -> DomainScore:
        return DomainScore(
            assessment=assessment,
            domain=given.parts.domains[slug],
            score=given.scores[slug].score,
            given_at=self.at,
        )

    def _add_evidence(self, brought: list[tuple[Evidence, Answer]]) -> None:
        save_evidence(brought, self.at)
        self.evidence += len(brought)

    def _step(self, assessment: Assessment) -> Step:
        state = Assessment.State.APPROVED
        return Step(assessment=assessment, state=state, by=self.by, at=self.at, comment=self.comment)


def answer_row(assessment: Assessment, item: Item, said: GivenAnswer, at: datetime) -> Answer:
    """An unsaved first answer as a file gives it. Nobody of the portal gave it."""
    fields = said.fields
    return Answer(
        assessment=assessment,
        item=item,
        level=fields.level or "",
        holder=fields.holder,
        holder_name=fields.holder_name,
        note=fields.note,
        reason=fields.reason,
        planned_on=fields.planned_on,
        points=fields.points,
        answered_at=at,
    )


def evidence_row(assessment: Assessment, given: EvidenceFields, at: datetime) -> Evidence:
    """Unsaved evidence of a saved assessment, as a file gives it."""
    return Evidence(
        assessment=assessment,
        kind=given.kind,
        title=given.title,
        url=given.url,
        statement=given.statement,
        dated_on=given.dated_on,
        added_at=at,
    )


def save_evidence(brought: Sequence[tuple[Evidence, Answer]], at: datetime) -> None:
    """Save evidence, each for the saved answer beside it."""
    Evidence.objects.bulk_create([row for row, _ in brought], batch_size=BATCH)
    uses = [
        EvidenceUse(evidence=row, answer=answer, added_by_id=row.added_by_id, added_at=at)
        for row, answer in brought
    ]
    EvidenceUse.objects.bulk_create(uses, batch_size=BATCH)


def _says(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.level, answer.holder, answer.holder_name, answer.note, answer.reason, answer.planned_on,
        answer.points,
    )  # fmt: skip


def _result(given: GivenAssessment, assessment: Assessment) -> Result:
    backing = {
        slug: [Dated(one.dated_on, one.expires_on) for one in said.evidence]
        for slug, said in given.answers.items()
    }
    assert assessment.approved_at is not None  # noqa: S101 - set by us
    return build_result(
        assessment=assessment,
        rules=given.parts.rules,
        levels=given.levels,
        evidence=backing,
        approved_at=assessment.approved_at,
        numbers=given.numbers,
    )
