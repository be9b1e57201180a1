"""Pages of case studies."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from casestudies.forms import CaseStudyFilterForm
from casestudies.models import CaseStudy
from casestudies.queries import find_case_studies, items_of
from maturity.queries import current_version

PER_PAGE = 20


def case_study_list(request: HttpRequest) -> HttpResponse:
    """Case studies, filtered; wrong filter values are named and nothing is listed."""
    form = CaseStudyFilterForm(request.GET)
    found = CaseStudy.objects.none()
    if form.is_valid():
        found = find_case_studies(**form.cleaned_data)
    page = Paginator(found.prefetch_related("technologies"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "item": form.item_asked() if form.is_valid() else None,
    }
    return render(request, "casestudies/case_study_list.html", context)


def case_study_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One case study: facts, lessons, and what of the model each lesson speaks to."""
    studies = CaseStudy.objects.prefetch_related("technologies", "lessons__links")
    study = get_object_or_404(studies, slug=slug)
    lessons = list(study.lessons.all())
    models = {link.model_slug for lesson in lessons for link in lesson.links.all()}
    version = current_version(min(models)) if models else None
    context = {
        "study": study,
        "version": version,
        "lessons": items_of(lessons, version),
        "crumbs": [("Case studies", reverse("casestudies:case-study-list"))],
    }
    return render(request, "casestudies/case_study_detail.html", context)
