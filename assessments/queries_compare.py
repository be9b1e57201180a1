"""Two assessments of one agency beside each other: what changed, and why the score moved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Prefetch

from assessments.models import Answer, Evidence, ItemDecision, Result
from assessments.queries_compare_ends import End, end_of_result
from assessments.queries_rules import succession_between
from assessments.words import answer_words, answered_words
from maturity.explain import OF_DOMAINS, Cause, Explanation, Group, Kind, backwards, explain
from maturity.models import Domain, Item, ModelVersion, Stage
from maturity.queries import succession_of, versions_of
from maturity.successors import Succession

NO_DETAILS = OF_DOMAINS | {Kind.METHOD}  # scores of domains are not details
NOT_THERE = "Not in this version"
CHALLENGES = ""  # what stands for a domain where challenges are counted
RUN_TEXTS = ("run__answers", "run__touched", "run__known", "run__outcome")
Pair = tuple[str | None, str | None]  # an item's slug in the version before, and in the one after


@dataclass(frozen=True)
class Said:
    """One answer: its words, and what is said for it, as far as the reader asked for that."""

    words: str
    answer: Answer | None = None
    set_by: ItemDecision | None = None  # where a reviewer set another level than the agency said

    @property
    def agency_words(self) -> str:
        """What the agency itself said, where a reviewer set another level."""
        return answered_words(self.set_by) if self.set_by is not None else ""


@dataclass(frozen=True)
class ItemRow:
    """One item at both ends. `effect`: what it did to the score, in millionths of a unit."""

    item: Item
    version: ModelVersion  # that `item` is of
    before: Said
    after: Said
    effect: int
    causes: tuple[Cause, ...]
    pair: Pair

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return self.before.words != self.after.words or bool(self.causes)


@dataclass(frozen=True)
class PairRow:
    """A stage or a domain at both ends, in millionths. `effect` None: not for this reader."""

    name: str
    before: int | None
    after: int | None
    effect: int | None = None

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return self.before != self.after or bool(self.effect)

    @property
    def change(self) -> int | None:
        """None where there is no value at one end."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """Two assessments of one agency. `items` is empty, and the causes are those of whole domains and of the
    method alone, for who may not see item levels (`details`)."""

    before: End
    after: End
    explanation: Explanation | None
    details: bool
    stages: tuple[PairRow, ...]
    domains: tuple[PairRow, ...]
    items: tuple[ItemRow, ...]
    domain_names: Mapping[str, str]

    @property
    def change(self) -> int | None:
        """Of the score, in millionths of a unit."""
        one, other = self.before.score, self.after.score
        return None if one is None or other is None else other - one

    @cached_property
    def rows_by_cause(self) -> dict[Cause, ItemRow]:
        """The item that a cause is about."""
        return {cause: row for row in self.items for cause in row.causes}

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Those that the reader may know of, in order of effect."""
        found = self.explanation.causes if self.explanation else ()
        return found if self.details else tuple(cause for cause in found if cause.kind in NO_DETAILS)

    @property
    def groups(self) -> list[tuple[Group, int]]:
        """What comes from answers, from what is left out, from the model and from the method."""
        if self.explanation is None:
            return []
        return [(group, self.explanation.total(group)) for group in Group]


def compare_results(before: Result, after: Result, *, details: bool) -> Comparison:
    """The same of two results of one model; their assessments and versions are loaded."""
    ends = (
        end_of_result(one, one.assessment, one.version, succession_between(one)) for one in (before, after)
    )
    return compare(*ends, details=details)


def compare(before: End, after: End, *, details: bool) -> Comparison:
    """The two ends beside each other. `details`: with items and answers. The number of queries does not
    depend on how many items there are or changed."""
    link, turned = _succession(before, after)
    explanation = _explained(before, after, link, turned)
    domains = _domains(before, after)
    items: tuple[ItemRow, ...] = ()
    if details and before.side and after.side:
        items = tuple(_item_rows(before, after, explanation, link, turned))
    return Comparison(
        before=before,
        after=after,
        explanation=explanation,
        details=details,
        stages=_stage_rows(before, after, items if details else None),
        domains=_domain_rows(before, after, domains, items if details else None),
        items=items,
        domain_names=domains,
    )


def _succession(before: End, after: End) -> tuple[Succession | None, bool]:
    """From the earlier of the two versions to the later, and whether `after` is of the earlier one."""
    if before.version.pk == after.version.pk:
        return None, False
    versions = versions_of(after.version.model_id)
    places = {version.pk: place for place, version in enumerate(versions)}
    first, last = places[before.version.pk], places[after.version.pk]
    turned = first > last
    if turned:
        first, last = last, first
    return succession_of(versions[first : last + 1]), turned


def _explained(before: End, after: End, link: Succession | None, turned: bool) -> Explanation | None:
    if before.side is None or after.side is None:
        return None
    if turned:
        return backwards(explain(after.side, before.side, link))
    return explain(before.side, after.side, link)


# --- stages and domains -----------------------------------------------------------------------------


def _stage_rows(before: End, after: End, items: Iterable[ItemRow] | None) -> tuple[PairRow, ...]:
    """Of stages that are completed; none where the stages are bands."""
    if not (before.version.is_staged and after.version.is_staged):
        return ()
    names = dict(Stage.objects.filter(version=after.version).values_list("number", "name"))
    effects: defaultdict[int, int] = defaultdict(int)
    for row in items or ():
        effects[row.item.stage.number] += row.effect
    return tuple(
        PairRow(
            f"{number}. {names.get(number, '')}",
            before.completions.get(number),
            after.completions.get(number),
            None if items is None else effects[number],
        )
        for number in sorted(before.completions.keys() | after.completions.keys())
    )


def _domains(before: End, after: End) -> dict[str, str]:
    """Names by slug, those of the version after first."""
    rows = Domain.objects.filter(version__in={before.version.pk, after.version.pk}).order_by("number", "pk")
    found: dict[str, str] = {}
    for version in (after.version.pk, before.version.pk):
        found |= {row.slug: row.name for row in rows if row.version_id == version and row.slug not in found}
    return found


def _domain_rows(
    before: End, after: End, names: Mapping[str, str], items: Iterable[ItemRow] | None
) -> tuple[PairRow, ...]:
    effects: defaultdict[str, int] = defaultdict(int)
    for row in items or ():
        effects[row.item.domain.slug if row.item.domain else CHALLENGES] += row.effect
    found = [
        PairRow(
            name,
            before.percents.get(slug),
            after.percents.get(slug),
            None if items is None else effects[slug],
        )
        for slug, name in names.items()
        if slug in before.percents or slug in after.percents
    ]
    if effects.get(CHALLENGES):
        found.append(PairRow("Challenges, which are of no domain", None, None, effects[CHALLENGES]))
    return tuple(found)


# --- items ------------------------------------------------------------------------------------------


def _pairs(before: End, after: End, link: Succession | None, turned: bool) -> list[Pair]:
    """Which item stands beside which, in the order of the version after; what it lacks comes last."""
    later = before if turned else after
    side = later.side
    slugs = [item.slug for item in side.rules.items] if side else []
    if link is None:
        return [(slug, slug) for slug in slugs]
    forward: list[Pair] = [(link.origin.get(slug), slug) for slug in slugs]
    forward += [(slug, None) for slug in link.dropped]
    return [(new, old) for old, new in forward] if turned else forward


def _item_rows(
    before: End, after: End, explanation: Explanation | None, link: Succession | None, turned: bool
) -> list[ItemRow]:
    items = _items(before, after)
    of_earlier = {Kind.MOVED, Kind.ADDED if turned else Kind.DROPPED} if link is not None else set()
    waiting: defaultdict[tuple[bool, str], list[Cause]] = defaultdict(list)
    for cause in explanation.causes if explanation else ():
        waiting[cause.kind in of_earlier, cause.key].append(cause)
    rows = []
    for was, now in _pairs(before, after, link, turned):
        old, new = (now, was) if turned else (was, now)
        # Where an item was split, what the version did to it is told of the first of its successors.
        causes = tuple(waiting.pop((False, new or ""), [])) if new else ()
        causes += tuple(waiting.pop((True, old or ""), [])) if old else ()
        end, slug = (after, now) if now is not None else (before, was)
        rows.append(
            ItemRow(
                item=items[end.version.pk, slug or ""],
                version=end.version,
                before=_said(before, items, was),
                after=_said(after, items, now),
                effect=sum(cause.effect for cause in causes),
                causes=causes,
                pair=(was, now),
            )
        )
    return _with_answers(rows, before, after)


def _with_answers(rows: Sequence[ItemRow], before: End, after: End) -> list[ItemRow]:
    """The rows that changed with what was said for both answers, by the agency and by reviewers who set
    another level. Three queries."""
    ends = before.assessment.pk, after.assessment.pk
    slugs = {slug for row in rows if row.changed for slug in row.pair if slug is not None}
    evidence = Prefetch("evidence", Evidence.objects.defer(*RUN_TEXTS).select_related("run"))
    found = Answer.objects.filter(assessment__in=ends, item__slug__in=slugs).select_related("item")
    answers = {(one.assessment_id, one.item.slug): one for one in found.prefetch_related(evidence)}
    sets = ItemDecision.objects.filter(assessment__in=ends, current=True).disagreements()
    set_by = {(one.assessment_id, one.item.slug): one for one in sets.select_related("item", "by")}

    def with_answer(said: Said, end: End, slug: str | None) -> Said:
        key = (end.assessment.pk, _asked(end, slug))
        return replace(said, answer=answers.get(key), set_by=set_by.get(key) if end.result else None)

    return [
        replace(
            row,
            before=with_answer(row.before, before, row.pair[0]),
            after=with_answer(row.after, after, row.pair[1]),
        )
        if row.changed
        else row
        for row in rows
    ]


def _asked(end: End, slug: str | None) -> str:
    """The slug by which an answer is found. A result that was scored anew names its items by another
    version, of which there are no answers."""
    same = end.version.pk == end.assessment.version_id
    return slug if slug is not None and same else ""


def _items(before: End, after: End) -> dict[tuple[int, str], Item]:
    versions = {before.version.pk, after.version.pk}
    found = Item.objects.filter(version__in=versions).select_related("stage", "domain")
    return {(item.version_id, item.slug): item for item in found}


def _said(end: End, items: Mapping[tuple[int, str], Item], slug: str | None) -> Said:
    if slug is None or end.side is None:
        return Said(NOT_THERE)
    if slug in end.side.not_asked:
        return Said("Not asked then")
    level, points = end.side.levels.get(slug), end.side.numbers.points.get(slug)
    return Said(answer_words(items[end.version.pk, slug], level, points))
