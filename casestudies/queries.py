"""Reads of case studies."""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from casestudies.content import Content, in_lines
from casestudies.models import CaseStudy, Lesson, LessonLink
from maturity.models import Item, MaturityModel, ModelVersion
from maturity.queries import current_version
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

FIRST_MODEL = "container-adoption"  # whose items lessons name where nothing else is said
AROUND = 2  # lines beside a change
MOST_COMPARED = 1_500  # lines; to compare tens of thousands of lines that repeat takes minutes


def find_case_studies(
    *,
    text: str = "",
    stage: int | None = None,
    technology: str = "",
    agency_type: str = "",
    domain: str = "",
    item: str = "",
    among: QuerySet[CaseStudy] | None = None,
) -> QuerySet[CaseStudy]:
    """Case studies that hold every word of `text` and meet every filter given.

    `technology`, `domain`, `item` are slugs; of a domain or item, at least one lesson speaks to it.
    `among`: the public ones, if nothing else is said.
    """
    found = CaseStudy.objects.public() if among is None else among
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
    """By item slug, the lessons of public case studies that speak to it, each with its case study loaded.
    One query."""
    links = LessonLink.objects.filter(
        model_slug=model_slug, item_slug__in=list(items), lesson__case_study__is_public=True
    )
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


def default_model() -> str:
    """The slug of the model whose items lessons name: that of containers, else the first by name, else ""."""
    slugs = MaturityModel.objects.filter(versions__isnull=False).order_by("name").distinct()
    found = list(slugs.values_list("slug", flat=True)[:50])
    return FIRST_MODEL if FIRST_MODEL in found else next(iter(found), "")


def unknown_items(content: Content) -> list[str]:
    """What lessons name that the current version of their model has not, in words. Two queries at most."""
    named = {item for lesson in content.lessons for item in lesson.items}
    if not named:
        return []
    version = current_version(content.model)
    if version is None:
        return [f"There is no questionnaire “{content.model}”."]
    known = set(Item.objects.filter(version=version, slug__in=named).values_list("slug", flat=True))
    return [f"“{slug}” is no practice or challenge of {version}." for slug in sorted(named - known)]


def writable_agencies(user: User) -> QuerySet[Agency]:
    """The agencies for which `user` may write case studies."""
    return Agency.objects.filter(user.agencies_with(Right.WRITE_CASES)).order_by("name", "pk")


@dataclass(frozen=True)
class LineOfChange:
    """A line of the comparison: the same in both, taken out, or new."""

    kind: str  # same, gone, new
    text: str


def differences(before: Content, after: Content) -> list[LineOfChange]:
    """What `after` says otherwise than `before`, line by line, with two lines around each change.

    Of more than MOST_COMPARED lines between the first change and the last, all are taken out and all new.
    """
    old, new = _between(in_lines(before), in_lines(after))
    if max(len(old), len(new)) > MOST_COMPARED:
        return [LineOfChange("gone", line) for line in old] + [LineOfChange("new", line) for line in new]
    kinds = {" ": "same", "-": "gone", "+": "new"}
    lines = list(difflib.unified_diff(old, new, lineterm="", n=AROUND))[2:]  # without the names of two files
    return [LineOfChange(kinds[line[0]], line[1:]) for line in lines if line[0] in kinds]


def _between(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Both from shortly before the first line in which they differ to shortly behind the last."""
    least = min(len(old), len(new))
    first = next((n for n in range(least) if old[n] != new[n]), least)
    last = next((n for n in range(least - first) if old[-1 - n] != new[-1 - n]), least - first)
    start, end = max(first - AROUND, 0), max(last - AROUND, 0)
    return old[start : len(old) - end], new[start : len(new) - end]
