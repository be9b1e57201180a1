"""Reading what stands behind the one page: the ladder, the scores, the domains, every agency."""

from django.db.models import QuerySet

from dashboards.papers.content import AgencyLine, DomainRow, FullReport, Rung, ScorePoint
from dashboards.queries.listing import Listing
from dashboards.queries.measures import Measure
from dashboards.queries.one_page import NothingToShow, Subject, read_one_page, stage_steps
from dashboards.queries.portfolio import Series
from dashboards.trends import Statistics
from portal.access.models import User
from portal.agencies.models import Agency


def read_full_report(subject: Subject, reader: User, made: str = "") -> FullReport:
    """The full report of `subject` as `reader` may know of it. It lists them all: for workers, not for
    pages. Raises NothingToShow."""
    known = subject.series.statistics
    if known is None:
        raise NothingToShow(f"Nothing is known of {subject.scope} in {subject.now.name}.")
    return FullReport(
        one=read_one_page(subject, reader, made),
        ladder=_ladder(subject, reader),
        scores=_scores(subject.series),
        domains=_domains(subject.measure, known),
        agencies=_lines(subject, subject.agencies(reader)),
    )


def _ladder(subject: Subject, reader: User) -> tuple[Rung, ...]:
    steps = stage_steps(subject, subject.comparison(reader))
    return tuple(Rung(step.stage, step.name, step.completed, step.of, step.change) for step in steps)


def _scores(series: Series) -> tuple[ScorePoint, ...]:
    found = []
    for point in series.trend:
        spread = point.statistics.spread if point.statistics else None
        if spread is None:
            found.append(ScorePoint(point.label, 0, None, None, None))
        else:
            quartiles = (spread.lower_quartile, spread.median, spread.upper_quartile)
            found.append(ScorePoint(point.label, spread.n, *quartiles))
    return tuple(found)


def _domains(measure: Measure, known: Statistics) -> tuple[DomainRow, ...]:
    rows = []
    for slug, name in measure.domains:
        entry = known.domains.get(slug)
        median = entry.spread.median if entry and entry.spread else None
        rows.append(DomainRow(name, entry.n if entry else 0, median))
    return tuple(rows)


def _lines(subject: Subject, agencies: QuerySet[Agency]) -> tuple[AgencyLine, ...]:
    listing = Listing(
        agencies,
        subject.measure,
        subject.now.on,
        subject.before.on if subject.comparable else None,
        read=subject.read.on,
        read_before=subject.read.before,
    )
    return tuple(
        AgencyLine(
            row.slug,
            row.name,
            row.state_words,
            row.stages_completed,
            row.score,
            row.change,
            row.period_label or "",
        )
        for row in listing.whole()
    )
