"""A second assessment of the Grid Office, begun with what was approved for the quarter before."""

from assessments.models import Review
from assessments.services import start_assessment
from assessments.services_confirming import confirm_answers
from maturity.levels import Level
from tests.assessments.conftest import EARLIER, LABEL, QUARTER, STAGE_1, STAGE_2, Case, start_case
from tests.factories import NOW
from tests.world import World

ALL = (*STAGE_1, *STAGE_2, "share-skills", "heal-itself")


def next_quarter(world: World, **levels: Level) -> Case:
    """All of stage 1 and 2 was approved as in place, or as `levels` say (by slug, "_" for "-")."""
    first = start_case(world, period=EARLIER, label="FY26 Q4")
    for item in ALL:
        usual = Level.IN_PLACE if item in {*STAGE_1, *STAGE_2} else Level.NOT_STARTED
        first.answer(item, levels.get(item.replace("-", "_"), usual))
    first.submit()
    first.approve()
    return carried(first)


def carried(before: Case) -> Case:
    """The quarter after, with the answers carried over and confirmed."""
    assessment = start_assessment(
        agency=before.assessment.agency,
        version=before.assessment.version,
        period=QUARTER,
        period_label=LABEL,
        by=before.world.contributor,
        at=NOW,
        carry_over=True,
    )
    seen = dict(assessment.answers.values_list("item__slug", "revision"))
    confirm_answers(assessment_id=assessment.pk, seen=seen, by=before.world.contributor, at=NOW)
    return Case(before.world, assessment)


def review_of(case: Case) -> Review:
    return Review.objects.get(assessment=case.assessment)


def planned(case: Case) -> dict[str, list[str]]:
    """By item, why it comes up alone."""
    return {slug: why for slug, why, _ in review_of(case).plan}
