"""Peers: which published rounds have groups to be formed, from what, and what a person is told of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from assessments.models import Cycle
from dashboards.analytics.peers import (
    DOMAIN_STEP,
    LEAST_OTHERS,
    STAGE_STEP,
    Candidate,
    Middle,
    position,
    score_step,
)
from dashboards.charts.peers import PeerBar
from dashboards.models import (
    PeerConsent,
    PeerGroup,
    PeerMember,
    PeerRound,
    Publication,
    PublishedMember,
    PublishedStanding,
)
from dashboards.queries.agency import programs_of
from dashboards.queries.measures import Measure
from portal.access.models import User
from portal.agencies.models import Agency, ProfileValue, in_force
from portal.agencies.profile import FIELDS_BY_SLUG

NAMES_SHOWN = 40


class Nothing(StrEnum):
    """Why a person is told nothing of an agency's peers."""

    NOT_PUBLISHED = "No period of its programs is published yet."
    FORMING = "The groups of the latest published period are not formed yet. Look again in a few minutes."
    NO_VALUE = (
        "It had no score of its own to compare in the latest published period: not reporting, not adopting, "
        "or on a limited basis."
    )
    TOO_FEW = f"There are fewer than {LEAST_OTHERS} other agencies like it with a score in that period."
    KNOWN = (
        f"You may see so many agencies of this group that fewer than {LEAST_OTHERS} are left, whose scores "
        "would follow from the figures of the group."
    )


@dataclass(frozen=True)
class PeerReading:
    """An agency among its peers in the latest published period; `nothing` says why there is no comparison."""

    cycle: Cycle | None
    nothing: Nothing | None
    group_words: str = ""
    count: int = 0  # agencies of the group, this one included
    own: PeerMember | None = None
    score: Middle | None = None
    stages: Middle | None = None
    score_words: str = ""
    stages_words: str = ""
    bars: tuple[PeerBar, ...] = ()
    named: tuple[str, ...] = ()  # peers that completed the stage it works on and agreed to be named
    more_named: bool = False

    @property
    def working_on(self) -> int | None:
        """The stage it worked on then; None where all are completed."""
        if self.own is None or self.cycle is None:
            return None
        done = self.own.stages_completed
        return done + 1 if done < self.cycle.version.stage_count else None


def read_peers(agency: Agency, measure: Measure, reader: User, today: date) -> PeerReading:
    """What `reader`, who may know of `agency`, is told. Nothing but what was published and then rounded."""
    cycle = _latest_published(agency, measure, reader, today)
    if cycle is None:
        return PeerReading(None, Nothing.NOT_PUBLISHED)
    formed = PeerRound.objects.filter(cycle=cycle, method=measure.method).first()
    if formed is None:
        return PeerReading(cycle, Nothing.FORMING)
    own = formed.members.filter(agency=agency).select_related("group").first()
    if own is None:
        return PeerReading(cycle, Nothing.NO_VALUE)
    if own.group is None:
        return PeerReading(cycle, Nothing.TOO_FEW)
    if _tells_too_much(own.group, reader):
        return PeerReading(cycle, Nothing.KNOWN)
    return _reading(cycle, own, own.group, measure)


def rounds_to_form() -> list[Cycle]:
    """The latest published round of each program and model whose groups are not formed yet."""
    cycles = Cycle.objects.filter(state=Cycle.State.PUBLISHED).select_related("version__model", "program")
    latest: dict[tuple[int, int], Cycle] = {}
    for cycle in cycles.order_by("-period_ends_on", "-published_at", "pk"):
        latest.setdefault((cycle.program_id, cycle.version.model_id), cycle)
    formed = set(
        PeerRound.objects.filter(cycle__in=[one.pk for one in latest.values()]).values_list(
            "cycle_id", "method"
        )
    )
    return [one for one in latest.values() if (one.pk, Measure(one.version).method) not in formed]


def first_publication(cycle: Cycle) -> Publication | None:
    """The publication by which a round's figures were kept first, once they are; corrections come later."""
    first = cycle.publications.order_by("revision").first()
    return first if first is not None and _members(cycle, first).exists() else None


def published_values(cycle: Cycle, publication: Publication, method: str) -> Iterator[Candidate]:
    """The agencies of a round with a value in what was published, and their profile at the period's end.

    Results on a limited basis are kept out of comparisons (DESIGN §3).
    """
    on = cycle.period_ends_on
    profiles: dict[int, dict[str, str]] = {}
    rows = ProfileValue.objects.filter(in_force(on), field__in=["type", "size"]).order_by()
    for pk, field, choice in rows.values_list("agency_id", "field", "choice"):
        profiles.setdefault(pk, {})[field] = choice
    standings = PublishedStanding.objects.as_of(publication.pk).on(on)
    with_value = standings.filter(
        model=cycle.version.model_id,
        method=method,
        score__isnull=False,
        limited_basis=False,
        agency__in=_members(cycle, publication).values("agency_id"),
    )
    columns = ("agency_id", "score", "stages_completed", "domains")
    for pk, score, stages, domains in with_value.order_by("agency_id").values_list(*columns):
        known = profiles.get(pk, {})
        yield Candidate(pk, known.get("type", ""), known.get("size", ""), score, stages, domains)


def consent_of(agency: Agency) -> PeerConsent | None:
    """The consent that holds, with who gave it."""
    return PeerConsent.objects.in_force().filter(agency=agency).select_related("given_by").first()


def _members(cycle: Cycle, publication: Publication) -> QuerySet[PublishedMember]:
    members = PublishedMember.objects.as_of(publication.pk).on(cycle.period_ends_on)
    return members.filter(scope__program=cycle.program_id).order_by()


def _latest_published(agency: Agency, measure: Measure, reader: User, today: date) -> Cycle | None:
    cycles = Cycle.objects.filter(
        state=Cycle.State.PUBLISHED,
        version__model=measure.model,
        program__in=programs_of(agency, reader, today),
    )
    ordered = cycles.order_by("-period_ends_on", "program__name", "pk")
    return ordered.select_related("program", "version").first()


def _tells_too_much(group: PeerGroup, reader: User) -> bool:
    """Whether so few agencies of the group are unknown to the reader that their values would follow."""
    seen = Agency.objects.visible_to(reader).order_by().values("pk")
    return 0 < group.members.exclude(agency__in=seen).count() < LEAST_OTHERS


def _reading(cycle: Cycle, own: PeerMember, group: PeerGroup, measure: Measure) -> PeerReading:
    score, stages = Middle(*group.figures["score"]), Middle(*group.figures["stages_completed"])
    named = _named(own, group) if own.stages_completed < cycle.version.stage_count else []
    return PeerReading(
        cycle=cycle,
        nothing=None,
        group_words=group_words(group),
        count=group.count,
        own=own,
        score=score,
        stages=stages,
        score_words=position(own.score, score, score_step(measure.maximum, staged=measure.staged)),
        stages_words=position(own.stages_completed, stages, STAGE_STEP),
        bars=tuple(_bars(own, group.figures["domains"], measure)),
        named=tuple(named[:NAMES_SHOWN]),
        more_named=len(named) > NAMES_SHOWN,
    )


def group_words(group: PeerGroup) -> str:
    """What the agencies of a group have in common, in words."""
    parts = [
        f"{FIELDS_BY_SLUG[field].label.lower()} “{FIELDS_BY_SLUG[field].choices.get(choice, choice)}”"
        for field, choice in (("type", group.type), ("size", group.size))
        if choice
    ]
    return " and ".join(parts) if parts else "all for whom there is no closer group"


def _named(own: PeerMember, group: PeerGroup) -> list[str]:
    """Peers that had completed the stage that this one works on, as far as they agreed to be named."""
    agreed = PeerConsent.objects.in_force().filter(agency=OuterRef("agency"))
    peers = group.members.filter(Exists(agreed), stages_completed__gt=own.stages_completed)
    open_still = Q(agency__closed_on__isnull=True)
    names = peers.filter(open_still).exclude(agency=own.agency_id).order_by("agency__name", "agency")
    return list(names.values_list("agency__name", flat=True)[: NAMES_SHOWN + 1])


def _bars(own: PeerMember, figures: Mapping[str, Any], measure: Measure) -> Iterator[PeerBar]:
    for slug, name in measure.domains:
        if slug in figures and slug in own.domains:
            known = Middle(*figures[slug])
            yield PeerBar(name, own.domains[slug], known, position(own.domains[slug], known, DOMAIN_STEP))
