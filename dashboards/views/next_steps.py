"""What next: what an agency may do, who did it before, which delivery models fit, what it may be worth."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from assessments.models import InstrumentRun
from dashboards.queries.next_steps import read_next
from dashboards.views.one_agency import subject_context, subject_of
from portal.access.models import User
from portal.agencies.models import Agency


@dataclass(frozen=True)
class InstrumentPlace:
    """An instrument that answers what the page asks. `headline`: of the agency's latest finished run, with
    its day; "" where there is none."""

    title: str
    why: str
    action: str
    url: str
    headline: str = ""
    dated: str = ""
    run_url: str = ""


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
        context["reading"] = read_next(
            subject.agency, subject.measure, subject.points, subject.reader, timezone.localdate()
        )
    return render(request, "dashboards/next_agency.html", context)


def instruments_for(agency: Agency, reader: User) -> list[InstrumentPlace]:
    """The instruments that the page leads to, each with what its last finished run found. One query."""
    query = urlencode({"agency": agency.slug})
    slugs = [slug for slug, *_ in INSTRUMENTS]
    runs = InstrumentRun.objects.visible_to(reader).latest_finished()
    newest = runs.filter(agency=agency, instrument__in=slugs).order_by("run_on", "pk")
    found = {run.instrument: run for run in newest}
    return [
        InstrumentPlace(
            title,
            why,
            action,
            f"{reverse('assessments:instrument-detail', args=[slug])}?{query}",
            **_found_by(found.get(slug)),
        )
        for slug, title, why, action in INSTRUMENTS
    ]


def _found_by(run: InstrumentRun | None) -> dict[str, str]:
    if run is None:
        return {}
    return {
        "headline": run.outcome["headline"],
        "dated": date_format(run.run_on, "N j, Y"),
        "run_url": reverse("assessments:run-detail", args=[run.instrument, run.pk]),
    }
