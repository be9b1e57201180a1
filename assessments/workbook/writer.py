"""Writing a workbook: a cover, a protected sheet for each section, and what the portal signed. Pure."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from math import ceil
from typing import Any

from assessments.workbook.columns import (
    BAND_FILL,
    BAND_READ,
    CHOICES_SHEET,
    CODE,
    DATES,
    SEAL_CHUNK,
    SEAL_MARK,
    SEAL_SHEET,
    Column,
    columns_for,
)
from assessments.workbook.content import Export, Question, Said, Section
from portal.exports import defused

SHEET_NAME = 31  # the most that a workbook allows
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
BAND_ROW, HEAD_ROW = 1, 2  # from 0
FROZEN_COLUMNS = 3
PAGES = ("level", "examples")  # columns with which a printed page begins
A4, SCALE = 9, 58
COVER_WIDTH = 95
LINE_HEIGHT, HIGHEST = 14.5, 409  # points
FILLED = 1.0  # letters of a column that a line fills, for each unit of its width
INK, GROUND, LINE, FILL = "#162E51", "#EDEFF0", "#A9AEB1", "#FFF9E5"
Choices = tuple[tuple[str, str], ...]  # value, words
HOW_TO = (
    "Fill in the cells below “To fill in”, which have a light ground and a border. All others are locked; "
    "the protection has no password.",
    "Choose answers from the lists in the cells. What you leave as it is changes nothing in the portal.",
    "An answer that is emptied is taken back. New evidence is added to what is there; nothing is removed.",
    "Save it as an Excel workbook (.xlsx), also from LibreOffice, and upload it on the assessment's page "
    "under “Work offline”. You see what would change before anything is saved.",
    "Where somebody changed the same answer in the portal meanwhile, you decide which of both counts.",
)


@dataclass(frozen=True)
class Cover:
    """What the first sheet says. `facts`: heading and text. `marking`: of invented data, or ""."""

    title: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    marking: str
    plans_from: date  # the first day that something may be planned for


@dataclass(frozen=True)
class Book:
    """All that a workbook holds. `there`: by item slug, the evidence so far, a line each. `carried`: by item
    slug, where the answer comes from, of those that were carried."""

    cover: Cover
    sections: Sequence[Section]
    export: Export
    signature: str
    there: Mapping[str, Sequence[str]]
    holders: Choices
    in_points: bool
    carried: Mapping[str, str] = field(default_factory=dict)


def write_workbook(book: Book) -> bytes:
    """The workbook; every text is a text, none is run."""
    import xlsxwriter

    out = BytesIO()
    made = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    about = {"title": book.cover.title, "subject": book.cover.subject, "author": "Maturity Portal"}
    made.set_properties(about)
    looks = _looks(made)
    _write_cover(made, looks, book)
    lists = _Lists()
    taken = {"about", SEAL_SHEET, CHOICES_SHEET}
    for section in book.sections:
        _write_section(made.add_worksheet(_name(section.name, taken)), looks, book, section, lists)
    lists.write(made)
    _write_seal(made, book)
    made.close()
    return out.getvalue()


def _looks(made: Any) -> dict[str, Any]:
    text = {"text_wrap": True, "valign": "top"}
    cell = text | {"border": 1, "border_color": LINE}
    head = cell | {"bold": True, "bg_color": GROUND}
    return {
        "title": made.add_format({"bold": True, "font_size": 16, "font_color": INK}),
        "marking": made.add_format({"bold": True, "font_color": "#B50909"}),
        "label": made.add_format({"bold": True, "valign": "top"}),
        "text": made.add_format(text),
        "band": made.add_format({"bold": True, "font_color": INK, "valign": "top"}),
        "head": made.add_format(head),
        "code": made.add_format(cell | {"font_size": 8, "font_color": "#565C65"}),
        "read": made.add_format(cell),
        "strong": made.add_format(cell | {"bold": True}),
        # "@": what is typed stays the text it is.
        "fill": made.add_format(cell | {"locked": False, "bg_color": FILL, "num_format": "@"}),
        "points": made.add_format(cell | {"locked": False, "bg_color": FILL, "num_format": "0"}),
        "day": made.add_format(cell | {"locked": False, "bg_color": FILL, "num_format": "yyyy-mm-dd"}),
    }


def _write_cover(made: Any, looks: dict[str, Any], book: Book) -> None:
    sheet, row = made.add_worksheet("About"), 0
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, COVER_WIDTH)
    sheet.write_string(row, 0, str(defused(book.cover.title)), looks["title"])
    row += 1
    if book.cover.marking:
        sheet.write_string(row, 0, book.cover.marking, looks["marking"])
    row += 1
    for label, words in book.cover.facts:
        sheet.write_string(row, 0, label, looks["label"])
        sheet.write_string(row, 1, str(defused(words)), looks["text"])
        sheet.set_row(row, _height(_lines(words, COVER_WIDTH)))
        row += 1
    row += 1
    for number, line in enumerate(HOW_TO):
        sheet.write_string(row, 0, "" if number else "How to fill it in", looks["label"])
        sheet.write_string(row, 1, f"{number + 1}. {line}", looks["text"])
        sheet.set_row(row, _height(_lines(line, COVER_WIDTH)))
        row += 1
    sheet.hide_gridlines(2)
    _set_up(sheet, book)
    sheet.fit_to_pages(1, 0)


def _write_section(sheet: Any, looks: dict[str, Any], book: Book, section: Section, lists: "_Lists") -> None:
    columns = columns_for(book.in_points, bool(book.carried))
    title = f"{section.name} · {book.cover.subject}"
    sheet.write_string(0, 0, str(defused(title)), looks["title"])
    band = ""
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(HEAD_ROW, place, column.title, looks["head"])
        sheet.set_row(HEAD_ROW, _height(2))
        if (now := BAND_FILL if column.filled else BAND_READ) != band:
            sheet.write_string(BAND_ROW, place, now, looks["band"])
            band = now
    for row, question in enumerate(section.questions, HEAD_ROW + 1):
        said = book.export.answers[question.slug].said
        lines = 1
        for place, column in enumerate(columns):
            text = _write_cell(sheet, row, place, column, question, said, book, looks)
            lines = max(lines, _lines(text, column.width))
            if column.filled:
                _validate(sheet, row, place, column, question, book, lists)
        sheet.set_row(row, _height(lines))
    sheet.freeze_panes(HEAD_ROW + 1, FROZEN_COLUMNS)
    _set_up(sheet, book)
    keys = [column.key for column in columns]
    sheet.set_print_scale(SCALE)
    sheet.set_v_pagebreaks([keys.index(key) for key in PAGES])
    sheet.repeat_rows(BAND_ROW, HEAD_ROW)
    sheet.repeat_columns(0, FROZEN_COLUMNS - 1)


def _set_up(sheet: Any, book: Book) -> None:
    """Locked without a password, and set up for print."""
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    marking = f"{book.cover.marking}  " if book.cover.marking else ""
    # In headers of print an ampersand begins a command.
    sheet.set_header("&L" + (marking + book.cover.subject).replace("&", "&&")[:200])
    sheet.set_footer("&L&A&RPage &P of &N")


def _write_cell(
    sheet: Any,
    row: int,
    place: int,
    column: Column,
    question: Question,
    said: Said,
    book: Book,
    looks: dict[str, Any],
) -> str:
    """Write one cell; its text, where that may run over several lines."""
    text = ""
    if column.key in DATES:
        day = said.planned_on if column.key == "planned_on" else ""
        if day:
            sheet.write_datetime(row, place, date.fromisoformat(day), looks["day"])
        else:
            sheet.write_blank(row, place, None, looks["day"])
    elif column.key == "points":
        if said.points is not None:
            sheet.write_number(row, place, said.points, looks["points"])
        else:
            sheet.write_blank(row, place, None, looks["points"] if question.points else looks["read"])
    elif column.filled:
        text = _filled(column.key, question, said, book.holders)
        if text:
            sheet.write_string(row, place, str(defused(text)), looks["fill"])
        else:
            sheet.write_blank(row, place, None, looks["fill"])
    else:
        look = {CODE: "code", "title": "strong"}.get(column.key, "read")
        text = _told(column.key, question, book)
        sheet.write_string(row, place, str(defused(text)), looks[look])
    return text


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column, guessed: what opens the file does not always work it out."""
    return sum(max(ceil(len(line) / (width * FILLED)), 1) for line in text.split("\n"))


def _height(lines: int) -> float:
    """Of a row with as many lines; more than that a spreadsheet does not show."""
    return min(lines * LINE_HEIGHT + 4, HIGHEST)


def _filled(key: str, question: Question, said: Said, holders: Choices) -> str:
    """What stands in a cell that may be changed. Who meets it is left empty where there is no answer."""
    if key == "level":
        return dict(question.choices).get(said.level, "")
    if key == "holder":
        return "" if said == Said() else dict(holders)[said.holder]
    return getattr(said, key, "")


def _told(key: str, question: Question, book: Book) -> str:
    if key == CODE:
        return question.slug
    if key == "title":
        return f"{question.title}\n(must-have)" if question.must_have else question.title
    if key == "question":
        return question.text
    if key == "levels":
        return "\n".join(f"{words}: {text}" for words, text in question.levels)
    there = book.there.get(question.slug, ())
    carried = [book.carried[question.slug]] if question.slug in book.carried else []
    lines = {"examples": question.examples, "steps": question.steps, "there": there, "carried": carried}
    return "\n".join(f"• {line}" for line in lines[key]) if key in lines else question.stage


def _name(title: str, taken: set[str]) -> str:
    """What a sheet is called: allowed, short, and once."""
    base = " ".join(title.translate(FORBIDDEN).split())[:SHEET_NAME].strip() or "Questions"
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base[: SHEET_NAME - 3]} {number}", number + 1
    taken.add(name.casefold())
    return name


# --- what a cell takes ------------------------------------------------------------------------------


class _Lists:
    """The lists to choose from, each once, on a sheet of their own: some words have commas in them."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, ...], str] = {}

    def place(self, words: tuple[str, ...]) -> str:
        """Where this list will stand, as a formula names it."""
        if words not in self.places:
            letter = chr(ord("A") + len(self.places))
            self.places[words] = f"='{CHOICES_SHEET}'!${letter}$1:${letter}${len(words)}"
        return self.places[words]

    def write(self, made: Any) -> None:
        """The sheet itself, hidden."""
        sheet = made.add_worksheet(CHOICES_SHEET)
        for place, words in enumerate(self.places):
            sheet.write_column(0, place, words)
        sheet.protect()
        sheet.hide()


def _validate(
    sheet: Any, row: int, place: int, column: Column, question: Question, book: Book, lists: _Lists
) -> None:
    rules: dict[str, Any] = {}
    if column.key in {"level", "holder"}:
        choices = question.choices if column.key == "level" else book.holders
        source = lists.place(tuple(words for _, words in choices))
        rules = {"validate": "list", "source": source, "error_message": "Choose one of the list."}
    elif column.key == "points":
        if not question.points:
            return
        most = question.points
        rules = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": most}
        rules["error_message"] = f"Give a whole number from 0 to {most}."
    elif column.key == "planned_on":
        first = book.cover.plans_from
        rules = {"validate": "date", "criteria": ">=", "value": first}
        rules["error_message"] = f"Give a date on or after {first.isoformat()}."
    elif column.key == "evidence_dated_on":
        rules = {"validate": "date", "criteria": ">=", "value": date(1970, 1, 1)}
        rules["error_message"] = "Give a date: 2027-03-31."
    else:
        most = 200 if column.key in {"holder_name", "evidence_title"} else 5_000
        most = 1_000 if column.key == "evidence_url" else most
        rules = {"validate": "length", "criteria": "<=", "value": most}
        rules["error_message"] = f"Write at most {most:,} characters."
    rules |= {"ignore_blank": True, "input_title": column.title[:32], "input_message": column.prompt}
    sheet.data_validation(row, place, row, place, rules)


# --- what the portal signed -------------------------------------------------------------------------


def _write_seal(made: Any, book: Book) -> None:
    """The signed text in pieces that fit a cell; in letters and digits alone, which nothing re-writes."""
    sheet = made.add_worksheet(SEAL_SHEET)
    text = base64.b64encode(book.export.text().encode()).decode()
    pieces = [text[start : start + SEAL_CHUNK] for start in range(0, len(text), SEAL_CHUNK)]
    sheet.write_column(0, 0, [SEAL_MARK, book.signature, *pieces])
    sheet.protect()
    sheet.very_hidden()
