"""The demonstration: a whole fictional government, the same on every machine."""

from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from assessments.models import (
    Assessment,
    Comment,
    Cycle,
    Exemption,
    Following,
    InstrumentRun,
    ItemDecision,
    ReportingUnit,
    Result,
    Review,
    Step,
    Thread,
)
from assessments.queries_cycles import asked_with_status
from assessments.queries_exemptions import exempt_slugs
from assessments.queries_runs import outcome_in
from dashboards.demonstration import paths
from dashboards.demonstration.government import DEPARTMENT
from dashboards.demonstration.load import AlreadyThere, load_demonstration
from dashboards.demonstration.running import DRAFT, SHOWN, run_instruments
from dashboards.models import Briefing, Commitment, PeerGroup, Report, ReportSchedule, SavedView, Trend
from maturity.instruments.pack import INSTRUMENTS, read_instruments
from maturity.models import ModelVersion
from maturity.pack import PACKS, read_pack
from maturity.services import publish_pack
from maturity.services_instruments import publish_instruments
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import AdoptionDecision, Agency
from tests.factories import NOW, make_agency, make_user


def published() -> ModelVersion:
    return publish_pack(pack=read_pack(PACKS / "container-adoption"), by=None, at=NOW).version


@pytest.fixture
def shorter(monkeypatch: pytest.MonkeyPatch):
    """Three quarters instead of twelve: the same stories, sooner told."""
    monkeypatch.setattr("dashboards.demonstration.load.QUARTERS", 3)


@pytest.mark.django_db
def test_a_government_with_people_assessments_and_work_to_do(shorter: None):
    load_demonstration(version=published(), at=NOW, say=str)
    tree = Counter(Agency.objects.values_list("depth", flat=True))
    assert tree == {0: 24, 1: 100}
    assert not Agency.objects.filter(demonstration=False).exists()
    assert {user.username for user in User.objects.all()} == {*Role, "author"}
    assert AdoptionDecision.objects.exists()
    states = Counter(Assessment.objects.values_list("state", flat=True))
    assert (states["draft"], states["submitted"], states["returned"]) == (1, 6, 2)
    assert Result.objects.count() == states["approved"] > 100
    assert Step.objects.filter(state="returned").exclude(comment="").count() == 2
    # The reviewer of the demonstration answered nothing, and so may approve.
    assert not User.objects.get(username=Role.REVIEWER).is_superuser


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_scores(shorter: None):
    load_demonstration(version=published(), at=NOW, say=str)
    scores = list(Result.objects.order_by("agency__slug", "period_ends_on").values_list("score", flat=True))
    assert scores[:3] != scores[3:6]
    assert paths.draw_story(5, 2026) == paths.draw_story(5, 2026)
    assert sum(scores) == 185_405_975  # changes only where stories, model or scoring do


@pytest.mark.django_db
def test_it_is_not_mixed_with_real_agencies():
    make_agency("A real one")
    with pytest.raises(AlreadyThere, match="empty database"):
        load_demonstration(version=published(), at=NOW, say=str)


@pytest.mark.django_db
def test_the_command_computes_the_trends_and_leaves_the_log_ins(shorter: None):
    published()
    said = StringIO()
    force = [] if settings.EMBEDDED else ["--force"]
    if force:
        with pytest.raises(CommandError, match="--force"):
            call_command("load_demo", stdout=said)
    call_command("load_demo", *force, stdout=said)
    assert "administrator  demonstration" in said.getvalue()
    assert "lead" in (Path(settings.VAR_DIR) / "demonstration-log-ins.txt").read_text()
    assert Trend.objects.filter(scope__program__slug="containers-first", reported__gt=0).exists()
    # What people do with the numbers is there as well, so that no page of theirs is empty.
    assert Briefing.objects.exclude(sentence="").count() == 1
    assert Commitment.objects.exclude(briefing=None).count() == 4
    assert Report.objects.filter(job__isnull=False).count() == 1
    assert ReportSchedule.objects.filter(active=True).count() == 1
    assert SavedView.objects.count() == 8
    assert PeerGroup.objects.exists()
    assert not InstrumentRun.objects.exists()  # of what is not published there is nothing to run
    the_round_shows_all_states()
    people_answer_together()
    reviews_are_at_every_step()


def the_round_shows_all_states() -> None:
    """Whom the running round asks and how, who may be later, and whom the data call went to."""
    running = Cycle.objects.get(state=Cycle.State.COLLECTING)
    units = Counter(ReportingUnit.objects.filter(period_ends_on=running.period_ends_on).values_list("mode"))
    assert units == {("rolled_up",): 1, ("covered",): 4}
    assert running.extensions.exclude(reason="").count() == 1
    assert running.nothing_to_report.count() == 1
    statuses = set(asked_with_status(running).values_list("status", flat=True))
    assert {"rolled_up", "covered", "not_adopting", "nothing", "approved"} <= statuses
    call = running.data_calls.get()
    letters = Counter(call.letters.values_list("state", flat=True))
    assert letters["nobody"] == 1
    assert letters["waiting"] + letters["sent"] >= 3
    assert not call.letters.exclude(address="").exclude(address__endswith=".example").exists()
    assert running.reminder_plans.count() == 4
    assert running.answer_files.count() == 1
    home = Agency.objects.get(name="Lighthouse Service")
    promised = home.commitments.filter(status="open", due_on__lt=timezone.localdate())
    assert (home.commitments.count(), promised.count()) == (3, 1)


def people_answer_together() -> None:
    """Evidence with its owner, exemptions, parts of people, comments, a shared platform, a check-in."""
    running = Cycle.objects.get(state=Cycle.State.COLLECTING)
    draft = Assessment.objects.get(agency__name="Lighthouse Service", period_ends_on=running.period_ends_on)
    kinds = set(draft.evidence.values_list("kind", flat=True))
    assert kinds == {"file", "link", "statement"}
    assert draft.evidence.get(kind="file").owner == User.objects.get(username=Role.CONTRIBUTOR)
    assert draft.evidence.expiring(timezone.localdate()).count() == 1
    assert draft.evidence.annotate(uses_of_it=Count("uses")).filter(uses_of_it=2).count() == 1
    assert Counter(Exemption.objects.values_list("state", flat=True)) == {"approved": 1, "asked": 1}
    assert draft.assignments.count() == 3
    # Nothing of it leaves an item out of the draft, which a newcomer is to finish in minutes.
    assert not exempt_slugs(draft)
    assert Comment.objects.filter(mentions__username=Role.CONTRIBUTOR).count() == 1
    assert Thread.objects.filter(resolved_at__isnull=False).count() == 1
    followed = Following.objects.filter(answer__assessment=draft)
    assert followed.filter(source__assessment__agency=draft.agency.parent).count() >= 1
    check_in = Assessment.objects.get(kind="check_in", state="draft")
    confirmed = check_in.answers.filter(confirmed_at__isnull=False).count()
    assert 0 < confirmed < check_in.answers.count()


def reviews_are_at_every_step() -> None:
    """One waits with something changed, one is returned with a question, one approved with another level."""
    plans = [review.plan for review in Review.objects.filter(assessment__state="submitted")]
    assert any("changed" in str(plan) for plan in plans)
    told = ItemDecision.objects.exclude(kind="agreed")
    assert told.filter(assessment__state="returned", kind="asked").count() == 1
    disagreement = told.get(assessment__state="approved")
    assert disagreement.kind == "set"
    assert disagreement.replies.get().by == User.objects.get(username=DEPARTMENT)


@pytest.mark.django_db
def test_a_few_agencies_have_run_instruments_and_one_has_run_them_again():
    publish_instruments(instruments=read_instruments(INSTRUMENTS), by=None, at=NOW)
    home, *others = (make_agency(name) for name in ("Lighthouse Service", "Mint", "Post"))
    people = {Role.LEAD: make_user("lead", Role.LEAD, agency=home)}
    people[Role.ADMINISTRATOR] = make_user("administrator", Role.ADMINISTRATOR)
    run_instruments(home=home, people=people, at=NOW)
    runs = InstrumentRun.objects.finished()
    assert set(runs.values_list("instrument", flat=True)) == set(SHOWN)
    assert {run.agency for run in runs} == {home, *others}
    assert runs.exclude(repeats=None).filter(agency=home).count() == len(SHOWN)
    assert InstrumentRun.objects.get(state="open").instrument == DRAFT
    assert any(run.outcome["offers"] for run in runs)
    scores = {
        run.repeats_id is None: outcome_in(run).measures[0].value
        for run in runs.filter(agency=home, instrument=SHOWN[0])
    }
    assert int(float(scores[True])) < int(float(scores[False]))  # it got better


def test_every_kind_of_story_is_told():
    stories = Counter(paths.draw_story(number, 2026).path for number in range(124))
    assert set(stories) == set(paths.Path)
    assert stories[paths.Path.STEADY] > 40


def test_a_stuck_agency_stays_and_a_falling_one_falls():
    stuck = paths.Story(paths.Path.STUCK, 1, 1.0, 0.1)
    assert stuck.progress(4, 5) == stuck.progress(11, 5)
    falling = paths.Story(paths.Path.FALLING_BACK, 1, 1.0, 0.1)
    assert falling.progress(11, 5) < falling.progress(6, 5)
    silent = paths.Story(paths.Path.SILENT, 1, 1.0, 0.1)
    assert silent.reports(5)
    assert not silent.reports(6)
