"""`import_assessments FILE`: history loaded as approved, all of it or nothing."""

import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Answer, Assessment, Evidence, Result, SelfDeclaration
from maturity.levels import Level
from portal.agencies.models import StaleMark
from portal.audit.models import AuditEntry
from tests.assessments.conftest import STAGE_1, Case
from tests.factories import make_program
from tests.maturity.factories import make_small_model
from tests.world import World

HEADER = (
    "agency,model,period,item,level,note,evidence,evidence_dated_on,approved_on,planned_on,reason,"
    "holder,holder_name,stage"
)
GRID = "Department of Energy Affairs / Grid Office"


@pytest.fixture
def office(world: World) -> World:
    """The small government with the small model published."""
    make_small_model()
    return world


def row(**cells: str) -> str:
    """One line of CSV; what is not said is of the Grid Office in FY25 Q3."""
    given = {"agency": GRID, "model": "small@1", "period": "FY25 Q3"} | cells
    return ",".join(f'"{given.get(name, "")}"' for name in HEADER.split(","))


def write(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    path = tmp_path / "history.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def load(path: Path, *options: str, who: str = "administrator") -> str:
    out = StringIO()
    call_command("import_assessments", str(path), "--as", who, *options, stdout=out, stderr=out)
    return out.getvalue()


def refusal(path: Path, *options: str, who: str = "administrator") -> str:
    """Why the file is refused; nothing may be there afterwards that was not there before."""
    before = (Assessment.objects.count(), Answer.objects.count(), SelfDeclaration.objects.count())
    with pytest.raises(CommandError) as caught:
        load(path, *options, who=who)
    assert (Assessment.objects.count(), Answer.objects.count(), SelfDeclaration.objects.count()) == before
    return str(caught.value)


# --- what is loaded ---------------------------------------------------------------------------------


def test_answers_are_loaded_as_an_approved_assessment_with_its_result(office: World, tmp_path: Path):
    path = write(
        tmp_path,
        row(item="train-staff", level="in_place", note="All trained", evidence="https://example.gov/list"),
        row(item="name-owner", level="planned", planned_on="2025-12-31"),
        row(item="pick-platform", level="not_applicable", reason="We run nothing ourselves."),
        row(item="no-budget", level="partial", holder="parent", holder_name="Fund", evidence="As agreed."),
        row(item="too-complex", level="not_yet"),
    )
    told = load(path)
    assert "5 rows read" in told
    assert "1 created, 0 amended, 0 unchanged, 0 left out; 5 answers with evidence for 2 written" in told
    assessment = Assessment.objects.get()
    assert (assessment.agency, assessment.state, assessment.origin) == (office.grid, "approved", "import")
    assert (assessment.period_label, assessment.period_ends_on) == ("FY25 Q3", date(2025, 6, 30))
    assert (assessment.created_by, assessment.approved_by) == (office.administrator, None)
    link, statement = Evidence.objects.order_by("kind")
    assert (link.url, link.dated_on) == ("https://example.gov/list", date(2025, 6, 30))
    assert (statement.kind, statement.statement) == ("statement", "As agreed.")
    result = Result.objects.get()
    # Stage 1: 1, 1/4 and 1/2 over three items; stages 2 and 3: nothing.
    assert (result.score, result.stages_completed, result.levels) == (583_333, 0, "31x----2y")
    assert result.evidenced == 1_000_000
    assert list(assessment.steps.values_list("state", "comment")) == [
        ("approved", "Imported from history.csv")
    ]


def test_loading_is_audited_and_marks_each_agency_once(office: World, tmp_path: Path):
    periods = ("FY25 Q1", "FY25 Q2")
    load(write(tmp_path, *(row(item="train-staff", level="partial", period=p) for p in periods)))
    assert StaleMark.objects.get(reason="assessments imported").agency == office.grid
    entries = AuditEntry.objects.filter(action="import")
    assert [entry.actor_name for entry in entries] == ["administrator"] * 2
    changes = AuditEntry.objects.get(action="import assessments").changes
    assert changes == {"file": "history.csv", "created": 2, "amended": 0, "answers": 2, "stages": 0}


def test_the_date_of_approval_is_the_files_or_else_that_of_the_import(office: World, tmp_path: Path):
    load(
        write(
            tmp_path,
            row(item="train-staff", level="partial", approved_on="2025-07-20"),
            row(item="name-owner", level="partial"),
            row(item="name-owner", level="partial", period="FY25 Q2"),
        )
    )
    later, earlier = Assessment.objects.order_by("-period_ends_on")
    assert later.approved_at == datetime(2025, 7, 20, 16, 0, tzinfo=UTC)
    assert earlier.approved_at == earlier.created_at


def test_an_agency_is_named_by_identifier_slug_or_path(office: World, tmp_path: Path):
    office.mines.identifier = "M-7"
    office.mines.save()
    names = [GRID.replace(" / ", "/"), office.trails.slug, "M-7", "Department of Parks"]
    load(write(tmp_path, *(row(agency=name, item="train-staff", level="In Place") for name in names)))
    found = {row.agency for row in Assessment.objects.all()}
    assert found == {office.grid, office.trails, office.mines, office.parks}


def test_periods_follow_the_calendar_of_the_program(office: World, tmp_path: Path):
    program = make_program("Calendar years", year_starts_in=1)
    load(
        write(tmp_path, row(item="train-staff", level="partial", period="2025 Q3")), "--program", program.slug
    )
    assert Assessment.objects.get().period_ends_on == date(2025, 9, 30)
    assert "no program 'nowhere'" in refusal(
        write(tmp_path, row(item="train-staff", level="partial")), "--program", "nowhere"
    )


def test_a_stage_alone_is_kept_as_declared_and_scores_nothing(office: World, tmp_path: Path):
    load(
        write(
            tmp_path,
            row(stage="2", note="Old spreadsheet"),
            row(stage="Stage 3", period="FY25 Q4"),
        )
    )
    assert list(SelfDeclaration.objects.values_list("stage", "note")) == [(2, "Old spreadsheet"), (3, "")]
    assert not Assessment.objects.exists()
    assert not StaleMark.objects.exists()


def test_reasons_that_history_lacks_may_be_filled(office: World, tmp_path: Path):
    path = write(
        tmp_path, row(item="train-staff", level="not_applicable"), row(item="pair-up", level="partial")
    )
    assert "row 2: reason: not_applicable needs one" in refusal(path)
    load(path, "--fill-reasons", "Not recorded at the time.")
    assert Answer.objects.get(level="not_applicable").reason == "Not recorded at the time."


def test_repeated_rows_are_merged_and_columns_that_mean_nothing_are_told(office: World, tmp_path: Path):
    line = row(item="train-staff", level="partial")
    told = load(write(tmp_path, f"{line},Kim", f"{line},Pat", ",,", header=f"{HEADER},Owner"))
    assert "1 repeated row merged" in told
    assert "1 blank line" in told
    assert "Columns not read: Owner." in told


def test_semicolons_a_byte_order_mark_and_other_headings_are_understood(office: World, tmp_path: Path):
    path = tmp_path / "history.csv"
    text = (
        f"Agency;Model;Period;Item;Level;Planned on\n{GRID};small@1;FY25 Q3;train-staff;planned;2025-12-31\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    load(path)
    assert Answer.objects.get().planned_on == date(2025, 12, 31)


# --- JSON -------------------------------------------------------------------------------------------


def json_file(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "history.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def in_json(**more: Any) -> dict[str, Any]:
    return {"agency": GRID, "model": "small@1", "period": "FY25 Q3"} | more


def test_json_holds_assessments_each_with_its_answers(office: World, tmp_path: Path):
    evidence = [{"text": "https://example.gov/a", "title": "List", "dated_on": "2025-05-01"}, "As agreed."]
    answers = [
        {"item": "train-staff", "level": "in_place", "evidence": evidence},
        {"item": "name-owner", "level": "not_started", "note": None},
    ]
    content = [
        in_json(approved_on="2025-07-20", answers=answers),
        in_json(period="FY25 Q4", stage=2, note="x"),
    ]
    assert "3 rows read" in load(json_file(tmp_path, content))
    assert Answer.objects.count() == 2
    assert list(Evidence.objects.order_by("dated_on").values_list("title", "dated_on")) == [
        ("List", date(2025, 5, 1)),
        ("As agreed.", date(2025, 6, 30)),
    ]
    assert SelfDeclaration.objects.get().stage == 2
    assert "1 unchanged" in load(json_file(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "this is not JSON in UTF-8"),
        ({"agency": "x"}, "does not hold a list"),
        (["x"], "assessment 1: is not an object"),
        ([in_json(answer=[])], "assessment 1: has “answer”, which is none of agency"),
        ([in_json(answers=[])], "assessment 1: answers is not a list of at least one"),
        ([in_json(answers=[{"item": "train-staff", "level": ["x"]}])], "answer 1: level is not a text"),
        ([in_json(answers=[{"item": "train-staff", "level": "x"}])], "answer 1: level is “x”: write one of"),
        ([in_json(answers=[{"item": "pair-up"}], stage=1)], "stage stand beside answers"),
        (
            [in_json(answers=[{"item": "pair-up", "evidence": {"dated_on": "2025-01-01"}}])],
            "answer 1: level is not",
        ),
        ([in_json()], "assessment 1: names neither an item nor a domain nor a stage"),
        ([in_json(stage="a\0b")], "assessment 1: stage holds the character U+0000"),
    ],
)
def test_misshapen_json_is_refused_with_its_place(office: World, tmp_path: Path, content: Any, reason: str):
    assert reason in refusal(json_file(tmp_path, content))


# --- what is refused --------------------------------------------------------------------------------

GOOD = {"item": "train-staff", "level": "partial"}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (GOOD | {"agency": "Ministry of Silly Walks"}, "there is no agency “Ministry of Silly Walks”"),
        (GOOD | {"agency": "Grid Office"}, f"did you mean “{GRID}”?"),
        (GOOD | {"agency": ""}, "agency is not given"),
        (GOOD | {"model": "small@9"}, "There is no model 'small@9'"),
        (GOOD | {"period": "spring"}, "'spring' is no period: write FY27 Q1"),
        (GOOD | {"period": "FY90 Q1"}, "FY90 Q1 has not begun"),
        (GOOD | {"item": "fly"}, "small@1 has no item “fly”"),
        (GOOD | {"item": ""}, "names neither an item nor a domain nor a stage"),
        (GOOD | {"level": "almost"}, "level is “almost”: write one of not_started, planned, partial"),
        (GOOD | {"level": ""}, "level is not given: leave the row out"),
        (GOOD | {"level": "planned"}, "planned_on: Give the date by which it is planned"),
        (GOOD | {"level": "planned", "planned_on": "2019-01-01"}, "Give a date after FY25 Q3 began"),
        (GOOD | {"level": "planned", "planned_on": "31.12.2025"}, "write the date as 2026-10-31"),
        (GOOD | {"level": "not_yet"}, "not_yet is an answer to challenges only"),
        (
            GOOD | {"item": "no-budget", "level": "not_yet"},
            "only of challenges above the stage being worked on",
        ),
        (GOOD | {"holder": "nobody"}, "Who meets it is one of self, parent, provider"),
        (GOOD | {"holder": "parent", "evidence": "x"}, "Name the parent's platform or the provider"),
        (GOOD | {"holder": "parent", "holder_name": "Y"}, "met by somebody else, without evidence"),
        (GOOD | {"evidence": "https://exa mple.gov/"}, "Give the whole address"),
        (GOOD | {"evidence": "x", "evidence_dated_on": "2999-01-01"}, "cannot be dated in the future"),
        (GOOD | {"evidence_dated_on": "2025-01-01"}, "evidence is dated but not given"),
        (GOOD | {"approved_on": "2025-03-01"}, "approved_on is 2025-03-01: it lies before FY25 Q3"),
        (GOOD | {"note": "x" * 5_001}, "note: Write at most 5,000 characters"),
        (GOOD | {"note": "a\0b"}, "holds the character U+0000"),
        (GOOD | {"stage": "2"}, "gives a stage and item, level"),
        ({"stage": "9"}, "stage is “9”: write 1, 2, 3 or the stage's name"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(
    office: World, tmp_path: Path, cells: dict[str, str], reason: str
):
    told = refusal(write(tmp_path, row(item="pair-up", level="partial", agency="parks-x"), row(**cells)))
    assert "2 rows cannot be loaded" in told
    assert "row 3: " in told.partition("row 2: ")[2] or "not_yet" in reason
    assert reason in told


def test_every_reason_of_a_row_is_told(office: World, tmp_path: Path):
    told = refusal(write(tmp_path, row(agency="X", model="y@1", period="z")))
    assert "no agency “X”" in told
    assert "no model 'y@1'" in told
    assert "'z' is no period" in told


def test_a_hostile_name_is_no_agency_and_nothing_breaks(office: World, tmp_path: Path):
    hostile = ["<script>alert(1)</script>", "x" * 300, "\u202egnirts", "=cmd()"]
    told = refusal(write(tmp_path, *(row(agency=name, **GOOD) for name in hostile)))
    assert told.count("there is no agency") == 4


def test_rows_that_contradict_each_other_are_refused(office: World, tmp_path: Path):
    path = write(
        tmp_path,
        row(**GOOD),
        row(item="train-staff", level="in_place"),
        row(item="pair-up", level="partial", approved_on="2025-08-01"),
        row(item="name-owner", level="partial", approved_on="2025-08-02"),
        row(item="scan-images", level="partial", period="2025-06"),
        row(stage="1"),
        row(stage="2"),
    )
    told = refusal(path)
    assert "row 3: says otherwise of “train-staff” than row 2" in told
    assert "row 5: approved_on is 2025-08-02; an earlier row says 2025-08-01" in told
    assert "row 6: Jun 2025 ends with FY25 Q3 of row 2" in told
    assert "row 8: declares another stage than row 7" in told


def test_an_assessment_in_which_nothing_applies_is_refused(office: World, tmp_path: Path):
    items = (*STAGE_1, "pair-up", "scan-images", "share-skills", "heal-itself", "too-complex")
    path = write(tmp_path, *(row(item=item, level="not_applicable", reason="x") for item in items))
    assert "row 2: Grid Office, small@1, FY25 Q3: nothing applies" in refusal(path)


def test_a_closed_agency_has_no_assessment_after_its_end(office: World, tmp_path: Path):
    office.grid.closed_on = date(2025, 1, 1)
    office.grid.save()
    assert "closed on 2025-01-01, before FY25 Q3 began" in refusal(write(tmp_path, row(**GOOD)))


def test_two_agencies_of_one_path_are_told_apart_by_slug(office: World, tmp_path: Path):
    office.mines.name = "Grid Office"
    office.mines.save()
    assert "there are 2 agencies" in refusal(write(tmp_path, row(**GOOD)))
    load(write(tmp_path, row(agency=office.mines.slug, **GOOD)))
    assert Assessment.objects.get().agency == office.mines


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"agency,model,period,item\n", "no column level; its columns are “agency”"),
        (b"agency,model,period,stage,Stage\n", "more than one column stage"),
        (b"PK\x03\x04....\n", "this is a workbook"),
        (b'agency,model,period,stage\n"x', "row 2 is not CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(office: World, tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "history.csv"
    path.write_bytes(content)
    assert reason in refusal(path)


def test_rows_with_foreign_bytes_or_too_many_cells_are_named(office: World, tmp_path: Path):
    path = tmp_path / "history.csv"
    lines = [HEADER, row(**GOOD, note="caf?"), row(item="pair-up", level="partial") + ",more"]
    path.write_bytes("\n".join(lines).encode().replace(b"caf?", b"caf\xe9"))
    told = refusal(path)
    assert "row 2: holds bytes that are not UTF-8" in told
    assert "row 3: has 15 cells, the header 14" in told


def test_a_file_that_is_not_there_is_told(office: World, tmp_path: Path):
    assert "cannot be read" in refusal(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("who", ["viewer", "contributor", "lead", "reviewer", "officer", "outsider"])
def test_only_administrators_load_history(office: World, tmp_path: Path, who: str):
    assert f"{who} is not an administrator" in refusal(write(tmp_path, row(**GOOD)), who=who)


def test_somebody_unknown_or_deactivated_loads_nothing(office: World, tmp_path: Path):
    path = write(tmp_path, row(**GOOD))
    assert "nobody called 'ghost'" in refusal(path, who="ghost")
    office.administrator.is_active = False
    office.administrator.save()
    assert "is not an administrator" in refusal(path)


# --- a part of it -----------------------------------------------------------------------------------


def test_partial_loads_whole_assessments_only(office: World, tmp_path: Path):
    path = write(
        tmp_path,
        row(**GOOD),
        row(item="pair-up", level="nonsense"),
        row(period="FY25 Q4", **GOOD),
        row(agency="Nowhere", **GOOD),
    )
    told = load(path, "--partial")
    assert "row 3: level is “nonsense”" in told
    assert "row 5: there is no agency" in told
    assert "1 created, 0 amended, 0 unchanged, 1 left out" in told
    assert Assessment.objects.get().period_label == "FY25 Q4"


# --- again ------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(office: World, tmp_path: Path):
    path = write(tmp_path, row(**GOOD, evidence="x", note=" blanks "), row(stage="2", period="FY25 Q1"))
    load(path)
    StaleMark.objects.all().delete()
    entries = AuditEntry.objects.count()
    told = load(path)
    assert "0 created, 0 amended, 1 unchanged" in told
    assert "0 created, 0 changed, 1 unchanged" in told
    assert AuditEntry.objects.count() == entries
    assert not StaleMark.objects.exists()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"level": "in_place"}, "train-staff has level “partial”, the file “in_place”"),
        ({"note": "Other"}, "train-staff has note “Old”, the file “Other”"),
        ({"evidence": "New"}, "train-staff lacks the file's evidence"),
        ({"item": "pair-up"}, "pair-up is not answered there"),
    ],
)
def test_what_says_otherwise_is_a_conflict(office: World, tmp_path: Path, cells: dict[str, str], told: str):
    load(write(tmp_path, row(**GOOD, note="Old")))
    path = write(tmp_path, row(**(GOOD | {"note": "Old"} | cells)), row(period="FY25 Q4", **GOOD))
    text = refusal(path)
    assert "1 conflict with what is in the portal" in text
    assert f"row 2: Grid Office, small@1, FY25 Q3 is in the portal with other answers: {told}" in text
    assert "1 created, 0 amended, 0 unchanged, 1 left out" in load(path, "--partial")


def test_amend_corrects_by_an_amendment_and_leaves_the_rest(office: World, tmp_path: Path):
    load(write(tmp_path, row(**GOOD, note="Old", evidence="First"), row(item="name-owner", level="in_place")))
    original = Assessment.objects.get()
    StaleMark.objects.all().delete()
    path = write(
        tmp_path,
        row(item="train-staff", level="in_place", note="New", evidence="Second"),
        row(item="pick-platform", level="in_place", approved_on="2025-07-01"),
    )
    assert "0 created, 1 amended" in load(path, "--amend")
    amendment = Assessment.objects.get(amends=original)
    assert (amendment.state, amendment.origin, amendment.amendment_reason) == (
        "approved",
        "import",
        "Imported from history.csv",
    )
    assert Assessment.objects.order_by("-approved_at").first() == amendment
    said = dict(amendment.answers.values_list("item__slug", "level"))
    assert said == {"train-staff": "in_place", "name-owner": "in_place", "pick-platform": "in_place"}
    evidence = Evidence.objects.filter(assessment=amendment).values_list("statement", flat=True)
    assert set(evidence) == {"First", "Second"}
    assert amendment.results.get().levels == "333------"
    assert original.answers.get(item__slug="train-staff").level == Level.PARTIAL
    assert StaleMark.objects.get().agency == office.grid
    assert "1 unchanged" in load(path, "--amend")
    assert "1 unchanged" in load(path)


def test_amend_changes_a_declared_stage(office: World, tmp_path: Path):
    load(write(tmp_path, row(stage="2")))
    path = write(tmp_path, row(stage="3"))
    assert "Grid Office is in the portal with stage 2 for FY25 Q3" in refusal(path)
    assert "0 created, 1 changed" in load(path, "--amend")
    assert SelfDeclaration.objects.get().stage == 3
    assert AuditEntry.objects.filter(action="import stage").latest("pk").changes == {"stage": [2, 3]}


def test_a_draft_under_way_is_never_overwritten(case: Case, tmp_path: Path):
    case.answer("train-staff")
    path = write(tmp_path, row(period="FY27 Q1", item="train-staff", level="partial"))
    for options in ([], ["--amend"]):
        assert "Grid Office, small@1, FY27 Q1 is in the portal as draft: finish it there" in refusal(
            path, *options
        )


def test_a_period_that_ends_with_another_in_the_portal_is_a_conflict(office: World, tmp_path: Path):
    load(write(tmp_path, row(**GOOD)))
    path = write(tmp_path, row(**(GOOD | {"period": "2025-06"})))
    assert "ends with FY25 Q3, which is in the portal" in refusal(path, "--amend")


def test_queries_do_not_grow_with_the_answers(office: World, tmp_path: Path, queries_of):
    load(write(tmp_path, row(**(GOOD | {"period": "FY25 Q2"}))))  # the rules of the model are kept in memory
    few = write(tmp_path, row(**GOOD))
    first = queries_of(lambda: load(few))
    many = write(tmp_path, *(row(period="FY25 Q4", item=item, level="partial") for item in STAGE_1))
    assert queries_of(lambda: load(many)) == first
