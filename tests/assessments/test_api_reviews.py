"""Reviews over the API."""

from typing import Any

import pytest

from assessments.models import ItemDecision
from maturity.levels import Level
from tests.assessments.conftest import Case
from tests.assessments.reviews import next_quarter, review_of
from tests.world import World

SET = {"kind": "set", "text": "Only one of nine systems.", "level": "partial", "submission": 2}


def url_of(case: Case, page: str = "review/") -> str:
    return f"/api/v1/assessments/{case.assessment.pk}/{page}"


def put(case: Case, item: str, persona: str = "reviewer", headers: Any = None, **data: Any):
    client = case.world.client(persona)
    address = url_of(case, f"review/items/{item}/")
    return client.put(address, data, content_type="application/json", headers=headers or {})


def post(case: Case, address: str, persona: str = "reviewer", **data: Any):
    return case.world.client(persona).post(address, data, content_type="application/json")


def test_a_review_tells_why_each_item_comes_up_and_how_far_it_is(world: World):
    case = next_quarter(world)
    case.answer("train-staff", Level.PARTIAL)
    case.submit()
    found = world.client("reviewer").get(url_of(case)).json()
    items = {one["item"]: one for one in found["items"]}
    assert items["train-staff"] == {
        "item": "train-staff", "why": ["changed"], "verdict": None, "before": "in_place", "level": "partial",
        "decision_revision": 0,
    }  # fmt: skip
    assert items["scan-images"]["why"] == ["must_have"]
    assert found["undecided"] == found["one_by_one"] == sum(bool(one["why"]) for one in found["items"])
    assert {one["kind"] for one in found["obstacles"]} >= {"undecided", "block"}
    assert "seed" not in found
    assert {one["rule"] for one in found["findings"]} >= {"without-evidence"}


def test_of_a_draft_there_is_no_review(case: Case):
    assert case.world.client("reviewer").get(url_of(case)).status_code == 404


def test_findings_are_told_to_the_author_before_and_to_the_reviewer_after(case: Case):
    case.answer_all_asked()
    before = case.world.client("contributor").get(url_of(case, "findings/")).json()["findings"]
    assert [(one["rule"], one["items"]) for one in before] == [("without-evidence", ["train-staff"])]
    case.submit()
    assert case.world.client("reviewer").get(url_of(case, "findings/")).json()["findings"] == before


def test_deciding_with_the_revision_that_was_read(submitted: Case):
    nothing = submitted.world.client("reviewer").get(url_of(submitted, "review/items/train-staff/"))
    assert (nothing.json()["kind"], nothing.json()["revision"]) == (None, 0)
    assert put(submitted, "train-staff", **SET).status_code == 428
    done = put(submitted, "train-staff", headers={"If-Match": nothing["ETag"]}, **SET)
    assert (done.status_code, done.json()["level"], done.json()["answered"]) == (200, "partial", "in_place")
    stale = put(submitted, "train-staff", submission=2, kind="agreed", revision=0)
    assert (stale.status_code, stale.json()["current"]["kind"]) == (409, "set")
    old = put(submitted, "train-staff", headers={"If-Match": nothing["ETag"]}, submission=2, kind="agreed")
    assert old.status_code == 412
    assert put(submitted, "train-staff", submission=2, kind="agreed", revision=1).json()["revision"] == 2


@pytest.mark.parametrize(
    ("data", "status", "field"),
    [
        ({"kind": "set", "level": "partial"}, 422, "text"),
        ({"kind": "set", "text": "x", "level": "in_place"}, 422, "level"),
        ({"kind": "asked"}, 422, "text"),
        ({"kind": "burnt"}, 400, "kind"),
        ({"kind": "set", "text": "x", "level": "not_yet"}, 400, "level"),
    ],
)
def test_what_is_wrong_with_a_decision_is_named(
    submitted: Case, data: dict[str, Any], status: int, field: str
):
    answer = put(submitted, "train-staff", submission=2, revision=0, **data)
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])


def test_an_old_submission_is_refused_with_what_is_now(submitted: Case):
    answer = put(submitted, "train-staff", submission=1, kind="agreed", revision=0)
    assert (answer.status_code, answer.json()["current"]["revision"]) == (409, 2)


def test_agreeing_with_many_and_with_the_block(world: World):
    case = next_quarter(world)
    case.submit()
    review = world.client("reviewer").get(url_of(case)).json()
    alone = [one["item"] for one in review["items"] if one["why"]]
    address = url_of(case, "review/agree/")
    done = post(case, address, submission=review["submission"], items=alone, block=True)
    assert done.json() == {"agreed": len(review["items"]), "left": 0}
    approved = post(case, url_of(case, "approve/"), revision=review["submission"])
    assert approved.json()["state"] == "approved"


def test_own_work_is_not_reviewed(case: Case):
    case.answer_all_asked()
    case.answer("name-owner", by=case.world.administrator)
    case.submit()
    assert put(case, "train-staff", "administrator", revision=0, **SET).status_code == 403
    assert post(case, url_of(case, "review/agree/"), "administrator", submission=2).status_code == 403
    assert review_of(case).undecided == 4


def test_the_agency_reads_its_questions_and_replies(submitted: Case):
    put(submitted, "train-staff", revision=0, submission=2, kind="asked", text="Who?")
    address = "/api/v1/review-decisions/"
    lead = submitted.world.client("lead")
    assert lead.get(address).json()["results"] == []
    assert post(submitted, url_of(submitted, "return/"), revision=2).json()["state"] == "returned"
    (row,) = lead.get(f"{address}?kind=asked&current=true").json()["results"]
    assert (row["item"], row["text"], row["replies"]) == ("train-staff", "Who?", [])
    reply = post(submitted, f"{address}{row['id']}/reply/", "lead", text="All of us.")
    assert (reply.status_code, reply.json()["by"]) == (201, "lead")
    assert lead.get(address).json()["results"][0]["replies"][0]["text"] == "All of us."
    assert post(submitted, f"{address}{row['id']}/reply/", "outsider", text="x").status_code == 404


def test_a_return_without_words_or_questions_is_refused(submitted: Case):
    answer = post(submitted, url_of(submitted, "return/"), revision=2)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["comment"])


def test_the_result_tells_both_levels(submitted: Case):
    put(submitted, "train-staff", revision=0, **SET)
    post(submitted, url_of(submitted, "approve/"), revision=2, agreeing="rest")
    results = submitted.world.client("lead").get("/api/v1/results/").json()["results"]
    levels = submitted.world.client("lead").get(f"/api/v1/results/{results[0]['id']}/").json()["levels"]
    assert levels[0] == {
        "item": "train-staff", "level": "partial", "points": None, "set_by_reviewer": True,
        "answered": "in_place",
    }  # fmt: skip
    assert ItemDecision.objects.disagreements().count() == 1


def test_the_list_takes_as_many_queries_for_many_as_for_few(submitted: Case, queries_of):
    client = submitted.world.client("reviewer")
    put(submitted, "train-staff", revision=0, **SET)
    few = queries_of(lambda: client.get("/api/v1/review-decisions/"))
    for item in ("name-owner", "pick-platform", "no-budget"):
        put(submitted, item, revision=0, **SET)
    assert queries_of(lambda: client.get("/api/v1/review-decisions/")) == few
