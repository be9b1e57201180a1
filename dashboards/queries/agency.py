"""What the page of one agency shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from assessments.models import Assessment, PeriodFacts, Result, SelfDeclaration
from assessments.queries_facts import published_statements
from assessments.queries_rules import succession_between
from assessments.result_reading import ResultReading, read_result
from casestudies.models import CaseStudy
from dashboards.charts.agency import DomainBar, ScorePoint, StageBar
from dashboards.figures import OWN, Figure, Known
from dashboards.models import Freshness, Publication, PublishedStanding, Standing, known_at
from dashboards.points import Point
from dashboards.queries.known import PUBLISHED, Knowledge, Numbers, known_by
from dashboards.queries.measures import Measure
from dashboards.queries.portfolio import since_first
from dashboards.queries.published_rules import is_published
from dashboards.queries.rules import RuleLines, agency_rule_lines
from dashboards.rule_changes import Split
from dashboards.standings import NOT_REPORTING
from maturity.models import Domain, Stage
from maturity.successors import Succession
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies import profile
from portal.agencies.models import AdoptionDecision, Agency, Program, in_force
from portal.agencies.periods import months_between
from portal.agencies.queries import current_profile

Row = Standing | PublishedStanding
HISTORY_SHOWN = 24
CHILDREN_SHOWN = 60
GAPS_SHOWN = 8


@dataclass(frozen=True)
class AgencyReading:
    """An agency under one measure. `result` is what it stands on, or its latest where it has no value now.

    `detail` is for those who may see item levels; None for all others.
    """

    points: tuple[ScorePoint, ...]
    standing: Row | None
    result: Result | None
    age: int | None  # months since the assessed period ended
    change: int | None  # of the score since the result before, in millionths
    before: Result | None
    stages: tuple[StageBar, ...]
    domains: tuple[DomainBar, ...]
    detail: ResultReading | None
    history: tuple[Result, ...]
    declared: tuple[SelfDeclaration, ...]
    rules: RuleLines  # where the rule of its line changed
    split: Split | None  # of the change since the result before, where it is not all real
    basis: Succession | None  # what the result rests on, where it was approved under another rule
    publication: Publication | None  # by which it stands as it stands; None: this is provisional

    @property
    def published(self) -> bool:
        """Whether how it stands was published."""
        return self.publication is not None

    @property
    def state(self) -> str:
        """As in the standings, or not_reporting."""
        return self.standing.state if self.standing else NOT_REPORTING

    @property
    def has_value(self) -> bool:
        """Whether the result still counts."""
        return self.standing is not None and self.standing.result_id is not None

    @property
    def case_studies(self) -> list[CaseStudy]:
        """Those with a lesson for a gap, each once, for the most effective gaps first."""
        gaps = [*self.detail.holding, *self.detail.gaps] if self.detail else []
        found = {lesson.case_study.pk: lesson.case_study for gap in gaps for lesson in gap.lessons}
        return list(found.values())


def read_agency(
    agency: Agency,
    measure: Measure,
    points: Sequence[Point],
    user: User,
    knowledge: Knowledge = PUBLISHED,
) -> AgencyReading:
    """How `agency`, which `user` may know of, stands and stood; the last of `points` is now."""
    now, moment = points[-1], knowledge.approved_before
    all_rules = _standings(agency, measure, now.on, moment)
    published = (
        list(published_rows(agency, measure, now.on, knowledge.publication))
        if knowledge.numbers is Numbers.PUBLISHED
        else []
    )
    # What was published of a month end comes first; the rest is as known now.
    standings: list[Row] = [*published, *(row for row in all_rules if row.method in {measure.method, ""})]
    if not measure.staged:
        points = _begun(points, standings)
    declared = list(SelfDeclaration.objects.filter(agency=agency, model=measure.model)[:HISTORY_SHOWN])
    history = _history(agency, measure, user, moment)
    standing = _standing_on(standings, now.on)
    result = standing.result if standing and standing.result else next(iter(history), None)
    before = _result_before(result, standings)
    sees_details = result is not None and user.can(Right.SEE_DETAILS, agency)
    return AgencyReading(
        points=_score_points(points, standings, declared),
        standing=standing,
        result=result,
        age=months_between(result.period_ends_on, now.on) if result else None,
        change=result.score - before.score if result and before else None,
        before=before,
        stages=_stage_bars(result),
        domains=_domain_bars(result, before),
        detail=read_result(result, today=_last_day(moment))
        if result is not None and sees_details and result.levels
        else None,
        history=tuple(history),
        declared=tuple(declared),
        rules=agency_rule_lines(all_rules, measure, points),
        split=_split(result, before),
        basis=succession_between(result) if result is not None else None,
        publication=_publication(standing),
    )


def score_figure(
    agency: Agency, measure: Measure, on: date, reading: AgencyReading, knowledge: Knowledge, fresh: Freshness
) -> str:
    """The identifier of its score at a month end, as it was read."""
    if reading.publication is not None:
        known = Known(publication=reading.publication.pk)
    else:
        known = known_by(knowledge, None, fresh)
    return str(Figure(f"{OWN}:{agency.slug}", measure.model.slug, measure.method, on, known, "score"))


def statements_of(reading: AgencyReading) -> list[tuple[str, str]]:
    """What the agency said in its own words of the period that is shown, and allowed to be published."""
    if reading.result is None:
        return []
    return published_statements(PeriodFacts.objects.filter(assessment=reading.result.assessment_id).first())


def open_assessments(agency: Agency, user: User) -> QuerySet[Assessment]:
    """What is not yet approved, for those who may see it."""
    found = Assessment.objects.visible_to(user).filter(agency=agency)
    return found.exclude(state=Assessment.State.APPROVED).select_related("version__model")[:HISTORY_SHOWN]


def profile_in_words(agency: Agency) -> list[tuple[str, str]]:
    """Label and value of each field of the profile that is filled in, in the order of the fields."""
    values = current_profile(agency)
    return [
        (entry.label, profile.in_words(entry, values[entry.slug]))
        for entry in profile.FIELDS
        if entry.slug in values
    ]


def decision_of(agency: Agency, on: date) -> AdoptionDecision | None:
    """The decision not to adopt that holds on this day."""
    return agency.adoption_decisions.filter(in_force(on)).first()


def programs_of(agency: Agency, user: User, on: date) -> QuerySet[Program]:
    """The programs that it belongs to on this day, as far as `user` may know of them."""
    member = agency.program_memberships.filter(in_force(on)).values("program_id")
    return Program.objects.visible_to(user).filter(pk__in=member)


def _standings(agency: Agency, measure: Measure, on: date, moment: datetime | None) -> list[Standing]:
    """Its standings up to a day, in order of time: by the rule of `measure`, by those before it, and the
    decisions not to adopt. `moment`: as known by what was approved before it."""
    rules = [one.method for one in (*measure.before, measure)]
    valued = Q(model=measure.model, method__in=rules) & known_at(moment)
    found = Standing.versions.filter(valued | Q(model__isnull=True), agency=agency)
    found = found.up_to(on).select_related("result__version__model", "result__rescores", "result__assessment")
    return list(found.order_by("from_on"))


def published_rows(
    agency: Agency, measure: Measure, on: date, publication: int | None = None
) -> QuerySet[PublishedStanding]:
    """Its standings up to a day that were written down by publications, in order of time; `publication`: as
    of which; `own` of a row: as a published figure."""
    found = PublishedStanding.objects.as_of(publication).filter(agency=agency, from_on__lte=on)
    found = found.filter(model=measure.model, method=measure.method).annotate(own=is_published(measure))
    return found.select_related("result__version__model", "publication__cycle").order_by("from_on")


def agency_publication(agency: Agency, measure: Measure, on: date) -> Publication | None:
    """By which publication it is published how the agency stands at a month end, "not reporting" included."""
    row = published_rows(agency, measure, on).filter(until_on__gte=on).first()
    return _publication(row)


def _publication(standing: Row | None) -> Publication | None:
    """By which a standing is published; None where it is not, or was by an earlier rule."""
    own = isinstance(standing, PublishedStanding) and getattr(standing, "own", True)
    return standing.publication if own and isinstance(standing, PublishedStanding) else None


def _split(result: Result | None, before: Result | None) -> Split | None:
    """The change from one result to the next in its parts; None where all of it is real."""
    if result is None or before is None:
        return None
    found = Split(
        published_then=(before.rescores or before).score,
        published_now=(result.rescores or result).score,
        then=before.score,
        now=result.score,
    )
    crossed = before.rescores_id is not None and result.rescores_id is None
    return found if crossed or found.methodical else None


def _history(agency: Agency, measure: Measure, user: User, before: datetime | None) -> list[Result]:
    """Its results as approved (`before` a moment), the latest first, each with `replaced`: an amendment
    came after it."""
    amended = Assessment.objects.filter(amends=OuterRef("assessment"), state=Assessment.State.APPROVED)
    found = Result.objects.visible_to(user).as_approved().filter(agency=agency, model=measure.model)
    if before is not None:
        found, amended = found.filter(approved_at__lt=before), amended.filter(approved_at__lt=before)
    found = found.select_related("version__model", "rescores").annotate(replaced=Exists(amended))
    return list(found.order_by("-period_ends_on", "-approved_at")[:HISTORY_SHOWN])


def _last_day(moment: datetime | None) -> date | None:
    """The last day of what was known before a moment, on which exemptions held or did not; None: today."""
    return timezone.localdate(moment - timedelta(microseconds=1)) if moment is not None else None


def _standing_on(standings: Sequence[Row], on: date) -> Row | None:
    found = next(
        (row for row in standings if row.from_on <= on and (row.until_on is None or on <= row.until_on)), None
    )
    return None if found is None or found.state == NOT_REPORTING else found


def _result_before(result: Result | None, standings: Sequence[Row]) -> Result | None:
    """The result that the agency stood on before this one came."""
    if result is None:
        return None
    earlier = [
        row.result for row in standings if row.result and row.result.period_ends_on < result.period_ends_on
    ]
    return max(earlier, key=lambda one: one.period_ends_on) if earlier else None


def _begun(points: Sequence[Point], standings: Sequence[Row]) -> Sequence[Point]:
    """The points from the first at which the agency stands anyhow: an index begins with its first edition."""
    return since_first(points, [point.on for point in points if _standing_on(standings, point.on)])


def _score_points(
    points: Sequence[Point], standings: Sequence[Row], declared: Sequence[SelfDeclaration]
) -> tuple[ScorePoint, ...]:
    found = []
    for point in points:
        row = _standing_on(standings, point.on)
        said = [
            d.stage for d in declared if point.period.starts_on <= d.period_ends_on <= point.period.ends_on
        ]
        found.append(
            ScorePoint(
                label=point.label,
                state=row.state if row else None,
                score=row.score if row else None,
                stages_completed=row.stages_completed if row else None,
                declared=said[-1] if said else None,
            )
        )
    return tuple(found)


def _stage_bars(result: Result | None) -> tuple[StageBar, ...]:
    if result is None:
        return ()
    names = dict(Stage.objects.filter(version=result.version_id).values_list("number", "name"))
    return tuple(
        StageBar(stage["number"], names.get(stage["number"], ""), stage["completion"], stage["passes"])
        for stage in result.stages
    )


def _domain_bars(result: Result | None, before: Result | None) -> tuple[DomainBar, ...]:
    """In the order of the version that was answered; before: where the same domain was then."""
    if result is None:
        return ()
    was = before.domains if before else {}
    domains = Domain.objects.filter(version=result.version_id).order_by("number").values_list("slug", "name")
    return tuple(
        DomainBar(name, result.domains[slug]["percent"], was.get(slug, {}).get("percent"))
        for slug, name in domains
        if slug in result.domains
    )
