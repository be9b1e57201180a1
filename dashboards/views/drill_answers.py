"""The answers behind a list of agencies that is about one item, for those who may see item levels."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from dashboards.queries.agencies import AgencyRow
from dashboards.queries.listing import Listing
from dashboards.queries.open_items import UNANSWERED, AnswerBehind, answers_behind
from dashboards.views.choice import Choice
from maturity.levels import Level
from maturity.models import Item
from portal.agencies.models import Agency

LEVEL_WORDS = {
    "open": "open",
    "not_started": "not started",
    "planned": "planned",
    "partial": "partly done",
    "in_place": "in place",
    "not_applicable": "not applicable",
    "not_yet": "not yet relevant",
    "exempt": "exempt for a time",
    "unanswered": "not asked or unanswered",
}


@dataclass(frozen=True)
class AnsweredRow(AgencyRow):
    """An agency with the level of the item that the list is about, and where the answer behind it is read."""

    level: str
    answer_url: str


def with_answers(
    choice: Choice, item: Item | None, listing: Listing, rows: Sequence[AgencyRow]
) -> Sequence[AgencyRow]:
    """These rows of `listing` with what was answered, where it is about an item."""
    if item is None:
        return rows
    shown = listing.agencies.filter(slug__in=[row.slug for row in rows])
    answers = answers_behind(shown, choice.measure, choice.on, item, choice.read)
    return [
        AnsweredRow(
            **vars(row),
            level=_level_words(choice, answers[row.slug]) if row.slug in answers else "",
            answer_url=_answer_url(answers[row.slug], item) if row.slug in answers else "",
        )
        for row in rows
    ]


def levels_of(choice: Choice, item: Item, agencies: QuerySet[Agency]) -> dict[str, str]:
    """By slug of these agencies the level of the item in words."""
    answers = answers_behind(agencies, choice.measure, choice.on, item, choice.read)
    return {slug: _level_words(choice, answer) for slug, answer in answers.items()}


def _level_words(choice: Choice, answer: AnswerBehind) -> str:
    if answer.level == Level.EXEMPT and choice.form.chosen("level") != Level.EXEMPT:
        return "open again: its exemption is over"
    return LEVEL_WORDS[answer.level or UNANSWERED]


def _answer_url(answer: AnswerBehind, item: Item) -> str:
    """The answer, or all answers where the item was asked under another name then."""
    if not answer.asked:
        return reverse("assessments:assessment-detail", args=[answer.assessment])
    return reverse("assessments:answer-edit", args=[answer.assessment, item.slug])
