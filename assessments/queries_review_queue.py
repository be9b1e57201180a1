"""What waits for reviewers, and where they and agencies disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from assessments.models import (
    Answer,
    Assessment,
    Cycle,
    DomainScore,
    Evidence,
    Following,
    ItemDecision,
    ItemDecisionQuerySet,
    Review,
)
from assessments.queries_sharing import said_above_by
from portal.access.models import User


@dataclass(frozen=True)
class QueueLine:
    """One assessment that waits. `review` None: it was submitted before there were plans, and nobody opened
    it since. `own`: the reader worked on it. `due_on`: of the round that asks for it first."""

    assessment: Assessment
    review: Review | None
    due_on: date | None
    own: bool

    @property
    def ready(self) -> bool:
        """Whether nothing but the block stands in the way."""
        found = self.review
        if found is None or self.own:
            return False
        return not (found.undecided or found.asked or (found.needs_confirmation and not found.confirmation))

    def is_late(self, today: date) -> bool:
        """Whether its round's due day is over."""
        return self.due_on is not None and self.due_on < today


def review_queue(user: User) -> QuerySet[Any]:
    """What `user` may review and is submitted, each with `due_on`, `own` (worked on by `user`) and `ready`;
    the first due first, then who waits longest."""
    waiting = Assessment.objects.reviewable_by(user).with_list_relations()
    due = Cycle.objects.filter(
        version_id=OuterRef("version_id"),
        period_ends_on=OuterRef("period_ends_on"),
        program__memberships__agency=OuterRef("agency_id"),
    ).order_by()
    first = due.values("version_id").annotate(first=Min("due_on")).values("first")
    decided = Q(review__undecided=0, review__asked=0, review__submission=F("revision"))
    decided &= Q(review__needs_confirmation=False) | ~Q(review__confirmation="")
    return (
        waiting.select_related("review", "submitted_by")
        .annotate(due_on=Subquery(first), own=_own_work(user))
        .annotate(
            ready=ExpressionWrapper(decided & Q(own=False), output_field=BooleanField()),
            far=Coalesce(F("due_on"), date.max),
        )
        .order_by("far", "submitted_at", "pk")
    )


def first_ones(user: User) -> QuerySet[Any]:
    """Of the queue, the first assessments of agencies in which the checks found nothing, nothing is asked,
    nothing is to be confirmed and something is to be decided."""
    plain = review_queue(user).filter(own=False, review__submission=F("revision"), review__before=None)
    plain = plain.filter(review__findings=[], review__asked=0, review__undecided__gt=0)
    return plain.filter(review__needs_confirmation=False)


def _own_work(user: User) -> Any:
    """Whether `user` worked on an assessment, as services_review.worked_on says of one."""
    here = OuterRef("pk")
    through = Assessment.workers.through.objects.filter(assessment=here, user=user)
    said = Q(answered_by=user) | Q(confirmed_by=user)
    answers = Answer.objects.filter(said, assessment=here).order_by()
    own = Q(added_by=user) | Q(uses__added_by=user)
    evidence = Evidence.objects.filter(own, assessment=here).order_by()
    given = Q(given_by=user) | Q(confirmed_by=user)
    scores = DomainScore.objects.filter(given, assessment=here).order_by()
    followed = Following.objects.filter(said_above_by(user), answer__assessment=here).order_by()
    found = Exists(through) | Exists(answers) | Exists(evidence) | Exists(scores) | Exists(followed)
    own = found | Q(submitted_by=user) | Q(attested_user=user)
    # Where nobody is named a comparison is neither true nor false; here it is false.
    return Case(When(own, then=True), default=False, output_field=BooleanField())


def queue_lines(page: Iterable[Any]) -> list[QueueLine]:
    """One page of the queue."""
    return [QueueLine(row, _review(row), row.due_on, bool(row.own)) for row in page]


def _review(row: Assessment) -> Review | None:
    found: Review | None = getattr(row, "review", None)
    return found if found is not None and found.submission == row.revision else None


def disagreements_seen(user: User) -> ItemDecisionQuerySet:
    """The levels that reviewers set and `user` may know of, with replies, the latest first."""
    found = ItemDecision.objects.visible_to(user).disagreements()
    found = found.select_related("item__domain", "by", "assessment__agency", "assessment__version__model")
    return found.prefetch_related("replies__by").order_by("-at", "-pk")


def told_decisions(assessment: Assessment, user: User) -> ItemDecisionQuerySet:
    """The questions and the levels of one assessment that `user` may know of, in the model's order."""
    found = ItemDecision.objects.visible_to(user).filter(assessment=assessment)
    found = found.exclude(kind=ItemDecision.Kind.AGREED).filter(Q(current=True) | Q(sent_at__isnull=False))
    found = found.select_related("item__stage", "item__domain", "by").prefetch_related("replies__by")
    return found.order_by("-current", "item__position", "-revision")


def told_by_item(assessment: Assessment, user: User) -> dict[str, ItemDecision]:
    """By item, the question or the level that stands and that `user` may know of."""
    found = told_decisions(assessment, user).filter(current=True)
    return {row.item.slug: row for row in found}
