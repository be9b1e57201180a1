"""Reading a list of people: rows of agency or program, name, e-mail and role, with every bad row named.

Rows are numbered as a spreadsheet numbers them: the header is row 1.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from portal.access.rules import ROLE_NAMES, Role
from portal.agencies.sheets import Problem, Sheet, read_sheet, unreadable
from portal.agencies.text import fault_of, one_line, quoted

EVERYTHING = "everything"
MOST_ROWS = 5_000
_HEADINGS = {
    "agency": ("agency",),
    "program": ("program",),
    "name": ("name", "full name"),
    "email": ("e-mail", "email", "e-mail address", "email address"),
    "role": ("role",),
}
_ROLES = {word: role for role, name in ROLE_NAMES.items() for word in (role.value, name.casefold())}


@dataclass(frozen=True)
class PersonRow:
    """One row, trimmed: who, which role, and where (an agency or a program in words; neither: everything)."""

    number: int
    agency: str
    program: str
    name: str
    email: str
    role: Role


def read_people(content: bytes) -> tuple[list[PersonRow], list[Problem]]:
    """The good rows of a CSV file, and what is wrong with the others.

    Raises UnreadableFile where the file as a whole cannot be read.
    """
    sheet = read_sheet(content)
    if len(sheet.rows) > MOST_ROWS:
        raise unreadable(f"The file has {len(sheet.rows):,} rows; {MOST_ROWS:,} are the most.")
    places = _places(sheet)
    rows: list[PersonRow] = []
    problems: list[Problem] = []
    names: dict[str, tuple[str, int]] = {}
    for number, cells in sheet.rows:
        texts = {key: one_line(cells[i]) if i < len(cells) else "" for key, i in places.items()}
        row, wrong = _read_row(number, texts)
        if row is not None and row.name:
            first, where = names.setdefault(row.email, (row.name, number))
            if first != row.name:
                wrong = [f"calls {row.email} {quoted(row.name)}, but row {where} {quoted(first)}"]
        if wrong:
            problems.append(Problem(number, "; ".join(wrong)))
        elif row is not None:
            rows.append(row)
    return rows, problems


def _read_row(number: int, texts: dict[str, str]) -> tuple[PersonRow | None, list[str]]:
    agency, program = texts.get("agency", ""), texts.get("program", "")
    email, role = texts["email"].lower(), _ROLES.get(texts["role"].casefold())
    wrong = [f"{key} {reason}" for key, text in texts.items() if (reason := fault_of(text, _most(key)))]
    if bool(agency) == bool(program):
        wrong.append(f"name an agency or a program, one of them (or write “{EVERYTHING}” as the agency)")
    if not _is_email(email):
        wrong.append(f"{quoted(email)} is not an e-mail address" if email else "the e-mail is missing")
    if role is None:
        roles = ", ".join(one.value for one in Role)
        wrong.append(
            f"{quoted(texts['role'])} is no role: write one of {roles}"
            if texts["role"]
            else "the role is missing"
        )
    if wrong or role is None:
        return None, wrong
    everything = agency.casefold() == EVERYTHING
    return PersonRow(number, "" if everything else agency, program, texts.get("name", ""), email, role), []


def _places(sheet: Sheet) -> dict[str, int]:
    headings = [heading.casefold() for heading in sheet.header]
    places: dict[str, int] = {}
    for key, words in _HEADINGS.items():
        found = [i for i, heading in enumerate(headings) if heading in words]
        if len(found) > 1:
            raise unreadable(f"The file has more than one column for {key}.")
        if found:
            places[key] = found[0]
    missing = [key for key in ("email", "role") if key not in places]
    if not {"agency", "program"} & places.keys():
        missing.insert(0, "agency")
    if missing:
        there = ", ".join(quoted(heading) for heading in sheet.header)
        raise unreadable(f"The file has no column for {', '.join(missing)}. Its columns are {there}.")
    return places


def _most(key: str) -> int:
    return {"agency": 1000, "email": 254, "role": 40}.get(key, 200)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
