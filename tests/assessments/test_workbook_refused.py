"""Files that are refused, each with its reason: of another assessment, badly signed, or attacks."""

import base64
import time
from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook

from assessments.models import Answer, WorkbookUpload
from assessments.services import NotOpen
from assessments.services_workbook import SIGNER, WorkbookRefused
from tests.assessments.conftest import EARLIER, Case, start_case
from tests.assessments.workbooks import Package, compared, edited, exported, keep
from tests.maturity.factories import make_second_model, make_small_model
from tests.world import World


def refused(case: Case, content: bytes, because: str) -> None:
    with pytest.raises(WorkbookRefused, match=because):
        keep(case, content)
    assert not WorkbookUpload.objects.exists()
    assert not Answer.objects.exists()


def sealed(book) -> tuple[str, str]:
    """What was signed, and the signature."""
    cells = [row[0].value for row in book["_portal"].iter_rows(max_col=1)]
    return base64.b64decode("".join(cells[2:])).decode(), cells[1]


def reseal(content: bytes, change) -> bytes:
    """With the signed text changed, and the signature as it was or, where `change` gives it, another."""

    def write(book):
        text, signature = sealed(book)
        text, signature = change(text, signature)
        sheet = book["_portal"]
        sheet["A2"], sheet["A3"] = signature, base64.b64encode(text.encode()).decode()

    return edited(content, {}, write)


# --- of something else ------------------------------------------------------------------------------


def test_of_another_agency(case: Case, world: World):
    other = start_case(world, case.assessment.version, EARLIER, "FY26 Q4")
    other.assessment.agency = world.mines
    other.assessment.save()
    refused(case, exported(other), "of another agency .*; this assessment is of Grid Office")


def test_of_another_model(case: Case, world: World):
    other = start_case(world, make_small_model("other"))
    refused(case, exported(other), "of another questionnaire .other@1.; this is small@1")


def test_of_another_version(case: Case, world: World):
    other = start_case(world, make_second_model())
    refused(case, exported(other), "of version 2 of the questionnaire; this assessment is of version 1")


def test_of_another_assessment_of_the_same_agency(case: Case, world: World):
    other = start_case(world, case.assessment.version, EARLIER, "FY26 Q4")
    refused(case, exported(other), "another assessment of the same agency")


def test_an_assessment_that_is_not_open_takes_none(submitted: Case):
    with pytest.raises(NotOpen, match="submitted, so its answers are fixed"):
        keep(submitted, exported(submitted))


# --- the signature ----------------------------------------------------------------------------------


def test_a_changed_text_does_not_fit_its_signature(case: Case):
    content = reseal(
        exported(case), lambda text, signature: (text.replace('"revision":0', '"revision":1'), signature)
    )
    refused(case, content, "The signature of this workbook does not fit")


def test_the_signature_of_another_workbook_does_not_fit(case: Case, world: World):
    other = start_case(world, case.assessment.version, EARLIER, "FY26 Q4")
    _, theirs = sealed(load_workbook(BytesIO(exported(other))))
    refused(case, reseal(exported(case), lambda text, _: (text, theirs)), "does not fit")


def test_the_hidden_sheet_of_another_workbook_tells_on_it(case: Case, world: World):
    other = start_case(world, case.assessment.version, EARLIER, "FY26 Q4")
    theirs = sealed(load_workbook(BytesIO(exported(other))))
    refused(case, reseal(exported(case), lambda *_: theirs), "another assessment of the same agency")


def test_without_the_hidden_sheet_nothing_is_known_of_it(case: Case):
    refused(
        case, edited(exported(case), {}, lambda book: book.remove(book["_portal"])), "hidden sheet is gone"
    )


def test_a_renamed_and_shown_hidden_sheet_is_found_all_the_same(case: Case):
    def show(book):
        book["_portal"].sheet_state = "visible"
        book["_portal"].title = "Notes"

    assert compared(case, edited(exported(case), {("train-staff", "Note"): "x"}, show)).changes


@pytest.mark.parametrize("secret", ["old", "new"])
def test_a_workbook_outlives_a_change_of_the_secret_as_long_as_the_old_one_is_named(
    case: Case, settings, monkeypatch: pytest.MonkeyPatch, secret: str
):
    content = exported(case)
    monkeypatch.setattr(SIGNER, "key", "n" * 50)
    monkeypatch.setattr(SIGNER, "fallback_keys", [settings.SECRET_KEY] if secret == "old" else [])
    if secret == "old":
        assert keep(case, content).reading["edits"] == []
    else:
        refused(case, content, "does not fit")


def test_another_format_is_exported_again(case: Case):
    def later(text, _):
        text = text.replace('"format":1', '"format":2')
        return text, SIGNER.signature(text)

    refused(case, reseal(exported(case), later), "another version of the portal")


@pytest.mark.parametrize("text", ["", "x", "5", "[]", "{}", '{"format":1}', '{"format":1,"answers":[]}'])
def test_even_what_is_signed_must_be_an_export(case: Case, text: str):
    content = reseal(exported(case), lambda *_: (text, SIGNER.signature(text)))
    refused(case, content, "another version of the portal|hidden sheet")


# --- what is no workbook, or an attack ---------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"Code,Answer\n", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"<html>"]
)
def test_what_is_no_workbook(case: Case, content: bytes):
    refused(case, content, "not an Excel workbook")


def test_an_old_or_encrypted_one(case: Case):
    refused(case, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "has a password or is of an old kind")


def test_an_open_document(case: Case):
    package = Package({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"})
    refused(case, package.content(), "Save it as an Excel workbook")


def test_some_other_workbook(case: Case):
    from openpyxl import Workbook

    out = BytesIO()
    Workbook().save(out)
    refused(case, out.getvalue(), "no workbook of this portal")


def test_macros_whatever_the_file_is_called(case: Case):
    package = Package.of(exported(case))
    package.parts["xl/vbaProject.bin"] = b"\xd0\xcf"
    refused(case, package.content(), "has macros")


def test_macros_by_the_content_type(case: Case):
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main"
    package = Package.of(exported(case)).replace(
        "[Content_Types].xml", kind, "application/vnd.ms-excel.sheet.macroEnabled.main"
    )
    refused(case, package.content(), "has macros")


def test_links_to_other_files(case: Case):
    package = Package.of(exported(case))
    package.parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"
    refused(case, package.content(), "takes values from other files")


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml"])
def test_entities(case: Case, declared: str, part: str):
    package = Package.of(exported(case)).replace(part, r"\?>", "?>" + declared)
    refused(case, package.content(), "declarations that no spreadsheet writes")


def test_entities_in_a_part_with_another_name(case: Case):
    package = Package.of(exported(case))
    sheet = package.parts.pop("xl/worksheets/sheet2.xml").replace(b"?>", b"?><!DOCTYPE x>", 1)
    package.parts["xl/worksheets/sheet2.png"] = sheet
    package.replace("xl/_rels/workbook.xml.rels", "worksheets/sheet2.xml", "worksheets/sheet2.png")
    refused(case, package.content(), "declarations that no spreadsheet writes")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-7"])
def test_entities_in_another_encoding(case: Case, encoding: str):
    package = Package.of(exported(case))
    text = package.parts["xl/sharedStrings.xml"].decode().replace("UTF-8", encoding)
    package.parts["xl/sharedStrings.xml"] = (
        text.encode() if encoding == "utf-7" else text.replace("?>", "?><!DOCTYPE x>").encode(encoding)
    )
    refused(case, package.content(), "not written in UTF-8")


def test_more_unpacked_than_any_workbook_of_ours_has(case: Case):
    package = Package.of(exported(case))
    package.parts["xl/media/image1.png"] = b"\0" * (25 * 1024 * 1024)
    started = time.monotonic()
    refused(case, package.content(), "far larger unpacked")
    assert time.monotonic() - started < 2


def test_more_than_it_says_of_itself_is_never_unpacked(case: Case):
    package = Package.of(exported(case))
    package.parts["xl/sharedStrings.xml"] += b" " * (15 * 1024 * 1024)
    content = package.content()
    size = len(package.parts["xl/sharedStrings.xml"]).to_bytes(4, "little")
    assert size in content
    refused(case, content.replace(size, (10_000).to_bytes(4, "little")), "damaged")


def test_many_parts(case: Case):
    package = Package.of(exported(case))
    package.parts |= {f"xl/media/{number}.png": b"" for number in range(400)}
    refused(case, package.content(), "far larger")


def test_packed_in_an_unusual_way(case: Case):
    out = BytesIO()
    with ZipFile(out, "w", ZIP_BZIP2) as packed:
        for name, part in Package.of(exported(case)).parts.items():
            packed.writestr(name, part)
    refused(case, out.getvalue(), "damaged")


def test_the_same_part_twice(case: Case):
    out = BytesIO(exported(case))
    with pytest.warns(UserWarning, match="Duplicate"), ZipFile(out, "a", ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<x/>")
    refused(case, out.getvalue(), "damaged")


def test_a_file_that_is_too_large(case: Case):
    refused(case, b"PK\x03\x04" + b"\0" * (10 * 1024 * 1024), "10 MB are the most")


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
@pytest.mark.parametrize(
    "now", [b"", b"<", b"<x/>", b"\x89PNG", b"<worksheet><sheetData><row r='x'/></sheetData>"]
)
def test_parts_that_are_broken(case: Case, part: str, now: bytes):
    package = Package.of(exported(case))
    package.parts[part] = now
    with suppress(WorkbookRefused):
        keep(case, package.content())
    assert not Answer.objects.exists()


def test_five_megabytes_of_texts_are_read_in_time(case: Case):
    package = Package.of(exported(case))
    more = "".join(f"<si><t>{number:0100}</t></si>" for number in range(40_000))
    package.replace("xl/sharedStrings.xml", "</sst>", f"{more}</sst>")
    assert len(package.parts["xl/sharedStrings.xml"]) > 4_500_000
    started = time.monotonic()
    assert compared(case, package.content()).lines == ()
    assert time.monotonic() - started < 5


def test_more_texts_than_anybody_writes_are_not_read(case: Case):
    package = Package.of(exported(case))
    package.replace("xl/sharedStrings.xml", "</sst>", f"{'<si><t/></si>' * 200_000}</sst>")
    started = time.monotonic()
    refused(case, package.content(), "far larger unpacked")
    assert time.monotonic() - started < 2


def test_rows_without_end(case: Case):
    row = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    package = Package.of(exported(case)).replace(
        "xl/worksheets/sheet2.xml", "</sheetData>", f"{row}</sheetData>"
    )
    started = time.monotonic()
    keep(case, package.content())
    assert time.monotonic() - started < 5


def test_more_rows_than_a_sheet_of_ours_has(case: Case):
    def fill(book):
        for number in range(20, 1100):
            book["People"].cell(number, 6).value = "In place"

    refused(case, edited(exported(case), {}, fill), "has more than 1,000 rows")


def test_many_sheets(case: Case):
    def add(book):
        for number in range(60):
            book.create_sheet(f"Sheet {number}")

    refused(case, edited(exported(case), {}, add), "66 sheets; 60 are the most")
