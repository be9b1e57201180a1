"""Files as evidence: kept once, named by who may see them, given out as downloads."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from assessments.evidence_storage import evidence_storage
from assessments.models import Answer, Evidence, EvidenceFile, StoredBytes
from assessments.services_answers import BadAnswer, remove_evidence
from assessments.services_evidence import (
    LastUse,
    StaleEvidence,
    Upload,
    attach_evidence,
    change_evidence,
    detach_evidence,
    upload_evidence,
)
from assessments.services_evidence_files import remove_unnamed
from portal.audit.models import AuditEntry
from tests.assessments.conftest import Case
from tests.assessments.evidence import PDF, PNG, bring, described
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def page(case: Case, evidence: Evidence, name: str = "file") -> str:
    return reverse(f"assessments:evidence-{name}", args=[case.assessment.pk, evidence.pk])


def signed_in(client: Client, case: Case, who: str) -> Client:
    client.force_login(getattr(case.world, who))
    return client


def test_a_file_is_brought_on_the_page_and_downloaded_again(case: Case, client: Client):
    signed_in(client, case, "contributor")
    address = reverse("assessments:evidence-add", args=[case.assessment.pk, "train-staff"])
    sent = {
        "kind": "file",
        "title": "Training records",
        "dated_on": "11/01/2026",
        "expires_on": "2027-11-01",
        "independence": "internal",
        "owner_name": "Dana Keeper",
        "file": SimpleUploadedFile("records.txt", PDF, content_type="text/html"),
    }
    assert client.post(address, sent).status_code == 302
    evidence = Evidence.objects.get()
    assert (evidence.kind, evidence.owned_by, evidence.independence) == ("file", "Dana Keeper", "internal")
    assert evidence.expires_on == date(2027, 11, 1)
    assert evidence.answers.get().item.slug == "train-staff"
    response = client.get(page(case, evidence))
    assert b"".join(getattr(response, "streaming_content")) == PDF  # noqa: B009 - of a download
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="records.txt.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Length"] == str(len(PDF))
    again = client.get(page(case, evidence), headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert AuditEntry.objects.filter(action="download evidence").count() == 1


def test_the_list_and_the_page_of_evidence_tell_what_it_is(case: Case, client: Client, queries_of):
    evidence = bring(case, owner_name="Dana Keeper", expires_on=date(2026, 11, 10))
    signed_in(client, case, "reviewer")
    shown = client.get(page(case, evidence, "detail")).content.decode()
    assert "Dana Keeper" in shown
    assert "It has expired" in shown
    assert evidence.file.stored.sha256 in shown
    address = reverse("assessments:evidence-list", args=[case.assessment.pk])
    assert "Scan report" in client.get(address).content.decode()
    few = queries_of(lambda: client.get(address))
    for number in range(6):
        bring(case, PDF + bytes([65 + number]), title=f"Report {number}")
    assert queries_of(lambda: client.get(address)) == few


def test_the_same_bytes_are_stored_once_and_nobody_is_told(case: Case, world):
    from tests.assessments.conftest import EARLIER, start_case

    bring(case)
    other = start_case(world, case.assessment.version, EARLIER, "FY26 Q4")
    bring(other, name="other.pdf")
    assert StoredBytes.objects.count() == 1
    assert EvidenceFile.objects.count() == 2
    assert Evidence.objects.count() == 2


def test_a_file_brought_twice_is_used_for_both_items(case: Case):
    first = bring(case)
    second = bring(case, item="name-owner", title="Otherwise called", name="b.pdf")
    third = bring(case, item="name-owner")
    assert first == second == third
    assert [use.answer.item.slug for use in first.uses.all()] == ["train-staff", "name-owner"]
    assert Evidence.objects.get().title == "Scan report"


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "empty"), (b"MZ" + bytes(300), "not taken"), (b"%PDF-" + bytes(10), "")]
)
def test_unfit_files_leave_nothing_behind(case: Case, content: bytes, says: str):
    if not says:
        bring(case, content)
        return
    with pytest.raises(BadAnswer, match=says):
        bring(case, content)
    assert not StoredBytes.objects.exists()
    assert not Answer.objects.exists()


def test_a_file_above_the_limit_is_refused_with_its_size_and_the_limit(case: Case, monkeypatch):
    monkeypatch.setattr(settings, "EVIDENCE_FILE_MB", 1)
    large = Upload(BytesIO(PDF), "large.pdf", 3 * 1024 * 1024)
    with pytest.raises(BadAnswer, match=r"3\.0 MB; 1 MB are the most"):
        upload_evidence(
            assessment_id=case.assessment.pk,
            item_slug="train-staff",
            upload=large,
            evidence=described(),
            by=case.world.contributor,
            at=NOW,
        )
    assert not StoredBytes.objects.exists()


@pytest.mark.parametrize("address", ["/assessments/1/items/a/evidence/", "/api/v1/assessments/1/evidence/"])
def test_a_body_above_the_limit_is_refused_before_it_is_read(client: Client, address: str):
    class Unread(BytesIO):
        def read(self, *args: object) -> bytes:
            raise AssertionError("the body was read")

    response = client.generic(
        "POST", address, CONTENT_LENGTH=str(80 * 1024 * 1024), **{"wsgi.input": Unread()}
    )
    assert response.status_code == 413
    assert "80.0 MB" in response.content.decode()
    assert "25 MB" in response.content.decode()


def test_one_piece_of_evidence_serves_several_items_until_the_last(case: Case):
    evidence = bring(case)
    who = {"by": case.world.contributor, "at": NOW}
    ids = {"assessment_id": case.assessment.pk, "evidence_id": evidence.pk}
    attach_evidence(item_slug="scan-images", **ids, **who)
    attach_evidence(item_slug="scan-images", **ids, **who)
    assert evidence.uses.count() == 2
    detach_evidence(item_slug="train-staff", **ids, **who)
    detach_evidence(item_slug="train-staff", **ids, **who)
    with pytest.raises(LastUse):
        detach_evidence(item_slug="scan-images", **ids, **who)
    remove_evidence(**ids, **who)
    assert not Evidence.objects.exists()
    assert not EvidenceFile.objects.exists()


def test_a_file_that_a_copy_still_names_stays(approved: Case):
    from assessments.services import start_amendment

    amendment = start_amendment(
        assessment_id=approved.assessment.pk, reason="Wrong.", by=approved.world.lead, at=NOW
    )
    correction = Case(approved.world, amendment)
    bring(correction)
    later = Evidence.objects.get()
    copied = Evidence.objects.get(pk=later.pk)
    copied.pk, copied.assessment = None, approved.assessment
    copied.save()
    remove_evidence(assessment_id=amendment.pk, evidence_id=later.pk, by=approved.world.lead, at=NOW)
    assert EvidenceFile.objects.count() == 1


def test_a_change_over_what_somebody_else_changed_is_refused(case: Case):
    evidence = bring(case)
    ids = {"assessment_id": case.assessment.pk, "evidence_id": evidence.pk, "at": NOW}
    said = described(title="Scan of October", owner_name="Dana")
    changed = change_evidence(fields=said, revision=1, by=case.world.contributor, **ids)
    assert (changed.title, changed.owned_by, changed.revision) == ("Scan of October", "Dana", 2)
    with pytest.raises(StaleEvidence):
        change_evidence(fields=described(title="Mine"), revision=1, by=case.world.lead, **ids)
    # What is there already is no change, whatever was read.
    assert change_evidence(fields=said, revision=1, by=case.world.lead, **ids).revision == 2


def test_who_used_evidence_for_an_item_does_not_approve(submitted: Case):
    from assessments.services_review import return_assessment, worked_on

    assert not worked_on(submitted.assessment, submitted.world.reviewer)
    return_assessment(
        assessment_id=submitted.assessment.pk,
        revision=submitted.assessment.revision,
        comment="More.",
        by=submitted.world.reviewer,
        at=NOW,
    )
    evidence = bring(submitted)
    attach_evidence(
        assessment_id=submitted.assessment.pk,
        evidence_id=evidence.pk,
        item_slug="name-owner",
        by=submitted.world.reviewer,
        at=NOW,
    )
    assert worked_on(submitted.assessment, submitted.world.reviewer)


def test_bytes_that_nobody_names_go_after_a_while_and_others_stay(case: Case):
    evidence = bring(case)
    other = bring(case, PNG, "seen.png", title="Picture")
    ids = {"assessment_id": case.assessment.pk, "by": case.world.contributor, "at": NOW}
    gone = evidence.file
    remove_evidence(evidence_id=evidence.pk, **ids)
    assert remove_unnamed(at=NOW + timedelta(hours=23)) == 0
    assert remove_unnamed(at=NOW + timedelta(hours=25)) == 1
    assert remove_unnamed(at=NOW + timedelta(hours=25)) == 0
    assert not evidence_storage().exists(gone.stored.stored_name)
    assert evidence_storage().exists(other.file.stored.stored_name)


def test_check_evidence_tells_what_is_missing_or_changed(case: Case, capsys):
    evidence = bring(case)
    call_command("check_evidence")
    assert "1 file" in capsys.readouterr().out
    stored = evidence.file.stored
    evidence_storage().save(stored.stored_name, SimpleUploadedFile("x", b"other"))
    with pytest.raises(CommandError, match="1 "):
        call_command("check_evidence")
    assert "changed" in capsys.readouterr().err
    evidence_storage().delete(stored.stored_name)
    with pytest.raises(CommandError):
        call_command("check_evidence")
    assert "missing" in capsys.readouterr().err
    bring(case)  # brought once more, it is whole again
    call_command("check_evidence")
