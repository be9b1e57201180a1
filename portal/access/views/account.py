"""The account: who one is, which roles one holds, how one signs in, and one's API tokens."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.access import services, services_calendar, services_tokens
from portal.access.forms import ProfileForm, TokenForm
from portal.access.models import CalendarAddress
from portal.access.queries import roles_of
from portal.access.rules import ROLE_MEANINGS, Right, Role
from portal.requests import person, posted

MOST_TOKENS_SHOWN = 50


@require_safe
def account_detail(request: HttpRequest) -> HttpResponse:
    """Everything about oneself on one page."""
    at = timezone.now()
    roles = [
        (row, ROLE_MEANINGS[Role(row.role)]) for row in roles_of(person(request), timezone.localdate(at))
    ]
    tokens = person(request).api_tokens.order_by("-created_at")[:MOST_TOKENS_SHOWN]
    context = {
        "roles": roles,
        "tokens": [(token, token.is_usable(at)) for token in tokens],
        "calendar": CalendarAddress.objects.filter(user=person(request)).first(),
        "second_factor": is_mfa_enabled(person(request)),
        "manages_people": person(request).manages_people,
        "administers": person(request).has_everywhere(Right.ADMINISTER),
    }
    return render(request, "access/account_detail.html", context)


def account_edit(request: HttpRequest) -> HttpResponse:
    """Change one's name."""
    form = ProfileForm(posted(request), initial={"name": person(request).name})
    if request.method == "POST" and form.is_valid():
        services.rename_person(person=person(request), name=form.cleaned_data["name"], at=timezone.now())
        messages.success(request, "Your name was changed.")
        return redirect("access:account-detail")
    return render(request, "access/account_edit.html", {"form": form, "crumbs": _crumbs()})


@never_cache
def token_create(request: HttpRequest) -> HttpResponse:
    """Make a token; the answer to the form is the only page that ever shows it."""
    form = TokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            issued = services_tokens.create_token(
                user=person(request), by=person(request), at=timezone.now(), **form.cleaned_data
            )
        except services_tokens.CannotCreateToken as error:
            form.add_error(None, str(error))
        else:
            context = {"issued": issued, "site": request.build_absolute_uri("/"), "crumbs": _crumbs()}
            return render(request, "access/token_created.html", context)
    return render(request, "access/token_create.html", {"form": form, "crumbs": _crumbs()})


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of one's own tokens."""
    token = get_object_or_404(person(request).api_tokens, pk=pk)
    services_tokens.revoke_token(token=token, by=person(request), at=timezone.now())
    messages.success(request, f"The token “{token.name}” was revoked. The API takes it no longer.")
    return redirect("access:account-detail")


@require_POST
@never_cache
def calendar_make(request: HttpRequest) -> HttpResponse:
    """Make one's calendar address; the answer is the only page that ever shows it. The old one is dead."""
    secret = services_calendar.make_calendar_address(user=person(request), at=timezone.now())
    return render(
        request,
        "access/calendar_made.html",
        {"secret": secret, "site": request.build_absolute_uri("/").rstrip("/"), "crumbs": _crumbs()},
    )


@require_POST
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    """End one's calendar address."""
    services_calendar.revoke_calendar_address(user=person(request), at=timezone.now())
    messages.success(request, "Your calendar address is revoked. Calendars that used it get nothing more.")
    return redirect("access:account-detail")


@login_not_required
def not_offered(request: HttpRequest) -> HttpResponse:
    """There is no such page, for whoever asks."""
    raise Http404


def _crumbs() -> list[tuple[str, str]]:
    return [("Your account", reverse("access:account-detail"))]
