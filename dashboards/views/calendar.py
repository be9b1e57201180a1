"""A person's calendar, for whoever has its address: no log-in, but the rights of its owner at that moment."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from dashboards.calendar_feed import feed
from dashboards.queries.calendar import entries_for
from portal.access.services_calendar import calendar_reader, may_guess_again
from portal.audit.context import client_address

LONGEST_SECRET = 100


@login_not_required
@require_safe
@conditional_page
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What is due, as iCalendar. 404 for an address that there is not, 429 for many of those."""
    now = timezone.now()
    reader = calendar_reader(secret=token, at=now) if len(token) <= LONGEST_SECRET else None
    if reader is None:
        if not may_guess_again(client_address(request) or "unknown"):
            return ratelimit.respond_429(request)
        raise Http404
    content = feed(
        entries_for(reader, timezone.localdate(now)),
        site=settings.SITE_URL.rstrip("/"),
        name="Maturity Portal",
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="maturity-portal.ics"'
    patch_cache_control(response, private=True, no_cache=True)
    return response
