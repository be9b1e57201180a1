"""Reading the one page of an agency."""

from datetime import datetime

from dashboards.figures import OWN, Figure, Known
from dashboards.models import Publication, PublishedStanding
from dashboards.papers.content import AgencyPage, DomainRow, Gap, Heading, StageShare
from dashboards.points import Point
from dashboards.queries.agency import AgencyReading, published_rows, read_agency, score_figure
from dashboards.queries.briefings import promises_changed_at, promises_of
from dashboards.queries.known import LATEST, Knowledge
from dashboards.queries.measures import Measure
from dashboards.queries.scopes import freshness
from dashboards.standings import STATE_WORDS
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, ProfileValue, in_force
from portal.agencies.queries import demonstration_shown

GAPS_NAMED = 8


def read_agency_page(
    agency: Agency,
    measure: Measure,
    points: tuple[Point, ...],
    reader: User,
    *,
    details: bool,
    made: str,
    publication: Publication | None = None,
) -> AgencyPage:
    """The page of `agency` at the last of these points, as `reader` may know of it; with its gaps if
    `details` and they may see those.

    `publication`: whose figures it holds; what was never published beside them is as it was known then, so
    that the page stays the same. Without one it holds the latest, which are provisional.
    """
    knowledge = LATEST
    if publication is not None:
        knowledge = Knowledge(publication=publication.pk, moment=publication.published_at)
    reading = read_agency(agency, measure, points, reader, knowledge)
    now, result = points[-1], reading.result
    with_promises = details and reader.can(Right.SEE_DETAILS, agency)
    text_at = promises_changed_at(agency, now.period) if with_promises else None
    return AgencyPage(
        heading=_heading(agency, measure, points, reading, made, publication, text_at),
        state=STATE_WORDS[reading.state],
        stages_completed=result.stages_completed if result and reading.has_value else None,
        score=result.score if result and reading.has_value else None,
        change=reading.change,
        before=reading.before.period_label if reading.before else "",
        period=result.period_label if result else "none",
        target=_target(agency, measure, now, publication) if measure.staged else None,
        scores=tuple((point.label, point.state_words, point.score) for point in reading.points),
        stages=tuple(StageShare(bar.number, bar.name, bar.completion, bar.passes) for bar in reading.stages),
        domains=tuple(DomainRow(bar.name, 1, bar.percent) for bar in reading.domains),
        gaps=_gaps(reading) if details else None,
        promises=promises_of(agency, now.period) if with_promises else None,
        evidence=result.evidenced if result and (measure.staged or result.evidenced) else None,
        scale=measure.scale,
    )


def shown_on(agency: Agency, measure: Measure, now: Point, publication: Publication) -> set[int]:
    """The ids of the publications whose figures its page at `now` shows, bound to one of them."""
    rows = published_rows(agency, measure, now.on, publication.pk)
    return {publication.pk, *rows.values_list("publication_id", flat=True)}


def _target(agency: Agency, measure: Measure, now: Point, publication: Publication | None) -> int | None:
    """Its target stage: as published with how it stands, else as its profile tells."""
    if publication is not None:
        row: PublishedStanding | None = published_rows(agency, measure, now.on, publication.pk).last()
        return row.target_stage if row else None
    target = ProfileValue.objects.filter(in_force(now.on), agency=agency, field="target_stage").first()
    return int(target.value) if target else None


def _heading(
    agency: Agency,
    measure: Measure,
    points: tuple[Point, ...],
    reading: AgencyReading,
    made: str,
    publication: Publication | None,
    text_at: datetime | None,
) -> Heading:
    fresh, now = freshness(), points[-1]
    return Heading(
        scope=agency.name,
        model=measure.model.name,
        period=now.label,
        starts_on=now.period.starts_on,
        ends_on=now.on,
        before=points[-2].label,
        agencies=1,
        reported=int(reading.state == "reported"),
        published=publication is not None,
        revision=publication.revision if publication else 0,
        as_of=publication.published_at if publication else fresh.computed_at if fresh else None,
        figure=_figure(agency, measure, now, reading, publication),
        demonstration=demonstration_shown(),
        made="" if publication is not None else made,
        text_at=text_at,
    )


def _figure(
    agency: Agency, measure: Measure, now: Point, reading: AgencyReading, publication: Publication | None
) -> str:
    """By which its score can be had again."""
    if publication is not None:
        known = Known(publication=publication.pk)
        return str(Figure(f"{OWN}:{agency.slug}", measure.model.slug, measure.method, now.on, known, "score"))
    fresh = freshness()
    return score_figure(agency, measure, now.on, reading, LATEST, fresh) if fresh else ""


def _gaps(reading: AgencyReading) -> tuple[Gap, ...] | None:
    if reading.detail is None:
        return None
    lines = [*reading.detail.holding, *reading.detail.gaps][:GAPS_NAMED]
    return tuple(Gap(line.item.title, line.words, line.item.action) for line in lines)
