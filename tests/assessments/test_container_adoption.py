"""One assessment with the real model, from the first answer to the result."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from assessments.models import Result
from assessments.queries import load_sheet
from maturity.levels import Level
from maturity.models import ModelVersion
from tests.assessments.conftest import Case, start_case
from tests.world import World

PACK = Path(settings.BASE_DIR) / "maturity" / "packs" / "container-adoption"


@pytest.fixture
def case(world: World) -> Case:
    call_command("import_model", str(PACK), verbosity=0)
    return start_case(world, ModelVersion.objects.get(model__slug="container-adoption"))


def test_stage_by_stage_to_an_approved_result(case: Case):
    """Stage 1 complete, of stage 2 nothing begun: then what is asked is stages 1 and 2, and the score 1."""
    sheet = load_sheet(case.assessment)
    assert len(sheet.items) == 176
    assert len(sheet.asked) == 13
    for slug in sheet.asked:
        case.answer(slug)
    sheet = load_sheet(case.assessment)
    assert len(sheet.asked) == 48
    for slug in sheet.unanswered:
        case.answer(slug, Level.NOT_STARTED)
    case.submit()
    result = case.approve()
    assert (result.score, result.stages_completed, result.answered) == (1_000_000, 1, 1_000_000)
    assert len(result.levels) == 176
    text = case.world.client("lead").get(f"/assessments/{case.assessment.pk}/result/").content.decode()
    assert "What holds it at stage 2" in text


def test_no_page_of_the_questionnaire_holds_more_than_twenty_forms(case: Case):
    client, url = case.world.client("lead"), f"/assessments/{case.assessment.pk}/"
    for stage in range(1, 6):
        text = client.get(url, {"section": stage}).content.decode()
        assert text.count('<fieldset class="usa-fieldset item__levels"') <= 20
        assert len(text) < 160_000
    assert Result.objects.count() == 0
