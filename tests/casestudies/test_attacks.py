"""What writers of case studies tried: to judge their own, to take one away, to be told of drafts."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from casestudies import services_import, services_showing, services_writing
from casestudies.models import CaseStudy
from casestudies.queries import differences
from casestudies.services_review import CannotPublish, publish_case_study, submit_case_study
from casestudies.services_writing import StaleCaseStudy, match_agency
from portal.agencies.models import Agency
from tests.casestudies.factories import a_draft, in_review, published, some_content, write_draft
from tests.casestudies.test_writing import edit
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

FILE = "---\ntitle: A\n{}\n---\nText\n"


def upload(world: World, text: str) -> Any:
    file = SimpleUploadedFile("a.md", text.encode())
    return world.client("contributor").post("/case-studies/import/", {"file": file})


@pytest.mark.parametrize(
    "line",
    [
        'key: "\\uD800"',
        'model: "\\uD800"',
        'agency: "\\uD800"\norganization: X',
        'lessons: [{title: a, text: b, items: ["\\uD800"]}]',
        '"\\uD800": a\n"\\uD800": b',
    ],
)
def test_half_a_sign_in_a_file_is_told_with_its_line(world: World, line: str):
    make_small_model()
    response = upload(world, FILE.format(line))
    assert response.status_code == 422
    assert "a.md:3:" in response.content.decode()
    assert not CaseStudy.objects.exists()


def test_nobody_publishes_what_they_submitted(world: World):
    study = a_draft(world)
    study = submit_case_study(study_id=study.pk, revision=1, by=world.officer, at=NOW)
    with pytest.raises(CannotPublish, match="You submitted this case study"):
        publish_case_study(study_id=study.pk, revision=study.revision, by=world.officer, at=NOW)
    client, address = world.client("officer"), f"/case-studies/{study.slug}/review/"
    assert "You submitted this case study" in client.get(address).content.decode()
    assert client.post(address, {"revision": study.revision, "decision": "publish"}).status_code == 422
    study = publish_case_study(study_id=study.pk, revision=study.revision, by=world.administrator, at=NOW)
    assert study.is_public


@pytest.mark.parametrize("make", [a_draft, in_review, published])
def test_an_agency_s_case_study_is_not_matched_away(world: World, make: Callable[[World], CaseStudy]):
    make_small_model()
    study = make(world)
    said = {"revision": study.revision, "choice": "none"}
    response = world.client("officer").post(f"/case-studies/{study.slug}/match/", said)
    assert response.status_code == 422
    assert "This is a case study of Grid Office already" in response.content.decode()
    with pytest.raises(StaleCaseStudy):
        match_agency(
            study_id=study.pk, revision=study.revision, agency=world.mines, by=world.administrator, at=NOW
        )
    study.refresh_from_db()
    assert study.agency == world.grid


@pytest.mark.parametrize(
    ("persona", "state"), [("outsider", "published"), ("viewer", "published"), ("reviewer", "draft")]
)
def test_that_a_published_one_is_being_changed_only_its_people_are_told(
    world: World, persona: str, state: str
):
    study = published(world)
    edit(study, world.contributor, title="Secret")
    client = world.client(persona)
    (row,) = client.get("/api/v1/case-studies/").json()["results"]
    assert (row["state"], row["title"]) == (state, "From one team to all")
    assert client.get(f"/api/v1/case-studies/{study.slug}/").json()["state"] == state


def test_many_lines_that_repeat_are_all_taken_out_and_all_new():
    lines = [chr(0x4E00 + number) for number in range(300)]
    before = some_content(body="\n".join(lines[n % 300] for n in range(29_000)))
    after = some_content(body="\n".join(lines[n * 7 % 300] for n in range(29_000)))
    found = differences(before, after)  # which took minutes
    assert [sum(line.kind == kind for line in found) for kind in ("gone", "new")] >= [28_000, 28_000]


def test_one_change_in_a_long_text_is_told_with_what_is_around_it():
    lines = [f"line {number}" for number in range(5_000)]
    before = some_content(body="\n".join(lines))
    after = some_content(body="\n".join([*lines[:2_500], "more", *lines[2_500:]]))
    assert [(line.kind, line.text) for line in differences(before, after)] == [
        ("same", "line 2498"), ("same", "line 2499"), ("new", "more"),
        ("same", "line 2500"), ("same", "line 2501"),
    ]  # fmt: skip
    assert differences(before, before) == []


# --- two at once ------------------------------------------------------------------------------------


def together(*calls: Callable[[], object]) -> list[Exception]:
    faults: list[Exception] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return faults


def meeting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let two meet behind this function, unless one of them waits for the other to be done."""
    barrier, real = Barrier(2), getattr(module, name)

    def called(*given: Any, **options: Any) -> Any:
        found = real(*given, **options)
        with suppress(BrokenBarrierError):
            barrier.wait(1)
        return found

    monkeypatch.setattr(module, name, called)


@pytest.mark.django_db(transaction=True)
def test_two_of_one_title_at_once(world: World, monkeypatch: pytest.MonkeyPatch):
    meeting(monkeypatch, services_writing, "_free_slug")
    assert together(*[lambda: write_draft(world.contributor, world.grid)] * 2) == []
    assert CaseStudy.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_new_technology_in_two_at_once(world: World, monkeypatch: pytest.MonkeyPatch):
    meeting(monkeypatch, services_showing, "slugify")

    def write(title: str) -> Callable[[], object]:
        return lambda: write_draft(world.contributor, world.grid, title=title, technologies=("New",))

    assert together(write("A"), write("B")) == []


@pytest.mark.django_db(transaction=True)
def test_one_file_twice_at_once(world: World, monkeypatch: pytest.MonkeyPatch):
    meeting(monkeypatch, services_import, "_agency_called")
    files, agencies = [("a.md", FILE.format("dated: May").encode())], Agency.objects.all()

    def read() -> object:
        return services_import.import_files(files=files, agencies=agencies, by=world.contributor, at=NOW)

    assert together(read, read) == []
    assert CaseStudy.objects.count() == 1
