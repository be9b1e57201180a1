"""Loading the demonstration: the Commonwealth of Avelen, its people, and three years of assessments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from assessments.models import (
    Answer,
    Assessment,
    Cycle,
    Evidence,
    EvidenceUse,
    PeriodFacts,
    Result,
    RoundKind,
    Step,
)
from assessments.results import build_result
from dashboards.demonstration.government import make_agencies, make_people, make_program
from dashboards.demonstration.paths import Path as StoryPath
from dashboards.demonstration.paths import Story, draw_story, levels_at
from dashboards.demonstration.season import arrange_round
from dashboards.services_cohorts import create_cohort
from maturity.levels import Level, ModelRules
from maturity.models import Item, ModelVersion
from maturity.queries import rules_of
from maturity.scoring import Dated
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import AdoptionDecision, Agency, Program
from portal.agencies.periods import Period, following, label, period_of
from portal.agencies.profile_filter import read_filter
from portal.agencies.services import mark_stale
from portal.audit.services import record

SEED = 2026
QUARTERS = 12
GROUPS = {"Ministries": {"type": "cabinet-level"}, "Large agencies": {"size": "large"}}
REASON_LEFT_OUT = "All of this is bought as a managed service, so it could never apply to us."


class AlreadyThere(Exception):
    """The portal has agencies: invented ones are not mixed with them."""


@dataclass
class Batch:
    """Rows of one quarter, written together."""

    answers: list[Answer] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    uses: list[EvidenceUse] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True)
class Cast:
    """What everything is made with."""

    version: ModelVersion
    rules: ModelRules
    items: dict[str, Item]
    people: dict[str, User]
    stories: dict[Agency, Story]


@transaction.atomic
def load_demonstration(*, version: ModelVersion, at: datetime, say: Callable[[str], None]) -> Program:
    """Fill an empty portal; the same seed gives the same government on every machine.

    Standings and trends are not computed here, but every agency is marked stale. Raises AlreadyThere.
    """
    if Agency.objects.exists():
        raise AlreadyThere("There are agencies already. Load the demonstration into an empty database.")
    today = timezone.localdate(at)
    first = following(period_of(today), -QUARTERS)
    agencies = make_agencies(since=first.starts_on, seed=SEED, at=at)
    program = make_program(agencies=agencies, version=version, since=first.starts_on)
    items = {item.slug: item for item in version.items.all()}
    stories = {agency: draw_story(number, SEED) for number, agency in enumerate(agencies)}
    home = next(agency for agency in agencies if agency.name == "Lighthouse Service")
    stories[home] = Story(StoryPath.STEADY, 7, 0.9, 0.16)
    cast = Cast(
        version,
        rules_of(version),
        items,
        make_people(program=program, home=home, since=first.starts_on),
        stories,
    )
    _decide_not_to_adopt(stories, first.starts_on)
    for quarter in range(QUARTERS):
        period = following(first, quarter)
        # The last one is in preview, so that both are to be seen: published figures and provisional ones.
        last = quarter == QUARTERS - 1
        state = Cycle.State.PREVIEW if last else Cycle.State.PUBLISHED
        kind = _open_cycle(program, version, period, state).kind
        count = _write_quarter(cast, quarter, period, kind)
        say(f"{label(period)}: {count} assessments")
    _write_running_quarter(cast, home, program, period_of(today), at)
    mark_stale(agencies=agencies, reason="demonstration loaded", at=at)
    for name, asked in GROUPS.items():
        create_cohort(name=name, program=program, conditions=read_filter(asked), within=None, by=None, at=at)
    record(action="load", obj=program, by=None, at=at, changes={"agencies": len(agencies)})
    return program


def _moment(day: date, hour: int = 15) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def _decide_not_to_adopt(stories: dict[Agency, Story], since: date) -> None:
    AdoptionDecision.objects.bulk_create(
        AdoptionDecision(
            agency=agency,
            reason="Everything here is bought as software as a service.",
            from_on=since,
            review_on=since.replace(year=since.year + 4),
        )
        for agency, story in stories.items()
        if story.path is StoryPath.NOT_ADOPTING
    )


def _open_cycle(program: Program, version: ModelVersion, period: Period, state: Cycle.State) -> Cycle:
    due = period.ends_on + timedelta(days=30)
    return Cycle.objects.create(
        program=program,
        kind=RoundKind.CHECK_IN if state == Cycle.State.PREVIEW else RoundKind.FULL,
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=label(period),
        due_on=due,
        state=state,
        preview_ends_on=timezone.localdate() + timedelta(days=7) if state == Cycle.State.PREVIEW else None,
        opened_at=_moment(period.starts_on),
        published_at=_moment(due + timedelta(days=10)) if state == Cycle.State.PUBLISHED else None,
    )


def _write_quarter(cast: Cast, quarter: int, period: Period, kind: str) -> int:
    """The approved assessments of one quarter; how many."""
    reporting = [agency for agency, story in cast.stories.items() if story.reports(quarter)]
    approved_at = {agency: _approved_at(cast.stories[agency], period) for agency in reporting}
    assessments = Assessment.objects.bulk_create(
        _assessment(cast, agency, period, Assessment.State.APPROVED, approved_at[agency], kind)
        for agency in reporting
    )
    batch = Batch()
    for assessment in assessments:
        story, moment = cast.stories[assessment.agency], approved_at[assessment.agency]
        levels = levels_at(story, quarter, cast.rules)
        evidence = _add_answers(batch, cast, assessment, levels, period)
        batch.results.append(
            build_result(
                assessment=assessment,
                rules=cast.rules,
                levels=levels,
                evidence={slug: [Dated(day)] for slug, day in evidence.items()},
                approved_at=moment,
            )
        )
        batch.steps += _steps(cast, assessment, period, moment)
    _write(batch)
    PeriodFacts.objects.bulk_create(
        _facts(assessment, cast.stories[assessment.agency], quarter)
        for assessment in assessments
        if cast.stories[assessment.agency].seed % 4
    )
    return len(assessments)


def _facts(assessment: Assessment, story: Story, quarter: int) -> PeriodFacts:
    """What most agencies tell of a quarter: more and more of their suitable systems run in containers."""
    systems = 20 + story.seed % 60
    suitable = systems * 3 // 4
    containers = suitable * min(quarter * (1 + story.seed % 5), 60) // 100
    savings = containers * 1_500 if story.seed % 3 == 0 and containers else None
    return PeriodFacts(
        assessment=assessment,
        systems=systems,
        suitable=suitable,
        containers=containers,
        clusters=1 + containers // 10,
        trained=story.seed % 9,
        savings=savings,
        calculation="Hours of set-up saved, at the rate of the team, less what the platform cost."
        if savings
        else "",
        progress="The first team runs its services on the shared platform.",
        publish_progress=bool(story.seed % 2),
        minutes=60 + story.seed % 180,
        saved_by=assessment.created_by,
        saved_at=assessment.created_at,
    )


def _approved_at(story: Story, period: Period) -> datetime:
    """Two to five weeks after the period's end."""
    return _moment(period.ends_on + timedelta(days=14 + story.seed % 21))


def _assessment(
    cast: Cast,
    agency: Agency,
    period: Period,
    state: Assessment.State,
    approved_at: datetime | None,
    kind: str = RoundKind.FULL,
) -> Assessment:
    submitted = state in {Assessment.State.SUBMITTED, Assessment.State.APPROVED}
    submitted_at = _moment(min(period.ends_on, timezone.localdate()), 10) if submitted else None
    return Assessment(
        agency=agency,
        version=cast.version,
        kind=kind,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=label(period),
        state=state,
        created_by=cast.people["author"],
        created_at=_moment(period.starts_on),
        submitted_by=cast.people["author"] if submitted else None,
        submitted_at=submitted_at,
        attested_by=f"Director of the {agency.name}"[:200] if submitted else "",
        approved_by=cast.people[Role.REVIEWER] if approved_at else None,
        approved_at=approved_at,
    )


def _add_answers(
    batch: Batch, cast: Cast, assessment: Assessment, levels: dict[str, Level], period: Period
) -> dict[str, date]:
    """An answer an item, with a dated statement for most of what is in place; the dates by item slug."""
    at, dated_on = _moment(period.starts_on + timedelta(days=20)), period.starts_on + timedelta(days=10)
    dates: dict[str, date] = {}
    for slug, level in levels.items():
        item = cast.items[slug]
        answer = Answer(
            assessment=assessment,
            item=item,
            level=level,
            reason=REASON_LEFT_OUT if level is Level.NOT_APPLICABLE else "",
            planned_on=period.ends_on + timedelta(days=120) if level is Level.PLANNED else None,
            answered_by=cast.people["author"],
            answered_at=at,
        )
        batch.answers.append(answer)
        if level is Level.IN_PLACE and (item.position + cast.stories[assessment.agency].seed) % 3:
            dates[slug] = dated_on
            batch.evidence.append(
                Evidence(
                    assessment=assessment,
                    kind=Evidence.Kind.STATEMENT,
                    title="Checked by the container team",
                    statement="Seen working in the systems in scope.",
                    dated_on=dated_on,
                    added_by=cast.people["author"],
                    added_at=at,
                    owner=cast.people["author"],
                )
            )
            batch.uses.append(
                EvidenceUse(
                    evidence=batch.evidence[-1], answer=answer, added_by=cast.people["author"], added_at=at
                )
            )
    return dates


def _steps(
    cast: Cast, assessment: Assessment, period: Period, approved_at: datetime | None
) -> Iterator[Step]:
    author, reviewer = cast.people["author"], cast.people[Role.REVIEWER]
    yield Step(assessment=assessment, state="draft", by=author, at=_moment(period.starts_on))
    if assessment.submitted_at is not None:
        yield Step(assessment=assessment, state="submitted", by=author, at=assessment.submitted_at)
    if approved_at is not None:
        yield Step(assessment=assessment, state="approved", by=reviewer, at=approved_at)


def _write(batch: Batch) -> None:
    Answer.objects.bulk_create(batch.answers, batch_size=2_000)
    Evidence.objects.bulk_create(batch.evidence, batch_size=2_000)
    EvidenceUse.objects.bulk_create(batch.uses, batch_size=2_000)
    Step.objects.bulk_create(batch.steps)
    Result.objects.bulk_create(batch.results)


def _write_running_quarter(cast: Cast, home: Agency, program: Program, period: Period, at: datetime) -> None:
    """The quarter that runs: a draft at home, some waiting for review, two returned, the rest not begun."""
    cycle = _open_cycle(program, cast.version, period, Cycle.State.COLLECTING)
    others = [agency for agency, story in cast.stories.items() if story.reports(QUARTERS) and agency != home]
    states = [Assessment.State.DRAFT, *[Assessment.State.SUBMITTED] * 6, *[Assessment.State.RETURNED] * 2]
    batch = Batch()
    for agency, state in zip([home, *others], states, strict=False):
        assessment = _assessment(cast, agency, period, state, None)
        assessment.save()
        levels = levels_at(cast.stories[agency], QUARTERS, cast.rules)
        if agency == home:  # most of it answered, so that a newcomer can finish it in minutes
            levels = dict(list(levels.items())[:-8])
        _add_answers(batch, cast, assessment, levels, period)
        batch.steps += _steps(cast, assessment, period, None)
        if state is Assessment.State.RETURNED:
            comment = "Please add evidence for what is said to be in place at stage 2."
            reviewer = cast.people[Role.REVIEWER]
            batch.steps.append(Step(assessment=assessment, state=state, by=reviewer, at=at, comment=comment))
    _write(batch)
    arrange_round(cycle=cycle, officer=cast.people[Role.OFFICER], at=at)
