"""Saved views: kept, listed, reached by a short address, shown one after the other on the full screen."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboards import services_saved as services
from dashboards.models import SavedView
from dashboards.saved_pages import NotSaveable, kind_of, saveable
from portal.requests import person


@require_GET
def view_list(request: HttpRequest) -> HttpResponse:
    """One's own views, in the order in which they are shown."""
    views = list(SavedView.objects.filter(owner=person(request)).order_by("position", "pk"))
    rows = [(view, kind_of(view.path), request.build_absolute_uri(_short(view))) for view in views]
    return render(request, "dashboards/view_list.html", {"rows": rows})


@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the page that was looked at; then it is shown again."""
    address = request.POST.get("address", "")
    try:
        view = services.save_view(
            name=request.POST.get("name", ""), address=address, by=person(request), at=timezone.now()
        )
    except services.CannotSave as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"“{view}” is saved. Its short address is {request.build_absolute_uri(_short(view))}"
        )
    return HttpResponseRedirect(_back(address))


@require_POST
def view_delete(request: HttpRequest, code: str) -> HttpResponse:
    """Delete one of one's own views."""
    view = get_object_or_404(SavedView, code=code, owner=person(request))
    services.delete_view(code=code, by=person(request), at=timezone.now())
    messages.success(request, f"“{view}” is deleted.")
    return redirect("dashboards:view-list")


@require_POST
def view_move(request: HttpRequest, code: str) -> HttpResponse:
    """Move one of one's own views up or down."""
    get_object_or_404(SavedView, code=code, owner=person(request))
    up = request.POST.get("to") == "up"
    services.move_view(code=code, up=up, by=person(request), at=timezone.now())
    return redirect("dashboards:view-list")


@require_GET
def view_open(request: HttpRequest, code: str) -> HttpResponse:
    """Where a short address leads, whoever's it is: what is shown there depends on who looks."""
    view = get_object_or_404(SavedView, code=code)
    return HttpResponseRedirect(_back(view.address))


@require_GET
def view_present(request: HttpRequest) -> HttpResponse:
    """One's own views one after the other, without anything around them."""
    views = list(SavedView.objects.filter(owner=person(request)).order_by("position", "pk"))
    if not views:
        return redirect("dashboards:view-list")
    asked = request.GET.get("at", "1")
    at = min(max(int(asked), 1), len(views)) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
    context: dict[str, Any] = {
        "view": views[at - 1],
        "at": at,
        "count": len(views),
        "before": at - 1 if at > 1 else len(views),
        "after": at + 1 if at < len(views) else 1,
    }
    return render(request, "dashboards/view_present.html", context)


def _short(view: SavedView) -> str:
    return f"/v/{view.code}/"


def _back(address: str) -> str:
    """The address again if it is one that can be saved; anything else leads to the list of views."""
    try:
        path, query = saveable(address)
    except NotSaveable:
        return "/views/"
    return f"{path}?{query}" if query else path
