"""Saving answers and their evidence, so that nobody overwrites what they have not seen."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Answer, Assessment, Evidence, EvidenceUse, Following
from assessments.queries import levels_of
from assessments.services import NotOpen, lock_shared
from assessments.services_evidence_files import drop_file
from assessments.services_following import follow_change, stop_following, ties_of
from maturity.levels import IN_POINTS, Level, level_of_points
from maturity.models import Item, ModelVersion
from maturity.queries import rules_of
from maturity.scoring import not_yet_allowed
from portal.access.models import User
from portal.access.queries_notices import AGENCY_PEOPLE, people_of
from portal.agencies.models import Agency
from portal.agencies.text import is_web_address
from portal.audit.services import record

LONGEST_TEXT = 5_000  # characters of a note, a reason, a statement
LONGEST_NAME = 200
LONGEST_ADDRESS = 1_000


@dataclass(frozen=True)
class AnswerFields:
    """What a person says of one item. Level None: not answered."""

    level: Level | None
    holder: str = Answer.Holder.SELF
    holder_name: str = ""
    note: str = ""
    reason: str = ""
    planned_on: date | None = None
    points: int | None = None  # in models answered in points, where the level follows from them
    review_by: date | None = None  # until when "could never apply" is to be taken as said

    def trimmed(self) -> "AnswerFields":
        """Without the blanks around what was typed, and without a day of review where none is due."""
        texts = {name: getattr(self, name).strip() for name in ("holder_name", "note", "reason")}
        due = self.review_by if self.level == Level.NOT_APPLICABLE else None
        return replace(self, **texts, review_by=due)


@dataclass(frozen=True)
class EvidenceFields:
    """What an answer rests on: a link with its address, or a statement with its text; and its date."""

    kind: str
    title: str
    dated_on: date
    url: str = ""
    statement: str = ""
    expires_on: date | None = None  # the last day on which it counts
    independence: str = Evidence.Independence.SELF
    owner_name: str = ""  # a name, user name or e-mail address; "" is who adds it


class BadAnswer(Exception):
    """What was sent cannot be accepted: field name to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StaleAnswer(Exception):
    """Somebody saved this answer after it was read: `answer` as it is now, and the names of the fields
    in which it differs from what was to be saved."""

    def __init__(self, answer: Answer, changed: tuple[str, ...]) -> None:
        who = saver_of(answer)
        super().__init__(f"{who} saved this answer after you read it.")
        self.answer = answer
        self.changed = changed


def saver_of(answer: Answer) -> str:
    """Who said last what an answer says, to begin a sentence: a person, the agency that it follows, or an
    import."""
    if (following := Following.objects.filter(answer=answer).first()) is not None:
        return f"{following.source.assessment.agency}, whose answer this one follows,"
    return str(answer.answered_by) if answer.answered_by is not None else "An import"


def fields_of(answer: Answer) -> AnswerFields:
    """What a saved answer says."""
    return AnswerFields(
        level=Level(answer.level) if answer.level else None,
        holder=answer.holder,
        holder_name=answer.holder_name,
        note=answer.note,
        reason=answer.reason,
        planned_on=answer.planned_on,
        points=answer.points,
        review_by=answer.review_by,
    )


@transaction.atomic
def save_answer(
    *,
    assessment_id: int,
    item_slug: str,
    revision: int,
    fields: AnswerFields,
    by: User,
    at: datetime,
    source: str = "",
) -> Answer:
    """Save what `by` says of an item, having read the answer at `revision` (0: there was none).

    `source`: what brought it, for the audit ("workbook"); "" where somebody answered in the portal.

    Raises Assessment.DoesNotExist, Item.DoesNotExist, NotOpen, BadAnswer, StaleAnswer. What is saved
    already is not saved again: repeating a call is harmless.
    """
    assessment = open_assessment(assessment_id)
    answer = _answer_to(assessment, item_slug)
    item = answer.item if answer is not None else item_of(assessment, item_slug)
    fields = fields.trimmed()
    in_points = _answered_in_points(item)
    if errors := points_errors(item, fields, in_points=in_points) or _errors(assessment, item, fields):
        raise BadAnswer(errors)
    fields = with_level(item, fields)
    before = fields_of(answer) if answer is not None else AnswerFields(level=None)
    # Saving a carried answer as it is says that it still holds.
    if before == fields and not (answer is not None and answer.is_unconfirmed):
        if answer is None:
            raise BadAnswer({"level": "Choose an answer, or write a note."})
        return answer
    if answer is not None and before == fields:
        revision = answer.revision  # what stands there now is what this person says
    was_unconfirmed = answer is not None and answer.is_unconfirmed
    saved = _write(assessment, item, answer, revision, fields, by, at)
    if saved is None:
        # Under way since the look above, or before it: either way there is an answer now.
        current = Answer.objects.select_related("item", "answered_by").get(assessment=assessment, item=item)
        if fields_of(current) == fields and not current.is_unconfirmed:
            return current
        raise StaleAnswer(current, _differences(fields_of(current), fields))
    changes: dict[str, Any] = {
        name: [_plain(getattr(before, name)), _plain(getattr(fields, name))] for name in asdict(fields)
    }
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    assessment.workers.add(by)
    told = _told(item, source) | ({"confirmed": True} if was_unconfirmed else {})
    followed, has_followers = ties_of(saved) if answer is not None else (False, False)
    if followed:
        changes["stopped following"] = stop_following(saved)
    record(action="answer", obj=saved, by=by, at=at, changes=told | changes)
    if has_followers:
        follow_change(saved, by=by, at=at, check=answer_faults)
    return saved


def _told(item: Item, source: str) -> dict[str, Any]:
    """What the audit says first: of which item, and what brought it if it was not a person at the portal."""
    return {"item": item.slug} | ({"source": source} if source else {})


def open_assessment(assessment_id: int) -> Assessment:
    """The assessment, kept as it is while others save as well. Raises Assessment.DoesNotExist, NotOpen."""
    assessment = lock_shared(assessment_id)
    if not assessment.is_open:
        raise NotOpen(
            f"This assessment is {assessment.get_state_display().lower()}, so its answers are fixed."
        )
    return assessment


def item_of(assessment: Assessment, slug: str) -> Item:
    """The item of this slug in the version that is answered. Raises Item.DoesNotExist."""
    return Item.objects.get(version_id=assessment.version_id, slug=slug)


def _answer_to(assessment: Assessment, slug: str) -> Answer | None:
    answers = Answer.objects.filter(assessment=assessment, item__slug=slug).order_by()
    return answers.select_related("item", "answered_by").first()


def _write(
    assessment: Assessment,
    item: Item,
    answer: Answer | None,
    revision: int,
    fields: AnswerFields,
    by: User,
    at: datetime,
) -> Answer | None:
    """The answer as saved, or None where it is not at `revision` (any more)."""
    values: dict[str, Any] = asdict(fields) | {"level": fields.level or ""}
    values |= {"revision": revision + 1, "answered_by": by, "answered_at": at}
    if answer is not None:
        if answer.carried_from_id is not None:
            values |= {"confirmed_by": None, "confirmed_at": at}
        # The revision is asked for in the update itself: of two at the same time one finds no row.
        if not Answer.objects.filter(pk=answer.pk, revision=revision).update(**values):
            return None
        for name, value in values.items():
            setattr(answer, name, value)
        return answer
    if revision:
        raise BadAnswer(
            {"revision": f"There is no answer at revision {revision}; a first answer has revision 0."}
        )
    try:
        with transaction.atomic():
            return Answer.objects.create(assessment=assessment, item=item, **values)
    except IntegrityError:
        return None


def _differences(one: AnswerFields, other: AnswerFields) -> tuple[str, ...]:
    return tuple(name for name in asdict(one) if getattr(one, name) != getattr(other, name))


def _plain(value: Any) -> Any:
    """As the audit's JSON can hold it."""
    return value.isoformat() if isinstance(value, date) else value


# --- what an answer must fulfil ---------------------------------------------------------------------


def _errors(assessment: Assessment, item: Item, fields: AnswerFields) -> dict[str, str]:
    """By field, what is wrong with these (trimmed) fields."""
    errors = answer_errors(fields, assessment.period_starts_on, assessment.period_label)
    if fields.level == Level.NOT_YET and (message := not_yet_error(assessment, item)):
        errors["level"] = message
    return errors


def answer_faults(assessment: Assessment, item: Item, answer: Answer) -> dict[str, str]:
    """By field, why an answer could not say what it says in this assessment."""
    return _errors(assessment, item, fields_of(answer))


def _answered_in_points(item: Item) -> bool:
    """Whether this item is answered with a number; one query, and none in staged models."""
    return bool(item.points) and ModelVersion.objects.filter(pk=item.version_id, answers=IN_POINTS).exists()


def points_errors(item: Item, fields: AnswerFields, *, in_points: bool) -> dict[str, str]:
    """By field, what is wrong with the points of an answer, or with there being none."""
    if not in_points:
        return (
            {} if fields.points is None else {"points": "This item is answered with a level, not in points."}
        )
    if fields.points is None:
        if fields.level in {None, Level.NOT_APPLICABLE}:
            return {}
        return {"points": f"Give a number of points, 0 to {item.points}."}
    if fields.level == Level.NOT_APPLICABLE:
        return {"points": "Give points, or say that it could never apply to you; not both."}
    if not 0 <= fields.points <= item.points:
        return {"points": f"Give 0 to {item.points} points; these are {fields.points}."}
    return {}


def with_level(item: Item, fields: AnswerFields) -> AnswerFields:
    """An answer in points with the level that they amount to; any other as it is."""
    if fields.points is None:
        return fields
    return replace(fields, level=level_of_points(fields.points, item.points))


def answer_errors(fields: AnswerFields, period_starts_on: date, period_label: str) -> dict[str, str]:
    """By field, what is wrong with these (trimmed) fields whatever the item and the other answers."""
    errors = {
        name: f"Write at most {limit:,} characters; these are {len(getattr(fields, name)):,}."
        for name, limit in (("holder_name", LONGEST_NAME), ("note", LONGEST_TEXT), ("reason", LONGEST_TEXT))
        if len(getattr(fields, name)) > limit
    }
    if fields.level == Level.PLANNED and fields.planned_on is None:
        errors["planned_on"] = "Give the date by which it is planned."
    elif fields.planned_on is not None and fields.planned_on < period_starts_on:
        begins = date_format(period_starts_on, "F j, Y")
        errors["planned_on"] = f"Give a date after {period_label} began ({begins})."
    if fields.level == Level.NOT_APPLICABLE and not fields.reason:
        errors["reason"] = "Say why this could never apply to you."
    if fields.review_by is not None and fields.review_by <= period_starts_on:
        begins = date_format(period_starts_on, "F j, Y")
        errors["review_by"] = f"Give a date after {period_label} began ({begins}), or none."
    if fields.holder not in Answer.Holder.values:
        errors["holder"] = f"Who meets it is one of {', '.join(Answer.Holder.values)}."
    elif fields.holder != Answer.Holder.SELF and not fields.holder_name:
        errors["holder_name"] = "Name the parent's platform or the provider that meets it."
    return errors


def not_yet_error(assessment: Assessment, item: Item) -> str:
    """Why “not yet relevant” cannot be said of this item as the other answers stand; "" if it can."""
    if item.kind != Item.Kind.CHALLENGE:
        return "“Not yet relevant” is an answer to challenges only."
    rules = rules_of(ModelVersion.objects.get(pk=assessment.version_id))
    levels = {slug: level for slug, level in levels_of(assessment).items() if slug != item.slug}
    if not_yet_allowed(rules, levels, item.slug):
        return ""
    return "“Not yet relevant” may be said only of challenges above the stage you are working on."


# --- evidence ---------------------------------------------------------------------------------------


@transaction.atomic
def add_evidence(
    *,
    assessment_id: int,
    item_slug: str,
    evidence: EvidenceFields,
    by: User,
    at: datetime,
    source: str = "",
) -> Evidence:
    """Add a link or a statement to the answer to an item, which need not be given yet.

    `source`: what brought it, for the audit. Raises Assessment.DoesNotExist, Item.DoesNotExist, NotOpen,
    BadAnswer.
    """
    assessment = open_assessment(assessment_id)
    item = item_of(assessment, item_slug)
    if evidence.kind == Evidence.Kind.FILE:
        raise BadAnswer({"kind": "A file is uploaded: see upload_evidence."})
    if errors := evidence_errors(evidence, timezone.localdate(at)):
        raise BadAnswer(errors)
    answer = answer_for(assessment, item, by, at)
    added = Evidence.objects.create(
        assessment=assessment,
        kind=evidence.kind,
        title=evidence.title.strip(),
        url=evidence.url.strip() if evidence.kind == Evidence.Kind.LINK else "",
        statement=evidence.statement.strip() if evidence.kind == Evidence.Kind.STATEMENT else "",
        dated_on=evidence.dated_on,
        expires_on=evidence.expires_on,
        independence=evidence.independence,
        added_by=by,
        added_at=at,
        **owner_of(evidence, assessment, by, at),
    )
    EvidenceUse.objects.create(evidence=added, answer=answer, added_by=by, added_at=at)
    changes = _told(item, source) | {"kind": added.kind, "dated_on": added.dated_on.isoformat()}
    assessment.workers.add(by)
    record(action="add evidence", obj=added, by=by, at=at, changes=changes)
    follow_change(answer, by=by, at=at, check=answer_faults)
    return added


def answer_for(assessment: Assessment, item: Item, by: User, at: datetime) -> Answer:
    """The answer that evidence is brought for; where nothing was said yet, one that says nothing."""
    answer, _ = Answer.objects.get_or_create(
        assessment=assessment,
        item=item,
        defaults={"level": "", "revision": 0, "answered_by": by, "answered_at": at},
    )
    return answer


def use_for(evidence: Evidence, answer: Answer, item: Item, by: User, at: datetime) -> None:
    """Use evidence, which is there already, for an answer of the same assessment; twice is harmless."""
    _, new = EvidenceUse.objects.get_or_create(
        evidence=evidence, answer=answer, defaults={"added_by": by, "added_at": at}
    )
    if new:
        answer.assessment.workers.add(by)
        record(action="attach evidence", obj=evidence, by=by, at=at, changes={"item": item.slug})
        follow_change(answer, by=by, at=at, check=answer_faults)


def owner_of(evidence: EvidenceFields, assessment: Assessment, by: User, at: datetime) -> dict[str, Any]:
    """Whose the evidence is, as fields: who adds it, a person of the agency, or somebody by name only."""
    name = evidence.owner_name.strip()
    if not name or name.lower() in {by.username.lower(), by.email.lower(), str(by).lower()}:
        return {"owner": by, "owner_name": ""}
    agency = Agency.objects.get(pk=assessment.agency_id)
    people = people_of([agency], AGENCY_PEOPLE, timezone.localdate(at))[agency.pk]
    named = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name), pk__in=people)
    owner = named.order_by("pk").first()
    return {"owner": owner, "owner_name": "" if owner else name}


def evidence_errors(evidence: EvidenceFields, today: date) -> dict[str, str]:
    """By field, what is wrong with this evidence on the day `today`."""
    errors = _keeping_errors(evidence)
    if not evidence.title.strip():
        errors["title"] = "Say in a few words what it is."
    elif len(evidence.title.strip()) > LONGEST_NAME:
        errors["title"] = f"Write at most {LONGEST_NAME} characters."
    if evidence.dated_on > today:
        errors["dated_on"] = "Evidence cannot be dated in the future."
    if evidence.kind == Evidence.Kind.LINK:
        if message := _address_error(evidence.url.strip()):
            errors["url"] = message
    elif evidence.kind in {Evidence.Kind.FILE, Evidence.Kind.RUN}:
        pass
    elif evidence.kind != Evidence.Kind.STATEMENT:
        errors["kind"] = f"Evidence is one of {', '.join(value for value, _ in Evidence.TYPED)}."
    elif not evidence.statement.strip():
        errors["statement"] = "Write the statement."
    elif len(evidence.statement.strip()) > LONGEST_TEXT:
        errors["statement"] = f"Write at most {LONGEST_TEXT:,} characters."
    return errors


def _keeping_errors(evidence: EvidenceFields) -> dict[str, str]:
    """By field, what is wrong with its end, its owner and how independent it is said to be."""
    errors = {}
    if evidence.expires_on is not None and evidence.expires_on < evidence.dated_on:
        errors["expires_on"] = "It cannot expire before the day that it is dated."
    if evidence.independence not in Evidence.Independence.values:
        errors["independence"] = f"It is one of {', '.join(Evidence.Independence.values)}."
    if len(evidence.owner_name.strip()) > LONGEST_NAME:
        errors["owner_name"] = f"Write at most {LONGEST_NAME} characters."
    return errors


def _address_error(url: str) -> str:
    """What is wrong with a link's address; nothing is fetched."""
    if not is_web_address(url):
        return "Give the whole address, beginning with https:// or http://."
    if len(url) > LONGEST_ADDRESS:
        return f"An address has at most {LONGEST_ADDRESS:,} characters."
    return ""


@transaction.atomic
def remove_evidence(*, assessment_id: int, evidence_id: int, by: User, at: datetime) -> None:
    """Take evidence away from all answers of an assessment that is still open.

    Raises Evidence.DoesNotExist, NotOpen.
    """
    assessment = lock_shared(assessment_id)
    if not assessment.is_open:
        raise NotOpen(
            f"This assessment is {assessment.get_state_display().lower()}, so its evidence is fixed."
        )
    evidence = Evidence.objects.get(pk=evidence_id, assessment=assessment)
    answers = list(evidence.answers.select_related("item").order_by("item__position"))
    items = [answer.item.slug for answer in answers]
    assessment.workers.add(by)
    told: dict[str, Any] = {"item": items[0]} if len(items) == 1 else {"items": items}
    record(action="remove evidence", obj=evidence, by=by, at=at, changes=told)
    evidence.delete()
    for answer in answers:
        follow_change(answer, by=by, at=at, check=answer_faults)
    if evidence.file_id is not None:
        drop_file(evidence.file_id)
