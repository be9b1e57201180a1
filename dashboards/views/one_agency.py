"""What every page below an agency's own begins with: which agency, measured by what, and its tabs."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from dashboards.forms import AgencyForm, point_at
from dashboards.forms_choices import KnowledgeForm
from dashboards.models import Freshness
from dashboards.points import SHOWN, Point
from dashboards.queries.agency import programs_of
from dashboards.queries.known import Numbers
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.quarters import quarters_known, quarters_offered, quarters_shown
from dashboards.queries.scopes import freshness
from dashboards.views.tabs import Tab
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN
from portal.agencies.queries import visible_ancestors
from portal.requests import person

Crumbs = list[tuple[str, str]]


@dataclass(frozen=True)
class Subject:
    """An agency that the reader may know of. `point` is now; None, as `measure`, before any result."""

    agency: Agency
    reader: User
    measures: list[Measure]
    measure: Measure | None
    fresh: Freshness | None
    year_starts_in: int
    points: list[Point]

    @property
    def point(self) -> Point | None:
        """The quarter that the pages are about: the latest for which anybody reported."""
        return self.points[-1] if self.points else None

    @property
    def on(self) -> date:
        """Its end; today before any result."""
        return self.points[-1].on if self.points else timezone.localdate()

    @property
    def latest_on(self) -> date:
        """The last day for which standings are known: plans go on from the latest approved result, also of
        a period that is not published."""
        return self.fresh.horizon_on if self.fresh else self.on

    @property
    def sees_details(self) -> bool:
        """Whether the reader may see item levels."""
        return self.reader.can(Right.SEE_DETAILS, self.agency)


def subject_of(request: HttpRequest, slug: str) -> Subject:
    """The agency of this slug for whoever asks. Raises Http404 where they may not know of it."""
    reader = person(request)
    seen = Agency.objects.visible_to(reader).select_related("parent")
    agency = get_object_or_404(seen, slug=slug)
    measures, fresh = measures_in_use(), freshness()
    measure = choose_measure(measures, request.GET.get("model", ""))
    programs = programs_of(agency, reader, timezone.localdate())
    year_starts_in = next((program.year_starts_in for program in programs), FEDERAL_YEAR_STARTS_IN)
    points = quarters_shown(fresh, measure, year_starts_in)
    return Subject(agency, reader, measures, measure, fresh, year_starts_in, points)


def agency_form(request: HttpRequest, subject: Subject) -> AgencyForm:
    """Which point in time is asked for, and with which knowledge; `as_of` is what the API calls the first."""
    asked = {"at": request.GET.get("as_of", ""), **request.GET.dict()}
    usual = {
        "model": subject.measure.model.slug if subject.measure else "",
        "numbers": Numbers.PUBLISHED.value,
    }
    return AgencyForm(asked, usual, models=[one.model for one in subject.measures])


def points_asked(
    form: KnowledgeForm, fresh: Freshness | None, measure: Measure | None, year_starts_in: int
) -> list[Point]:
    """The points in time that a page of agencies shows, up to the one that the form asks for; none before
    any result. Fills in those that may be asked for.

    Where none is asked for it is the last published one, of the latest numbers the last for which anybody
    reported, and as known on a day the last that had ended.
    """
    offered = quarters_offered(fresh, measure, year_starts_in)
    if fresh is None or not offered:
        return []
    knowledge = form.knowledge()
    offered = [p for p in offered if p.on <= knowledge.horizon(fresh, year_starts_in)] or offered[:1]
    begun = [p for p in offered if knowledge.day is None or p.on <= knowledge.day]
    if knowledge.numbers is Numbers.PUBLISHED:
        begun = quarters_known(fresh, measure, year_starts_in)
    now = point_at(offered, form.chosen("at") or None, (begun or offered)[-1])
    form.offer_points(offered, now)
    return [point for point in offered if point.on <= now.on][-SHOWN:]


def past_asked(request: HttpRequest) -> bool:
    """Whether the address asks for a past point in time, or for what was known on a past day."""
    return any(request.GET.get(name) for name in ("as_of", "known_on"))


def ancestors_of(agency: Agency, reader: User) -> Crumbs:
    """The way to an agency's page: the list, then those above it that the reader may know of."""
    known = visible_ancestors([agency], reader)
    above = [known[pk] for pk in agency.ancestor_ids if pk in known]
    start = [("Agencies", reverse("dashboards:agency-list"))]
    return start + [(one.name, reverse("dashboards:agency-detail", args=[one.slug])) for one in above]


def agency_tabs(
    request: HttpRequest, agency: Agency, measure: Measure | None, *, sees_details: bool
) -> list[Tab]:
    """The pages of an agency; what next, roadmap and what-if are for those who may see item levels, the last
    of models with stages."""
    match = request.resolver_match
    here = match.view_name if match else ""
    offered = sees_details and (measure is None or measure.staged)
    pages = [
        ("dashboards:agency-detail", "Overview"),
        *([("dashboards:agency-next", "What next")] if sees_details else []),
        ("dashboards:agency-compare", "What changed"),
        *([("dashboards:agency-roadmap", "Roadmap")] if sees_details else []),
        ("dashboards:agency-peers", "Peers"),
        ("dashboards:agency-forecast", "Forecast"),
        *([("dashboards:agency-what-if", "What if")] if offered else []),
    ]
    model = request.GET.get("model", "")
    query = f"?{urlencode({'model': model})}" if model else ""
    return [Tab(label, reverse(name, args=[agency.slug]) + query, name == here) for name, label in pages]


def subject_context(
    subject: Subject, request: HttpRequest, *, tells_the_past: bool = False
) -> dict[str, Any]:
    """What the head of every page below an agency's own shows (templates/dashboards/agency_base.html).

    `tells_the_past`: the page honours `as_of` and `known_on`; any other says that it does not.
    """
    agency = subject.agency
    above = ancestors_of(agency, subject.reader)
    return {
        "subject": subject,
        "agency": agency,
        "crumbs": [*above, (agency.name, reverse("dashboards:agency-detail", args=[agency.slug]))],
        "tabs": agency_tabs(request, agency, subject.measure, sees_details=subject.sees_details),
        "measure": subject.measure,
        "models": [one.model for one in subject.measures],
        "point": subject.point,
        "fresh": subject.fresh,
        "of_today": not tells_the_past and past_asked(request),
    }
