"""Two assessments of one agency beside each other, and why its score moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.models import Assessment
from assessments.queries_compare import Comparison, compare
from assessments.queries_compare_ends import (
    comparable_assessments,
    default_pair,
    end_label,
    end_of_assessment,
)
from dashboards.comparison_words import (
    METHOD_TITLE,
    Told,
    cause_rows,
    pair_rows,
    sentence,
    steps_of,
    why_chart,
)
from dashboards.services_exports import note_export
from dashboards.tables import FileHead, exact
from dashboards.views.exporting import AS_OF_TODAY, csv_download
from dashboards.views.one_agency import Subject, subject_context, subject_of
from maturity.explain import OF_DOMAINS, Cause, Group
from portal.agencies.queries import demonstration_shown
from portal.exports import Cell

ALL, CHANGED = "all", "changed"


@dataclass(frozen=True)
class Pair:
    """What was asked for, completed. `comparison` None: there are not two assessments to compare.

    `missed`: an assessment was asked for that is not there for this reader.
    """

    subject: Subject
    offered: Sequence[Assessment]
    before: Assessment | None
    after: Assessment | None
    comparison: Comparison | None
    missed: bool
    show: str

    @property
    def scores(self) -> tuple[tuple[str, int], tuple[str, int]] | None:
        """Label and score of both ends; None where one has none."""
        found = self.comparison
        if found is None or found.before.score is None or found.after.score is None:
            return None
        return (found.before.label, found.before.score), (found.after.label, found.after.score)


@require_GET
def agency_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """What changed between two assessments of an agency, and what each change did to its score."""
    pair = _pair(request, slug)
    context = subject_context(pair.subject, request) | {
        "here": "What changed",
        "pair": pair,
        "choices": [(one.pk, _choice_words(one)) for one in pair.offered],
    }
    if pair.comparison is not None:
        context |= _context(pair, pair.comparison)
    return render(request, "dashboards/compare_agency.html", context)


@require_GET
def agency_compare_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as CSV: causes, stages, domains, and for those who may see them the items."""
    pair = _pair(request, slug)
    found = pair.comparison
    if found is None:
        raise Http404("There are no two assessments of this agency to compare.")
    subject, now = pair.subject, timezone.now()
    rows = list(_file(pair, found))
    title = f"{subject.agency}: {found.before.label} and {found.after.label}"
    head = FileHead(
        title=title,
        marking=AS_OF_TODAY,
        reader=str(subject.reader),
        at=now,
        demonstration=demonstration_shown(),
        notes=[_said(pair)],
    )
    details = {"from": found.before.assessment.pk, "to": found.after.assessment.pk, "items": len(found.items)}
    note_export(what="comparison", of=subject.agency, details=details, by=subject.reader, at=now)
    return csv_download([*head.rows(), *rows], f"comparison-{subject.agency.slug}")


def _pair(request: HttpRequest, slug: str) -> Pair:
    subject = subject_of(request, slug)
    show = ALL if request.GET.get("show") == ALL else CHANGED
    measure = subject.measure
    offered = comparable_assessments(subject.agency, measure.model, subject.reader) if measure else []
    known = {str(one.pk): one for one in offered}
    asked = [request.GET.get(name, "") for name in ("from", "to")]
    first, last = (known.get(text) for text in asked)
    missed = any(text and text not in known for text in asked)
    if first is None or last is None or first == last:
        missed = missed or (first is not None and first == last)
        found = default_pair(offered, last)
        first, last = found if found is not None else (None, None)
    if first is None or last is None:
        return Pair(subject, offered, None, None, None, missed, show)
    ends = (end_of_assessment(one) for one in (first, last))
    comparison = compare(*ends, details=subject.sees_details)
    return Pair(subject, offered, first, last, comparison, missed, show)


def _choice_words(one: Assessment) -> str:
    approved = f", approved {one.approved_at:%Y-%m-%d}" if one.approved_at else ""
    return f"{end_label(one)}, version {one.version.version}{approved}"


def _context(pair: Pair, found: Comparison) -> dict[str, Any]:
    told = [(_told(found, cause), found.rows_by_cause.get(cause)) for cause in found.causes]
    rows = [row for row in found.items if pair.show == ALL or row.changed]
    context: dict[str, Any] = {
        "found": found,
        "said": _said(pair),
        "told": told,
        "rows": rows,
        "stages": [row for row in found.stages if pair.show == ALL or row.changed],
        "domains": [row for row in found.domains if pair.show == ALL or row.changed],
    }
    if pair.scores is not None and found.explanation is not None:
        steps = steps_of([one for one, _ in told], found.groups, details=found.details)
        context["chart"] = why_chart(steps, *pair.scores, _said(pair))
    return context


def _said(pair: Pair) -> str:
    found, scores = pair.comparison, pair.scores
    if found is None or scores is None:
        return ""
    groups: Sequence[tuple[Group, int]] = found.groups
    compared = found.explanation is None or found.explanation.compared
    return sentence(*scores, groups, compared=compared)


def _told(found: Comparison, cause: Cause) -> Told:
    """The cause with the title of what it is about and a link to it."""
    row = found.rows_by_cause.get(cause)
    if row is not None:
        version = row.version
        url = reverse("maturity:item-detail", args=[version.model.slug, version.version, row.item.slug])
        return Told(row.item.title, cause.kind, cause.effect, url)
    title = found.domain_names.get(cause.key, cause.key) if cause.kind in OF_DOMAINS else METHOD_TITLE
    return Told(title, cause.kind, cause.effect)


def _file(pair: Pair, found: Comparison) -> Iterator[tuple[Cell, ...]]:
    labels = found.before.label, found.after.label
    yield from cause_rows([_told(found, cause) for cause in found.causes], found.groups)
    if found.stages:
        yield from pair_rows("Stage", [(row.name, row.before, row.after) for row in found.stages], labels)
    yield from pair_rows("Domain", [(row.name, row.before, row.after) for row in found.domains], labels)
    if not found.items:
        return
    staged = found.after.version.is_staged
    yield ("Item", "Slug", "Domain", *(["Stage"] if staged else []), *labels, "Effect on the score")
    for row in found.items:
        if pair.show == ALL or row.changed:
            domain = row.item.domain.name if row.item.domain else "Challenge"
            stage = [row.item.stage.number] if staged else []
            said = (row.before.words, row.after.words, exact(row.effect))
            yield (row.item.title, row.item.slug, domain, *stage, *said)
