"""A review as its page reads it: what comes up one by one, group by group, and the rest as a block."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assessments.consistency import Finding
from assessments.models import Answer, Assessment, ItemDecision, Review
from assessments.queries import Sheet, load_sheet
from assessments.queries_review import (
    DOMAIN_PREFIX,
    Reviewed,
    approved_levels,
    current_decisions,
    far_move,
    holding_sets,
    kept_findings,
    origins_between,
    plan_of,
    reviewed_sheet,
    verdict_of,
)
from assessments.review_plan import WHY_WORDS, Planned, Why
from assessments.words import answer_words, decision_words
from maturity import methods
from maturity.levels import Level
from maturity.models import Domain, Item
from maturity.scoring import Scorecard, format_hundredths

BLOCK, CHALLENGES = "block", "challenges"
WHOLE = 25  # items of a group that are shown at once; a longer one is cut by domain


@dataclass(frozen=True)
class Line:
    """One item: what the agency says, what was approved, and what reviewers say. `verdict`: "agreed",
    "asked", "set", or "" while it is to be decided. `earlier`: questions and other levels of before,
    these in words."""

    item: Item
    answer: Answer | None
    words: str
    before: str
    why: tuple[str, ...]
    verdict: str
    decision: ItemDecision | None
    earlier: tuple[tuple[ItemDecision, str], ...]
    findings: tuple[Finding, ...]

    @property
    def revision(self) -> int:
        """Of the decision, which whoever decides again has read."""
        return self.decision.revision if self.decision is not None else 0

    @property
    def set_words(self) -> str:
        """The level that the reviewer set, in words."""
        return decision_words(self.decision) if self.decision is not None and self.decision.level else ""


@dataclass(frozen=True)
class Part:
    """A group, or a domain of one: how many items it has and how many of them are to be decided."""

    key: str
    name: str
    total: int
    undecided: int


@dataclass(frozen=True)
class BlockPart:
    """The items of one domain of the block."""

    name: str
    lines: tuple[tuple[Item, str, str], ...]  # item, what the agency says, verdict


@dataclass(frozen=True)
class ReviewReading:
    """All that the page of a review shows. `part` None: the group is shown whole."""

    review: Review
    sheet: Sheet
    groups: tuple[Part, ...]
    group: Part | None
    parts: tuple[Part, ...]
    part: Part | None
    lines: tuple[Line, ...]
    block: tuple[BlockPart, ...]
    block_items: int
    scores: tuple[tuple[str, str], ...]  # scores of whole domains, which are of the block
    findings: tuple[tuple[Finding, tuple[Item, ...]], ...]
    said: tuple[ItemDecision, ...]  # questions and other levels that stand
    reviewed: Reviewed
    score: int | None  # as the agency answered, in millionths
    reviewed_score: int | None  # with the levels set
    first: bool = field(default=False)

    @property
    def undecided_shown(self) -> tuple[str, ...]:
        """The slugs shown that are to be decided: what is agreed with at once."""
        return tuple(line.item.slug for line in self.lines if not line.verdict)


class Reader:
    """Reads one review once; the number of queries does not depend on how many items it has."""

    def __init__(self, review: Review, assessment: Assessment) -> None:
        self.review, self.sheet = review, load_sheet(assessment)
        self.decisions = current_decisions(assessment.pk)
        self.plan = [one for one in plan_of(review) if not one.slug.startswith(DOMAIN_PREFIX)]
        self.verdicts = {
            one.slug: verdict_of(one, self.decisions.get(one.slug), review) for one in plan_of(review)
        }
        self.before = _approved(review, self.sheet)
        self.earlier = _earlier(review)
        self.findings = kept_findings(review)
        self.sets = holding_sets(review, self.decisions)

    def read(self, wished: str, domain: str) -> ReviewReading:
        """The reading with this group, and this domain of it, open; what is not there is the usual."""
        groups = self._groups()
        group = _chosen(groups, wished)
        shown = [one for one in self.plan if group is not None and (one.group or BLOCK) == group.key]
        parts, part = self._parts(shown, domain)
        if part is not None:
            shown = [one for one in shown if self._domain(one) == part.key]
        is_block = group is not None and group.key == BLOCK
        reviewed = reviewed_sheet(self.sheet, self.sets)
        return ReviewReading(
            review=self.review,
            sheet=self.sheet,
            groups=groups,
            group=group,
            parts=() if is_block else parts,
            part=None if is_block else part,
            lines=() if is_block else tuple(self.line(one) for one in shown),
            block=self._block() if is_block else (),
            block_items=sum(not one.why for one in self.plan),
            scores=self._scores(),
            findings=self._findings(reviewed),
            said=tuple(
                row
                for slug, row in self.decisions.items()
                if self.verdicts.get(slug) in {ItemDecision.Kind.ASKED, ItemDecision.Kind.SET}
            ),
            reviewed=reviewed,
            score=self._score(self.sheet.card),
            reviewed_score=self._score(reviewed.card),
            first=self.review.before_id is None,
        )

    def one(self, slug: str) -> Line | None:
        """One item of the plan; None where it is not part of it."""
        found = next((one for one in self.plan if one.slug == slug), None)
        return self.line(found) if found is not None else None

    def line(self, planned: Planned) -> Line:
        """One item with all that is said of it."""
        slug, sheet = planned.slug, self.sheet
        item = sheet.items[slug]
        now = (sheet.levels.get(slug), sheet.numbers.points.get(slug))
        why = tuple(WHY_WORDS[why] for why in planned.why)
        return Line(
            item=item,
            answer=sheet.answers.get(slug),
            words=answer_words(item, *now),
            before=self._words_before(item),
            why=("Answered for the first time", *why[1:])
            if why and planned.why[0] == Why.CHANGED and self.review.before_id is None
            else why,
            verdict=self.verdicts[slug],
            decision=self.decisions.get(slug),
            earlier=tuple(
                (row, decision_words(row))
                for row in self.earlier.get(slug, ())
                if not (self.verdicts[slug] and row == self.decisions.get(slug))
            ),
            findings=tuple(one for one in self.findings if slug in one.items),
        )

    def _words_before(self, item: Item) -> str:
        if self.review.before_id is None:
            return ""
        return answer_words(item, *self.before.get(item.slug, (None, None)))

    def _groups(self) -> tuple[Part, ...]:
        names = {str(why): words for why, words in WHY_WORDS.items()}
        if self.review.before_id is None:
            names[Why.CHANGED] = "All answers"
        keys = [*names, BLOCK]
        names[BLOCK] = "The rest, as a block"
        found = (
            self._part(key, names[key], [p for p in self.plan if (p.group or BLOCK) == key]) for key in keys
        )
        return tuple(part for part in found if part.total)

    def _part(self, key: str, name: str, planned: Sequence[Planned]) -> Part:
        return Part(key, name, len(planned), sum(not self.verdicts[one.slug] for one in planned))

    def _domain(self, planned: Planned) -> str:
        domain = self.sheet.items[planned.slug].domain
        return domain.slug if domain is not None else CHALLENGES

    def _parts(self, shown: Sequence[Planned], wished: str) -> tuple[tuple[Part, ...], Part | None]:
        """The domains of a group that is too long to be shown at once, and the one that is."""
        if len(shown) <= WHOLE:
            return (), None
        by_domain: defaultdict[str, list[Planned]] = defaultdict(list)
        for one in shown:
            by_domain[self._domain(one)].append(one)
        names = self._domain_names()
        parts = tuple(self._part(key, names[key], by_domain[key]) for key in names if key in by_domain)
        return parts, _chosen(parts, wished)

    def _domain_names(self) -> dict[str, str]:
        domains = {item.domain.number: item.domain for item in self.sheet.items.values() if item.domain}
        names = {domains[number].slug: domains[number].name for number in sorted(domains)}
        return names | {CHALLENGES: "Challenges"}

    def _block(self) -> tuple[BlockPart, ...]:
        found: defaultdict[str, list[tuple[Item, str, str]]] = defaultdict(list)
        for one in self.plan:
            if not one.why:
                line = self.line(one)
                found[self._domain(one)].append((line.item, line.words, line.verdict))
        return tuple(
            BlockPart(name, tuple(found[key])) for key, name in self._domain_names().items() if key in found
        )

    def _scores(self) -> tuple[tuple[str, str], ...]:
        given = self.sheet.domain_scores
        if not given:
            return ()
        domains = Domain.objects.filter(version_id=self.sheet.assessment.version_id).order_by("number")
        return tuple((one.name, format_hundredths(given[one.slug])) for one in domains if one.slug in given)

    def _findings(self, reviewed: Reviewed) -> tuple[tuple[Finding, tuple[Item, ...]], ...]:
        """As they were when it was submitted; the move as it is with the levels set."""
        kept = self.findings
        if self.sets:
            rest = tuple(one for one in kept if one.severity != "confirmation")
            kept = (*far_move(self.review, reviewed, self.sheet), *rest)
        items = self.sheet.items
        return tuple((one, tuple(items[slug] for slug in one.items if slug in items)) for one in kept)

    def _score(self, card: Scorecard | None) -> int | None:
        return None if card is None else methods.score_in_millionths(self.sheet.rules, card)


def _chosen(parts: Sequence[Part], wished: str) -> Part | None:
    """The one wished for; else the first with something to decide, or the first."""
    for part in parts:
        if part.key == wished:
            return part
    return next((part for part in parts if part.undecided), parts[0] if parts else None)


def _approved(review: Review, sheet: Sheet) -> Mapping[str, tuple[Level | None, int | None]]:
    """By item of this version, the level and points that were approved last."""
    if review.before is None:
        return {}
    levels, points = approved_levels(review.before)
    origins = origins_between(review.before, sheet)
    return {slug: (levels.get(old), points.get(old)) for slug, old in origins.items()}


def _earlier(review: Review) -> dict[str, list[ItemDecision]]:
    """By item, the questions asked and the levels set in this assessment and in the one approved last."""
    ids = [review.assessment_id, *([review.before_id] if review.before_id is not None else [])]
    rows = ItemDecision.objects.filter(assessment__in=ids).exclude(kind=ItemDecision.Kind.AGREED)
    rows = rows.select_related("item", "by", "assessment").prefetch_related("replies__by")
    found: dict[str, list[ItemDecision]] = {}
    for row in rows.order_by("-at", "-pk"):
        found.setdefault(row.item.slug, []).append(row)
    return found
