"""Reads for a review: what was approved last, what the checks are told, what reviewers say of each item."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assessments.consistency import Facts, Finding, Severity, Told, check, needs_confirmation
from assessments.consistency import Said as SaidOf
from assessments.models import Answer, Assessment, ItemDecision, PeriodFacts, Review
from assessments.queries import Sheet, approved_earlier, levels_of, points_of, previous_approved
from assessments.review_plan import Candidate, Planned, Why, Word
from maturity import methods
from maturity.levels import Level, Levels, Numbers
from maturity.queries import succession_of, versions_of
from maturity.scoring import Dated, Scorecard

PERIODS_COMPARED = 2  # before this one, for what is copied unchanged
DOMAIN_PREFIX = "domain:"  # of a score given of a whole domain, among the items of a plan
NOTHING_SAID = "-"
Origins = Mapping[str, str]  # item of this version: the item of another that it goes back to


# --- what reviewers made of what was approved ---------------------------------------------------------


def current_decisions(assessment_id: int) -> dict[str, ItemDecision]:
    """By item, what reviewers say of it now, with their replies. Two queries."""
    rows = ItemDecision.objects.filter(assessment=assessment_id, current=True)
    rows = rows.select_related("item", "by").prefetch_related("replies__by")
    return {row.item.slug: row for row in rows}


def set_levels(assessment_id: int) -> dict[str, ItemDecision]:
    """By item, the levels that a reviewer set and that hold. One query."""
    rows = ItemDecision.objects.filter(assessment=assessment_id, current=True).disagreements()
    return {row.item.slug: row for row in rows.select_related("item", "by")}


def with_set_levels(
    levels: Levels, points: Mapping[str, int], decisions: Iterable[ItemDecision]
) -> tuple[dict[str, Level | None], dict[str, int]]:
    """Levels and points with those that reviewers set in the place of the agency's."""
    found, numbers = dict(levels), dict(points)
    for row in decisions:
        slug = row.item.slug
        found[slug] = Level(row.level)
        numbers.pop(slug, None)
        if row.points is not None:
            numbers[slug] = row.points
    return found, numbers


def approved_levels(assessment: Assessment) -> tuple[dict[str, Level | None], dict[str, int]]:
    """The levels and points of an approved assessment as its result froze them: the reviewer's where set.
    Three queries at the most."""
    return with_set_levels(levels_of(assessment), points_of(assessment), set_levels(assessment.pk).values())


# --- the plan ----------------------------------------------------------------------------------------


def fingerprint(answer: Answer | None) -> str:
    """What stands for all that an answer says, with its evidence; the same for the same."""
    if answer is None or (not answer.revision and not answer.evidence.all()):
        return NOTHING_SAID
    told = [
        answer.level,
        answer.points,
        answer.holder,
        answer.holder_name,
        answer.note,
        answer.reason,
        str(answer.planned_on or ""),
        sorted(row.pk for row in answer.evidence.all()),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def plan_of(review: Review) -> tuple[Planned, ...]:
    """The plan as it is kept."""
    return tuple(
        Planned(slug, tuple(Why(why) for why in reasons), said) for slug, reasons, said in review.plan
    )


def candidates_of(sheet: Sheet, before: Assessment | None, review: Review | None) -> list[Candidate]:
    """The items that a review is about: those answered, now or when last approved, or decided on before.

    `review`: of an earlier submission of the same assessment.
    """
    words = _approved_words(before, sheet) if before is not None else {}
    decided = current_decisions(sheet.assessment.pk)
    earlier = review.block if review is not None else {}
    found = []
    for slug, item in sheet.items.items():
        answer, decision = sheet.answers.get(slug), decided.get(slug)
        now = _word(answer) if answer is not None else Word()
        was = words.get(slug, Word())
        if now.level is None and was.level is None and decision is None:
            continue
        said = fingerprint(answer)
        agreed = decision.said if decision is not None else earlier.get(slug)
        asked = decision is not None and decision.kind == ItemDecision.Kind.ASKED
        revised = asked or (agreed is not None and agreed != said)
        found.append(Candidate(slug, now, was, item.must_have, said, revised))
    return found


def scores_planned(sheet: Sheet) -> list[Planned]:
    """The scores given of whole domains, which are of the block."""
    return [Planned(f"{DOMAIN_PREFIX}{slug}", (), str(score)) for slug, score in sheet.domain_scores.items()]


def _word(answer: Answer) -> Word:
    return Word(
        level=Level(answer.level) if answer.level else None,
        points=answer.points,
        planned_on=str(answer.planned_on or "") if answer.level == Level.PLANNED else "",
        holder=answer.holder,
        holder_name=answer.holder_name if answer.holder != Answer.Holder.SELF else "",
    )


def _approved_words(before: Assessment, sheet: Sheet) -> dict[str, Word]:
    """By item of this version, what was approved of it (or of what it goes back to) in `before`."""
    answers = Answer.objects.filter(assessment=before).select_related("item")
    words = {answer.item.slug: _word(answer) for answer in answers}
    for slug, row in set_levels(before.pk).items():
        planned_on = str(row.planned_on or "")
        words[slug] = replace(
            words.get(slug, Word()), level=Level(row.level), points=row.points, planned_on=planned_on
        )
    origins = origins_between(before, sheet)
    return {slug: words[origin] for slug, origin in origins.items() if origin in words}


def origins_between(before: Assessment, sheet: Sheet) -> Origins:
    """Of each item of this sheet, the item of the version of `before` that it goes back to."""
    if before.version_id == sheet.assessment.version_id:
        return {slug: slug for slug in sheet.items}
    versions = versions_of(sheet.assessment.version.model_id)
    places = {version.pk: place for place, version in enumerate(versions)}
    first, last = places[before.version_id], places[sheet.assessment.version_id]
    if first > last:
        return {slug: slug for slug in sheet.items}
    return succession_of(versions[first : last + 1]).origin


# --- what the checks are told -------------------------------------------------------------------------


def findings_of(sheet: Sheet, today: date) -> tuple[Finding, ...]:
    """What the checks find in these answers on the day `today`."""
    before = previous_approved(sheet.assessment)
    return check(facts_of(sheet, before, today))


def facts_of(sheet: Sheet, before: Assessment | None, today: date) -> Facts:
    """All that the checks know of an assessment. The number of queries does not depend on its answers."""
    levels_before: dict[str, Level | None] = {}
    if before is not None:
        approved, _ = approved_levels(before)
        origins = origins_between(before, sheet)
        levels_before = {slug: approved.get(origin) for slug, origin in origins.items()}
    unchanged = _unchanged(sheet)
    on = min(sheet.assessment.period_ends_on, today)
    dates = {slug: _evidence_on(found, on) for slug, found in sheet.evidence.items()}
    ids = [one.pk for one in (sheet.assessment, before) if one is not None]
    told = {row.assessment_id: _told(row) for row in PeriodFacts.objects.filter(assessment__in=ids)}
    items = []
    for slug, item in sheet.items.items():
        answer = sheet.answers.get(slug)
        items.append(
            SaidOf(
                slug=slug,
                stage=item.stage.number,
                domain=item.domain.slug if item.domain is not None else None,
                practice=item.domain is not None,
                must_have=item.must_have,
                level=sheet.levels.get(slug),
                before=levels_before.get(slug),
                planned_on=answer.planned_on if answer is not None else None,
                note=answer.note if answer is not None else "",
                evidence_on=dates.get(slug),
                unchanged=unchanged.get(slug, 1),
            )
        )
    return Facts(
        items=tuple(items),
        on=on,
        domains={item.domain.slug: item.domain.name for item in sheet.items.values() if item.domain},
        unpassed=_unpassed(sheet.card) if sheet.rules.is_staged else {},
        completed=sheet.card.stages_completed if sheet.card is not None else None,
        completed_before=completed_of(before) if before is not None else None,
        stages="stages" if sheet.rules.is_staged else "bands",
        told=told.get(sheet.assessment.pk, Told()),
        told_before=told.get(before.pk, Told()) if before is not None else Told(),
    )


def _evidence_on(found: Iterable[Dated], on: date) -> date | None:
    """The date of the latest evidence; long ago where all of it has expired on the day `on`."""
    dates = [one.dated_on if one.expires_on is None or one.expires_on >= on else date.min for one in found]
    return max(dates, default=None)


def completed_of(approved: Assessment) -> int | None:
    """The stages (or bands) that an approved assessment completed, by the rule that it was approved under."""
    results = approved.results.filter(rescores__isnull=True)
    return results.values_list("stages_completed", flat=True).first()


def _told(row: PeriodFacts) -> Told:
    return Told(systems=row.systems, containers=row.containers)


def _unpassed(card: Scorecard | None) -> dict[str, frozenset[int]]:
    """By domain, its stages that have practices and do not pass."""
    domains = card.domains if card is not None else ()
    return {
        domain.slug: frozenset(number for number, _, passes in domain.stages if passes is False)
        for domain in domains
    }


def _unchanged(sheet: Sheet) -> dict[str, int]:
    """By answered item, for how many periods in a row all of its answer is the same."""
    earlier = approved_earlier(sheet.assessment).filter(version_id=sheet.assessment.version_id)
    earlier = earlier.exclude(amended_by__state=Assessment.State.APPROVED)
    ids = list(earlier.values_list("pk", flat=True)[:PERIODS_COMPARED])
    rows = Answer.objects.filter(assessment__in=ids).select_related("item").prefetch_related("evidence")
    said: dict[int, dict[str, Any]] = {pk: {} for pk in ids}
    for row in rows:
        said[row.assessment_id][row.item.slug] = _whole(row)
    found = {}
    for slug, answer in sheet.answers.items():
        whole, count = _whole(answer), 1
        for pk in ids:
            if said[pk].get(slug) != whole:
                break
            count += 1
        found[slug] = count
    return found


def _whole(answer: Answer) -> tuple[Any, ...]:
    evidence = {
        (row.kind, row.title, row.url, row.statement, row.file_id, row.dated_on)
        for row in answer.evidence.all()
    }
    return (_word(answer), answer.note, answer.reason, frozenset(evidence))


def kept_findings(review: Review) -> tuple[Finding, ...]:
    """What the checks found when it was submitted."""
    return tuple(
        Finding(row["rule"], Severity(row["severity"]), row["words"], row["advice"], tuple(row["items"]))
        for row in review.findings
    )


# --- how far a review is -------------------------------------------------------------------------------


def verdict_of(planned: Planned, decision: ItemDecision | None, review: Review) -> str:
    """What holds of an item now: "agreed", "asked", "set", or "" where it is still to be decided."""
    if decision is not None and decision.said == planned.said:
        if decision.kind != ItemDecision.Kind.ASKED:
            return decision.kind
        return decision.kind if decision.submission == review.submission else ""
    if decision is None and review.block.get(planned.slug) == planned.said:
        return ItemDecision.Kind.AGREED.value
    return ""


@dataclass(frozen=True)
class Counts:
    """How far a review is, as it is kept in Review."""

    one_by_one: int
    undecided: int
    asked: int
    differing: int
    block_open: bool


def counts_of(review: Review, decisions: Mapping[str, ItemDecision]) -> Counts:
    """Counted from the plan and what was decided."""
    plan = plan_of(review)
    verdicts = {one.slug: verdict_of(one, decisions.get(one.slug), review) for one in plan}
    alone = [one.slug for one in plan if one.why]
    said = list(verdicts.values())
    return Counts(
        one_by_one=len(alone),
        undecided=sum(not verdicts[slug] for slug in alone),
        asked=said.count(ItemDecision.Kind.ASKED),
        differing=said.count(ItemDecision.Kind.SET),
        block_open=any(not verdicts[one.slug] for one in plan if not one.why),
    )


@dataclass(frozen=True)
class Reviewed:
    """An assessment's answers as a reviewer leaves them: with the levels that they set."""

    levels: Levels
    numbers: Numbers
    card: Scorecard | None
    newly_asked: int  # items that these levels would ask for and that nobody answered


def holding_sets(review: Review, decisions: Mapping[str, ItemDecision]) -> list[ItemDecision]:
    """The levels set that hold: the answers that they are about are still the same."""
    return [
        decisions[one.slug]
        for one in plan_of(review)
        if verdict_of(one, decisions.get(one.slug), review) == ItemDecision.Kind.SET
    ]


def far_move(review: Review, reviewed: Reviewed, sheet: Sheet) -> tuple[Finding, ...]:
    """What needs a written confirmation with the levels as the reviewers leave them."""
    facts = facts_of(sheet, review.before, review.planned_at.date())
    completed = reviewed.card.stages_completed if reviewed.card is not None else None
    return needs_confirmation(check(replace(facts, completed=completed)))


def reviewed_sheet(sheet: Sheet, sets: Collection[ItemDecision]) -> Reviewed:
    """The answers with these levels set, and what they score."""
    levels, points = with_set_levels(sheet.levels, sheet.numbers.points, sets)
    numbers = Numbers(points, sheet.numbers.domains)
    asked = methods.asked_items(sheet.rules, levels)
    card = methods.score(sheet.rules, levels, asked, numbers)
    open_ones = (slug for slug in asked - sheet.asked if levels.get(slug) in {None, Level.NOT_YET})
    return Reviewed(levels, numbers, card, sum(1 for _ in open_ones))
