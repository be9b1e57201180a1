"""Checking the rows of a file against what there is to assess, and putting together what belongs together.

Nothing is written. An assessment is loaded whole or not at all: approved is final, and with rows left
out it would score less than was answered.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from assessments.import_reading import GivenEvidence, Row
from assessments.import_register import NamedPeriod, Register, Unknown, VersionParts
from assessments.models import Answer, Evidence
from assessments.services_answers import (
    LONGEST_NAME,
    LONGEST_TEXT,
    AnswerFields,
    EvidenceFields,
    answer_errors,
    evidence_errors,
)
from maturity.levels import Level, value_of
from maturity.scoring import EVIDENCED_FROM, asked_items
from portal.agencies.models import Agency
from portal.agencies.text import quoted

Found = TypeVar("Found")
LEVELS = {level.value: level for level in Level} | {level.value.replace("_", " "): level for level in Level}
FOR_ANSWERS = ("level", "planned_on", "reason", "holder", "holder_name", "approved_on")


class Wrong(Exception):
    """A row cannot be loaded; says why."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the file says of one item."""

    place: str
    fields: AnswerFields
    evidence: tuple[EvidenceFields, ...]


@dataclass
class GivenAssessment:
    """What the file says of one agency, version and period."""

    place: str  # of its first row
    agency: Agency
    parts: VersionParts
    named: NamedPeriod
    approved_on: date | None = None
    answers: dict[str, GivenAnswer] = field(default_factory=dict)  # by the item's slug
    spoiled: bool = False  # a row of it is wrong

    def __str__(self) -> str:
        return f"{self.agency}, {self.parts.version.key}, {self.named.label}"

    @property
    def levels(self) -> dict[str, Level | None]:
        """By slug, the level of each item that the file speaks of."""
        return {slug: answer.fields.level for slug, answer in self.answers.items()}


@dataclass(frozen=True)
class GivenStage:
    """A stage that the file says an agency declared for a period."""

    place: str
    agency: Agency
    parts: VersionParts
    named: NamedPeriod
    stage: int
    note: str


AssessmentKey = tuple[int, int, date]  # agency, version, the period's last day


class Checker:
    """Takes rows one after the other; then `finish`. `fill_reasons`: the reason where none is given."""

    def __init__(self, register: Register, *, fill_reasons: str, today: date) -> None:
        self.register = register
        self.fill_reasons = fill_reasons.strip()
        self.today = today
        self.assessments: dict[AssessmentKey, GivenAssessment] = {}
        self.stages: dict[AssessmentKey, GivenStage] = {}  # by model, not by version
        self.problems: list[Problem] = []
        self.merged = 0  # rows that say again what an earlier one said

    def take_all(self, rows: Iterable[Row]) -> None:
        """Check every row, then each assessment as a whole."""
        for row in rows:
            try:
                self._take(row)
            except (Wrong, Unknown) as error:
                self.problems.append(Problem(row.place, str(error)))
        for assessment in self.assessments.values():
            if not assessment.spoiled and (reason := _wrong_as_a_whole(assessment)):
                assessment.spoiled = True
                self.problems.append(Problem(assessment.place, reason))

    def _take(self, row: Row) -> None:
        place = self._place(row)
        if "stage" in row.cells and not row.fault:
            self._take_stage(row, *place)
            return
        assessment = self._assessment(row, *place)
        try:
            if row.fault:
                raise Wrong(row.fault)
            self._approved_on(assessment, row)
            self._take_answer(assessment, row)
        except Wrong:
            assessment.spoiled = True
            raise

    def _place(self, row: Row) -> tuple[Agency, VersionParts, NamedPeriod]:
        """Agency, version and period of a row; all that is wrong with them at once."""
        wrong = [f"{name} is not given" for name in ("agency", "model", "period") if name not in row.cells]
        if row.fault and wrong:
            raise Wrong(row.fault)
        agency = _found(self.register.agency, row.cells.get("agency"), wrong)
        parts = _found(self.register.version, row.cells.get("model"), wrong)
        named = _found(self.register.period, row.cells.get("period"), wrong)
        if agency is None or parts is None or named is None:
            raise Wrong("; ".join([*wrong, row.fault] if row.fault else wrong))
        self._refuse_period(agency, named)
        return agency, parts, named

    def _refuse_period(self, agency: Agency, named: NamedPeriod) -> None:
        if named.period.starts_on > self.today:
            raise Wrong(f"{named.label} has not begun")
        if agency.closed_on is not None and agency.closed_on <= named.period.starts_on:
            raise Wrong(f"{quoted(agency.name)} closed on {agency.closed_on}, before {named.label} began")

    def _assessment(
        self, row: Row, agency: Agency, parts: VersionParts, named: NamedPeriod
    ) -> GivenAssessment:
        key = (agency.pk, parts.version.pk, named.period.ends_on)
        if key not in self.assessments:
            self.assessments[key] = GivenAssessment(row.place, agency, parts, named)
        assessment = self.assessments[key]
        if assessment.named != named:  # a quarter and its last month end on the same day
            raise Wrong(
                f"{named.label} ends with {assessment.named.label} of {assessment.place}: use one of them"
            )
        return assessment

    def _approved_on(self, assessment: GivenAssessment, row: Row) -> None:
        approved_on = date_in(row, "approved_on")
        if approved_on is None or approved_on == assessment.approved_on:
            return
        if assessment.approved_on is not None:
            raise Wrong(f"approved_on is {approved_on}; an earlier row says {assessment.approved_on}")
        if not assessment.named.period.starts_on <= approved_on <= self.today:
            raise Wrong(
                f"approved_on is {approved_on}: it lies before {assessment.named.label} or in the future"
            )
        assessment.approved_on = approved_on

    def _take_answer(self, assessment: GivenAssessment, row: Row) -> None:
        slug = row.cells.get("item", "")
        if not slug:
            raise Wrong("names neither an item nor a stage")
        if slug not in assessment.parts.items:
            raise Wrong(f"{assessment.parts.version.key} has no item {quoted(slug)}")
        answer = self._answer(assessment, slug, row)
        earlier = assessment.answers.setdefault(slug, answer)
        if earlier is not answer:
            if (earlier.fields, earlier.evidence) != (answer.fields, answer.evidence):
                raise Wrong(f"says otherwise of {quoted(slug)} than {earlier.place}")
            self.merged += 1

    def _answer(self, assessment: GivenAssessment, slug: str, row: Row) -> GivenAnswer:
        fields = self._fields(row)
        named = assessment.named
        wrong = [f"{name}: {_plain(text)}" for name, text in self._errors(fields, named).items()]
        if fields.level == Level.NOT_YET and assessment.parts.items[slug].kind == "practice":
            wrong.append("not_yet is an answer to challenges only")
        evidence = tuple(self._evidence(given, named) for given in row.evidence)
        for one in evidence:
            wrong += [f"evidence: {_plain(text)}" for text in evidence_errors(one, self.today).values()]
        claimed = (value_of(fields.level) or 0) >= EVIDENCED_FROM
        if fields.holder != Answer.Holder.SELF and claimed and not evidence:
            wrong.append("is met by somebody else, without evidence of it")
        if wrong:
            raise Wrong("; ".join(wrong))
        return GivenAnswer(row.place, fields, evidence)

    def _errors(self, fields: AnswerFields, named: NamedPeriod) -> dict[str, str]:
        errors = answer_errors(fields, named.period.starts_on, named.label)
        if "reason" in errors and not fields.reason:
            errors["reason"] = "not_applicable needs one (or give --fill-reasons TEXT)"
        return errors

    def _fields(self, row: Row) -> AnswerFields:
        cells = row.cells
        level = LEVELS.get(cells.get("level", "").lower())
        if level is None:
            if "level" not in cells:
                raise Wrong("level is not given: leave the row out where the item was not answered")
            raise Wrong(f"level is {quoted(cells['level'])}: write one of {', '.join(Level)}")
        reason = cells.get("reason", "")
        return AnswerFields(
            level=level,
            holder=cells.get("holder", Answer.Holder.SELF.value).lower(),
            holder_name=cells.get("holder_name", ""),
            note=cells.get("note", ""),
            reason=reason or (self.fill_reasons if level == Level.NOT_APPLICABLE else ""),
            planned_on=date_in(row, "planned_on"),
        )

    def _evidence(self, given: GivenEvidence, named: NamedPeriod) -> EvidenceFields:
        """A link where the text is an address, else a statement; undated it is of the period's last day."""
        if not given.text:
            raise Wrong("evidence is dated but not given")
        dated_on = _as_date("evidence_dated_on", given.dated_on) or min(named.period.ends_on, self.today)
        title = given.title or given.text.splitlines()[0][:LONGEST_NAME].strip()
        if given.text.lower().startswith(("http://", "https://")):
            return EvidenceFields(Evidence.Kind.LINK.value, title, dated_on, url=given.text)
        return EvidenceFields(Evidence.Kind.STATEMENT.value, title, dated_on, statement=given.text)

    def _take_stage(self, row: Row, agency: Agency, parts: VersionParts, named: NamedPeriod) -> None:
        """A row that gives only a stage: an old spreadsheet's own word."""
        beside = [name for name in ("item", *FOR_ANSWERS) if name in row.cells]
        beside += ["evidence"] if row.evidence else []
        if beside:
            raise Wrong(f"gives a stage and {', '.join(beside)}: a declared stage has no answers")
        stage = parts.stages.get(row.cells["stage"].lower())
        if stage is None:
            there = ", ".join(str(number) for number in range(1, parts.version.stage_count + 1))
            raise Wrong(f"stage is {quoted(row.cells['stage'])}: write {there} or the stage's name")
        note = row.cells.get("note", "")
        if len(note) > LONGEST_TEXT:
            raise Wrong(f"note has {len(note):,} characters; {LONGEST_TEXT:,} are the most")
        given = GivenStage(row.place, agency, parts, named, stage, note)
        earlier = self.stages.setdefault((agency.pk, parts.version.model_id, named.period.ends_on), given)
        if earlier is not given:
            if (earlier.stage, earlier.note, earlier.named) != (stage, note, named):
                raise Wrong(f"declares another stage than {earlier.place}")
            self.merged += 1


def _found(find: Callable[[str], Found], text: str | None, wrong: list[str]) -> Found | None:
    """What a cell names, or None with the reason in `wrong`."""
    try:
        return None if text is None else find(text)
    except Unknown as error:
        wrong.append(str(error))
        return None


def date_in(row: Row, name: str) -> date | None:
    """The date in a cell, None where it is empty. Raises Wrong."""
    return _as_date(name, row.cells.get(name, ""))


def _as_date(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        if len(text) == len("2026-10-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Wrong(f"{name} is {quoted(text)}: write the date as 2026-10-31")


def _wrong_as_a_whole(assessment: GivenAssessment) -> str:
    """What is wrong with an assessment of which each row is right; "" if nothing."""
    levels, rules = assessment.levels, assessment.parts.rules
    if len(levels) == len(rules.items) and set(levels.values()) == {Level.NOT_APPLICABLE}:
        return f"{assessment}: nothing applies, so there is nothing to score"
    not_yet = {slug for slug, level in levels.items() if level == Level.NOT_YET}
    if not_yet and (early := sorted(not_yet & asked_items(rules, levels))):
        return (
            f"{assessment}: not_yet may be said only of challenges above the stage being worked on, "
            f"and not of {', '.join(early)}"
        )
    return ""


def _plain(text: str) -> str:
    """A message without its full stop, to stand in a list of several."""
    return text.rstrip(".")
