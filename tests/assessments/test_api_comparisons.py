"""Why a score moved, over the API: in whole millionths that add up, and items for those who may see them."""

from datetime import timedelta

import pytest

from tests.dashboards.comparing import AFTER, BEFORE, IN_PLACE, approve, two_quarters
from tests.dashboards.factories import make_result, make_version
from tests.factories import NOW
from tests.maturity.factories import make_second_model, make_small_model
from tests.world import World

PROBLEM = "application/problem+json"


def ask(world: World, persona: str, **asked: object):
    return world.client(persona).get("/api/v1/comparisons/", asked)


def test_the_causes_add_up_to_the_change(world: World):
    before, after = two_quarters(world)
    found = ask(world, "reviewer", **{"from": before.pk, "to": after.pk}).json()
    assert found["change_millionths"] == 458_333
    assert found["causes"] == [
        {
            "kind": "left_out",
            "group": "left_out",
            "item": "no-budget",
            "domain": None,
            "effect_millionths": 166_667,
        },
        {
            "kind": "answer",
            "group": "answers",
            "item": "name-owner",
            "domain": None,
            "effect_millionths": 145_833,
        },
        {
            "kind": "answer",
            "group": "answers",
            "item": "pick-platform",
            "domain": None,
            "effect_millionths": 145_833,
        },
    ]
    assert sum(group["effect_millionths"] for group in found["groups"]) == found["change_millionths"]
    scores = [found[end]["score_millionths"] for end in ("before", "after")]
    assert scores[1] - scores[0] == found["change_millionths"]
    assert [item["item"] for item in found["items"]] == ["name-owner", "pick-platform", "no-budget"]
    assert (found["explained"], found["same_rule"], found["unit"]) == (True, True, "stages")


def test_a_viewer_learns_of_no_item(world: World):
    before, after = two_quarters(world)
    answer = ask(world, "viewer", **{"from": before.pk, "to": after.pk})
    found = answer.json()
    assert (found["items"], found["causes"], found["change_millionths"]) == (None, [], 458_333)
    assert not [item for item in BEFORE if item in answer.content.decode()]


def test_an_agency_that_one_may_not_know_of_is_not_there(world: World):
    before, after = two_quarters(world)
    answer = ask(world, "outsider", **{"from": before.pk, "to": after.pk})
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)


@pytest.mark.parametrize(
    "asked", [{}, {"from": 1}, {"from": "x", "to": 1}, {"from": 0, "to": 1}, {"from": 1, "to": 2**70}]
)
def test_what_is_no_id_is_named(world: World, asked):
    answer = ask(world, "officer", **asked)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert {"from", "to"} & set(answer.json()["errors"])


def test_results_of_different_agencies_or_models_are_refused(world: World):
    _, grid = two_quarters(world)
    mines = world.mines.results.get()
    other = make_result(world.grid, version=make_version())
    for wrong in (mines, other):
        answer = ask(world, "officer", **{"from": wrong.pk, "to": grid.pk})
        assert (answer.status_code, answer["Content-Type"]) == (422, PROBLEM)


def test_a_result_without_answers_is_not_explained(world: World):
    version = make_small_model()
    silent = make_result(world.grid, "FY26 Q3", 0.5, version=version)
    after = approve(world.grid, "FY26 Q4", AFTER, version)
    found = ask(world, "lead", **{"from": silent.pk, "to": after.pk}).json()
    assert (found["explained"], found["causes"], found["groups"]) == (False, [], [])
    assert found["change_millionths"] == 333_333


def test_real_and_methodical_are_those_of_the_scoring_changes(world: World):
    """What the version did is the score by the later rule less the one as approved, to the last millionth."""
    first, second = make_small_model(), make_second_model(at=NOW + timedelta(days=1))
    before = approve(world.grid, "FY26 Q3", {**BEFORE, "no-budget": IN_PLACE}, first)
    after = approve(world.grid, "FY26 Q4", {"teach-staff": IN_PLACE, "sign-images": IN_PLACE}, second)
    again = before.rescored.get()
    found = ask(world, "lead", **{"from": before.pk, "to": after.pk}).json()
    real = {"answer", "left_out", "back_in", "added"}
    effects = {True: 0, False: 0}
    for cause in found["causes"]:
        effects[cause["kind"] in real] += cause["effect_millionths"]
    assert effects == {True: after.score - again.score, False: again.score - before.score}
    assert effects[False]
    same_rule = ask(world, "lead", **{"from": again.pk, "to": after.pk}).json()
    assert {cause["kind"] for cause in same_rule["causes"]} == {"answer", "added"}
    assert sum(cause["effect_millionths"] for cause in same_rule["causes"]) == after.score - again.score
    assert {item["before"] for item in same_rule["items"] if item["item"] == "sign-images"} == {
        "Not asked then"
    }


def test_the_same_again_is_not_sent_again(world: World):
    before, after = two_quarters(world)
    asked = {"from": before.pk, "to": after.pk}
    tag = ask(world, "lead", **asked)["ETag"]
    again = world.client("lead").get("/api/v1/comparisons/", asked, headers={"If-None-Match": tag})
    assert again.status_code == 304
