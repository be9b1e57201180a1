"""Choosing agencies by their profile, to look at them without keeping a group."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboards.forms import PortfolioForm, ScopeForm, point_at
from dashboards.forms_cohorts import PickForm, ProfileFilterForm, is_narrowed
from dashboards.models import Scope
from dashboards.points import SHOWN, latest_points
from dashboards.queries.adhoc import AdHoc, latest_reported_by, pick, series_of_picked, sums_over_time
from dashboards.queries.known import Numbers
from dashboards.queries.measures import choose_measure, measures_in_use
from dashboards.queries.scopes import (
    Offer,
    UnknownScope,
    calendar_of,
    calendars_of,
    freshness,
    offered_scopes,
    scopes_of,
)
from dashboards.views.choice import LOOK_BACK, Choice
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.profile_filter import filter_as_json
from portal.requests import person

View = Callable[..., HttpResponse]
ALL_SEEN = "everything"


class WrongFilter(Exception):
    """The filter in the address is none."""


@dataclass(frozen=True)
class PickedChoice(Choice):
    """The portfolio of agencies that the address chooses by their profile; `scope` is where they are from."""

    picked: AdHoc

    @property
    def title(self) -> str:
        """With the filter in words."""
        return f"{self.picked}: {self.picked.in_words}"

    @property
    def address(self) -> dict[str, str]:
        """With the filter."""
        return super().address | self.picked.parameters

    def figure(self, number: str) -> str:
        """None: what identifies a figure does not know of filters."""
        return ""

    @property
    def figures(self) -> dict[str, str]:
        """None."""
        return {}

    @property
    def rule_change(self) -> None:
        """None: what is picked by a filter has the line of the rule in force alone."""
        return None


def read_picked(request: HttpRequest, form_class: type[ScopeForm] = PortfolioForm) -> PickedChoice | None:
    """What was asked for, as views/choice.read_choice reads it; None where nothing is counted yet.

    `form_class`: what else the page lets one choose. Numbers are always the latest. Raises WrongFilter, and
    Http404 for what this person may not know of.
    """
    reader, fresh = person(request), freshness()
    picked = _picked(request, reader)
    measures = measures_in_use(picked.base) if picked and fresh else []
    if picked is None or fresh is None or not measures:
        return None
    preferred = picked.office.default_model if picked.office else ""
    standard = choose_measure(measures, "", preferred)
    defaults = {"scope": picked.key, "model": standard.model.slug if standard else "", "period": "quarter"}
    form = form_class(request.GET, defaults | {"numbers": Numbers.LATEST.value} | form_class.DEFAULTS)
    form.offer(offered_with(offered_scopes(reader, picked.base), picked), [one.model for one in measures])
    form.offer_calendars(calendars_of(reader), usual := calendar_of(picked.base, reader))
    form.ask_no_knowledge()
    measure = choose_measure(measures, form.chosen("model"), preferred)
    if measure is None:
        return None
    kind, start = form.chosen("period"), form.year_start(usual)
    points = latest_points(fresh.horizon_on, kind, start, LOOK_BACK + SHOWN)
    choosable = points[-LOOK_BACK:]
    sums = sums_over_time(picked, measure, [point.on for point in points])
    now = point_at(list(choosable), form.chosen("at") or None, latest_reported_by(sums, choosable))
    form.offer_points(choosable, now)
    shown = [point for point in points if point.on <= now.on][-SHOWN:]
    series = series_of_picked(picked, measure, shown, sums, fresh.computed_at)
    members, sort = picked.members_on(now.on), form.chosen("sort")
    return PickedChoice(
        form, picked.base, measure, series, fresh, sort, members, reader, choosable, measure, picked=picked
    )


def picked_context(choice: Choice) -> dict[str, Any]:
    """What the strip above a filtered portfolio shows; nothing for any other."""
    if not isinstance(choice, PickedChoice):
        return {}
    return {
        "whole_is_shown": may_see_whole(choice.picked),
        "may_keep": choice.reader.has_anywhere(Right.RUN_PROGRAM),
    }


def _picked(request: HttpRequest, reader: User) -> AdHoc | None:
    form = ProfileFilterForm(request.GET, user=reader)
    if not form.is_valid():
        raise WrongFilter
    try:
        return pick(request.GET.get("scope") or ALL_SEEN, form.conditions, form.within_agency, reader)
    except UnknownScope as error:
        raise Http404(str(error)) from error


def wrong_filter_shown(view: View) -> View:
    """Where the filter in the address is none, show the form with what is wrong instead of the page."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except WrongFilter:
            return _form_page(request, _bound(request), status=422)

    return shown


@require_GET
def portfolio_filter(request: HttpRequest) -> HttpResponse:
    """The form in which agencies are chosen; once filled in, on to what they look like."""
    if "show" not in request.GET:
        return _form_page(request, _bound(request) if is_narrowed(request.GET) else _form(request))
    form = _bound(request)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    chosen = {"scope": form.cleaned_data["scope"], **filter_as_json(form.conditions)}
    if form.within_agency is not None:
        chosen["within"] = form.within_agency.slug
    return redirect(f"{reverse('dashboards:portfolio')}?{urlencode(chosen, safe=',:')}")


def offered_with(offers: list[Offer], scope: AdHoc) -> list[Offer]:
    """What the picker offers, with what is looked at now also where not all of it may be seen."""
    if scope.key not in {one.key for one in offers}:
        name = "All agencies you may see" if scope.key == ALL_SEEN else str(scope.base)
        return [Offer(scope.key, name, scope.base.kind), *offers]
    return offers


def may_see_whole(picked: AdHoc) -> bool:
    """Whether the reader may see the trend of the whole scope, too."""
    return scopes_of(picked.reader).filter(pk=picked.base.pk).exists()


def reader_keeps_groups(request: HttpRequest) -> bool:
    """Whether this person may save a group."""
    return person(request).has_anywhere(Right.RUN_PROGRAM)


def _bound(request: HttpRequest) -> PickForm:
    data = {"scope": ALL_SEEN, **{name: request.GET.getlist(name) for name in request.GET}}
    return PickForm(data, user=person(request), scopes=_scopes(person(request)))


def _form(request: HttpRequest) -> PickForm:
    start = {"scope": request.GET.get("scope", ALL_SEEN)}
    return PickForm(user=person(request), scopes=_scopes(person(request)), initial=start)


def _scopes(reader: User) -> list[tuple[str, str]]:
    """What may be filtered: all agencies one may see, and the programs and groups one may look at."""
    whole = scopes_of(reader).exclude(kind__in=[Scope.Kind.EVERYTHING, Scope.Kind.SUBTREE]).first()
    offers = offered_scopes(reader, whole) if whole is not None else []
    kinds = {Scope.Kind.PROGRAM, Scope.Kind.COHORT}
    all_seen = "All agencies" if reader.has_everywhere(Right.SEE) else "All agencies you may see"
    return [(ALL_SEEN, all_seen), *((one.key, one.name) for one in offers if one.kind in kinds)]


def _form_page(request: HttpRequest, form: PickForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "may_keep": reader_keeps_groups(request),
        "crumbs": [("Portfolio", reverse("dashboards:portfolio"))],
    }
    return render(request, "dashboards/portfolio_filter.html", context, status=status)
