"""From bytes to rows: what is read, and what is refused with row and reason."""

import pytest

from portal.agencies.import_reading import guess_columns, parse_columns, read_rows
from portal.agencies.sheets import MOST_BYTES, UnreadableFile, read_sheet
from tests.agencies.factories import as_csv

BOTH = {"name": "Bureau", "parent": "Agency"}


def problems_of(content: bytes) -> list[str]:
    with pytest.raises(UnreadableFile) as caught:
        read_sheet(content)
    return [str(problem) for problem in caught.value.problems]


def test_a_header_of_countless_columns_is_refused():
    assert problems_of(b"name" + b",x" * 200 + b"\n") == ["The header has 201 columns; 200 are the most."]
    assert len(read_sheet(b"name" + b",x" * 199 + b"\n").header) == 200


@pytest.mark.parametrize(
    "content",
    [
        b"Bureau,Agency\nGrid,Energy\n",
        b"\xef\xbb\xbfBureau,Agency\r\nGrid,Energy\r\n",
        b"Bureau;Agency\nGrid;Energy",
        b"Bureau\tAgency\nGrid\tEnergy\n",
        b'"Bureau","Agency"\n"Grid","Energy"\n',
        b"Bureau,Agency\rGrid,Energy\r",
        "Bureau,Agency\n\u00a0Grid ,Energy\u200b\n".encode(),
    ],
    ids=["plain", "BOM and CRLF", "semicolons", "tabs", "quotes", "CR", "odd spaces"],
)
def test_the_ways_in_which_spreadsheets_save(content):
    (row,) = read_rows(read_sheet(content), BOTH).rows
    assert (row.number, row.name, row.parent) == (2, "Grid", "Energy")


def test_rows_are_numbered_as_in_a_spreadsheet_and_blank_lines_are_nothing():
    reading = read_rows(
        read_sheet(b'Bureau,Agency\n"Grid\nOffice",Energy\n,\n\n \xc2\xa0,\nMines,Energy\n'), BOTH
    )
    assert [(row.number, row.name) for row in reading.rows] == [(2, "Grid Office"), (6, "Mines")]
    assert reading.blank == 3


def test_bytes_that_are_not_utf8_are_named_by_row():
    assert problems_of(b"Bureau,Agency\nGrid,Energy\nCaf\xe9,Energy\n\xff,Energy\n") == [
        "row 3: holds bytes that are not UTF-8",
        "row 4: holds bytes that are not UTF-8",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\n , \n", "The file is empty"),
        (b"PK\x03\x04rest", "workbook"),
        ("Bureau\n".encode("utf-16"), "UTF-16"),
        (b"x" * (MOST_BYTES + 1), "10 MB are the most"),
        (b'Bureau,Agency\nGrid,Energy\n"Mines,Energy\n', "row 3: is not CSV"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(content, says):
    (problem,) = problems_of(content)
    assert says in problem


def test_a_missing_column_is_named_with_those_that_are_there():
    with pytest.raises(UnreadableFile, match=r"no column “Office” .for name..*“Bureau”, “Agency”"):
        read_rows(read_sheet(b"Bureau,Agency\n"), {"name": "Office"})
    with pytest.raises(UnreadableFile, match="more than one column “Name”"):
        read_rows(read_sheet(b"Name,Name\n"), {"name": "Name"})
    assert read_rows(read_sheet(b"BUREAU\nGrid\n"), {"name": "Bureau"}).rows[0].name == "Grid"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["x" * 301, ""], "Name has 301 characters"),
        (["A\0B", ""], "Name holds the control character"),
        (["A\u202eB", ""], "Name holds the text direction control"),
        (["A", "javascript:alert(1)"], "Website is “javascript:alert"),
        (["A", "http://"], "Website is"),
        (["A", "http://[x"], "Website is"),
        (["A", "", "Energy"], "has 3 cells, the header 2"),
    ],
)
def test_a_bad_cell_is_a_fault_of_its_row_only(cells, says):
    reading = read_rows(read_sheet(as_csv(["N", "W"], cells, ["Good", ""])), {"name": "N", "website": "W"})
    assert list(reading.faults) == [2]
    assert says in reading.faults[2]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "x" * 300, "=cmd()|' /C calc'!A0", "وزارة الطاقة", "@a", "+1"]
)
def test_hostile_names_are_text(name):
    (row,) = read_rows(read_sheet(as_csv(["N"], [name])), {"name": "N"}).rows
    assert row.name == name


def test_columns_are_given_as_field_and_heading():
    assert parse_columns("name=Bureau,parent=Agency, sub, cfo_act = CFO") == {
        "name": "Bureau",
        "parent": "Agency, sub",
        "cfo_act": "CFO",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nme=Bureau", "is not FIELD=COLUMN"),
        ("Bureau", "is not FIELD=COLUMN"),
        ("parent=Agency", "column that holds the name"),
        ("name=", "column that holds the name"),
        ("name=A,name=B", "twice"),
        ("name=A,parent_identifier=B", "without the identifier"),
    ],
)
def test_columns_that_make_no_sense(text, says):
    with pytest.raises(UnreadableFile, match=says):
        parse_columns(text)


@pytest.mark.parametrize(
    ("header", "guessed"),
    [
        (["Agency", "Bureau"], {"name": "Bureau", "parent": "Agency"}),
        (["Agency"], {"name": "Agency"}),
        (["Id", "Name", "Parent ID"], {"name": "Name", "identifier": "Id", "parent_identifier": "Parent ID"}),
        (["Name", "URL", "Type", "Unknown"], {"name": "Name", "website": "URL", "type": "Type"}),
        (["x"], {}),
    ],
)
def test_columns_are_guessed_by_their_heading(header, guessed):
    assert guess_columns(header) == guessed
