"""What people do with the numbers of the demonstration: briefings, corrections, reports, saved views, runs.

It comes after the figures were computed and published, through the services that everybody uses.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from assessments.models import Answer, Assessment, Cycle
from assessments.services import start_amendment
from assessments.services_answers import fields_of, save_answer
from assessments.services_preview import note_preview_seen, reply_to_preview
from assessments.services_review import Agreeing, approve_assessment, submit_assessment
from dashboards.demonstration.answering import answer_together, check_in_late
from dashboards.demonstration.government import DEPARTMENT, make_department_lead
from dashboards.demonstration.planning import plan_ahead
from dashboards.demonstration.reviewing import review_some
from dashboards.demonstration.running import run_instruments
from dashboards.demonstration.season import promise, run_round
from dashboards.demonstration.stories import show_case_studies
from dashboards.models import Publication, Report, ReportSchedule, Scope
from dashboards.queries.measures import choose_measure, measures_in_use
from dashboards.services import refresh_agency
from dashboards.services_briefings import save_briefing
from dashboards.services_commitments import CommitmentWords, make_program_commitment
from dashboards.services_peers import form_waiting, set_consent
from dashboards.services_publications import correct_publication
from dashboards.services_reports import Wanted, request_report
from dashboards.services_saved import save_view
from dashboards.services_schedules import ScheduleWords, save_schedule
from maturity.levels import Level
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from portal.agencies.periods import Period, period_of

WHY_CORRECTED = "Two practices were reported for a system that has since left the agency."
WHY_WAITING = "The pilot was counted twice."
SENTENCE = "Half of our agencies now run containers with sanction; the next hurdle is limited production."
DECISIONS = [
    "Make image scanning in the registry a condition for the next funding round.",
    "Name one shared platform that components may use without an assessment of their own.",
]
EARLIER = [
    ("Offer two hands-on security courses", "Ministry of Letters", 60, 20),
    ("Publish the hardened base images", "Ministry of Lanterns and Power", 100, None),
    ("Bring all registries behind single sign-on", "Ministry of the Registry", 150, None),
]
NOW_PROMISED = [("Write the runbook for the shared platform", "Ministry of Bridges and Canals", 120, None)]
VIEWS = {
    "How all stand": "/?scope=program:containers-first",
    "Who moved": "/portfolio/transitions/?scope=program:containers-first",
    "Ministries": "/?scope=cohort:ministries",
    "What is ahead": "/forecast/?scope=program:containers-first",
}


def show_more(*, at: datetime) -> None:
    """Fill the pages that live from what people do. Call it once the figures are published."""
    program = Program.objects.get(demonstration=True)
    people = {user.username: user for user in User.objects.all()}
    officer = people[Role.OFFICER]
    rounds = list(program.cycles.filter(state=Cycle.State.PUBLISHED).order_by("period_ends_on"))
    if len(rounds) < 2:
        return
    form_waiting(clock=lambda: at)
    _consent(rounds[-1], officer, at)
    _brief(program, rounds[-2], rounds[-1], officer)
    _correct(rounds[-1], people, at)
    _preview(program, people, at)
    for person in (officer, people[Role.VIEWER]):
        for name, address in VIEWS.items():
            save_view(name=name, address=address, by=person, at=at)
    show_case_studies(people=people, at=at)
    _report(program, rounds[-1], people, at)
    if home := Agency.objects.filter(name="Lighthouse Service").first():
        run_instruments(home=home, people=people, at=at)
        plan_ahead(home=home, lead=people[Role.LEAD], at=at)
        promise(home=home, program=program, lead=people[Role.LEAD], at=at)
        _work(program, home, people, at)


def _work(program: Program, home: Agency, people: dict[str, User], at: datetime) -> None:
    """The rounds under way: who leads the ministry above home, and what people do in them."""
    above = home.parent
    running = program.cycles.filter(state=Cycle.State.COLLECTING).first()
    preview = program.cycles.filter(state=Cycle.State.PREVIEW).first()
    if above is None or running is None or preview is None:
        return
    people |= {DEPARTMENT: make_department_lead(agency=above, at=at)}
    draft = home.assessments.get(period_ends_on=running.period_ends_on)
    answer_together(draft=draft, people=people, at=at)
    check_in_late(cycle=preview, above=above, people=people, at=at)
    run_round(cycle=running, people=people, at=at)
    review_some(program=program, above=above, people=people, at=at)


def _consent(cycle: Cycle, officer: User, at: datetime) -> None:
    """Some that are far agree to be named to their peers."""
    far = Agency.objects.filter(
        assessments__period_ends_on=cycle.period_ends_on, assessments__results__stages_completed__gte=3
    )
    for agency in far.distinct().order_by("name")[:6]:
        set_consent(agency=agency, given=True, by=officer, at=at)


def _brief(program: Program, before: Cycle, last: Cycle, officer: User) -> None:
    """The words of two briefings, as they were written before each was published."""
    for cycle, promises in ((before, EARLIER), (last, NOW_PROMISED)):
        period, at = _period(cycle), (cycle.published_at or cycle.opened_at) - timedelta(days=1)
        if cycle == last:
            save_briefing(
                program=program, period=period, sentence=SENTENCE, decisions=DECISIONS, by=officer, at=at
            )
        for text, owner, due_in, done_in in promises:
            words = CommitmentWords(
                text=text,
                owner=owner,
                due_on=period.ends_on + timedelta(days=due_in),
                status="open" if done_in is None else "kept",
                closed_on=None if done_in is None else period.ends_on + timedelta(days=done_in),
            )
            make_program_commitment(program=program, period=period, words=words, by=officer, at=at)


def _correct(cycle: Cycle, people: dict[str, User], at: datetime) -> None:
    """One correction of what was published, and a change that waits to be published as another."""
    approved = Assessment.objects.filter(
        period_ends_on=cycle.period_ends_on, state=Assessment.State.APPROVED, agency__parent__isnull=False
    )
    # Without one of its must-haves a stage is no longer completed, so the first numbers change.
    chosen = list(approved.filter(results__stages_completed=2).order_by("agency__name")[:2])
    if len(chosen) < 2:
        return
    first, second = chosen
    _amend(first, WHY_CORRECTED, people, at)
    correct_publication(cycle_id=cycle.pk, reason=WHY_CORRECTED, by=people[Role.OFFICER], at=at)
    _amend(second, WHY_WAITING, people, at)


def _amend(assessment: Assessment, reason: str, people: dict[str, User], at: datetime) -> None:
    """The approved assessment again, with two practices that are no longer in place everywhere."""
    author, reviewer = people["author"], people[Role.REVIEWER]
    with transaction.atomic():
        amendment = start_amendment(assessment_id=assessment.pk, reason=reason, by=author, at=at)
        answers = Answer.objects.filter(
            assessment=amendment, level=Level.IN_PLACE, item__kind="practice", item__stage__number__lte=2
        ).select_related("item")
        for answer in answers.order_by("-item__must_have", "-item__stage__number", "item__position")[:2]:
            save_answer(
                assessment_id=amendment.pk,
                item_slug=answer.item.slug,
                revision=answer.revision,
                fields=replace(fields_of(answer), level=Level.PARTIAL),
                by=author,
                at=at,
            )
        amendment.refresh_from_db()
        submitted = submit_assessment(
            assessment_id=amendment.pk,
            revision=amendment.revision,
            attested_by=assessment.attested_by,
            by=author,
            at=at,
        )
        approve_assessment(
            assessment_id=submitted.pk,
            revision=submitted.revision,
            by=reviewer,
            at=at,
            agreeing=Agreeing.REST,
            confirmation="Read through with the agency.",
        )
    refresh_agency(agency_id=amendment.agency_id, at=at)


def _preview(program: Program, people: dict[str, User], at: datetime) -> None:
    """The lead has looked at the figures in preview and asks something."""
    cycle = program.cycles.filter(state=Cycle.State.PREVIEW).first()
    home = Agency.objects.filter(name="Lighthouse Service").first()
    if cycle is None or home is None:
        return
    lead = people[Role.LEAD]
    note_preview_seen(cycle=cycle, agency=home, by=lead, at=at)
    text = "Registry scanning went live in the last week of the quarter. Is it counted here?"
    reply_to_preview(cycle_id=cycle.pk, agency=home, text=text, by=lead, at=at)


def _report(program: Program, cycle: Cycle, people: dict[str, User], at: datetime) -> None:
    """A report that the workers make as soon as they run, and a schedule for the next publications."""
    scope = Scope.objects.get(program=program)
    measure = choose_measure(measures_in_use(scope), "", program.default_model)
    if measure is None:
        return
    latest = Publication.objects.filter(cycle=cycle).order_by("-revision").first()
    request_report(
        wanted=Wanted(
            Report.Kind.ONE_PAGE, "pdf", measure, cycle.period_ends_on, program.year_starts_in, scope,
            publication=latest,
        ),
        by=people[Role.OFFICER],
        at=at,
    )  # fmt: skip
    words = ScheduleWords(
        kind=Report.Kind.ONE_PAGE,
        format="pdf",
        when=ReportSchedule.When.PUBLICATION,
        attach=False,
        active=True,
        recipients=[people[Role.OFFICER], people[Role.VIEWER]],
    )
    save_schedule(program=program, schedule=None, words=words, by=people[Role.OFFICER], at=at)


def _period(cycle: Cycle) -> Period:
    return period_of(cycle.period_ends_on)
