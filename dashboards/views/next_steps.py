"""What next: what an agency may do, who did it before, which delivery models fit, what it may be worth."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.models import InstrumentRun
from dashboards.points import Point, latest_points
from dashboards.queries.next_steps import read_next, savings_nearby
from dashboards.queries.quarters import quarters_shown
from dashboards.views.one_agency import Subject, subject_context, subject_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


@dataclass(frozen=True)
class InstrumentPlace:
    """An instrument that answers what the page asks, and what the agency's last runs of it found."""

    slug: str
    title: str
    why: str
    action: str
    url: str
    start_url: str  # for who may run it
    runs: tuple[InstrumentRun, ...] = ()


MOST_RUNS, RUNS_SHOWN = 40, 3
INSTRUMENTS = (
    (
        "in-delivery-recommender",
        "Which delivery models fit, and why",
        "A few questions on your people, your platform and your rules. Each recommendation says which rules "
        "spoke for it, and where the sources contradict each other.",
        "Find the delivery model",
    ),
    (
        "in-roi-calculator",
        "What it may be worth",
        "Time and cost saved by moving in containers and not in virtual machines, with formula and range.",
        "Work out the return",
    ),
)


@require_GET
def agency_next(request: HttpRequest, slug: str) -> HttpResponse:
    """The gaps of an agency in order of effect, with all that helps to close them."""
    subject = subject_of(request, slug)
    if not subject.sees_details:
        raise PermissionDenied("What next goes by the answers to single items, which you may not see.")
    context = subject_context(subject, request) | {
        "here": "What next",
        "instruments": instruments_for(subject.agency, subject.reader),
    }
    if subject.measure is not None and subject.points:
        points = quarters_to_come(subject)
        today = timezone.localdate()
        context["reading"] = read_next(subject.agency, subject.measure, points, subject.reader, today)
        on = quarters_shown(subject.fresh, subject.measure, subject.year_starts_in)[-1]
        context["saved"] = savings_nearby(subject.agency, subject.measure, on.on, subject.reader, today)
        context["saved_in"] = on.label
        context["may_run"] = subject.reader.can(Right.ANSWER, subject.agency)
    return render(request, "dashboards/next_agency.html", context)


def instruments_for(agency: Agency, reader: User) -> list[InstrumentPlace]:
    """The instruments that the page leads to, each with what the last finished runs found: one of each
    subject, the latest first. One query."""
    named, begun = urlencode({"agency": agency.name}), urlencode({"agency": agency.slug})
    slugs = [slug for slug, *_ in INSTRUMENTS]
    runs = InstrumentRun.objects.visible_to(reader).latest_finished()
    newest = list(runs.filter(agency=agency, instrument__in=slugs).order_by("-run_on", "-pk")[:MOST_RUNS])
    return [
        InstrumentPlace(
            slug,
            title,
            why,
            action,
            f"{reverse('assessments:instrument-detail', args=[slug])}?{named}",
            f"{reverse('assessments:run-start', args=[slug])}?{begun}",
            tuple(run for run in newest if run.instrument == slug)[:RUNS_SHOWN],
        )
        for slug, title, why, action in INSTRUMENTS
    ]


def quarters_to_come(subject: Subject) -> tuple[Point, ...]:
    """The last points in time up to the horizon, so that whatever was approved last counts."""
    if subject.fresh is None or subject.measure is None:
        return tuple(subject.points)
    kind = subject.measure.version.rhythm
    return latest_points(subject.fresh.horizon_on, kind, subject.year_starts_in, 2)
