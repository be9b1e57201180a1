"""Exemptions: asked for beside an item, listed, decided on, ended."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.forms_exemptions import DecisionForm, ExemptionFilterForm, ExemptionForm
from assessments.models import Exemption
from assessments.queries_exemptions import shown_exemptions
from assessments.services_exemptions import (
    BadExemption,
    CannotDecide,
    StaleExemption,
    decide_exemption,
    end_exemption,
    request_exemption,
    withdraw_exemption,
)
from assessments.views import crumbs, person, require, seen
from assessments.views_answers import item_asked
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import posted

PER_PAGE = 50
DONE = {
    "approve": "Approved. The item is left out of what is approved from now on, while it holds.",
    "decline": "Declined.",
    "withdraw": "Withdrawn.",
    "end": "Ended. The item is asked again; results stay as they are.",
}


@require_GET
def exemption_list(request: HttpRequest) -> HttpResponse:
    """The exemptions of agencies whose answers this person may see."""
    today = timezone.localdate()
    form = ExemptionFilterForm(request.GET)
    found = Exemption.objects.visible_to(person(request)).filter(form.matches())
    show = form.cleaned_data.get("show", "") if form.is_valid() else ""
    ways = {
        "asked": found.filter(state=Exemption.State.ASKED),
        "force": found.in_force(today),
        "over": found.over(today),
        "declined": found.filter(state__in=[Exemption.State.DECLINED, Exemption.State.WITHDRAWN]),
    }
    ids = ways.get(show, found).order_by().values("pk")
    rows = shown_exemptions().filter(pk__in=ids).order_by("agency__name", "-until_on", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(row, state_words(row)) for row in page],
        "crumbs": crumbs(),
    }
    return render(request, "assessments/exemption_list.html", context)


def state_words(exemption: Exemption) -> str:
    """What became of it, as of today."""
    today = timezone.localdate()
    if exemption.is_in_force(today):
        return "In force"
    if exemption.is_over(today):
        return "Ended"
    if exemption.state == Exemption.State.APPROVED:
        return "Approved, begins later"
    return str(exemption.get_state_display())


@require_http_methods(["GET", "POST"])
def exemption_ask(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Ask that the agency of an assessment be excused from one of its items for a time."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    row = item_asked(assessment, item)
    form = ExemptionForm(posted(request), initial={"from_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            made = request_exemption(
                agency=assessment.agency, item=row, fields=form.given(), by=person(request), at=timezone.now()
            )
        except BadExemption as error:
            for name, message in error.errors.items():
                form.add_error(name if name in form.fields else None, message)
        else:
            messages.success(request, "Asked for. It leaves the item out once a reviewer approved it.")
            return redirect("assessments:exemption-detail", pk=made.pk)
    context = {"assessment": assessment, "item": row, "form": form, "crumbs": crumbs(assessment)}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/exemption_ask.html", context, status=status)


@require_http_methods(["GET", "POST"])
def exemption_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One exemption with who asked, who decided; a POST decides on it, withdraws it or ends it."""
    reader = person(request)
    visible = Exemption.objects.visible_to(reader).values("pk")
    exemption = get_object_or_404(shown_exemptions().filter(pk__in=visible), pk=pk)
    offered = offered_to(exemption, reader)
    form = DecisionForm(exemption, offered, posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST":
        if not (reader.can(Right.ANSWER, exemption.agency) or reader.can(Right.REVIEW, exemption.agency)):
            status = 403
            form.is_valid()
            form.add_error(None, "You may not decide on this exemption.")
        elif form.is_valid():
            try:
                decide(exemption, form.cleaned_data, reader)
            except BadExemption as error:
                for name, message in error.errors.items():
                    form.add_error("note" if name in {"note", "reason"} else None, message)
            except CannotDecide as error:
                status = 403
                form.add_error(None, str(error))
            except StaleExemption as error:
                status = 409
                form.add_error(None, str(error))
            else:
                messages.success(request, DONE[form.cleaned_data["decision"]])
                return redirect("assessments:exemption-detail", pk=pk)
    context = {
        "exemption": exemption,
        "words": state_words(exemption),
        "form": form if offered or form.errors else None,
        "own": exemption.requested_by_id == reader.pk and exemption.state == Exemption.State.ASKED,
        "crumbs": [*crumbs(), ("Exemptions", reverse("assessments:exemption-list"))],
    }
    return render(request, "assessments/exemption_detail.html", context, status=status)


def offered_to(exemption: Exemption, reader: User) -> list[str]:
    """What this reader may do with it now."""
    agency, found = exemption.agency, []
    if exemption.state == Exemption.State.ASKED:
        if reader.can(Right.REVIEW, agency) and exemption.requested_by_id != reader.pk:
            found += ["approve", "decline"]
        if reader.can(Right.ANSWER, agency):
            found.append("withdraw")
    elif exemption.state == Exemption.State.APPROVED:
        may_end = reader.can(Right.SUBMIT, agency) or reader.can(Right.REVIEW, agency)
        if may_end and not exemption.is_over(timezone.localdate()):
            found.append("end")
    return found


def decide(exemption: Exemption, given: dict[str, object], by: User) -> None:
    """Do what was decided. Raises what the services raise."""
    same = {
        "exemption_id": exemption.pk,
        "revision": int(str(given["revision"])),
        "by": by,
        "at": timezone.now(),
    }
    note = str(given["note"])
    if given["decision"] == "withdraw":
        withdraw_exemption(**same)  # type: ignore[arg-type]
    elif given["decision"] == "end":
        end_exemption(reason=note, **same)  # type: ignore[arg-type]
    else:
        decide_exemption(approve=given["decision"] == "approve", note=note, **same)  # type: ignore[arg-type]
