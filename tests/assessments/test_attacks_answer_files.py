"""Files of answers that are meant to break the portal, or to tell what is nobody's to know."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import answer_file_plan, services_answer_files
from assessments.models import AnswerFile, Cycle
from assessments.services_answer_files import CannotLoad, Choices, confirm_file, discard_file, keep_file
from assessments.tasks import drop_answer_files
from portal.jobs.models import Job
from tests.assessments.test_answer_files import GRID, HEADER, bring, officer, row, upload, whole
from tests.assessments.test_cycles import make_cycle
from tests.factories import NOW, make_agency
from tests.world import World


@pytest.fixture
def cycle(world: World) -> Cycle:
    """A round that collects, of the officer's program."""
    return make_cycle(world)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "agency,item,level,Größe\n".encode("latin-1") + b'"X","train-staff","partial","a"\n'),
        ("a.csv", b"agency,item,level,a\0b\n"),
        ("a.csv", b"agency,it\xe9m\n"),
        ("a.json", b'[{"agency": "X", "a\\u0000b": 1}]'),
        ("a.json", b'[{"agency": "X", "scores": {"\\u0000": 1}}]'),
        ("a." + "\N{PARTY POPPER}" * 150, HEADER.encode()),
    ],
)
def test_what_a_file_says_of_itself_can_be_kept_and_shown(
    cycle: Cycle, world: World, name: str, content: bytes
):
    file = bring(cycle, content, name)
    assert file.state in {"checked", "refused"}
    assert not any(sign in str(file.found) for sign in ("\0", "\\x00", "\\udc"))
    page = world.client("officer").get(reverse("assessments:answer-file-detail", args=[cycle.pk, file.pk]))
    assert page.status_code == 200


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_a_file_of_nothing_is_refused_before_it_fills_the_memory(
    cycle: Cycle, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(answer_file_plan, "MOST_ROWS", 50)
    content = "[" + ",".join(["[]"] * 500) + "]" if name.endswith("json") else HEADER + "\nx" * 500
    file = bring(cycle, content, name)
    assert file.state == "refused"
    assert "split it by agency" in file.found["problems"][0][1]


def test_a_file_does_not_tell_which_agencies_there_are_elsewhere(cycle: Cycle):
    secret = make_agency("Office of Nobody's Business", identifier="ONB-1")

    def told(name: str) -> str:
        return upload(cycle, row(name, "train-staff", "partial")).found["problems"][0][1].replace(name, "…")

    assert secret.name not in told("ONB-1")
    assert told("ONB-1") == told(secret.slug) == told(secret.name) == told("No such thing")


def _fail(file: AnswerFile) -> None:
    assert file.job_id is not None
    Job.objects.filter(pk=file.job_id).update(state=Job.State.FAILED)


def test_a_load_that_was_given_up_keeps_nobody_from_bringing_files_and_can_be_put_away(
    cycle: Cycle, world: World
):
    files = []
    for _ in range(3):
        file = upload(cycle, *whole(GRID))
        files.append(confirm_file(file_id=file.pk, choices=Choices(), by=file.by, at=NOW))
    common: dict[str, Any] = {"cycle": cycle, "content": b"x", "file_name": "b.csv", "by": officer()}
    with pytest.raises(CannotLoad, match="Wait until one is done"):
        keep_file(**common, at=NOW)
    with pytest.raises(CannotLoad, match="cannot be put away"):
        discard_file(file_id=files[0].pk, by=files[0].by, at=NOW)
    _fail(files[0])
    keep_file(**common, at=NOW)
    address = reverse("assessments:answer-file-detail", args=[cycle.pk, files[0].pk])
    assert "was given up" in world.client("officer").get(address).content.decode()
    world.client("officer").post(reverse("assessments:answer-file-discard", args=[cycle.pk, files[0].pk]))
    assert not AnswerFile.objects.filter(pk=files[0].pk).exists()


def test_bytes_do_not_stay_where_nobody_uploads_again(cycle: Cycle, monkeypatch: pytest.MonkeyPatch):
    forgotten, given_up, loading = (upload(cycle, *whole(GRID)) for _ in range(3))
    for file in (given_up, loading):
        file.job_id = confirm_file(file_id=file.pk, choices=Choices(), by=file.by, at=NOW).job_id
    _fail(given_up)
    monkeypatch.setattr("assessments.tasks.timezone.now", lambda: NOW)
    drop_answer_files()
    assert AnswerFile.objects.filter(pk=forgotten.pk).exists()
    monkeypatch.setattr("assessments.tasks.timezone.now", lambda: NOW + timedelta(days=1))
    drop_answer_files()
    assert list(AnswerFile.objects.values_list("pk", flat=True)) == [loading.pk]


def test_a_file_as_large_as_the_page_says_reaches_it(cycle: Cycle, world: World):
    content = b"x" * services_answer_files.MOST_BYTES
    answer = world.client("officer").post(
        reverse("assessments:answer-file-list", args=[cycle.pk]),
        {"file": SimpleUploadedFile("a.csv", content)},
    )
    assert answer.status_code == 302
    assert AnswerFile.objects.get().size == len(content)
