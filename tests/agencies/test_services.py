"""Writes to the tree: each with its audit entry and its marks."""

from datetime import date

import pytest

from portal.agencies.models import Agency, StaleMark
from portal.agencies.services import (
    CannotClose,
    CannotMove,
    InvalidAgency,
    close_agency,
    create_agency,
    edit_agency,
    move_agency,
    reopen_agency,
)
from portal.audit.models import AuditEntry
from tests.agencies.factories import tree
from tests.factories import NOW, make_agency

TODAY = date(2026, 11, 21)


def marked() -> set[str]:
    return {mark.agency.name for mark in StaleMark.objects.all()}


def last_entry() -> AuditEntry:
    entry = AuditEntry.objects.first()
    assert entry is not None
    return entry


def test_an_agency_is_created_in_its_place_and_program(world):
    made = create_agency(
        fields={"name": " Tides\u00a0", "identifier": "", "notes": "one \n two"},
        parent=world.energy,
        program=world.program,
        by=world.officer,
        at=NOW,
    )
    assert (made.name, made.slug, made.identifier, made.notes) == ("Tides", "tides", None, "one\ntwo")
    assert (made.path, made.depth) == (f"{world.energy.path}{made.pk}/", 1)
    assert world.program.memberships.get(agency=made).from_on == TODAY
    assert (last_entry().action, last_entry().actor_name) == ("agency.created", "officer")
    assert marked() == {"Tides"}


def test_slugs_stay_and_are_never_shared(world):
    first, second = (
        create_agency(fields={"name": "Office"}, parent=parent, by=None, at=NOW)
        for parent in (None, world.energy)
    )
    assert (first.slug, second.slug) == ("office", f"office-{world.energy.slug}")
    edit_agency(agency=first, fields={"name": "Bureau"}, by=None, at=NOW)
    first.refresh_from_db()
    assert (first.name, first.slug) == ("Bureau", "office")
    assert last_entry().changes == {"name": ["Office", "Bureau"]}
    assert create_agency(fields={"name": "Import"}, parent=None, by=None, at=NOW).slug == "import-2"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": " "}, "a name"),
        ({"name": "x" * 301}, "Name has 301"),
        ({"name": "A\0"}, r"U\+0000"),
        ({"name": "A", "identifier": "taken"}, "Another agency has the identifier “taken”"),
        ({"name": "A", "notes": "x\x07"}, "Notes holds"),
        ({"name": "A", "website": "javascript:alert(1)"}, "http:// or https://"),
        ({"name": "A", "website": "https://a b.example"}, "http:// or https://"),
    ],
)
def test_what_cannot_be_kept_changes_nothing(db, fields, says):
    make_agency(identifier="taken")
    other = make_agency("Other")
    with pytest.raises(InvalidAgency, match=says):
        create_agency(fields=fields, parent=None, by=None, at=NOW)
    with pytest.raises(InvalidAgency, match=says):
        edit_agency(agency=other, fields=fields, by=None, at=NOW)
    assert Agency.objects.count() == 2
    assert not AuditEntry.objects.exists()
    assert not StaleMark.objects.exists()


def test_an_edit_that_changes_nothing_leaves_no_trace(world):
    edit_agency(agency=world.grid, fields={"name": "Grid Office", "identifier": ""}, by=None, at=NOW)
    assert not AuditEntry.objects.exists()


def test_a_move_takes_all_below_along(world):
    desk = make_agency("Desk", world.grid)
    move_agency(agency=world.grid, parent=world.trails, by=world.administrator, at=NOW)
    assert ("Department of Parks", "Trails Office", "Grid Office", "Desk") in tree()
    assert marked() == {"Grid Office", "Desk"}
    assert last_entry().changes["parent"] == [world.energy.slug, world.trails.slug]
    move_agency(agency=world.grid, parent=None, by=None, at=NOW)
    assert ("Grid Office", "Desk") in tree()
    desk.refresh_from_db()
    assert desk.depth == 1


def test_a_move_to_where_it_is_does_nothing(world):
    move_agency(agency=world.grid, parent=world.energy, by=None, at=NOW)
    assert not AuditEntry.objects.exists()


def test_a_circle_is_refused(world):
    before = tree()
    for parent in (world.grid, world.energy):
        with pytest.raises(CannotMove, match="cannot become its parent"):
            move_agency(agency=world.energy, parent=parent, by=None, at=NOW)
    assert tree() == before
    assert not StaleMark.objects.exists()


def test_numbers_that_begin_alike_are_not_taken_for_a_subtree(db):
    one = make_agency("One")
    alike = Agency(pk=int(f"{one.pk}0"), name="Alike", slug="alike", path=f"/{one.pk}0/", created_at=NOW)
    alike.save()
    move_agency(agency=one, parent=alike, by=None, at=NOW)
    assert tree() == {("Alike",), ("Alike", "One")}


def test_closing_needs_everything_below_closed(world):
    with pytest.raises(CannotClose, match="2 open below Department of Energy Affairs"):
        close_agency(agency=world.energy, on=TODAY, by=None, at=NOW)
    for agency in (world.grid, world.mines, world.energy):
        close_agency(agency=agency, on=TODAY, by=None, at=NOW)
    assert marked() == {"Grid Office", "Mines Office", "Department of Energy Affairs"}
    assert world.energy not in Agency.objects.open_on(TODAY)
    with pytest.raises(CannotClose, match="is closed: reopen it first"):
        reopen_agency(agency=world.grid, by=None, at=NOW)
    reopen_agency(agency=world.energy, by=None, at=NOW)
    reopen_agency(agency=world.grid, by=None, at=NOW)
    assert last_entry().action == "agency.reopened"
    assert world.grid in Agency.objects.open_on(TODAY)
