"""The facts of a period: filled in by the agency's people, read by who may see its answers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments.forms_facts import FactsForm
from assessments.models import Assessment, PeriodFacts
from assessments.queries_facts import told_facts
from assessments.services import NotOpen
from assessments.services_facts import BadFacts, StaleFacts, save_facts
from assessments.views import crumbs, person, require, seen
from portal.access.rules import Right
from portal.requests import posted


@require_http_methods(["GET", "POST"])
def facts_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The facts of an assessment's period, to fill in while it is open."""
    assessment = seen(request, pk)
    row = PeriodFacts.objects.filter(assessment=assessment).select_related("saved_by").first()
    editable = assessment.is_open and person(request).can(Right.ANSWER, assessment.agency)
    if request.method == "POST":
        require(request, Right.ANSWER, assessment)
    form = FactsForm(row, posted(request))
    status = 200
    if request.method == "POST":
        if form.is_valid() and _saved(request, assessment, form):
            messages.success(request, "Facts saved.")
            return redirect(_way_back(request, assessment))
        status = 422
    context = {
        "assessment": assessment,
        "form": form if editable or request.method == "POST" else None,
        "told": told_facts(row),
        "row": row,
        "next": _way_back(request, assessment),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/facts_edit.html", context, status=status)


def _way_back(request: HttpRequest, assessment: Assessment) -> str:
    """The check-in, where the form came from there; else the questionnaire."""
    check_in = reverse("assessments:check-in", args=[assessment.pk])
    if request.POST.get("next") == check_in:
        return check_in
    return reverse("assessments:assessment-detail", args=[assessment.pk])


def _saved(request: HttpRequest, assessment: Assessment, form: FactsForm) -> bool:
    """Whether the facts were saved; otherwise the form says why not."""
    try:
        save_facts(
            assessment_id=assessment.pk,
            revision=form.cleaned_data["revision"],
            facts=form.given(),
            by=person(request),
            at=timezone.now(),
        )
    except BadFacts as error:
        for name, message in error.errors.items():
            form.add_error(name, message)
    except StaleFacts as error:
        _show_both(form, error)
    except NotOpen as error:
        form.add_error(None, str(error))
    else:
        return True
    return False


def _show_both(form: FactsForm, error: StaleFacts) -> None:
    """Say beside each field what the other one saved; what was typed stays."""
    form.add_error(None, f"{error} Theirs stands below each field; save again to have yours in its place.")
    now = FactsForm(error.row)
    for name in error.changed:
        theirs = now.initial[name]
        form.add_error(name, f"Saved now: {'nothing' if theirs in {None, ''} else theirs}.")
    # What is sent next time has seen this.
    form.data = {name: form.data[name] for name in form.data} | {"revision": error.row.revision}
