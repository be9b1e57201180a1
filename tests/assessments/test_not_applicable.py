"""What could never apply: until when it is taken as said, and who accepted it."""

from datetime import date

import pytest

from assessments.models import Answer, Assessment, Evidence
from assessments.services import start_assessment
from assessments.services_answers import BadAnswer
from maturity.levels import Level
from portal.agencies.periods import Period
from tests.assessments.conftest import Case
from tests.assessments.evidence import bring
from tests.factories import NOW

pytestmark = pytest.mark.django_db
NEXT = Period(date(2027, 1, 1), date(2027, 3, 31))


@pytest.mark.parametrize(
    ("review_by", "carried"), [(None, True), (date(2027, 3, 31), True), (date(2027, 3, 30), False)]
)
def test_after_its_day_no_later_assessment_carries_it_over(case: Case, review_by: date | None, carried: bool):
    case.answer_all_asked()
    case.answer("name-owner", Level.NOT_APPLICABLE, reason="No owner.", review_by=review_by)
    bring(case, item="name-owner")
    case.submit()
    case.approve()
    later = start_assessment(
        agency=case.world.grid,
        version=case.assessment.version,
        period=NEXT,
        period_label="FY27 Q2",
        by=case.world.contributor,
        at=NOW.replace(year=2027),
        carry_over=True,
    )
    found = Answer.objects.filter(assessment=later, item__slug="name-owner")
    assert found.exists() == carried
    assert Answer.objects.filter(assessment=later, item__slug="train-staff").exists()
    assert Evidence.objects.filter(assessment=later).exists() == carried


def test_only_what_could_never_apply_has_such_a_day(case: Case):
    case.answer("train-staff", Level.IN_PLACE, review_by=date(2027, 1, 1))
    assert Answer.objects.get().review_by is None
    with pytest.raises(BadAnswer, match="after FY27 Q1 began"):
        case.answer("name-owner", Level.NOT_APPLICABLE, reason="No.", review_by=date(2026, 9, 1))


def test_who_approved_is_shown_as_having_accepted_it(case: Case):
    case.answer_all_asked()
    case.answer("name-owner", Level.NOT_APPLICABLE, reason="No owner.", review_by=date(2027, 9, 30))
    page = f"/assessments/{case.assessment.pk}/items/name-owner/"
    case.submit()
    assert "Accepted at review" not in case.world.client("lead").get(page).content.decode()
    case.approve()
    assert Assessment.objects.get().approved_by == case.world.reviewer
    shown = case.world.client("lead").get(page).content.decode()
    assert "Accepted at review by <bdi>reviewer</bdi>" in shown
    assert "to be reviewed by Sept. 30, 2027" in shown
