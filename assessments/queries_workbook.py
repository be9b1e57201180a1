"""Reads for workbooks: an assessment's items as questions, its answers as they are exported."""

from collections.abc import Iterable

from assessments.models import Answer, Assessment, Cycle
from assessments.queries import Sheet
from assessments.questionnaire import CHALLENGES
from assessments.words import LEVEL_WORDS, level_words
from assessments.workbook.content import Export, Exported, Question, Said, Section
from maturity.levels import IN_POINTS, Level
from maturity.models import Item
from portal.agencies.models import ProgramMembership, in_force

HOLDERS = tuple((value, str(label)) for value, label in Answer.Holder.choices)
NOTHING = Exported(0, Said())


def said_of(answer: Answer | None) -> Said:
    """What a saved answer says, as a workbook holds it: in points where it has them, else by its level."""
    if answer is None:
        return Said()
    return Said(
        level=answer.level if answer.points is None else "",
        points=answer.points,
        planned_on=answer.planned_on.isoformat() if answer.planned_on else "",
        reason=answer.reason,
        holder=answer.holder,
        holder_name=answer.holder_name,
        note=answer.note,
    )


def exported_answers(sheet: Sheet, slugs: Iterable[str]) -> dict[str, Exported]:
    """The answers to these items at their revisions; nothing at revision 0 where there is none."""
    found = {}
    for slug in slugs:
        answer = sheet.answers.get(slug)
        found[slug] = Exported(answer.revision, said_of(answer).settled()) if answer else NOTHING
    return found


def is_in_points(sheet: Sheet, item: Item) -> bool:
    """Whether this item is answered with a number."""
    return bool(item.points) and sheet.rules.answers == IN_POINTS


def question_of(sheet: Sheet, item: Item) -> Question:
    """An item as a row, with its guidance."""
    words = LEVEL_WORDS[item.kind]
    in_points = is_in_points(sheet, item)
    offered = [Level.NOT_APPLICABLE] if in_points else list(words)
    said = item.guidance.get("levels", {})
    return Question(
        slug=item.slug,
        stage=str(item.stage.number) if sheet.rules.is_staged else "",
        title=item.title,
        text=item.question,
        must_have=item.must_have,
        choices=tuple((level.value, words[level]) for level in offered),
        levels=tuple((level_words(item, Level(level)), text) for level, text in said.items()),
        examples=tuple(item.guidance.get("evidence", ())),
        steps=tuple(item.guidance.get("steps", ())) or ((item.action,) if item.action else ()),
        points=item.points if in_points else 0,
    )


def section_names(sheet: Sheet) -> dict[str, str]:
    """By key, the parts that a workbook may hold alone: the domains in their order, and the challenges."""
    domains = {item.domain.slug: item.domain for item in sheet.items.values() if item.domain is not None}
    names = {domain.slug: domain.name for domain in sorted(domains.values(), key=lambda one: one.number)}
    if any(item.domain is None for item in sheet.items.values()):
        names[CHALLENGES] = "Challenges"
    return names


def sections_of(sheet: Sheet, keys: Iterable[str]) -> list[Section]:
    """These parts with their questions, in the order of the model and there of the stages."""
    parts: dict[str, list[Item]] = {}
    for item in sheet.items.values():
        parts.setdefault(item.domain.slug if item.domain is not None else CHALLENGES, []).append(item)
    wanted, found = set(keys), []
    for key, name in section_names(sheet).items():
        if key in wanted:
            items = sorted(parts[key], key=lambda item: (item.stage.number, item.position))
            found.append(Section(key, name, tuple(question_of(sheet, item) for item in items)))
    return found


def export_of(sheet: Sheet, sections: list[Section], exported_at: str, exported_by: str) -> Export:
    """What is signed of a workbook with these sections."""
    assessment = sheet.assessment
    slugs = [question.slug for section in sections for question in section.questions]
    return Export(
        agency=assessment.agency.slug,
        model=assessment.version.key,
        assessment=assessment.pk,
        sections=tuple(section.key for section in sections),
        exported_at=exported_at,
        exported_by=exported_by,
        answers=exported_answers(sheet, slugs),
    )


def rounds_asking_for(assessment: Assessment) -> list[Cycle]:
    """The rounds still collecting that ask this agency for this assessment, the first due first."""
    programs = ProgramMembership.objects.filter(
        in_force(assessment.period_ends_on), agency_id=assessment.agency_id
    )
    found = Cycle.objects.filter(
        program__in=programs.values("program"),
        version_id=assessment.version_id,
        period_ends_on=assessment.period_ends_on,
        state=Cycle.State.COLLECTING,
    )
    return list(found.order_by("due_on"))
