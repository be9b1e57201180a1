"""Reads of case studies for the library."""

from collections.abc import Iterable

from casestudies.models import Lesson, LessonLink
from maturity.models import Item

LESSONS_SHOWN = 20


def lessons_on(items: Iterable[Item]) -> list[Lesson]:
    """Lessons of public case studies that speak to any of these items, each once, with its case study
    loaded. One query.

    The items' versions and models must be loaded.
    """
    wanted = {(item.version.model.slug, item.slug) for item in items}
    links = LessonLink.objects.filter(
        item_slug__in={slug for _, slug in wanted}, lesson__case_study__is_public=True
    )
    found: dict[int, Lesson] = {}
    for link in links.select_related("lesson__case_study").order_by("lesson__case_study__title", "lesson"):
        if (link.model_slug, link.item_slug) in wanted:
            found.setdefault(link.lesson_id, link.lesson)
    return list(found.values())[:LESSONS_SHOWN]
