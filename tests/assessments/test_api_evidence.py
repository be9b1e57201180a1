"""Evidence over the API: uploaded, described over what was read, used for several items, downloaded."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assessments.models import Evidence
from tests.assessments.conftest import Case
from tests.assessments.evidence import PDF

pytestmark = pytest.mark.django_db
SAID = {"title": "Scan", "dated_on": "2026-11-01", "independence": "external", "expires_on": "2027-11-01"}


@pytest.fixture
def client_of(case: Case) -> Client:
    return case.world.client("contributor")


def upload(client: Client, case: Case, content: bytes = PDF, **more: str) -> Any:
    sent = {**SAID, "item": "train-staff", **more, "file": SimpleUploadedFile("scan.pdf", content)}
    return client.post(f"/api/v1/assessments/{case.assessment.pk}/evidence/", sent)


def test_a_file_is_uploaded_described_and_downloaded(case: Case, client_of: Client):
    made = upload(client_of, case)
    assert made.status_code == 201
    shown = made.json()
    assert shown["file"] | {"sha256": ""} == {
        "name": "scan.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "sha256": "",
    }
    assert (shown["items"], shown["independence"], shown["owner"]) == (
        ["train-staff"],
        "external",
        str(case.world.contributor),
    )
    own = f"/api/v1/assessments/{case.assessment.pk}/evidence/{shown['id']}/"
    got = client_of.get(f"{own}file/")
    assert got.status_code == 200
    assert b"".join(iter(got)) == PDF
    assert client_of.get(f"{own}file/", headers={"If-None-Match": got["ETag"]}).status_code == 304


def test_sending_it_again_makes_nothing_new(case: Case, client_of: Client):
    first = upload(client_of, case).json()
    again = upload(client_of, case, item="name-owner", title="Other").json()
    assert (again["id"], again["items"], again["title"]) == (
        first["id"],
        ["train-staff", "name-owner"],
        "Scan",
    )
    assert Evidence.objects.count() == 1


def test_what_is_not_taken_is_422_with_the_reason(case: Case, client_of: Client):
    refused = upload(client_of, case, b"MZ" + bytes(300))
    assert refused.status_code == 422
    assert "not taken" in refused.json()["errors"]["file"][0]


def test_a_change_names_what_was_read(case: Case, client_of: Client):
    made = upload(client_of, case)
    own = f"/api/v1/assessments/{case.assessment.pk}/evidence/{made.json()['id']}/"

    def put(**more: Any) -> Any:
        headers = more.pop("headers", None)
        return client_of.put(own, SAID | more, content_type="application/json", headers=headers)

    assert put(title="Second").status_code == 428
    etag = client_of.get(own)["ETag"]
    assert etag == made["ETag"]
    changed = put(title="Second", headers={"If-Match": etag})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    assert put(title="Third", headers={"If-Match": etag}).status_code == 412
    assert put(title="Third", revision=1).status_code == 409


def test_it_is_used_for_one_more_item_and_one_less(case: Case, client_of: Client):
    own = f"/api/v1/assessments/{case.assessment.pk}/evidence/{upload(client_of, case).json()['id']}"
    assert client_of.put(f"{own}/items/name-owner/").json()["items"] == ["train-staff", "name-owner"]
    assert client_of.delete(f"{own}/items/train-staff/").json()["items"] == ["name-owner"]
    assert client_of.delete(f"{own}/items/name-owner/").status_code == 409
    assert client_of.put(f"{own}/items/nothing/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_evidence(
    case: Case, client_of: Client, queries_of: Any
):
    address = f"/api/v1/assessments/{case.assessment.pk}/evidence/"
    upload(client_of, case)
    few = queries_of(lambda: client_of.get(address))
    for number in range(4):
        upload(client_of, case, PDF + bytes([65 + number]))
    assert queries_of(lambda: client_of.get(address)) == few
