"""/api/v1/assessments/{id}/answers/: read, written over what was read, cleared; with evidence."""

from typing import Any

import pytest

from assessments.models import Answer, Evidence
from maturity.levels import Level
from portal.audit.models import AuditEntry
from tests.assessments.conftest import STAGE_1, Case
from tests.world import World

PROBLEM = "application/problem+json"


def address(case: Case, item: str = "", rest: str = "") -> str:
    return f"/api/v1/assessments/{case.assessment.pk}/answers/{f'{item}/' if item else ''}{rest}"


def put(case: Case, item: str = "train-staff", persona: str = "lead", tag: str = "", **data: Any) -> Any:
    headers = {"If-Match": tag} if tag else {}
    client = case.world.client(persona)
    return client.put(address(case, item), data, content_type="application/json", headers=headers)


def get(case: Case, item: str = "train-staff", persona: str = "lead") -> Any:
    return case.world.client(persona).get(address(case, item))


# --- reading ----------------------------------------------------------------------------------------


def test_answers_are_listed_in_the_order_of_the_model(case: Case):
    for item in ("no-budget", "pick-platform", "train-staff"):
        case.answer(item, note=f"On {item}")
    found = case.world.client("reviewer").get(address(case)).json()["results"]
    assert [answer["item"] for answer in found] == ["train-staff", "pick-platform", "no-budget"]
    assert found[0]["note"] == "On train-staff"


def test_an_item_that_is_not_answered_yet_is_at_revision_0(case: Case):
    response = get(case)
    assert response.status_code == 200
    assert response.json() == {
        "item": "train-staff",
        "level": None,
        "points": None,
        "holder": "self",
        "holder_name": "",
        "note": "",
        "reason": "",
        "planned_on": None,
        "review_by": None,
        "revision": 0,
        "answered_by": None,
        "answered_at": None,
        "carried_from": None,
        "unconfirmed": False,
        "confirmed_by": None,
        "confirmed_at": None,
        "lapsed_on": None,
        "evidence": [],
        "follows": None,
    }


def test_an_item_that_the_model_has_not_is_not_found(case: Case):
    for item in ("fly", "x y", "%00"):
        response = get(case, item)
        assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)


def test_ten_answers_take_as_many_queries_as_one(case: Case, queries_of):
    client = case.world.client("lead")
    case.answer("train-staff")
    first = queries_of(lambda: client.get(address(case)))
    for item in (*STAGE_1[1:], "pair-up", "scan-images", "share-skills", "heal-itself"):
        case.answer(item, by=case.world.lead)
        add_statement(case, item)
    assert queries_of(lambda: client.get(address(case))) == first


# --- writing ----------------------------------------------------------------------------------------


def test_an_answer_is_saved_as_a_whole(case: Case):
    put(case, level="in_place", note="All", revision=0)
    response = put(case, level="planned", planned_on="2027-01-31", revision=1)
    assert response.status_code == 200
    shown = response.json()
    assert (shown["level"], shown["note"], shown["planned_on"]) == ("planned", "", "2027-01-31")
    assert (shown["revision"], shown["answered_by"]) == (2, "lead")
    assert get(case).json() == shown
    assert AuditEntry.objects.filter(action="answer").count() == 2


def test_saving_the_same_again_is_harmless(case: Case):
    for _ in range(2):
        assert put(case, level="in_place", revision=0).status_code == 200
    assert Answer.objects.get().revision == 1


def test_a_stale_revision_is_refused_with_the_answer_as_it_is(case: Case):
    put(case, level="in_place", revision=0)
    response = put(case, persona="contributor", level="partial", note="x", revision=0)
    assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)
    problem = response.json()
    assert problem["detail"] == "lead saved this answer after you read it. It differs in level, note."
    assert (problem["current"]["level"], problem["current"]["revision"]) == ("in_place", 1)
    assert Answer.objects.get().level == Level.IN_PLACE


def test_the_etag_of_what_was_read_stands_for_the_revision(case: Case):
    tag = get(case)["ETag"]
    saved = put(case, level="in_place", tag=tag)
    assert saved.status_code == 200
    assert put(case, level="partial", tag=saved["ETag"]).json()["revision"] == 2
    stale = put(case, level="planned", planned_on="2027-01-31", tag=saved["ETag"])
    assert (stale.status_code, stale["Content-Type"]) == (412, PROBLEM)
    assert stale.json()["current"]["level"] == "partial"
    assert put(case, level="planned", planned_on="2027-01-31", tag="*").status_code == 200


def test_if_match_any_asks_for_an_answer_that_is_there(case: Case):
    assert put(case, level="in_place", tag="*").status_code == 412


def test_who_says_neither_is_asked_for_one(case: Case):
    response = put(case, level="in_place")
    assert (response.status_code, response["Content-Type"]) == (428, PROBLEM)
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("data", "field", "status"),
    [
        ({}, "level", 400),
        ({"level": "almost"}, "level", 400),
        ({"level": "in_place", "revision": -1}, "revision", 400),
        ({"level": "in_place", "revision": 2**31}, "revision", 400),
        ({"level": "in_place", "note": "x" * 5_001}, "note", 400),
        ({"level": "in_place", "note": "a\0b"}, "note", 400),
        ({"level": "in_place", "planned_on": "soon"}, "planned_on", 400),
        ({"level": "in_place", "holder": "nobody"}, "holder", 400),
        ({"level": "planned"}, "planned_on", 422),
        ({"level": "not_applicable"}, "reason", 422),
        ({"level": "in_place", "holder": "parent"}, "holder_name", 422),
        ({"level": "not_yet"}, "level", 422),
        ({"level": "in_place", "revision": 7}, "revision", 422),
    ],
)
def test_what_cannot_be_accepted_is_named(case: Case, data: dict[str, Any], field: str, status: int):
    response = put(case, **({"revision": 0} | data))
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    assert list(response.json()["errors"]) == [field]
    assert not Answer.objects.exists()


def test_clearing_leaves_the_item_unanswered_at_a_new_revision(case: Case):
    put(case, level="in_place", revision=0)
    client = case.world.client("lead")
    assert client.delete(address(case, "train-staff")).status_code == 428
    assert client.delete(address(case, "train-staff", "?revision=0")).status_code == 409
    assert client.delete(address(case, "train-staff", "?revision=x")).status_code == 400
    assert client.delete(address(case, "train-staff", "?revision=1")).status_code == 204
    assert (get(case).json()["level"], get(case).json()["revision"]) == (None, 2)


def test_clearing_what_is_not_answered_is_harmless(case: Case):
    assert case.world.client("lead").delete(address(case, "train-staff", "?revision=0")).status_code == 204
    assert not Answer.objects.exists()


def test_answers_are_fixed_once_submitted(submitted: Case):
    response = put(submitted, level="partial", revision=1)
    assert response.status_code == 409
    assert "is submitted, so its answers are fixed" in response.json()["detail"]
    client = submitted.world.client("lead")
    assert client.delete(address(submitted, "train-staff", "?revision=1")).status_code == 409
    assert add_statement(submitted).status_code == 409


def statuses_of(case: Case, send: Any) -> dict[str, int]:
    return {persona: send(persona).status_code for persona in case.world.people}


WRITERS = {
    "viewer": 404,
    "outsider": 404,
    "reviewer": 403,
    "officer": 403,
    "contributor": 200,
    "lead": 200,
    "administrator": 200,
}


def test_who_may_answer(case: Case):
    assert (
        statuses_of(case, lambda persona: put(case, persona=persona, level="in_place", revision=0)) == WRITERS
    )


# --- evidence ---------------------------------------------------------------------------------------


def add_statement(case: Case, item: str = "train-staff", persona: str = "lead", **changes: Any) -> Any:
    given = {"kind": "statement", "title": "List", "dated_on": "2026-11-01", "statement": "All."} | changes
    url = address(case, item, "evidence/")
    return case.world.client(persona).post(url, given, content_type="application/json")


def test_evidence_is_added_read_and_removed(case: Case):
    added = add_statement(case)
    assert added.status_code == 201
    client = case.world.client("lead")
    url = address(case, "train-staff", "evidence/")
    assert client.get(url).json()["results"] == [added.json()] == get(case).json()["evidence"]
    one = f"{url}{added.json()['id']}/"
    assert client.get(one).json() == added.json()
    assert client.delete(one).status_code == 204
    assert client.delete(one).status_code == 404
    assert not Evidence.objects.exists()


def test_evidence_changes_the_etag_of_its_answer(case: Case):
    tag = put(case, level="in_place", revision=0)["ETag"]
    add_statement(case)
    assert put(case, level="partial", tag=tag).status_code == 412


@pytest.mark.parametrize(
    ("changes", "field", "status"),
    [
        ({"kind": "rumor"}, "kind", 400),
        ({"title": ""}, "title", 400),
        ({"dated_on": "2999-01-01"}, "dated_on", 422),
        ({"statement": ""}, "statement", 422),
        ({"kind": "link"}, "url", 422),
        ({"kind": "link", "url": "javascript:alert(1)"}, "url", 422),
    ],
)
def test_evidence_that_cannot_be_accepted_is_named(
    case: Case, changes: dict[str, Any], field: str, status: int
):
    response = add_statement(case, **changes)
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    assert list(response.json()["errors"]) == [field]


def test_evidence_of_another_item_or_assessment_is_not_found(case: Case):
    number = add_statement(case).json()["id"]
    client = case.world.client("lead")
    for item, rest in (
        ("name-owner", number),
        ("train-staff", number + 1),
        ("train-staff", "x"),
        ("fly", number),
    ):
        assert client.get(address(case, item, f"evidence/{rest}/")).status_code == 404
        assert client.delete(address(case, item, f"evidence/{rest}/")).status_code == 404


def test_who_may_add_evidence(case: Case):
    added = statuses_of(case, lambda persona: add_statement(case, persona=persona))
    assert added == {persona: 201 if status == 200 else status for persona, status in WRITERS.items()}


def test_ten_pieces_of_evidence_take_as_many_queries_as_one(case: Case, queries_of):
    client = case.world.client("lead")
    url = address(case, "train-staff", "evidence/")
    add_statement(case)
    first = queries_of(lambda: client.get(url))
    for _ in range(9):
        add_statement(case)
    assert len(client.get(url).json()["results"]) == 10
    assert queries_of(lambda: client.get(url)) == first


def test_an_assessment_of_others_has_no_answers_for_an_outsider(case: Case, world: World):
    case.answer("train-staff")
    for url in (address(case), address(case, "train-staff"), address(case, "train-staff", "evidence/")):
        assert world.client("outsider").get(url).status_code == 404
        assert world.client("viewer").get(url).status_code == 404
