"""Pages of data calls: who was asked, writing to who has not reported, planned reminders."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.forms_datacalls import CallForm, PlanForm, WordsForm
from assessments.forms_units import chosen_lines
from assessments.merge_fields import FIELDS
from assessments.models import Cycle, DataCall, Letter, ReminderPlan
from assessments.queries_datacalls import (
    asked_lines,
    calls_of,
    not_reported,
    plans_of,
    preview_of,
    recipients_of,
)
from assessments.services_datacalls import (
    FIRST_WORDS,
    REMINDER_WORDS,
    BadWords,
    CannotSend,
    plan_reminder,
    plan_usual_reminders,
    remove_plan,
    retry_letters,
    send_data_call,
)
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import form_page, person, posted

PER_PAGE = 100
CALLS_SHOWN = 50


def _seen(request: HttpRequest, pk: int) -> Cycle:
    found = Cycle.objects.visible_to(person(request)).select_related("program", "version__model")
    return get_object_or_404(found, pk=pk)


def _runs(request: HttpRequest, cycle: Cycle) -> bool:
    return person(request).can_in_program(Right.RUN_PROGRAM, cycle.program)


def _run(request: HttpRequest, pk: int) -> Cycle:
    """The round, for whoever runs its program. Raises Http404, PermissionDenied."""
    cycle = _seen(request, pk)
    if not _runs(request, cycle):
        raise PermissionDenied("Data calls are written by the program's officers.")
    return cycle


def _crumbs(cycle: Cycle, *, deeper: bool = True) -> list[tuple[str, str]]:
    found = [
        ("Cycles", reverse("assessments:cycle-list")),
        (str(cycle), reverse("assessments:cycle-detail", args=[cycle.pk])),
    ]
    if deeper:
        found.append(("Data call", reverse("assessments:data-call-list", args=[cycle.pk])))
    return found


@require_GET
def data_call_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was asked, when, by whom; who has not reported; what is planned."""
    cycle, reader = _seen(request, pk), person(request)
    may_run = _runs(request, cycle)
    open_ones = not_reported(cycle).filter(pk__in=Agency.objects.visible_to(reader).order_by().values("pk"))
    page = Paginator(open_ones, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "cycle": cycle,
        "calls": calls_of(cycle, reader)[:CALLS_SHOWN],
        "plans": plans_of(cycle) if may_run else [],
        "page": page,
        "lines": asked_lines(cycle, list(page.object_list)),
        "may_run": may_run,
        "may_send": may_run and cycle.state == Cycle.State.COLLECTING,
        "today": timezone.localdate(),
        "crumbs": _crumbs(cycle, deeper=False),
    }
    return render(request, "cycles/data_call_list.html", context)


@require_GET
def data_call_detail(request: HttpRequest, pk: int, call: int) -> HttpResponse:
    """One data call: its text, and what became of each letter. Addresses are for the program's officers."""
    cycle = _seen(request, pk)
    row = get_object_or_404(calls_of(cycle, person(request)), pk=call)
    letters = Letter.objects.visible_to(person(request)).filter(call=row)
    letters = letters.select_related("agency").order_by("agency__name", "agency_id", "address", "pk")
    page = Paginator(letters, PER_PAGE).get_page(request.GET.get("page"))
    again = [row.n_failed, row.n_unsure]
    context = {
        "cycle": cycle,
        "call": row,
        "recipients": [DataCall.RECIPIENTS.get(name, name) for name in row.recipients],
        "states": _states(row),
        "page": page,
        "may_run": _runs(request, cycle),
        "again": sum(again),
        "crumbs": _crumbs(cycle),
    }
    return render(request, "cycles/data_call_detail.html", context)


def _states(row: Any) -> list[tuple[str, int]]:
    counts = ((state.label, getattr(row, f"n_{state.value}")) for state in Letter.State)
    return [(str(name), count) for name, count in counts if count]


@form_page
def data_call_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to some, or to all, that have not reported: looked at first, then sent."""
    cycle = _run(request, pk)
    if request.GET.get("remind") == "chosen":
        return _from_board(request, cycle)
    given = posted(request) or request.GET
    kind = DataCall.Kind.REMINDER if given.get("kind") == DataCall.Kind.REMINDER else DataCall.Kind.CALL
    reminder = kind == DataCall.Kind.REMINDER
    slugs = given.getlist("agency")[:PER_PAGE]
    asked = not_reported(cycle)
    rows = list(asked.filter(slug__in=slugs) if slugs else asked)
    first = WordsForm.start_of(REMINDER_WORDS if reminder else FIRST_WORDS)
    form = CallForm(posted(request), initial=first)
    more: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        if "send" in request.POST:
            call = _send(request, cycle, kind, form, [row.pk for row in rows] if slugs else None)
            if call is not None:
                messages.success(request, "It is being sent. This page says how far it is.")
                return redirect("assessments:data-call-detail", pk=cycle.pk, call=call.pk)
        else:
            more = _looked_at(request, cycle, form, rows)
    context = {
        "cycle": cycle,
        "form": form,
        "kind": kind.value,
        "reminder": reminder,
        "slugs": slugs,  # also of those that have reported meanwhile: none chosen would mean all
        "rows": rows,
        "fields": FIELDS.items(),
        "crumbs": _crumbs(cycle),
    } | more
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "cycles/data_call_new.html", context, status=status)


def _from_board(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    """A reminder to the lines that were chosen on the board, as far as they have not reported."""
    try:
        chosen = chosen_lines(request.GET.getlist("unit"))
    except ValidationError as error:
        raise Http404 from error
    slugs = list(not_reported(cycle).filter(pk__in=list(chosen)).values_list("slug", flat=True)[:PER_PAGE])
    if not slugs:
        messages.error(request, "Choose at least one agency on the board that has not reported.")
        return redirect("assessments:cycle-detail", pk=cycle.pk)
    wanted = urlencode([("kind", DataCall.Kind.REMINDER.value), *(("agency", slug) for slug in slugs)])
    return redirect(f"{reverse('assessments:data-call-new', args=[cycle.pk])}?{wanted}")


def _send(
    request: HttpRequest, cycle: Cycle, kind: str, form: CallForm, agencies: list[int] | None
) -> DataCall | None:
    """The data call, or None with the reason in the form."""
    try:
        return send_data_call(
            cycle=cycle,
            kind=kind,
            words=form.words_of(form.cleaned_data),
            agencies=agencies,
            key=form.cleaned_data["key"],
            by=person(request),
            at=timezone.now(),
        )
    except (BadWords, CannotSend) as error:
        form.add_error(None, str(error))
        return None


def _looked_at(request: HttpRequest, cycle: Cycle, form: CallForm, rows: list[Any]) -> dict[str, Any]:
    """How one agency reads it, and whom it goes to."""
    words, wanted = form.words_of(form.cleaned_data), request.POST.get("look_at")
    found = recipients_of(rows, words.recipients, timezone.localdate())
    reached = next((row for row in rows if found.people[row.pk]), rows[0] if rows else None)
    agency = next((row for row in rows if row.slug == wanted), reached)
    if agency is None:
        return {"found": found}
    preview = preview_of(cycle, found, agency, words.subject, words.text, str(person(request)))
    return {"found": found, "looked_at": agency.slug, "preview": preview}


@require_POST
def data_call_retry(request: HttpRequest, pk: int, call: int) -> HttpResponse:
    """Try again what failed or was interrupted."""
    cycle = _run(request, pk)
    row = get_object_or_404(DataCall, pk=call, cycle=cycle)
    count = retry_letters(call=row, by=person(request), at=timezone.now())
    if count:
        messages.success(request, f"{count:,} e-mail{'' if count == 1 else 's'} tried again.")
    else:
        messages.info(request, "There is nothing to try again.")
    return redirect("assessments:data-call-detail", pk=pk, call=call)


# --- planned reminders ------------------------------------------------------------------------------


@require_POST
def reminder_usual(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan the usual reminders, which can then be changed."""
    cycle = _run(request, pk)
    try:
        made = plan_usual_reminders(cycle=cycle, by=person(request), at=timezone.now())
    except CannotSend as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{len(made)} reminder{'' if len(made) == 1 else 's'} planned.")
    return redirect("assessments:data-call-list", pk=pk)


@form_page
def reminder_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a reminder."""
    return _plan_page(request, _run(request, pk), None)


@form_page
def reminder_edit(request: HttpRequest, pk: int, plan: int) -> HttpResponse:
    """Change what a reminder says; the next ones say it."""
    cycle = _run(request, pk)
    return _plan_page(request, cycle, get_object_or_404(ReminderPlan, pk=plan, cycle=cycle))


@require_POST
def reminder_remove(request: HttpRequest, pk: int, plan: int) -> HttpResponse:
    """Send this reminder no more."""
    cycle = _run(request, pk)
    row = get_object_or_404(ReminderPlan, pk=plan, cycle=cycle)
    remove_plan(plan=row, by=person(request), at=timezone.now())
    messages.success(request, f"The reminder {row.when} is removed.")
    return redirect("assessments:data-call-list", pk=pk)


def _plan_page(request: HttpRequest, cycle: Cycle, plan: ReminderPlan | None) -> HttpResponse:
    initial = WordsForm.start_of(REMINDER_WORDS)
    if plan is not None:
        initial = {
            "subject": plan.subject,
            "text": plan.text,
            "recipients": plan.recipients,
            "days": plan.days,
        }
    form = PlanForm(posted(request), initial=initial)
    if plan is not None:
        form.fields["days"].disabled = True  # of another day is another reminder
    if form.is_bound and form.is_valid():
        try:
            plan_reminder(
                cycle=cycle,
                days=form.cleaned_data["days"],
                words=form.words_of(form.cleaned_data),
                by=person(request),
                at=timezone.now(),
            )
        except (BadWords, CannotSend) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The reminder is planned.")
            return redirect("assessments:data-call-list", pk=cycle.pk)
    context = {
        "cycle": cycle,
        "form": form,
        "plan": plan,
        "fields": FIELDS.items(),
        "crumbs": _crumbs(cycle),
    }
    return render(request, "cycles/reminder_edit.html", context, status=422 if form.is_bound else 200)
