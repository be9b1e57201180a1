"""Case studies and their lessons in the index of all that can be found."""

from django.db import transaction
from django.urls import reverse

from casestudies.markdown import plain_text
from casestudies.models import CaseStudy, Lesson
from portal.search.rows import Row
from portal.search.services import lock_index, remove_row, replace_kind, write_rows


@transaction.atomic
def write_all() -> dict[str, int]:
    """Write the rows of public case studies and of their lessons; how many there are of each."""
    lock_index()
    studies = CaseStudy.objects.public().prefetch_related("technologies").order_by("pk")
    lessons = Lesson.objects.filter(case_study__is_public=True).select_related("case_study").order_by("pk")
    rows = {
        "case-study": [_case_study_row(study) for study in studies],
        "lesson": [_lesson_row(lesson) for lesson in lessons],
    }
    return {kind: replace_kind(kind=kind, rows=found) for kind, found in rows.items()}


def write_one(study: CaseStudy) -> None:
    """Have it and its lessons found as readers see them; not at all where they do not."""
    if not study.is_public:
        remove_one(study)
        return
    write_rows(kind="case-study", rows=[_case_study_row(study)])
    write_rows(kind="lesson", rows=[_lesson_row(lesson) for lesson in study.lessons.all()])


def remove_one(study: CaseStudy) -> None:
    """Have it and the lessons that it has now found no longer."""
    remove_row(kind="case-study", key=study.slug)
    for slug in study.lessons.values_list("slug", flat=True):
        remove_row(kind="lesson", key=slug)


def _address(study: CaseStudy) -> str:
    return reverse("casestudies:case-study-detail", args=[study.slug])


def _case_study_row(study: CaseStudy) -> Row:
    technologies = ", ".join(technology.name for technology in study.technologies.all())
    return Row(
        key=study.slug,
        title=study.title,
        url=_address(study),
        text=" ".join([study.summary, *map(str, study.facts.values()), plain_text(study.body)]),
        words=f"{study.organization_shown} {study.agency_type} {technologies}",
    )


def _lesson_row(lesson: Lesson) -> Row:
    return Row(
        key=lesson.slug,
        title=lesson.title,
        url=f"{_address(lesson.case_study)}#{lesson.slug}",
        text=lesson.text,
        words=lesson.case_study.title,
    )
