"""What a file is by its content, whatever it is called; and the name under which it is given out. Pure.

Nothing is unpacked: of a zip archive the list of what is in it is read, and two short entries that say what
it is, each up to a limit.
"""

import codecs
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

CHUNK = 64 * 1024
LONGEST_FILE_NAME = 150
MOST_ENTRIES = 10_000  # of an archive
MOST_UNPACKED = 1024**3  # bytes that an archive says it unpacks to
MOST_LISTED = 512 * MOST_ENTRIES  # bytes of the list of what is in it, which is read as a whole
MOST_READ = 1024 * 1024  # bytes of one entry of an archive that are read

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
GIF, WEBP = "image/gif", "image/webp"
TEXT, CSV, MARKDOWN, JSON = "text/plain", "text/csv", "text/markdown", "application/json"
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."
DOCX, XLSX, PPTX = (
    f"{OFFICE}wordprocessingml.document",
    f"{OFFICE}spreadsheetml.sheet",
    f"{OFFICE}presentationml.presentation",
)
ODT, ODS, ODP = f"{OPEN}text", f"{OPEN}spreadsheet", f"{OPEN}presentation"

# By type, the endings that a name may have; the first is put on where it has none of them.
ENDINGS: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    GIF: (".gif",),
    WEBP: (".webp",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    PPTX: (".pptx",),
    ODT: (".odt",),
    ODS: (".ods",),
    ODP: (".odp",),
    TEXT: (".txt", ".text", ".log"),
    CSV: (".csv",),
    MARKDOWN: (".md", ".markdown"),
    JSON: (".json",),
}
TAKEN = (
    "PDF, PNG, JPEG, GIF, WebP, Word, Excel and PowerPoint (.docx, .xlsx, .pptx), OpenDocument (.odt, .ods, "
    ".odp), text, CSV, Markdown and JSON"
)
_PARTS = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml", PPTX: "ppt/presentation.xml"}
# Text files are of one kind by content; their name says which.
_NAMED_TEXTS = {ending: kind for kind in (CSV, MARKDOWN, JSON) for ending in ENDINGS[kind]}
_NESTED = (
    ".zip", ".jar", ".7z", ".rar", ".gz", ".tar", ".exe", ".dll", ".msi", ".scr", ".com", ".bat", ".cmd",
    ".ps1", ".vbs", ".js", ".hta", ".lnk", ".docm", ".xlsm", ".xlsb", ".pptm", ".dotm", ".xltm", ".ppam",
)  # fmt: skip
# What unpacks in bounded memory; others may claim gigabytes before the first byte of theirs is there.
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_END, _END_LENGTH, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_LARGE_END = b"PK\x06\x07"  # of an archive beyond 4 GB, 20 bytes before the end of any
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")  # but tab, line feed, form feed, carriage return


class UnfitFile(Exception):
    """The file is not taken as evidence; says why, and what would be."""


@dataclass(frozen=True)
class Content:
    """What a file is, and the name with the ending that says so."""

    media_type: str
    name: str


def read_content(name: str, file: IO[bytes]) -> Content:
    """What this file, which can be read from any place, is by its content. Raises UnfitFile."""
    file.seek(0)
    head = file.read(1024)
    file.seek(0)
    if not head:
        raise UnfitFile("The file is empty.")
    media_type = _by_signature(head)
    if media_type is None and head.startswith(b"PK\x03\x04"):
        media_type = _archive(file)
    if media_type is None:
        _refuse_binary(head)
        if not _is_text(file, head):
            raise UnfitFile(f"This file is {_looks_like(head)}, which is not taken. Taken are {TAKEN}.")
        media_type = _named_text(name, file)
    return Content(media_type, fitting_name(name, media_type))


def fitting_name(name: str, media_type: str) -> str:
    """A name that is safe to save under, with an ending of this type."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    base = "".join(sign if _is_plain(sign) else " " for sign in base)
    base = re.sub(r'[<>:"|?*\s]+', " ", base).strip(" .") or "evidence"
    endings = ENDINGS[media_type]
    ending = next((one for one in endings if base.lower().endswith(one)), "")
    stem = base[: len(base) - len(ending)].rstrip(" .") or "evidence"
    return f"{stem[:LONGEST_FILE_NAME]}{ending or endings[0]}"


def _is_plain(sign: str) -> bool:
    """Not a control sign, and none that turns the direction of what is read."""
    return unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _by_signature(head: bytes) -> str | None:
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    return WEBP if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def _refuse_binary(head: bytes) -> None:
    """Files for which there is more to say than that they are not taken."""
    if head.startswith(_OLE):
        raise UnfitFile(
            "This is a file of an old Office format, or one with a password. Save it without a password as "
            ".docx, .xlsx, .pptx or PDF."
        )


# --- archives ---------------------------------------------------------------------------------------

BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, ValueError,
    OSError,
)  # fmt: skip


def _archive(file: IO[bytes]) -> str:
    """The type of an office file; nothing of it is unpacked but what says so. Raises UnfitFile."""
    _refuse_long_list(file)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _refuse_entries(entries)
            names = {entry.filename for entry in entries}
            if "[Content_Types].xml" in names:
                return _office(archive, names)
            if entries and entries[0].filename == "mimetype":
                return _open_document(archive, names)
    except BROKEN as error:
        raise UnfitFile("This file is broken: it cannot be read as an office file.") from error
    raise UnfitFile(f"Archives are not taken: upload the files in it one by one. Taken are {TAKEN}.")


def _refuse_long_list(file: IO[bytes]) -> None:
    """Look at how long the list is before all of it is read, which takes many times as much memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_LENGTH - _LONGEST_COMMENT - 20))
    tail = file.read()
    file.seek(0)
    place = len(tail) - _END_LENGTH
    if not (tail[place:].startswith(_END) and tail.endswith(b"\0\0")):
        place = tail.rfind(_END)  # a comment follows
    if place < 0 or len(tail) - place < _END_LENGTH:
        return  # no archive: whoever opens it says so
    (listed,) = struct.unpack_from("<I", tail, place + 12)
    if listed > MOST_LISTED or tail[max(0, place - 20) : place].startswith(_LARGE_END):
        raise UnfitFile(f"This file holds too many parts; {MOST_ENTRIES:,} are the most.")


def _refuse_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise UnfitFile(f"This file holds {len(entries):,} parts; {MOST_ENTRIES:,} are the most.")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise UnfitFile("This file unpacks to more than 1 GB, which no evidence needs.")
    for entry in entries:
        path = entry.filename.lower()
        if entry.compress_type not in _PACKINGS:
            raise UnfitFile("This file is packed in a way that office programs do not. Save it anew.")
        if entry.flag_bits & 0x1:
            raise UnfitFile("This file has a password. Save it without one.")
        if PurePosixPath(path).name in {"vbaproject.bin", "vbadata.xml"} or path.startswith(
            ("basic/", "scripts/")
        ):
            raise UnfitFile("This file holds macros. Save it without them.")
        if path.endswith(_NESTED):
            raise UnfitFile(
                f"This file holds another one, {PurePosixPath(path).name}, that is a program or an archive. "
                "Take it out first."
            )


def _office(archive: zipfile.ZipFile, names: set[str]) -> str:
    kinds = _some_of(archive, "[Content_Types].xml").lower()
    if b"macroenabled" in kinds or b"vbaproject" in kinds:
        raise UnfitFile("This file holds macros. Save it without them.")
    if b"&#" in kinds or archive.getinfo("[Content_Types].xml").file_size > MOST_READ:
        # Written otherwise than any office program does, so that what it holds cannot be told.
        raise UnfitFile("This file hides what it holds. Save it anew in an office program.")
    found = [kind for kind, part in _PARTS.items() if part in names and kind.encode() in kinds]
    if len(found) != 1:
        raise UnfitFile(f"This is no Word, Excel or PowerPoint file. Taken are {TAKEN}.")
    return found[0]


def _open_document(archive: zipfile.ZipFile, names: set[str]) -> str:
    kind = _some_of(archive, "mimetype").decode("ascii", "replace").strip()
    if kind not in {ODT, ODS, ODP} or "content.xml" not in names:
        raise UnfitFile(f"This OpenDocument file is of a kind that is not taken. Taken are {TAKEN}.")
    if "META-INF/manifest.xml" in names and b"encryption-data" in _some_of(archive, "META-INF/manifest.xml"):
        raise UnfitFile("This file has a password. Save it without one.")
    return kind


def _some_of(archive: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of one entry, however much it would unpack to."""
    with archive.open(name) as entry:
        return entry.read(MOST_READ)


# --- texts ------------------------------------------------------------------------------------------


def _is_text(file: IO[bytes], head: bytes) -> bool:
    """Whether all of it is text: by its mark, in UTF-8, or in the Western encoding of Windows."""
    marked = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    tried = (marked,) if marked else ("utf-8", "cp1252")
    return any(_decodes(file, encoding) for encoding in tried)


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks(file):
            if _CONTROLS.search(decoder.decode(chunk)):
                return False
        return not _CONTROLS.search(decoder.decode(b"", final=True))
    except UnicodeError:
        return False


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """All of a file from its beginning, in pieces."""
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def _named_text(name: str, file: IO[bytes]) -> str:
    """Which kind of text: CSV and Markdown are told by the name alone, JSON has its brackets too."""
    kind = next((kind for ending, kind in _NAMED_TEXTS.items() if name.lower().endswith(ending)), TEXT)
    if kind == JSON:
        first, last = b"", b""
        for piece in chunks(file):
            first, last = first or piece.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1], piece.rstrip()[-1:] or last
        if (first, last) not in {(b"{", b"}"), (b"[", b"]")}:
            return TEXT
    return kind


def _looks_like(head: bytes) -> str:
    """What a file that is not taken may be, in words."""
    import puremagic  # needed for refusals only

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    names = [match.name for match in found if match.name and match.confidence >= 0.3]
    return f"of another kind ({names[0][:80]})" if names else "of another kind"
