"""Reading the one page of an agency."""

from dashboards.papers.content import AgencyPage, DomainRow, Gap, Heading, StageShare
from dashboards.points import Point
from dashboards.queries.agency import AgencyReading, read_agency, score_figure
from dashboards.queries.briefings import promises_of
from dashboards.queries.known import PUBLISHED
from dashboards.queries.measures import Measure
from dashboards.queries.scopes import freshness
from dashboards.standings import STATE_WORDS
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, ProfileValue, in_force
from portal.agencies.queries import demonstration_shown

GAPS_NAMED = 8


def read_agency_page(
    agency: Agency, measure: Measure, points: tuple[Point, ...], reader: User, *, details: bool, made: str
) -> AgencyPage:
    """The page of `agency` at the last of these points, as `reader` may know of it; with its gaps if
    `details` and they may see those."""
    reading = read_agency(agency, measure, points, reader)
    now, result = points[-1], reading.result
    with_promises = details and reader.can(Right.SEE_DETAILS, agency)
    target = ProfileValue.objects.filter(in_force(now.on), agency=agency, field="target_stage").first()
    return AgencyPage(
        heading=_heading(agency, measure, points, reading, made),
        state=STATE_WORDS[reading.state],
        stages_completed=result.stages_completed if result and reading.has_value else None,
        score=result.score if result and reading.has_value else None,
        change=reading.change,
        before=reading.before.period_label if reading.before else "",
        period=result.period_label if result else "none",
        target=int(target.value) if target and measure.staged else None,
        scores=tuple((point.label, point.state_words, point.score) for point in reading.points),
        stages=tuple(StageShare(bar.number, bar.name, bar.completion, bar.passes) for bar in reading.stages),
        domains=tuple(DomainRow(bar.name, 1, bar.percent) for bar in reading.domains),
        gaps=_gaps(reading) if details else None,
        promises=promises_of(agency, now.period) if with_promises else None,
        evidence=result.evidenced if result and (measure.staged or result.evidenced) else None,
        scale=measure.scale,
    )


def _heading(
    agency: Agency, measure: Measure, points: tuple[Point, ...], reading: AgencyReading, made: str
) -> Heading:
    fresh, now, published = freshness(), points[-1], reading.publication
    return Heading(
        scope=agency.name,
        model=measure.model.name,
        period=now.label,
        starts_on=now.period.starts_on,
        ends_on=now.on,
        before=points[-2].label,
        agencies=1,
        reported=int(reading.state == "reported"),
        published=published is not None,
        revision=published.revision if published else 1,
        as_of=fresh.computed_at if fresh else None,
        figure=score_figure(agency, measure, now.on, reading, PUBLISHED, fresh) if fresh else "",
        demonstration=demonstration_shown(),
        made=made,
    )


def _gaps(reading: AgencyReading) -> tuple[Gap, ...] | None:
    if reading.detail is None:
        return None
    lines = [*reading.detail.holding, *reading.detail.gaps][:GAPS_NAMED]
    return tuple(Gap(line.item.title, line.words, line.item.action) for line in lines)
