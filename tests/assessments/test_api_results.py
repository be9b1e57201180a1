"""/api/v1/results/ and /api/v1/self-declarations/: scores for all who may see them, details for few."""

from datetime import date
from typing import Any

import pytest

from assessments.models import Result, SelfDeclaration
from tests.assessments.conftest import Case
from tests.factories import NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

LIST = "/api/v1/results/"
DECLARED = "/api/v1/self-declarations/"


def listed(world: World, persona: str, url: str = LIST, **filters: Any) -> list[dict[str, Any]]:
    return world.client(persona).get(url, filters).json()["results"]


def test_scores_are_for_all_who_may_see_the_agency(approved: Case):
    seen = {persona: len(listed(approved.world, persona)) for persona in approved.world.people}
    assert seen == dict.fromkeys(approved.world.people, 1) | {"outsider": 0}


def test_what_a_result_says(approved: Case):
    shown = listed(approved.world, "viewer")[0]
    assert shown["stages"][0] == {
        "number": 1,
        "completion": 0.25,
        "passes": False,
        "items": 4,
        "left_out": 0,
        "at_full": 1,
        "share_needed": 4,
        "limited_basis": False,
    }
    platform = {"slug": "platform", "percent": 0.0, "stages_completed": None, "score": None}
    assert shown["domains"][1] == platform
    expected = {
        "agency": approved.world.grid.slug,
        "assessment": approved.assessment.pk,
        "amends": None,
        "model": "small@1",
        "method": "staged-1@1",
        "period": "FY27 Q1",
        "score": 0.25,
        "stages_completed": 0,
        "stage_count": 3,
        "answered": 1.0,
        "evidenced": 0.0,
    }
    assert {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize("persona", ["viewer", "contributor", "lead", "reviewer", "officer", "administrator"])
def test_levels_and_gaps_are_for_those_who_may_see_answers(approved: Case, persona: str):
    shown = approved.world.client(persona).get(f"{LIST}{Result.objects.get().pk}/").json()
    if persona == "viewer":
        assert shown["levels"] is shown["gaps"] is None
        assert "must_haves_missing" not in shown["stages"][1]
        return
    assert shown["levels"][0] == {
        "item": "train-staff", "level": "in_place", "points": None, "set_by_reviewer": False,
        "answered": "in_place",
    }  # fmt: skip
    assert shown["levels"][3] == {
        "item": "pair-up", "level": None, "points": None, "set_by_reviewer": False, "answered": None,
    }  # fmt: skip
    assert shown["gaps"][0] == {
        "item": "name-owner",
        "stage": 1,
        "effect": 0.25,
        "must_have": False,
        "reason": "share",
    }


def test_an_outsider_does_not_find_it(approved: Case):
    url = f"{LIST}{Result.objects.get().pk}/"
    assert approved.world.client("outsider").get(url).status_code == 404
    assert approved.world.client("administrator").get(f"{LIST}x/").status_code == 404


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"model": "small"}, 1),
        ({"model": "other"}, 0),
        ({"period": "FY27 Q1"}, 1),
        ({"method": "staged-2"}, 0),
        ({"limited_basis": "true"}, 0),
        ({"assessment": "0"}, 0),
    ],
)
def test_filters(approved: Case, filters: dict[str, str], count: int):
    assert len(listed(approved.world, "viewer", **filters)) == count
    assert len(listed(approved.world, "viewer", assessment=approved.assessment.pk)) == 1


def test_results_are_never_written(approved: Case):
    client = approved.world.client("administrator")
    assert client.post(LIST, {}, content_type="application/json").status_code == 405
    url = f"{LIST}{Result.objects.get().pk}/"
    for send in (client.put, client.patch, client.delete):
        assert send(url, {}, content_type="application/json").status_code == 405


def test_ten_results_take_as_many_queries_as_one(approved: Case, queries_of):
    client = approved.world.client("viewer")
    first = queries_of(lambda: client.get(LIST))
    result = Result.objects.get()
    for number in range(9):
        agency = make_agency(f"Office {number}", approved.world.grid)
        approved.world.program.memberships.create(agency=agency, from_on="2020-01-01")
        assessment = result.assessment
        assessment.pk, assessment.agency = None, agency
        assessment.save(force_insert=True)
        result.pk, result.agency, result.assessment = None, agency, assessment
        result.save(force_insert=True)
    assert len(listed(approved.world, "viewer")) == 10
    assert queries_of(lambda: client.get(LIST)) == first


# --- declared stages --------------------------------------------------------------------------------


def declare(world: World, agency: Any = None, model: Any = None) -> SelfDeclaration:
    return SelfDeclaration.objects.create(
        agency=agency or world.grid,
        model=model or make_small_model().model,
        period_starts_on=date(2024, 10, 1),
        period_ends_on=date(2024, 12, 31),
        period_label="FY25 Q1",
        stage=2,
        note="Old spreadsheet",
        imported_at=NOW,
    )


def test_declared_stages_are_read_by_all_who_may_see_the_agency(world: World):
    row = declare(world)
    seen = {persona: len(listed(world, persona, DECLARED)) for persona in world.people}
    assert seen == dict.fromkeys(world.people, 1) | {"outsider": 0}
    shown = listed(world, "viewer", DECLARED)[0]
    assert (shown["agency"], shown["model"], shown["stage"]) == (world.grid.slug, "small", 2)
    assert world.client("viewer").get(f"{DECLARED}{row.pk}/").json() == shown
    assert world.client("outsider").get(f"{DECLARED}{row.pk}/").status_code == 404
    assert listed(world, "viewer", DECLARED, model="small", agency=world.grid.slug, period="FY25 Q1")
    assert not listed(world, "viewer", DECLARED, model="other")


def test_ten_declared_stages_take_as_many_queries_as_one(world: World, queries_of):
    client = world.client("administrator")
    model = declare(world).model
    first = queries_of(lambda: client.get(DECLARED))
    for number in range(9):
        declare(world, make_agency(f"Office {number}"), model)
    assert len(listed(world, "administrator", DECLARED)) == 10
    assert queries_of(lambda: client.get(DECLARED)) == first
