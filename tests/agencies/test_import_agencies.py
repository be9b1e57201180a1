"""import_agencies: the real lists come out exactly; what is wrong changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from portal.agencies.models import Agency, AgencyImport, ProfileValue, StaleMark
from portal.agencies.services import move_agency
from portal.agencies.services_import import import_agencies
from portal.audit.models import AuditEntry
from tests.agencies.factories import as_csv, tree
from tests.factories import NOW, make_agency, make_program

pytestmark = pytest.mark.django_db
OFFICES = (
    "name=name,identifier=id,parent_identifier=parent_office_id,abbreviation=abbreviation,website=url,notes=notes,"
    "cfo_act=cfo_act_agency,branch=reporting_authority_type"
)


def run(file: Path, columns: str, *options: str) -> str:
    out = StringIO()
    call_command("import_agencies", str(file), "--columns", columns, *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows, the header first, as a CSV file."""

    def write(*rows: tuple[str, ...]) -> Path:
        file = tmp_path / "list.csv"
        file.write_bytes(as_csv(*rows))
        return file

    return write


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "columns", "rows", "top", "below", "merged"),
    [
        ("agencies-and-subs.csv", "name=Bureau,parent=Agency", "341 rows", 153, 191, 13),
        (
            "current-federal.csv",
            "name=Suborganization name,parent=Organization name",
            "1,321 rows",
            146,
            268,
            25,
        ),
    ],
)
def test_the_lists_of_government_domains(shared_data: Path, name, columns, rows, top, below, merged):
    file = shared_data / "dotgov" / name
    said = run(file, columns)
    assert f"{rows} read" in said
    assert f"{top + below} created, 0 changed, 0 left" in said
    assert f"{merged} rows named like the parent" in said
    assert Agency.objects.filter(parent=None).count() == top
    assert Agency.objects.exclude(parent=None).count() == below
    before = tree()

    again = run(file, columns)
    assert f"0 created, 0 changed, {top + below} left" in again
    assert tree() == before


@pytest.mark.data
def test_the_list_of_offices_by_identifier(shared_data: Path):
    file = shared_data / "pod-offices" / "offices.csv"
    assert "465 created" in run(file, OFFICES)
    depths = Agency.objects.values_list("depth").annotate(Count("pk")).order_by("depth")
    assert list(depths) == [(0, 199), (1, 216), (2, 50)]
    assert ProfileValue.objects.filter(field="cfo_act", value=True, choice="yes").count() == 24
    twins = Agency.objects.filter(name="National Park Service", parent__identifier="49033")
    assert len({twin.slug for twin in twins}) == 2
    marks = StaleMark.objects.count()
    tree()

    assert "0 created, 0 changed, 465 left" in run(file, OFFICES)
    assert StaleMark.objects.count() == marks


@pytest.mark.data
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_lists_fit_together_in_any_order(shared_data: Path, order):
    lists = [
        (shared_data / "dotgov" / "agencies-and-subs.csv", "name=Bureau,parent=Agency"),
        (shared_data / "pod-offices" / "offices.csv", OFFICES),
    ]
    for number in order:
        run(*lists[number])
    for number in order:
        assert "0 created, 0 changed" in run(*lists[number])
    assert Agency.objects.filter(name="Department of Energy", parent=None).count() == 1
    assert Agency.objects.exclude(identifier=None).count() == 465
    tree()


def test_each_agency_is_audited_and_marked_and_the_import_itself(listed, world):
    file = listed(
        ("N", "P", "W"),
        ("Grid Office", "Department of Energy Affairs", "https://grid.example"),
        ("New", "", ""),
    )
    run(file, "name=N,parent=P,website=W")
    new = Agency.objects.get(name="New")
    assert new.slug == "new-2", "the address /agencies/new/ is taken"
    created = AuditEntry.objects.get(action="agency.created")
    assert (created.object_name, created.via) == ("New", "command")
    edited = AuditEntry.objects.get(action="agency.edited")
    assert edited.changes == {"website": ["", "https://grid.example"]}
    counts = AuditEntry.objects.get(action="agencies.imported").changes
    assert (counts["created"], counts["changed"], counts["left"]) == (1, 1, 1)
    assert list(StaleMark.objects.values_list("agency", flat=True)) == [new.pk]
    kept = AgencyImport.objects.get()
    assert kept.content is None
    assert kept.file_name == "list.csv"


def test_all_join_the_program_from_a_day_on(listed, world):
    file = listed(
        ("N", "P"),
        ("Tides", "Oceans"),
        ("", "Department of Parks"),
        ("Grid Office", "Department of Energy Affairs"),
    )
    said = run(file, "name=N,parent=P", "--program", world.program.slug, "--members-from", "2025-10-01")
    assert "3 joined the program" in said
    joined = world.program.memberships.filter(from_on="2025-10-01")
    assert {row.agency.name for row in joined} == {"Tides", "Oceans", "Department of Parks"}
    assert "joined" not in run(file, "name=N,parent=P", "--program", world.program.slug)


def test_one_bad_row_stops_all_and_partial_reads_the_good_ones(listed):
    rows = (
        ("I", "N", "PI"),
        ("1", "Energy", ""),
        ("2", "Grid", "9"),
        ("3", "x" * 301, ""),
        ("4", "<script>", "1"),
    )
    file = listed(*rows)
    with pytest.raises(CommandError) as caught:
        run(file, "identifier=I,name=N,parent_identifier=PI")
    assert "nothing was changed" in str(caught.value)
    assert "row 3: its parent's identifier “9”" in str(caught.value)
    assert "row 4: Name has 301 characters" in str(caught.value)
    assert not Agency.objects.exists()
    assert not AuditEntry.objects.exists()

    said = run(file, "identifier=I,name=N,parent_identifier=PI", "--partial")
    assert "2 rows refused" in said
    assert "row 3:" in said
    assert tree() == {("Energy",), ("Energy", "<script>")}


def test_a_dry_run_changes_nothing_and_says_the_same(listed):
    file = listed(("N",), ("Energy",))
    assert "1 to create, 0 to change" in run(file, "name=N", "--dry-run")
    assert not Agency.objects.exists()
    with pytest.raises(CommandError, match="row 2"):
        run(listed(("N",), ("x" * 301,)), "name=N", "--dry-run")


@pytest.mark.parametrize(
    ("columns", "options", "says"),
    [
        ("name=Nme", (), "no column “Nme”"),
        ("nme=N", (), "fields are name"),
        ("name=N", ("--program", "nowhere"), "There is no program 'nowhere'"),
        ("name=N", ("--members-from", "2025-01-01"), "needs --program"),
    ],
)
def test_wrong_options_are_named(listed, columns, options, says):
    with pytest.raises(CommandError, match=says):
        run(listed(("N",), ("Energy",)), columns, *options)


def test_a_file_that_is_not_there():
    with pytest.raises(CommandError, match=r"cannot be read: No such file"):
        run(Path("nowhere.csv"), "name=N")


def test_a_move_by_identifier_takes_the_subtree_along_and_marks_it(listed):
    columns = "identifier=I,name=N,parent_identifier=PI"
    run(listed(("I", "N", "PI"), ("1", "A", ""), ("2", "B", "1"), ("3", "C", "2"), ("4", "D", "")), columns)
    slugs = set(Agency.objects.values_list("slug", flat=True))
    StaleMark.objects.all().delete()
    assert "0 created, 1 changed, 0 left" in run(listed(("I", "N", "PI"), ("2", "B", "4")), columns)
    assert tree() == {("A",), ("D",), ("D", "B"), ("D", "B", "C")}
    assert {mark.agency.name for mark in StaleMark.objects.all()} == {"B", "C"}
    assert set(Agency.objects.values_list("slug", flat=True)) == slugs


def test_profile_values_are_dated(listed):
    def imported(kind: str, days: int) -> None:
        import_agencies(
            content=as_csv(("N", "T"), ("A", kind)),
            file_name="list.csv",
            columns={"name": "N", "type": "T"},
            program=None,
            changeable=None,
            partial=False,
            by=None,
            at=NOW + timedelta(days=days),
        )

    imported("other", 0)
    imported("with components", 10)
    imported("Cabinet-level", 10)
    imported("", 20)
    values = ProfileValue.objects.order_by("from_on").values_list("choice", "from_on", "until_on")
    first = NOW.date()
    assert list(values) == [
        ("other", first, first + timedelta(days=9)),
        ("cabinet-level", first + timedelta(days=10), None),
    ]


def test_thousands_are_read_in_with_few_queries(listed, queries_of):
    def rows(count: int, name: str) -> Path:
        return listed(("N", "P"), *((f"{name} {i}", f"{name} department {i % 50}") for i in range(count)))

    # A statement holds a batch of rows; SQLite takes at most 999 values in each.
    assert queries_of(lambda: run(rows(3000, "first"), "name=N,parent=P")) < 3000 / 15
    assert Agency.objects.count() == 3050


def test_an_agency_moved_by_hand_is_still_found_by_its_identifier(listed):
    columns = "identifier=I,name=N"
    run(listed(("I", "N"), ("1", "A"), ("2", "B")), columns)
    parent = make_agency("Parent")
    move_agency(agency=Agency.objects.get(identifier="2"), parent=parent, by=None, at=NOW)
    assert "0 created, 0 changed, 2 left" in run(listed(("I", "N"), ("1", "A"), ("2", "B")), columns)
    assert ("Parent", "B") in tree()


def test_members_of_a_program_that_was_left_join_again(listed):
    parks = make_agency("Parks")
    program = make_program("P", [parks])
    program.memberships.update(until_on="2024-01-01")
    run(listed(("N",), ("Parks",)), "name=N", "--program", program.slug)
    assert program.memberships.count() == 2
