"""The list of agencies and the page of one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.queries_preview import previews_of
from assessments.queries_runs import latest_of_agency
from dashboards.charts import agency as charts
from dashboards.charts.rules import with_rule_changes
from dashboards.figures import other_figure
from dashboards.forms import AgencyFilterForm, AgencyForm
from dashboards.points import Point
from dashboards.queries import agency as agency_reads
from dashboards.queries.agencies import Frozen, Reading
from dashboards.queries.known import Knowledge, Numbers, frozen_anywhere
from dashboards.queries.listing import Listing
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.peers import read_peers
from dashboards.queries.published_rules import EVERYWHERE, measure_at, measure_of_agency
from dashboards.queries.reporting_units import apart_of
from dashboards.queries.rules import changed_between
from dashboards.queries.scopes import calendar_of, freshness
from dashboards.queries.whole import Whole, whole_at
from dashboards.services_exports import note_export
from dashboards.standings import State
from dashboards.tables import FileHead, portfolio_table, reported_words
from dashboards.views.exporting import csv_download, marking_of
from dashboards.views.one_agency import agency_tabs, ancestors_of, points_asked
from dashboards.views.reader import may_import
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN
from portal.agencies.queries import demonstration_shown
from portal.requests import person

TABLE_TEMPLATE = "dashboards/agency_list.html"
AGENCIES_PER_PAGE = 100


@require_GET
def agency_list(request: HttpRequest) -> HttpResponse:
    """The agencies that one may know of, each with how it stands now."""
    return render(request, TABLE_TEMPLATE, table_context(request))


@require_GET
def agency_list_export(request: HttpRequest) -> HttpResponse:
    """All of the list as CSV, in the order chosen."""
    shown = _shown(request)
    if shown.measure is None or not shown.points:
        raise Http404
    rows, reader, now = shown.listing.whole(), person(request), timezone.now()
    reported = sum(row.state == State.REPORTED for row in rows)
    table = portfolio_table(
        rows,
        before=shown.points[-2].label if len(shown.points) > 1 else "",
        scale=shown.measure.scale,
        note="Limited to some of the agencies." if shown.form.is_filtered else "",
    )
    head = FileHead(
        title=f"{table.title}. {shown.measure.model}, {shown.points[-1].label}",
        marking=marking_of(shown.knowledge, shown.listing.read),
        reported=shown.total.words if shown.total else reported_words(reported, len(rows)),
        reader=str(reader),
        at=now,
        demonstration=demonstration_shown(),
        figure=shown.total.figure if shown.total else "",
        notes=table.notes,
    )
    on, chosen = str(shown.points[-1].on), {name: value for name, value in request.GET.items() if value}
    details = {"on": on, "rows": len(rows), "filter": chosen}
    note_export(what="agencies", of=shown.measure.model, details=details, by=reader, at=now)
    return csv_download([*head.rows(), table.columns, *table.rows], f"agencies-{on}")


@dataclass(frozen=True)
class _Shown:
    """The list of agencies as it was asked for. `newest`: the measure by the rule in force, where what is
    published is of an earlier one; `total`: of all, where all are listed."""

    form: AgencyFilterForm
    measure: Measure | None
    newest: Measure | None
    points: list[Point]
    knowledge: Knowledge
    listing: Listing
    total: Whole | None


def _shown(request: HttpRequest) -> _Shown:
    reader, measures = person(request), measures_in_use()
    measure = choose_measure(measures, request.GET.get("model", ""))
    form = AgencyFilterForm(
        _asked(request),
        {"sort": "agency", **_usual(measure)},
        user=reader,
        models=[one.model for one in measures],
        scale=measure.scale if measure else None,
    )
    points = points_asked(form, freshness(), measure, calendar_of(None, reader))
    on = points[-1].on if points else timezone.localdate()
    knowledge, newest = form.knowledge(), measure
    if measure is not None and knowledge.numbers is Numbers.PUBLISHED:
        measure = measure_at(EVERYWHERE, measure, on)
    agencies = Agency.objects.visible_to(reader).filter(form.matches(on, reader))
    listing = _listing(agencies, measure, points, knowledge, form)
    total = None
    if points and measure is not None and not form.is_filtered and reader.has_everywhere(Right.SEE):
        total = whole_at(measure, on, knowledge)
    return _Shown(form, measure, newest, points, knowledge, listing, total)


def table_context(request: HttpRequest) -> dict[str, Any]:
    """What the list of agencies shows."""
    reader, shown = person(request), _shown(request)
    form, points, measure, listing = shown.form, shown.points, shown.measure, shown.listing
    page = listing.page(request.GET.get("page"), AGENCIES_PER_PAGE)
    return {
        "form": form,
        "rows": page.object_list,
        "page": page,
        "sort": form.chosen("sort"),
        "point": points[-1] if points else None,
        "before": points[-2] if len(points) > 1 else None,
        "published": isinstance(listing.read, Frozen),
        "knowledge": shown.knowledge,
        "reported": shown.total.words if shown.total else _reported(listing, page.paginator.count),
        "figure": shown.total.figure if shown.total else "",
        "measure": measure,
        "newest": shown.newest,
        "mixed": _mixed(measure, points),
        "filtered": form.is_filtered,
        "none_at_all": not page.paginator.count and not Agency.objects.visible_to(reader).exists(),
        "may_import": may_import(reader),
        "fresh": freshness(),
    }


def _reported(listing: Listing, count: int) -> str:
    """How many of some agencies reported."""
    if listing.measure is None:
        return ""
    some = replace(listing, standing=listing.standing & Q(state=State.REPORTED))
    return reported_words(some.count(), count)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; `as_of` is what the API calls the point in time."""
    return {"at": request.GET.get("as_of", ""), **request.GET.dict()}


def _usual(measure: Measure | None) -> dict[str, str]:
    """What is shown where nothing else is asked for."""
    return {"model": measure.model.slug if measure else "", "numbers": Numbers.PUBLISHED.value}


def _listing(
    agencies: QuerySet[Agency],
    measure: Measure | None,
    points: list[Point],
    knowledge: Knowledge,
    form: AgencyFilterForm | None = None,
) -> Listing:
    """These agencies at the last of `points`, those that stand as `form` asks and in its order."""
    on = points[-1].on if points else timezone.localdate()
    before = points[-2].on if len(points) > 1 else None
    reads: Mapping[date, Reading] = dict.fromkeys([point.on for point in points], knowledge.as_known)
    if measure is not None and knowledge.numbers is Numbers.PUBLISHED:
        reads = frozen_anywhere(measure, [point.on for point in points[-2:]])
    return Listing(
        agencies,
        measure,
        on,
        before=before,
        standing=form.matching_standings() if form else Q(),
        sort=form.chosen("sort") if form else "agency",
        read=reads.get(on),
        read_before=reads.get(before) if before else None,
    )


@require_GET
def agency_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One agency: how it stands and stood, and for those who may see it, what holds it."""
    reader = person(request)
    seen = Agency.objects.visible_to(reader)
    agency = get_object_or_404(seen.select_related("parent"), slug=slug)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "agency": agency,
        "ancestors": ancestors_of(agency, reader),
        "profile": agency_reads.profile_in_words(agency),
        "contacts": list(agency.contacts.all()),
        "programs": list(agency_reads.programs_of(agency, reader, today)),
        "apart": apart_of(agency, reader, today),
        "decision": agency_reads.decision_of(agency, today),
        "open_assessments": list(agency_reads.open_assessments(agency, reader)),
        "may_change": reader.can(Right.RUN_PROGRAM, agency),
        "may_answer": reader.can(Right.ANSWER, agency),
        "sees_details": reader.can(Right.SEE_DETAILS, agency),
        "instrument_runs": latest_of_agency(agency, reader),
        "fresh": freshness(),
        "previews": previews_of(agency, reader) if reader.can(Right.SEE_DETAILS, agency) else [],
    }
    measures = measures_in_use()
    measure = choose_measure(measures, request.GET.get("model", ""))
    context["tabs"] = agency_tabs(request, agency, measure, sees_details=context["sees_details"])
    year_starts_in = next((p.year_starts_in for p in context["programs"]), FEDERAL_YEAR_STARTS_IN)
    form = AgencyForm(_asked(request), _usual(measure), models=[one.model for one in measures])
    points = points_asked(form, context["fresh"], measure, year_starts_in)
    newest = measure
    if measure is not None and points and form.knowledge().numbers is Numbers.PUBLISHED:
        measure = measure_of_agency(agency, measure, points[-1].on)
    context |= {"form": form, "knowledge": form.knowledge(), "measure": measure, "newest": newest}
    context |= _children(agency, measure, points, reader, form.knowledge())
    if measure is not None:
        context["peers"] = read_peers(agency, newest or measure, reader, today)
    if measure is not None and points:
        context |= reading_context(agency, measure, points, reader, form.knowledge())
        context["files"] = {
            name: f"{reverse('dashboards:agency-table-export', args=[slug, name])}?{request.GET.urlencode()}"
            for name in ("history", "scores", "stages", "domains")
        }
    return render(request, "dashboards/agency_detail.html", context)


def _children(
    agency: Agency, measure: Measure | None, points: list[Point], reader: User, knowledge: Knowledge
) -> dict[str, Any]:
    """Those directly below it, with how they stand; the first of them, and how many there are."""
    on = points[-1].on if points else timezone.localdate()
    children = Agency.objects.visible_to(reader).filter(parent=agency).open_on(on)
    below = _listing(children, measure, points, knowledge)[: agency_reads.CHILDREN_SHOWN + 1]
    return {
        "children_mixed": _mixed(measure, points),
        "children": below[: agency_reads.CHILDREN_SHOWN],
        "more_children": len(below) > agency_reads.CHILDREN_SHOWN,
    }


def _mixed(measure: Measure | None, points: list[Point]) -> bool:
    """Whether scores at the last two points may have been published by different rules."""
    return measure is not None and len(points) > 1 and changed_between(measure, points[-1].on, points[-2].on)


def reading_context(
    agency: Agency, measure: Measure, points: list[Point], reader: User, knowledge: Knowledge
) -> dict[str, Any]:
    """How an agency stands and stood, with its charts; at the last of `points`, of which there is one."""
    reading = agency_reads.read_agency(agency, measure, points, reader, knowledge)
    fresh = freshness()
    figure = ""
    if fresh:
        figure = agency_reads.score_figure(agency, measure, points[-1].on, reading, knowledge, fresh)
    context: dict[str, Any] = {
        "reading": reading,
        "point": points[-1],
        "figure": figure,
        "stages_figure": other_figure(figure, "stages_completed"),
        "domains_figure": other_figure(figure, "domains"),
        "score_chart": with_rule_changes(
            charts.score_over_time(reading.points, measure.stage_count, measure.scale),
            [point.label for point in reading.points],
            reading.rules.markers,
            reading.rules.old,
        ),
        "gaps": _first_gaps(reading),
        "statements": agency_reads.statements_of(reading),
    }
    if reading.result is not None:
        period = reading.result.period_label
        before = reading.before.period_label if reading.before else None
        done, count = reading.result.stages_completed, reading.result.stage_count
        context |= {
            "working_on": measure.stage_name(done + 1) if done < count else None,
            "working_on_number": done + 1,
            "stages_chart": charts.stage_completions(reading.stages, period)
            if measure.staged
            else charts.bands_reached(reading.stages, period),
            "band": measure.stage_name(done) if done else "",
            "domains_chart": charts.domain_profile(reading.domains, period, before),
        }
    return context


def _first_gaps(reading: agency_reads.AgencyReading) -> list[Any]:
    """What holds the stage being worked on, filled up with the next gaps."""
    if reading.detail is None:
        return []
    return [*reading.detail.holding, *reading.detail.gaps][: agency_reads.GAPS_SHOWN]
