"""Evidence of an assessment: added, used for several items, changed, taken away, downloaded."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from assessments.evidence_responses import file_response
from assessments.forms_evidence import EvidenceEditForm, EvidenceForm
from assessments.models import Assessment, Evidence, EvidenceUse
from assessments.queries import shown_evidence
from assessments.services import NotOpen
from assessments.services_answers import BadAnswer, add_evidence, remove_evidence
from assessments.services_evidence import (
    LastUse,
    StaleEvidence,
    attach_evidence,
    change_evidence,
    detach_evidence,
    upload_evidence,
)
from assessments.views import crumbs, is_htmx, person, require, seen
from assessments.views_answers import item_asked, way_back
from assessments.views_questionnaire import context_of
from maturity.models import Item
from portal.access.rules import Right
from portal.requests import id_in, posted

PER_PAGE = 50
MOST_OFFERED = 200  # pieces of evidence to choose from


@require_http_methods(["GET", "POST"])
def evidence_add(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """A form for a link, a statement or a file, as a page or, for htmx, in the row; a POST adds it."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    row = item_asked(assessment, item)
    form = EvidenceForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        initial={"dated_on": timezone.localdate()},
        auto_id=f"{row.slug}-evidence-%s",
    )
    if request.method == "POST" and form.is_valid() and _added(request, assessment, row, form):
        return _evidence_changed(request, assessment, row, "Evidence added.")
    status = 422 if form.is_bound else 200
    shown = {
        "assessment": assessment,
        "item": row,
        "form": form,
        "others": _others(assessment, row),
        "next": way_back(request, assessment, row),
        "crumbs": crumbs(assessment),
    }
    if not is_htmx(request):
        return render(request, "assessments/evidence_add.html", shown, status=status)
    response = render(request, "assessments/includes/evidence_form.html", shown, status=status)
    # Added evidence replaces the whole list; a form to be corrected stays where it is.
    return reswap(retarget(response, f"#evidence-form-{row.slug}"), "innerHTML")


def _added(request: HttpRequest, assessment: Assessment, item: Item, form: EvidenceForm) -> bool:
    given, upload = form.given(), form.upload()
    same: dict[str, Any] = {
        "assessment_id": assessment.pk,
        "item_slug": item.slug,
        "evidence": given,
        "by": person(request),
        "at": timezone.now(),
    }
    try:
        if given.kind != Evidence.Kind.FILE:
            add_evidence(**same)
        elif upload is None:
            form.add_error("file", "Choose the file.")
        else:
            upload_evidence(upload=upload, **same)
    except BadAnswer as error:
        for name, message in error.errors.items():
            form.add_error(name, message)
    except NotOpen as error:
        form.add_error(None, str(error))
    return form.is_valid()


def _others(assessment: Assessment, item: Item) -> list[Evidence]:
    """Evidence of the assessment that is not used for this item yet."""
    used = EvidenceUse.objects.filter(answer__item=item, answer__assessment=assessment)
    found = Evidence.objects.filter(assessment=assessment).exclude(pk__in=used.values("evidence"))
    return list(found.order_by("title", "pk").only("title", "kind", "dated_on")[:MOST_OFFERED])


@require_POST
def evidence_attach(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Use evidence that the assessment has already for one more item."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    row = item_asked(assessment, item)
    evidence = get_object_or_404(assessment.evidence, pk=id_in(request.POST.get("evidence", "")))
    message = "It is used for this item, too."
    try:
        attach_evidence(
            assessment_id=pk,
            evidence_id=evidence.pk,
            item_slug=row.slug,
            by=person(request),
            at=timezone.now(),
        )
    except NotOpen as error:
        message = str(error)
    return _evidence_changed(request, assessment, row, message)


@require_POST
def evidence_detach(request: HttpRequest, pk: int, evidence: int, item: str) -> HttpResponse:
    """Use evidence no longer for an item; it stays for the others."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    row = item_asked(assessment, item)
    get_object_or_404(assessment.evidence, pk=evidence)
    message = "It is not used for this item any more."
    try:
        detach_evidence(
            assessment_id=pk, evidence_id=evidence, item_slug=row.slug, by=person(request), at=timezone.now()
        )
    except (NotOpen, LastUse) as error:
        message = str(error)
    except Evidence.DoesNotExist:
        raise Http404 from None
    return _evidence_changed(request, assessment, row, message)


@require_POST
def evidence_remove(request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
    """Take one piece of evidence away from all items."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    found = get_object_or_404(assessment.evidence, pk=evidence)
    first = found.answers.select_related("item__stage", "item__domain").order_by("item__position").first()
    message = "Evidence removed."
    try:
        remove_evidence(assessment_id=pk, evidence_id=evidence, by=person(request), at=timezone.now())
    except NotOpen as error:
        message = str(error)
    except Evidence.DoesNotExist:
        raise Http404 from None
    if first is None or request.POST.get("back") == "list":
        messages.success(request, message)
        return redirect("assessments:evidence-list", pk=pk)
    return _evidence_changed(request, assessment, first.item, message)


def _evidence_changed(request: HttpRequest, assessment: Assessment, item: Item, message: str) -> HttpResponse:
    if not is_htmx(request):
        messages.success(request, message)
        return redirect(f"{way_back(request, assessment, item)}#item-{item.slug}")
    context = context_of(assessment, person(request))
    shown = {
        "assessment": assessment,
        "row": context.row(item),
        "editable": context.editable,
        "next": way_back(request, assessment, item),
        "message": message,
    }
    return render(request, "assessments/includes/evidence.html", shown)


# --- one piece, and all of them ---------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def evidence_detail(request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
    """What one piece of evidence is, what it is used for; a POST says something else of it."""
    assessment = seen(request, pk)
    found = get_object_or_404(shown_evidence().select_related("run"), pk=evidence, assessment=assessment)
    if request.method == "POST":
        require(request, Right.ANSWER, assessment)
    form = EvidenceEditForm(found, posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            change_evidence(
                assessment_id=pk,
                evidence_id=found.pk,
                revision=form.cleaned_data["revision"],
                fields=form.given(),
                by=person(request),
                at=timezone.now(),
            )
        except BadAnswer as error:
            for name, message in error.errors.items():
                form.add_error(name if name in form.fields else None, message)
        except (StaleEvidence, NotOpen) as error:
            form.add_error(None, str(error))
            status = 409
        else:
            messages.success(request, "Saved.")
            return redirect("assessments:evidence-detail", pk=pk, evidence=found.pk)
    used = found.uses.select_related("answer__item__stage", "added_by").order_by("answer__item__position")
    context = {
        "assessment": assessment,
        "evidence": found,
        "form": form,
        "uses": used,
        "editable": assessment.is_open and person(request).can(Right.ANSWER, assessment.agency),
        "expired": found.has_expired(timezone.localdate()),
        "crumbs": [*crumbs(assessment), ("Evidence", reverse("assessments:evidence-list", args=[pk]))],
    }
    return render(request, "assessments/evidence_detail.html", context, status=status)


@require_GET
def evidence_list(request: HttpRequest, pk: int) -> HttpResponse:
    """All evidence of an assessment, the latest first."""
    assessment = seen(request, pk)
    rows = shown_evidence().filter(assessment=assessment).order_by("-dated_on", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "assessment": assessment,
        "page": page,
        "today": timezone.localdate(),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/evidence_list.html", context)


@require_GET
def evidence_file(request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
    """The file, as a download that no browser shows or runs; unchanged bytes are not sent again."""
    assessment = seen(request, pk)
    found = get_object_or_404(
        Evidence.objects.select_related("file__stored"),
        pk=evidence,
        assessment=assessment,
        file__isnull=False,
    )
    return file_response(request, found, person(request))
