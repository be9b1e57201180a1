"""Publishing the figures of reporting rounds, and correcting what was published."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from assessments.models import Cycle
from assessments.queries_cycles import open_agencies_asked
from assessments.services_cycles import advance_cycle
from assessments.services_notices import tell_agencies
from dashboards.models import Publication, Scope
from dashboards.queries.corrections import correctable
from dashboards.queries.publishing import months_of
from dashboards.services import lock_all_scopes, recount_scopes, refresh_agency
from dashboards.services_freezing import freeze, replace
from portal.access.models import User
from portal.agencies.models import Agency, Program, ProgramMembership, StaleMark
from portal.audit.services import record

MOST_REFRESHED = 200  # agencies brought up to date before figures are frozen; more is left to the workers
MOST_CORRECTED = 2_000  # agencies in one correction
LONGEST_REASON = 2_000


class CannotPublish(Exception):
    """The figures cannot be published now; says why, and what to do."""


class NothingToCorrect(Exception):
    """What is published is what is known."""


def publish_cycle(*, cycle_id: int, by: User | None, at: datetime) -> Publication:
    """Make a round's figures final: bring its agencies up to date, bring it to its last state, freeze.

    Raises Cycle.DoesNotExist, CannotAdvance, CannotPublish. All or nothing; of two at once one is refused.
    """
    cycle = Cycle.objects.select_related("program").get(pk=cycle_id)
    settle(program=cycle.program, at=at)
    with transaction.atomic():
        lock_all_scopes()
        _refuse_if_stale(cycle.program)
        cycle = advance_cycle(cycle_id=cycle_id, to=Cycle.State.PUBLISHED, by=by, at=at)
        publication = Publication.objects.create(cycle=cycle, revision=1, published_at=at, by=by)
        rows = freeze(publication=publication, months=months_of(cycle))
        record(action="publish figures", obj=publication, by=by, at=at, changes={"trends": rows})
        _tell("figures-published", publication, list(open_agencies_asked(cycle)), at)
    return publication


def correct_publication(*, cycle_id: int, reason: str, by: User, at: datetime) -> Publication:
    """Publish what has changed since, with the reason, as the next revision.

    Corrected are the agencies of the round's program, those that have left it included, and others that
    this round was the first to publish if `by` runs their program. Raises Cycle.DoesNotExist,
    CannotPublish, NothingToCorrect.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise CannotPublish(f"Say in up to {LONGEST_REASON:,} characters why the figures are corrected.")
    cycle = Cycle.objects.select_related("program").get(pk=cycle_id)
    settle(program=cycle.program, at=at)
    with transaction.atomic():
        lock_all_scopes()
        _refuse_if_stale(cycle.program)
        cycle = _locked(cycle_id)
        last = cycle.publications.aggregate(last=Max("revision"))["last"]
        if last is None:
            raise CannotPublish(f"{cycle} is not published yet, so there is nothing to correct.")
        months = months_of(cycle)
        agencies = correctable(cycle, months, by)[: MOST_CORRECTED + 1]
        if len(agencies) > MOST_CORRECTED:
            raise CannotPublish(f"More than {MOST_CORRECTED:,} agencies differ: ask who runs the portal.")
        publication = Publication.objects.create(
            cycle=cycle, revision=last + 1, published_at=at, by=by, reason=reason
        )
        changed = replace(publication=publication, months=months, agencies=agencies) if agencies else set()
        if not changed:
            raise NothingToCorrect(f"Nothing has changed since {cycle} was published.")
        freeze(publication=publication, months=months)
        changes = {"revision": publication.revision, "agencies": len(changed), "reason": reason}
        record(action="correct figures", obj=publication, by=by, at=at, changes=changes)
        _tell("figures-corrected", publication, list(Agency.objects.filter(pk__in=changed)), at)
    return publication


def freeze_published(*, at: datetime) -> int:
    """Freeze what rounds that are published should have frozen and have not: those published before figures
    were kept, and month ends that have come within the horizon since. Returns the rows of trends.

    Safe to run twice.
    """
    rows = 0
    cycles = Cycle.objects.filter(state=Cycle.State.PUBLISHED).order_by(
        "period_ends_on", "published_at", "pk"
    )
    for pk in cycles.values_list("pk", flat=True):
        with transaction.atomic():
            lock_all_scopes()
            cycle = _locked(pk)
            months = months_of(cycle)
            publication = cycle.publications.order_by("-revision").first()
            if publication is None:
                publication = Publication.objects.create(
                    cycle=cycle, revision=1, published_at=cycle.published_at or at
                )
                record(action="publish figures", obj=publication, by=None, at=at)
            rows += freeze(publication=publication, months=months) if months else 0
    return rows


def _tell(kind: str, publication: Publication, agencies: list[Agency], at: datetime) -> None:
    """Tell the agencies' people. They may see their own figures, not always those of the whole program."""
    tell_agencies(
        kind,
        cycle=publication.cycle,
        agencies=agencies,
        key=str(publication.pk),
        page="dashboards:agency-detail",
        with_cycle=False,
        by=publication.by,
        at=at,
    )


def _locked(cycle_id: int) -> Cycle:
    rounds = Cycle.objects.select_for_update(of=("self",)).select_related("program", "version")
    return rounds.get(pk=cycle_id)


def settle(*, program: Program, at: datetime) -> None:
    """Bring the agencies of a program up to date that wait for it, and trends that wait to be counted anew,
    as far as that is quickly done."""
    marked = _stale(program).order_by("agency_id").values_list("agency_id", flat=True).distinct()
    for pk in list(marked[:MOST_REFRESHED]):
        refresh_agency(agency_id=pk, at=at)
    while Scope.objects.filter(recount=True).exists() and recount_scopes(at=at):
        pass


def _refuse_if_stale(program: Program) -> None:
    waiting = _stale(program).values("agency").distinct().count()
    if waiting:
        raise CannotPublish(
            f"Changes of {waiting:,} agencies are still being counted. Try again in a minute: "
            "nothing was changed."
        )
    if Scope.objects.filter(recount=True).exists():
        raise CannotPublish(
            "The trends are being counted anew. Try again in a few minutes; nothing was changed."
        )


def _stale(program: Program) -> QuerySet[StaleMark]:
    """The marks of agencies that are, or are counted, in the program."""
    members = ProgramMembership.objects.filter(program=program).order_by().values("agency_id")
    return StaleMark.objects.filter(agency__in=members)
