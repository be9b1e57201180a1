"""A result as its page reads it: what the frozen levels say, with the texts of the model beside them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Exemption, ItemDecision, Result, SelfDeclaration
from assessments.queries_exemptions import ended_exemptions
from assessments.queries_review import set_levels
from assessments.results import frozen_levels, frozen_numbers, scorecard_of
from assessments.words import REASON_WORDS, answer_words, answered_words, decision_words
from casestudies.models import Lesson
from casestudies.queries import lessons_for
from maturity import methods, scoring
from maturity.levels import Level, Levels, ModelRules, Numbers
from maturity.models import Domain, Item, Stage
from maturity.queries import rules_of

HOLDING_SHOWN, GAPS_SHOWN = 8, 6  # unless all are asked for


@dataclass(frozen=True)
class StageLine:
    """A stage with its completion in millionths."""

    stage: Stage
    card: scoring.StageCard
    completion: int


@dataclass(frozen=True)
class DomainLine:
    """A domain with its percent of its maximum in millionths, None where no practice of it applies."""

    domain: Domain
    card: scoring.DomainCard
    percent: int | None
    score: int | None  # millionths of a unit of the scale, where it was given of the whole domain


@dataclass(frozen=True)
class GapLine:
    """An item that is not in place, what closing it brings (millionths of a stage), and who has done it."""

    item: Item
    words: str
    effect: int
    reason: str
    lessons: list[Lesson]
    differing: "Differing | None" = None  # where a reviewer set another level than the agency said


@dataclass(frozen=True)
class Differing:
    """A level that a reviewer set, beside what the agency said, both in words."""

    decision: ItemDecision
    answered: str
    words: str


@dataclass(frozen=True)
class ExemptLine:
    """An item that is left out of a result, and the exemption, where it is over now."""

    item: Item
    ended: Exemption | None


@dataclass(frozen=True)
class ResultReading:
    """All that the page of a result shows. `gaps` are those that do not hold the stage being worked on."""

    result: Result
    known: int  # share of all weight or points that the score rests on, in millionths of one
    working_on: int | None
    limited_stages: list[int]
    stages: list[StageLine]
    domains: list[DomainLine]
    holding: list[GapLine]
    holding_left_out: int
    gaps: list[GapLine]
    gaps_left_out: int
    exempt: list["ExemptLine"]  # what was left out because the agency was exempt
    band: str  # the name of the band reached; "" where none is, or stages are completed
    declared: list[SelfDeclaration]
    differing: list[Differing]  # in the order of the model


def read_result(result: Result, *, all_gaps: bool = False, today: date | None = None) -> ResultReading:
    """The reading of `result`, whose version and model are loaded. Raises ValueError where the frozen
    levels do not fit the version, which cannot happen to a published one.

    An item whose exemption is over on the day `today` (by default the current one) is among the gaps,
    before the others, although the result stays as it is.
    """
    rules = rules_of(result.version)
    levels, numbers = frozen_levels(rules, result), frozen_numbers(result)
    card = scorecard_of(rules, result)
    if card is None:
        raise ValueError(f"result {result.pk} was written although nothing applies")
    holding = {gap.slug for gap in card.holding}
    today = today or timezone.localdate()
    exempt = [slug for slug, level in levels.items() if level == Level.EXEMPT]
    ended = ended_exemptions(result.agency_id, result.version, exempt, today)
    returned = _returned(rules, levels, numbers, ended)
    further = [*returned, *(gap for gap in card.gaps if gap.slug not in holding)]
    held = card.holding if all_gaps else card.holding[:HOLDING_SHOWN]
    shown = further if all_gaps else further[: max(GAPS_SHOWN, len(returned))]
    differing = _differing(result)
    lines = [
        replace(line, differing=differing.get(line.item.slug))
        for line in _gap_lines(result, levels, numbers, [*held, *shown], ended)
    ]
    return ResultReading(
        result=result,
        known=scoring.to_millionths(card.known),
        working_on=card.working_on,
        limited_stages=[stage.number for stage in card.stages if stage.limited_basis],
        stages=_stage_lines(result, card),
        domains=_domain_lines(result, card),
        holding=lines[: len(held)],
        holding_left_out=len(card.holding) - len(held),
        gaps=lines[len(held) :],
        gaps_left_out=len(further) - len(shown),
        exempt=_exempt_lines(result, exempt, ended),
        band=_band(result),
        declared=list(
            SelfDeclaration.objects.filter(agency_id=result.agency_id, model_id=result.model_id)[:40]
        ),
        differing=list(differing.values()),
    )


def _differing(result: Result) -> dict[str, Differing]:
    """By item, where a reviewer set another level; one query."""
    rows = set_levels(result.assessment_id)
    return {slug: Differing(row, answered_words(row), decision_words(row)) for slug, row in rows.items()}


def _stage_lines(result: Result, card: scoring.Scorecard) -> list[StageLine]:
    stages = {stage.number: stage for stage in Stage.objects.filter(version_id=result.version_id)}
    return [StageLine(stages[c.number], c, scoring.to_millionths(c.completion)) for c in card.stages]


def _band(result: Result) -> str:
    if result.version.is_staged:
        return ""
    names = Stage.objects.filter(version_id=result.version_id, number=result.stages_completed)
    return names.values_list("name", flat=True).first() or ""


def _domain_lines(result: Result, card: scoring.Scorecard) -> list[DomainLine]:
    domains = {domain.slug: domain for domain in Domain.objects.filter(version_id=result.version_id)}
    return [
        DomainLine(
            domains[c.slug],
            c,
            None if c.percent is None else scoring.to_millionths(c.percent),
            result.domains.get(c.slug, {}).get("score"),
        )
        for c in card.domains
    ]


def _returned(
    rules: ModelRules, levels: Levels, numbers: Numbers, ended: Collection[str]
) -> list[scoring.Gap]:
    """The gaps that items are whose exemption is over: as if nothing was done for them."""
    if not ended:
        return []
    now = {**levels, **dict.fromkeys(ended, Level.NOT_STARTED)}
    card = methods.score(rules, now, methods.asked_items(rules, now), numbers)
    return [gap for gap in card.gaps if gap.slug in ended] if card is not None else []


def _exempt_lines(result: Result, slugs: list[str], ended: Mapping[str, Exemption]) -> list[ExemptLine]:
    if not slugs:
        return []
    items = Item.objects.filter(version_id=result.version_id, slug__in=slugs).order_by("position")
    return [ExemptLine(item, ended.get(item.slug)) for item in items.select_related("stage", "domain")]


def ended_words(exemption: Exemption) -> str:
    """That an exemption is over, and since when."""
    return f"Exemption ended on {date_format(exemption.last_on, 'F j, Y')}"


def _gap_lines(
    result: Result,
    levels: Levels,
    numbers: Numbers,
    gaps: list[scoring.Gap],
    ended: Mapping[str, Exemption],
) -> list[GapLine]:
    slugs = [gap.slug for gap in gaps]
    found = Item.objects.filter(version_id=result.version_id, slug__in=slugs).select_related(
        "stage", "domain"
    )
    items = {item.slug: item for item in found}
    lessons = lessons_for(model_slug=result.model.slug, items=slugs)
    return [
        GapLine(
            item=items[gap.slug],
            words=ended_words(ended[gap.slug])
            if gap.slug in ended
            else answer_words(items[gap.slug], levels.get(gap.slug), numbers.points.get(gap.slug)),
            effect=scoring.to_millionths(gap.effect),
            reason=REASON_WORDS[gap.reason],
            lessons=lessons.get(gap.slug, []),
        )
        for gap in gaps
    ]
