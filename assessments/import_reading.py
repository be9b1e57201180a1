"""Reading a file of assessments, CSV or JSON, row by row as text cells. Pure.

Rows of a CSV file are numbered as a spreadsheet numbers them: the header is row 1.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import orjson

from portal.agencies.text import quoted

ABOUT_ASSESSMENT = ("agency", "model", "period", "approved_on", "attested_by")
ABOUT_ANSWER = ("item", "level", "points", "note", "planned_on", "reason", "holder", "holder_name")
ABOUT_DOMAIN = ("domain", "score")
ABOUT_EVIDENCE = ("evidence", "evidence_dated_on")
STAGE = "stage"
COLUMNS = (*ABOUT_ASSESSMENT, *ABOUT_ANSWER, *ABOUT_DOMAIN, *ABOUT_EVIDENCE, STAGE)
NUL = "holds the character U+0000, which cannot be kept"
_DELIMITERS = ",;\t"
# In JSON an answer has a list of evidence, each an object with these, or the text alone.
_JSON_ASSESSMENT = {*ABOUT_ASSESSMENT, *ABOUT_DOMAIN, STAGE, "note", "answers", "scores"}
_JSON_ANSWER = {*ABOUT_ANSWER, "evidence"}
_JSON_EVIDENCE = {"text", "title", "dated_on"}


class UnreadableFile(Exception):
    """The file cannot be read at all; says why."""


@dataclass(frozen=True, slots=True)
class GivenEvidence:
    """A link or a statement as it stands in the file; empty where nothing is said."""

    text: str = ""
    dated_on: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One answer, one domain's score, or one declared stage.

    `cells`: only what the row says something about, trimmed.
    """

    place: str  # "row 7", "assessment 2, answer 5"
    cells: Mapping[str, str]
    evidence: tuple[GivenEvidence, ...] = ()
    fault: str = ""  # what is wrong with the row itself; the cells are then those that could be read


@dataclass
class Notes:
    """What reading a file has to tell beside its rows; filled while they are read."""

    rows: int = 0
    blank: int = 0
    not_read: tuple[str, ...] = ()  # columns that we know nothing of


def read_rows(path: Path, notes: Notes, implied: Mapping[str, str] | None = None) -> Iterator[Row]:
    """The rows of a file, CSV unless its name ends in .json; `notes` is filled on the way.

    `implied`: cells of every row that does not say otherwise; their columns need not be there. Raises
    UnreadableFile, also in the middle of the file, and OSError.
    """
    meant: dict[str, str] = dict(implied or {})
    if path.suffix.lower() == ".json":
        rows = _read_json(path.read_bytes(), notes)
        yield from (replace(row, cells=meant | dict(row.cells)) for row in rows)
        return
    # Bytes that are not UTF-8 become lone surrogates, so that the rows that hold them can be named.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        yield from _read_csv(stream, notes, meant)


# --- CSV --------------------------------------------------------------------------------------------


def _read_csv(stream: TextIO, notes: Notes, implied: dict[str, str]) -> Iterator[Row]:
    number = 0
    try:
        records = csv.reader(stream, delimiter=_delimiter(stream), strict=True)
        header: list[str] = []
        for number, cells in enumerate(records, 1):
            if not any(cell.strip() for cell in cells):
                notes.blank += bool(header)
            elif not header:
                header = _header(cells, notes, implied)
            else:
                notes.rows += 1
                yield _row(number, header, cells, implied)
    except csv.Error as error:
        raise UnreadableFile(f"row {number + 1} is not CSV ({error})") from error
    if not header:
        raise UnreadableFile("the file is empty: a header and at least one row are needed")


def _delimiter(stream: TextIO) -> str:
    """The one that splits the first line into the most columns."""
    first = stream.readline()
    if first.startswith("PK\x03\x04"):
        raise UnreadableFile("this is a workbook, not a CSV file: save the sheet as “CSV UTF-8”")
    stream.seek(0)
    return max(_DELIMITERS, key=first.count)


def _header(cells: list[str], notes: Notes, implied: Collection[str]) -> list[str]:
    """Our name of each column ("planned on" is planned_on), "" for those that are not ours."""
    named = [re.sub(r"[\s_-]+", "_", cell.strip().lower()) for cell in cells]
    header = [name if name in COLUMNS else "" for name in named]
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise UnreadableFile(f"the file has more than one column {', '.join(twice)}")
    needed = [name for name in ("agency", "model", "period") if name not in implied]
    missing = [name for name in needed if name not in header]
    if STAGE not in header:
        missing += _missing_of_kind(header)
    if missing:
        there = ", ".join(quoted(cell.strip()) for cell in cells)
        raise UnreadableFile(f"the file has no column {', '.join(missing)}; its columns are {there}")
    pairs = zip(cells, header, strict=True)
    notes.not_read = tuple(cell.strip() for cell, name in pairs if not name and cell.strip())
    return header


def _missing_of_kind(header: list[str]) -> list[str]:
    """What a file of scores or points or levels lacks: its rows are of whichever it names first."""
    if "domain" in header or ("score" in header and "item" not in header):
        return [name for name in ABOUT_DOMAIN if name not in header]
    if "points" in header:
        return ["item"] if "item" not in header else []
    return [name for name in ("item", "level") if name not in header]


def _fault_of_cells(cells: list[str], header: list[str]) -> str:
    if any(cell.strip() for cell in cells[len(header) :]):
        return f"has {len(cells)} cells, the header {len(header)}"
    if any(not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell) for cell in cells):
        return "holds bytes that are not UTF-8"
    return NUL if any("\0" in cell for cell in cells) else ""


def _row(number: int, header: list[str], cells: list[str], implied: dict[str, str]) -> Row:
    said = implied | {
        name: text for name, cell in zip(header, cells, strict=False) if name and (text := cell.strip())
    }
    text, dated_on = (said.pop(name, "") for name in ABOUT_EVIDENCE)
    evidence = (GivenEvidence(text, dated_on),) if text or dated_on else ()
    return Row(f"row {number}", said, evidence, _fault_of_cells(cells, header))


# --- JSON -------------------------------------------------------------------------------------------


def _read_json(content: bytes, notes: Notes) -> Iterator[Row]:
    try:
        assessments = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"this is not JSON in UTF-8: {error}") from error
    if not isinstance(assessments, list):
        raise UnreadableFile("the file does not hold a list of assessments")
    for number, assessment in enumerate(assessments, 1):
        place = f"assessment {number}"
        try:
            yield from _rows_of(place, assessment, notes)
        except _Misshapen as error:
            notes.rows += 1
            yield Row(place, {}, fault=str(error))


def _rows_of(place: str, assessment: Any, notes: Notes) -> Iterator[Row]:
    """The rows of one assessment; a misshapen answer is a fault of its own."""
    about = _cells(assessment, _JSON_ASSESSMENT, nested={"answers", "scores"})
    answers, scores = assessment.get("answers"), assessment.get("scores")
    if scores is not None:
        yield from _rows_of_scores(place, about, scores, notes)
        if answers is None:
            return
    if answers is None:
        notes.rows += 1
        yield Row(place, about)
        return
    if not isinstance(answers, list) or not answers:
        raise _Misshapen("answers is not a list of at least one")
    if beside := {STAGE, "note"} & about.keys():
        raise _Misshapen(f"{' and '.join(sorted(beside))} stand beside answers: give one or the other")
    for number, answer in enumerate(answers, 1):
        notes.rows += 1
        here = f"{place}, answer {number}"
        try:
            cells = _cells(answer, _JSON_ANSWER, nested={"evidence"})
            yield Row(here, about | cells, _evidence(answer.get("evidence")))
        except _Misshapen as error:
            yield Row(here, about, fault=str(error))


def _rows_of_scores(place: str, about: dict[str, str], scores: Any, notes: Notes) -> Iterator[Row]:
    """The rows of {"domain": score, …}; null is a score that is missing."""
    if not isinstance(scores, dict) or not scores:
        raise _Misshapen("scores is not an object of at least one domain")
    for domain, score in scores.items():
        notes.rows += 1
        here = f"{place}, score of {domain}"
        try:
            yield Row(here, about | {"domain": domain} | _cells({"score": score}, ABOUT_DOMAIN))
        except _Misshapen as error:
            yield Row(here, about, fault=str(error))


class _Misshapen(Exception):
    """A part of the file is not of the shape it should have."""


def _cells(given: Any, known: Iterable[str], nested: Collection[str] = ()) -> dict[str, str]:
    """What an object says, as trimmed texts; null and "" say nothing."""
    if not isinstance(given, dict):
        raise _Misshapen("is not an object")
    if unknown := sorted(given.keys() - set(known)):
        raise _Misshapen(
            f"has {', '.join(map(quoted, unknown))}, which is none of {', '.join(sorted(known))}"
        )
    cells = {}
    for name, value in given.items():
        if name in nested or value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _Misshapen(f"{name} is not a text")
        if "\0" in str(value):
            raise _Misshapen(f"{name} {NUL}")
        if text := str(value).strip():
            cells[name] = text
    return cells


def _evidence(given: Any) -> tuple[GivenEvidence, ...]:
    found = [] if given is None else given if isinstance(given, list) else [given]
    cells = [_cells({"text": one} if isinstance(one, str) else one, _JSON_EVIDENCE) for one in found]
    return tuple(GivenEvidence(**one) for one in cells if one)
