"""Workbooks in the hands of people: exported, edited in a spreadsheet's stead, brought back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import load_workbook

from assessments.models import WorkbookUpload
from assessments.services_workbook import export_workbook, keep_workbook
from assessments.services_workbook_decisions import (
    Applied,
    Comparison,
    apply_workbook,
    compare_workbook,
)
from portal.access.models import User
from tests.assessments.conftest import Case
from tests.factories import NOW

Edits = Mapping[tuple[str, str], Any]  # (code, title of the column): what is typed
HEAD = 3


def exported(case: Case, *sections: str, by: User | None = None, at: datetime = NOW) -> bytes:
    """The workbook as it leaves."""
    by = by or case.world.contributor
    return export_workbook(assessment=case.assessment, sections=sections, by=by, at=at).content


def places(book: Any) -> dict[tuple[str, str], Any]:
    """By code and title of the column, the cell."""
    found: dict[tuple[str, str], Any] = {}
    for sheet in book.worksheets:
        titles = [cell.value for cell in sheet[HEAD]] if sheet.max_row >= HEAD else []
        if "Code" not in titles:
            continue
        for row in sheet.iter_rows(min_row=HEAD + 1):
            found |= {(row[0].value, title): cell for title, cell in zip(titles, row, strict=True)}
    return found


def edited(content: bytes, edits: Edits, change: Callable[[Any], object] | None = None) -> bytes:
    """With these cells typed over, and whatever else `change` does to the book."""
    book = load_workbook(BytesIO(content))
    cells = places(book)
    for key, value in edits.items():
        cells[key].value = value
    if change is not None:
        change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cell_of(content: bytes, code: str, title: str) -> Any:
    """What stands in a cell."""
    return places(load_workbook(BytesIO(content)))[code, title]


def keep(case: Case, content: bytes, by: User | None = None, at: datetime = NOW) -> WorkbookUpload:
    """Bring it back."""
    return keep_workbook(
        assessment=case.assessment,
        content=content,
        file_name="ours.xlsx",
        by=by or case.world.contributor,
        at=at,
    )


def compared(case: Case, content: bytes, by: User | None = None, at: datetime = NOW) -> Comparison:
    """What it would change."""
    return compare_workbook(upload=keep(case, content, by, at), at=at)


def applied(comparison: Comparison, at: datetime = NOW, **take: bool) -> Applied:
    """Save it; `take`: by item with underscores, whether the workbook's answer counts."""
    return apply_workbook(
        upload_id=comparison.upload.pk,
        fingerprint=comparison.fingerprint,
        take={slug.replace("_", "-"): taken for slug, taken in take.items()},
        by=comparison.upload.by,
        at=at,
    )


@dataclass
class Package:
    """A workbook as a package of parts, to be tampered with."""

    parts: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes) -> "Package":
        """Its parts by name."""
        with ZipFile(BytesIO(content)) as packed:
            return cls({name: packed.read(name) for name in packed.namelist()})

    def replace(self, name: str, old: str, new: str) -> "Package":
        """With a text in one part replaced; it must be there."""
        text = self.parts[name].decode()
        assert re.search(old, text)
        self.parts[name] = re.sub(old, lambda _: new, text, count=1).encode()
        return self

    def content(self) -> bytes:
        """As a file."""
        out = BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED) as packed:
            for name, part in self.parts.items():
                packed.writestr(name, part)
        return out.getvalue()
