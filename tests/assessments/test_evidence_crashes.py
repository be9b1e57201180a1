"""The web process is killed at every step of keeping a file: nothing accepted is lost, nothing half kept."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as portal_settings
from django.db import connection
from django.utils import timezone

from assessments.evidence_storage import INCOMING, FolderStorage, evidence_storage
from assessments.models import Evidence, StoredBytes
from assessments.services_evidence_files import find_damage, remove_unnamed
from portal.access.services_tokens import create_token
from tests.assessments.conftest import start_case
from tests.assessments.evidence import PDF, bring
from tests.factories import NOW
from tests.workers import _environment, wait_for
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = PDF + b"%" * 3_000_000
STEPS = {
    "the row is there, the bytes are not": 0,
    "half of the bytes are there": 0,
    "bytes are there, nothing names them": 0,
    "all is written, nothing is committed": 0,
    "it is committed, nobody was told": 1,
}


@contextmanager
def served(folder: Path, step: str) -> Iterator[str]:
    """The portal's web process, which dies at this step; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "web.log"
    command = f"-m gunicorn tests.crashing --bind 127.0.0.1:{port} --workers 1 --no-control-socket"
    environment = _environment() | {"DIE_AT": step, "DIED": str(folder / "died")}
    with log.open("wb") as output:
        web = subprocess.Popen(
            [sys.executable, *command.split()],
            cwd=portal_settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(address), 60, log.read_text)
        yield address
    finally:
        os.killpg(web.pid, signal.SIGKILL)
        web.wait()


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_no_accepted_file_and_keeps_no_half(world: World, tmp_path: Path, step: str):
    case = start_case(world)
    by = world.contributor
    token = create_token(user=by, name="sender", days=1, by=by, at=timezone.now()).secret

    def send(address: str) -> requests.Response:
        return requests.post(
            f"{address}/api/v1/assessments/{case.assessment.pk}/evidence/",
            data={"item": "train-staff", "title": "Scan", "dated_on": "2026-11-01"},
            files={"file": ("scan.pdf", LARGE)},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    with served(tmp_path, step) as address:
        with pytest.raises(requests.ConnectionError):
            send(address)
        assert (tmp_path / "died").exists()
        assert Evidence.objects.count() == STEPS[step]
        assert list(find_damage()) == []
        wait_for(lambda: _answers(address), 60)
        # Whoever was not told sends it again.
        answer = send(address)
        assert answer.status_code == 201, answer.text
        connection.close()
        evidence = Evidence.objects.get()
        assert evidence.uses.count() == 1
        # What the crash left behind goes; what counts stays.
        remove_unnamed(at=timezone.now() + timedelta(seconds=5), grace=timedelta(0))
        assert not list(Path(evidence_storage().path(INCOMING)).glob("*"))
        assert StoredBytes.objects.count() == 1
        assert list(find_damage()) == []
        own = f"{address}/api/v1/assessments/{case.assessment.pk}/evidence/{evidence.pk}/file/"
        got = requests.get(own, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        assert got.content == LARGE


class SlowStorage(FolderStorage):
    """Takes its time to delete, so that somebody comes meanwhile."""

    deleting = threading.Event()

    def delete(self, name: str) -> None:
        self.deleting.set()
        time.sleep(0.5)
        super().delete(name)


def test_whoever_brings_bytes_while_they_are_removed_keeps_them(world: World, settings: Any):
    slow = f"{__name__}.SlowStorage"
    settings.STORAGES = settings.STORAGES | {"evidence": settings.STORAGES["evidence"] | {"BACKEND": slow}}
    case = start_case(world)
    gone = bring(case)
    Evidence.objects.all().delete()
    gone.file.delete()

    def upload() -> None:
        SlowStorage.deleting.wait(30)
        try:
            bring(case)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(upload)
        assert remove_unnamed(at=NOW + timedelta(days=3)) == 1
        going.result(timeout=60)
    assert Evidence.objects.count() == 1
    assert list(find_damage()) == []
