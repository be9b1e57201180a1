"""What waits for reviewers, approving many at once, and where reviewers and agencies disagree."""

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments import queries_review_queue as queue
from assessments.forms_review import ReplyForm
from assessments.models import ItemDecision
from assessments.queries_review_first import read_first
from assessments.review_plan import DRAWN_PERCENT
from assessments.services_review_bulk import MOST_AT_ONCE, Outcome, TooMany, approve_in_bulk
from assessments.services_reviewing import CannotReply, note_disagreements_taken, reply_to_decision
from assessments.views import crumbs, person, seen
from assessments.words import answered_words, decision_words
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.queries import demonstration_shown
from portal.exports import Cell, csv_text
from portal.requests import form_page

PER_PAGE = 25
FIRST_PER_PAGE = 10  # approving takes about a quarter of a second each
MOST_IN_A_FILE = 20_000
COLUMNS = (
    "Agency", "Period", "Questionnaire", "Item", "Agency said", "Reviewer set", "Reason", "Reviewer", "On",
    "Still stands", "Replies",
)  # fmt: skip

# --- the queue ---------------------------------------------------------------------------------------


@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    """What waits for this reviewer, since when, until when, and what is still to be looked at in each."""
    return _queue_page(request, ())


@require_POST
def review_approve(request: HttpRequest) -> HttpResponse:
    """Approve those that were chosen, each for itself, and tell what came of each."""
    reader = _reviewer(request)
    chosen = [pick for text in request.POST.getlist("pick") if (pick := _pick(text)) is not None]
    if not chosen:
        messages.error(request, "Choose the assessments to approve.")
        return redirect("assessments:review-queue")
    try:
        outcomes = approve_in_bulk(chosen=chosen, by=reader, at=timezone.now())
    except TooMany as error:
        messages.error(request, str(error))
        return redirect("assessments:review-queue")
    return _queue_page(request, outcomes)


@form_page
def review_first(request: HttpRequest) -> HttpResponse:
    """First assessments in which the checks found nothing, side by side; a POST agrees with all of those
    that were chosen, approves each for itself, and shows the next."""
    reader = _reviewer(request)
    outcomes: Sequence[Outcome] = ()
    if request.method == "POST":
        chosen = [pick for text in request.POST.getlist("pick") if (pick := _pick(text)) is not None]
        try:
            outcomes = approve_in_bulk(chosen=chosen, by=reader, at=timezone.now(), first=True)
        except TooMany as error:
            messages.error(request, str(error))
        if not chosen:
            messages.error(request, "Choose the assessments to approve.")
    page = Paginator(queue.first_ones(reader), FIRST_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "readings": read_first(page),
        "outcomes": outcomes,
        "done": [one for one in outcomes if one.approved],
        "refused": [one for one in outcomes if not one.approved],
        "drawn": DRAWN_PERCENT,
        "crumbs": [*crumbs(), ("To review", reverse("assessments:review-queue"))],
    }
    return render(request, "assessments/review_first.html", context)


def _pick(text: str) -> tuple[int, int] | None:
    """ "12:3" as assessment 12 at revision 3."""
    pk, _, revision = text.partition(":")
    both = (pk, revision)
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in both):
        return None
    return int(pk), int(revision)


def _reviewer(request: HttpRequest) -> User:
    reader = person(request)
    if not reader.has_anywhere(Right.REVIEW):
        raise PermissionDenied
    return reader


def _queue_page(request: HttpRequest, outcomes: Sequence[Outcome]) -> HttpResponse:
    reader = _reviewer(request)
    waiting = queue.review_queue(reader)
    ready = waiting.filter(ready=True)
    show = "ready" if request.GET.get("show") == "ready" else "all"
    page = Paginator(ready if show == "ready" else waiting, PER_PAGE).get_page(request.GET.get("page"))
    lines = queue.queue_lines(page)
    context = {
        "tabs": [("all", "All", waiting.count()), ("ready", "Ready to approve", ready.count())],
        "show": show,
        "page": page,
        "lines": lines,
        "first": queue.first_ones(reader).count(),
        "may_approve": any(line.ready for line in lines),
        "outcomes": outcomes,
        "today": timezone.localdate(),
        "most": MOST_AT_ONCE,
        "crumbs": crumbs(),
    }
    return render(request, "assessments/review_queue.html", context)


# --- disagreements -----------------------------------------------------------------------------------


@require_GET
def disagreement_list(request: HttpRequest) -> HttpResponse:
    """The levels that reviewers set, of all agencies whose answers this person may see, the latest first."""
    found = queue.disagreements_seen(person(request))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, answered_words(row), decision_words(row)) for row in page],
        "may_review": person(request).has_anywhere(Right.REVIEW),
        "crumbs": crumbs(),
    }
    return render(request, "assessments/disagreement_list.html", context)


@require_GET
def disagreement_file(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    reader, now = person(request), timezone.now()
    found = list(queue.disagreements_seen(reader)[:MOST_IN_A_FILE])
    note_disagreements_taken(rows=len(found), by=reader, at=now)
    head: list[list[Cell]] = [["DEMONSTRATION"]] if demonstration_shown() else []
    head += [
        ["Levels set by reviewers"],
        [f"Exported by {reader} on {now:%Y-%m-%d %H:%M} UTC"],
        [],
        list(COLUMNS),
    ]
    response = HttpResponse(csv_text([*head, *_file_rows(found)]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="disagreements.csv"'
    return response


def _file_rows(found: Sequence[ItemDecision]) -> Iterator[list[Cell]]:
    for row in found:
        replies = "\n".join(f"{reply.by}: {reply.text}" for reply in row.replies.all())
        yield [
            row.assessment.agency.name,
            row.assessment.period_label,
            str(row.assessment.version),
            row.item.title,
            answered_words(row),
            decision_words(row),
            row.text,
            str(row.by or ""),
            f"{row.at:%Y-%m-%d}",
            "yes" if row.current else "no",
            replies,
        ]


@require_GET
def disagreement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What reviewers asked and set in one assessment, with what was said to it."""
    return _disagreements_page(request, pk)


@require_POST
def decision_reply(request: HttpRequest, pk: int, decision: int) -> HttpResponse:
    """Reply to a question or to another level."""
    assessment, reader = seen(request, pk), person(request)
    if not _may_reply(reader, assessment.agency):
        raise PermissionDenied
    row = get_object_or_404(queue.told_decisions(assessment, reader), pk=decision)
    form = _reply_form(row, request.POST)
    if not form.is_valid():
        return _disagreements_page(request, pk, failed=(decision, form))
    try:
        reply_to_decision(decision_id=decision, text=form.cleaned_data["text"], by=reader, at=timezone.now())
    except CannotReply as error:
        form.add_error("text", str(error))
        return _disagreements_page(request, pk, failed=(decision, form))
    messages.success(request, "Your reply is kept.")
    return redirect(f"{reverse('assessments:disagreement-detail', args=[pk])}#decision-{decision}")


def _may_reply(reader: User, agency: Agency) -> bool:
    return any(reader.can(right, agency) for right in (Right.ANSWER, Right.REVIEW))


def _disagreements_page(
    request: HttpRequest, pk: int, failed: tuple[int, ReplyForm] | None = None
) -> HttpResponse:
    assessment, reader = seen(request, pk), person(request)
    found = queue.told_decisions(assessment, reader)
    may_reply = _may_reply(reader, assessment.agency)
    given = dict([failed]) if failed else {}
    context = {
        "assessment": assessment,
        "rows": [
            (row, answered_words(row), decision_words(row), given.get(row.pk) or _reply_form(row))
            for row in found
        ],
        "may_reply": may_reply,
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/disagreement_detail.html", context, status=422 if failed else 200)


def _reply_form(row: ItemDecision, data: QueryDict | None = None) -> ReplyForm:
    return ReplyForm(data, auto_id=f"{row.pk}-%s")
