"""Scores given of whole domains: entered on a page or read from a file; what is missing is missing."""

import json
from pathlib import Path

import pytest

from assessments.models import DomainScore, Result
from assessments.services import NotOpen, start_amendment
from assessments.services_review import CannotApprove, CannotSubmit, approve_assessment
from assessments.services_scores import BadScores, StaleScores, save_domain_scores
from dashboards.models import Standing
from maturity.levels import Level
from tests.assessments.conftest import Case, start_case
from tests.assessments.test_import_command import load, refusal
from tests.dashboards.factories import refresh_all
from tests.factories import NOW, make_program
from tests.maturity.banded import make_mean_model, make_points_model
from tests.world import World

MILLION = 1_000_000


@pytest.fixture
def index(world: World) -> Case:
    """A draft of the Grid Office with the small index."""
    return start_case(world, make_mean_model())


def give(case: Case, revision: int = 0, **scores: float | None) -> int:
    kept = {slug: None if score is None else round(score * MILLION) for slug, score in scores.items()}
    return save_domain_scores(
        assessment_id=case.assessment.pk, revision=revision, scores=kept, by=case.world.contributor, at=NOW
    )


def answer_skills(case: Case) -> None:
    case.answer("train-staff", Level.IN_PLACE)
    case.answer("name-owner", Level.PARTIAL)


# --- a draft ----------------------------------------------------------------------------------------


def test_the_score_is_the_weighted_mean_of_what_is_given_and_answered(index: Case):
    give(index, ready=60, done=24.59)
    answer_skills(index)
    index.submit()
    result = index.approve()
    assert result.score == 46_045_000  # (60 + 2 * 24.59 + 75) / 4
    assert (result.method, result.stages_completed, result.limited_basis) == ("mean-1@1", 2, False)
    assert result.domains["done"] == {"percent": 245_900, "stages_completed": 1, "score": 24_590_000}
    assert result.domains["skills"] == {"percent": 750_000, "stages_completed": 3}
    refresh_all()
    standing = Standing.objects.get(agency=index.world.grid, state="reported")
    assert (standing.score, standing.domains["ready"]) == (46_045_000, 600_000)


def test_a_missing_domain_leaves_the_mean_and_is_not_0(index: Case):
    answer_skills(index)
    give(index, ready=60)
    index.submit()
    result = index.approve()
    assert result.score == 67_500_000  # (60 + 75) / 2; with 0 for the missing it would be 33.75
    assert result.domains["done"] == {"percent": None, "stages_completed": None}
    assert result.limited_basis  # two of four parts of the weight are known
    page = index.world.client("lead").get(f"/assessments/{index.assessment.pk}/result/").content.decode()
    assert "Only 50% of the weight of all domains has a score" in page
    refresh_all()
    assert "done" not in Standing.objects.get(agency=index.world.grid, state="reported").domains


def test_a_score_of_0_is_a_score(index: Case):
    answer_skills(index)
    give(index, ready=60, done=0)
    index.submit()
    assert index.approve().score == 33_750_000


def test_without_any_score_there_is_nothing_to_submit(index: Case):
    with pytest.raises(CannotSubmit, match="No domain that counts has a score yet"):
        index.submit()


def test_who_gave_a_score_does_not_approve_it(index: Case):
    answer_skills(index)
    save_domain_scores(
        assessment_id=index.assessment.pk,
        revision=0,
        scores={"ready": MILLION},
        by=index.world.administrator,
        at=NOW,
    )
    index.submit()
    with pytest.raises(CannotApprove):
        approve_assessment(
            assessment_id=index.assessment.pk,
            revision=index.assessment.revision,
            by=index.world.administrator,
            at=NOW,
        )


def test_a_score_that_was_not_seen_is_not_written_over(index: Case):
    give(index, ready=60)
    with pytest.raises(StaleScores):
        give(index, ready=70)
    assert give(index, ready=60) == 0  # the same again changes nothing
    assert give(index, revision=1, ready=70, done=5) == 2
    assert give(index, revision=3, ready=None) == 1
    assert DomainScore.objects.get(domain__slug="ready").score is None


@pytest.mark.parametrize(
    ("scores", "said"),
    [({"ready": 100.5}, "0 to 100"), ({"ready": -1}, "0 to 100"), ({"nowhere": 1}, "no domain 'nowhere'")],
)
def test_scores_that_cannot_be_are_refused(index: Case, scores, said):
    with pytest.raises(BadScores, match=said):
        give(index, **scores)
    assert not DomainScore.objects.exists()


def test_other_models_take_no_scores_of_domains(case: Case):
    with pytest.raises(BadScores, match="item by item"):
        give(case, people=3)
    page = case.world.client("contributor").get(f"/assessments/{case.assessment.pk}/scores/")
    assert page.status_code == 404


def test_the_page_saves_scores_and_leaves_empty_ones_missing(index: Case):
    client, address = index.world.client("contributor"), f"/assessments/{index.assessment.pk}/"
    assert "Enter the scores" in client.get(address).content.decode()
    sent = {"score-ready": "60", "score-done": "24.59", "score-skills": "", "revision": "0"}
    assert client.post(f"{address}scores/", sent).status_code == 302
    assert dict(DomainScore.objects.values_list("domain__slug", "score")) == {
        "ready": 60_000_000, "done": 24_590_000,
    }  # fmt: skip
    shown = client.get(f"{address}scores/").content.decode()
    assert 'value="24.59"' in shown
    assert "24.59" in client.get(address).content.decode()
    late = client.post(f"{address}scores/", sent | {"score-ready": "61"})
    assert late.status_code == 422
    assert "after you read them" in late.content.decode()
    wrong = client.post(f"{address}scores/", sent | {"score-ready": "101", "revision": "2"})
    assert wrong.status_code == 422


def test_approved_scores_are_fixed_and_a_correction_begins_with_them(index: Case):
    answer_skills(index)
    give(index, ready=60, done=10)
    index.submit()
    index.approve()
    with pytest.raises(NotOpen):
        give(index, revision=2, ready=61)
    amendment = start_amendment(
        assessment_id=index.assessment.pk, reason="A slip.", by=index.world.lead, at=NOW
    )
    assert dict(amendment.domain_scores.values_list("domain__slug", "score")) == {
        "ready": 60_000_000, "done": 10_000_000,
    }  # fmt: skip


# --- a file -----------------------------------------------------------------------------------------


def write(tmp_path: Path, *rows: str, header: str = "agency,model,period,domain,score") -> Path:
    path = tmp_path / "index.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


@pytest.fixture
def office(world: World) -> World:
    make_mean_model()
    world.grid.identifier = "GR"
    world.grid.save()
    make_program("Index", [world.grid], year_starts_in=1)
    return world


def test_domain_scores_alone_make_an_approved_assessment(office: World, tmp_path: Path):
    path = write(
        tmp_path,
        "GR,small-index@1,2013,ready,60",
        "GR,small-index@1,2013,Implementation,24.59",
        "GR,small-index@1,2013,skills,",
    )
    program = ("--program", office.grid.programs.get(name="Index").slug)
    told = load(path, *program)
    assert "1 created" in told
    assert "Scores of domains: 2 written, 1 missing in the file" in told
    result = Result.objects.get()
    assert (result.period_label, str(result.period_ends_on)) == ("2013", "2013-12-31")
    assert (result.score, result.levels) == (36_393_333, "")  # (60 + 2 * 24.59) / 3
    assert "1 unchanged" in load(path, *program)
    assert Result.objects.count() == 1


def test_a_score_that_differs_is_a_conflict_or_an_amendment(office: World, tmp_path: Path):
    load(write(tmp_path, "GR,small-index@1,2014,ready,60", "GR,small-index@1,2014,done,20"))
    other = write(tmp_path, "GR,small-index@1,2014,ready,65")
    assert "ready has score 60.00, the file 65.00" in refusal(other)
    assert "1 amended" in load(other, "--amend")
    assert Result.objects.latest("pk").score == 35_000_000  # (65 + 2 * 20) / 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("GR,small-index@1,2014,ready,101", "row 2: score is “101”: this model's scores go from 0 to 100"),
        ("GR,small-index@1,2014,ready,n/a", "row 2: score is “n/a”: write a number such as 24.59"),
        ("GR,small-index@1,2014,nowhere,1", "row 2: small-index@1 has no domain “nowhere”"),
        ("GR,small-index@1,2014,,1", "row 2: gives a score without a domain"),
        ("ZZ,small-index@1,2014,ready,1", "row 2: there is no agency “ZZ”"),
        ("GR,small-index@1,soon,ready,1", "is no period"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(office: World, tmp_path: Path, row: str, reason: str):
    assert reason in refusal(write(tmp_path, row))


def test_a_file_cannot_say_two_things_of_a_domain(office: World, tmp_path: Path):
    path = write(tmp_path, "GR,small-index@1,2014,ready,1", "GR,small-index@1,2014,Readiness,2")
    assert "row 3: gives “ready” another score than row 2" in refusal(path)


def test_json_gives_scores_by_domain_and_null_is_missing(office: World, tmp_path: Path):
    path = tmp_path / "index.json"
    scores = {"ready": 60, "done": 24.59, "skills": None}
    given = [{"agency": "GR", "model": "small-index@1", "period": "2014", "scores": scores}]
    path.write_text(json.dumps(given))
    assert "2 written, 1 missing" in load(path)
    assert Result.objects.get().score == 36_393_333


def test_points_are_loaded_by_item(office: World, tmp_path: Path):
    make_points_model()
    rows = [f"GR,ranking@1,2024-05,{item},{n}" for item, n in (("claim", 7), ("scope", 5), ("interface", 0))]
    told = load(write(tmp_path, *rows, header="agency,model,period,item,points"))
    assert "1 created" in told
    assert Result.objects.get().score == 12_000_000
    bad = write(tmp_path, "GR,ranking@1,2024-06,claim,11", header="agency,model,period,item,points")
    assert "row 2: points: Give 0 to 10 points; these are 11" in refusal(bad)
