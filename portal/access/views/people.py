"""People within one's scope: who they are, their roles, closing accounts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access import services
from portal.access.forms import PeopleFilterForm, RoleForm
from portal.access.models import Membership, User
from portal.access.queries import people_seen_by, with_roles
from portal.access.rules import Right
from portal.requests import person, posted

PER_PAGE = 50
NOT_YOURS = "Only leads, program officers and administrators look after people."


def require_manager(request: HttpRequest) -> User:
    """The person who asks, if they look after people; 403 otherwise."""
    user = person(request)
    if not user.manages_people:
        raise PermissionDenied(NOT_YOURS)
    return user


def crumbs() -> list[tuple[str, str]]:
    """The way to the pages below the list of people."""
    return [("Your account", reverse("access:account-detail")), ("People", reverse("access:person-list"))]


@require_safe
def person_list(request: HttpRequest) -> HttpResponse:
    """The people whose roles one looks after."""
    user = require_manager(request)
    form = PeopleFilterForm(request.GET)
    found = people_seen_by(user, **form.cleaned_data) if form.is_valid() else User.objects.none()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": with_roles(page, user, timezone.localdate()),
        "administers": user.has_everywhere(Right.ADMINISTER),
        "crumbs": crumbs()[:1],
    }
    return render(request, "access/person_list.html", context)


def role_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Give another role to somebody who is in one's list already."""
    user = require_manager(request)
    found = get_object_or_404(people_seen_by(user), pk=pk)
    form = RoleForm(posted(request), by=user)
    if request.method == "POST" and form.is_valid():
        try:
            services.grant_role(user=found, by=user, at=timezone.now(), **form.wanted())
        except services.CannotGrant as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{found} has the role now.")
            return redirect("access:person-list")
    context = {"form": form, "person": found, "crumbs": crumbs()}
    return render(request, "access/role_create.html", context)


def role_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end a role at once."""
    user = require_manager(request)
    roles = Membership.objects.current(timezone.localdate()).managed_by(user)
    membership = get_object_or_404(roles.select_related("user", "program", "agency"), pk=pk)
    if not Membership.objects.endable_by(user).filter(pk=pk).exists():
        raise PermissionDenied("You can end only roles that you could have given.")
    if request.method == "POST":
        return _told(
            request,
            f"{membership.user} is no longer {membership.get_role_display()} of {membership.scope_name}.",
            services.end_role,
            membership=membership,
        )
    return render(request, "access/role_end.html", {"membership": membership, "crumbs": crumbs()})


def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then close an account."""
    return _switch(
        request, pk, "access/person_deactivate.html", services.deactivate_person, "closed", active=True
    )


def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then open a closed account."""
    return _switch(
        request, pk, "access/person_reactivate.html", services.reactivate_person, "opened", active=False
    )


def _switch(
    request: HttpRequest, pk: int, template: str, service: Any, done: str, *, active: bool
) -> HttpResponse:
    if not person(request).has_everywhere(Right.ADMINISTER):
        raise PermissionDenied("Only an administrator can close or open an account.")
    found = get_object_or_404(User, pk=pk, is_active=active)
    if request.method == "POST":
        return _told(request, f"The account of {found} was {done}.", service, person=found)
    return render(request, template, {"person": found, "crumbs": crumbs()})


def _told(request: HttpRequest, success: str, service: Any, **arguments: Any) -> HttpResponse:
    """Call a service and tell on the list of people what came of it."""
    try:
        service(by=person(request), at=timezone.now(), **arguments)
    except (services.CannotEndRole, services.CannotDeactivate) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success)
    return redirect("access:person-list")
