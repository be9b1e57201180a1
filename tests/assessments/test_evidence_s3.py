"""Evidence in an S3-compatible storage, by the settings alone; spoken to over HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
import requests
from django.conf import settings as portal_settings
from django.core.exceptions import ImproperlyConfigured
from moto.server import ThreadedMotoServer

from assessments.models import Evidence
from assessments.services_evidence_files import find_damage, remove_unnamed
from portal import environment
from tests.assessments.conftest import Case
from tests.assessments.evidence import PDF, bring
from tests.factories import NOW

NAME = "EVIDENCE_STORAGE"


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket of a server of our own, which the settings name."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "": "s3://evidence/portal",
        "_ENDPOINT": f"http://{host}:{port}",
        "_REGION": "us-gov-west-1",
        "_ACCESS_KEY": "key",
        "_SECRET_KEY": "secret",
    }.items():
        monkeypatch.setenv(f"{NAME}{name}", value)
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-gov-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "us-gov-west-1"})
    stored = environment.evidence_storage(portal_settings.VAR_DIR / "evidence")
    settings.STORAGES = settings.STORAGES | {"evidence": stored}
    yield client
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10)
    server.stop()


def keys(client: Any) -> list[str]:
    return [row["Key"] for row in client.list_objects_v2(Bucket="evidence").get("Contents", [])]


@pytest.mark.django_db
def test_files_lie_in_the_bucket_and_come_through_the_portal(case: Case, bucket: Any):
    evidence = bring(case)
    name = f"portal/{evidence.file.stored.stored_name}"
    assert keys(bucket) == [name]
    assert bucket.get_object(Bucket="evidence", Key=name)["Body"].read() == PDF
    address = f"/assessments/{case.assessment.pk}/evidence/{evidence.pk}/file/"
    response = case.world.client("reviewer").get(address)
    assert response.status_code == 200  # streamed, and no address of the bucket is given away
    assert b"".join(getattr(response, "streaming_content")) == PDF  # noqa: B009 - of a download
    assert case.world.client("outsider").get(address).status_code == 404
    assert list(find_damage()) == []
    bucket.put_object(Bucket="evidence", Key=name, Body=b"other")
    assert [found.missing for found in find_damage()] == [False]
    bucket.delete_object(Bucket="evidence", Key=name)
    assert [found.missing for found in find_damage()] == [True]
    assert case.world.client("reviewer").get(address).status_code == 404


@pytest.mark.django_db
def test_what_nothing_names_goes_from_the_bucket(case: Case, bucket: Any):
    evidence = bring(case)
    Evidence.objects.all().delete()
    evidence.file.delete()
    assert remove_unnamed(at=NOW + timedelta(days=2)) == 1
    assert keys(bucket) == []


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"": "s3://Not A Bucket"}, "EVIDENCE_STORAGE is .*say s3://bucket"),
        ({"": "ftp://somewhere"}, "the whole path of a folder, or s3://bucket"),
        ({"": "relative/folder"}, "the whole path of a folder"),
        ({"": "s3://evidence", "_ENDPOINT": "minio:9000"}, "EVIDENCE_STORAGE_ENDPOINT must be a URL"),
        ({"": "s3://evidence", "_REGION": "far away"}, "EVIDENCE_STORAGE_REGION is 'far away'"),
        ({"": "s3://evidence", "_ACCESS_KEY": "only"}, "EVIDENCE_STORAGE_SECRET_KEY one is not set"),
        ({"": "/proc/nowhere/evidence"}, r"\(EVIDENCE_STORAGE\) cannot be made"),
    ],
)
def test_a_bad_setting_stops_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, values: dict[str, str], says: str
):
    for name, value in values.items():
        monkeypatch.setenv(f"{NAME}{name}", value)
    with pytest.raises(ImproperlyConfigured, match=says):
        environment.evidence_storage(tmp_path / "evidence")


def test_the_web_process_does_not_load_what_speaks_to_buckets():
    told = (
        "import sys, portal.wsgi; print([n for n in ('boto3', 'botocore', 'puremagic') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=portal_settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
