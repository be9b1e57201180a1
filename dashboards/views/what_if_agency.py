"""What-if for one agency: pick gaps, see its stages change."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.words import REASON_WORDS
from dashboards.analytics.what_if import Held, change, put_in_place, suggestion
from dashboards.charts.what_if import StagePair, stage_pairs
from dashboards.queries import what_if as reads
from dashboards.queries.measures import Measure
from dashboards.services_exports import note_export
from dashboards.views.exporting import AS_OF_TODAY, csv_download
from dashboards.views.one_agency import Subject, subject_context, subject_of
from dashboards.what_if_tables import agency_rows, what_if_head
from maturity.levels import ModelRules, decode_levels
from maturity.models import Item
from maturity.scoring import Gap, Scorecard, score, to_millionths
from portal.agencies.queries import demonstration_shown


@dataclass(frozen=True)
class GapChoice:
    """A gap to put in place: what it adds to the score in millionths, and why it matters."""

    item: Item
    effect: int
    reason: str
    holds: bool  # the stage being worked on
    chosen: bool


@dataclass(frozen=True)
class Picked:
    """An agency's result with some of its gaps picked."""

    subject: Subject
    measure: Measure
    rules: ModelRules
    held: Held
    card: Scorecard
    gaps: tuple[GapChoice, ...]

    @property
    def chosen(self) -> list[GapChoice]:
        """The gaps that are picked."""
        return [gap for gap in self.gaps if gap.chosen]

    @property
    def slugs(self) -> frozenset[str]:
        """Their items."""
        return frozenset(gap.item.slug for gap in self.chosen)


@require_GET
def agency_what_if(request: HttpRequest, slug: str) -> HttpResponse:
    """Pick gaps of an agency, and see its stages with them in place."""
    subject = subject_of(request, slug)
    picked = _picked(subject, request)
    context = subject_context(subject, request) | {"here": "What if"}
    if picked is not None:
        context |= _context(picked)
    return render(request, "dashboards/what_if_agency.html", context)


@require_GET
def agency_what_if_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as CSV."""
    subject = subject_of(request, slug)
    picked = _picked(subject, request)
    if picked is None or not picked.chosen:
        raise Http404
    now, reader = timezone.now(), subject.reader
    titles = [gap.item.title for gap in picked.chosen]
    what = f"{subject.agency}, {subject.points[-1].label}"
    head = what_if_head(
        what=what,
        marking=AS_OF_TODAY,
        practices=titles,
        reader=str(reader),
        at=now,
        demonstration=demonstration_shown(),
    )
    rows = [*head.rows(), *agency_rows([change(picked.rules, picked.held, picked.slugs)])]
    note_export(what="what-if", of=subject.agency, details={"items": len(titles)}, by=reader, at=now)
    return csv_download(rows, f"what-if-{subject.agency.slug}")


def _picked(subject: Subject, request: HttpRequest) -> Picked | None:
    """None where there is no result to go on from. Raises PermissionDenied."""
    if not subject.sees_details:
        raise PermissionDenied("What-if goes by the answers to single items, which you may not see.")
    measure = subject.measure
    if measure is not None and not measure.staged:  # it goes by stages that are completed
        return None
    held = reads.held_of(subject.agency, measure, subject.on) if measure is not None else None
    if held is None or measure is None:
        return None
    rules = reads.rules_for(measure)
    card = _card(rules, held.levels)
    return Picked(subject, measure, rules, held, card, _gaps(card, measure, request.GET.getlist("item")))


def _gaps(card: Scorecard, measure: Measure, picked: list[str]) -> tuple[GapChoice, ...]:
    """In the order of effect, as scoring has them: what holds the stage being worked on first."""
    slugs = [gap.slug for gap in card.gaps]
    found = Item.objects.filter(version=measure.version, slug__in=slugs).select_related("stage", "domain")
    items, holding = {item.slug: item for item in found}, {gap.slug for gap in card.holding}
    chosen = set(picked)
    return tuple(_gap(gap, items[gap.slug], gap.slug in holding, gap.slug in chosen) for gap in card.gaps)


def _gap(gap: Gap, item: Item, holds: bool, chosen: bool) -> GapChoice:
    return GapChoice(item, to_millionths(gap.effect), REASON_WORDS[gap.reason], holds, chosen)


def _context(picked: Picked) -> dict[str, Any]:
    measure, held = picked.measure, picked.held
    groups = [
        (stage, measure.stage_name(stage), list(gaps), stage == picked.card.working_on)
        for stage, gaps in groupby(picked.gaps, key=lambda gap: gap.item.stage.number)
    ]
    wanted = suggestion(picked.rules, held.levels)
    by_slug = {gap.item.slug: gap for gap in picked.gaps}
    context: dict[str, Any] = {
        "picked": picked,
        "groups": groups,
        "working_on": picked.card.working_on,
        "suggested": [by_slug[slug] for slug in wanted],
    }
    if picked.chosen:
        after = change(picked.rules, held, picked.slugs)
        levels, _ = put_in_place(picked.rules, held.levels, picked.slugs)
        pairs = _pairs(picked.card, _card(picked.rules, levels), measure)
        context |= {"after": after, "chart": stage_pairs(pairs)}
    return context


def _pairs(before: Scorecard, after: Scorecard, measure: Measure) -> list[StagePair]:
    return [
        StagePair(
            was.number,
            measure.stage_name(was.number),
            to_millionths(was.completion),
            to_millionths(now.completion),
            was.passes,
            now.passes,
        )
        for was, now in zip(before.stages, after.stages, strict=True)
    ]


def _card(rules: ModelRules, levels: str) -> Scorecard:
    card = score(rules, decode_levels(rules, levels))
    if card is None:
        raise Http404("Nothing of this questionnaire applies to the agency.")
    return card
