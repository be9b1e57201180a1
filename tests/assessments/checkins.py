"""A check-in of the Grid Office that begins with what was approved the quarter before."""

from assessments.models import Cycle, RoundKind
from assessments.services import start_assessment
from maturity.levels import Level
from maturity.models import ModelVersion
from portal.agencies.periods import Period
from tests.assessments.conftest import EARLIER, LABEL, QUARTER, STAGE_1, Case, start_case
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

BEFORE = "FY26 Q4"


def make_round(
    world: World, version: ModelVersion, kind: str = RoundKind.CHECK_IN, period: Period = QUARTER
) -> Cycle:
    """A round of the program, collecting."""
    return Cycle.objects.create(
        program=world.program,
        version=version,
        kind=kind,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=LABEL,
        due_on=period.ends_on,
        opened_at=NOW,
    )


def approve_before(world: World, version: ModelVersion | None = None, **answers: dict) -> Case:
    """What was approved for FY26 Q4: all of stage 1 answered; `answers`: by item (with _), what else."""
    case = start_case(world, version or make_small_model(), EARLIER, BEFORE)
    case.answer_all_asked()
    for item, fields in answers.items():
        case.answer(item.replace("_", "-"), **fields)
    case.submit()
    case.approve()
    return case


def carry_on(world: World, version: ModelVersion, **changes: object) -> Case:
    """The draft for FY27 Q1 that begins with what was approved last."""
    values = {"period": QUARTER, "period_label": LABEL, "by": world.contributor, "at": NOW} | changes
    return Case(world, start_assessment(agency=world.grid, version=version, carry_over=True, **values))


def make_check_in(world: World, **answers: dict) -> Case:
    """A check-in under way, in which nothing is confirmed yet."""
    before = approve_before(world, **answers)
    make_round(world, before.assessment.version)
    return carry_on(world, before.assessment.version)


def make_full(world: World, **answers: dict) -> Case:
    """A full assessment that begins with what was approved last."""
    return carry_on(world, approve_before(world, **answers).assessment.version)


PLANNED = {"level": Level.PLANNED}
__all__ = ["PLANNED", "STAGE_1", "approve_before", "carry_on", "make_check_in", "make_full", "make_round"]
