"""Checking the rows of a file against what there is to assess, and putting together what belongs together.

Nothing is written. An assessment is loaded whole or not at all: approved is final, and with rows left
out it would score less than was answered.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Protocol, TypeVar

from assessments.import_reading import GivenEvidence, Row
from assessments.import_register import NamedPeriod, Unknown, VersionParts
from assessments.models import Answer, Evidence
from assessments.queries import exact_scores
from assessments.services_answers import (
    LONGEST_NAME,
    LONGEST_TEXT,
    AnswerFields,
    EvidenceFields,
    answer_errors,
    evidence_errors,
    points_errors,
    with_level,
)
from maturity import methods
from maturity.levels import ANSWERED, IN_POINTS, Level, Numbers, value_of
from maturity.scoring import EVIDENCED_FROM, asked_items, to_millionths
from portal.agencies.models import Agency
from portal.agencies.text import quoted

Found = TypeVar("Found")
LEVELS = {level.value: level for level in ANSWERED} | {
    level.value.replace("_", " "): level for level in ANSWERED
}
FOR_ANSWERS = ("level", "points", "planned_on", "reason", "holder", "holder_name")
OF_ASSESSMENT = ("approved_on", "attested_by")


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


@dataclass(frozen=True, slots=True)
class GivenScore:
    """What the file says of a whole domain, in millionths of a unit of the model's scale."""

    place: str
    score: int


@dataclass
class GivenAssessment:
    """What the file says of one agency, version and period."""

    place: str  # of its first row
    agency: Agency
    parts: VersionParts
    named: NamedPeriod
    approved_on: date | None = None
    attested_by: str = ""  # the name of who vouches for it
    answers: dict[str, GivenAnswer] = field(default_factory=dict)  # by the item's slug
    scores: dict[str, GivenScore] = field(default_factory=dict)  # by the domain's slug
    spoiled: bool = False  # a row of it is wrong

    def __str__(self) -> str:
        return f"{self.agency}, {self.parts.version.key}, {self.named.label}"

    @property
    def levels(self) -> dict[str, Level | None]:
        """By slug, the level of each item that the file speaks of."""
        return {slug: answer.fields.level for slug, answer in self.answers.items()}

    @property
    def numbers(self) -> Numbers:
        """The points of items and the scores of domains that the file gives."""
        points = {slug: said.fields.points for slug, said in self.answers.items()}
        return Numbers(
            {slug: number for slug, number in points.items() if number is not None},
            exact_scores({slug: said.score for slug, said in self.scores.items()}),
        )


@dataclass(frozen=True)
class GivenStage:
    """A stage that the file says an agency declared for a period."""

    place: str
    agency: Agency
    parts: VersionParts
    named: NamedPeriod
    stage: int
    note: str


class Names(Protocol):
    """Finds what the cells of a file name. Each raises Unknown."""

    def agency(self, text: str) -> Agency: ...

    def version(self, text: str) -> VersionParts: ...

    def period(self, text: str) -> NamedPeriod: ...


AssessmentKey = tuple[int, int, date]  # agency, version, the period's last day


class Checker:
    """Takes rows one after the other; then `finish`. `fill_reasons`: the reason where none is given."""

    def __init__(self, register: Names, *, fill_reasons: str, today: date) -> None:
        self.register = register
        self.fill_reasons = fill_reasons.strip()
        self.today = today
        self.assessments: dict[AssessmentKey, GivenAssessment] = {}
        self.stages: dict[AssessmentKey, GivenStage] = {}  # by model, not by version
        self.problems: list[Problem] = []
        self.merged = 0  # rows that say again what an earlier one said
        self.missing = 0  # rows that name a domain and give no score of it

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
        of_domain = "domain" in row.cells or ("score" in row.cells and "item" not in row.cells)
        if of_domain and not row.fault and "score" not in row.cells:
            domain_in(row, place[1])
            self.missing += 1  # missing is not 0: there is nothing to keep of it
            return
        assessment = self._assessment(row, *place)
        try:
            if row.fault:
                raise Wrong(row.fault)
            self._approved_on(assessment, row)
            _attested_by(assessment, row)
            if of_domain:
                self._take_score(assessment, row)
            else:
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

    def _take_score(self, assessment: GivenAssessment, row: Row) -> None:
        domain, parts = domain_in(row, assessment.parts), assessment.parts
        given = GivenScore(row.place, score_in(row, parts.version.scale.maximum))
        earlier = assessment.scores.setdefault(domain, given)
        if earlier is not given:
            if earlier.score != given.score:
                raise Wrong(f"gives {quoted(domain)} another score than {earlier.place}")
            self.merged += 1

    def _take_answer(self, assessment: GivenAssessment, row: Row) -> None:
        slug = row.cells.get("item", "")
        if not slug:
            raise Wrong("names neither an item nor a domain nor a stage")
        if slug not in assessment.parts.items:
            raise Wrong(f"{assessment.parts.version.key} has no item {quoted(slug)}")
        answer = self._answer(assessment, slug, row)
        earlier = assessment.answers.setdefault(slug, answer)
        if earlier is not answer:
            if (earlier.fields, earlier.evidence) != (answer.fields, answer.evidence):
                raise Wrong(f"says otherwise of {quoted(slug)} than {earlier.place}")
            self.merged += 1

    def _answer(self, assessment: GivenAssessment, slug: str, row: Row) -> GivenAnswer:
        in_points = assessment.parts.rules.answers == IN_POINTS
        item, named = assessment.parts.items[slug], assessment.named
        fields = self._fields(row, in_points=in_points)
        errors = points_errors(item, fields, in_points=in_points) | self._errors(fields, named)
        fields = with_level(item, fields)
        wrong = [f"{name}: {_plain(text)}" for name, text in errors.items()]
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

    def _fields(self, row: Row, *, in_points: bool) -> AnswerFields:
        cells = row.cells
        level = LEVELS.get(cells.get("level", "").lower())
        points = points_in(row)
        if level is None and in_points and "level" not in cells:
            if points is None:
                raise Wrong("points is not given: leave the row out where the item was not answered")
        elif level is None:
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
            points=points,
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
        beside = [
            name for name in ("item", "domain", "score", *FOR_ANSWERS, *OF_ASSESSMENT) if name in row.cells
        ]
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


def _attested_by(assessment: GivenAssessment, row: Row) -> None:
    name = row.cells.get("attested_by", "")
    if len(name) > LONGEST_NAME:
        raise Wrong(f"attested_by has {len(name):,} characters; {LONGEST_NAME} are the most")
    if name and assessment.attested_by and name != assessment.attested_by:
        raise Wrong(f"attested_by is {quoted(name)}; an earlier row says {quoted(assessment.attested_by)}")
    assessment.attested_by = name or assessment.attested_by


def _found(find: Callable[[str], Found], text: str | None, wrong: list[str]) -> Found | None:
    """What a cell names, or None with the reason in `wrong`."""
    try:
        return None if text is None else find(text)
    except Unknown as error:
        wrong.append(str(error))
        return None


def domain_in(row: Row, parts: VersionParts) -> str:
    """The slug of the domain that a row of scores names. Raises Wrong."""
    key = parts.version.key
    if not parts.rules.takes_domain_scores:
        raise Wrong(f"{key} is answered item by item: it takes no scores of whole domains")
    if "item" in row.cells or row.evidence or any(name in row.cells for name in FOR_ANSWERS):
        raise Wrong("gives a domain and an answer: write them in rows of their own")
    name = row.cells.get("domain", "")
    if not name:
        raise Wrong("gives a score without a domain")
    domain = parts.domains.get(name) or parts.domains.get(name.lower())
    if domain is None:
        there = ", ".join(parts.rules.domains)
        raise Wrong(f"{key} has no domain {quoted(name)}; its domains are {there}")
    return domain.slug


def score_in(row: Row, maximum: int) -> int:
    """The score in a row, in millionths of a unit. Raises Wrong."""
    text = row.cells["score"]
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,40})?", text, re.ASCII):
        raise Wrong(f"score is {quoted(text)}: write a number such as 24.59, or nothing where it is missing")
    score = Fraction(text)
    if not 0 <= score <= maximum:
        raise Wrong(f"score is {quoted(text)}: this model's scores go from 0 to {maximum:,}")
    return to_millionths(score)


def points_in(row: Row) -> int | None:
    """The points in a row, None where there are none. Raises Wrong."""
    text = row.cells.get("points", "")
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
        raise Wrong(f"points is {quoted(text)}: write a whole number")
    return int(text)


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
    if not rules.is_staged:
        if methods.score(rules, levels, numbers=assessment.numbers) is not None:
            return ""
        if rules.method == "mean":
            return f"{assessment}: no domain that counts has a score, so there is nothing to score"
        return f"{assessment}: nothing applies, so there is nothing to score"
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
