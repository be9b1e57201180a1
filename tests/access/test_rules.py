"""DESIGN §7 as a table: which role gives which right, where, and nothing beyond it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.access.models import Membership, User
from portal.access.rules import MAY_GRANT, RIGHTS, ROLE_MEANINGS, ROLE_NAMES, Right, Role
from portal.agencies.models import Agency, Program, ProgramMembership
from tests.factories import make_agency, make_program, make_user
from tests.world import World

EVERYTHING, SUBTREE, ONE, NOTHING = "everything", "energy, grid, mines", "grid", ""
PROGRAM = SUBTREE
# What each persona reaches with each right; a right that is not named reaches nothing.
REACH = {
    "viewer": {Right.SEE: PROGRAM},
    "contributor": dict.fromkeys((Right.SEE, Right.SEE_DETAILS, Right.ANSWER, Right.WRITE_CASES), ONE),
    "lead": dict.fromkeys((Right.SEE, Right.SEE_DETAILS, Right.ANSWER, Right.SUBMIT, Right.WRITE_CASES), ONE),
    "reviewer": {Right.SEE: PROGRAM, Right.SEE_DETAILS: PROGRAM, Right.REVIEW: PROGRAM},
    "officer": {
        Right.SEE: PROGRAM,
        Right.SEE_DETAILS: PROGRAM,
        Right.REVIEW: PROGRAM,
        Right.RUN_PROGRAM: PROGRAM,
        Right.WRITE_CASES: PROGRAM,
        Right.PUBLISH_CASES: PROGRAM,
    },
    "administrator": dict.fromkeys(Right, EVERYTHING),
}
ROLE_OF = {name: Role(name) for name in REACH}


def names(world: World, reach: str) -> set[Agency]:
    if reach == EVERYTHING:
        return {world.energy, world.grid, world.mines, world.parks, world.trails}
    return {getattr(world, name) for name in reach.split(", ") if name}


@pytest.mark.parametrize("persona", REACH)
@pytest.mark.parametrize("right", Right)
def test_each_persona_has_each_right_exactly_where_the_table_says(world: World, persona: str, right: Right):
    person = world.people[persona]
    expected = names(world, REACH[persona].get(right, NOTHING))
    assert set(Agency.objects.filter(person.agencies_with(right))) == expected
    for agency in (world.energy, world.grid, world.mines, world.parks, world.trails):
        assert person.can(right, agency) == (agency in expected)
    assert person.has_anywhere(right) == bool(expected)
    assert person.has_everywhere(right) == (persona == "administrator")


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("scope", ["program", "agency", "everything"])
def test_a_role_gives_its_rights_in_every_kind_of_scope(world: World, role: Role, right: Right, scope: str):
    where = {"program": {"program": world.program}, "agency": {"agency": world.energy}, "everything": {}}[
        scope
    ]
    person = make_user("somebody", role, **where)
    reached = set(Agency.objects.filter(person.agencies_with(right)))
    everything = names(world, EVERYTHING if scope == "everything" else SUBTREE)
    assert reached == (everything if right in RIGHTS[role] else set())


def test_every_role_has_words():
    assert set(ROLE_NAMES) == set(ROLE_MEANINGS) == set(RIGHTS) == set(Role)
    assert set(MAY_GRANT) <= set(Role)


def test_a_person_without_a_role_reaches_nothing(world: World):
    nobody = make_user("nobody")
    assert not Agency.objects.filter(nobody.visible_agencies()).exists()
    assert not Program.objects.filter(nobody.visible_programs()).exists()


def test_a_closed_account_reaches_nothing(world: World):
    world.administrator.is_active = False
    for right in Right:
        assert not Agency.objects.filter(world.administrator.agencies_with(right)).exists()
        assert not world.administrator.has_everywhere(right)
    assert world.administrator.grantable_roles == []


def test_roles_hold_from_their_first_day_through_their_last(world: World):
    today = timezone.localdate()
    day = timedelta(days=1)
    spans = {
        (today - day, None): True,
        (today, today): True,
        (today - day, today - day): False,
        (today + day, None): False,
    }
    for number, ((first, last), holds) in enumerate(spans.items()):
        person = make_user(f"p{number}")
        Membership.objects.create(
            user=person, role=Role.VIEWER, agency=world.grid, from_on=first, until_on=last
        )
        assert person.can(Right.SEE, world.grid) is holds, (first, last)


def test_agencies_that_left_a_program_leave_its_people(world: World):
    ProgramMembership.objects.filter(agency=world.mines).update(
        until_on=timezone.localdate() - timedelta(days=1)
    )
    assert not world.viewer.can(Right.SEE, world.mines)
    assert world.viewer.can(Right.SEE, world.grid)


def test_a_subtree_is_not_its_namesake(world: World):
    # Path prefixes end in a slash: "/1/" must not reach "/12/".
    other = make_agency("Other")
    Agency.objects.filter(pk=other.pk).update(path=f"{world.grid.path.rstrip('/')}9/")
    assert not world.lead.can(Right.SEE, Agency.objects.get(pk=other.pk))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whoever_views_one_program_sees_nothing_outside_it(world: World, data: st.DataObject):
    """Whatever the forest looks like and however programs are cut."""
    count = data.draw(st.integers(2, 10))
    agencies: list[Agency] = []
    for number in range(count):
        above = data.draw(st.integers(-1, number - 1))
        agencies.append(make_agency(parent=agencies[above] if above >= 0 else None))
    inside = data.draw(st.lists(st.sampled_from(agencies), unique_by=id, max_size=count))
    person = User.objects.create(username=f"u{agencies[0].pk}", email=f"u{agencies[0].pk}@example.gov")
    Membership.objects.create(user=person, role=Role.VIEWER, program=make_program(agencies=inside))
    assert set(Agency.objects.visible_to(person)) == set(inside)


def test_grants_are_read_once(world: World, queries_of):
    person = User.objects.get(pk=world.officer.pk)
    assert queries_of(lambda: person.has_anywhere(Right.SEE)) == 1
    assert queries_of(lambda: [person.agencies_with(right) for right in Right]) == 0


# --- who may hand out which role where ------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("persona", REACH)
def test_roles_are_handed_out_within_ones_own_scope_only(world: World, persona: str, role: Role):
    person = world.people[persona]
    allowed = role in MAY_GRANT.get(ROLE_OF[persona], ())
    inside = {"lead": world.grid}.get(persona, world.energy)
    assert person.may_grant(role, agency=inside) is allowed
    assert person.may_grant(role, agency=world.trails) is (allowed and persona == "administrator")
    assert person.may_grant(role, program=world.program) is (
        allowed and persona in {"officer", "administrator"}
    )
    assert person.may_grant(role) is (allowed and persona == "administrator")


def test_a_lead_cannot_hand_out_a_role_above_their_agency(world: World):
    assert not world.lead.may_grant(Role.CONTRIBUTOR, agency=world.energy)


def test_an_officer_cannot_hand_out_a_subtree_that_reaches_beyond_the_program(world: World):
    make_agency("New Office", world.energy)  # not in the program
    assert not world.officer.may_grant(Role.LEAD, agency=world.energy)
    assert world.officer.may_grant(Role.LEAD, agency=world.grid)


def test_a_right_that_is_held_above_needs_no_query(world: World, queries_of):
    for persona in ("administrator", "lead"):
        person = world.people[persona]
        assert person.grants
        assert queries_of(lambda person=person: person.can(Right.ANSWER, world.grid)) == 0
    assert world.officer.can(Right.REVIEW, world.grid)
    assert not world.officer.can(Right.REVIEW, world.trails)
    assert not world.lead.can(Right.ANSWER, world.mines)
