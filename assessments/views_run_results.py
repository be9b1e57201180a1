"""What a run found: its page, runs beside each other, and a run as a file."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.models import Assessment, InstrumentRun
from assessments.queries_runs import definition_of, earlier_runs, outcome_in
from assessments.run_answers import places, value_at, words_of
from assessments.run_files import csv_of, xlsx_of
from assessments.run_reading import (
    cited_in,
    compare_answers,
    compare_measures,
    finding_groups,
    links_to,
    measure_words,
    of_words,
    sheets_of,
    slugs_in,
    table_readings,
)
from assessments.serializers_runs import InstrumentRunDetailSerializer
from assessments.services_runs import note_run_export
from assessments.views_instruments import crumbs, current_edition
from assessments.words import LEVEL_WORDS
from maturity.levels import Level
from maturity.queries_library import documents_of
from portal.access.rules import Right
from portal.agencies.queries import demonstration_shown
from portal.requests import person

MARKING = "DEMONSTRATION: the agencies and answers are invented."
FEWEST, MOST = 2, 6  # runs to compare
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def show_result(request: HttpRequest, run: InstrumentRun) -> HttpResponse:
    """A finished run: what it came to, and all that it rests on."""
    reader = person(request)
    instrument, outcome = definition_of(run.edition), outcome_in(run)
    known = links_to(slugs_in(outcome))
    answered = [
        (label, words_of(field, value_at(run.answers, place)))
        for place, label, field in places(instrument, run.answers)
        if value_at(run.answers, place) is not None
    ]
    may_answer = reader.can(Right.ANSWER, run.agency)
    open_ones = Assessment.objects.editable_by(reader).filter(agency=run.agency)
    context = {
        "run": run,
        "instrument": instrument,
        "outcome": outcome,
        "measures": [(measure, measure_words(measure), of_words(measure)) for measure in outcome.measures],
        "finding_groups": finding_groups(outcome, instrument, known),
        "documents": documents_of(cited_in(one for finding in outcome.findings for one in finding.sources)),
        "tables": table_readings(outcome),
        "offers": [
            (offer, known.get(offer.item), LEVEL_WORDS["practice"].get(Level(offer.level), offer.level))
            for offer in outcome.offers
        ],
        "answers": answered,
        "earlier": earlier_runs(run, reader),
        "assessments": list(open_ones.with_list_relations()[:5]) if may_answer else [],
        "may_repeat": may_answer and not run.agency.closed_on,
        "corrected_by": list(run.repeated_by.kept().order_by("pk")[:10]),
        "crumbs": crumbs(instrument),
    }
    return render(request, "instruments/run_result.html", context)


@require_GET
def run_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two to six finished runs of one instrument beside each other (`?run=1&run=2`)."""
    instrument = definition_of(current_edition(slug))
    said = list(
        dict.fromkeys(text for text in request.GET.getlist("run") if text.isascii() and text.isdigit())
    )
    numbers = [int(text) for text in said if len(text) < 19]
    found = InstrumentRun.objects.visible_to(person(request)).filter(instrument=slug).finished()
    runs = list(found.filter(pk__in=numbers[: MOST + 1]).select_related("agency", "edition", "finished_by"))
    runs.sort(key=lambda run: (run.agency.name, run.subject, run.run_on, run.pk))
    context: dict[str, Any] = {"instrument": instrument, "crumbs": crumbs(instrument), "runs": runs}
    context["only"] = request.GET.get("all") != "1"
    if len(numbers) > MOST or not FEWEST <= len(runs) <= MOST:
        context["problem"] = f"Choose {FEWEST} to {MOST} finished runs that you may see."
        return render(request, "instruments/run_compare.html", context, status=422)
    answers, measures = compare_answers(runs), compare_measures(runs)
    context["measures"] = measures
    context["different"] = sum(row.differs for row in answers)
    context["answers"] = [row for row in answers if row.differs or not context["only"]]
    context["all_answers"] = len(answers)
    return render(request, "instruments/run_compare.html", context)


def exported(request: HttpRequest, run: InstrumentRun, form: str) -> HttpResponse:
    """A run as a file, noted in the audit."""
    if form not in TYPES:
        raise Http404
    marking = MARKING if demonstration_shown() else ""
    note_run_export(run=run, form=form, by=person(request), at=timezone.now())
    content: str | bytes
    if form == "json":
        told = dict(InstrumentRunDetailSerializer(run).data)
        content = json.dumps(told | ({"marking": marking} if marking else {}), indent=1, default=str)
    else:
        sheets = sheets_of(run, marking)
        content = csv_of(sheets) if form == "csv" else xlsx_of(sheets)
    response = HttpResponse(content, content_type=TYPES[form])
    name = f"{run.instrument}-{run.agency.slug}-{run.run_on}-{run.pk}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
