"""The pages of notices: everybody's own."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.access.queries_notices import reader_of
from portal.notices import services
from portal.notices.forms import SettingsForm
from portal.notices.models import Notice, NoticeQuerySet
from portal.notices.queries import MOST_COUNTED, choices_of, unread_count
from portal.requests import form_page, person, posted

PER_PAGE = 25


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """What one was told, the unread first."""
    page = Paginator(_visible(request).unread_first(), PER_PAGE).get_page(request.GET.get("page"))
    # Nothing that came after the page was made is marked as read by its button. Unread ones come first, the
    # latest at the top; on a later page the button is for those of that page and before.
    unread = [notice.pk for notice in page if notice.read_at is None]
    context = {
        "page": page,
        "up_to": max(unread, default=None),
        "crumbs": [("Your account", reverse("access:account-detail"))],
    }
    return render(request, "notices/notice_list.html", context)


@require_safe
@never_cache
def notice_count(request: HttpRequest) -> HttpResponse:
    """How many are unread, for the header: asked for once a page is there, so that no page waits for it."""
    context = {"count": unread_count(reader_of(person(request))), "most": MOST_COUNTED}
    return render(request, "notices/includes/count.html", context)


@require_safe
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the thing; the notice of it is read then."""
    notice = get_object_or_404(_visible(request), pk=pk)
    services.mark_read(notice=notice, at=timezone.now())
    return redirect(notice.url)


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read without going there."""
    services.mark_read(notice=get_object_or_404(_visible(request), pk=pk), at=timezone.now())
    return redirect("notices:notice-list")


@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read all that one has seen in the list."""
    said = request.POST.get("up_to", "")
    if said.isascii() and said.isdecimal() and len(said) < 19:
        services.mark_all_read(person_id=person(request).pk, up_to=int(said), at=timezone.now())
        messages.success(request, "Your notices are marked as read.")
    return redirect("notices:notice-list")


@form_page
def notice_settings(request: HttpRequest) -> HttpResponse:
    """Choose what one is told, and how."""
    form = SettingsForm(choices_of(person(request).pk), posted(request))
    if request.method == "POST" and form.is_valid():
        services.save_preferences(choices=form.choices, by=person(request), at=timezone.now())
        messages.success(request, "Your choices are saved. They hold for what still waits to be sent, too.")
        return redirect("notices:settings")
    context = {
        "form": form,
        "crumbs": [
            ("Your account", reverse("access:account-detail")),
            ("Notices", reverse("notices:notice-list")),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "notices/notice_settings.html", context, status=status)


def _visible(request: HttpRequest) -> NoticeQuerySet:
    return Notice.objects.visible_to(reader_of(person(request)))
