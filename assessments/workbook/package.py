"""Whether a file is a workbook that may be opened at all: looked at before any of it is read. Pure."""

import re
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MOST_BYTES = 10 * 1024 * 1024  # as it comes
MOST_UNPACKED = 24 * 1024 * 1024  # all of it
MOST_TAGS = 500_000  # twenty times those of our largest workbook: each costs time and memory
MOST_MEMBERS = 300
OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and whatever has a password
NO_WORKBOOK = "This is not an Excel workbook (.xlsx), or it is damaged."
DAMAGED = (
    BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, EOFError, KeyError, zlib.error
)  # fmt: skip
TOO_LARGE = "This workbook is far larger unpacked than one that the portal wrote."
NOT_UTF_8 = "This workbook is not written in UTF-8, as spreadsheets do."
ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']""")


class NotAWorkbook(Exception):
    """The file cannot be read; says what to do."""


def check_package(content: bytes) -> None:
    """Refuse what is no plain .xlsx: too large, packed beyond measure, with macros or links to other files.

    Raises NotAWorkbook.
    """
    if len(content) > MOST_BYTES:
        raise NotAWorkbook(f"This file has {len(content) / 2**20:.0f} MB; 10 MB are the most.")
    if content.startswith(OLD_OFFICE):
        raise NotAWorkbook(
            "This file has a password or is of an old kind. Save it as an Excel workbook (.xlsx) without one."
        )
    try:
        with ZipFile(BytesIO(content)) as packed:
            _check_members(packed)
    except DAMAGED as error:
        raise NotAWorkbook(NO_WORKBOOK) from error


def _check_members(packed: ZipFile) -> None:
    members = packed.infolist()
    names = {member.filename for member in members}
    if "mimetype" in names and "[Content_Types].xml" not in names:
        raise NotAWorkbook("This is an OpenDocument file. Save it as an Excel workbook (.xlsx).")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise NotAWorkbook(NO_WORKBOOK)
    # What is said of the sizes holds: no more than that is ever unpacked.
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise NotAWorkbook(TOO_LARGE)
    ways = {member.compress_type for member in members}
    if len(names) != len(members) or not ways <= {ZIP_STORED, ZIP_DEFLATED}:
        raise NotAWorkbook(NO_WORKBOOK)
    macros = any(name.casefold().endswith("vbaproject.bin") for name in names)
    if macros or b"macroenabled" in packed.read("[Content_Types].xml").lower():
        raise NotAWorkbook("This workbook has macros. Save it as an Excel workbook (.xlsx) without them.")
    if any("externallinks/" in name.casefold() for name in names):
        raise NotAWorkbook(
            "This workbook takes values from other files. Replace them by the values themselves."
        )
    if sum(_checked_tags(packed, member) for member in members) > MOST_TAGS:
        raise NotAWorkbook(TOO_LARGE)


def _checked_tags(packed: ZipFile, member: ZipInfo) -> int:
    """How many tags a part has. No workbook needs a document type; what one can do is not tried out."""
    text = packed.read(member)
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip()[:4]
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"} or (b"\0" in start and b"<" in start):
        raise NotAWorkbook(NOT_UTF_8)
    if not start.startswith(b"<"):  # a picture, settings of a printer
        return 0
    said = ENCODING.search(text[:200])
    if said and said[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
        raise NotAWorkbook(NOT_UTF_8)
    if b"<!" in text.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
        raise NotAWorkbook("This workbook holds declarations that no spreadsheet writes.")
    return text.count(b"<")
