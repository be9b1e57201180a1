"""Who is told what, when something is done; never what was answered."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Cycle
from assessments.services_cycles import advance_cycle
from assessments.services_notices import tell_agencies
from assessments.services_preview import reply_to_preview
from assessments.services_review import return_assessment
from maturity.levels import Level
from portal.access.models import Membership
from portal.access.queries_notices import AGENCY_PEOPLE, REVIEWERS, people_of
from portal.access.rules import Role
from portal.access.services_invitations import NewAccount, accept_as_new_person, issue_invitation
from portal.agencies.models import Agency, ProgramMembership
from portal.jobs.models import Job
from portal.jobs.services import LOST_AFTER, MOST_ATTEMPTS, claim, fail, requeue_lost
from portal.notices.models import Notice
from tests.assessments.conftest import approved, case, start_case, submitted  # noqa: F401 - fixtures
from tests.dashboards.factories import make_result, refresh_all
from tests.dashboards.test_publications import correct, make_round, publish
from tests.factories import LONG_AGO, NOW, make_agency, make_user
from tests.jobs.factories import make_job
from tests.maturity.factories import make_small_model
from tests.notices.conftest import told

GRID = "Grid Office FY27 Q1"


def everybody(world, text):
    """The usernames of those whose list shows something with this text."""
    return {name for name, person in world.people.items() if any(text in one for one in told(person))}


def paths(person):
    return list(Notice.objects.filter(person_id=person.pk).order_by("pk").values_list("path", flat=True))


def test_of_a_submitted_assessment_those_who_review_it(submitted):  # noqa: F811
    world = submitted.world
    assert everybody(world, f"{GRID} was submitted and waits for review.") == {"reviewer", "officer"}
    assert paths(world.reviewer) == [f"/assessments/{submitted.assessment.pk}/review/"]


def test_who_answered_in_it_reviews_it_not_and_is_not_asked_to(case):  # noqa: F811
    case.answer_all_asked()
    case.answer("name-owner", Level.IN_PLACE, by=case.world.officer)
    case.submit()
    assert everybody(case.world, f"{GRID} was submitted and waits for review.") == {"reviewer"}


def test_of_an_approval_those_who_worked_on_it_and_the_leads(approved):  # noqa: F811
    world = approved.world
    assert everybody(world, f"{GRID} was approved.") == {"contributor", "lead"}
    assert paths(world.contributor) == [f"/assessments/{approved.assessment.pk}/result/"]


def test_of_a_return_the_same_each_time_and_without_the_comment(submitted):  # noqa: F811
    world = submitted.world
    for _ in range(2):
        return_assessment(
            assessment_id=submitted.assessment.pk,
            revision=submitted.assessment.revision,
            comment="The vault is missing",
            by=world.reviewer,
            at=NOW,
        )
        submitted.submit()
    assert everybody(world, f"{GRID} was returned") == {"contributor", "lead"}
    assert told(world.lead).count(f"{GRID} was returned: see what to change.") == 2
    assert len(told(world.reviewer)) == 3
    assert not Notice.objects.filter(text__contains="vault").exists()


def test_a_lead_of_the_department_is_told_too_a_viewer_not(world):
    head = make_user("head", Role.LEAD, agency=world.energy)
    found = people_of([world.grid, world.trails], AGENCY_PEOPLE, NOW.date())
    assert found == {
        world.grid.pk: {world.lead.pk, world.contributor.pk, head.pk},
        world.trails.pk: {world.outsider.pk},
    }


def test_whose_role_or_account_ended_is_not_told(world):
    Membership.objects.filter(user=world.reviewer).update(until_on=LONG_AGO)
    world.officer.is_active = False
    world.officer.save()
    assert people_of([world.grid], REVIEWERS, NOW.date()) == {world.grid.pk: set()}


def test_whom_to_tell_takes_two_queries_however_many(world, queries_of):
    agencies = list(Agency.objects.all())
    assert queries_of(lambda: people_of(agencies, AGENCY_PEOPLE | REVIEWERS, NOW.date())) == 2


@pytest.fixture
def preview(world):
    cycle = make_round(world.program, state="collecting")
    advance_cycle(cycle_id=cycle.pk, to=Cycle.State.PREVIEW, by=world.officer, at=NOW)
    return cycle


def test_of_a_preview_the_agency_s_people_each_with_their_page(world, preview):
    assert everybody(world, "in preview") == {"contributor", "lead"}
    assert paths(world.lead) == [f"/cycles/{preview.pk}/preview/{world.grid.slug}/"]
    assert world.client("lead").get(paths(world.lead)[0]).status_code == 200


def test_who_has_many_agencies_is_told_once(world):
    head = make_user("head", Role.LEAD, agency=world.energy)
    cycle = make_round(world.program, state="collecting")
    advance_cycle(cycle_id=cycle.pk, to=Cycle.State.PREVIEW, by=world.officer, at=NOW)
    (text,) = told(head)
    assert "3 of your agencies in Containers First FY26 Q4" in text
    client = Client()
    client.force_login(head)
    assert client.get(paths(head)[0]).status_code == 200


def test_of_a_reply_the_other_side_and_who_took_part(world, preview):
    def reply(persona):
        Notice.objects.all().delete()
        reply_to_preview(
            cycle_id=preview.pk, agency=world.grid, text="Secret words", by=world.people[persona], at=NOW
        )
        assert not Notice.objects.filter(text__contains="Secret").exists()
        return everybody(world, "new reply about the figures in preview: Grid Office in Containers First")

    assert reply("lead") == {"officer"}
    assert reply("reviewer") == {"lead"}
    assert reply("officer") == {"lead", "reviewer"}


def test_of_published_and_corrected_figures_the_agency_s_people(world):
    make_result(world.grid)
    refresh_all()
    publication = publish(make_round(world.program), world)
    assert everybody(world, "Figures were published: Grid Office in") == {"contributor", "lead"}
    assert paths(world.lead) == [f"/agencies/{world.grid.slug}/"]
    Notice.objects.all().delete()
    make_result(world.grid, score=4.0, amends=world.grid.results.get())
    refresh_all()
    correct(publication.cycle, world, reason="The vault was counted twice")
    assert everybody(world, "Published figures were corrected: Grid Office in") == {"contributor", "lead"}
    assert not Notice.objects.filter(text__contains="vault").exists()


def test_a_thousand_agencies_are_told_in_few_queries(world, queries_of):
    def round_of(count):
        cycle = make_round(world.program, state="collecting", period=f"FY26 Q{count % 3 + 1}")
        agencies = [make_agency(parent=world.energy) for _ in range(count)]
        ProgramMembership.objects.bulk_create(
            ProgramMembership(program=world.program, agency=agency, from_on=LONG_AGO) for agency in agencies
        )
        return cycle

    def tell(cycle):
        advance_cycle(cycle_id=cycle.pk, to=Cycle.State.PREVIEW, by=world.officer, at=NOW)

    heads = [make_user(f"head-{number}", Role.LEAD, agency=world.energy) for number in range(10)]
    few, many = round_of(3), round_of(1000)
    before = queries_of(lambda: tell(few))
    assert queries_of(lambda: tell(many)) <= before + 8
    assert "1,006 of your agencies" in told(heads[0])[-1]
    assert len(told(heads[0])) == 2


def test_people_of_many_agencies_are_written_in_batches(world, queries_of):
    agencies = [make_agency() for _ in range(300)]
    for number, agency in enumerate(agencies):
        make_user(f"lead-{number}", Role.LEAD, agency=agency)
    cycle = make_round(world.program)

    def tell():
        tell_agencies(
            "figures-published",
            cycle=cycle,
            agencies=agencies,
            key="1",
            page="dashboards:agency-detail",
            with_cycle=False,
            by=None,
            at=NOW,
        )

    assert queries_of(tell) <= 12
    assert Notice.objects.filter(kind="figures-published").count() == 300


def test_of_a_job_that_failed_who_asked_for_it_and_not_its_message(world):
    job, portals = make_job(by=world.lead), make_job()
    for one in (job, portals):
        fail(attempt=claim(job_id=one.pk, at=NOW), at=NOW, message="Secret words")
    assert told(world.lead) == ["Your background job could not be done: Count to ten."]
    assert Notice.objects.count() == 1


def test_of_a_job_that_was_given_up_too(world):
    job = make_job(by=world.lead)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, attempt=MOST_ATTEMPTS, heartbeat_at=NOW - 2 * LOST_AFTER
    )
    requeue_lost(at=NOW)
    requeue_lost(at=NOW)
    assert len(told(world.lead)) == 1


def test_of_an_accepted_invitation_who_invited(world):
    issued = issue_invitation(
        email="new@example.gov", role=Role.CONTRIBUTOR, agency=world.grid, by=world.lead, at=NOW
    )
    account = NewAccount("newcomer", "New Comer", "a long enough password")
    accept_as_new_person(token=issued.token, account=account, at=NOW)
    assert told(world.lead) == ["New Comer accepted your invitation."]
    assert everybody(world, "accepted") == {"lead"}


def test_an_approval_makes_as_many_queries_for_ten_people_as_for_one(world, queries_of):
    def approval(number):
        one = start_case(world, make_small_model(f"model-{number}"))
        one.answer_all_asked()
        one.submit()
        return one

    first = approval(1)
    before = queries_of(first.approve)
    for number in range(10):
        make_user(f"lead-{number}", Role.LEAD, agency=world.grid)
    second = approval(2)
    with CaptureQueriesContext(connection) as captured:
        second.approve()
    notices = [query for query in captured if re.search("notices_", query["sql"])]
    assert len(notices) == 2  # what people chose, and the rows
    assert len(captured) <= before + 8


def test_every_notice_leads_to_a_page_that_there_is(approved):  # noqa: F811
    world = approved.world
    for notice in Notice.objects.all():
        person = next(one for one in world.people.values() if one.pk == notice.person_id)
        client = Client()
        client.force_login(person)
        assert client.get(reverse("notices:notice-open", args=[notice.pk]), follow=True).status_code == 200
