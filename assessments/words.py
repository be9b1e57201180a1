"""What levels, reasons and fields are called on the screen."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Answer, ItemDecision
from maturity.levels import Level
from maturity.models import Item
from maturity.scoring import Reason

EXEMPT_WORDS = "Exempt for a time"

# A challenge is asked as "does this hold you back?", so its levels read differently.
LEVEL_WORDS: dict[str, dict[Level, str]] = {
    Item.Kind.PRACTICE: {
        Level.IN_PLACE: "In place",
        Level.PARTIAL: "In place for some of our systems",
        Level.PLANNED: "Planned",
        Level.NOT_STARTED: "Not started",
        Level.NOT_APPLICABLE: "Could never apply to us",
    },
    Item.Kind.CHALLENGE: {
        Level.IN_PLACE: "No, we have solved it",
        Level.PARTIAL: "Yes, and we are fixing it",
        Level.PLANNED: "Yes, and action is planned",
        Level.NOT_STARTED: "Yes, and nothing is done yet",
        Level.NOT_YET: "Not yet relevant",
        Level.NOT_APPLICABLE: "Could never apply to us",
    },
}

FIELD_WORDS = {
    "level": "Answer",
    "holder": "Who meets it",
    "holder_name": "Their name",
    "note": "Note",
    "reason": "Why it could never apply",
    "planned_on": "Planned for",
    "review_by": "To be reviewed by",
    "points": "Points",
}

REASON_WORDS = {
    Reason.MUST_HAVE: "must-have",
    Reason.DOMAIN_FLOOR: "its domain has too little in place",
    Reason.SHARE: "too few items of the stage are in place",
    Reason.GAIN: "would raise the score",
}


def answer_words(item: Item, level: Level | None, points: int | None) -> str:
    """An answer as people read it: "12 of 25 points", or its level."""
    return level_words(item, level) if points is None else f"{points} of {item.points} points"


def level_words(item: Item, level: Level | None) -> str:
    """A level as people read it, for this kind of item."""
    if level == Level.EXEMPT:
        return EXEMPT_WORDS
    return LEVEL_WORDS[item.kind][level] if level else "Not answered"


def carried_words(answer: Answer) -> str:
    """Where an answer comes from that was carried from an earlier assessment, and whether it still holds; ""
    for any other. Reads the assessment that it was carried from."""
    if answer.carried_from is None:
        return ""
    period = answer.carried_from.period_label
    if answer.is_unconfirmed:
        told = f"Carried from {period}, not confirmed"
    elif answer.confirmed_by is not None and answer.confirmed_at is not None:
        on = date_format(timezone.localtime(answer.confirmed_at), "N j, Y")
        told = f"Carried from {period}, confirmed by {answer.confirmed_by} on {on}"
    else:
        told = f"Answered anew; before, in {period}"
    if answer.lapsed_on is not None:
        planned = date_format(answer.lapsed_on, "N j, Y")
        told += f". It was planned for {planned}; two quarters overdue, it came back as “not started”"
    return told


def value_words(item: Item, name: str, value: Any) -> str:
    """One field of an answer as people read it; "–" where it is empty."""
    if name == "level":
        return level_words(item, value)
    if name == "holder":
        return str(Answer.Holder(value).label)
    if name in {"planned_on", "review_by"}:
        return date_format(value, "F j, Y") if value else "–"
    if name == "points":
        return "–" if value is None else str(value)
    return value or "–"


def decision_words(decision: ItemDecision) -> str:
    """The level, or points, that a reviewer set, as people read them; "" of a question or an agreement."""
    return answer_words(decision.item, Level(decision.level), decision.points) if decision.level else ""


def answered_words(decision: ItemDecision) -> str:
    """What the agency had said when a reviewer decided, as people read it."""
    level = Level(decision.answered) if decision.answered else None
    return answer_words(decision.item, level, decision.answered_points)
