"""Reads of what people say to each other about the items of an assessment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from assessments.models import Assessment, Comment, Thread
from portal.access.models import User
from portal.access.queries_notices import AGENCY_PEOPLE, REVIEWERS, people_of
from portal.access.rules import Right

PER_PAGE = 50  # comments of a thread
MOST_NAMED = 200  # people listed as those who may be named


@dataclass(frozen=True)
class Talk:
    """How much is said about one item, and whether it waits for somebody."""

    comments: int
    is_open: bool


def talk_of(assessment: Assessment) -> dict[str, Talk]:
    """By item slug, where something is said; one query."""
    rows = Thread.objects.filter(assessment=assessment).order_by()
    rows = rows.annotate(kept=Count("comments", filter=Q(comments__removed_at__isnull=True)))
    found = rows.filter(kept__gt=0).values_list("item__slug", "kept", "resolved_at")
    return {slug: Talk(kept, resolved_at is None) for slug, kept, resolved_at in found}


def thread_of(assessment: Assessment, item_id: int) -> Thread | None:
    """What was said about one item, if anything was."""
    found = Thread.objects.filter(assessment=assessment, item=item_id)
    return found.select_related("item", "resolved_by", "assessment").first()


def comments_of(thread: Thread) -> QuerySet[Comment]:
    """The comments of a thread, the oldest first, with who said it and who is mentioned."""
    mentions = Prefetch("mentions", User.objects.only("username", "name"))
    return (
        Comment.objects.filter(thread=thread).select_related("by").prefetch_related(mentions).order_by("pk")
    )


def people_named(names: Collection[str], assessment: Assessment) -> dict[str, User]:
    """By the name in lower case, those of these usernames who may see this assessment's answers; the others
    are as if there were nobody of that name."""
    wanted = {name.lower() for name in names}
    if not wanted:
        return {}
    found = User.objects.filter(_named(wanted), is_active=True)
    return {
        person.username.lower(): person
        for person in found
        if person.can(Right.SEE_DETAILS, assessment.agency)
    }


def people_to_name(assessment: Assessment, on: date) -> list[User]:
    """Who may be named in a comment, by name: the agency's people, its reviewers and program officers on the
    day `on`; MOST_NAMED at the most. Three queries."""
    ids = people_of([assessment.agency], AGENCY_PEOPLE | REVIEWERS, on)[assessment.agency_id]
    found = User.objects.filter(pk__in=ids, is_active=True)
    return list(found.order_by(Lower(Coalesce(NullIf("name", Value("")), "username")), "pk")[:MOST_NAMED])


def _named(names: Collection[str]) -> Q:
    found = Q(pk__in=[])
    for name in names:
        found |= Q(username__iexact=name)
    return found
