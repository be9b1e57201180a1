"""A file with the answers of many agencies: checked, looked at, loaded agency by agency, then reviewed."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import services_answer_files
from assessments.models import Answer, AnswerFile, Assessment, Cycle
from assessments.services_answer_files import CannotLoad, Choices, confirm_file, discard_file, keep_file
from assessments.services_cycles import advance_cycle
from assessments.services_review import worked_on
from assessments.tasks import check_answer_file, load_answer_file
from portal.access.models import User
from portal.agencies.models import ProgramMembership
from portal.audit.models import AuditEntry
from portal.jobs.models import Job
from portal.jobs.services import LOST_AFTER, requeue_lost
from tests.assessments.conftest import EARLIER, STAGE_1, start_case
from tests.assessments.test_cycles import make_cycle
from tests.factories import NOW, make_agency
from tests.world import World

GRID = "Department of Energy Affairs / Grid Office"
MINES = "Department of Energy Affairs / Mines Office"
HEADER = "agency,item,level,note,evidence,planned_on,reason,attested_by,approved_on"


def row(agency: str, item: str, level: str, **cells: str) -> str:
    given = {"agency": agency, "item": item, "level": level} | cells
    return ",".join(f'"{given.get(name, "")}"' for name in HEADER.split(","))


def whole(agency: str, **cells: str) -> list[str]:
    """All that is asked of an agency at first: stage 1 is not begun but for one item."""
    return [
        row(agency, item, "in_place" if item == "train-staff" else "not_started", **cells) for item in STAGE_1
    ]


def officer() -> User:
    return User.objects.get(username="officer")


def bring(
    cycle: Cycle, content: str | bytes, name: str = "delivered.csv", by: User | None = None
) -> AnswerFile:
    """A file that was uploaded and checked."""
    written = content.encode() if isinstance(content, str) else content
    kept = keep_file(cycle=cycle, content=written, file_name=name, by=by or officer(), at=NOW)
    check_answer_file(job_id=kept.job_id)
    kept.refresh_from_db()
    return kept


def upload(cycle: Cycle, *rows: str, by: User | None = None) -> AnswerFile:
    return bring(cycle, "\n".join([HEADER, *rows]), by=by)


def load(file: AnswerFile, **choices: bool) -> dict[str, Any]:
    """What loading it did."""
    confirmed = confirm_file(file_id=file.pk, choices=Choices(**choices), by=file.by, at=NOW)
    load_answer_file(job_id=confirmed.job_id)
    file.refresh_from_db()
    assert file.state == "loaded"
    return {name: value for name, value in file.outcome.items() if value}


@pytest.fixture
def cycle(world: World) -> Cycle:
    """A round that collects, of the officer's program."""
    return make_cycle(world)


# --- checking ---------------------------------------------------------------------------------------


def test_a_file_is_checked_and_nothing_is_changed(cycle: Cycle):
    file = upload(cycle, *whole(GRID, attested_by="Pat Lead"), row(MINES, "train-staff", "partial"))
    assert file.state == "checked"
    found = file.found
    assert (found["rows"], found["agencies"], found["start"], found["added"]) == (5, 2, 2, 5)
    assert (found["unvouched"], found["problem_count"]) == (1, 0)
    assert not Assessment.objects.exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row("Department of Parks", "train-staff", "partial"), "“Department of Parks” is not asked"),
        (row(GRID, "no-such", "partial"), "small@1 has no item “no-such”"),
        (row(GRID, "train-staff", "somewhat"), "level is “somewhat”"),
        (row(GRID, "train-staff", "planned"), "planned_on"),
        (row(GRID, "train-staff", "partial", approved_on="2026-11-01"), "is approved in the portal"),
        (row(GRID, "train-staff", "partial", attested_by="x" * 201), "attested_by has 201 characters"),
    ],
)
def test_a_wrong_row_is_named_with_its_number_and_the_reason(cycle: Cycle, line: str, reason: str):
    file = upload(cycle, row(MINES, "train-staff", "partial"), line)
    [[place, told]] = file.found["problems"]
    assert place == "row 3"
    assert reason in told
    with pytest.raises(CannotLoad, match="Rows are wrong"):
        confirm_file(file_id=file.pk, choices=Choices(), by=file.by, at=NOW)


def test_who_vouches_for_an_agency_is_one_person(cycle: Cycle):
    file = upload(
        cycle,
        row(GRID, "train-staff", "partial", attested_by="Pat"),
        row(GRID, "name-owner", "partial", attested_by="Sam"),
    )
    assert file.found["problems"] == [["row 3", "attested_by is “Sam”; an earlier row says “Pat”"]]


def test_another_model_or_period_than_the_rounds_is_refused(cycle: Cycle):
    lines = ["agency,model,period,item,level", f'"{GRID}",small@2,FY27 Q1,train-staff,partial']
    lines.append(f'"{GRID}",small@1,FY26 Q4,train-staff,partial')
    kept = bring(cycle, "\n".join(lines))
    assert [reason for _, reason in kept.found["problems"]] == [
        "this round asks for small@1, not for “small@2”",
        "this round is for FY27 Q1, not for “FY26 Q4”",
    ]


def test_json_need_not_say_model_and_period_either(cycle: Cycle, world: World):
    answers = [{"item": "train-staff", "level": "partial"}]
    content = json.dumps([{"agency": world.grid.slug, "attested_by": "Pat", "answers": answers}])
    assert load(bring(cycle, content, "a.json"))["answers"] == 1


def test_what_is_no_table_is_refused_with_the_reason(cycle: Cycle):
    kept = bring(cycle, b"PK\x03\x04")
    assert kept.state == "refused"
    assert "this is a workbook" in kept.found["problems"][0][1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"x" * (services_answer_files.MOST_BYTES + 1), "25 MB are the most")],
)
def test_an_empty_or_huge_file_is_not_kept(cycle: Cycle, content: bytes, reason: str):
    with pytest.raises(CannotLoad, match=reason):
        keep_file(cycle=cycle, content=content, file_name="a.csv", by=officer(), at=NOW)


def test_a_round_that_no_longer_collects_takes_no_file(cycle: Cycle):
    file = upload(cycle, *whole(GRID))
    advance_cycle(cycle_id=cycle.pk, to=Cycle.State.PREVIEW, by=file.by, at=NOW)
    with pytest.raises(CannotLoad, match="no longer takes answers"):
        confirm_file(file_id=file.pk, choices=Choices(), by=file.by, at=NOW)
    cycle.refresh_from_db()
    with pytest.raises(CannotLoad, match="no longer takes answers"):
        keep_file(cycle=cycle, content=b"x", file_name="a.csv", by=file.by, at=NOW)


def test_a_file_that_nobody_confirmed_in_a_day_is_dropped(cycle: Cycle):
    first = upload(cycle, *whole(GRID))
    later = NOW + timedelta(days=1)
    with pytest.raises(CannotLoad, match="longer than a day"):
        confirm_file(file_id=first.pk, choices=Choices(), by=first.by, at=later)
    keep_file(cycle=cycle, content=b"x", file_name="b.csv", by=first.by, at=later)
    assert not AnswerFile.objects.filter(pk=first.pk).exists()


def test_a_file_that_is_put_away_leaves_an_audit_entry_and_nothing_else(cycle: Cycle):
    file = upload(cycle, *whole(GRID))
    discard_file(file_id=file.pk, by=file.by, at=NOW)
    assert not AnswerFile.objects.exists()
    assert AuditEntry.objects.get(action="discard answers").changes == {"file": "delivered.csv"}


# --- loading ----------------------------------------------------------------------------------------


def test_answers_become_drafts_and_whole_ones_are_submitted_as_vouched_for(cycle: Cycle, world: World):
    file = upload(
        cycle,
        *whole(GRID, attested_by="Pat Lead", evidence="https://example.gov/list"),
        row(MINES, "train-staff", "partial", attested_by="Sam"),
    )
    assert load(file, submit=True) == {
        "started": 2,
        "answers": 5,
        "evidence": 4,
        "submitted": 1,
        "not_submitted": [["Mines Office", "3 asked items are not answered."]],
        "not_submitted_count": 1,
    }
    grid = Assessment.objects.get(agency=world.grid)
    assert (grid.state, grid.attested_by, grid.submitted_by) == ("submitted", "Pat Lead", None)
    assert grid.steps.last().by == world.officer
    assert Answer.objects.get(assessment=grid, item__slug="train-staff").answered_by is None
    assert file.content is None


def test_who_only_passes_answers_on_may_review_them_and_who_answers_for_the_agency_may_not(
    cycle: Cycle, world: World
):
    """The program office brings what its agency delivered; an administrator may answer for it."""
    load(upload(cycle, *whole(GRID, attested_by="Pat")), submit=True)
    load(upload(cycle, *whole(MINES, attested_by="Sam"), by=world.administrator), submit=True)
    grid, mines = Assessment.objects.order_by("agency__name")
    assert not worked_on(grid, world.officer)
    assert worked_on(mines, world.administrator)
    assert mines.submitted_by == world.administrator


def test_the_same_file_again_changes_nothing(cycle: Cycle):
    lines = whole(GRID, attested_by="Pat", evidence="As seen.")
    load(upload(cycle, *lines), submit=True)
    before = AuditEntry.objects.filter(action="answer").count(), Answer.objects.count()
    again = upload(cycle, *lines)
    assert (again.found["same"], again.found["added"]) == (1, 0)
    assert load(again, submit=True) == {"unchanged": 1}
    assert (AuditEntry.objects.filter(action="answer").count(), Answer.objects.count()) == before


def test_another_answer_of_the_portal_stays_unless_the_file_is_to_be_taken(cycle: Cycle, world: World):
    case = start_case(world, cycle.version)
    theirs = case.answer("train-staff", note="Ours")
    file = upload(cycle, row(GRID, "train-staff", "partial"), row(GRID, "name-owner", "partial"))
    assert file.found["other"] == [["Grid Office", "train-staff", "answer, note"]]
    assert load(file) == {"changed": 1, "answers": 1, "kept": 1}
    theirs.refresh_from_db()
    assert (theirs.level, theirs.revision) == ("in_place", 1)
    assert load(upload(cycle, row(GRID, "train-staff", "partial")), over=True) == {"changed": 1, "answers": 1}
    theirs.refresh_from_db()
    assert (theirs.level, theirs.note, theirs.revision) == ("partial", "", 2)
    assert AuditEntry.objects.filter(action="answer").first().changes == {
        "item": "train-staff",
        "file": "delivered.csv",
        "level": ["in_place", "partial"],
        "note": ["Ours", ""],
    }


def test_more_evidence_for_an_equal_answer_is_added(cycle: Cycle, world: World):
    case = start_case(world, cycle.version)
    answer = case.answer("train-staff")
    told = load(upload(cycle, row(GRID, "train-staff", "in_place", evidence="As seen.")))
    assert told == {"changed": 1, "evidence": 1}
    assert answer.evidence.get().statement == "As seen."
    answer.refresh_from_db()
    assert answer.revision == 1


def test_what_is_submitted_or_approved_with_other_answers_is_left_as_it_is(cycle: Cycle, world: World):
    case = start_case(world, cycle.version)
    case.answer_all_asked()
    case.submit()
    file = upload(cycle, row(GRID, "train-staff", "partial"))
    assert file.found["closed"] == [["Grid Office", "is submitted with other answers: return it first"]]
    case.approve()
    told = load(file, over=True)
    assert told == {
        "left_out": [["Grid Office", "is approved with other answers: amend it"]],
        "left_out_count": 1,
    }


def test_agencies_with_wrong_rows_are_left_out_whole_and_the_others_loaded(cycle: Cycle):
    file = upload(cycle, *whole(GRID), row(GRID, "no-such", "partial"), *whole(MINES))
    told = load(file, partial=True)
    assert (told["started"], told["left_out"]) == (1, [["Grid Office", "a row of it is wrong"]])
    assert Assessment.objects.get().agency.name == "Mines Office"


def test_a_file_of_what_changed_begins_with_what_was_approved_last(cycle: Cycle, world: World):
    earlier = start_case(world, cycle.version, EARLIER, "FY26 Q4")
    earlier.answer_all_asked()
    earlier.submit()
    earlier.approve()
    load(upload(cycle, row(GRID, "name-owner", "in_place")), carry_over=True)
    drafted = Assessment.objects.get(state="draft")
    levels = dict(drafted.answers.values_list("item__slug", "level"))
    both = {"train-staff": "in_place", "name-owner": "in_place"}
    assert levels == dict.fromkeys(STAGE_1, "not_started") | both


def test_a_run_that_was_lost_goes_on_and_brings_everything_once(
    cycle: Cycle, monkeypatch: pytest.MonkeyPatch
):
    file = upload(cycle, *whole(GRID), *whole(MINES))
    confirmed = confirm_file(file_id=file.pk, choices=Choices(), by=file.by, at=NOW)
    bring = services_answer_files._bring

    def lost_at_mines(row: AnswerFile, given: Any, at: Any) -> Any:
        if given.agency.name == "Mines Office":
            raise KeyboardInterrupt
        return bring(row, given, at)

    with monkeypatch.context() as patched:
        patched.setattr(services_answer_files, "_bring", lost_at_mines)
        with pytest.raises(KeyboardInterrupt):
            load_answer_file(job_id=confirmed.job_id)
    assert Assessment.objects.count() == 1
    beaten = Job.objects.values_list("heartbeat_at", flat=True).latest("pk")
    assert beaten is not None
    requeue_lost(at=beaten + 2 * LOST_AFTER)
    load_answer_file(job_id=confirmed.job_id)
    file.refresh_from_db()
    assert (file.state, file.outcome["started"], file.outcome["answers"]) == ("loaded", 2, 8)
    load_answer_file(job_id=confirmed.job_id)
    assert (Assessment.objects.count(), Answer.objects.count()) == (2, 8)


def test_checking_takes_as_many_queries_for_many_agencies_as_for_two(
    cycle: Cycle, queries_of: Callable[[Callable[[], object]], int]
):
    def checking(names: list[str]) -> int:
        lines = [HEADER, *(row(name, item, "partial") for name in names for item in STAGE_1)]
        kept = keep_file(
            cycle=cycle, content="\n".join(lines).encode(), file_name="a.csv", by=officer(), at=NOW
        )
        return queries_of(lambda: check_answer_file(job_id=kept.job_id))

    checking([GRID, MINES])  # what is kept in memory of a version
    few = checking([GRID, MINES])
    more = [make_agency(f"Office {number}") for number in range(20)]
    ProgramMembership.objects.bulk_create(
        ProgramMembership(program=cycle.program, agency=agency, from_on="2026-01-01") for agency in more
    )
    assert checking([GRID, MINES, *(agency.slug for agency in more)]) == few


# --- pages ------------------------------------------------------------------------------------------


def test_an_officer_uploads_looks_and_loads(cycle: Cycle, world: World):
    browser = world.client("officer")
    pages = reverse("assessments:answer-file-list", args=[cycle.pk])
    content = "\n".join([HEADER, *whole(GRID, attested_by="Pat")]).encode()
    there = browser.post(pages, {"file": SimpleUploadedFile("d.csv", content)}).headers["Location"]
    assert 'hx-trigger="every 2s"' in browser.get(there).content.decode()
    check_answer_file(job_id=AnswerFile.objects.get().job_id)
    page = browser.get(there).content.decode()
    assert "4 rows for 1 agency" in page
    assert "every 2s" not in page
    browser.post(f"{there}load/", {"submit": "on"})
    load_answer_file(job_id=AnswerFile.objects.get().job_id)
    assert "1 submitted" in browser.get(there).content.decode()
    assert "d.csv" in browser.get(pages).content.decode()


def test_a_file_of_which_nothing_can_be_loaded_offers_no_loading(cycle: Cycle, world: World):
    file = upload(cycle, row(GRID, "no-such", "partial"))
    there = reverse("assessments:answer-file-detail", args=[cycle.pk, file.pk])
    page = world.client("officer").get(there).content.decode()
    assert "Nothing in this file can be loaded" in page
    assert "Load these answers" not in page
    assert "Put this file away" in page


def test_only_who_uploaded_a_file_has_it_loaded(cycle: Cycle, world: World):
    file = upload(cycle, *whole(GRID))
    there = reverse("assessments:answer-file-confirm", args=[cycle.pk, file.pk])
    refused = world.client("administrator").post(there)
    assert refused.status_code == 409
    assert "uploaded this file and alone can have it loaded" in refused.content.decode()
    assert not Assessment.objects.exists()


def test_a_file_of_one_round_is_not_found_in_another(cycle: Cycle, world: World):
    file = upload(cycle, *whole(GRID))
    other = make_cycle(
        world, version=cycle.version, period=EARLIER, period_label="FY26 Q4", due_on=date(2026, 10, 15)
    )
    there = reverse("assessments:answer-file-detail", args=[other.pk, file.pk])
    assert world.client("officer").get(there).status_code == 404
