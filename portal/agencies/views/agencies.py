"""Pages of one agency: new, edit, profile, contacts, place in the tree, closing, decision not to adopt."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.access.rules import Right
from portal.agencies import services, services_profile
from portal.agencies.forms import agencies as forms
from portal.agencies.models import Agency
from portal.agencies.queries import current_profile
from portal.agencies.views.permissions import agency_to_change, needs_to_run_something
from portal.requests import form_page, person, posted


def _show(
    request: HttpRequest, agency: Agency | None, template: str, status: int = 200, **context: object
) -> HttpResponse:
    crumbs = [("Agencies", reverse("dashboards:agency-list"))]
    if agency is not None:
        crumbs.append((agency.name, reverse("dashboards:agency-detail", args=[agency.slug])))
    return render(
        request, f"agencies/{template}.html", {"agency": agency, "crumbs": crumbs, **context}, status=status
    )


@form_page
def agency_new(request: HttpRequest) -> HttpResponse:
    """Add one agency."""
    needs_to_run_something(request)
    start = {"parent": request.GET.get("parent", ""), "program": request.GET.get("program", "")}
    form = forms.NewAgencyForm(posted(request), user=person(request), initial=start)
    if request.method == "POST" and form.is_valid():
        fields = {key: form.cleaned_data[key] for key in services.EDITABLE}
        try:
            agency = services.create_agency(
                fields=fields,
                parent=form.cleaned_data["parent"],
                program=form.cleaned_data["program"],
                by=person(request),
                at=timezone.now(),
            )
        except services.InvalidAgency as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{agency} is added.")
            return redirect("agencies:agency-edit", slug=agency.slug)
    return _show(request, None, "agency_new", form=form)


@form_page
def agency_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what an agency is called; the way to everything else about it."""
    agency = agency_to_change(request, slug)
    start = {key: getattr(agency, key) for key in services.EDITABLE}
    form = forms.AgencyForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_agency(
                agency=agency, fields=form.cleaned_data, by=person(request), at=timezone.now()
            )
        except services.InvalidAgency as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("agencies:agency-edit", slug=slug)
    decision = agency.adoption_decisions.filter(until_on__isnull=True).first()
    return _show(
        request, agency, "agency_edit", form=form, decision=decision, contacts=agency.contacts.all()[:50]
    )


@form_page
def agency_profile(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the profile, from a day on."""
    agency = agency_to_change(request, slug)
    today = timezone.localdate()
    start = forms.ProfileForm.initial_of(current_profile(agency), today)
    form = forms.ProfileForm(posted(request), today=today, initial=start)
    if request.method == "POST" and form.is_valid():
        changed = services_profile.set_profile_values(
            agency=agency,
            values=form.values,
            on=form.cleaned_data["on"],
            by=person(request),
            at=timezone.now(),
        )
        messages.success(request, f"Saved; {len(changed)} changed." if changed else "Nothing was changed.")
        return redirect("agencies:agency-profile", slug=slug)
    return _show(request, agency, "agency_profile", form=form)


@form_page
def agency_move(request: HttpRequest, slug: str) -> HttpResponse:
    """Put an agency, with all below it, elsewhere in the tree."""
    agency = agency_to_change(request, slug)
    mine = Agency.objects.filter(person(request).agencies_with(Right.RUN_PROGRAM))
    if Agency.objects.within(agency).exclude(pk__in=mine.values("pk")).exists():
        # Roles reach down the tree: what moves along would come under people of the mover's choice.
        raise PermissionDenied("Below this agency is one that you do not look after. Ask an administrator.")
    start = {"parent": agency.parent.slug if agency.parent is not None else ""}
    form = forms.ParentForm(posted(request), user=person(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.move_agency(
                agency=agency, parent=form.cleaned_data["parent"], by=person(request), at=timezone.now()
            )
        except services.CannotMove as error:
            form.add_error("parent", str(error))
        else:
            messages.success(request, f"{agency} is moved.")
            return redirect("agencies:agency-edit", slug=slug)
    return _show(request, agency, "agency_move", form=form)


@form_page
def agency_close(request: HttpRequest, slug: str) -> HttpResponse:
    """Close an agency, or reopen it."""
    agency = agency_to_change(request, slug)
    form = forms.CloseForm(posted(request), initial={"on": agency.closed_on or timezone.localdate()})
    reopen = request.method == "POST" and "reopen" in request.POST
    if reopen or (request.method == "POST" and form.is_valid()):
        who, now = person(request), timezone.now()
        try:
            if reopen:
                services.reopen_agency(agency=agency, by=who, at=now)
            else:
                services.close_agency(agency=agency, on=form.cleaned_data["on"], by=who, at=now)
        except services.CannotClose as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{agency} is {'open again' if reopen else 'closed'}.")
        return redirect("agencies:agency-edit", slug=slug)
    return _show(request, agency, "agency_close", form=form)


@form_page
def agency_adoption(request: HttpRequest, slug: str) -> HttpResponse:
    """Note that an agency decided not to adopt containers."""
    agency = agency_to_change(request, slug)
    form = forms.DecisionForm(posted(request), initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            services_profile.decide_not_to_adopt(
                agency=agency, by=person(request), at=timezone.now(), **form.cleaned_data
            )
        except services_profile.InvalidDecision as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The decision is noted.")
            return redirect("agencies:agency-edit", slug=slug)
    return _show(request, agency, "agency_adoption", form=form)


@require_POST
def agency_adoption_end(request: HttpRequest, slug: str) -> HttpResponse:
    """The decision not to adopt holds no longer, from today."""
    agency = agency_to_change(request, slug)
    now = timezone.now()
    services_profile.end_decision(agency=agency, on=timezone.localdate(now), by=person(request), at=now)
    messages.success(request, "The decision has ended.")
    return redirect("agencies:agency-edit", slug=slug)


@form_page
def contact_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a person to turn to."""
    agency = agency_to_change(request, slug)
    form = forms.ContactForm(posted(request))
    if request.method == "POST" and form.is_valid():
        services_profile.add_contact(
            agency=agency, fields=form.cleaned_data, by=person(request), at=timezone.now()
        )
        messages.success(request, "The contact is added.")
        return redirect("agencies:agency-edit", slug=slug)
    return _show(request, agency, "contact_edit", form=form)


@form_page
def contact_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a person to turn to, or take them out."""
    agency = agency_to_change(request, slug)
    contact = get_object_or_404(agency.contacts, pk=pk)
    form = forms.ContactForm(posted(request), initial=model_to_dict(contact))
    if request.method == "POST" and form.is_valid():
        services_profile.edit_contact(
            contact=contact, fields=form.cleaned_data, by=person(request), at=timezone.now()
        )
        messages.success(request, "Saved.")
        return redirect("agencies:agency-edit", slug=slug)
    return _show(request, agency, "contact_edit", form=form, contact=contact)


@require_POST
def contact_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a contact out."""
    agency = agency_to_change(request, slug)
    contact = get_object_or_404(agency.contacts, pk=pk)
    services_profile.remove_contact(contact=contact, by=person(request), at=timezone.now())
    messages.success(request, "The contact is taken out.")
    return redirect("agencies:agency-edit", slug=slug)
