"""Reads of previews: what agencies said of their figures, and who has seen them."""

from collections import defaultdict
from dataclasses import dataclass

from assessments.models import Cycle, PreviewLook, PreviewReply
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

MOST_LINES = 200


@dataclass(frozen=True)
class PreviewLine:
    """One agency in a preview."""

    agency: Agency
    seen_by: tuple[str, ...]
    replies: int
    last: PreviewReply | None


def preview_lines(cycle: Cycle, user: User) -> list[PreviewLine]:
    """The agencies of a round that have looked at their figures or replied, as far as `user` may see their
    details, by name; MOST_LINES at the most."""
    seen = Agency.objects.filter(user.agencies_with(Right.SEE_DETAILS)).order_by()
    replies: defaultdict[int, list[PreviewReply]] = defaultdict(list)
    for reply in PreviewReply.objects.filter(cycle=cycle, agency__in=seen.values("pk")).select_related("by"):
        replies[reply.agency_id].append(reply)
    looks: defaultdict[int, list[str]] = defaultdict(list)
    for look in PreviewLook.objects.filter(cycle=cycle, agency__in=seen.values("pk")).select_related("by"):
        looks[look.agency_id].append(str(look.by))
    agencies = Agency.objects.filter(pk__in={*replies, *looks}).order_by("name", "pk")[:MOST_LINES]
    return [
        PreviewLine(
            agency, tuple(looks[agency.pk]), len(replies[agency.pk]), next(reversed(replies[agency.pk]), None)
        )
        for agency in agencies
    ]


def thread_of(cycle: Cycle, agency: Agency) -> list[PreviewReply]:
    """What was said of an agency's figures in a round, the earliest first."""
    return list(PreviewReply.objects.filter(cycle=cycle, agency=agency).select_related("by").order_by("pk"))


def previews_of(agency: Agency, user: User) -> list[Cycle]:
    """The rounds in preview of the programs that an agency is in, as far as `user` may know of them."""
    programs = agency.program_memberships.order_by().values("program_id")
    rounds = Cycle.objects.visible_to(user).filter(state=Cycle.State.PREVIEW, program__in=programs)
    return list(rounds.select_related("program", "version__model").order_by("-period_ends_on", "pk")[:5])
