"""LibreOffice as a person uses it: it opens a workbook, types into cells, and saves it.

Run as a program by the Python that LibreOffice was built for: `libreoffice.py PIPE IN OUT EDITS`.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

HEAD = 2  # row of the headings, from 0
TIMEOUT = 120  # seconds


def opened_edited_saved(content: bytes, edits: Mapping[tuple[str, str], str]) -> bytes:
    """The workbook after LibreOffice opened it, these were typed (by code and title of the column), and it
    was saved as an Excel workbook."""
    from tests.groups import OFFICE_PYTHON

    typed = [[code, title, text] for (code, title), text in edits.items()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, after = folder / "in.xlsx", folder / "out.xlsx"
        before.write_bytes(content)
        pipe = f"portal-{uuid4().hex}"
        with _office(folder, f"--accept=pipe,name={pipe};urp;") as office:
            done = subprocess.run(
                [OFFICE_PYTHON, __file__, pipe, before.as_uri(), after.as_uri(), json.dumps(typed)],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            if done.returncode:
                office.kill()
        assert done.returncode == 0, done.stderr
        return after.read_bytes()


def converted(content: bytes, *kinds: str) -> bytes:
    """The workbook saved as one kind of file after the other ("ods", "xlsx"), each opened anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "book.xlsx"
        source.write_bytes(content)
        for number, kind in enumerate(kinds):
            target = folder / str(number)
            with _office(folder, "--convert-to", kind, "--outdir", str(target), str(source)) as office:
                office.wait(TIMEOUT)
            source = target / f"book.{kind}"
        return source.read_bytes()


def _office(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """LibreOffice with a profile of its own, without a window."""
    from tests.groups import SOFFICE

    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--norestore", "--nologo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# --- inside LibreOffice's Python --------------------------------------------------------------------


def _desktop(pipe: str) -> Any:
    """The running LibreOffice, as soon as it answers."""
    uno = import_module("uno")
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    address = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
    for _ in range(TIMEOUT * 2):
        try:
            there = resolver.resolve(address)
        except Exception:
            time.sleep(0.5)
        else:
            return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
    raise SystemExit("LibreOffice does not answer")


def _option(name: str, value: object) -> Any:
    option = import_module("uno").createUnoStruct("com.sun.star.beans.PropertyValue")
    option.Name, option.Value = name, value
    return option


def _type(book: Any, code: str, title: str, text: str) -> None:
    """What typing into a cell does: a date becomes a date, a formula one that is worked out."""
    for sheet in book.Sheets:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        last_row, last_column = cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn
        titles = [sheet.getCellByPosition(place, HEAD).String for place in range(last_column + 1)]
        codes = [sheet.getCellByPosition(0, row).String for row in range(last_row + 1)]
        if title in titles and code in codes:
            cell = sheet.getCellByPosition(titles.index(title), codes.index(code))
            assert not cell.CellProtection.IsLocked, f"{title} of {code} is locked"
            cell.FormulaLocal = text
            return
    raise SystemExit(f"no cell {title} of {code}")


def main(pipe: str, source: str, target: str, edits: str) -> None:
    """Open, type, save, close."""
    desktop = _desktop(pipe)
    book = desktop.loadComponentFromURL(source, "_blank", 0, (_option("Hidden", True),))
    try:
        for code, title, text in json.loads(edits):
            _type(book, code, title, text)
        book.storeToURL(target, (_option("FilterName", "Calc MS Excel 2007 XML"),))
    finally:
        book.close(True)
        desktop.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
