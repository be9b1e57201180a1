"""Agency groups: the list, one group, new, edit, delete."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards import services_cohorts
from dashboards.forms_cohorts import CohortForm
from dashboards.queries.cohorts import (
    cohorts_of,
    counted_members,
    keeps,
    last_change,
    members_on,
    seen_members,
)
from dashboards.queries.scopes import freshness
from dashboards.views.picking import reader_keeps_groups
from dashboards.views.reader import PER_PAGE
from portal.agencies.models import Cohort
from portal.agencies.profile_filter import filter_in_words
from portal.requests import form_page, person, posted

NAMED = 20  # agencies of the preview


@require_GET
def cohort_list(request: HttpRequest) -> HttpResponse:
    """The groups that one may know of."""
    page = Paginator(cohorts_of(person(request)), PER_PAGE).get_page(request.GET.get("page"))
    fresh, groups = freshness(), list(page.object_list)
    counts = counted_members(groups, fresh.horizon_on) if fresh is not None else {}
    context = {
        "page": page,
        "rows": [(group, filter_in_words(group.filter), counts.get(group.pk, 0)) for group in groups],
        "may_keep": reader_keeps_groups(request),
        "crumbs": _crumbs()[:1],
    }
    return render(request, "dashboards/cohort_list.html", context)


@require_GET
def cohort_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a group is, who is in it now, and when it was changed last."""
    cohort = get_object_or_404(cohorts_of(person(request)), slug=slug)
    members = members_on(cohort, timezone.localdate())
    page = Paginator(seen_members(members, person(request)), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "cohort": cohort,
        "conditions": cohort.filter,
        "page": page,
        "changed": last_change(cohort),
        "may_keep": keeps(person(request), cohort),
        "crumbs": _crumbs(),
    }
    return render(request, "dashboards/cohort_detail.html", context)


@form_page
def cohort_new(request: HttpRequest) -> HttpResponse:
    """Keep a group. What an address chooses (see portfolio_filter) is filled in."""
    if not reader_keeps_groups(request):
        raise PermissionDenied("Only program officers and administrators keep agency groups.")
    form = CohortForm(posted(request), user=person(request), initial=CohortForm.start_of(request.GET))
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = _preview(request, form, Cohort(program=form.chosen_program))
        elif (cohort := _created(request, form)) is not None:
            messages.success(request, f"{cohort} is kept. Its trend is being counted.")
            return redirect("dashboards:cohort-detail", slug=cohort.slug)
    return _form_page(request, form, None, preview)


@form_page
def cohort_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change which agencies are meant, or the name. All of its past is counted anew."""
    cohort = _to_change(request, slug)
    start = CohortForm.initial_of(cohort)
    form = CohortForm(posted(request), user=person(request), cohort=cohort, initial=start)
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = _preview(request, form, Cohort(program=cohort.program))
        elif _edited(request, form, cohort):
            return redirect("dashboards:cohort-detail", slug=slug)
    return _form_page(request, form, cohort, preview)


@form_page
def cohort_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a group with its trend, after one has said so."""
    cohort = _to_change(request, slug)
    if request.method == "POST":
        services_cohorts.delete_cohort(cohort=cohort, by=person(request), at=timezone.now())
        messages.success(request, f"{cohort} is deleted, and its trend with it.")
        return redirect("dashboards:cohort-list")
    return render(request, "dashboards/cohort_delete.html", {"cohort": cohort, "crumbs": _crumbs(cohort)})


def _created(request: HttpRequest, form: CohortForm) -> Cohort | None:
    """The group, or None with what is wrong in the form."""
    try:
        return services_cohorts.create_cohort(
            name=form.cleaned_data["name"],
            program=form.chosen_program,
            conditions=form.conditions,
            within=form.within_agency,
            by=person(request),
            at=timezone.now(),
        )
    except services_cohorts.InvalidCohort as error:
        form.add_error(error.field or None, str(error))
    return None


def _edited(request: HttpRequest, form: CohortForm, cohort: Cohort) -> bool:
    """Whether it is saved; otherwise what is wrong is in the form."""
    try:
        changed = services_cohorts.edit_cohort(
            cohort=cohort,
            name=form.cleaned_data["name"],
            conditions=form.conditions,
            within=form.within_agency,
            by=person(request),
            at=timezone.now(),
        )
    except services_cohorts.InvalidCohort as error:
        form.add_error(error.field or None, str(error))
        return False
    messages.success(request, "Saved." if changed else "Nothing was changed.")
    return True


def _preview(request: HttpRequest, form: CohortForm, meant: Cohort) -> dict[str, Any]:
    """How many agencies would be in it today, and the first of them by name."""
    meant.within, meant.conditions = form.within_agency, form.as_json
    members = seen_members(members_on(meant, timezone.localdate()), person(request))
    names = list(members.values_list("name", flat=True)[: NAMED + 1])
    return {"count": members.count(), "names": names[:NAMED], "more": len(names) > NAMED}


def _form_page(
    request: HttpRequest, form: CohortForm, cohort: Cohort | None, preview: dict[str, Any] | None
) -> HttpResponse:
    context = {"form": form, "cohort": cohort, "preview": preview, "crumbs": _crumbs(cohort)}
    status = 422 if form.errors else 200
    return render(request, "dashboards/cohort_edit.html", context, status=status)


def _to_change(request: HttpRequest, slug: str) -> Cohort:
    """The group, if this person may change it."""
    cohort = get_object_or_404(cohorts_of(person(request)), slug=slug)
    if not keeps(person(request), cohort):
        raise PermissionDenied("Only the officers of the group's program and administrators change it.")
    return cohort


def _crumbs(cohort: Cohort | None = None) -> list[tuple[str, str]]:
    crumbs = [("Agencies", reverse("dashboards:agency-list")), ("Groups", reverse("dashboards:cohort-list"))]
    if cohort is not None:
        crumbs.append((cohort.name, reverse("dashboards:cohort-detail", args=[cohort.slug])))
    return crumbs
