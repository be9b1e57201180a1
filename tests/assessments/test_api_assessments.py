"""/api/v1/assessments/: found, started, submitted, approved, returned, amended."""

from typing import Any

import pytest

from assessments.models import Assessment, Result
from portal.access.models import User
from tests.assessments.conftest import Case, start_case
from tests.factories import NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

LIST = "/api/v1/assessments/"
PROBLEM = "application/problem+json"


def post(world: World, persona: str, path: str, **data: Any) -> Any:
    return world.client(persona).post(f"{LIST}{path}", data, content_type="application/json")


def listed(world: World, persona: str, **filters: Any) -> list[dict[str, Any]]:
    response = world.client(persona).get(LIST, filters)
    assert response.status_code == 200, response.json()
    return response.json()["results"]


# --- reading ----------------------------------------------------------------------------------------


def test_one_sees_the_assessments_whose_answers_one_may_see(case: Case):
    seen = {persona: len(listed(case.world, persona)) for persona in case.world.people}
    assert seen == {
        "viewer": 0,
        "outsider": 0,
        "contributor": 1,
        "lead": 1,
        "reviewer": 1,
        "officer": 1,
        "administrator": 1,
    }


def test_an_assessment_says_whose_and_of_when_it_is(approved: Case):
    world, pk = approved.world, approved.assessment.pk
    shown = world.client("lead").get(f"{LIST}{pk}/").json()
    steps = shown.pop("steps")
    assert shown == listed(world, "lead")[0]
    assert shown == {
        "id": pk,
        "agency": world.grid.slug,
        "agency_name": "Grid Office",
        "model": "small@1",
        "period": "FY27 Q1",
        "period_starts_on": "2026-10-01",
        "period_ends_on": "2026-12-31",
        "kind": "full",
        "state": "approved",
        "origin": "portal",
        "revision": 3,
        "amends": None,
        "amendment_reason": "",
        "began_from": None,
        "created_at": "2026-11-21T12:00:00Z",
        "created_by": "contributor",
        "submitted_at": "2026-11-21T12:00:00Z",
        "submitted_by": "lead",
        "attested_by": "Pat Lead",
        "attested_as": None,
        "delegation": "",
        "attestation": "To the best of my knowledge the answers of Grid Office for FY27 Q1 are true and "
        "complete, and rest on the evidence that they name.",
        "attested_at": "2026-11-21T12:00:00Z",
        "attested_user": None,
        "approved_at": "2026-11-21T12:00:00Z",
        "approved_by": "reviewer",
    }
    assert [(step["state"], step["by"]) for step in steps] == [
        ("draft", "contributor"),
        ("submitted", "lead"),
        ("approved", "reviewer"),
    ]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 1),
        ({"state": "draft"}, 1),
        ({"state": "approved"}, 0),
        ({"period": "FY27 Q1"}, 1),
        ({"period": "FY26 Q1"}, 0),
        ({"model": "small"}, 1),
        ({"model": "small@1"}, 1),
        ({"model": "small@2"}, 0),
        ({"agency": "nowhere"}, 0),
        ({"program": "nowhere"}, 0),
        ({"period_ends_from": "2026-12-31"}, 1),
        ({"period_ends_until": "2026-12-30"}, 0),
        ({"origin": "import"}, 0),
        ({"kind": "full"}, 1),
        ({"kind": "check_in"}, 0),
    ],
)
def test_filters(case: Case, filters: dict[str, str], count: int):
    assert len(listed(case.world, "administrator", **filters)) == count


def test_filters_by_agency_and_program(case: Case):
    world = case.world
    assert len(listed(world, "lead", agency=world.grid.slug)) == 1
    assert len(listed(world, "lead", program=world.program.slug)) == 1
    world.program.memberships.all().delete()
    assert not listed(world, "administrator", program=world.program.slug)


def test_a_filter_that_makes_no_sense_is_refused(case: Case):
    response = case.world.client("lead").get(LIST, {"state": "asleep"})
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert "state" in response.json()["errors"]


@pytest.mark.parametrize("pk", ["x", "0", "9" * 30, "-1", "²"])
def test_what_is_no_id_is_not_found(world: World, pk: str):
    response = world.client("administrator").get(f"{LIST}{pk}/")
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)


def test_an_unchanged_answer_is_not_sent_twice(case: Case):
    client = case.world.client("lead")
    tag = client.get(f"{LIST}{case.assessment.pk}/")["ETag"]
    assert client.get(f"{LIST}{case.assessment.pk}/", headers={"If-None-Match": tag}).status_code == 304
    Assessment.objects.update(revision=9)
    assert client.get(f"{LIST}{case.assessment.pk}/", headers={"If-None-Match": tag}).status_code == 200


def test_ten_assessments_take_as_many_queries_as_one(case: Case, queries_of):
    client = case.world.client("officer")
    first = queries_of(lambda: client.get(LIST))
    for number in range(9):
        agency = make_agency(f"Office {number}", case.world.grid)
        case.world.program.memberships.create(agency=agency, from_on="2020-01-01")
        Assessment.objects.create(
            agency=agency,
            version=case.assessment.version,
            period_starts_on="2026-10-01",
            period_ends_on="2026-12-31",
            period_label="FY27 Q1",
            created_by=User.objects.create_user(f"author-{number}", f"a{number}@example.gov"),
            created_at=NOW,
        )
    assert len(listed(case.world, "officer")) == 10
    assert queries_of(lambda: client.get(LIST)) == first


def test_pages_follow_each_other(case: Case):
    start_case(case.world, make_small_model("other"))
    client = case.world.client("lead")
    first = client.get(LIST, {"page_size": 1}).json()
    second = client.get(first["next"]).json()
    assert {row["model"] for row in first["results"] + second["results"]} == {"small@1", "other@1"}
    assert second["next"] is None


# --- starting ---------------------------------------------------------------------------------------


def start(world: World, persona: str, **changes: Any) -> Any:
    make_small_model()
    given = {"agency": world.grid.slug, "model": "small@1", "period": "FY27 Q1"} | changes
    return post(world, persona, "", **given)


@pytest.mark.parametrize("persona", ["contributor", "lead", "officer", "administrator"])
def test_starting(world: World, persona: str):
    response = start(world, persona)
    assert response.status_code == 201
    assert response.json()["state"] == "draft"
    assert response["Location"].endswith(f"{LIST}{response.json()['id']}/")
    assert Assessment.objects.get().created_by == world.people[persona]


@pytest.mark.parametrize("persona", ["viewer", "reviewer"])
def test_who_may_see_but_not_start_is_told_so(world: World, persona: str):
    response = start(world, persona)
    assert response.status_code == 403
    assert "You may not start" in response.json()["detail"]
    assert not Assessment.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"agency": "nowhere"}, "agency", "There is no agency 'nowhere'."),
        ({"model": "small@7"}, "model", "There is no model 'small@7'"),
        ({"period": "soon"}, "period", "'soon' is no period"),
        ({"program": "nowhere"}, "program", "There is no program 'nowhere'."),
        ({"agency": None}, "agency", "may not be null"),
    ],
)
def test_what_is_unknown_is_named(world: World, changes: dict[str, Any], field: str, message: str):
    response = start(world, "lead", **changes)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert message in response.json()["errors"][field][0]


def test_an_agency_one_may_not_know_of_is_unknown(world: World):
    response = start(world, "outsider")
    assert response.status_code == 400
    assert "There is no agency" in response.json()["errors"]["agency"][0]


def test_the_period_follows_the_calendar_of_the_program(world: World):
    world.program.year_starts_in = 1
    world.program.save()
    response = start(world, "lead", period="2026 Q3", program=world.program.slug)
    assert (response.json()["period"], response.json()["period_ends_on"]) == ("2026 Q3", "2026-09-30")


def test_a_second_one_is_a_conflict(case: Case):
    response = post(case.world, "lead", "", agency=case.world.grid.slug, model="small@1", period="FY27 Q1")
    assert response.status_code == 409
    assert "already has an assessment" in response.json()["detail"]


# --- the life of one --------------------------------------------------------------------------------


def step(case: Case, persona: str, name: str, **data: Any) -> Any:
    return post(case.world, persona, f"{case.assessment.pk}/{name}/", **data)


def test_from_draft_to_result(case: Case):
    case.answer_all_asked()
    submitted = step(case, "lead", "submit", revision=1, attested_by="Pat Lead")
    assert (submitted.status_code, submitted.json()["state"]) == (200, "submitted")
    returned = step(case, "reviewer", "return", revision=2, comment="Which platform?")
    assert (returned.status_code, returned.json()["state"]) == (200, "returned")
    comments = {one["state"]: one["comment"] for one in returned.json()["steps"]}
    assert comments == {"draft": "", "submitted": "", "returned": "Which platform?"}
    step(case, "lead", "submit", revision=3, attested_by="Pat Lead")
    refused = step(case, "reviewer", "approve", revision=4)
    told = {one["kind"]: one["count"] for one in refused.json()["errors"]["review"]}
    assert (refused.status_code, told) == (422, {"undecided": "4"})  # the first assessment: all is new
    approved = step(case, "reviewer", "approve", revision=4, agreeing="rest")
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert Result.objects.get().assessment == case.assessment
    amended = step(case, "lead", "amend", reason="Wrong office.")
    assert amended.status_code == 201
    assert amended.json()["amends"] == case.assessment.pk
    assert amended["Location"].endswith(f"{LIST}{amended.json()['id']}/")


def test_submitting_too_early_says_what_is_missing_and_where(case: Case):
    case.answer("train-staff")
    response = step(case, "lead", "submit", revision=1, attested_by="Pat Lead")
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    reason = response.json()["errors"]["assessment"][0]
    assert reason["message"] == "3 asked items are not answered."
    assert reason["items"] == ["name-owner", "pick-platform", "no-budget"]


def test_a_step_from_a_stale_revision_is_refused_with_what_is_now(submitted: Case):
    response = step(submitted, "reviewer", "approve", revision=1)
    assert response.status_code == 409
    assert response.json()["current"]["revision"] == 2
    assert "has changed since you read it" in response.json()["detail"]
    assert not Result.objects.exists()


def test_nobody_approves_their_own_work(case: Case):
    case.answer("train-staff", by=case.world.administrator)
    case.answer_all_asked()
    case.submit()
    response = step(case, "administrator", "approve", revision=2)
    assert response.status_code == 403
    assert "somebody else has to approve it" in response.json()["detail"]


@pytest.mark.parametrize(
    ("name", "data", "allowed"),
    [
        ("submit", {"revision": 9, "attested_by": "x"}, {"lead", "administrator"}),
        ("approve", {"revision": 9}, {"reviewer", "officer", "administrator"}),
        ("return", {"revision": 9, "comment": "x"}, {"reviewer", "officer", "administrator"}),
        ("amend", {"reason": "x"}, {"lead", "administrator"}),
    ],
)
def test_each_step_is_for_those_with_the_right(
    submitted: Case, name: str, data: dict[str, Any], allowed: set[str]
):
    people = submitted.world.people
    found = {persona: step(submitted, persona, name, **data).status_code for persona in people}
    hidden = {"viewer": 404, "outsider": 404}
    assert found == {persona: hidden.get(persona, 409 if persona in allowed else 403) for persona in people}


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("submit", {"revision": 1}, "attested_by"),
        ("submit", {"revision": 1, "attested_by": " "}, "attested_by"),
        ("submit", {"revision": -1, "attested_by": "x"}, "revision"),
        ("submit", {"revision": "x", "attested_by": "x"}, "revision"),
        ("approve", {}, "revision"),
        ("return", {"comment": "Which?"}, "revision"),
        ("amend", {"reason": "\0"}, "reason"),
    ],
)
def test_what_is_missing_or_malformed_is_named(case: Case, name: str, data: dict[str, Any], field: str):
    response = step(case, "administrator", name, **data)
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize("name", ["submit", "approve", "return", "amend"])
def test_steps_are_posted(case: Case, name: str):
    response = case.world.client("administrator").get(f"{LIST}{case.assessment.pk}/{name}/")
    assert (response.status_code, response["Content-Type"]) == (405, PROBLEM)


def test_an_assessment_is_not_overwritten_or_deleted(case: Case):
    client = case.world.client("administrator")
    for send in (client.put, client.patch, client.delete):
        assert send(f"{LIST}{case.assessment.pk}/", content_type="application/json").status_code == 405


def test_what_is_no_json_is_refused(case: Case):
    client = case.world.client("lead")
    response = client.post(f"{LIST}{case.assessment.pk}/submit/", "{", content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    response = client.post(f"{LIST}{case.assessment.pk}/submit/", {"revision": 1})
    assert (response.status_code, response["Content-Type"]) == (415, PROBLEM)
