"""Workbooks over the API: downloaded, brought back, decided."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.models import Answer
from maturity.levels import Level
from tests.assessments.conftest import Case
from tests.assessments.workbooks import edited


def url_of(case: Case, rest: str = "") -> str:
    return f"/api/v1/assessments/{case.assessment.pk}/workbook/{rest}"


def download(case: Case, persona: str = "contributor", **query: str):
    return case.world.client(persona).get(url_of(case), query)


def bring(case: Case, content: bytes, persona: str = "contributor"):
    return case.world.client(persona).post(url_of(case), {"file": SimpleUploadedFile("x.xlsx", content)})


def decide(case: Case, persona: str = "contributor", **data: object):
    client = case.world.client(persona)
    return client.post(url_of(case, "decisions/"), data, content_type="application/json")


def test_what_would_change_is_told_and_then_decided(case: Case):
    case.answer("train-staff", Level.NOT_STARTED)
    content = edited(
        download(case).content, {("train-staff", "Answer"): "In place", ("pair-up", "Note"): "Half"}
    )
    case.answer("train-staff", Level.PARTIAL, by=case.world.lead)
    told = bring(case, content).json()
    assert (told["same"], told["exported_by"], told["faults"], told["gone"]) == (7, "contributor", [], [])
    lines = {line["item"]: line for line in told["lines"]}
    line = lines["train-staff"]
    assert [line[side]["level"] for side in ("exported", "portal", "workbook")] == [
        "not_started",
        "partial",
        "in_place",
    ]
    assert (line["conflicts"], line["revision"]) == (["level", "points", "planned_on", "reason"], 2)
    assert (lines["pair-up"]["changed"], lines["pair-up"]["conflicts"]) == (["note"], [])

    undecided = decide(case, fingerprint=told["fingerprint"])
    assert undecided.status_code == 422
    assert undecided.json()["errors"]["items"] == ["train-staff"]
    done = decide(case, fingerprint=told["fingerprint"], take={"train-staff": "workbook"})
    assert (done.status_code, done.json()) == (200, {"answers": 2, "evidence": 0, "kept": 0})
    assert Answer.objects.get(item__slug="train-staff").level == "in_place"
    assert decide(case, fingerprint=told["fingerprint"]).status_code == 409


def test_what_changed_meanwhile_comes_with_the_refusal(case: Case):
    told = bring(case, edited(download(case).content, {("train-staff", "Answer"): "In place"})).json()
    case.answer("train-staff", Level.PARTIAL, by=case.world.lead)
    answer = decide(case, fingerprint=told["fingerprint"])
    assert answer.status_code == 409
    assert answer.json()["current"]["lines"][0]["conflicts"][0] == "level"
    assert Answer.objects.get().level == "partial"


@pytest.mark.parametrize("content", [b"", b"x"])
def test_what_is_no_workbook_is_refused(case: Case, content: bytes):
    answer = bring(case, content)
    assert answer.status_code in {400, 422}
    assert answer.json()["errors"]["file"]


def test_one_domain_and_none_that_is_not_there(case: Case):
    assert download(case, domain="platform").status_code == 200
    answer = download(case, domain="weather")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_who_may_only_read_may_only_download(case: Case):
    content = download(case, "reviewer").content
    assert bring(case, content, "reviewer").status_code == 403
    assert decide(case, "reviewer", fingerprint="x").status_code == 403


def test_a_submitted_assessment_takes_none(submitted: Case):
    assert bring(submitted, download(submitted).content).status_code == 409
