"""What a program's officers wrote for a briefing."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from dashboards.models import Briefing, Commitment, Scope
from dashboards.papers.content import Promise
from portal.agencies.models import Program
from portal.agencies.periods import Period

PROMISES_SHOWN = 5


@dataclass(frozen=True)
class BriefingWords:
    """The program's own words on the one page of a period. `text_at`: when any of them last changed."""

    sentence: str
    decisions: tuple[str, ...]
    promises: tuple[Promise, ...]
    text_at: datetime | None


NO_WORDS = BriefingWords("", (), (), None)


def words_for(scope: Scope, period: Period) -> BriefingWords:
    """What stands on the one page of this scope; only programs have officers who write."""
    if scope.program is None:
        return NO_WORDS
    briefing = Briefing.objects.filter(program=scope.program, period_ends_on=period.ends_on).first()
    carried = list(carried_to(scope.program, period)[:PROMISES_SHOWN])
    changed = [one.changed_at for one in [briefing, *carried] if one is not None]
    return BriefingWords(
        sentence=briefing.sentence if briefing else "",
        decisions=tuple(briefing.decision_lines) if briefing else (),
        promises=tuple(
            Promise(one.text, one.owner, one.due_on, one.done_on, one.briefing.period_label)
            for one in carried
        ),
        text_at=max(changed, default=None),
    )


def carried_to(program: Program, period: Period) -> QuerySet[Commitment]:
    """Commitments made at earlier briefings that were open when this period began, the earliest due first."""
    earlier = Commitment.objects.filter(
        briefing__program=program, briefing__period_ends_on__lt=period.ends_on
    )
    still_open = Q(done_on__isnull=True) | Q(done_on__gte=period.starts_on)
    return earlier.filter(still_open).select_related("briefing").order_by("due_on", "pk")


def briefing_of(program: Program, ends_on: date) -> Briefing | None:
    """The briefing about the period that ends on this day."""
    return Briefing.objects.filter(program=program, period_ends_on=ends_on).first()


def made_at(program: Program, period: Period) -> QuerySet[Commitment]:
    """Commitments made at the briefing about this period, which the next ones show."""
    made = Commitment.objects.filter(briefing__program=program, briefing__period_ends_on=period.ends_on)
    return made.order_by("due_on", "pk")
