"""Forming the peer groups of published rounds, once each, and the consent to be named to peers."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from assessments.models import Cycle
from dashboards.analytics.peers import Candidate, Figures, Group, Middle, figures, grouped, score_step
from dashboards.models import PeerConsent, PeerGroup, PeerMember, PeerRound
from dashboards.queries.measures import Measure
from dashboards.queries.peers import consent_of, first_publication, published_values, rounds_to_form
from dashboards.services_bulk import insert_rows
from portal.agencies.models import Agency
from portal.audit.services import Actor, record


def form_waiting(*, clock: Callable[[], datetime]) -> int:
    """Form the groups of the latest published round of each program and model. Returns how many rounds.

    A round whose figures are not kept yet waits for the next call.
    """
    return sum(
        form_round(cycle=cycle, method=Measure(cycle.version).method, at=clock())
        for cycle in rounds_to_form()
    )


@transaction.atomic
def form_round(*, cycle: Cycle, method: str, at: datetime) -> bool:
    """Form the groups of a published round, once, from what its first publication says: what comes later
    (corrections, another profile, who joins or leaves) changes nothing any more. False: they are formed
    already, or it is not published, or its figures are not kept yet."""
    locked = Cycle.objects.select_for_update(no_key=True).filter(pk=cycle.pk, state=Cycle.State.PUBLISHED)
    known = PeerRound.objects.filter(cycle=cycle, method=method)
    publication = first_publication(cycle) if locked.exists() else None
    if publication is None or known.exists():
        return False
    formed = PeerRound.objects.create(cycle=cycle, method=method, formed_at=at)
    groups, alone = grouped(published_values(cycle, publication, method))
    step = score_step(cycle.version.scale.maximum, staged=cycle.version.is_staged)
    members = [_member(formed, None, one) for one in alone]
    for group in groups:
        row = PeerGroup.objects.create(
            round=formed,
            kind=group.kind,
            type=group.type,
            size=group.size,
            count=len(group.members),
            figures=_as_json(figures(group.members, step)),
        )
        members += [_member(formed, row, one) for one in group.members]
    insert_rows(members)
    record(action="peers.formed", obj=cycle, by=None, at=at, changes=_counts(groups, alone))
    return True


@transaction.atomic
def set_consent(*, agency: Agency, given: bool, by: Actor, at: datetime) -> bool:
    """Whether peers may be told by name that `agency` completed a stage. Returns whether that changed."""
    Agency.objects.select_for_update().get(pk=agency.pk)
    current = consent_of(agency)
    if (current is not None) == given:
        return False
    if current is None:
        PeerConsent.objects.create(agency=agency, given_at=at, given_by_id=by.pk)
    else:
        current.withdrawn_at, current.withdrawn_by_id = at, by.pk
        current.save(update_fields=["withdrawn_at", "withdrawn_by"])
    action = "peers.consent_given" if given else "peers.consent_withdrawn"
    record(action=action, obj=agency, by=by, at=at)
    return True


def _member(formed: PeerRound, group: PeerGroup | None, one: Candidate) -> PeerMember:
    return PeerMember(
        round=formed,
        group=group,
        agency_id=one.agency_id,
        score=one.score,
        stages_completed=one.stages_completed,
        domains=dict(one.domains),
    )


def _as_json(known: Figures) -> dict[str, object]:
    return {
        "score": _triple(known.score),
        "stages_completed": _triple(known.stages_completed),
        "domains": {slug: _triple(one) for slug, one in known.domains.items()},
    }


def _triple(one: Middle) -> list[int]:
    return [one.lower, one.median, one.upper]


def _counts(groups: list[Group], alone: list[Candidate]) -> dict[str, object]:
    return {"groups": len(groups), "agencies without": len(alone)}
