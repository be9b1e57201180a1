"""A run filled from what docker-bench-security prints: shown first, taken by a person, nothing guessed."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.models import InstrumentRun
from maturity.instruments.pack import INSTRUMENTS, read_instruments
from portal.audit.models import AuditEntry
from tests.assessments.instruments import publish, save, start
from tests.world import World


def report(*results: tuple[str, str]) -> bytes:
    """The file of docker-bench-security with these checks."""
    rows = [{"id": number, "desc": f"Check {number}", "result": result} for number, result in results]
    return json.dumps({"dockerbenchsecurity": "1.6.0", "tests": [{"results": rows}]}).encode()


@pytest.fixture
def run(world: World) -> InstrumentRun:
    (hardening,) = read_instruments(INSTRUMENTS / "in-docker-hardening.yaml")
    return start(world, edition=publish(hardening))


def address(run: InstrumentRun) -> str:
    return f"/instruments/{run.instrument}/runs/{run.pk}/file/"


def upload(world: World, run: InstrumentRun, content: bytes, persona: str = "lead") -> Any:
    file = SimpleUploadedFile("bench.json", content, content_type="application/json")
    return world.client(persona).post(address(run), {"file": file})


def taken(response: Any) -> dict[str, Any]:
    return {name: response.context[name] for name in ("taken", "revision")}


def numbers(run: InstrumentRun) -> list[tuple[str, str]]:
    """Two entries with one number each, and the number."""
    entries = [
        (entry["slug"], entry["ident"])
        for group in run.edition.definition["groups"]
        for entry in group["entries"]
        if entry["ident"] and "," not in entry["ident"]
    ]
    return entries[:2]


def test_a_file_shows_what_it_would_change_and_changes_nothing(world: World, run: InstrumentRun):
    (one, first), (_, second) = numbers(run)
    response = upload(world, run, report((first, "PASS"), (second, "WARN"), ("99.9", "PASS")))
    page = " ".join(response.content.decode().split())
    assert response.status_code == 200
    assert "Without a clear result" in page
    assert "99.9 Check 99.9" in page  # unknown here, and so not taken
    assert one in response.context["reading"].given["entries"]
    run.refresh_from_db()
    assert run.answers["entries"] == {}


def test_a_person_takes_it_and_what_they_wrote_stays(world: World, run: InstrumentRun):
    (slug, number), _ = numbers(run)
    run = save(run, {"entries": {slug: {"note": "Seen by Pat"}}})
    response = upload(world, run, report((number, "FAIL")))
    done = world.client("lead").post(address(run), taken(response))
    assert done["Location"] == f"/instruments/{run.instrument}/runs/{run.pk}/"
    run.refresh_from_db()
    assert run.answers["entries"][slug]["status"] == "fail"
    assert run.answers["entries"][slug]["note"] == "Seen by Pat"
    assert AuditEntry.objects.filter(action="fill run").count() == 1


def test_what_somebody_saved_meanwhile_is_not_overwritten(world: World, run: InstrumentRun):
    (slug, number), _ = numbers(run)
    response = upload(world, run, report((number, "FAIL")))
    save(run, {"entries": {slug: {"status": "pass"}}})
    world.client("lead").post(address(run), taken(response))
    run.refresh_from_db()
    assert run.answers["entries"][slug] == {"status": "pass"}


def test_what_was_read_cannot_be_changed_or_used_for_another_run(world: World, run: InstrumentRun):
    (_, number), _ = numbers(run)
    sent = taken(upload(world, run, report((number, "FAIL"))))
    other = start(world, subject="Green", edition=run.edition)
    for target, data in ((other, sent), (run, sent | {"taken": sent["taken"] + "x"})):
        world.client("lead").post(address(target), data)
        target.refresh_from_db()
        assert target.answers["entries"] == {}


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[]", b"{}", json.dumps({"Controls": []}).encode(), b"\xff\xfe\x00"]
)
def test_another_file_is_refused_with_what_would_be_right(world: World, run: InstrumentRun, content: bytes):
    response = upload(world, run, content)
    assert response.status_code == 422
    assert "id_file_error" in response.content.decode()


def test_an_instrument_without_such_a_tool_has_no_such_page(world: World):
    plain = start(world)
    assert world.client("lead").get(address(plain)).status_code == 404


def test_the_file_s_tool_and_its_unknown_checks_are_in_the_run(world: World, run: InstrumentRun):
    (slug, number), _ = numbers(run)
    world.client("lead").post(
        address(run), taken(upload(world, run, report((number, "INFO"), ("99.9", "WARN"))))
    )
    run.refresh_from_db()
    fields = {"tool": "docker-bench", "unknown-checks": "99.9 WARN (Check 99.9)"}
    assert run.answers["fields"] == fields
    assert run.answers["entries"][slug] == {"told": f"{number} INFO"}
