"""What can be compared: assessments as they were approved, or as they are answered so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assessments.models import Assessment, Result
from assessments.queries import load_sheet
from assessments.results import frozen_levels, frozen_numbers
from maturity import methods
from maturity.explain import Side
from maturity.models import MaturityModel, ModelVersion
from maturity.queries import rules_of
from maturity.scoring import Scorecard, to_millionths
from maturity.successors import Succession
from portal.access.models import User
from portal.agencies.models import Agency

APPROVED_OFFERED, OPEN_OFFERED = 60, 12


@dataclass(frozen=True)
class End:
    """One assessment of a comparison. `result` None: it is not approved, and so provisional.

    `side` None: there are no answers that could be scored.
    """

    assessment: Assessment
    version: ModelVersion
    result: Result | None
    side: Side | None
    card: Scorecard | None

    @property
    def score(self) -> int | None:
        """In millionths of a unit."""
        return self.result.score if self.result else self.side.score if self.side else None

    @property
    def stages_completed(self) -> int | None:
        """Or bands reached."""
        if self.result is not None:
            return self.result.stages_completed
        return self.card.stages_completed if self.card else None

    @property
    def label(self) -> str:
        """What it is called beside others: "FY27 Q1", "FY27 Q1 (correction)", "FY27 Q1 (draft)"."""
        return end_label(self.assessment)

    @cached_property
    def completions(self) -> dict[int, int]:
        """Of each stage, in millionths of one."""
        if self.result is not None:
            return {stage["number"]: stage["completion"] for stage in self.result.stages}
        return {c.number: to_millionths(c.completion) for c in self.card.stages} if self.card else {}

    @cached_property
    def percents(self) -> dict[str, int | None]:
        """Of each domain, in millionths of its maximum; None where nothing of it applies."""
        if self.result is not None:
            return {slug: told["percent"] for slug, told in self.result.domains.items()}
        cards = self.card.domains if self.card else ()
        return {c.slug: None if c.percent is None else to_millionths(c.percent) for c in cards}


# --- which there are --------------------------------------------------------------------------------


def end_label(assessment: Assessment) -> str:
    """What an assessment is called beside others of its agency."""
    notes = ["correction"] if assessment.amends_id else []
    if assessment.state != Assessment.State.APPROVED:
        notes.append(assessment.get_state_display().lower())
    return f"{assessment.period_label} ({', '.join(notes)})" if notes else assessment.period_label


def comparable_assessments(agency: Agency, model: MaturityModel, user: User) -> list[Assessment]:
    """The assessments of `agency` that `user` may compare, the latest first: those with a score that they
    may see, and open ones where they may see answers. Two queries."""
    seen = Result.objects.visible_to(user).as_approved().filter(agency=agency, model=model)
    scored = Assessment.objects.filter(pk__in=seen.values("assessment_id")).select_related("version__model")
    found = list(scored.order_by("-period_ends_on", "-approved_at", "-pk")[:APPROVED_OFFERED])
    opened = Assessment.objects.visible_to(user).filter(agency=agency, version__model=model)
    opened = opened.exclude(state=Assessment.State.APPROVED).select_related("version__model")
    found += list(opened.order_by("-period_ends_on", "-pk")[:OPEN_OFFERED])
    return sorted(found, key=_latest_first)


def default_pair(
    offered: Sequence[Assessment], after: Assessment | None
) -> tuple[Assessment, Assessment] | None:
    """The two that are compared where nobody chose: `after`, or else the latest approved, and before it
    what it corrects or else the latest of an earlier period that was not corrected; None for one alone."""
    approved = [one for one in offered if one.state == Assessment.State.APPROVED]
    after = after or next(iter(approved or offered), None)
    if after is None:
        return None
    known = {one.pk: one for one in offered}
    if after.amends_id in known:
        return known[after.amends_id], after
    replaced = {one.amends_id for one in approved}
    earlier = [
        one for one in approved if one.period_ends_on < after.period_ends_on and one.pk not in replaced
    ]
    others = [one for one in offered if one.pk != after.pk]
    before = next(iter(earlier or others), None)
    return None if before is None else (before, after)


def _latest_first(one: Assessment) -> tuple[float, ...]:
    approved_at = one.approved_at
    return (-one.period_ends_on.toordinal(), -approved_at.timestamp() if approved_at else 0, -one.pk)


# --- the two ends -----------------------------------------------------------------------------------


def end_of_assessment(assessment: Assessment) -> End:
    """An assessment with its answers as approved, or as they are now. One query, or those of load_sheet."""
    result = Result.objects.as_approved().filter(assessment=assessment).first()
    if result is not None:
        return end_of_result(result, assessment, assessment.version)
    sheet = load_sheet(assessment)
    card = sheet.card
    if card is None:
        return End(assessment, assessment.version, None, None, None)
    score = methods.score_in_millionths(sheet.rules, card)
    side = Side(sheet.rules, sheet.levels, score, sheet.numbers)
    return End(assessment, assessment.version, None, side, card)


def end_of_result(
    result: Result, assessment: Assessment, version: ModelVersion, link: Succession | None = None
) -> End:
    """A result as an end. `link`: from what was answered to `version`, where it was scored anew."""
    rules = rules_of(version)
    nothing = End(assessment, version, result, None, None)
    if version.is_staged and not result.levels:
        return nothing
    levels, numbers = frozen_levels(rules, result), frozen_numbers(result)
    card = methods.score(rules, levels, None, numbers)
    if card is None:
        return nothing
    left_out = frozenset(link.added) if link is not None else frozenset()
    return End(assessment, version, result, Side(rules, levels, result.score, numbers, left_out), card)
