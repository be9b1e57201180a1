"""First assessments side by side: of each what is looked at, and how much more there is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from assessments.models import Answer, Assessment, ItemDecision, Review
from assessments.queries import shown_evidence
from assessments.queries_review import plan_of, verdict_of
from assessments.review_plan import WHY_WORDS, Planned, Why, worth_a_look
from assessments.words import answer_words, decision_words
from maturity.levels import Level
from maturity.models import Item


@dataclass(frozen=True)
class FirstLine:
    """One answer that is looked at: what is said, why it is shown, and what a reviewer said of it already."""

    item: Item
    answer: Answer
    words: str
    why: tuple[str, ...]
    decided: str


@dataclass(frozen=True)
class FirstReading:
    """One first assessment: what is looked at; `rest`, how many more answers would be agreed with unread."""

    assessment: Assessment
    lines: tuple[FirstLine, ...]
    rest: int


def read_first(page: Iterable[Any]) -> list[FirstReading]:
    """These rows of queries_review_queue.first_ones. The number of queries does not depend on how many."""
    rows = list(page)
    looks = {row.pk: worth_a_look(plan_of(row.review), row.review.seed) for row in rows}
    decided = _decisions(rows)
    answers = _answers(looks)
    found = []
    for row in rows:
        lines = tuple(
            _line(answers[row.pk][one.slug], one, decided[row.pk].get(one.slug), row.review)
            for one in looks[row.pk]
            if one.slug in answers[row.pk]
        )
        shown = {one.slug for one in looks[row.pk]}
        rest = [one for one in plan_of(row.review) if one.slug not in shown]
        open_ones = sum(not verdict_of(one, decided[row.pk].get(one.slug), row.review) for one in rest)
        found.append(FirstReading(row, lines, open_ones))
    return found


def _decisions(rows: Iterable[Any]) -> dict[int, dict[str, ItemDecision]]:
    found: defaultdict[int, dict[str, ItemDecision]] = defaultdict(dict)
    current = ItemDecision.objects.filter(assessment__in=[row.pk for row in rows], current=True)
    for decision in current.select_related("item"):
        found[decision.assessment_id][decision.item.slug] = decision
    return found


def _answers(looks: dict[int, tuple[Planned, ...]]) -> dict[int, dict[str, Answer]]:
    """By assessment and item, the answers that are looked at, with their evidence."""
    found: defaultdict[int, dict[str, Answer]] = defaultdict(dict)
    wanted = Q(pk__in=[])
    for pk, planned in looks.items():
        wanted |= Q(assessment=pk, item__slug__in=[one.slug for one in planned])
    long = ("run__answers", "run__touched", "run__known", "run__outcome")
    evidence = Prefetch("evidence", shown_evidence().select_related("run").defer(*long))
    rows = Answer.objects.filter(wanted).select_related("item__stage", "item__domain")
    for answer in rows.prefetch_related(evidence):
        found[answer.assessment_id][answer.item.slug] = answer
    return found


def _line(answer: Answer, planned: Planned, decision: ItemDecision | None, review: Review) -> FirstLine:
    why = tuple(WHY_WORDS[one] for one in planned.why if one != Why.CHANGED)
    level = Level(answer.level) if answer.level else None
    verdict, decided = verdict_of(planned, decision, review), ""
    if verdict:
        said = decision_words(decision) if decision is not None else ""
        decided = f"Set by a reviewer: {said}" if said else "Agreed"
    words = answer_words(answer.item, level, answer.points)
    return FirstLine(answer.item, answer, words, why or (WHY_WORDS[Why.DRAWN],), decided)
