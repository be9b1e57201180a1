"""One run: filled in section by section, from a file, finished, discarded."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments.forms_runs import RunAboutForm, RunFileForm
from assessments.models import InstrumentRun
from assessments.queries_runs import definition_of, known_of
from assessments.run_answers import Answers, merged, place_name
from assessments.run_sections import (
    MOST_NEW_ROWS,
    chosen_section,
    entry_boxes,
    field_boxes,
    read_section,
    row_boxes,
    section_after,
    section_at,
    sections_of,
)
from assessments.services_run_files import UnreadableFile, read_run_file
from assessments.services_runs import (
    About,
    BadRun,
    RunFixed,
    StaleRun,
    discard_run,
    finish_run,
    save_run_answers,
)
from assessments.views_instruments import crumbs
from assessments.views_run_results import exported, show_result
from maturity.instruments.definitions import Instrument
from maturity.instruments.evaluate import evaluate, missing_of
from portal.access.rules import Right
from portal.requests import person, posted


def seen_run(request: HttpRequest, slug: str, pk: int) -> InstrumentRun:
    """The run, if this person may see it; otherwise there is none for them."""
    found = InstrumentRun.objects.visible_to(person(request)).filter(instrument=slug)
    people = ("agency", "edition", "started_by", "saved_by", "finished_by", "repeats__edition")
    return get_object_or_404(found.select_related(*people), pk=pk)


def run_to_edit(request: HttpRequest, slug: str, pk: int) -> InstrumentRun:
    """The run, if this person may fill it in; 403 for those who may only see it."""
    run = seen_run(request, slug, pk)
    if not person(request).can(Right.ANSWER, run.agency):
        raise PermissionDenied
    return run


@require_http_methods(["GET", "POST"])
def run_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """An open run as its form, a section at a time (a POST saves one); a finished one with its outcome."""
    if request.method == "POST":
        run = run_to_edit(request, slug, pk)
        return _save(request, run) if run.is_open else _fixed(request, run)
    run = seen_run(request, slug, pk)
    if not run.is_open:
        return show_result(request, run)
    return show_form(request, run)


def show_form(
    request: HttpRequest,
    run: InstrumentRun,
    *,
    answers: Answers | None = None,
    about: RunAboutForm | None = None,
    errors: Mapping[str, str] | None = None,
    stale: StaleRun | None = None,
    wished: str = "",
    heading: str = "Not saved",
    status: int = 200,
) -> HttpResponse:
    """The form of one section, with what was typed where it could not be saved."""
    instrument = definition_of(run.edition)
    errors = errors or {}
    sections = sections_of(instrument, run.answers)
    section = chosen_section(sections, wished or request.GET.get("section", ""))
    shown = run.answers if answers is None else answers
    initial = {"subject": run.subject, "run_on": run.run_on, "note": run.note}
    editable = person(request).can(Right.ANSWER, run.agency)
    missing = missing_of(instrument, run.answers)
    context = {
        "run": run,
        "instrument": instrument,
        "editable": editable,
        "sections": sections,
        "section": section,
        "next_section": section_after(sections, section.key),
        "about": about or RunAboutForm(instrument, initial=initial),
        "fields": field_boxes(instrument, shown, errors) if section.is_about else [],
        "entries": entry_boxes(instrument, section.key, shown, errors),
        "rows": row_boxes(instrument, shown, errors, _new_rows(request, shown)) if section.is_rows else [],
        "errors": [_error(instrument, place, told) for place, told in errors.items()],
        "stale": stale,
        "heading": heading,
        "revision": stale.run.revision if stale is not None else run.revision,
        "missing": [
            (section_at(instrument, place), place, place_name(instrument, place)) for place in missing
        ],
        "so_far": _so_far(run, instrument),
        "crumbs": crumbs(instrument),
        "reads": instrument.reads,
    }
    return render(request, "instruments/run_edit.html", context, status=status)


def _error(instrument: Instrument, place: str, told: str) -> tuple[str, str, str]:
    """An anchor, what is wrong there, and how; the label of a field is not said twice."""
    name = place_name(instrument, place)
    if place == "answers":
        return _anchor(place), told, ""
    if place == "rows" and told == f"Add {name.lower()}.":
        return _anchor(place), name, "still to be added."
    label = name.rpartition(": ")[2]
    for before in (name, label):
        if told.startswith(f"{before}: "):
            return _anchor(place), name, told.removeprefix(f"{before}: ")
        if told.endswith(f": {before}"):
            return _anchor(place), name, f"{told.removesuffix(f': {before}')}."
    return _anchor(place), name, told


def _anchor(place: str) -> str:
    """The input at a place, as the page names it; the section for what has no input of its own."""
    if place in {"answers", "rows", "entries"}:
        return "section"
    return f"id_{place}" if place in {"subject", "run_on", "note"} else place.replace(".", "-")


def _new_rows(request: HttpRequest, shown: Answers) -> int:
    """How many blank rows stand behind the others: one to begin with, else as many as were asked for."""
    said = request.GET.get("new", "")
    if said.isascii() and said.isdigit() and len(said) < 3:
        return min(int(said), MOST_NEW_ROWS)
    return 0 if shown.get("rows") else 1


def _so_far(run: InstrumentRun, instrument: Instrument) -> str:
    return evaluate(instrument, run.answers, known_of(run.agency, instrument, run.run_on)).headline


def _save(request: HttpRequest, run: InstrumentRun) -> HttpResponse:
    """Save the section that was sent, then on to where its button leads."""
    saved = _save_section(request, run)
    if isinstance(saved, HttpResponse):
        return saved
    return _onwards(request, saved, request.POST.get("section", ""))


def _save_section(request: HttpRequest, run: InstrumentRun) -> InstrumentRun | HttpResponse:
    """The run with the section that was sent; the form again, with what is wrong, where it was not saved."""
    instrument = definition_of(run.edition)
    key = request.POST.get("section", "")
    sections = sections_of(instrument, run.answers)
    if key not in {section.key for section in sections}:
        raise Http404
    given = read_section(instrument, key, request.POST.getlist, request.POST.get("remove", ""))
    about_form, about = _about(request, instrument, key)
    typed = merged(run.answers, given)
    if about_form is not None and not about_form.is_valid():
        return show_form(request, run, answers=typed, about=about_form, wished=key, status=422)
    try:
        return save_run_answers(
            run_id=run.pk,
            revision=_revision(request),
            given=given,
            about=about,
            by=person(request),
            at=timezone.now(),
        )
    except BadRun as error:
        if about_form is not None:
            _add_errors(about_form, error.errors)
        return show_form(
            request, run, answers=typed, about=about_form, errors=error.errors, wished=key, status=422
        )
    except StaleRun as error:
        typed = merged(error.run.answers, given)
        return show_form(
            request, error.run, answers=typed, about=about_form, stale=error, wished=key, status=409
        )
    except RunFixed:
        return _fixed(request, run)


def _about(
    request: HttpRequest, instrument: Instrument, key: str
) -> tuple[RunAboutForm | None, About | None]:
    if key != "about":
        return None, None
    form = RunAboutForm(instrument, request.POST)
    return form, form.given() if form.is_valid() else None


def _add_errors(form: RunAboutForm, errors: Mapping[str, str]) -> None:
    for name, message in errors.items():
        if name in form.fields:
            form.add_error(name, message)


def _onwards(request: HttpRequest, run: InstrumentRun, key: str) -> HttpResponse:
    """To the next section, to another blank row, or back to this section."""
    address = reverse("assessments:run-detail", args=[run.instrument, run.pk])
    if "add" in request.POST:
        return redirect(f"{address}?section={key}&new=1#new-row")
    if "remove" in request.POST:
        messages.success(request, "Removed and saved.")
        return redirect(f"{address}?section={key}#section")
    messages.success(request, "Saved.")
    instrument = definition_of(run.edition)
    onwards = section_after(sections_of(instrument, run.answers), key) if "onwards" in request.POST else key
    if onwards is None:
        return redirect(f"{address}?section={key}#finish")
    return redirect(f"{address}?section={onwards}#section")


def _fixed(request: HttpRequest, run: InstrumentRun) -> HttpResponse:
    messages.error(request, "Not saved: this run is finished and does not change. To correct it, repeat it.")
    return redirect("assessments:run-detail", slug=run.instrument, pk=run.pk)


def _revision(request: HttpRequest) -> int:
    """The revision that was seen; one that is none fits none."""
    said = request.POST.get("revision", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


@require_POST
def run_finish(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Fix the run with its outcome; back to the form where something is missing or was saved meanwhile.

    The button stands in the form of a section: what is on the screen is saved before the run is fixed.
    """
    run = run_to_edit(request, slug, pk)
    revision = _revision(request)
    if "section" in request.POST and run.is_open:
        was_current = revision == run.revision
        saved = _save_section(request, run)
        if isinstance(saved, HttpResponse):
            return saved
        run, revision = saved, saved.revision if was_current else revision
    try:
        finish_run(
            run_id=run.pk,
            revision=revision,
            by=person(request),
            at=timezone.now(),
        )
    except RunFixed:
        return _fixed(request, run)
    except BadRun as error:
        instrument = definition_of(run.edition)
        place = next(iter(error.errors))
        wished = section_at(instrument, place) if "." in place else request.POST.get("section", "")
        return show_form(request, run, errors=error.errors, wished=wished, heading="Not finished", status=422)
    except StaleRun as error:
        messages.error(request, f"Not finished: {error} See what it holds now, and finish it then.")
        return show_form(request, error.run, status=409)
    messages.success(request, "Finished. The run and what it found stay as they are.")
    return redirect("assessments:run-detail", slug=slug, pk=pk)


@require_POST
def run_discard(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put an open run away."""
    run = run_to_edit(request, slug, pk)
    try:
        discard_run(run_id=run.pk, by=person(request), at=timezone.now())
    except RunFixed:
        return _fixed(request, run)
    messages.success(request, "The run was discarded.")
    return redirect("assessments:instrument-detail", slug=slug)


@require_GET
def run_export(request: HttpRequest, slug: str, pk: int, form: str) -> HttpResponse:
    """The run as CSV, XLSX or JSON."""
    return exported(request, seen_run(request, slug, pk), form)


# --- from a file ------------------------------------------------------------------------------------

SALT = "assessments.run-file"


@require_http_methods(["GET", "POST"])
def run_fill(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Read a tool's report: first what it would change, and once a person says so, the answers."""
    run = run_to_edit(request, slug, pk)
    instrument = definition_of(run.edition)
    if not instrument.reads:
        raise Http404
    if not run.is_open:
        return _fixed(request, run)
    if "taken" in request.POST:
        return _take(request, run, instrument)
    form = RunFileForm(posted(request), request.FILES if request.method == "POST" else None)
    context: dict[str, Any] = {"run": run, "instrument": instrument, "form": form}
    context["crumbs"] = [*crumbs(instrument), (str(run), run_address(run))]
    if request.method == "POST" and form.is_valid():
        try:
            reading = read_run_file(instrument, run.answers, form.cleaned_data["file"])
        except UnreadableFile as error:
            form.add_error("file", str(error))
        else:
            taken = signing.dumps({"run": run.pk, "given": reading.given}, salt=SALT, compress=True)
            context |= {"reading": reading, "taken": taken, "revision": run.revision}
            return render(request, "instruments/run_fill.html", context)
    return render(request, "instruments/run_fill.html", context, status=422 if form.is_bound else 200)


def run_address(run: InstrumentRun) -> str:
    """The page of a run."""
    return reverse("assessments:run-detail", args=[run.instrument, run.pk])


def _take(request: HttpRequest, run: InstrumentRun, instrument: Instrument) -> HttpResponse:
    try:
        taken = signing.loads(request.POST["taken"], salt=SALT, max_age=24 * 3600)
        if taken["run"] != run.pk:
            raise signing.BadSignature("another run")
        save_run_answers(
            run_id=run.pk,
            revision=_revision(request),
            given=taken["given"],
            by=person(request),
            at=timezone.now(),
            source=instrument.reads,
        )
    except signing.BadSignature:
        messages.error(request, "Nothing was taken: please choose the file again.")
    except StaleRun as error:
        messages.error(request, f"Nothing was taken: {error} Please choose the file again.")
    except BadRun as error:
        messages.error(request, f"Nothing was taken: {error}")
    except RunFixed:
        return _fixed(request, run)
    else:
        messages.success(request, "The file's results are in the run.")
        return redirect(run_address(run))
    return redirect("assessments:run-fill", slug=run.instrument, pk=run.pk)
