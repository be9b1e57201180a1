"""The instruments: all of them, and each with what it asks, why, and the runs one may see."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.forms_runs import RunFilterForm, RunStartForm
from assessments.models import InstrumentRun, InstrumentRunQuerySet
from assessments.queries_runs import definition_of, latest_by_instrument, spread_of
from assessments.run_reading import Link, cited_in, links_of_sources, links_to
from assessments.services_runs import BadRun, CannotRun, start_run
from maturity.instruments.definitions import Entry, Instrument, Source
from maturity.models import InstrumentEdition
from maturity.queries_instruments import current_editions
from maturity.queries_library import documents_of
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import person, posted

PER_PAGE = 25
# By theme, the numbers of the instruments in the order in which they are shown.
THEMES = (
    ("Where you stand", (1, 2, 29)),
    ("Which way to go", (3, 4, 5, 6, 9, 22, 23, 24)),
    ("Choosing a platform", (7, 8, 25)),
    ("Security", (10, 11, 12, 13, 21, 27)),
    ("Running it", (17, 18, 32, 31, 19, 20)),
    ("People and value", (14, 15, 16)),
    ("Knowledge and data", (26, 28, 30)),
)


@dataclass(frozen=True)
class EntryLine:
    """An entry of an instrument with its links."""

    entry: Entry
    practices: list[Link]
    sources: list[Link]


def crumbs(instrument: Instrument | None = None) -> list[tuple[str, str]]:
    """The way down to an instrument's pages."""
    found = [("Instruments", reverse("assessments:instrument-list"))]
    if instrument is not None:
        address = reverse("assessments:instrument-detail", args=[instrument.slug])
        found.append((instrument.name, address))
    return found


@require_GET
def instrument_list(request: HttpRequest) -> HttpResponse:
    """All instruments by theme, each with the last run that this person may see."""
    editions = {edition.number: edition for edition in current_editions().defer("definition")}
    latest = latest_by_instrument(person(request))
    themes = []
    for name, numbers in THEMES:
        rows = [editions.pop(number) for number in numbers if number in editions]
        themes.append((name, rows))
    themes.append(("More", list(editions.values())))
    context = {
        "themes": [
            (name, [(edition, definition_of(edition), latest.get(edition.slug)) for edition in rows])
            for name, rows in themes
            if rows
        ],
    }
    return render(request, "instruments/instrument_list.html", context)


def current_edition(slug: str) -> InstrumentEdition:
    """The instrument's current edition; there is nothing here for a slug that has none."""
    return get_object_or_404(InstrumentEdition, slug=slug, is_current=True)


@require_GET
def instrument_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What an instrument asks, why and by which sources, and the runs that this person may see."""
    reader = person(request)
    edition = current_edition(slug)
    instrument = definition_of(edition)
    runs = InstrumentRun.objects.visible_to(reader).filter(instrument=slug)
    form = RunFilterForm(request.GET)
    page = Paginator(_filtered(runs, form).with_list_relations(), PER_PAGE)
    known = links_to(_slugs_of(instrument))
    context: dict[str, Any] = {
        "edition": edition,
        "instrument": instrument,
        "groups": [(group, [_line(entry, known) for entry in group.entries]) for group in instrument.groups],
        "sources": links_of_sources(instrument.sources, known),
        "documents": documents_of(cited_in(_sources_of(instrument))),
        "form": form,
        "page": page.get_page(request.GET.get("page")),
        "may_run": instrument.engine != "page" and reader.has_anywhere(Right.ANSWER),
        "sees_runs": reader.has_anywhere(Right.SEE_DETAILS),
        "spread": _spread(slug, request) if instrument.engine != "page" else None,
        "crumbs": crumbs(),
    }
    return render(request, "instruments/instrument_detail.html", context)


def _filtered(runs: InstrumentRunQuerySet, form: RunFilterForm) -> InstrumentRunQuerySet:
    if not form.is_valid():
        return runs.none()
    if name := form.cleaned_data["agency"]:
        runs = runs.filter(agency__name__icontains=name) | runs.filter(agency__abbreviation__iexact=name)
    if state := form.cleaned_data["state"]:
        runs = runs.filter(state=state)
    return runs


def _slugs_of(instrument: Instrument) -> set[str]:
    entries = instrument.entries
    named = {slug for entry in entries for slug in (*entry.practices, *entry.challenges)}
    return named | {source.slug for source in _sources_of(instrument)}


def _sources_of(instrument: Instrument) -> list[Source]:
    return [*instrument.sources, *(source for entry in instrument.entries for source in entry.sources)]


def _line(entry: Entry, known: dict[str, Link]) -> EntryLine:
    items = [known[slug] for slug in (*entry.practices, *entry.challenges) if slug in known]
    elsewhere = {slug: link for slug, link in known.items() if slug != entry.slug}
    return EntryLine(entry, items, links_of_sources(entry.sources, elsewhere))


def _spread(slug: str, request: HttpRequest) -> Any:
    """For those who see several agencies: how many have run it, and how they did."""
    reader = person(request)
    several = Agency.objects.filter(reader.agencies_with(Right.SEE_DETAILS))[:2].count() > 1
    return spread_of(slug, reader) if several else None


@require_http_methods(["GET", "POST"])
def run_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a run, empty or with the answers of an earlier one (`?repeats=`)."""
    reader, now = person(request), timezone.now()
    edition = current_edition(slug)
    instrument = definition_of(edition)
    if instrument.engine == "page" or not reader.has_anywhere(Right.ANSWER):
        raise PermissionDenied
    repeats = _repeated(request, slug)
    initial: dict[str, Any] = {
        "agency": Agency.objects.visible_to(reader).filter(slug=request.GET.get("agency", "")).first()
    }
    if repeats is not None:
        initial = {"agency": repeats.agency, "subject": repeats.subject}
    initial = {name: value for name, value in initial.items() if value}
    form = RunStartForm(instrument, reader, timezone.localdate(now), posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            run = start_run(
                edition=edition,
                agency=form.cleaned_data["agency"],
                about=form.given(),
                by=reader,
                at=now,
                repeats=repeats,
            )
        except CannotRun as error:
            form.add_error(None, str(error))
        except BadRun as error:
            for name, message in error.errors.items():
                form.add_error(name, message)
        else:
            return redirect("assessments:run-detail", slug=slug, pk=run.pk)
    context = {
        "instrument": instrument,
        "form": form,
        "repeats": repeats,
        "crumbs": crumbs(instrument),
    }
    status = 422 if form.is_bound else 200
    return render(request, "instruments/run_start.html", context, status=status)


def _repeated(request: HttpRequest, slug: str) -> InstrumentRun | None:
    """The run to repeat, if one was named and this person may see it."""
    said = request.GET.get("repeats", "")
    if not said:
        return None
    runs = InstrumentRun.objects.visible_to(person(request)).filter(instrument=slug)
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    return get_object_or_404(runs.select_related("agency", "edition"), pk=number)
