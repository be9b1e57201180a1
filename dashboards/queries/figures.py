"""Looking a figure up again by its identifier, with the rights of whoever asks."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from dashboards.charts.scale import ScoreScale
from dashboards.figures import Figure
from dashboards.models import Freshness, Publication, PublishedStanding, Scope
from dashboards.queries.agencies import Frozen, Reading, rows_of, with_standings
from dashboards.queries.as_published import past_of_agency
from dashboards.queries.figures_asked import NotThen
from dashboards.queries.figures_pages import page_figure
from dashboards.queries.forecasts import forecast_agency
from dashboards.queries.known import Knowledge, KnownRow, knowledge_of, rows_at
from dashboards.queries.measures import Measure, choose_rule, measures_in_use
from dashboards.queries.publications import named_to
from dashboards.queries.published_rules import published_under
from dashboards.queries.scopes import calendar_of, freshness, scope_named
from dashboards.standings import STATE_WORDS
from dashboards.trends import Statistics, statistics
from maturity.models import ModelVersion
from maturity.scoring import format_hundredths, format_percent
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.periods import Period, label, month_end, month_start, period_of

STATES = ("agencies", "reported", "carried", "not_reporting", "not_adopting")
SCORES = ("mean", "median", "lower_quartile", "upper_quartile")


class NoSuchFigure(Exception):
    """The identifier is well formed, but there is no such figure for this person; says why."""


@dataclass(frozen=True)
class FigureReading:
    """A figure, looked up. `words`: which number; `value` as people read it; `n`: over how many agencies;
    `rows`: of a table."""

    figure: Figure
    of: str
    words: str
    value: str
    n: int
    period: str
    published: bool
    publication: Publication | None
    status: str
    rows: tuple[tuple[str, str], ...]
    path: str  # of the page with the rows behind it
    query: str


def read_figure_of(figure: Figure, user: User) -> FigureReading:
    """The figure as it was when it was written down.

    Raises NoSuchFigure, scopes.UnknownScope and scopes.HiddenScope.
    """
    fresh, measure = freshness(), _measure(figure)
    if fresh is None or figure.on != month_end(figure.on) or figure.on > fresh.horizon_on:
        raise NoSuchFigure(f"Nothing is known of {figure.on}.")
    knowledge = knowledge_of(figure.known)
    if figure.of_one_agency is not None:
        return _of_agency(figure, measure, knowledge, user, fresh)
    scope = scope_named(figure.scope, user)
    row = rows_at(scope, measure, [figure.on], knowledge, domains=True).get(figure.on) if scope else None
    if scope is None or row is None or _was_not(figure, row.publication, user):
        raise NoSuchFigure("Nothing was known, or published, of this scope then.")
    reading = _of_scope(figure, scope, measure, row, user)
    if not figure.of_page:
        return reading
    try:
        found = page_figure(figure, scope, measure, row, knowledge, user)
    except NotThen as error:
        raise NoSuchFigure(str(error)) from error
    query = f"{reading.query}&{urlencode(found.query)}" if found.query else reading.query
    return replace(reading, value=found.value, n=found.n, rows=found.rows, path=found.path, query=query)


def _was_not(figure: Figure, by: Publication | None, user: User) -> bool:
    """Whether a figure that was published by `by` cannot be as of the publication that `figure` names.

    That is either the one that published it, or a later one that `user` may know of: whether there is any
    other is not told, and one that is still to come could change what the identifier says.
    """
    named = figure.known.publication
    if named is None:
        return False
    if by is None:
        return True
    return named != by.pk and not Publication.objects.visible_to(user).filter(pk=named).exists()


def _of_scope(figure: Figure, scope: Scope, measure: Measure, row: KnownRow, user: User) -> FigureReading:
    said = statistics(row.sums, measure.stage_count, by_domain=False)
    named = row.publication if row.publication and named_to(row.publication, user) else None
    address = {"scope": figure.scope, "model": figure.model, "at": figure.on.isoformat(), "period": "month"}
    if figure.known.day is not None:
        address |= {"numbers": "known", "known_on": figure.known.day.isoformat()}
    elif figure.known.moment is not None:
        address |= {"numbers": "latest"}
    value, n = _value(figure, said)
    return FigureReading(
        figure=figure,
        of=str(scope),
        words=figure.words_in(measure.scale),
        value=value,
        n=n,
        period=_period(figure, calendar_of(scope, user)),
        published=row.publication is not None,
        publication=named,
        status=_status(figure, named),
        rows=_rows(said, measure.scale) if figure.number in {"stages", "table"} else (),
        path="/",
        query=urlencode(address),
    )


def _of_agency(
    figure: Figure, measure: Measure, knowledge: Knowledge, user: User, fresh: Freshness
) -> FigureReading:
    publication: Publication | None = None
    agency = Agency.objects.visible_to(user).filter(slug=figure.of_one_agency)
    found = agency.first()
    if found is None:
        raise NoSuchFigure("There is no such agency that you may see.")
    read: Reading = knowledge.as_known
    if read is None:
        read = Frozen(knowledge.publication)
        # The publication by which it was published: any later one could be written into an identifier.
        held = PublishedStanding.objects.as_of(knowledge.publication).on(figure.on)
        held = held.filter(published_under(measure), agency=found)
        held = held.filter(model=measure.model, method=measure.method)
        row_held = held.select_related("publication__cycle__program").first()
        if row_held is None or _was_not(figure, row_held.publication, user):
            raise NoSuchFigure("Nothing was published of this agency then.")
        publication = row_held.publication
    (row,) = rows_of(with_standings(agency, measure, figure.on, read=read), figure.on).values()
    named = publication if publication and named_to(publication, user) else None
    score = "no score" if row.score is None else f"{format_hundredths(row.score)} of {measure.maximum}"
    stages = (
        f"no {measure.scale.step} known"
        if row.stages_completed is None
        else f"{row.stages_completed} of {row.stage_count}"
    )
    path, value = f"/agencies/{found.slug}/", stages
    rows: tuple[tuple[str, str], ...] = ()
    if figure.number_of is not None:
        path, rows = f"{path}forecast/", _forecast_of(figure, found, measure, knowledge, fresh)
        value = rows[0][1]
    elif figure.number == "domains":
        rows = _domains_of(agency, measure, figure.on, read)
        value = f"{len(rows)} of {len(measure.domains)} domains"
    return FigureReading(
        figure=figure,
        of=found.name,
        words=figure.words_in(measure.scale),
        value=score if figure.number == "score" else value,
        n=1,
        period=_period(figure, calendar_of(None, user)),
        published=publication is not None,
        publication=named,
        status=f"{STATE_WORDS[row.state]}. {_status(figure, named)}",
        rows=rows,
        path=path,
        query=urlencode({"model": figure.model}),
    )


def _forecast_of(
    figure: Figure, agency: Agency, measure: Measure, knowledge: Knowledge, fresh: Freshness
) -> tuple[tuple[str, str], ...]:
    """The forecast of an agency's score and stages."""
    read, _ = past_of_agency(agency, measure, figure.on, knowledge)
    year_starts_in = int(figure.number.rpartition("_")[2])
    found = forecast_agency(agency, measure, fresh, figure.on, year_starts_in, read)
    return tuple((one.name, f"{one.now}; {one.expected}") for one in (found.score, found.stages))


def _domains_of(
    agency: QuerySet[Agency], measure: Measure, on: date, read: Reading
) -> tuple[tuple[str, str], ...]:
    """The percent of each domain that applies to the agency."""
    held = with_standings(agency, measure, on, read=read).values_list("now__domains", flat=True).first() or {}
    return tuple((name, format_percent(held[slug])) for slug, name in measure.domains if slug in held)


def _measure(figure: Figure) -> Measure:
    known = (choose_rule(one, figure.method) for one in measures_in_use() if one.model.slug == figure.model)
    if (found := next(known, None)) is not None:
        return found
    versions = ModelVersion.objects.select_related("model").filter(model__slug=figure.model)
    version = next((one for one in versions if one.scoring_rule == figure.method), None)
    if version is None:
        raise NoSuchFigure(f"There is no questionnaire {figure.model!r} scored by {figure.method!r}.")
    return Measure(version)


def _value(figure: Figure, said: Statistics) -> tuple[str, int]:
    """In words, and over how many agencies."""
    if figure.number in STATES:
        return f"{getattr(said, figure.number):,} of {said.agencies:,}", said.agencies
    if figure.stage is not None:
        done = sum(count.total for count in said.stages[figure.stage :])
        return f"{done:,} of {said.with_value:,}", said.with_value
    if figure.number in SCORES:
        held: Any = said if figure.number == "mean" else said.spread
        score = getattr(held, figure.number) if held is not None else None
        return "no score" if score is None else format_hundredths(score), said.with_value
    return f"{said.with_value:,} of {said.agencies:,} with a score", said.agencies


def _rows(said: Statistics, scale: ScoreScale) -> tuple[tuple[str, str], ...]:
    stages = [
        (
            f"Exactly {count.stage} stages completed" if scale.staged else scale.place(count.stage),
            f"{count.total:,}",
        )
        for count in said.stages
        if scale.staged or count.stage or count.total
    ]
    missing = [("Not reporting", f"{said.not_reporting:,}"), ("Not adopting", f"{said.not_adopting:,}")]
    return (*stages, *missing)


def _period(figure: Figure, year_starts_in: int) -> str:
    quarter = period_of(figure.on, year_starts_in=year_starts_in)
    if quarter.ends_on == figure.on:
        return label(quarter, year_starts_in)
    return label(Period(month_start(figure.on), figure.on), year_starts_in)


def _status(figure: Figure, publication: Publication | None) -> str:
    known = figure.known
    if known.publication is not None and publication is None:
        return "Published"
    if publication is not None:
        return f"Published as revision {publication.revision} of {publication.cycle}"
    if known.day is not None:
        return f"As known at the end of {known.day}"
    return f"PROVISIONAL: as known at {known.moment:%Y-%m-%d %H:%M:%S} UTC"
