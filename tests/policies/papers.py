"""The one page is for who may see the trend; reports for whoever they are for; words for officers."""

from typing import Any

from dashboards.models import Briefing, Commitment, Report, ReportSchedule, Scope
from dashboards.queries.measures import measures_in_use
from dashboards.services_reports import Wanted, request_report
from tests.assessments.test_cycles import make_cycle
from tests.dashboards.factories import month
from tests.factories import NOW
from tests.policies.dashboards import PROGRAM, _program
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World

WHO_SEES_ALL_OF_IT = ("viewer", "reviewer", "officer", "administrator")
OFFICERS = ("officer", "administrator")
# The program is known to its agencies' people, but written for by its officers alone.
WRITERS = {
    "anonymous": 302, "outsider": 404, "contributor": 403, "lead": 403,
    "viewer": 403, "reviewer": 403, "officer": 200, "administrator": 200,
}  # fmt: skip


def _table(world: World) -> dict[str, str]:
    return {"table": "stages"}


def _briefing(world: World) -> dict[str, Any]:
    return {"slug": world.program.slug, "ends_on": "2026-09-30"}


def _commitment(world: World) -> dict[str, int]:
    briefing = Briefing.objects.create(
        program=world.program, period_ends_on=month("2026-09"), period_label="FY26 Q4", changed_at=NOW
    )
    row = Commitment.objects.create(briefing=briefing, text="Hire", owner="CIO", changed_at=NOW)
    return {"pk": row.pk}


def _schedule(world: World) -> dict[str, int]:
    row = ReportSchedule.objects.create(
        program=world.program, kind="one_page", format="pdf", when="monthly", created_at=NOW
    )
    return {"pk": row.pk}


def _report(world: World) -> dict[str, int]:
    """One that a schedule of the program made."""
    schedule = ReportSchedule.objects.get(pk=_schedule(world)["pk"])
    return {"pk": _requested(world, schedule).pk}


def _made(world: World) -> dict[str, int]:
    from dashboards.services_reports import keep_file, read_content

    report = Report.objects.with_list_relations().get(pk=_report(world)["pk"])
    keep_file(report=report, content=read_content(report, NOW), written=b"%PDF", at=NOW)
    return {"pk": report.pk}


def _requested(world: World, schedule: ReportSchedule | None) -> Report:
    _program(world)
    scope = Scope.objects.get(program=world.program)
    measure = measures_in_use(scope)[0]
    wanted = Wanted("one_page", "pdf", measure, month("2026-09"), 10, scope)
    return request_report(wanted=wanted, by=None, at=NOW, schedule=schedule, occasion="once")


def _api_new(world: World) -> dict[str, str]:
    return _program(world) | {"kind": "one_page", "format": "xlsx"}


def _agency_new(world: World) -> dict[str, str]:
    _program(world)
    return {"format": "xlsx"}


NEW = {"text": "Hire", "owner": "CTO", "due_on": "2027-03-31"}
COMMITTED = statuses(200, anonymous=302, outsider=404, contributor=404, lead=404)
ASKED = {persona: 201 if status == 200 else status for persona, status in PROGRAM.items()} | {
    "anonymous": 401
}
POLICIES: dict[str, Policy] = {
    "dashboards:one-page": logged_in(),
    "dashboards:one-page of a program": Policy(PROGRAM, data=_program),
    "dashboards:talking-points": Policy(PROGRAM, data=_program),
    "dashboards:one-page-table": Policy(PROGRAM, kwargs=_table, data=_program),
    "dashboards:briefing-edit": Policy(WRITERS, kwargs=_briefing),
    "dashboards:commitment-new": Policy(WRITERS, kwargs=_briefing),
    # The program's viewers read it on the one page; its agencies' people do not see the program as a whole.
    "dashboards:commitment-edit": Policy(COMMITTED, kwargs=_commitment),
    "dashboards:commitment-edit post": Policy(
        COMMITTED | {"viewer": 403, "reviewer": 403, "officer": 302, "administrator": 302},
        kwargs=_commitment,
        method="post",
        data=lambda world: {"text": "Hire", "owner": "CTO", "status": "open", "revision": 1},
    ),
    "dashboards:commitment-remove": Policy(
        COMMITTED | {"viewer": 403, "reviewer": 403, "officer": 302, "administrator": 302},
        kwargs=_commitment,
        method="post",
    ),
    "dashboards:commitment-list": logged_in(),
    "dashboards:agency-commitment-new": Policy(
        statuses(403, anonymous=302, outsider=404, lead=200, officer=200, administrator=200),
        kwargs=lambda world: {"slug": world.grid.slug},
    ),
    "dashboards:agency-commitment-new post": Policy(
        statuses(403, anonymous=302, outsider=404, lead=302, officer=302, administrator=302),
        kwargs=lambda world: {"slug": world.grid.slug},
        method="post",
        data=lambda world: {"text": "Hire", "owner": "CTO", "status": "open", "due_on": "2027-03-31"},
    ),
    "api:commitment-list": logged_in(anonymous=401),
    "api:commitment-list post": Policy(
        statuses(403, anonymous=401, outsider=400, lead=201, officer=201, administrator=201),
        method="post",
        data=lambda world: {
            "agency": world.grid.slug,
            "text": "Hire",
            "owner": "CTO",
            "due_on": "2027-03-31",
        },
    ),
    "api:commitment-detail": Policy(COMMITTED | {"anonymous": 401}, kwargs=_commitment),
    "api:commitment-detail patch": Policy(
        COMMITTED | {"anonymous": 401, "viewer": 403, "reviewer": 403},
        kwargs=_commitment,
        method="patch",
        data=lambda world: {"revision": 1, "owner": "Pat"},
    ),
    "dashboards:cycle-overdue": Policy(
        statuses(200, anonymous=302, outsider=404), kwargs=lambda world: {"pk": make_cycle(world).pk}
    ),
    "dashboards:report-list": logged_in(),
    # Of no scope that is named: of the one where each person begins, where nothing is reported yet.
    "dashboards:report-new": Policy(
        statuses(404, anonymous=302), method="post", data=lambda world: {"kind": "one_page", "format": "xlsx"}
    ),
    "dashboards:report-detail": only(*WHO_SEES_ALL_OF_IT, kwargs=_report),
    "dashboards:report-file": only(*WHO_SEES_ALL_OF_IT, kwargs=_made),
    "dashboards:agency-report-new": only(
        "viewer",
        "contributor",
        "lead",
        "reviewer",
        "officer",
        "administrator",
        allowed=302,
        kwargs=lambda world: {"slug": world.grid.slug},
        method="post",
        data=_agency_new,
    ),
    "dashboards:schedule-list": only(*OFFICERS, otherwise=403),
    "dashboards:schedule-new": Policy(WRITERS, kwargs=lambda world: {"slug": world.program.slug}),
    "dashboards:schedule-edit": only(*OFFICERS, kwargs=_schedule),
    "dashboards:schedule-remove": only(*OFFICERS, allowed=302, kwargs=_schedule, method="post"),
    "api:report-list": logged_in(anonymous=401),
    "api:report-list post": Policy(ASKED, data=_api_new, method="post"),
    "api:report-detail": only(*WHO_SEES_ALL_OF_IT, anonymous=401, kwargs=_report),
    "api:report-file": only(*WHO_SEES_ALL_OF_IT, anonymous=401, kwargs=_made),
}
