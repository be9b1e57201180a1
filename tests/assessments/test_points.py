"""A model of points from the first answer to the trend: numbers are asked, and the sum is the score."""

from fractions import Fraction

import pytest

from assessments.models import Answer, Result
from assessments.queries import load_sheet
from assessments.results import scorecard_of
from assessments.services import start_amendment
from assessments.services_answers import BadAnswer
from assessments.services_reviewing import BadDecision, Verdict
from dashboards.models import Standing, Trend
from maturity.levels import Level
from maturity.queries import rules_of
from tests.assessments.conftest import Case, start_case
from tests.dashboards.factories import refresh_all
from tests.factories import NOW
from tests.maturity.banded import make_points_model
from tests.world import World


@pytest.fixture
def ranking(world: World) -> Case:
    """A draft of the Grid Office with the small ranking."""
    return start_case(world, make_points_model())


def approve(case: Case) -> Result:
    case.submit()
    return case.approve()


def test_the_sum_of_the_points_is_the_score_and_leads_to_standing_and_trend(ranking: Case):
    for item, points in (("claim", 7), ("scope", 5), ("interface", 0)):
        ranking.answer(item, level=None, points=points)
    result = approve(ranking)
    assert (result.score, result.method, result.stages_completed, result.stage_count) == (
        12_000_000, "points-1@1", 2, 3,
    )  # fmt: skip
    assert result.points == {"claim": 7, "scope": 5, "interface": 0}
    assert result.domains["law"] == {"percent": 800_000, "stages_completed": 3}
    assert (result.answered, result.limited_basis) == (1_000_000, False)
    refresh_all()
    standing = Standing.objects.get(agency=ranking.world.grid, state="reported")
    assert (standing.score, standing.stages_completed, standing.method) == (12_000_000, 2, "points-1@1")
    trend = Trend.objects.filter(scope__kind="everything", method="points-1@1", reported=1).first()
    assert trend is not None
    assert (trend.score_sum, trend.histogram) == (12_000_000, {"1200": 1})


def test_a_reviewer_sets_other_points_which_the_sum_counts(ranking: Case):
    for item, points in (("claim", 7), ("scope", 5), ("interface", 0)):
        ranking.answer(item, level=None, points=points)
    ranking.submit()
    with pytest.raises(BadDecision, match="The agency says the same"):
        ranking.decide("claim", Verdict("set", "As you say.", points=7))
    with pytest.raises(BadDecision, match="0 to"):
        ranking.decide("claim", Verdict("set", "More than there are.", points=999))
    with pytest.raises(BadDecision, match="Give a number of points"):
        ranking.decide("claim", Verdict("set", "A level is no number.", Level.PARTIAL))
    client = ranking.world.client("reviewer")
    data = {"kind": "set", "text": "Two are old.", "points": 3, "revision": 0, "submission": 2}
    address = f"/assessments/{ranking.assessment.pk}/review/items/claim/"
    assert client.post(address, data).status_code == 302
    result = ranking.approve()
    assert (result.score, result.points) == (8_000_000, {"claim": 3, "scope": 5, "interface": 0})
    assert Answer.objects.get(item__slug="claim").points == 7


def test_what_is_left_out_leaves_sum_and_maximum_alike(ranking: Case):
    ranking.answer("claim", Level.NOT_APPLICABLE, reason="No such law can be made.")
    ranking.answer("scope", level=None, points=4)
    ranking.answer("interface", level=None, points=2)
    result = approve(ranking)
    assert result.score == 12_000_000  # 6 of 10 that can be had, of 20
    assert result.limited_basis  # half of the points is under 60 percent


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"level": None, "points": 11}, "Give 0 to 10 points; these are 11."),
        ({"level": None, "points": -1}, "Give 0 to 10 points; these are -1."),
        ({"level": Level.IN_PLACE}, "Give a number of points, 0 to 10."),
        ({"level": Level.NOT_APPLICABLE, "reason": "Never.", "points": 3}, "not both"),
    ],
)
def test_points_that_cannot_be_are_refused(ranking: Case, fields, said):
    with pytest.raises(BadAnswer, match=said):
        ranking.answer("claim", **fields)
    assert not Answer.objects.exists()


def test_points_mean_nothing_in_a_staged_model(case: Case):
    with pytest.raises(BadAnswer, match="answered with a level"):
        case.answer("train-staff", Level.IN_PLACE, points=1)


def test_the_page_asks_for_a_number_and_keeps_it(ranking: Case):
    client = ranking.world.client("contributor")
    address = f"/assessments/{ranking.assessment.pk}/"
    page = client.get(address).content.decode()
    assert "Points<span" in page
    assert "0 to 10" in page
    assert "Stage 1" not in page
    saved = client.post(f"{address}items/claim/", {"points": "7", "revision": "0"})
    assert saved.status_code == 302
    answer = Answer.objects.get()
    assert (answer.points, answer.level) == (7, Level.PARTIAL)
    page = client.get(address).content.decode()
    assert 'value="7"' in page
    assert "<strong>7.00</strong> of 20 points" in page
    wrong = client.post(f"{address}items/claim/", {"points": "12", "revision": "1"})
    assert wrong.status_code == 422
    assert "these are 12" in wrong.content.decode()
    taken_back = client.post(f"{address}items/claim/", {"points": "", "revision": "1"})
    assert taken_back.status_code == 302
    assert Answer.objects.get().points is None


def test_what_is_unanswered_keeps_it_from_being_submitted(ranking: Case):
    ranking.answer("claim", level=None, points=0)
    sheet = load_sheet(ranking.assessment)
    assert sheet.unanswered == ("scope", "interface")


def test_review_and_result_read_as_points(ranking: Case):
    for item, points in (("claim", 7), ("scope", 5), ("interface", 0)):
        ranking.answer(item, level=None, points=points)
    ranking.submit()
    review = ranking.world.client("reviewer").get(f"/assessments/{ranking.assessment.pk}/review/")
    assert "7 of 10 points" in review.content.decode()
    ranking.approve()
    page = ranking.world.client("lead").get(f"/assessments/{ranking.assessment.pk}/result/").content.decode()
    assert "of 20 points" in page
    assert "bands reached: Middle" in page
    assert "adds 5.00 to the score" in page  # the interface
    assert "stages completed" not in page


def test_a_result_is_scored_again_from_what_is_frozen_in_it(ranking: Case):
    for item, points in (("claim", 7), ("scope", 4), ("interface", 0)):
        ranking.answer(item, level=None, points=points)
    result = Result.objects.select_related("version").get(pk=approve(ranking).pk)
    card = scorecard_of(rules_of(result.version), result)
    assert card is not None
    assert card.score == Fraction(11)


def test_a_correction_begins_with_the_points(ranking: Case):
    for item, points in (("claim", 7), ("scope", 5), ("interface", 0)):
        ranking.answer(item, level=None, points=points)
    approve(ranking)
    amendment = start_amendment(
        assessment_id=ranking.assessment.pk, reason="Counted wrong.", by=ranking.world.lead, at=NOW
    )
    assert load_sheet(amendment).numbers.points == {"claim": 7, "scope": 5, "interface": 0}


def test_the_api_takes_and_gives_points(ranking: Case):
    client = ranking.world.client("contributor")
    address = f"/api/v1/assessments/{ranking.assessment.pk}/answers/claim/"
    body = {"level": None, "points": 9, "revision": 0}
    put = client.put(address, body, content_type="application/json")
    assert put.status_code == 200, put.content
    assert (put.json()["points"], put.json()["level"]) == (9, "partial")
    assert (
        client.put(address, body | {"points": 99, "revision": 1}, content_type="application/json").status_code
        == 422
    )
    for item in ("scope", "interface"):
        ranking.answer(item, level=None, points=1)
    result = approve(ranking)
    found = ranking.world.client("lead").get(f"/api/v1/results/{result.pk}/").json()
    assert (found["score"], found["unit"], found["maximum"]) == (11.0, "points", 20)
    assert {one["item"]: one["points"] for one in found["levels"]} == {"claim": 9, "scope": 1, "interface": 1}
