"""What a publication says: its program's figures at the end of its period, and how they were corrected."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from dashboards.charts.scale import ScoreScale
from dashboards.figures import Figure, Known
from dashboards.models import (
    Publication,
    PublishedMember,
    PublishedStanding,
    PublishedTrend,
    Scope,
)
from dashboards.queries.known import KnownRow
from dashboards.queries.measures import Measure, measures_in_use
from dashboards.queries.published_rules import published_figures
from dashboards.queries.scopes import key_of
from dashboards.trends import Statistics, statistics
from maturity.scoring import format_hundredths
from portal.access.models import User


@dataclass(frozen=True)
class PublicationFigures:
    """A program at the end of a round's period, by one method."""

    row: PublishedTrend
    statistics: Statistics
    completed: tuple[tuple[int, int], ...]  # of each stage from 1, how many have completed it or more
    scope: str
    model: str

    def figure(self, number: str) -> str:
        """The identifier of one of its numbers."""
        known = Known(publication=self.row.publication_id)
        return str(Figure(self.scope, self.model, self.row.method, self.row.on, known, number))

    @property
    def figures(self) -> dict[str, str]:
        """The identifiers of the numbers that the page names."""
        return {name: self.figure(name) for name in ("agencies", "reported", "median", "stages")}


def read_publication(publication: Publication) -> list[PublicationFigures]:
    """The figures of the round's program as of this publication, for each method; empty where nobody had
    a value."""
    cycle = publication.cycle
    rows: QuerySet[Any] = PublishedTrend.objects.filter(
        scope__program=cycle.program,
        model=cycle.version.model,
        on=cycle.period_ends_on,
        publication__lte=publication.pk,
    ).select_related("scope__program", "scope__agency")
    known = next((one for one in measures_in_use() if one.model == cycle.version.model), None)
    if known is not None:  # what a later rule makes of them is not what was published
        rows = published_figures(rows, known)
    latest = {row.method: row for row in rows.order_by("publication_id")}
    found = []
    for row in latest.values():
        said = statistics(row, cycle.version.stage_count, by_domain=False)
        totals = [sum(count.total for count in said.stages[stage:]) for stage in range(len(said.stages))]
        completed = tuple((stage, total) for stage, total in enumerate(totals) if stage)
        found.append(PublicationFigures(row, said, completed, key_of(row.scope), cycle.version.model.slug))
    return found


def named_to(publication: Publication, user: User) -> bool:
    """Whether `user` may know by which program's round figures were published. An agency or part of the tree
    that they see may have been published by a program that they may not know of."""
    return Publication.objects.visible_to(user).filter(pk=publication.pk).exists()


def ids_named_to(publications: Collection[int], user: User) -> set[int]:
    """Of these publications (ids) those of which `named_to` holds."""
    seen = Publication.objects.visible_to(user).filter(pk__in=publications)
    return set(seen.values_list("pk", flat=True))


@dataclass(frozen=True)
class CorrectedPoint:
    """That the figures of a scope at a point were corrected, in words."""

    publication: Publication
    agencies: int
    words: str


def corrected_point(
    scope: Scope, measure: Measure, row: KnownRow | None, frontier: int
) -> CorrectedPoint | None:
    """How the row's publication changed the point; None where it is the first or not published.

    `frontier`: the stage whose count of agencies is told.
    """
    if row is None or row.publication is None or not row.publication.is_correction:
        return None
    before = (
        PublishedTrend.objects.filter(
            scope=scope,
            model=measure.model,
            method=measure.method,
            on=row.on,
            publication__lt=row.publication.pk,
        )
        .order_by("-publication_id")
        .defer("domains")
        .first()
    )
    if before is None:
        return None
    standings = PublishedStanding.objects.filter(
        publication=row.publication, model=measure.model, method=measure.method
    ).on(row.on)
    moved = PublishedMember.objects.filter(scope=scope).on(row.on)
    members = moved.as_of(row.publication.pk).values("agency_id")
    changed = set(standings.filter(agency__in=members).values_list("agency_id", flat=True))
    for field in ("publication", "replaced_by"):
        changed |= set(moved.filter(**{field: row.publication}).values_list("agency_id", flat=True))
    return CorrectedPoint(row.publication, len(changed), _words(before, row.sums, measure.scale, frontier))


def _words(before: Any, now: Any, scale: ScoreScale, frontier: int) -> str:
    old, new = (statistics(row, scale.stage_count, by_domain=False) for row in (before, now))
    was, is_now = (sum(count.total for count in one.stages[frontier:]) for one in (old, new))
    parts = []
    if was != is_now:
        done = f"completed stage {frontier}" if scale.staged else f"reached the band {scale.band(frontier)}"
        parts.append(f"{was:,} became {is_now:,} that have {done}")
    if old.spread and new.spread and old.spread.median != new.spread.median:
        one, other = format_hundredths(old.spread.median), format_hundredths(new.spread.median)
        parts.append(f"the median {one} became {other}")
    if old.agencies != new.agencies:
        parts.append(f"{old.agencies:,} agencies became {new.agencies:,}")
    if old.reported != new.reported:
        parts.append(f"{old.reported:,} reported became {new.reported:,}")
    return "; ".join(parts) if parts else "no number that is shown first changed"
