"""Why a score moved: its change split exactly into what caused it. Pure, exact fractions.

The exact parts come from explain_parts.py, by the formula of explain_means.py (docs/why-did-it-move.md). Here
they are rounded to the millionths in which scores are kept, so that they still add up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor

from maturity.explain_means import NOTHING
from maturity.explain_parts import METHOD, OF_DOMAINS, Kind, Name, Parts, Side, answer_parts, model_parts
from maturity.levels import ModelRules
from maturity.methods import score, score_in_millionths
from maturity.scoring import MILLION
from maturity.successors import Succession

__all__ = [
    "OF_DOMAINS",
    "Cause",
    "Explanation",
    "Group",
    "Kind",
    "Side",
    "backwards",
    "explain",
    "in_millionths",
]


class Group(StrEnum):
    """What a kind of cause comes from."""

    ANSWERS = "answers"
    LEFT_OUT = "left_out"
    MODEL = "model"
    METHOD = "method"


GROUPS: Mapping[Kind, Group] = {
    Kind.ANSWER: Group.ANSWERS,
    Kind.DOMAIN_SCORE: Group.ANSWERS,
    Kind.LEFT_OUT: Group.LEFT_OUT,
    Kind.BACK_IN: Group.LEFT_OUT,
    Kind.DOMAIN_MISSING: Group.LEFT_OUT,
    Kind.DOMAIN_BACK: Group.LEFT_OUT,
    Kind.ADDED: Group.MODEL,
    Kind.DROPPED: Group.MODEL,
    Kind.MOVED: Group.MODEL,
    Kind.WEIGHT: Group.MODEL,
    Kind.METHOD: Group.METHOD,
}


@dataclass(frozen=True)
class Cause:
    """One part of the change. `key`: the slug of the item or domain; "" of the method.

    Of DROPPED and MOVED it is the slug in the earlier version. `exact`: in units of the scale.
    """

    kind: Kind
    key: str
    effect: int  # millionths of a unit
    exact: Fraction

    @property
    def group(self) -> Group:
        """Answers, items left out, the model or the method."""
        return GROUPS[self.kind]


@dataclass(frozen=True)
class Explanation:
    """A change of a score and its causes, the greatest effect first; they add up to it.

    `compared`: whether both ends could be scored by the later rule. Where not, the one cause is the method.
    """

    before: int
    after: int
    causes: tuple[Cause, ...]
    compared: bool = True

    @property
    def change(self) -> int:
        """In millionths of a unit of the scale."""
        return self.after - self.before

    def total(self, group: Group) -> int:
        """What the causes of one group add up to."""
        return sum(cause.effect for cause in self.causes if cause.group == group)


def explain(before: Side, after: Side, succession: Succession | None = None) -> Explanation:
    """The change from one end to the other with its causes.

    `succession`: from the version of `before` to that of `after`, where they are two. The earlier answers
    are then scored by the later rules first: what that changes comes from the model or the method, the rest
    from the agency, as on the page of scoring changes. Raises ValueError for answers that do not fit.
    """
    effects: Parts = {}
    whole: dict[Name, int] = {}
    start = before
    if succession is not None:
        carried = _carried(before, after.rules, succession)
        if carried is None:
            method = Cause(Kind.METHOD, "", after.score - before.score, _exact(after) - _exact(before))
            return Explanation(before.score, after.score, (method,) if method.effect else (), compared=False)
        _add(effects, whole, model_parts(before, carried, succession), before, carried)
        start = carried
    _add(effects, whole, answer_parts(start, after), start, after)
    # What is left is what was once kept by other code than today's.
    rest = after.score - before.score - sum(whole.values())
    if rest:
        whole[METHOD] = whole.get(METHOD, 0) + rest
    causes = (Cause(*name, effect, effects.get(name, NOTHING)) for name, effect in whole.items())
    return Explanation(before.score, after.score, _in_order(causes))


def backwards(explanation: Explanation) -> Explanation:
    """The same change told from its end to its beginning, for two versions of which the later comes first."""
    turned = {
        Kind.LEFT_OUT: Kind.BACK_IN,
        Kind.BACK_IN: Kind.LEFT_OUT,
        Kind.DOMAIN_MISSING: Kind.DOMAIN_BACK,
        Kind.DOMAIN_BACK: Kind.DOMAIN_MISSING,
        Kind.ADDED: Kind.DROPPED,
        Kind.DROPPED: Kind.ADDED,
    }
    causes = [
        Cause(turned.get(cause.kind, cause.kind), cause.key, -cause.effect, -cause.exact)
        for cause in explanation.causes
    ]
    return Explanation(explanation.after, explanation.before, _in_order(causes), explanation.compared)


def in_millionths(parts: Mapping[Name, Fraction], change: int) -> dict[Name, int]:
    """Exact parts as whole millionths that add up to `change`, which is their sum but for rounding.

    Each is rounded down, and what is left over goes by one to those that lost most; of equal ones to the
    first by name, so that the order of the items says nothing. A part of 0 stays 0.
    """
    scaled = {name: part * MILLION for name, part in parts.items() if part}
    found = {name: floor(part) for name, part in scaled.items()}
    order = sorted(scaled, key=lambda name: (found[name] - scaled[name], name))
    left = change - sum(found.values())
    if left and not order:
        raise ValueError(f"nothing to give {left} millionths to")
    for place in range(abs(left)):
        # Below 0 it is taken from those that lost least.
        name = order[place % len(order)] if left > 0 else order[-1 - place % len(order)]
        found[name] += 1 if left > 0 else -1
    return found


# --- between two ends -------------------------------------------------------------------------------


def _carried(before: Side, rules: ModelRules, succession: Succession) -> Side | None:
    """The earlier answers as the later rules take them; None where they cannot."""
    if not (succession.comparable or not succession.items):
        return None
    if before.rules.is_staged and not before.levels:
        return None
    levels = succession.carry(rules, before.levels)
    numbers = succession.carry_numbers(rules, before.rules, before.numbers)
    if score(rules, levels, None, numbers) is None:
        return None
    silent = {slug for slug, origin in succession.origin.items() if origin in before.not_asked}
    return Side(rules, levels, 0, numbers, frozenset(succession.added) | silent)


def _exact(side: Side) -> Fraction:
    card = score(side.rules, side.levels, None, side.numbers)
    if card is None:
        raise ValueError("nothing applies, so there is no score to explain")
    return card.score


def _kept(side: Side) -> int:
    card = score(side.rules, side.levels, None, side.numbers)
    return 0 if card is None else score_in_millionths(side.rules, card)


def _add(effects: Parts, whole: dict[Name, int], parts: Parts, before: Side, after: Side) -> None:
    """Add the parts of one step to the effects, exact and in millionths; what they do not explain is the
    method's."""
    rest = _exact(after) - _exact(before) - sum(parts.values(), NOTHING)
    parts = {**parts, METHOD: rest}
    for name, part in parts.items():
        if part:
            effects[name] = effects.get(name, NOTHING) + part
    for name, effect in in_millionths(parts, _kept(after) - _kept(before)).items():
        whole[name] = whole.get(name, 0) + effect


def _in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    kinds = list(Kind)
    told = [cause for cause in causes if cause.effect or cause.exact]
    return tuple(sorted(told, key=lambda cause: (-abs(cause.effect), kinds.index(cause.kind), cause.key)))
