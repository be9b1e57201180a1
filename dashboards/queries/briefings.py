"""What a program's officers wrote for a briefing, and the commitments that are carried to one."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from dashboards.models import Briefing, Commitment, Scope
from dashboards.papers.content import Promise
from portal.agencies.models import Agency, Program
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


def words_for(scope: Scope, period: Period, before: datetime | None = None) -> BriefingWords:
    """What stands on the one page of this scope; only programs have officers who write.

    `before`: as far as it was written before that moment and is so still; what was changed since is left out,
    since how it read before is in the audit alone.
    """
    if scope.program is None:
        return NO_WORDS
    unchanged = Q() if before is None else Q(changed_at__lt=before)
    of_period = Briefing.objects.filter(unchanged, program=scope.program, period_ends_on=period.ends_on)
    briefing = of_period.first()
    carried = list(carried_to(scope.program, period).filter(unchanged)[:PROMISES_SHOWN])
    changed = [one.changed_at for one in [briefing, *carried] if one is not None]
    return BriefingWords(
        sentence=briefing.sentence if briefing else "",
        decisions=tuple(briefing.decision_lines) if briefing else (),
        promises=tuple(promise_of(one) for one in carried),
        text_at=max(changed, default=None),
    )


def promise_of(row: Commitment, *, with_agency: bool = True) -> Promise:
    """A commitment as a paper shows it; an agency's with its name, unless the paper is about that."""
    owner = f"{row.agency}, {row.owner}" if row.agency and with_agency else row.owner
    made = row.briefing.period_label if row.briefing else ""
    if row.made_on is not None:
        made = date_format(row.made_on, "M j, Y")
    dropped = row.status == Commitment.Status.DROPPED
    return Promise(row.text, owner, row.due_on, row.closed_on, made, dropped)


def _open_in(period: Period) -> Q:
    """Open when the period began."""
    return Q(closed_on__isnull=True) | Q(closed_on__gte=period.starts_on)


def carried_to(program: Program, period: Period) -> QuerySet[Commitment]:
    """Commitments made before the briefing about this period and open when it began, the earliest due first:
    those of the program's earlier briefings, and those that its agencies made to it by the period's end."""
    earlier = Q(briefing__program=program, briefing__period_ends_on__lt=period.ends_on)
    earlier |= Q(program=program, made_on__lte=period.ends_on)
    return Commitment.objects.filter(earlier, _open_in(period)).with_list_relations().by_due()


def carried_to_agency(agency: Agency, period: Period) -> QuerySet[Commitment]:
    """The agency's own, made by the period's end and open when it began, the earliest due first."""
    made = Commitment.objects.filter(_open_in(period), agency=agency, made_on__lte=period.ends_on)
    return made.with_list_relations().by_due()


def promises_of(agency: Agency, period: Period) -> tuple[Promise, ...]:
    """What the one page of an agency carries."""
    carried = carried_to_agency(agency, period)[:PROMISES_SHOWN]
    return tuple(promise_of(one, with_agency=False) for one in carried)


def promises_changed_at(agency: Agency, period: Period) -> datetime | None:
    """When any of what the one page of an agency carries last changed."""
    carried = carried_to_agency(agency, period)[:PROMISES_SHOWN]
    return max((one.changed_at for one in carried), default=None)


def briefing_of(program: Program, ends_on: date) -> Briefing | None:
    """The briefing about the period that ends on this day."""
    return Briefing.objects.filter(program=program, period_ends_on=ends_on).first()


def made_at(program: Program, period: Period) -> QuerySet[Commitment]:
    """Commitments made at the briefing about this period, which the next ones show."""
    made = Commitment.objects.filter(briefing__program=program, briefing__period_ends_on=period.ends_on)
    return made.with_list_relations().by_due()
