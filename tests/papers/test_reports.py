"""Reports: made by a worker, for who may see them at that moment, the same when they are published."""

from datetime import timedelta

import pytest
from django.core import mail

from dashboards.models import Briefing, Commitment, Report, ReportDelivery, ReportSchedule, Scope
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import publication_at
from dashboards.services_publications import publish_cycle
from dashboards.services_reports import (
    MayNotDownload,
    Wanted,
    hand_out,
    read_file,
    remove_old_files,
    request_report,
    run_report,
)
from dashboards.services_schedules import deliver, deliver_waiting, request_due
from portal.access.models import Membership, User
from portal.agencies.models import ProgramMembership
from portal.audit.models import AuditEntry
from portal.jobs import services as jobs
from portal.jobs.models import Job
from tests.dashboards.factories import at, make_result, month, refresh_all
from tests.factories import NOW
from tests.papers.test_reading import SEPTEMBER, make_cycle
from tests.world import World

LATER = at(2026, 11, 23)


@pytest.fixture
def published(world: World) -> World:
    """The last quarter of the program is published."""
    for agency, before, now in ((world.grid, 1.2, 2.5), (world.mines, 1.5, 1.5), (world.trails, 1.0, 2.0)):
        make_result(agency, "FY26 Q3", before)
        make_result(agency, "FY26 Q4", now)
    refresh_all()
    for period in ("FY26 Q3", "FY26 Q4"):
        publish_cycle(cycle_id=make_cycle(world.program, period).pk, by=None, at=at(2026, 11, 22))
    return world


def wanted(world: World, kind: str = "one_page", form: str = "xlsx", *, is_published: bool = True) -> Wanted:
    scope = Scope.objects.select_related("program").get(program=world.program)
    measure = measures_in_use(scope)[0]
    publication = publication_at(scope, measure, SEPTEMBER) if is_published else None
    return Wanted(kind, form, measure, SEPTEMBER, 10, scope, publication=publication)


def made(world: World, by: User | None, schedule: ReportSchedule | None = None, **asked: object) -> Report:
    report = request_report(
        wanted=wanted(world, **asked), by=by, at=LATER, schedule=schedule, occasion="once" if schedule else ""
    )
    run(report)
    return Report.objects.with_list_relations().get(pk=report.pk)


def run(report: Report) -> None:
    attempt = jobs.claim(job_id=report.job_id, at=LATER)
    assert attempt is not None
    run_report(attempt=attempt, clock=lambda: LATER)


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["pdf", "pptx", "xlsx"])
def test_the_same_published_report_is_the_same_whoever_asks_and_whenever(published: World, form: str):
    first = made(published, published.viewer, form=form)
    make_result(published.energy, "FY26 Q4", 5.0, approved_at=LATER)
    refresh_all(LATER)
    second = made(published, published.officer, form=form)
    assert first.marking == second.marking == "PUBLISHED revision 1"
    assert first.checksum == second.checksum
    assert read_file(first) == read_file(second)


@pytest.mark.django_db
def test_what_is_provisional_names_who_took_it(published: World):
    mine = made(published, published.viewer, is_published=False)
    theirs = made(published, published.officer, is_published=False)
    assert mine.marking == "PROVISIONAL"
    assert mine.checksum != theirs.checksum


@pytest.mark.django_db
def test_the_programs_words_make_another_report_and_are_dated(published: World):
    before = made(published, published.officer)
    Briefing.objects.create(
        program=published.program,
        period_ends_on=SEPTEMBER,
        period_label="FY26 Q4",
        sentence="We moved.",
        changed_at=LATER,
    )
    assert made(published, published.officer).checksum != before.checksum


@pytest.mark.django_db
def test_a_report_runs_as_a_job_with_progress_and_is_in_the_audit(published: World):
    report = made(published, published.officer)
    job = report.job
    assert job is not None
    assert (job.state, job.done, job.total, job.queue) == ("done", 3, 3, "default")
    hand_out(report=report, reader=published.officer, at=LATER)
    actions = list(
        AuditEntry.objects.filter(object_type="dashboards.report")
        .order_by("id")
        .values_list("action", flat=True)
    )
    assert actions == ["report.requested", "report.made", "report.downloaded"]


@pytest.mark.django_db
def test_a_run_that_was_lost_is_made_again_in_the_same_place(published: World):
    report = request_report(wanted=wanted(published), by=published.officer, at=LATER)
    first = jobs.claim(job_id=report.job_id, at=LATER)
    assert first is not None
    run_report(attempt=first, clock=lambda: LATER)
    kept = Report.objects.get(pk=report.pk)
    assert report.job is not None
    Job.objects.filter(pk=report.job.pk).update(state="queued")
    run(report)
    again = Report.objects.get(pk=report.pk)
    assert (again.file, again.checksum) == (kept.file, kept.checksum)


@pytest.mark.django_db
def test_rights_are_those_of_the_reader_at_that_moment(published: World):
    client = published.client("viewer")
    report = made(published, published.viewer)
    assert client.get(f"/reports/{report.pk}/file/").status_code == 200
    assert published.client("lead").get(f"/reports/{report.pk}/file/").status_code == 404
    Membership.objects.filter(user=published.viewer).delete()
    assert client.get(f"/reports/{report.pk}/file/").status_code == 404
    assert client.get(f"/reports/{report.pk}/").status_code == 404


@pytest.mark.django_db
def test_a_file_that_names_an_agency_that_left_is_not_handed_out_to_who_may_not_know_it(published: World):
    report = made(published, published.viewer)
    assert published.grid.slug in report.named
    ProgramMembership.objects.filter(agency=published.grid).update(until_on=month("2026-09"))
    reader = User.objects.get(pk=published.viewer.pk)
    with pytest.raises(MayNotDownload):
        hand_out(report=report, reader=reader, at=LATER)
    assert published.client("viewer").get(f"/reports/{report.pk}/file/").status_code == 403
    assert hand_out(report=report, reader=published.administrator, at=LATER)


@pytest.mark.django_db
def test_an_agencys_report_holds_gaps_only_for_who_may_see_them(published: World):
    report = Report()
    for persona, details in (("viewer", False), ("lead", True)):
        client = published.client(persona)
        answer = client.post(f"/agencies/{published.grid.slug}/report/", {"format": "xlsx"})
        report = Report.objects.latest("pk")
        assert answer.status_code == 302
        assert report.details is details
        run(report)
    assert published.client("viewer").get(f"/reports/{report.pk}/").status_code == 404


def schedule_of(world: World, when: str = "publication", **fields: object) -> ReportSchedule:
    row = ReportSchedule.objects.create(
        program=world.program, kind="one_page", format="xlsx", when=when, created_at=NOW, **fields
    )
    row.recipients.set([world.viewer, world.officer, world.outsider])
    return row


@pytest.mark.django_db
def test_a_schedule_makes_a_report_once_for_each_publication(published: World):
    schedule = schedule_of(published)
    assert request_due(at=LATER) == 1
    assert request_due(at=LATER + timedelta(days=3)) == 0
    report = Report.objects.get(schedule=schedule)
    assert report.on == SEPTEMBER
    assert report.publication is not None


@pytest.mark.django_db
def test_what_was_published_before_a_schedule_is_not_sent(published: World):
    schedule = schedule_of(published)
    ReportSchedule.objects.filter(pk=schedule.pk).update(created_at=LATER)
    assert request_due(at=LATER) == 0


@pytest.mark.django_db
def test_monthly_is_once_a_month_and_a_resting_schedule_never(published: World):
    schedule = schedule_of(published, "monthly")
    assert [request_due(at=at(2026, 11, 23)), request_due(at=at(2026, 11, 30))] == [1, 0]
    assert request_due(at=at(2026, 12, 1)) == 1
    ReportSchedule.objects.filter(pk=schedule.pk).update(active=False)
    assert request_due(at=at(2027, 1, 1)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("attach", [True, False])
def test_a_report_is_sent_once_to_each_who_may_see_it_now(published: World, attach: bool):
    report = made(published, None, schedule_of(published, attach=attach))
    assert deliver(report=report, at=LATER) == 2
    assert sorted(message.to[0] for message in mail.outbox) == ["officer@example.gov", "viewer@example.gov"]
    assert all(f"/reports/{report.pk}/" in message.body for message in mail.outbox)
    assert [len(message.attachments) for message in mail.outbox] == [int(attach)] * 2
    assert deliver(report=report, at=LATER) == 0, "once"
    assert deliver_waiting(at=LATER) == 0
    withheld = ReportDelivery.objects.get(sent=False)
    assert withheld.person == published.outsider


@pytest.mark.django_db
def test_old_files_go_and_what_was_made_stays_known(published: World):
    report = made(published, published.officer)
    assert remove_old_files(at=LATER + timedelta(days=99), days=100) == 0
    assert remove_old_files(at=LATER + timedelta(days=101), days=100) == 1
    assert published.client("officer").get(f"/reports/{report.pk}/file/").status_code == 404
    assert "Removed" in published.client("officer").get(f"/reports/{report.pk}/").content.decode()


@pytest.mark.django_db
def test_the_one_page_is_on_the_screen_with_its_tables(published: World):
    client, scope = published.client("viewer"), f"program:{published.program.slug}"
    page = client.get("/one-page/", {"scope": scope}).content.decode()
    assert "PUBLISHED revision 1" in page
    assert 'role="img"' in page
    assert "style=" not in page, "the content policy forbids it"
    text = client.get("/one-page/tables/stages.csv", {"scope": scope}).content.decode()
    assert "FY26 Q4" in text
    assert "Exported by viewer" in text
    assert AuditEntry.objects.filter(action="one_page.exported").exists()
    assert client.get("/one-page/tables/nothing.csv", {"scope": scope}).status_code == 404
    points = client.get("/one-page/talking-points/", {"scope": scope}).content.decode()
    assert "not told by five agencies yet" in points


@pytest.mark.django_db
def test_a_report_is_asked_for_on_the_one_page(published: World):
    address = f"/reports/new/?scope=program:{published.program.slug}"
    answer = published.client("viewer").post(address, {"kind": "talking_points", "format": "pptx"})
    report = Report.objects.get()
    assert answer["Location"] == f"/reports/{report.pk}/"
    assert (report.requested_by, report.publication_id is None) == (published.viewer, False)
    assert published.client("lead").post(address, {"kind": "full", "format": "pdf"}).status_code == 403


@pytest.mark.django_db
def test_an_officer_writes_the_programs_words_and_carries_commitments(published: World):
    client, base = published.client("officer"), f"/briefings/{published.program.slug}"
    promised = {"text": "Hire two", "owner": "CIO", "status": "open"}
    words = {"sentence": "We\nmoved.", "decisions": "Fund it.\n\nTrain people."}
    assert client.post(f"{base}/2026-06-30/", words).status_code == 302
    assert client.post(f"{base}/2026-06-30/commit/", promised).status_code == 302
    earlier = Briefing.objects.get()
    assert (earlier.sentence, earlier.decision_lines) == ("We moved.", ["Fund it.", "Train people."])
    assert "Hire two" in client.get(f"{base}/2026-09-30/").content.decode()
    page = client.get("/one-page/", {"scope": f"program:{published.program.slug}"}).content.decode()
    assert "Hire two" in page
    commitment = Commitment.objects.get()
    done = promised | {"status": "kept", "closed_on": "2026-06-15", "revision": 1}
    assert client.post(f"/commitments/{commitment.pk}/", done).status_code == 302
    page = client.get("/one-page/", {"scope": f"program:{published.program.slug}"}).content.decode()
    assert "Hire two" not in page, "done before the quarter began"
    assert client.post(f"{base}/2026-09-30/", {"decisions": "\n".join("abcde")}).status_code == 422
    assert client.get(f"{base}/2026-09-29/").status_code == 404
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"briefing.written", "commitment.made", "commitment.changed"} <= actions


@pytest.mark.django_db
def test_reports_over_the_api(published: World):
    client = published.client("viewer")
    asked = {"kind": "one_page", "format": "xlsx", "scope": f"program:{published.program.slug}"}
    answer = client.post("/api/v1/reports/", asked, content_type="application/json")
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["file"]) == ("queued", None)
    run(Report.objects.get())
    report = client.get(f"/api/v1/reports/{answer.json()['id']}/").json()
    assert (report["state"], report["marking"], report["on"]) == (
        "done",
        "PUBLISHED revision 1",
        "2026-09-30",
    )
    assert client.get(report["file"]).content[:2] == b"PK"
    assert [row["id"] for row in client.get("/api/v1/reports/").json()["results"]] == [report["id"]]
    hidden = asked | {"scope": "everything"}
    assert client.post("/api/v1/reports/", hidden, content_type="application/json").status_code == 403


@pytest.mark.django_db
def test_where_pango_is_missing_the_job_says_what_to_install(
    published: World, monkeypatch: pytest.MonkeyPatch
):
    from dashboards.papers import pdf

    def missing() -> None:
        raise pdf.CannotMakePdf(pdf.HOW_TO_INSTALL)

    monkeypatch.setattr(pdf, "_weasyprint", missing)
    report = made(published, published.officer, form="pdf")
    assert report.made_at is None
    assert report.job is not None
    assert report.job.state == "failed"
    assert "apt-get install libpango" in report.job.message
