"""Reads of case studies."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from casestudies.models import CaseStudy, Lesson, LessonLink
from maturity.models import Item, ModelVersion


def find_case_studies(
    *,
    text: str = "",
    stage: int | None = None,
    technology: str = "",
    agency_type: str = "",
    domain: str = "",
    item: str = "",
) -> QuerySet[CaseStudy]:
    """Case studies that hold every word of `text` and meet every filter given.

    `technology`, `domain`, `item` are slugs; of a domain or item, at least one lesson speaks to it.
    """
    found = CaseStudy.objects.all()
    for word in text.lower().split()[:10]:
        found = found.filter(search_text__contains=word)
    if stage is not None:
        found = found.filter(first_stage__lte=stage, last_stage__gte=stage)
    if technology:
        found = found.filter(technologies__slug=technology)
    if agency_type:
        found = found.filter(agency_type=agency_type)
    if domain:
        items = Item.objects.filter(domain__slug=domain).values("slug")
        found = found.filter(lessons__links__item_slug__in=items)
    if item:
        found = found.filter(lessons__links__item_slug=item)
    return found.distinct()


def lessons_for(*, model_slug: str, items: Iterable[str]) -> dict[str, list[Lesson]]:
    """By item slug, the lessons that speak to it, each with its case study loaded. One query."""
    links = LessonLink.objects.filter(model_slug=model_slug, item_slug__in=list(items))
    found: dict[str, list[Lesson]] = defaultdict(list)
    for link in links.select_related("lesson__case_study"):
        found[link.item_slug].append(link.lesson)
    return found


def items_of(lessons: list[Lesson], version: ModelVersion | None) -> list[tuple[Lesson, list[Item]]]:
    """Each lesson with the items of `version` that it speaks to. Links must be prefetched; one query."""
    slugs = {link.item_slug for lesson in lessons for link in lesson.links.all()}
    items = {item.slug: item for item in Item.objects.filter(version=version, slug__in=slugs)}
    return [
        (le, [items[link.item_slug] for link in le.links.all() if link.item_slug in items]) for le in lessons
    ]
