"""Overdue actions of roadmaps and overdue commitments, as far as one may see them: of a scope, of a round."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.models import Cycle
from assessments.queries_cycles import agencies_asked
from dashboards.models import CommitmentQuerySet
from dashboards.queries.commitments import overdue_commitments
from dashboards.queries.roadmap import agencies_overdue, overdue_in
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address
from dashboards.views.reader import PER_PAGE
from portal.access.rules import Right
from portal.requests import person

MOST_SHOWN = 100  # beside pages of their own
COLUMNS = ("Agency", "Slug", "Action", "Owner", "Due on", "Days overdue", "Status", "Questionnaire")


@require_GET
def overdue_actions(request: HttpRequest) -> HttpResponse:
    """By agency, what its roadmap says should be done by now and is not."""
    _refuse_viewers(request)
    choice = read_choice(request)
    if choice is None:
        return nothing_yet(request)
    today = timezone.localdate()
    actions = overdue_in(choice.agencies, choice.reader, today)
    page = Paginator(actions, PER_PAGE).get_page(request.GET.get("page"))
    context = scope_context(choice, request) | {
        "page": page,
        "rows": [(action, (today - action.due_on).days) for action in page.object_list],
        "count": page.paginator.count,
        "agencies_overdue": agencies_overdue(actions),
        "csv_url": address(choice, "dashboards:table-export", "overdue-actions"),
        **_commitments(overdue_commitments(choice.agencies, choice.scope.program, choice.reader, today)),
    }
    return render(request, "dashboards/overdue_actions.html", context)


@require_GET
def cycle_overdue(request: HttpRequest, pk: int) -> HttpResponse:
    """What is overdue at the agencies of a round; its board asks this page for the count."""
    reader, today = person(request), timezone.localdate()
    rounds = Cycle.objects.visible_to(reader).select_related("program", "version__model")
    cycle = get_object_or_404(rounds, pk=pk)
    agencies = agencies_asked(cycle, reader)
    actions = overdue_in(agencies, reader, today)
    commitments = overdue_commitments(agencies, cycle.program, reader, today)
    context = {
        "cycle": cycle,
        "may_run": reader.can_in_program(Right.RUN_PROGRAM, cycle.program),
        "rows": [(action, (today - action.due_on).days) for action in actions[:MOST_SHOWN]],
        "count": actions.count(),
        "most": MOST_SHOWN,
        "crumbs": [
            ("Cycles", reverse("assessments:cycle-list")),
            (str(cycle), reverse("assessments:cycle-detail", args=[cycle.pk])),
        ],
        **_commitments(commitments),
    }
    return render(request, "dashboards/cycle_overdue.html", context)


def _commitments(found: CommitmentQuerySet) -> dict[str, object]:
    """The first of them for the page, and how many there are."""
    return {
        "commitments": [(row, True) for row in found.with_list_relations().by_due()[:MOST_SHOWN]],
        "commitment_count": found.count(),
    }


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """All of them, for a file."""
    _refuse_viewers(request)
    choice = choice_or_404(request)
    today = timezone.localdate()
    rows = [
        (
            action.agency.name, action.agency.slug, action.title, action.owner, str(action.due_on),
            (today - action.due_on).days, str(action.get_status_display()), action.model.name,
        )
        for action in overdue_in(choice.agencies, choice.reader, today)
    ]  # fmt: skip
    title = "Overdue actions of roadmaps"
    return choice, Table("overdue-actions", title, COLUMNS, rows, as_of_today=True)


def _refuse_viewers(request: HttpRequest) -> None:
    if not person(request).has_anywhere(Right.SEE_DETAILS):
        raise PermissionDenied("Roadmaps go by the answers to single items, which you may not see.")
