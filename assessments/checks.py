"""What keeps an assessment from being submitted: each rule one function, listed in CHECKS."""

from collections.abc import Callable
from dataclasses import dataclass

from assessments.models import Answer, RoundKind, inherited_evidence
from assessments.queries import Sheet
from maturity.levels import value_of
from maturity.scoring import EVIDENCED_FROM


@dataclass(frozen=True)
class Missing:
    """One reason not to submit, with the slugs of the items it is about, in the model's order."""

    message: str
    items: tuple[str, ...] = ()


def nothing_applies(sheet: Sheet) -> Missing | None:
    """Where nothing applies at all there is nothing to score."""
    if sheet.card is not None:
        return None
    if sheet.rules.method == "mean":
        return Missing("No domain that counts has a score yet, so there is nothing to score.")
    return Missing("Every item is marked as not applicable, so there is nothing to score.")


def asked_but_unanswered(sheet: Sheet) -> Missing | None:
    """Every item through the stage being worked on is answered."""
    if not sheet.unanswered:
        return None
    count = len(sheet.unanswered)
    return Missing(f"{count} asked item{'s are' if count > 1 else ' is'} not answered.", sheet.unanswered)


def met_by_others_without_evidence(sheet: Sheet) -> Missing | None:
    """Who says that the parent or a provider meets an item cites evidence for it."""
    found = tuple(
        slug
        for slug in sheet.items
        if (answer := sheet.answers.get(slug)) is not None
        and answer.holder != Answer.Holder.SELF
        and (value_of(sheet.levels.get(slug)) or 0) >= EVIDENCED_FROM
        and not answer.evidence.all()
        and not inherited_evidence(answer)
    )
    if not found:
        return None
    few = "1 item is" if len(found) == 1 else f"{len(found)} items are"
    return Missing(f"{few} met by somebody else, without evidence of it.", found)


def unconfirmed_in_a_full_one(sheet: Sheet) -> Missing | None:
    """A full assessment rests on nothing that was only carried over; a check-in may."""
    if sheet.assessment.kind != RoundKind.FULL:
        return None
    count = len(sheet.unconfirmed) + len(sheet.unconfirmed_scores)
    if not count:
        return None
    few = "1 answer was" if count == 1 else f"{count} answers were"
    scores = f" Scores of domains among them: {len(sheet.unconfirmed_scores)}."
    return Missing(
        f"{few} carried over and not confirmed yet." + (scores if sheet.unconfirmed_scores else ""),
        sheet.unconfirmed,
    )


CHECKS: list[Callable[[Sheet], Missing | None]] = [
    nothing_applies,
    asked_but_unanswered,
    met_by_others_without_evidence,
    unconfirmed_in_a_full_one,
]


def what_is_missing(sheet: Sheet) -> list[Missing]:
    """All reasons not to submit; empty if it may be submitted."""
    return [missing for check in CHECKS if (missing := check(sheet)) is not None]
