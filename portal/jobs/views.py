"""The page of background jobs."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.models import User
from portal.access.rules import Right
from portal.jobs.models import Job, JobQuerySet
from portal.requests import person

PER_PAGE = 25


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """The background jobs that this person may know of, the latest first; it updates itself on request."""
    page = Paginator(_visible(person(request)), PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "page": page,
        "jobs": [(job, job.time_left(now)) for job in page],
        "live": request.GET.get("live") == "on",
        "now": now,
        "sees_check": person(request).has_everywhere(Right.ADMINISTER),
    }
    return render(request, "jobs/job_list.html", context)


def _visible(person: User) -> JobQuerySet:
    """Administrators see all, program officers their own and the portal's, others their own."""
    if person.has_everywhere(Right.ADMINISTER):
        return Job.objects.all()
    if person.has_anywhere(Right.RUN_PROGRAM):
        return Job.objects.of_person_or_portal(person.pk)
    return Job.objects.filter(requested_by_id=person.pk)
