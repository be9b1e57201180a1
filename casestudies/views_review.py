"""Pages on which a case study is judged, and on which a person says which agency a file meant."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from casestudies import forms_writing as forms
from casestudies.content import Content, missing_for_gaps
from casestudies.models import CaseStudy
from casestudies.naming import places_of_name
from casestudies.queries import differences, writable_agencies
from casestudies.queries_matching import suggest_agencies
from casestudies.services_review import (
    CannotPublish,
    CannotReturn,
    own_work,
    publish_case_study,
    return_case_study,
)
from casestudies.services_writing import StaleCaseStudy, match_agencies
from casestudies.views_writing import crumbs, inside_study
from portal.access.rules import Right
from portal.requests import form_page, person, posted

MOST_NAMED = 30  # places that are listed


@form_page
def case_study_review(request: HttpRequest, slug: str) -> HttpResponse:
    """What was submitted, what is new in it, and the decision."""
    study = inside_study(request, slug)
    reader = person(request)
    if study.state != CaseStudy.State.IN_REVIEW:
        if not _judges(request, study):
            raise PermissionDenied("Reviewers and program officers judge case studies.")
        messages.warning(request, f"It is not in review: it is {study.get_state_display().lower()}.")
        return redirect("casestudies:case-study-detail", slug=slug)
    if not CaseStudy.objects.reviewable_by(reader).filter(pk=study.pk).exists():
        raise PermissionDenied("Reviewers and program officers judge case studies.")
    may_publish = CaseStudy.objects.publishable_by(reader).filter(pk=study.pk).exists()
    own = own_work(study, reader)
    data = posted(request)
    form = forms.DecisionForm(data, initial={"revision": study.revision})
    if data is not None and form.is_valid() and _decided(request, study, form, may_publish=may_publish):
        return redirect("casestudies:case-study-detail", slug=slug)
    content, before = study.content, study.content_published
    context = {
        "study": study,
        "form": form,
        "content": content,
        "changes": differences(before, content) if before and content else None,
        "may_publish": may_publish and not own,
        "own": own,
        "named": _named(study, content)[:MOST_NAMED] if content else [],
        "most_named": MOST_NAMED,
        "missing": missing_for_gaps(content) if content else [],
        "steps": study.steps.select_related("by"),
        "crumbs": [*crumbs(), (study.title, reverse("casestudies:case-study-detail", args=[slug]))],
    }
    return render(request, "casestudies/case_study_review.html", context, status=422 if form.errors else 200)


def _named(study: CaseStudy, content: Content) -> list[tuple[str, str]]:
    """Where readers would be told whose it is, though it is not to be named."""
    if content.may_be_named:
        return []
    agency = study.agency
    names = [content.organization, *([agency.name] if agency else [])]
    return places_of_name(content, names, agency.abbreviation if agency else "")


def _judges(request: HttpRequest, study: CaseStudy) -> bool:
    reader = person(request)
    if study.agency is None:
        return reader.has_anywhere(Right.PUBLISH_CASES)
    return reader.can(Right.REVIEW, study.agency)


def _decided(request: HttpRequest, study: CaseStudy, form: forms.DecisionForm, *, may_publish: bool) -> bool:
    """Whether the decision was carried out; otherwise the form says why not."""
    said: dict[str, Any] = {
        "study_id": study.pk,
        "revision": form.cleaned_data["revision"],
        "comment": form.cleaned_data["comment"],
        "by": person(request),
        "at": timezone.now(),
    }
    try:
        if form.cleaned_data["decision"] == "return":
            return_case_study(**said)
            messages.success(request, "It is returned with your comment.")
        elif not may_publish:
            raise PermissionDenied("A program officer of its agency publishes a case study.")
        else:
            publish_case_study(**said)
            messages.success(request, "It is published: everybody with a log-in may read it.")
    except CannotReturn as error:
        form.add_error("comment", str(error))
    except (StaleCaseStudy, CannotPublish) as error:
        form.add_error(None, str(error))
    return not form.errors


@form_page
def case_study_match(request: HttpRequest, slug: str) -> HttpResponse:
    """Say which agency a file meant."""
    study = inside_study(request, slug)
    reader = person(request)
    if not CaseStudy.objects.editable_by(reader).filter(pk=study.pk).exists():
        raise PermissionDenied("Who wrote it, or an administrator, says whose it is.")
    among = writable_agencies(reader)
    name = study.agency_name_given or study.organization
    suggestions = suggest_agencies(name, among) if name else []
    data = posted(request)
    unmatched = CaseStudy.objects.editable_by(reader).unmatched()
    given = study.agency_name_given
    others = unmatched.filter(agency_name_given=given).exclude(pk=study.pk) if given else unmatched.none()
    form = forms.MatchForm(
        data,
        alike=others.count(),
        suggestions=suggestions,
        among=among,
        outside=reader.has_anywhere(Right.PUBLISH_CASES),
        initial={"revision": study.revision},
    )
    if data is not None and form.is_valid():
        try:
            more = match_agencies(
                study_id=study.pk,
                revision=form.cleaned_data["revision"],
                others=others if form.cleaned_data.get("alike") else others.none(),
                agency=form.cleaned_data["agency"],
                by=reader,
                at=timezone.now(),
            )
        except StaleCaseStudy as error:
            form.add_error(None, str(error))
        else:
            whose = form.cleaned_data["agency"] or "an organization outside the portal"
            also = f" So {'is' if more == 1 else 'are'} {more} more." if more else ""
            messages.success(request, f"It is now a case study of {whose}.{also}")
            return redirect("casestudies:case-study-detail", slug=slug)
    context = {"study": study, "form": form, "name": name, "suggestions": suggestions}
    context["crumbs"] = [*crumbs(), (study.title, reverse("casestudies:case-study-detail", args=[slug]))]
    return render(request, "casestudies/case_study_match.html", context, status=422 if form.errors else 200)
