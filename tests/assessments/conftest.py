"""A draft of the Grid Office with the small model, and the steps that carry it on."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest

from assessments.models import Answer, Assessment, ItemDecision, Result
from assessments.services import start_assessment
from assessments.services_answers import AnswerFields, save_answer
from assessments.services_review import (
    Agreeing,
    approve_assessment,
    return_assessment,
    submit_assessment,
)
from assessments.services_reviewing import Verdict, agree_block, agree_items, decide_item
from maturity.levels import Level
from maturity.models import ModelVersion
from portal.access.models import User
from portal.agencies.periods import Period
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

QUARTER = Period(date(2026, 10, 1), date(2026, 12, 31))
LABEL = "FY27 Q1"
EARLIER = Period(date(2026, 7, 1), date(2026, 9, 30))
STAGE_1 = ("train-staff", "name-owner", "pick-platform", "no-budget")
STAGE_2 = ("pair-up", "scan-images", "too-complex")


@dataclass
class Case:
    """One assessment and the hands that work on it."""

    world: World
    assessment: Assessment

    def answer(
        self, item: str, level: Level | None = Level.IN_PLACE, by: User | None = None, **fields: object
    ) -> Answer:
        """Save an answer over whatever there is."""
        found = self.assessment.answers.filter(item__slug=item).first()
        return save_answer(
            assessment_id=self.assessment.pk,
            item_slug=item,
            revision=found.revision if found else 0,
            fields=AnswerFields(level=level, **fields),
            by=by or self.world.contributor,
            at=NOW,
        )

    def answer_all_asked(self) -> None:
        """Stage 1 is not begun but for one item, which leaves it the stage being worked on."""
        for item in STAGE_1:
            self.answer(item, Level.IN_PLACE if item == "train-staff" else Level.NOT_STARTED)

    def submit(self) -> Assessment:
        self.assessment.refresh_from_db()
        self.assessment = submit_assessment(
            assessment_id=self.assessment.pk,
            revision=self.assessment.revision,
            attested_by="Pat Lead",
            by=self.world.lead,
            at=NOW,
        )
        return self.assessment

    def decide(
        self, item: str, verdict: Verdict, by: User | None = None, revision: int | None = None
    ) -> ItemDecision:
        """A reviewer's word on one item, over whatever was decided."""
        found = self.assessment.item_decisions.filter(item__slug=item, current=True).first()
        return decide_item(
            assessment_id=self.assessment.pk,
            submission=self.assessment.revision,
            item_slug=item,
            revision=revision if revision is not None else found.revision if found else 0,
            verdict=verdict,
            by=by or self.world.reviewer,
            at=NOW,
        )

    def send_back(self, comment: str = "") -> Assessment:
        self.assessment = return_assessment(
            assessment_id=self.assessment.pk,
            revision=self.assessment.revision,
            comment=comment,
            by=self.world.reviewer,
            at=NOW,
        )
        return self.assessment

    def agree_with_all(self) -> None:
        """The reviewer decides on all that comes up one by one, and agrees with the block."""
        at_hand = {
            "assessment_id": self.assessment.pk,
            "submission": self.assessment.revision,
            "by": self.world.reviewer,
            "at": NOW,
        }
        slugs = [item.slug for item in self.assessment.version.items.all()]
        agree_items(**at_hand, slugs=slugs)
        agree_block(**at_hand)

    def approve(self) -> Result:
        result = approve_assessment(
            assessment_id=self.assessment.pk,
            revision=self.assessment.revision,
            by=self.world.reviewer,
            at=NOW,
            agreeing=Agreeing.REST,
            confirmation="Read through with the agency.",
        )
        self.assessment.refresh_from_db()
        return result


def start_case(
    world: World,
    version: ModelVersion | None = None,
    period: Period = QUARTER,
    label: str = LABEL,
    at: datetime = NOW,
) -> Case:
    """A draft of the Grid Office, started by its contributor."""
    assessment = start_assessment(
        agency=world.grid,
        version=version or make_small_model(),
        period=period,
        period_label=label,
        by=world.contributor,
        at=at,
    )
    return Case(world, assessment)


@pytest.fixture
def case(world: World) -> Case:
    """A draft in FY27 Q1."""
    return start_case(world)


@pytest.fixture
def submitted(case: Case) -> Case:
    """The draft with all that is asked answered, submitted by the lead."""
    case.answer_all_asked()
    case.submit()
    return case


@pytest.fixture
def approved(submitted: Case) -> Case:
    """The same, approved by the reviewer."""
    submitted.approve()
    return submitted
