"""Case studies and their lessons in the index of all that can be found."""

from django.db import transaction
from django.urls import reverse

from casestudies.models import CaseStudy, Lesson
from portal.search.rows import Row
from portal.search.services import lock_index, replace_kind


@transaction.atomic
def write_all() -> dict[str, int]:
    """Write the rows of case studies and lessons; how many there are of each."""
    lock_index()
    studies = CaseStudy.objects.prefetch_related("technologies").order_by("pk")
    lessons = Lesson.objects.select_related("case_study").order_by("pk")
    rows = {
        "case-study": [_case_study_row(study) for study in studies],
        "lesson": [_lesson_row(lesson) for lesson in lessons],
    }
    return {kind: replace_kind(kind=kind, rows=found) for kind, found in rows.items()}


def _address(study: CaseStudy) -> str:
    return reverse("casestudies:case-study-detail", args=[study.slug])


def _case_study_row(study: CaseStudy) -> Row:
    technologies = ", ".join(technology.name for technology in study.technologies.all())
    return Row(
        key=study.slug,
        title=study.title,
        url=_address(study),
        text=" ".join([study.summary, *map(str, study.facts.values())]),
        words=f"{study.organization} {study.agency_type} {technologies}",
    )


def _lesson_row(lesson: Lesson) -> Row:
    return Row(
        key=lesson.slug,
        title=lesson.title,
        url=f"{_address(lesson.case_study)}#{lesson.slug}",
        text=lesson.text,
        words=lesson.case_study.title,
    )
