"""What a check-in goes through: each domain with what was said, and the challenges still open."""

from collections.abc import Iterable
from dataclasses import dataclass

from assessments.models import Answer
from assessments.queries import Sheet
from assessments.questionnaire import CHALLENGES
from assessments.words import answer_words
from maturity.levels import Level
from maturity.models import Item

OPEN = frozenset({Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL})  # a challenge that still holds back


@dataclass(frozen=True)
class SaidLine:
    """One item with what is said of it."""

    item: Item
    answer: Answer
    words: str


@dataclass(frozen=True)
class Part:
    """One domain, or the challenges: what was carried, what was said in this check-in, what is missing.

    `unconfirmed`: carried, and nobody said that it still holds. `confirmed`: somebody did. `anew`: answered
    in this assessment. `unanswered`: asked, without an answer.
    """

    key: str
    name: str
    unconfirmed: tuple[SaidLine, ...]
    confirmed: tuple[SaidLine, ...]
    anew: tuple[SaidLine, ...]
    unanswered: tuple[Item, ...]

    @property
    def is_challenges(self) -> bool:
        """Whether these are the challenges, which belong to no domain."""
        return self.key == CHALLENGES

    @property
    def still_open(self) -> tuple[SaidLine, ...]:
        """What was carried and still holds back."""
        return tuple(line for line in self.unconfirmed if line.answer.level in OPEN)

    @property
    def settled(self) -> tuple[SaidLine, ...]:
        """What was carried and no longer holds back."""
        return tuple(line for line in self.unconfirmed if line.answer.level not in OPEN)


def parts_of(sheet: Sheet) -> list[Part]:
    """The domains in their order, then the challenges, of which anything is said or asked."""
    items: dict[str, list[Item]] = {}
    for item in sheet.items.values():
        items.setdefault(item.domain.slug if item.domain is not None else CHALLENGES, []).append(item)
    domains = {item.domain.slug: item.domain for item in sheet.items.values() if item.domain is not None}
    names = {row.slug: row.name for row in sorted(domains.values(), key=lambda row: row.number)}
    names[CHALLENGES] = "Challenges"
    found = [_part(sheet, key, name, items.get(key, [])) for key, name in names.items()]
    return [part for part in found if part.unconfirmed or part.confirmed or part.anew or part.unanswered]


def _part(sheet: Sheet, key: str, name: str, items: Iterable[Item]) -> Part:
    lines = []
    missing = set(sheet.unanswered)
    unanswered = []
    for item in items:
        answer = sheet.answers.get(item.slug)
        if answer is not None and answer.level:
            words = answer_words(item, Level(answer.level), answer.points)
            lines.append(SaidLine(item, answer, words))
        if item.slug in missing:
            unanswered.append(item)
    return Part(
        key=key,
        name=name,
        unconfirmed=tuple(line for line in lines if line.answer.is_unconfirmed),
        confirmed=tuple(line for line in lines if line.answer.stands_as_it_was),
        anew=tuple(
            line for line in lines if not line.answer.is_unconfirmed and not line.answer.stands_as_it_was
        ),
        unanswered=tuple(unanswered),
    )
