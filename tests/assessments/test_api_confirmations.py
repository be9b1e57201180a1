"""Confirming carried answers, and attesting, over the API."""

from typing import Any

import pytest

from maturity.levels import Level
from tests.assessments.checkins import make_check_in, make_full
from tests.assessments.conftest import STAGE_1, Case
from tests.world import World


@pytest.fixture
def check_in(world: World) -> Case:
    return make_check_in(world)


def address(case: Case, *parts: str) -> str:
    return "/".join(["/api/v1/assessments", str(case.assessment.pk), *parts, ""])


def confirm(case: Case, item: str = "train-staff", persona: str = "lead", **sent: object) -> Any:
    client = case.world.client(persona)
    return client.post(address(case, "answers", item, "confirmation"), sent, content_type="application/json")


def confirm_many(case: Case, seen: dict[str, int]) -> Any:
    answers = [{"item": item, "revision": revision} for item, revision in seen.items()]
    client = case.world.client("contributor")
    return client.post(address(case, "confirmations"), {"answers": answers}, content_type="application/json")


def test_a_carried_answer_says_where_it_is_from_and_that_it_is_not_confirmed(check_in: Case):
    shown = check_in.world.client("lead").get(address(check_in, "answers", "train-staff")).json()
    expected = {"carried_from": "FY26 Q4", "unconfirmed": True, "confirmed_by": None, "confirmed_at": None}
    assert {name: shown[name] for name in expected} == expected


def test_confirming_answers_with_the_new_revision_and_who_confirmed(check_in: Case):
    response = confirm(check_in, revision=1)
    assert response.status_code == 200
    shown = response.json()
    assert (shown["revision"], shown["unconfirmed"], shown["confirmed_by"]) == (2, False, "lead")
    assert shown["answered_by"] == "contributor"
    assert response["ETag"]
    assert confirm(check_in, revision=1).status_code == 200


def test_confirming_needs_the_revision_that_was_read_or_if_match(check_in: Case):
    client, at = check_in.world.client("lead"), address(check_in, "answers", "train-staff", "confirmation")
    assert client.post(at, {}, content_type="application/json").status_code == 428
    stale = client.post(at, {}, content_type="application/json", headers={"If-Match": '"x"'})
    assert stale.status_code == 412
    tag = client.get(address(check_in, "answers", "train-staff"))["ETag"]
    assert client.post(at, {}, content_type="application/json", headers={"If-Match": tag}).status_code == 200


def test_what_somebody_saved_meanwhile_is_409_with_what_it_is_now(check_in: Case):
    check_in.answer("train-staff", Level.PARTIAL)
    response = confirm(check_in, revision=1)
    assert response.status_code == 409
    assert response.json()["current"]["level"] == "partial"


def test_an_answer_that_was_not_carried_is_422_and_no_answer_404(case: Case):
    case.answer("train-staff")
    assert confirm(case, revision=1).status_code == 422
    assert confirm(case, "name-owner", revision=0).status_code == 404


def test_a_confirmation_is_taken_back(check_in: Case):
    confirm(check_in, revision=1)
    client, at = check_in.world.client("lead"), address(check_in, "answers", "train-staff", "confirmation")
    assert client.delete(f"{at}?revision=2").status_code == 204
    assert client.get(address(check_in, "answers", "train-staff")).json()["unconfirmed"] is True


def test_several_are_confirmed_and_what_changed_is_told(check_in: Case):
    check_in.answer("name-owner", Level.PARTIAL)
    response = confirm_many(check_in, dict.fromkeys(STAGE_1, 1))
    assert response.status_code == 200
    told = response.json()
    assert [one["item"] for one in told["confirmed"]] == ["train-staff", "pick-platform", "no-budget"]
    assert {one["revision"] for one in told["confirmed"]} == {2}
    assert told["changed"] == [{"item": "name-owner", "revision": 2}]
    assert told["refused"] == []


@pytest.mark.parametrize("sent", [{}, {"answers": []}, {"answers": [{"item": "x y", "revision": 1}]}])
def test_what_names_no_answers_is_400(check_in: Case, sent: dict[str, object]):
    client = check_in.world.client("lead")
    at = address(check_in, "confirmations")
    assert client.post(at, sent, content_type="application/json").status_code == 400


def test_starting_over_the_api_carries_over_and_says_so(world: World):
    case = make_full(world)
    version = case.assessment.version
    case.assessment.delete()
    sent = {"agency": world.grid.slug, "model": version.key, "period": "FY27 Q1", "carry_over": True}
    response = world.client("lead").post("/api/v1/assessments/", sent, content_type="application/json")
    assert response.status_code == 201
    shown = response.json()
    assert (shown["kind"], shown["began_from"]) == ("full", case.assessment.began_from_id)


def test_the_result_says_how_much_was_not_confirmed(check_in: Case):
    check_in.submit()
    result = check_in.approve()
    shown = check_in.world.client("viewer").get(f"/api/v1/results/{result.pk}/").json()
    assert (shown["kind"], shown["unconfirmed"], shown["unconfirmed_items"]) == ("check_in", 1.0, 4)


# --- attesting --------------------------------------------------------------------------------------


def submit(case: Case, persona: str = "lead", **sent: object) -> Any:
    client = case.world.client(persona)
    sent = {"revision": 1} | sent
    return client.post(address(case, "submit"), sent, content_type="application/json")


def test_submitting_says_in_which_capacity_and_by_what_delegation(check_in: Case):
    sent = {"attested_by": "Kim Deputy", "attested_as": "delegate"}
    assert submit(check_in, **sent).status_code == 422
    shown = submit(check_in, **sent, delegation="Order 12 of May 4, 2026").json()
    assert (shown["attested_by"], shown["attested_as"]) == ("Kim Deputy", "delegate")
    assert (shown["delegation"], shown["attested_user"]) == ("Order 12 of May 4, 2026", None)
    assert "4 of them were carried forward" in shown["attestation"]


def test_who_submits_may_attest_themselves(check_in: Case):
    shown = submit(check_in, myself=True, attested_as="executive").json()
    assert (shown["attested_by"], shown["attested_user"]) == ("lead", "lead")


def test_who_attested_before_is_named_when_somebody_else_submits(check_in: Case):
    world, at = check_in.world, address(check_in, "attestation")
    told = world.client("administrator").get(at).json()
    assert told["standing"] is False
    sent = {"seal": told["seal"], "capacity": "executive"}
    assert world.client("administrator").post(at, sent, content_type="application/json").status_code == 200
    assert world.client("lead").get(at).json()["standing"] is True
    shown = submit(check_in, standing=True).json()
    assert (shown["submitted_by"], shown["attested_user"]) == ("lead", "administrator")


def test_an_attestation_ends_with_the_next_change(check_in: Case):
    world, at = check_in.world, address(check_in, "attestation")
    sent = {"seal": world.client("lead").get(at).json()["seal"], "capacity": "executive"}
    check_in.answer("train-staff", Level.PARTIAL)
    refused = world.client("lead").post(at, sent, content_type="application/json")
    assert refused.status_code == 422
    sent["seal"] = world.client("lead").get(at).json()["seal"]
    assert world.client("lead").post(at, sent, content_type="application/json").status_code == 200
    confirm(check_in, "name-owner", revision=1)
    assert world.client("lead").get(at).json()["standing"] is False
    assert submit(check_in, standing=True).status_code == 422
