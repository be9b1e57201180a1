"""Reading the one page of a scope from standings and trends, as published or the latest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from dashboards import headlines
from dashboards.charts.portfolio import TrendPoint
from dashboards.charts.scale import ScoreScale
from dashboards.figures import Figure, Known
from dashboards.headlines import Comparison
from dashboards.models import Publication, PublishedTrend, Scope
from dashboards.papers.content import Bar, Heading, Number, OnePage
from dashboards.papers.sentences import summary_sentence
from dashboards.points import Point, latest_points
from dashboards.queries.agencies import AsKnown, Frozen, Reading, compare, members_of, valued_at, with_both
from dashboards.queries.briefings import words_for
from dashboards.queries.facts import fact_numbers
from dashboards.queries.known import LATEST, Knowledge, Numbers, rows_at
from dashboards.queries.measures import Measure
from dashboards.queries.movements import movements, must_haves_missing, obstacles
from dashboards.queries.movers import STUCK_MONTHS, HowRead
from dashboards.queries.portfolio import Series, looked_back_from, series_of, trends_anywhere
from dashboards.queries.published_rules import published_under
from dashboards.queries.rules import change_said, rule_lines
from dashboards.queries.scopes import freshness, key_of
from maturity.scoring import format_percent
from portal.access.models import User
from portal.access.rules import Grant, Role
from portal.agencies.models import Agency, ProfileValue, in_force
from portal.agencies.periods import month_end
from portal.agencies.queries import demonstration_shown

QUARTERS = 8
LOOK_BACK = 40  # quarters that one may look back to
LEADERS_STAGE = 3  # of which the second number is
NOT_COMPARED = "the quarter before is not published"


class NothingToShow(Exception):
    """There is no trend of this scope at this point; says so."""


@dataclass(frozen=True)
class Subject:
    """What a paper is about: a scope under a measure, at the last of these quarter ends.

    `publication`: the one whose figures it holds; without one they are read with `knowledge`: the latest,
    which are provisional, or those known on a past day.
    """

    scope: Scope
    measure: Measure
    points: tuple[Point, ...]
    publication: Publication | None = None
    knowledge: Knowledge = LATEST

    @property
    def now(self) -> Point:
        return self.points[-1]

    @property
    def before(self) -> Point:
        return self.points[-2]

    @cached_property
    def series(self) -> Series:
        """Its quarters. Beside published figures, what was never published is as it was known then: so a
        published paper stays the same. Raises NothingToShow."""
        if self.publication is None:
            found = series_of(self.scope, self.measure, self.points, self.knowledge)
        else:
            knowledge = Knowledge(publication=self.publication.pk)
            found = series_of(self.scope, self.measure, self.points, knowledge)
            unpublished = [
                on for on, row in found.rows.items() if row.publication is None and not row.scored_anew
            ]
            if unpublished:
                then = Knowledge(Numbers.KNOWN, moment=self.publication.published_at)
                known = rows_at(self.scope, self.measure, unpublished, then)
                found = series_of(self.scope, self.measure, self.points, knowledge, {**found.rows, **known})
        if found.statistics is None:
            raise NothingToShow(f"Nothing is known of {self.scope} in {self.now.name}.")
        return found

    @cached_property
    def read(self) -> HowRead:
        """How the standings now, a quarter and a year before are read."""
        series, year_ago = self.series, month_end(self.now.on, -STUCK_MONTHS)
        stuck: Reading = series.read_at(year_ago)
        if self.publication is not None and year_ago not in series.rows:  # as for what was never published
            stuck = AsKnown(self.publication.published_at)
        return HowRead(series.read, series.read_before, stuck)

    @property
    def comparable(self) -> bool:
        """Whether changes are told: of what is published, between published quarters alone, since the other
        might still move."""
        return self.publication is None or isinstance(self.read.before, Frozen)

    @property
    def exemptions_on(self) -> date | None:
        """The day on which exemptions hold or are over: of what is published that of the publication."""
        return timezone.localdate(self.publication.published_at) if self.publication is not None else None

    def agencies(self, reader: User) -> QuerySet[Agency]:
        """The agencies counted, as far as `reader` may know of them."""
        return members_of(self.scope, self.now.on, reader, self.read.on)

    def comparison(self, reader: User) -> Comparison | None:
        """The change since the quarter before; None where none is told."""
        if not self.comparable:
            return None
        days = self.now.on, self.before.on
        return compare(self.agencies(reader), self.measure, *days, self.read.on, self.read.before)


def subject_at(
    scope: Scope,
    measure: Measure,
    on: date,
    year_starts_in: int,
    publication: Publication | None,
) -> Subject:
    """The subject at the quarter that ends on `on`, or the last one before it. Raises NothingToShow."""
    return Subject(scope, measure, points_up_to(measure, on, year_starts_in), publication)


def points_up_to(measure: Measure, on: date, year_starts_in: int) -> tuple[Point, ...]:
    """The periods that a paper shows, as often as the model is asked: quarters, of an index months or years.
    The last one ends on or before `on`. Raises NothingToShow."""
    fresh = freshness()
    if fresh is None:
        raise NothingToShow("Nothing has been computed yet: there is no approved assessment.")
    kind, count = measure.version.rhythm, LOOK_BACK + QUARTERS
    horizon = looked_back_from(trends_anywhere(measure), fresh.horizon_on, kind, year_starts_in, LOOK_BACK)
    known = latest_points(horizon, kind, year_starts_in, count)
    points = [point for point in known if point.on <= on][-QUARTERS:]
    if len(points) < QUARTERS:
        raise NothingToShow(f"{on} is too long ago.")
    return tuple(points)


def publication_at(scope: Scope, measure: Measure, on: date) -> Publication | None:
    """The latest publication of the scope's figures at a month end."""
    row = (
        PublishedTrend.objects.filter(published_under(measure), scope=scope, on=on)
        .filter(model=measure.model, method=measure.method)
        .select_related("publication__cycle__program")
        .order_by("-publication_id")
        .first()
    )
    return row.publication if row is not None else None


def paper_reader() -> User:
    """Nobody in person: a viewer of everything. What a file says is what each viewer of its scope may see, so
    that it can be the same for all of them."""
    reader = User(username="papers")
    reader.grants = (Grant(Role.VIEWER),)
    return reader


def read_one_page(subject: Subject, reader: User, made: str = "") -> OnePage:
    """The one page of `subject` as `reader` may know of it. `made`: who takes it, when, if not published.

    The number of queries does not depend on that of agencies. Raises NothingToShow.
    """
    measure, series = subject.measure, subject.series
    compared = subject.comparison(reader)
    steps = stage_steps(subject, compared)
    words = words_for(subject.scope, subject.now.period, subject.knowledge.approved_before)
    found, none = obstacles(
        subject.scope, measure, subject.now, reader, subject.read.on, subject.exemptions_on
    )
    return OnePage(
        heading=replace(_heading(subject, made), text_at=words.text_at),
        sentence=words.sentence or _sentence(subject, steps, compared),
        numbers=_numbers(subject, steps, compared, reader),
        scale=measure.scale,
        kind=measure.version.rhythm,
        bars=_bars(series.trend),
        movements=movements(subject.scope, measure, subject.now, subject.before, reader, subject.read)
        if subject.comparable
        else (),
        obstacles=found,
        obstacles_none=none,
        must_haves=must_haves_missing(subject.scope, measure, subject.now, reader, subject.read.on),
        decisions=words.decisions,
        promises=words.promises,
        evidence=_median_evidence(subject, reader) if measure.staged else None,
        carried=series.statistics.carried if series.statistics else 0,
        corrections=_corrections(subject),
        rule_change=_rule_change(subject, reader),
    )


def generated_sentence(subject: Subject, reader: User) -> str:
    """What the one page says where the officer wrote nothing. Raises NothingToShow."""
    compared = subject.comparison(reader)
    return _sentence(subject, stage_steps(subject, compared), compared)


def stage_steps(subject: Subject, compared: Comparison | None) -> tuple[headlines.StageStep, ...]:
    """How many have completed each stage or more."""
    measure, known = subject.measure, subject.series.statistics
    if known is None:
        raise NothingToShow("Nothing is known.")
    names = [(number, measure.stage_name(number)) for number in range(1, measure.stage_count + 1)]
    return headlines.stage_steps(known, names, compared)


def _numbers(
    subject: Subject, steps: tuple[headlines.StageStep, ...], compared: Comparison | None, reader: User
) -> tuple[Number, ...]:
    """Four numbers; of a model with bands the highest of them, as targets and facts are about containers."""
    scale = subject.measure.scale
    if not scale.staged:
        return tuple(_stage_number(step, compared, scale) for step in steps[1:][-4:])
    return (
        target_number(subject, reader),
        _stage_number(steps[min(LEADERS_STAGE, len(steps)) - 1], compared, scale),
        *_fact_numbers(subject, reader),
    )


def _fact_numbers(subject: Subject, reader: User) -> Iterator[Number]:
    since = (subject.before.on, subject.read.before) if subject.comparable else None
    return fact_numbers(subject.scope, subject.measure, subject.now.on, reader, subject.read.on, since)


def _sentence(subject: Subject, steps: tuple[headlines.StageStep, ...], compared: Comparison | None) -> str:
    step, known = headlines.frontier(steps), subject.series.statistics
    scale = subject.measure.scale
    done = f"completed stage {step.stage}" if scale.staged else f"reached the band {step.name}"
    number = _stage_number(step, compared, scale)
    return summary_sentence(number, done, known.agencies if known else 0)


def _heading(subject: Subject, made: str) -> Heading:
    now, known, publication = subject.now, subject.series.statistics, subject.publication
    row = subject.series.row
    return Heading(
        scope=str(subject.scope),
        model=subject.measure.model.name,
        period=now.label,
        starts_on=now.period.starts_on,
        ends_on=now.on,
        before=subject.before.label,
        agencies=known.agencies if known else 0,
        reported=known.reported if known else 0,
        published=publication is not None,
        known_on=subject.knowledge.day,
        revision=publication.revision if publication is not None else 0,
        as_of=publication.published_at if publication is not None else row.computed_at if row else None,
        figure=_figure(subject),
        demonstration=demonstration_shown(),
        made="" if publication is not None else made,
    )


def _figure(subject: Subject) -> str:
    """By which the bars of the last quarter can be had again, with what is known now or was published."""
    measure, publication = subject.measure, subject.publication
    known = Known(moment=timezone.now())
    if publication is not None or subject.knowledge.day is not None:
        known = Known(publication=publication.pk) if publication else Known(day=subject.knowledge.day)
    parts = (key_of(subject.scope), measure.model.slug, measure.method, subject.now.on)
    return str(Figure(*parts, known, "stages"))


def _corrections(subject: Subject) -> tuple[str, ...]:
    """What was corrected in these figures since they were first published; the reason only where everybody
    who sees the page may know of the program that gave it."""
    if subject.publication is None:
        return ()
    scope, program = subject.scope, subject.publication.cycle.program
    told = scope.kind == Scope.Kind.EVERYTHING or scope.office == program
    found = Publication.objects.filter(
        cycle=subject.publication.cycle_id, revision__gt=1, pk__lte=subject.publication.pk
    )
    return tuple(
        f"revision {one.revision} of {timezone.localtime(one.published_at):%b %-d, %Y}"
        + (f": {_short(one.reason)}" if told else "")
        for one in found.order_by("revision")
    )[-2:]


def _rule_change(subject: Subject, reader: User) -> str:
    """What must be said where the last two periods are compared over a change of the scoring."""
    measure, series = subject.measure, subject.series
    if not subject.comparable or not measure.before:
        return ""
    lines = rule_lines(subject.scope, measure, series.points, series.knowledge)
    agencies, then = subject.agencies(reader), len(series.points) - 2
    return change_said(lines, series.points, then, series.read_at, agencies, measure)


def _short(reason: str, most: int = 120) -> str:
    reason = reason.rstrip(" .")  # the sentence around it has its own end
    return reason if len(reason) <= most else f"{reason[: most - 1].rstrip()}…"


def _stage_number(step: headlines.StageStep, compared: Comparison | None, scale: ScoreScale) -> Number:
    label, source = f"Completed stage {step.stage} or more", f"; stage {step.stage} is {step.name}"
    if not scale.staged:
        top = step.stage == scale.stage_count
        label, source = f"Reached the band {step.name}{'' if top else ' or a higher one'}", ""
    return Number(
        f"{scale.step}-{step.stage}",
        label,
        step.completed if step.of else None,
        step.of,
        "with a score",
        step.difference,
        compared.both if compared else 0,
        f"Standings, from approved assessments{source}",
        missing="no agency has a score",
    )


def target_number(subject: Subject, reader: User) -> Number:
    """Agencies whose stages completed are at or above their own target; those of the quarter before are held
    against the same target, so that a moved target is no progress."""
    published = isinstance(subject.read.on, Frozen)
    of, reached, change, compared = (_frozen_targets if published else _live_targets)(subject, reader)
    return Number(
        "target",
        "At or above their own target",
        reached if of else None,
        of,
        "with a target",
        change,
        compared,
        f"Target stages in profiles{', as published' if published else ''}, and standings",
        missing="no agency has a target",
    )


def _frozen_targets(subject: Subject, reader: User) -> tuple[int, int, int, int]:
    """By the targets that were published with the standings: agencies with one, how many of them reached it,
    by how many more than at the quarter before, of how many compared."""
    measure, days, read = subject.measure, (subject.now.on, subject.before.on), subject.read
    agencies, reached = subject.agencies(reader), Q(stages_completed__gte=F("target_stage"))
    rows = valued_at(measure, days[0], read.on).filter(agency__in=agencies.order_by().values("pk"))
    now = rows.filter(target_stage__isnull=False).aggregate(
        of=Count("pk"), reached=Count("pk", filter=reached)
    )
    if not subject.comparable:
        return now["of"], now["reached"], 0, 0
    before = Q(past__stages_completed__gte=F("target_stage"))
    both = with_both(agencies, measure, *days, read.on, read.before).filter(target_stage__isnull=False)
    counts = both.aggregate(of=Count("pk"), now=Count("pk", filter=reached), then=Count("pk", filter=before))
    return now["of"], now["reached"], counts["now"] - counts["then"], counts["of"]


def _live_targets(subject: Subject, reader: User) -> tuple[int, int, int, int]:
    """The same by the targets in the profiles, as they are for that day."""
    measure, on = subject.measure, subject.now.on
    agencies = subject.agencies(reader)
    with_aim = ProfileValue.objects.filter(in_force(on), field="target_stage", agency__in=agencies.order_by())
    aims = sorted({int(aim) for aim in with_aim.order_by().values_list("value", flat=True).distinct()})
    reached = of = change = compared = 0
    for aim in aims:  # five at the most, as many as stages
        some = agencies.filter(pk__in=with_aim.filter(value=aim).values("agency_id"))
        rows = valued_at(measure, on, subject.read.on).filter(agency__in=some.order_by().values("pk"))
        counts = rows.aggregate(of=Count("pk"), reached=Count("pk", filter=Q(stages_completed__gte=aim)))
        reached, of = reached + counts["reached"], of + counts["of"]
        if subject.comparable and 0 < aim <= measure.stage_count:
            both = compare(some, measure, on, subject.before.on, subject.read.on, subject.read.before)
            change, compared = change + both.stages[aim - 1].difference, compared + both.both
    return of, reached, change, compared


def evidence_number(subject: Subject, reader: User) -> Number:
    """The median share backed by evidence, with over how many agencies it is taken."""
    agencies = subject.agencies(reader).order_by().values("pk")
    rows = valued_at(subject.measure, subject.now.on, subject.read.on).filter(agency__in=agencies)
    share, n = _median_evidence(subject, reader), rows.order_by().count()
    said = "" if share is None else format_percent(share)
    return Number("evidence", "Backed by evidence", share, n, "with a score", said=said, missing="no score")


def _median_evidence(subject: Subject, reader: User) -> int | None:
    """The median share of what is in place that evidence stands behind; the lower of two in the middle."""
    agencies = subject.agencies(reader).order_by().values("pk")
    rows = valued_at(subject.measure, subject.now.on, subject.read.on).filter(agency__in=agencies)
    shares = rows.order_by("result__evidenced").values_list("result__evidenced", flat=True)
    count = rows.order_by().count()
    return shares[(count - 1) // 2] if count else None


def _bars(trend: Sequence[TrendPoint]) -> tuple[Bar, ...]:
    """The quarters, empty before anybody had a score, whether or not a row says so."""
    scored = [place for place, point in enumerate(trend) if point.statistics and point.statistics.with_value]
    first = scored[0] if scored else len(trend) - 1
    return tuple(
        _bar(point if place >= first else replace(point, statistics=None))
        for place, point in enumerate(trend)
    )


def _bar(point: TrendPoint) -> Bar:
    known = point.statistics
    if known is None:
        return Bar(point.label, point.provisional, (), 0, 0, 0, 0)
    return Bar(
        label=point.label,
        provisional=point.provisional,
        stages=tuple(count.total for count in known.stages),
        carried=known.carried,
        not_reporting=known.not_reporting,
        not_adopting=known.not_adopting,
        agencies=known.agencies,
        scored_anew=point.scored_anew,
    )
