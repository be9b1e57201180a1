"""The questionnaire of an assessment: a stage or a domain at a time, one item a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.forms import AnswerForm
from assessments.models import Answer, Assessment, ItemDecision, SharedAnswer
from assessments.queries import (
    Sheet,
    exact_scores,
    given_scores,
    load_sheet,
    previous_approved,
)
from assessments.queries_assigning import Owners, owners_of
from assessments.queries_comments import Talk, talk_of
from assessments.queries_due import rounds_of
from assessments.queries_review import approved_levels, set_levels
from assessments.queries_review_queue import told_by_item
from assessments.queries_sharing import FollowLine, following_in, offers_by
from assessments.questionnaire import (
    Before,
    Wish,
    is_optional,
    may_say_not_yet,
    progress_of,
    questionnaire_page,
)
from assessments.views import abilities, crumbs, person, seen
from assessments.views_offers import SuggestionLine, suggestion_lines, suggestions_of
from assessments.words import REASON_WORDS, answer_words, decision_words
from maturity.levels import IN_POINTS, Numbers
from maturity.models import Domain, Item
from maturity.queries_library import Reference, references_of
from maturity.scoring import MILLION
from portal.access.models import User
from portal.access.rules import Right


@dataclass(frozen=True)
class Row:
    """One item as the page shows it; `form` where it may be answered. The rest is about how it came here."""

    item: Item
    answer: Answer | None
    words: str
    form: AnswerForm | None
    optional: bool
    not_yet: bool
    before: str = ""  # in words, where it differs from the level last approved
    holds: str = ""  # why it holds the stage being worked on
    message: str = ""  # what came of a save
    conflict: "Conflict | None" = None
    suggested: tuple[SuggestionLine, ...] = ()  # by finished runs of instruments
    references: Sequence[Reference] = ()  # what it rests on
    exempt: bool = False  # left out while an exemption holds
    owner: User | None = None  # to whom it is assigned
    owner_able: bool = True  # whether they may still answer here
    talk: Talk | None = None  # what was said about it
    follows: FollowLine | None = None  # the answer of an agency above
    offered: SharedAnswer | None = None  # to agencies below
    # What reviewers asked or set in this assessment and the one approved last, and the level in words.
    reviewed: tuple[tuple[ItemDecision, str], ...] = ()


@dataclass(frozen=True)
class Conflict:
    """What somebody else saved meanwhile: by field name in words, theirs and mine."""

    who: str
    at: datetime
    rows: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Context:
    """The assessment with all that its rows say, read once for a page."""

    sheet: Sheet
    previous: Assessment | None
    before: Before | None
    editable: bool
    suggested: dict[str, list[SuggestionLine]] = field(default_factory=dict)
    owners: Owners = field(default_factory=lambda: Owners({}, {}))
    talk: dict[str, Talk] = field(default_factory=dict)
    following: dict[str, FollowLine] = field(default_factory=dict)
    offered: dict[str, SharedAnswer] = field(default_factory=dict)
    told: dict[str, ItemDecision] = field(default_factory=dict)  # by reviewers, of this assessment
    set_before: dict[str, ItemDecision] = field(default_factory=dict)  # in what was approved last

    @property
    def questions(self) -> list[str]:
        """The items of which a reviewer asked something that stands."""
        return [slug for slug, row in self.told.items() if row.kind == ItemDecision.Kind.ASKED]

    def row(self, item: Item, form: AnswerForm | None = None, **more: Any) -> Row:
        """One item's row, with the form given or a fresh one."""
        sheet, answer = self.sheet, self.sheet.answers.get(item.slug)
        if form is None and self.editable:
            form = AnswerForm(item, answer, in_points=sheet.rules.answers == IN_POINTS)
        now = (sheet.levels.get(item.slug), sheet.numbers.points.get(item.slug))
        old = now
        if self.before is not None:
            old = (self.before.levels.get(item.slug), self.before.numbers.points.get(item.slug))
        owner = self.owners.of(item)
        return Row(
            item=item,
            answer=answer,
            words=answer_words(item, *now),
            form=form,
            optional=is_optional(sheet, item),
            not_yet=may_say_not_yet(sheet, item),
            before=answer_words(item, *old) if now != old else "",
            holds=self._holds(item),
            exempt=item.slug in sheet.exempt,
            suggested=tuple(self.suggested.get(item.slug, ())),
            owner=owner,
            owner_able=owner is None or self.owners.may_answer(owner),
            talk=self.talk.get(item.slug),
            follows=self.following.get(item.slug),
            offered=self.offered.get(item.slug),
            reviewed=tuple(
                (said, decision_words(said))
                for said in (self.told.get(item.slug), self.set_before.get(item.slug))
                if said is not None
            ),
            **more,
        )

    def rows(self, items: Sequence[Item]) -> list[Row]:
        """The rows of these items, each with the references behind it. One query more, however many."""
        told = references_of(items)
        return [self.row(item, references=told[item.slug]) for item in items]

    def _holds(self, item: Item) -> str:
        holding = self.sheet.card.holding if self.sheet.card is not None else ()
        return next((REASON_WORDS[gap.reason] for gap in holding if gap.slug == item.slug), "")


def context_of(assessment: Assessment, reader: User) -> Context:
    """All that the rows of this assessment need, for this reader."""
    sheet = load_sheet(assessment)
    previous = previous_approved(assessment)
    suggestions = suggestions_of(assessment, reader)
    return Context(
        suggested=suggestion_lines(sheet.items, sheet.answers, suggestions),
        owners=owners_of(assessment, timezone.localdate()),
        talk=talk_of(assessment),
        following=following_in(assessment, reader),
        offered=offers_by(assessment),
        sheet=sheet,
        previous=previous,
        before=_before(previous, sheet) if previous is not None else None,
        editable=assessment.is_open and reader.can(Right.ANSWER, assessment.agency),
        told=told_by_item(assessment, reader),
        set_before=set_levels(previous.pk) if previous is not None else {},
    )


def _before(previous: Assessment, sheet: Sheet) -> Before:
    """What was approved last, with the levels that reviewers set; scores of domains where there are such."""
    levels, points = approved_levels(previous)
    given = given_scores([previous.pk]).get(previous.pk, {}) if sheet.rules.takes_domain_scores else {}
    return Before(levels, Numbers(points, exact_scores(given)))


@dataclass(frozen=True)
class ScoreLine:
    """A domain with the score given of it and the one last approved, in millionths of a unit."""

    domain: Domain
    score: int | None
    before: int | None


def score_lines(context: Context) -> list[ScoreLine]:
    """The domains of a model that takes their scores, in its order; none of any other."""
    sheet = context.sheet
    if not sheet.rules.takes_domain_scores:
        return []
    before = context.before.numbers.domains if context.before is not None else {}
    return [
        ScoreLine(
            domain,
            sheet.domain_scores.get(domain.slug),
            int(before[domain.slug] * MILLION) if domain.slug in before else None,
        )
        for domain in Domain.objects.filter(version_id=sheet.assessment.version_id).order_by("number")
    ]


def questionnaire(request: HttpRequest, context: Context) -> dict[str, Any]:
    """What the templates of the questionnaire read, for what this request wishes to see."""
    wish = Wish.of(request.GET)
    page = questionnaire_page(
        context.sheet,
        context.before,
        wish,
        talked=[slug for slug, talk in context.talk.items() if talk.is_open],
        questions=context.questions,
        only=_items_of(wish.whose, context, person(request)),
    )
    return {
        "assessment": context.sheet.assessment,
        "previous": context.previous,
        "editable": context.editable,
        "questionnaire": page,
        "rows": context.rows(page.items),
        "progress": progress_of(context.sheet),
        "suggested": len(context.suggested),
        "score_lines": score_lines(context),
        "told": context.told.values(),
        "next": request.get_full_path(),
        "to_confirm": [
            (item.slug, context.sheet.answers[item.slug].revision)
            for item in page.items
            if item.slug in context.sheet.unconfirmed
        ],
        "owners": context.owners,
        "kept": [pair for pair in request.GET.items() if pair[0] not in {"whose", "after", "section"}],
    }


def _items_of(whose: str, context: Context, reader: User) -> frozenset[str] | None:
    """The items of the person wished for; None where all are."""
    if not whose:
        return None
    name = reader.username if whose == "mine" else whose.removeprefix("@")
    found = set()
    for slug, item in context.sheet.items.items():
        owner = context.owners.of(item)
        if (owner is None and whose == "nobody") or (owner is not None and owner.username == name):
            found.add(slug)
    return frozenset(found)


@require_GET
def assessment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The questionnaire, a stage or a domain at a time; to answer, or to read."""
    assessment = seen(request, pk)
    context = questionnaire(request, context_of(assessment, person(request)))
    context |= abilities(assessment, person(request)) | {
        "crumbs": crumbs(),
        "rounds": rounds_of(assessment, person(request), timezone.localdate()),
    }
    if assessment.state == Assessment.State.RETURNED:
        returns = assessment.steps.filter(state=Assessment.State.RETURNED).select_related("by")
        context["returned"] = returns.last()
    return render(request, "assessments/assessment_detail.html", context)
