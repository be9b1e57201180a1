"""Programs and who belongs to them, from when until when."""

from datetime import date

import pytest
from django.db.models import Q

from portal.agencies.models import Program, StaleMark
from portal.agencies.services import close_agency
from portal.agencies.services_programs import (
    InvalidProgram,
    add_to_program,
    create_program,
    edit_program,
    remove_from_program,
)
from portal.audit.models import AuditEntry
from tests.factories import NOW, make_program

JAN, MAR, JUN = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


def members(program):
    rows = program.memberships.order_by("agency__name", "from_on")
    return [(row.agency.name, row.from_on, row.until_on) for row in rows]


def marked():
    return sorted(StaleMark.objects.values_list("agency__name", flat=True))


def test_a_program_is_set_up_and_changed(db):
    program = create_program(fields={"name": "Cloud First"}, by=None, at=NOW)
    assert (program.slug, program.year_starts_in) == ("cloud-first", 10)
    fields = {"name": "Cloud", "default_model": "container-adoption@1", "year_starts_in": 7}
    edit_program(program=program, fields=fields, by=None, at=NOW)
    edit_program(program=program, fields=fields, by=None, at=NOW)
    program.refresh_from_db()
    assert (program.name, program.slug, program.year_starts_in) == ("Cloud", "cloud-first", 7)
    assert [entry.action for entry in AuditEntry.objects.all()] == ["program.edited", "program.created"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "a name"),
        ({"name": "Taken"}, "Another program is called “Taken”"),
        ({"name": "x" * 201}, "Name has 201"),
        ({"name": "A", "default_model": "container adoption"}, "write container-adoption@1"),
        ({"name": "A", "year_starts_in": 13}, "1 to 12"),
    ],
)
def test_what_cannot_be_kept(db, fields, says):
    make_program("Taken")
    program = make_program("Other")
    with pytest.raises(InvalidProgram, match=says):
        create_program(fields=fields, by=None, at=NOW)
    with pytest.raises(InvalidProgram, match=says):
        edit_program(program=program, fields=fields, by=None, at=NOW)
    assert Program.objects.count() == 2
    assert create_program(fields={"name": "New"}, by=None, at=NOW).slug == "new-2"


def test_a_whole_subtree_joins_and_leaves(world):
    program = make_program("Second")
    close_agency(agency=world.mines, on=JAN, by=None, at=NOW)
    StaleMark.objects.all().delete()
    joined = add_to_program(
        program=program, agencies=[world.energy], on=JAN, by=None, at=NOW, whole_subtree=True
    )
    assert joined == 2
    assert members(program) == [("Department of Energy Affairs", JAN, None), ("Grid Office", JAN, None)]
    assert marked() == ["Department of Energy Affairs", "Grid Office"]
    again = add_to_program(
        program=program, agencies=[world.energy], on=MAR, by=None, at=NOW, whole_subtree=True
    )
    assert again == 0, "who is in it stays as they are, and the closed one stays out"
    left = remove_from_program(
        program=program, agency=world.energy, on=JUN, by=None, at=NOW, whole_subtree=True
    )
    assert left == 2
    assert {until for _, _, until in members(program)} == {date(2026, 5, 31)}


def test_only_those_among_whom_one_may_choose_join(world):
    program = make_program("Second")
    joined = add_to_program(
        program=program,
        agencies=[world.energy, world.parks],
        on=JAN,
        by=None,
        at=NOW,
        whole_subtree=True,
        among=Q(pk__in=[world.grid.pk, world.parks.pk]),
    )
    assert joined == 2
    assert [name for name, _, _ in members(program)] == ["Department of Parks", "Grid Office"]


def test_joining_replaces_a_later_start_and_a_coming_end(world):
    program = make_program("Second")
    add_to_program(program=program, agencies=[world.parks], on=JUN, by=None, at=NOW)
    add_to_program(program=program, agencies=[world.parks], on=JAN, by=None, at=NOW)
    assert members(program) == [("Department of Parks", JAN, None)]
    remove_from_program(program=program, agency=world.parks, on=JUN, by=None, at=NOW)
    add_to_program(program=program, agencies=[world.parks], on=MAR, by=None, at=NOW)
    assert members(program) == [
        ("Department of Parks", JAN, date(2026, 2, 28)),
        ("Department of Parks", MAR, None),
    ]


def test_leaving_on_the_first_day_means_never_having_joined(world):
    program = make_program("Second")
    add_to_program(program=program, agencies=[world.parks], on=JAN, by=None, at=NOW)
    assert remove_from_program(program=program, agency=world.parks, on=JAN, by=None, at=NOW) == 1
    assert members(program) == []
    assert remove_from_program(program=program, agency=world.parks, on=JAN, by=None, at=NOW) == 0
    assert len(marked()) == 2
