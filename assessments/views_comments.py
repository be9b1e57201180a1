"""What people say to each other about one item of an assessment."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from assessments.comment_text import names_in, shown
from assessments.forms_together import CommentEditForm, CommentForm, SettleForm
from assessments.models import Answer, Assessment, Comment, Thread
from assessments.queries_comments import PER_PAGE, comments_of, people_to_name, thread_of
from assessments.services import NotOpen
from assessments.services_comments import (
    BadComment,
    NotYours,
    StaleComment,
    add_comment,
    edit_comment,
    remove_comment,
    settle_thread,
)
from assessments.views import crumbs, person, seen
from assessments.words import answer_words
from maturity.levels import Level
from maturity.models import Item
from portal.requests import posted


@dataclass(frozen=True)
class CommentLine:
    """One comment as it is shown."""

    comment: Comment
    text: SafeString
    own: bool


@require_http_methods(["GET", "POST"])
def thread_detail(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """What was said about an item, and the form to say something."""
    assessment = seen(request, pk)
    found = _item(assessment, item)
    form = CommentForm(posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            comment = add_comment(
                assessment_id=pk, item_slug=item, by=person(request), at=timezone.now(), **form.cleaned_data
            )
        except BadComment as error:
            form.add_error("text", str(error))
        except NotOpen as error:
            form.add_error(None, str(error))
            status = 409
        else:
            _tell_of_names(request, comment)
            return redirect(f"{_address(assessment, found)}?page=last#comment-{comment.pk}")
    return _page(request, assessment, found, form, status)


def _tell_of_names(request: HttpRequest, comment: Comment) -> None:
    """Say who was told, and which names are nobody's here (in the same words whether they exist or not)."""
    told = {one.username.lower() for one in comment.mentions.all()}
    strangers = [name for name in names_in(comment.text) if name not in told]
    messages.success(request, "Your comment is there.")
    if strangers:
        names = ", ".join(f"@{name}" for name in strangers)
        messages.warning(request, f"Nobody was told for {names}: no such person may see these answers.")


def _page(
    request: HttpRequest, assessment: Assessment, item: Item, form: CommentForm, status: int = 200
) -> HttpResponse:
    thread = thread_of(assessment, item.pk)
    comments = comments_of(thread) if thread is not None else Comment.objects.none()
    pages = Paginator(comments, PER_PAGE)
    wished = request.GET.get("page", "last")
    page = pages.get_page(pages.num_pages if wished == "last" else wished)
    answer = Answer.objects.filter(assessment=assessment, item=item).first()
    level = Level(answer.level) if answer is not None and answer.level else None
    approved = assessment.state == Assessment.State.APPROVED
    context = {
        "assessment": assessment,
        "item": item,
        "words": answer_words(item, level, answer.points if answer is not None else None),
        "thread": thread,
        "lines": [_line(comment, request) for comment in page],
        "page": page,
        "form": None if approved else form,
        "people": [] if approved else people_to_name(assessment, timezone.localdate()),
        "settle": SettleForm(thread) if thread is not None and not approved else None,
        "crumbs": crumbs(assessment),
        "next": _way_back(request, assessment, item),
    }
    return render(request, "assessments/thread_detail.html", context, status=status)


def _line(comment: Comment, request: HttpRequest) -> CommentLine:
    told = {one.username.lower() for one in comment.mentions.all()}
    return CommentLine(comment, shown(comment.text, told), comment.by_id == person(request).pk)


def _item(assessment: Assessment, slug: str) -> Item:
    items = Item.objects.select_related("stage", "domain")
    return get_object_or_404(items, version_id=assessment.version_id, slug=slug)


def _address(assessment: Assessment, item: Item) -> str:
    return reverse("assessments:thread-detail", args=[assessment.pk, item.slug])


def _way_back(request: HttpRequest, assessment: Assessment, item: Item) -> str:
    """The page of this assessment that one came from; the item's own where it does not say."""
    wished = request.GET.get("next", "")
    home = reverse("assessments:assessment-detail", args=[assessment.pk])
    if wished.startswith(home):
        return wished
    return reverse("assessments:answer-edit", args=[assessment.pk, item.slug])


@require_POST
def thread_settle(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Resolve what was said about an item, or open it again."""
    assessment = seen(request, pk)
    found = _item(assessment, item)
    form = SettleForm(data=request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: the page was not complete. Try again.")
        return redirect(_address(assessment, found))
    try:
        thread = settle_thread(
            assessment_id=pk, item_slug=item, by=person(request), at=timezone.now(), **form.cleaned_data
        )
    except Thread.DoesNotExist:
        raise Http404 from None
    except (NotOpen, StaleComment) as error:
        messages.error(request, str(error))
        return _page(request, assessment, found, CommentForm(), 409)
    messages.success(request, "Open again." if thread.is_open else "Resolved.")
    return redirect(_address(assessment, found))


@require_http_methods(["GET", "POST"])
def comment_edit(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Change one's own comment."""
    assessment = seen(request, pk)
    found = _own(request, assessment, comment)
    form = CommentEditForm(found, posted(request))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = edit_comment(
                assessment_id=pk,
                comment_id=comment,
                by=person(request),
                at=timezone.now(),
                **form.cleaned_data,
            )
        except BadComment as error:
            form.add_error("text", str(error))
        except (NotOpen, StaleComment) as error:
            form.add_error(None, str(error))
            status = 409
        else:
            _tell_of_names(request, saved)
            return redirect(f"{_address(assessment, found.thread.item)}#comment-{comment}")
    context = {
        "assessment": assessment,
        "comment": found,
        "form": form,
        "thread_address": _address(assessment, found.thread.item),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/comment_edit.html", context, status=status)


@require_POST
def comment_remove(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Take one's own comment away."""
    assessment = seen(request, pk)
    found = _own(request, assessment, comment)
    try:
        remove_comment(assessment_id=pk, comment_id=comment, by=person(request), at=timezone.now())
    except NotOpen as error:
        messages.error(request, str(error))
    except NotYours as error:  # it was checked above; the service decides all the same
        raise PermissionDenied from error
    else:
        messages.success(request, "Your comment is removed.")
    return redirect(f"{_address(assessment, found.thread.item)}#comment-{comment}")


def _own(request: HttpRequest, assessment: Assessment, comment_id: int) -> Comment:
    """The comment, if this person wrote it. 404 where it is not of this assessment, 403 of another."""
    found = Comment.objects.filter(thread__assessment=assessment).select_related("thread__item", "by")
    comment = get_object_or_404(found, pk=comment_id)
    if comment.by_id != person(request).pk:
        raise PermissionDenied
    return comment
