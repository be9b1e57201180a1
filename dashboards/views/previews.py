"""An agency's own figures before they are published, and what it says of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.models import Cycle
from assessments.queries_cycles import agencies_asked
from assessments.queries_preview import thread_of
from assessments.services_preview import LONGEST_REPLY, CannotReply, note_preview_seen, reply_to_preview
from dashboards.queries.measures import Measure
from dashboards.queries.previews import preview_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import person


class ReplyForm(forms.Form):
    """What is said of the figures."""

    text = forms.CharField(
        label="Your reply",
        max_length=LONGEST_REPLY,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Read by the agency's people, its reviewers and the program office.",
    )


@require_GET
def preview_detail(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """The agency's figures as they will be published, and the conversation about them."""
    cycle, agency, reader = _seen(request, pk, slug)
    if cycle.state == Cycle.State.PREVIEW and reader.can(Right.ANSWER, agency):
        note_preview_seen(cycle=cycle, agency=agency, by=reader, at=timezone.now())
    return render(request, "dashboards/preview_detail.html", _context(cycle, agency, reader, ReplyForm()))


@require_POST
def preview_reply(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Say something of the figures: agency leads, and in answer their reviewers and program officers."""
    cycle, agency, reader = _seen(request, pk, slug)
    if not _may_reply(agency, reader):
        raise PermissionDenied
    form = ReplyForm(request.POST)
    if not form.is_valid():
        context = _context(cycle, agency, reader, form)
        return render(request, "dashboards/preview_detail.html", context, status=422)
    try:
        reply_to_preview(
            cycle_id=cycle.pk, agency=agency, text=form.cleaned_data["text"], by=reader, at=timezone.now()
        )
    except CannotReply as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Your reply is kept.")
    return redirect("dashboards:preview-detail", pk=pk, slug=slug)


def _seen(request: HttpRequest, pk: int, slug: str) -> tuple[Cycle, Agency, User]:
    """Raises Http404 for what one may not know of, PermissionDenied without a right to details."""
    reader = person(request)
    cycles = Cycle.objects.visible_to(reader).select_related("program", "version__model")
    cycle = get_object_or_404(cycles, pk=pk)
    agency: Agency = get_object_or_404(agencies_asked(cycle, reader), slug=slug)
    if not reader.can(Right.SEE_DETAILS, agency):
        raise PermissionDenied
    return cycle, agency, reader


def _may_reply(agency: Agency, reader: User) -> bool:
    return reader.can(Right.SUBMIT, agency) or reader.can(Right.REVIEW, agency)


def _context(cycle: Cycle, agency: Agency, reader: User, form: ReplyForm) -> dict[str, Any]:
    return {
        "cycle": cycle,
        "measure": Measure(cycle.version),
        "agency": agency,
        "preview": preview_of(cycle, agency),
        "thread": thread_of(cycle, agency),
        "may_reply": cycle.state == Cycle.State.PREVIEW and _may_reply(agency, reader),
        "form": form,
        "crumbs": [
            ("Cycles", reverse("assessments:cycle-list")),
            (str(cycle), reverse("assessments:cycle-detail", args=[cycle.pk])),
        ],
    }
