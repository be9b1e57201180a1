"""Bringing case studies from a file into the portal."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from casestudies.models import CaseStudy, Lesson
from casestudies.pack import CaseStudyPack, PackCaseStudy, PackLesson
from casestudies.services_search import write_all
from casestudies.services_showing import technology_named, write_links
from casestudies.services_writing import one_at_a_time
from maturity.yamlfile import PackError
from portal.audit.services import Actor, record


@dataclass(frozen=True)
class Published:
    """How many case studies were created, changed, and left as they were."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def publish_case_studies(*, pack: CaseStudyPack, by: Actor | None, at: datetime) -> Published:
    """Create the case studies of the file or bring them to what it says; safe to repeat.

    Case studies that the file does not name are left alone.
    """
    one_at_a_time()
    counts = {"create": 0, "change": 0, "": 0}
    for row in pack.case_studies:
        lessons = [lesson for lesson in pack.lessons if lesson.case == row.slug]
        counts[_publish(pack.model, row, lessons, by=by, at=at)] += 1
    if counts["create"] or counts["change"]:
        write_all()
    return Published(counts["create"], counts["change"], counts[""])


def _publish(
    model: str, row: PackCaseStudy, lessons: list[PackLesson], *, by: Actor | None, at: datetime
) -> str:
    """What was done to one case study: "create", "change", or nothing ("")."""
    content = {"model": model, **asdict(row), "lessons": [asdict(lesson) for lesson in lessons]}
    found = CaseStudy.objects.select_for_update().filter(slug=row.slug).first()
    if found is not None and found.origin != CaseStudy.Origin.PACK:
        raise PackError([f"case study '{row.slug}': people of the portal wrote one that is called so"])
    # By way of JSON's own types, in which the content is read back from the database.
    if found is not None and found.published == _plain(content):
        return ""
    action = "change" if found is not None else "create"
    study = found or CaseStudy(slug=row.slug)
    study.title, study.organization, study.agency_type = row.title, row.organization, row.agency_type
    study.summary, study.facts, study.source = row.summary, row.facts, row.source
    study.first_stage, study.last_stage = row.stages or (None, None)
    study.corrections = [asdict(correction) for correction in row.corrections]
    study.search_text = _search_text(row, lessons)
    study.published = content
    study.save()
    study.technologies.set([technology_named(name) for name in row.technologies])
    study.lessons.all().delete()
    for number, lesson in enumerate(lessons, 1):
        _write_lesson(model, study, number, lesson)
    record(action=action, obj=study, by=by, at=at)
    return action


def _plain(value: object) -> object:
    """`value` with lists for tuples, as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value


def _write_lesson(model: str, study: CaseStudy, number: int, row: PackLesson) -> None:
    lesson = Lesson.objects.create(
        case_study=study, slug=row.slug, number=number, title=row.title, text=row.text, source=row.source
    )
    write_links(lesson, model, (*row.practices, *row.challenges))


def _search_text(row: PackCaseStudy, lessons: list[PackLesson]) -> str:
    """All words of a case study in small letters."""
    parts = [
        row.title,
        row.organization,
        row.agency_type,
        row.summary,
        *row.facts.values(),
        *row.technologies,
    ]
    for lesson in lessons:
        parts += [lesson.title, lesson.text]
    return " ".join(parts).lower()
