"""What a file of answers would do to the assessments of a round. Nothing is written."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

from assessments.import_checking import Checker, GivenAssessment, Wrong
from assessments.import_reading import Notes, Row, UnreadableFile, read_rows
from assessments.import_register import NamedPeriod, Register, Unknown, VersionParts
from assessments.models import Answer, Assessment, Cycle, Evidence
from assessments.queries import given_scores
from assessments.queries_cycles import open_agencies_asked
from assessments.queries_units import arrangement_of
from assessments.services_answers import EvidenceFields, fields_of
from assessments.words import FIELD_WORDS
from portal.agencies.models import Agency
from portal.agencies.periods import Period
from portal.agencies.text import quoted

CHUNK = 100  # assessments compared at a time
MOST_ROWS = 1_000_000  # each that is wrong is kept until the file is checked
TOO_LONG = f"it holds more than {MOST_ROWS:,} rows: split it by agency"


class RoundNames:
    """Finds what a file of one round names: the agencies asked, and no other model or period."""

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._register = Register(cycle.program.year_starts_in)
        self._asked = set(open_agencies_asked(cycle).order_by().values_list("pk", flat=True))
        self._answered_for = arrangement_of(cycle.program_id, cycle.period_ends_on)

    def agency(self, text: str) -> Agency:
        """By identifier, else slug, else path from the top. Raises Unknown: in the same words whether there
        is such an agency elsewhere or not, which is for nobody to find out by a file."""
        found: Agency | None
        try:
            found = self._register.agency(text)
        except Unknown:
            found = None
        if found is None or found.pk not in self._asked:
            raise Unknown(
                f"{quoted(text)} is not asked in this round: use the identifier, the slug or the path of one "
                "that is"
            )
        if found.pk in self._answered_for:
            raise Unknown(f"{quoted(found.name)} does not answer for itself in this round")
        return found

    def version(self, text: str) -> VersionParts:
        """The round's. Raises Unknown."""
        if text != self._cycle.version.key:
            raise Unknown(f"this round asks for {self._cycle.version.key}, not for {quoted(text)}")
        return self._register.version(text)

    def period(self, text: str) -> NamedPeriod:
        """The round's. Raises Unknown."""
        cycle = self._cycle
        if text != cycle.period_label:
            raise Unknown(f"this round is for {cycle.period_label}, not for {quoted(text)}")
        return NamedPeriod(Period(cycle.period_starts_on, cycle.period_ends_on), cycle.period_label)


class RoundChecker(Checker):
    """Takes the rows of a file of one round: answers, which are reviewed and approved in the portal."""

    def _take(self, row: Row) -> None:
        try:
            if "stage" in row.cells:
                raise Wrong("gives a stage: a round takes answers, not declared stages")
            if "approved_on" in row.cells:
                raise Wrong("gives approved_on: what a round brings is approved in the portal")
        except Wrong:
            self._spoil(row)
            raise
        super()._take(row)

    def _spoil(self, row: Row) -> None:
        """Nothing is loaded of an assessment of which a row is wrong."""
        self._assessment(row, *self._place(row)).spoiled = True


def read_file(*, content: bytes, file_name: str, cycle: Cycle, today: date) -> tuple[RoundChecker, Notes]:
    """The file's rows, checked and put together by agency. Raises UnreadableFile."""
    is_json = file_name.lower().endswith(".json")
    if is_json and content.count(b"{") + content.count(b"[") > 4 * MOST_ROWS:
        raise UnreadableFile(TOO_LONG)
    notes = Notes()
    checker = RoundChecker(RoundNames(cycle), fill_reasons="", today=today)
    implied = {"model": cycle.version.key, "period": cycle.period_label}
    with tempfile.TemporaryDirectory() as folder:
        # No more of the name: what people call their files may be longer than this machine takes.
        path = Path(folder) / ("answers.json" if is_json else "answers.csv")
        path.write_bytes(content)
        checker.take_all(_bounded(read_rows(path, notes, implied)))
    return checker, notes


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in zip(count(1), rows, strict=False):
        if number > MOST_ROWS:
            raise UnreadableFile(TOO_LONG)
        yield row


@dataclass
class Entry:
    """What the file says of one agency, against what the portal has."""

    given: GivenAssessment
    assessment: Assessment | None  # in the portal; None: there is none yet
    closed: str = ""  # why nothing can be brought to it, in words
    # Slugs of items that are not answered yet, or only by what was carried over and nobody confirmed.
    added: list[str] = field(default_factory=list)
    backed: list[str] = field(default_factory=list)  # answered alike, with more evidence in the file
    other: dict[str, str] = field(default_factory=dict)  # answered otherwise: slug to words
    scores: list[str] = field(default_factory=list)  # slugs of domains without a score
    other_scores: dict[str, str] = field(default_factory=dict)

    @property
    def brings_nothing(self) -> bool:
        """Whether all of it is in the portal already."""
        said = (self.added, self.backed, self.other, self.scores, self.other_scores)
        return self.assessment is not None and not any(said)


def entries_of(given: Sequence[GivenAssessment]) -> Iterator[Entry]:
    """An entry for each, in three or four queries for every hundred."""
    for start in range(0, len(given), CHUNK):
        chunk = given[start : start + CHUNK]
        there = _in_portal(chunk)
        answers = _answers_of(list(there.values()))
        scores = given_scores([row.pk for row in there.values()])
        for one in chunk:
            row = there.get(one.agency.pk)
            if row is None:
                yield Entry(one, None, added=list(one.answers), scores=list(one.scores))
            else:
                yield compare(one, row, answers.get(row.pk, {}), scores.get(row.pk, {}))


def entry_now(given: GivenAssessment, assessment: Assessment) -> Entry:
    """The entry of an assessment that is locked."""
    answers = _answers_of([assessment]).get(assessment.pk, {})
    return compare(given, assessment, answers, given_scores([assessment.pk]).get(assessment.pk, {}))


def compare(
    given: GivenAssessment, assessment: Assessment, answers: dict[str, Answer], scores: dict[str, int]
) -> Entry:
    """What the file says otherwise than, or beyond, these answers and scores by slug."""
    entry = Entry(given, assessment)
    for slug, said in given.answers.items():
        there = answers.get(slug)
        if there is None or not there.level or there.is_unconfirmed:
            entry.added.append(slug)
        elif changed := _changed(there, said.fields):
            entry.other[slug] = changed
        elif not known_evidence(there).issuperset(map(told_by, said.evidence)):
            entry.backed.append(slug)
    for slug, score in given.scores.items():
        if slug not in scores:
            entry.scores.append(slug)
        elif scores[slug] != score.score:
            entry.other_scores[slug] = "another score"
    if not assessment.is_open and not entry.brings_nothing:
        entry.closed = _why_closed(assessment)
    return entry


def known_evidence(answer: Answer) -> set[tuple[str, str, date]]:
    """What tells the evidence of an answer apart."""
    return {told_by(row) for row in answer.evidence.all()}


def told_by(evidence: Evidence | EvidenceFields) -> tuple[str, str, date]:
    """What tells one piece of evidence from another."""
    return (evidence.url, evidence.statement, evidence.dated_on)


def _changed(there: Answer, fields: object) -> str:
    """The names of what the file says otherwise, in words; "" for nothing."""
    old = fields_of(there)
    spoken_of = [name for name in FIELD_WORDS if name != "review_by"]  # a file has no such column
    names = [name for name in spoken_of if getattr(old, name, None) != getattr(fields, name, None)]
    return ", ".join(FIELD_WORDS[name].lower() for name in names)


def _why_closed(assessment: Assessment) -> str:
    if assessment.state == Assessment.State.APPROVED:
        return "is approved with other answers: amend it"
    return "is submitted with other answers: return it first"


def _in_portal(given: Sequence[GivenAssessment]) -> dict[int, Assessment]:
    """By agency, what is there for the same version and period; amendments are not of the round."""
    first = given[0]
    rows = Assessment.objects.filter(
        agency__in=[one.agency.pk for one in given],
        version=first.parts.version,
        period_ends_on=first.named.period.ends_on,
        amends__isnull=True,
    )
    return {row.agency_id: row for row in rows.order_by()}


def _answers_of(assessments: Sequence[Assessment]) -> dict[int, dict[str, Answer]]:
    found: dict[int, dict[str, Answer]] = {}
    rows = Answer.objects.filter(assessment__in=assessments).select_related("item")
    for answer in rows.prefetch_related("evidence"):
        found.setdefault(answer.assessment_id, {})[answer.item.slug] = answer
    return found
