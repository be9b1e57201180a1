"""What-if over the agencies of a scope, at once or in the background."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from dashboards import services_what_if as services
from dashboards.analytics.what_if import Changed, Held, Outcome, change, lacking
from dashboards.charts.what_if import outcome_words, stages_before_after
from dashboards.forms import WhatIfForm
from dashboards.models import Scope, WhatIfRun
from dashboards.queries import what_if as reads
from dashboards.queries.agencies import members_of
from dashboards.queries.measures import Measure
from dashboards.queries.what_if import run_read
from dashboards.services_exports import note_export
from dashboards.tables import FileHead
from dashboards.views.choice import Choice, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import csv_download
from dashboards.what_if_tables import agency_rows, outcome_rows, what_if_head
from maturity.levels import ModelRules
from maturity.models import Item
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import demonstration_shown
from portal.exports import Cell
from portal.jobs.models import Job
from portal.requests import person

GAPS_SHOWN = 24  # practices offered at first; the others are a click away
MOVED_SHOWN = 60  # agencies named that complete a further stage


@dataclass(frozen=True)
class Offered:
    """A practice to choose, and how many of the agencies lack it (None: not counted)."""

    item: Item
    lack: int | None
    chosen: bool


@dataclass(frozen=True)
class Asked:
    """A what-if: which agencies and which practices."""

    choice: Choice
    working: int | None
    practices: tuple[Item, ...]
    chosen: frozenset[str]

    @cached_property
    def rules(self) -> ModelRules:
        """What decides a score in the current version."""
        return reads.rules_for(self.choice.measure)

    @cached_property
    def agencies(self) -> QuerySet[Agency]:
        """Those of the scope whose answers the reader may see."""
        return reads.with_details(self.choice.agencies, self.choice.reader)

    @cached_property
    def those(self) -> reads.Participants:
        """Those of them that can be re-scored and work on the stage asked for."""
        choice = self.choice
        return reads.participants(self.agencies, choice.measure, choice.on, self.working, choice.read)

    @cached_property
    def count(self) -> int:
        """How many these are."""
        return self.those.count()

    @property
    def at_once(self) -> bool:
        """Whether so many are computed while one waits."""
        return self.count <= reads.AT_ONCE

    @cached_property
    def held(self) -> list[Held]:
        """The agencies, where they are few enough."""
        return self.those.whole() if self.at_once else []

    @property
    def titles(self) -> list[str]:
        """What is put in place, in words."""
        return [item.title for item in self.practices if item.slug in self.chosen]

    def changes(self) -> list[Changed]:
        """Each agency before and after."""
        return [change(self.rules, one, self.chosen) for one in self.held]


@require_GET
def scope_what_if(request: HttpRequest) -> HttpResponse:
    """Choose agencies and practices, and see what happens to the distribution."""
    asked = _asked(request)
    if asked is None:
        return nothing_yet(request)
    choice = asked.choice
    context = scope_context(choice, request) | {
        "asked": asked,
        "at_once": reads.AT_ONCE,
        "left_out": reads.left_out(choice.agencies, choice.measure, choice.on, choice.reader, choice.read),
    }
    offered = _offered(asked)
    context |= {"offered": offered[:GAPS_SHOWN], "further": offered[GAPS_SHOWN:]}
    if asked.chosen and asked.at_once and asked.count:
        changes = asked.changes()
        moved = [one for one in changes if one.completes_more]
        context |= _outcome_context(_added_up(changes), choice.measure)
        context |= {"moved": moved[:MOVED_SHOWN], "moved_count": len(moved)}
    return render(request, "dashboards/what_if_scope.html", context)


@require_GET
def scope_what_if_export(request: HttpRequest) -> HttpResponse:
    """The same as CSV, agency by agency, where they are few enough to be computed at once."""
    asked = _asked(request)
    if asked is None or not asked.chosen or not asked.at_once:
        raise Http404
    changes, choice, now = asked.changes(), asked.choice, timezone.now()
    rows = [
        *outcome_rows(_added_up(changes), choice.measure.stage_count),
        (),
        *agency_rows(changes),
    ]
    what = f"{choice.scope}, {choice.series.now.label}"
    head = what_if_head(
        what=what,
        marking=choice.knowledge_words,
        reported=choice.reported_words,
        practices=asked.titles,
        reader=str(choice.reader),
        at=now,
        demonstration=demonstration_shown(),
    )
    return _file(rows, head, choice.scope, choice.reader, len(asked.titles))


@require_POST
def what_if_request(request: HttpRequest) -> HttpResponse:
    """Have a what-if over many agencies computed in the background; the address says which."""
    asked = _asked(request)
    if asked is None or not asked.chosen:
        raise Http404
    choice = asked.choice
    _needs_all_details(choice.agencies, choice.reader)
    try:
        run = services.request_run(
            scope=choice.scope,
            measure=choice.measure,
            on=choice.on,
            read=choice.read,
            period_label=choice.series.now.label,
            working=asked.working,
            practices=sorted(asked.chosen),
            by=choice.reader,
            at=timezone.now(),
        )
    except services.TooManyRuns as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('dashboards:what-if')}?{request.GET.urlencode()}")
    return redirect("dashboards:what-if-run", pk=run.pk)


@require_GET
def what_if_run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a background run is, and what came of it. For whoever asked, while they may still see it."""
    run, measure = _run(request, pk)
    context: dict[str, Any] = {
        "run": run,
        "titles": _titles(run, measure),
        "job": Job.objects.filter(pk=run.job_id or 0).first(),
        "now": timezone.now(),
    }
    if run.outcome is not None:
        context |= _outcome_context(Outcome.from_json(run.outcome), measure)
    return render(request, "dashboards/what_if_run.html", context)


@require_GET
def what_if_run_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The outcome of a background run as CSV."""
    run, measure = _run(request, pk)
    if run.outcome is None:
        raise Http404
    outcome, titles, reader = Outcome.from_json(run.outcome), _titles(run, measure), person(request)
    head = what_if_head(
        what=f"{run.scope}, {run.period_label}",
        marking=_run_words(run),
        reported=f"{outcome.before.count:,} agencies take part",
        practices=titles,
        reader=str(reader),
        at=timezone.now(),
        demonstration=demonstration_shown(),
    )
    return _file(outcome_rows(outcome, measure.stage_count), head, run.scope, reader, len(titles))


def _asked(request: HttpRequest) -> Asked | None:
    """What was asked for; None where there is nothing yet. Raises PermissionDenied as said in the module."""
    choice = read_choice(request, WhatIfForm)
    if choice is None:
        return None
    if not choice.measure.staged:
        raise Http404("What-if goes by stages that are completed; this model has bands of the score.")
    form = choice.form
    assert isinstance(form, WhatIfForm)  # noqa: S101 - it was made of this class
    form.offer_stages([(stage.number, stage.name) for stage in choice.measure.stages])
    working = form.chosen("working")
    practices = tuple(reads.practices_of(choice.measure))
    known = {item.slug for item in practices}
    chosen = frozenset(slug for slug in request.GET.getlist("practice") if slug in known)
    asked = Asked(choice, working or None, practices, chosen)
    if not asked.agencies.exists() and choice.agencies.exists():
        raise PermissionDenied("What-if goes by the answers to single items, which you may not see here.")
    return asked


def _offered(asked: Asked) -> list[Offered]:
    """Those chosen first, then what most agencies lack; in the model's order where that is not counted."""
    chosen = asked.chosen
    if not asked.at_once:
        return [Offered(item, None, item.slug in chosen) for item in asked.practices]
    lack = lacking(asked.rules, asked.held)
    found = [Offered(item, lack[item.slug], item.slug in chosen) for item in asked.practices]
    return sorted(found, key=lambda one: (not one.chosen, -(one.lack or 0), one.item.position))


def _added_up(changes: Iterable[Changed]) -> Outcome:
    outcome = Outcome()
    for one in changes:
        outcome.add(one)
    return outcome


def _outcome_context(outcome: Outcome, measure: Measure) -> dict[str, Any]:
    steps = [
        (
            number,
            measure.stage_name(number),
            was := outcome.before.completed(number),
            now := outcome.after.completed(number),
            now - was,
        )
        for number in range(1, measure.stage_count + 1)
    ]
    return {
        "outcome": outcome,
        "steps": steps,
        "said": outcome_words(outcome, measure.stage_count),
        "chart": stages_before_after(outcome, measure.stage_count),
    }


def _needs_all_details(agencies: QuerySet[Agency], reader: User) -> None:
    """A background run tells of all agencies of its scope or is not made: its outcome is kept."""
    mine = reads.with_details(agencies, reader).order_by().values("pk")
    if agencies.exclude(pk__in=mine).exists():
        raise PermissionDenied(
            "You may not see the answers of all of these agencies. Choose a smaller scope."
        )


def _run(request: HttpRequest, pk: int) -> tuple[WhatIfRun, Measure]:
    reader = person(request)
    runs = WhatIfRun.objects.filter(asked_by=reader, scope__in=Scope.objects.visible_to(reader))
    related = runs.select_related("scope__program", "scope__agency", "version__model")
    run = get_object_or_404(related, pk=pk)
    _needs_all_details(members_of(run.scope, run.on, reader, run_read(run)), reader)
    return run, Measure(run.version)


def _titles(run: WhatIfRun, measure: Measure) -> list[str]:
    return [item.title for item in reads.practices_of(measure) if item.slug in set(run.practices)]


def _run_words(run: WhatIfRun) -> str:
    """How far what a run began from may be relied on."""
    if run.publication_id is not None:
        return "PUBLISHED"
    if run.approved_before is not None:
        return f"As known at the end of {timezone.localdate(run.approved_before - timedelta(microseconds=1))}"
    return f"PROVISIONAL on {timezone.localdate(run.asked_at)}"


def _file(
    rows: Iterable[tuple[Cell, ...]], head: FileHead, of: Scope, by: User, practices: int
) -> HttpResponse:
    note_export(what="what-if", of=of, details={"practices": practices}, by=by, at=head.at)
    return csv_download([*head.rows(), *rows], slugify(head.title))
