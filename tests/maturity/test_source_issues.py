"""Every fault of the sources that the inventory lists is put right in a pack, and the pack says so.

A correction stands where the value stands: `corrections` of a row, with the slug of the fault and a note.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casestudies.pack import PACKS as CASE_STUDY_PACKS
from maturity.pack import PACKS
from maturity.yamlfile import read_yaml
from tests.inventory import groups, slugs_of

pytestmark = pytest.mark.data

ISSUES = slugs_of("source-issues") if groups() else []


def corrections_in(value: Any) -> Iterator[dict[str, str]]:
    """All rows under any `corrections` of a file."""
    if isinstance(value, dict):
        yield from (row for row in value.get("corrections") or [] if isinstance(row, dict))
        for part in value.values():
            yield from corrections_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from corrections_in(part)


@pytest.fixture(scope="module")
def corrected() -> dict[str, list[str]]:
    """The notes of all packs by the slug of the fault."""
    found: dict[str, list[str]] = {}
    folders: list[Path] = [PACKS, CASE_STUDY_PACKS]
    for path in sorted(path for folder in folders for path in folder.rglob("*.yaml")):
        for row in corrections_in(read_yaml(path, path.name).data):
            found.setdefault(row["slug"], []).append(row["note"])
    return found


def test_the_inventory_lists_55_faults():
    assert len(set(ISSUES)) == 55


@pytest.mark.parametrize("slug", ISSUES)
def test_the_fault_is_put_right_and_told(slug: str, corrected: dict[str, list[str]]):
    assert slug in corrected
    assert all(note.strip() for note in corrected[slug])


def test_no_pack_puts_right_what_is_no_listed_fault(corrected: dict[str, list[str]]):
    assert {slug for slug in corrected if slug.startswith("ix-")} <= set(ISSUES)
