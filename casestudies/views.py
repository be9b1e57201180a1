"""Pages on which case studies are read."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from casestudies.content import missing_for_gaps
from casestudies.forms import CaseStudyFilterForm
from casestudies.models import CaseStudy
from casestudies.queries import find_case_studies, items_of
from casestudies.services_review import own_work
from casestudies.views_writing import crumbs, visible_study
from maturity.queries import current_version
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import person

PER_PAGE = 20


def case_study_list(request: HttpRequest) -> HttpResponse:
    """Case studies, filtered; wrong filter values are named and nothing is listed.

    `show`: mine, review or unmatched, for those who write or judge case studies.
    """
    reader = person(request)
    kinds = _kinds(reader)
    show = request.GET.get("show", "")
    if show and show not in kinds:
        raise PermissionDenied("These lists are for people who write or review case studies.")
    form = CaseStudyFilterForm(request.GET)
    found: QuerySet[CaseStudy] = CaseStudy.objects.none()
    if form.is_valid():
        found = find_case_studies(**form.cleaned_data, among=kinds.get(show))
    found = found.select_related("agency").prefetch_related("technologies")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    words = {"mine": "Yours to write", "review": "Waiting for review", "unmatched": "Agency to be matched"}
    context = {
        "form": form,
        "page": page,
        "item": form.item_asked() if form.is_valid() else None,
        "show": show,
        "kinds": [(key, words[key], among.count()) for key, among in kinds.items()],
        "may_write": reader.has_anywhere(Right.WRITE_CASES),
    }
    return render(request, "casestudies/case_study_list.html", context)


def _kinds(reader: User) -> dict[str, QuerySet[CaseStudy]]:
    """The lists of those who write or judge case studies."""
    found: dict[str, QuerySet[CaseStudy]] = {}
    studies = CaseStudy.objects
    if reader.has_anywhere(Right.WRITE_CASES):
        found["mine"] = studies.editable_by(reader)
        found["unmatched"] = studies.editable_by(reader).unmatched()
    if reader.has_anywhere(Right.REVIEW):
        found["review"] = studies.reviewable_by(reader)
    return found


def case_study_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One case study: facts, text, lessons, and what of the model each lesson speaks to; for its own people
    also how it stands with it."""
    study = visible_study(request, slug)
    lessons = list(study.lessons.prefetch_related("links"))
    models = {link.model_slug for lesson in lessons for link in lesson.links.all()}
    version = current_version(min(models)) if models else None
    context = {
        "study": study,
        "technologies": study.technologies.all(),
        "version": version,
        "lessons": items_of(lessons, version),
        "crumbs": crumbs(),
        **_hands(study, person(request)),
    }
    return render(request, "casestudies/case_study_detail.html", context)


def _hands(study: CaseStudy, reader: User) -> dict[str, object]:
    """What the reader may do with it; nothing for those who may only read."""
    row = CaseStudy.objects.filter(pk=study.pk)
    if study.origin == CaseStudy.Origin.PACK or not row.inside_to(reader).exists():
        return {"inside": False}
    editable = row.editable_by(reader).exists()
    publishable = row.publishable_by(reader).exists()
    waiting = study.state == CaseStudy.State.IN_REVIEW
    return {
        "inside": True,
        "may_edit": editable and not waiting,
        "may_submit": editable and not waiting and study.state != CaseStudy.State.PUBLISHED,
        "may_review": waiting and row.reviewable_by(reader).exists(),
        "may_withdraw": study.is_public and (editable or publishable),
        "may_match": study.agency_id is None and editable,
        "own": own_work(study, reader) if waiting else "",
        "missing": missing_for_gaps(study.content) if study.content else [],
        "steps": study.steps.select_related("by"),
    }
