"""What a file is by its content, whatever it is called."""

import struct
import zipfile
from io import BytesIO

import pytest

from assessments.evidence_content import DOCX, ODT, UnfitFile, read_content
from tests.assessments.evidence import PDF, PNG, archive, office


def content(name: str, data: bytes) -> tuple[str, str]:
    found = read_content(name, BytesIO(data))
    return found.media_type, found.name


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("report.pdf", PDF, ("application/pdf", "report.pdf")),
        ("Report.PDF", PDF, ("application/pdf", "Report.pdf")),
        ("photo.jpeg", b"\xff\xd8\xff\xe0" + bytes(20), ("image/jpeg", "photo.jpeg")),
        ("a.gif", b"GIF89a" + bytes(20), ("image/gif", "a.gif")),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", ("image/webp", "a.webp")),
        ("plan.docx", office(), (DOCX, "plan.docx")),
        ("n.txt", "Größe".encode(), ("text/plain", "n.txt")),
        ("n.txt", "Größe".encode("cp1252"), ("text/plain", "n.txt")),
        ("n.txt", "Größe".encode("utf-16"), ("text/plain", "n.txt")),
        ("n.csv", b"a,b\n1,2\n", ("text/csv", "n.csv")),
        ("n.md", b"# Notes\n", ("text/markdown", "n.md")),
        ("n.json", b' {"a": 1}\n', ("application/json", "n.json")),
        ("n.json", b"no brackets", ("text/plain", "n.json.txt")),
        # The name says something else than the content: it gets the ending of what it is.
        ("photo.png", PDF, ("application/pdf", "photo.png.pdf")),
        ("run.exe", PNG, ("image/png", "run.exe.png")),
        ("page.html", b"<html><script>alert(1)</script>", ("text/plain", "page.html.txt")),
        ("drawing.svg", b"<svg xmlns='x'/>", ("text/plain", "drawing.svg.txt")),
        ("no-ending", b"words", ("text/plain", "no-ending.txt")),
    ],
)
def test_type_and_name_follow_the_content(name: str, data: bytes, expected: tuple[str, str]):
    assert content(name, data) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\files\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie x.txt"),
        ("gpj.\u202etxt", "gpj. txt.txt"),
        ("...", "evidence.txt"),
        (".txt", "txt.txt"),
        ("a" * 400 + ".txt", "a" * 150 + ".txt"),
    ],
)
def test_names_are_safe_to_save_under(name: str, expected: str):
    assert content(name, b"words")[1] == expected


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00" + bytes(200), "not taken"),
        (b"words\x00words", "not taken"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "password"),
        (archive({"a.txt": b"words"}), "Archives are not taken"),
        (office(**{"word/vbaProject.bin": b"x"}), "macros"),
        (office(**{"word/embeddings/run.exe": b"MZ"}), "run.exe"),
        (office(**{"inner.zip": b"PK"}), "inner.zip"),
        (office(f"{DOCX}")[:-30], "broken"),
        (archive({"[Content_Types].xml": DOCX.encode(), "word/x.xml": b""}), "no Word"),
        (archive({"mimetype": b"application/epub+zip", "content.xml": b""}), "OpenDocument"),
        (archive({"mimetype": ODT.encode(), "content.xml": b"", "Basic/a.xml": b""}), "macros"),
        (
            archive(
                {
                    "mimetype": ODT.encode(),
                    "content.xml": b"",
                    "META-INF/manifest.xml": b"<manifest:encryption-data/>",
                }
            ),
            "password",
        ),
    ],
)
def test_what_is_not_taken_is_told_with_the_reason(data: bytes, says: str):
    with pytest.raises(UnfitFile, match=says):
        content("file.bin", data)


def test_a_macro_enabled_file_is_known_by_its_content_types():
    types = b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
    with pytest.raises(UnfitFile, match="macros"):
        content("a.docx", archive({"[Content_Types].xml": types, "word/document.xml": b""}))


def test_an_archive_that_unpacks_to_too_much_is_refused_without_unpacking_it(monkeypatch):
    monkeypatch.setattr("assessments.evidence_content.MOST_UNPACKED", 1_000_000)
    with pytest.raises(UnfitFile, match="unpacks to more"):
        content("bomb.docx", office(**{"word/media.xml": bytes(2_000_000)}))


def test_a_password_on_an_archive_is_seen():
    data = bytearray(office())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(mark, start)) != -1:
            data[start + at] |= 1
            start += 4
    with pytest.raises(UnfitFile, match="password"):
        content("a.docx", bytes(data))


def test_a_long_list_of_parts_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch):
    def read(*args: object) -> None:
        raise AssertionError("the list was read")

    entry = b"PK\x01\x02" + bytes(24) + b"\x01" + bytes(17) + b"a"
    listed = entry * 120_000
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), 4, 0)
    monkeypatch.setattr(zipfile, "ZipFile", read)
    with pytest.raises(UnfitFile, match="10,000"):
        content("a.docx", b"PK\x03\x04" + listed + end)


def test_an_archive_that_says_it_is_beyond_4_gb_is_refused():
    whole = office()
    end = whole.rfind(b"PK\x05\x06")
    with pytest.raises(UnfitFile, match="too many parts"):
        content("a.docx", whole[:end] + b"PK\x06\x07" + bytes(16) + whole[end:])


def test_a_part_that_does_not_unpack_is_a_broken_file():
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr("[Content_Types].xml", b"\xff" * 40)
    # Said to be deflated, in its own head and in the list.
    data = out.getvalue().replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x00\x00\x08\x00")
    with pytest.raises(UnfitFile, match="broken"):
        content("a.docx", data)


def test_packings_that_claim_memory_are_refused():
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("[Content_Types].xml", b"<Types/>")
    with pytest.raises(UnfitFile, match="packed in a way"):
        content("a.docx", out.getvalue())


@pytest.mark.parametrize(
    ("types", "says"),
    [
        (b'<Default Extension="dat" ContentType="application/vnd.ms-office.vbaProject"/>', "macros"),
        (b'<Override ContentType="application/vnd.ms-word.document.macro&#69;nabled.main+xml"/>', "hides"),
        (b"<!--" + b" " * 2**20 + b'-->ContentType="a.macroEnabled.main+xml"', "hides"),
    ],
)
def test_macros_are_not_hidden_by_other_names_or_ways_of_writing(types: bytes, says: str):
    types = f'<Override ContentType="{DOCX}.main+xml"/>'.encode() + types
    with pytest.raises(UnfitFile, match=says):
        content("a.docx", archive({"[Content_Types].xml": types, "word/document.xml": b"", "w/a.dat": b"x"}))
