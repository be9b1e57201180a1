"""What one page of the questionnaire shows: a stage or a domain at a time, or a view across them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from assessments.queries import Sheet, changed_items
from maturity import methods
from maturity.levels import Level, Levels, Numbers, Scale
from maturity.models import Item, ModelVersion

PER_PAGE = 20
CHALLENGES = "challenges"  # the section of what belongs to no domain


class By(StrEnum):
    """What the questionnaire is cut into."""

    STAGE = "stage"
    DOMAIN = "domain"


class Show(StrEnum):
    """All items of a section, or some of all that is asked."""

    ALL = "all"
    UNANSWERED = "unanswered"
    CHANGED = "changed"
    HOLDING = "holding"
    UNCONFIRMED = "unconfirmed"
    TALK = "talk"  # with open comments
    ASKED = "asked"


@dataclass(frozen=True)
class Wish:
    """What the reader asked for. `after`: the slug of the last item of the page before.

    `whose`: only items of these: "mine", "nobody" or "@username"; "" all.
    """

    by: By
    section: str
    show: Show
    later: bool
    after: str
    whose: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wish":
        """From a query string; what it does not say, or says wrongly, is the usual."""
        return cls(
            by=By.DOMAIN if query.get("by") == By.DOMAIN else By.STAGE,
            section=query.get("section", ""),
            show=Show(query["show"]) if query.get("show") in set(Show) else Show.ALL,
            later=query.get("later") == "1",
            after=query.get("after", ""),
            whose=query.get("whose", ""),
        )


@dataclass(frozen=True)
class Section:
    """One stage or domain with how much of it is answered. `later`: none of it is asked yet."""

    key: str
    name: str
    items: tuple[Item, ...]
    answered: int
    later: bool


@dataclass(frozen=True)
class QuestionnairePage:
    """The items to show, and where they stand among the rest."""

    wish: Wish
    sections: list[Section]
    section: Section | None  # None in the views across sections
    items: tuple[Item, ...]
    first: int  # place of the first item shown, from 1
    total: int
    next_after: str | None
    previous_after: str | None
    counts: dict[str, int]  # items by view
    later_items: int  # items of later stages that the domain view leaves out

    @property
    def last(self) -> int:
        """Place of the last item shown."""
        return self.first + len(self.items) - 1


@dataclass(frozen=True)
class Before:
    """What was approved last."""

    levels: Levels
    numbers: Numbers


def questionnaire_page(
    sheet: Sheet,
    before: Before | None,
    wish: Wish,
    *,
    talked: Collection[str] = (),
    questions: Collection[str] = (),
    only: Collection[str] | None = None,
) -> QuestionnairePage:
    """The page wished for. `before`: the answers last approved, if there are any. `talked`: the items with
    open comments; `questions`: those of which a reviewer asked something; `only`: the items to leave in,
    None: all.

    Where stages are bands of the score, no item belongs to one: there it is cut by domain.
    """
    if not sheet.rules.is_staged:
        wish = replace(wish, by=By.DOMAIN, show=Show.ALL if wish.show == Show.HOLDING else wish.show)
    views = _views(sheet, before, talked, questions)
    sections = _sections(sheet, wish)
    if only is not None:
        views = {view: tuple(slug for slug in slugs if slug in only) for view, slugs in views.items()}
        sections = _narrowed(sheet, sections, only)
    section = None
    if wish.show == Show.ALL:
        section = _chosen(sheet, sections, wish)
        found = section.items if section is not None else ()
    else:
        found = tuple(sheet.items[slug] for slug in views[wish.show])
    start = _start(sheet, found, wish.after)
    shown = found[start : start + PER_PAGE]
    return QuestionnairePage(
        wish=wish,
        sections=sections,
        section=section,
        items=shown,
        first=start + 1,
        total=len(found),
        next_after=shown[-1].slug if start + PER_PAGE < len(found) else None,
        previous_after=_previous(found, start),
        counts={str(view): len(slugs) for view, slugs in views.items()},
        later_items=len(sheet.items) - len(sheet.asked),
    )


def _narrowed(sheet: Sheet, sections: list[Section], only: Collection[str]) -> list[Section]:
    """The sections with these items alone; those that then have none are left out."""
    found = []
    for section in sections:
        kept = {item.slug for item in section.items} & set(only)
        if kept:
            found.append(_section(sheet, section.key, section.name, _one_of(kept)))
    return found


def _one_of(slugs: Collection[str]) -> Callable[[Item], bool]:
    return lambda item: item.slug in slugs


def _views(
    sheet: Sheet, before: Before | None, talked: Collection[str], questions: Collection[str]
) -> dict[Show, tuple[str, ...]]:
    """The slugs of each view across sections, in the model's order; what holds, in order of effect."""
    changed: frozenset[str] = frozenset()
    if before is not None:
        changed = changed_items(sheet.levels, before.levels, sheet.numbers.points, before.numbers.points)
    return {
        Show.UNANSWERED: sheet.unanswered,
        Show.CHANGED: tuple(slug for slug in sheet.items if slug in changed),
        Show.UNCONFIRMED: sheet.unconfirmed,
        Show.ASKED: tuple(slug for slug in sheet.items if slug in questions),
        Show.HOLDING: tuple(gap.slug for gap in sheet.card.holding) if sheet.card is not None else (),
        Show.TALK: tuple(slug for slug in sheet.items if slug in talked),
    }


def _sections(sheet: Sheet, wish: Wish) -> list[Section]:
    items = sheet.items.values()
    if wish.by == By.STAGE:
        stages = {item.stage.number: item.stage.name for item in items}
        return [
            _section(sheet, str(number), f"Stage {number}: {name}", _of_stage(number))
            for number, name in sorted(stages.items())
        ]
    domains = {item.domain.slug: item.domain for item in items if item.domain is not None}
    names = [(domain.slug, domain.name) for domain in sorted(domains.values(), key=lambda d: d.number)]
    names.append((CHALLENGES, "Challenges"))
    found = [_section(sheet, key, name, _of_domain(sheet, key, wish.later)) for key, name in names]
    return [section for section in found if section.items]


def _of_stage(number: int) -> Callable[[Item], bool]:
    return lambda item: item.stage.number == number


def _of_domain(sheet: Sheet, key: str, later: bool) -> Callable[[Item], bool]:
    """Whether an item is of this domain and, unless later ones are wished for, asked."""

    def belongs(item: Item) -> bool:
        own = item.domain.slug if item.domain is not None else CHALLENGES
        return own == key and (later or item.slug in sheet.asked)

    return belongs


def _section(sheet: Sheet, key: str, name: str, belongs: Callable[[Item], bool]) -> Section:
    items = tuple(item for item in sheet.items.values() if belongs(item))
    answered = sum(sheet.levels.get(item.slug) is not None for item in items)
    return Section(key, name, items, answered, later=all(item.slug not in sheet.asked for item in items))


def _chosen(sheet: Sheet, sections: list[Section], wish: Wish) -> Section | None:
    """The section wished for; else the stage being worked on, or the first domain with something open.
    None where the model has no items."""
    usual = str(sheet.card.working_on) if wish.by == By.STAGE and sheet.card is not None else ""
    for key in (wish.section, usual):
        for section in sections:
            if section.key == key:
                return section
    open_ones = (section for section in sections if section.answered < len(section.items))
    return next(open_ones, sections[0] if sections else None)


def _start(sheet: Sheet, found: tuple[Item, ...], after: str) -> int:
    """Where the page begins: behind the item `after`. It may have left the list since (an answered one
    leaves the unanswered), so its place in the model decides; where the order is another, its own."""
    slugs = [item.slug for item in found]
    if after in slugs:
        return (slugs.index(after) + 1) % max(len(found), 1)
    if after not in sheet.items:
        return 0
    position = sheet.items[after].position
    behind = (place for place, item in enumerate(found) if item.position > position)
    return next(behind, 0)


def _previous(found: tuple[Item, ...], start: int) -> str | None:
    """The slug behind which the page before begins; "" for the first page, None if this is the first."""
    if start == 0:
        return None
    return found[start - PER_PAGE - 1].slug if start > PER_PAGE else ""


@dataclass(frozen=True)
class Progress:
    """How far the answering is, and what the answers would score as they stand."""

    asked: int
    answered: int
    working_on: int | None
    stage_name: str
    score: int | None  # millionths; None where nothing applies
    stages: int
    scale: Scale
    staged: bool
    has_items: bool
    band: str  # the name of the band reached, where stages are bands

    @property
    def to_go(self) -> int:
        """Asked items without an answer."""
        return self.asked - self.answered


def progress_of(sheet: Sheet) -> Progress:
    """The progress of the answers as they stand."""
    card, rules = sheet.card, sheet.rules
    working_on = card.working_on if card is not None else None
    names = {item.stage.number: item.stage.name for item in sheet.items.values()}
    if not rules.is_staged:
        names = stage_names(sheet.assessment.version)
    return Progress(
        asked=len(sheet.asked),
        answered=len(sheet.asked) - len(sheet.unanswered),
        working_on=working_on,
        stage_name=names.get(working_on, "") if working_on is not None else "",
        score=methods.score_in_millionths(rules, card) if card is not None else None,
        stages=rules.stages,
        scale=rules.in_units_of,
        staged=rules.is_staged,
        has_items=bool(sheet.items),
        band=names.get(card.stages_completed, "") if card is not None and not rules.is_staged else "",
    )


def stage_names(version: ModelVersion) -> dict[int, str]:
    """The names of a version's stages by number."""
    return dict(version.stages.order_by("number").values_list("number", "name"))


def is_optional(sheet: Sheet, item: Item) -> bool:
    """Whether the item belongs to a later stage than those asked."""
    return item.slug not in sheet.asked


def may_say_not_yet(sheet: Sheet, item: Item) -> bool:
    """Whether "not yet relevant" is offered: for challenges above the stage being worked on, or where it
    was said before."""
    if item.kind != Item.Kind.CHALLENGE:
        return False
    return is_optional(sheet, item) or sheet.levels.get(item.slug) == Level.NOT_YET
