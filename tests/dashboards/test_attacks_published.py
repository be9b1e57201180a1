"""What outsiders and people of one program try with publications, figures, previews and jobs."""

from datetime import date
from urllib.parse import quote, urlencode

import pytest

from dashboards.forms_reports import people_of
from dashboards.models import Publication, Report
from dashboards.services_publications import correct_publication
from dashboards.services_reports import request_report, run_report
from dashboards.services_what_if import TooManyRuns, request_run
from portal.access.rules import Role
from portal.agencies.models import Agency, ProgramMembership
from portal.jobs import services as jobs
from portal.jobs.models import Job
from tests.dashboards.factories import make_result, refresh_all
from tests.dashboards.test_publications import make_round, publish
from tests.factories import NOW, make_agency, make_program, make_user
from tests.papers.test_reports import LATER, schedule_of, wanted
from tests.world import World


@pytest.fixture
def two_programs(world: World) -> tuple[World, Publication]:
    """Trails is alone in Hidden Harbor, which nobody of Containers First may know of; both published."""
    for agency in (world.grid, world.mines, world.trails):
        make_result(agency, "FY26 Q4", 2.5)
    refresh_all()
    hidden = make_program("Hidden Harbor", [world.trails])
    refresh_all()
    publish(make_round(world.program), world)
    return world, publish(make_round(hidden), world)


def figure(agency: Agency, publication: int) -> str:
    return quote(f"only:{agency.slug}~containers~staged-1@1~2026-09-30~p{publication}~score")


def test_an_identifier_with_a_publication_of_another_program_tells_nothing_of_it(two_programs):
    world, hidden = two_programs
    for persona in ("viewer", "contributor"):
        client = world.client(persona)
        assert client.get(f"/figures/{figure(world.trails, hidden.pk)}/").status_code == 404
        # Nor whether there is one of this number.
        answers = [client.get(f"/figures/{figure(world.grid, pk)}/") for pk in (hidden.pk, 9999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].context["reason"] == answers[1].context["reason"]
        assert "Harbor" not in answers[0].content.decode()


def test_who_left_a_program_reads_published_and_not_by_which_round(world: World):
    """Parks and trails left Hidden Harbor, whose round published their figures and was corrected since."""
    docks = make_agency("Docks")
    hidden = make_program("Hidden Harbor", [world.parks, world.trails, docks])
    for agency in (world.parks, world.trails, docks):
        make_result(agency, "FY26 Q3", 2.0)
        make_result(agency, "FY26 Q4", 2.5)
    refresh_all()
    cycle = make_round(hidden)
    publish(cycle, world)
    make_result(world.trails, "FY26 Q4", 4.25, amends=world.trails.results.latest("pk"))
    refresh_all()
    last = correct_publication(cycle_id=cycle.pk, reason="A secret reason.", by=world.administrator, at=NOW)
    ProgramMembership.objects.filter(program=hidden).update(until_on=date(2026, 10, 1))
    lead = make_user("parks", Role.LEAD, agency=world.parks)
    client = world.client("outsider")
    said = client.get(f"/api/v1/figures/{figure(world.trails, last.pk)}/").json()
    assert (said["value"], said["status"], said["provisional"]) == ("4.25 of 5", "Reported. Published", False)
    client.force_login(lead)
    asked = {"scope": f"agency:{world.parks.slug}", "at": "2026-09-30"}
    assert not client.get("/", asked).context["series"].provisional
    of_scope = quote(f"agency:{world.parks.slug}~containers~staged-1@1~2026-09-30~p{last.pk}~median")
    client.post(f"/reports/new/?{urlencode(asked)}", {"kind": "one_page", "format": "xlsx"})
    report = Report.objects.get()
    Report.objects.update(publication=last.pk - 1)
    pages = ("/", "/portfolio.csv", "/one-page/", "/one-page/talking-points/", f"/figures/{of_scope}/")
    for path in (*pages, f"/reports/{report.pk}/"):
        answer = client.get(path, asked)
        assert answer.status_code == 200, path
        told = answer.content.decode()
        assert "Harbor" not in told, path
        assert "secret reason" not in told, path


def test_a_figure_is_published_by_what_published_it_and_by_nothing_later(two_programs):
    world, hidden = two_programs
    client = world.client("administrator")
    first = Publication.objects.exclude(pk=hidden.pk).get()
    forged = client.get(f"/api/v1/figures/{figure(world.grid, hidden.pk)}/").json()
    assert "Containers First" in forged["status"]
    assert forged["value"] == "2.50 of 5"
    before = figure(world.grid, first.pk).replace("2026-09-30", "2026-03-31")
    assert client.get(f"/figures/{before}/").status_code == 404  # and not "not reporting, published"


def test_a_correction_shows_people_of_a_program_no_figures_of_agencies_that_never_were_in_it(world: World):
    """Trails is in no program, so that the only round published it with everything else."""
    for agency in (world.grid, world.trails):
        make_result(agency, "FY26 Q4", 2.5)
    refresh_all()
    cycle = make_round(world.program)
    publish(cycle, world)
    for agency in (world.grid, world.trails):
        make_result(agency, "FY26 Q4", 4.25, amends=agency.results.latest("pk"))
    refresh_all()
    last = correct_publication(cycle_id=cycle.pk, reason="Amended.", by=world.administrator, at=NOW)
    address = f"/publications/{last.pk}/"
    assert len(world.client("administrator").get(address).context["corrected"]) == 2
    page = world.client("viewer").get(address)
    assert [row.name for row in page.context["corrected"]] == ["Grid Office"]


def test_a_lead_is_not_told_of_rounds_of_a_program_that_the_agency_left(two_programs):
    world, _ = two_programs
    former = make_program("Former Fleet", [world.grid])
    ProgramMembership.objects.filter(program=former).update(until_on=date(2021, 1, 1))
    make_round(former)
    make_round(world.program, "FY26 Q3")
    html = world.client("lead").get(f"/agencies/{world.grid.slug}/").content.decode()
    assert "Containers First FY26 Q3" in html or "is in preview" in html
    assert "Former Fleet" not in html


def test_officers_of_other_programs_learn_no_names_from_the_jobs_of_schedules(two_programs):
    world, _ = two_programs
    report = request_report(
        wanted=wanted(world), by=None, at=LATER, schedule=schedule_of(world), occasion="once"
    )
    attempt = jobs.claim(job_id=report.job_id, at=LATER)
    assert attempt is not None
    assert run_report(attempt=attempt, clock=lambda: LATER) is not None
    other = make_user("harbor", Role.OFFICER, program=Publication.objects.last().cycle.program)
    assert Job.objects.get(pk=report.job_id).state == "done"
    client = world.client("officer")
    client.force_login(other)
    html = client.get("/jobs/").content.decode()
    assert f"Report {report.pk} of a schedule has ended." in html
    assert "containers-first" not in html


def test_nobody_fills_the_queue_with_reports_and_what_ifs(two_programs):
    world, _ = two_programs
    officer, client = world.officer, world.client("officer")
    for _number in range(20):
        request_report(wanted=wanted(world), by=officer, at=LATER)
    asked = urlencode({"scope": f"program:{world.program.slug}"})
    page = client.post(f"/reports/new/?{asked}", {"kind": "one_page", "format": "xlsx"}, follow=True)
    assert "20 reports of yours are being made" in page.content.decode()
    body = {"kind": "one_page", "format": "xlsx", "scope": f"program:{world.program.slug}"}
    assert client.post("/api/v1/reports/", body, content_type="application/json").status_code == 403
    assert Report.objects.count() == 20
    Job.objects.update(state=Job.State.DONE)
    assert client.post("/api/v1/reports/", body, content_type="application/json").status_code == 201
    for number in range(6):
        if number == 5:
            with pytest.raises(TooManyRuns):
                run_what_if(world)
        else:
            run_what_if(world)


def run_what_if(world: World) -> None:
    asked = wanted(world)
    assert asked.scope is not None
    request_run(
        scope=asked.scope,
        measure=asked.measure,
        on=asked.on,
        read=None,
        period_label="FY26 Q4",
        working=None,
        practices=[],
        by=world.officer,
        at=LATER,
    )


def test_who_left_a_program_is_no_longer_offered_as_a_recipient(world: World):
    assert world.viewer in people_of(world.program)
    world.viewer.memberships.update(until_on=date(2021, 1, 1))
    assert world.viewer not in people_of(world.program)
    assert {world.officer, world.reviewer, world.administrator} <= set(people_of(world.program))
