"""The n of every figure follows who answers for whom: by difference, in a rebuild, from first principles."""

import random
from datetime import date, timedelta

import pytest
from django.core.management import call_command

from assessments.models import Cycle, ReportingUnit
from assessments.queries_units import arrangement_of, mark_of
from assessments.services_cycles import open_cycle
from assessments.services_units import CannotArrange, arrange_units
from dashboards.models import Scope, ScopeMember, Trend
from dashboards.queries.cohorts import members_on
from dashboards.queries.corrections import correctable, pending
from dashboards.queries.publishing import months_of
from dashboards.queries.timelines import current
from dashboards.services_check import find_differences
from dashboards.services_publications import correct_publication, publish_cycle
from dashboards.services_rebuild import begin_rebuild
from portal.agencies.models import Agency, Program, ProgramMembership, StaleMark
from portal.agencies.periods import parse_label
from portal.agencies.services import close_agency, mark_stale
from portal.agencies.services_programs import remove_from_program
from tests.dashboards.factories import describe, make_cohort, make_result, make_version, month, refresh_all
from tests.factories import NOW, make_agency, make_program, make_user
from tests.world import World

pytestmark = pytest.mark.django_db
MONTHS = [month(f"2026-{number:02}") for number in range(1, 13)]


@pytest.fixture
def counted(world: World) -> World:
    """The small government after its agencies were counted once."""
    mark_stale(agencies=list(Agency.objects.all()), reason="imported", at=NOW)
    refresh_all()
    return world


def make_round(program: Program, label: str, by, units: str = "before", version=None) -> Cycle:
    period = parse_label(label)
    return open_cycle(
        program=program,
        version=version or make_version(),
        period=period,
        period_label=label,
        due_on=period.ends_on,
        by=by,
        at=NOW,
        units=units,
    )


def arrange(cycle: Cycle, change: str, *agencies: Agency, by=None) -> None:
    arrange_units(
        cycle_id=cycle.pk,
        change=change,
        agencies=[agency.pk for agency in agencies] or None,
        seen=mark_of(arrangement_of(cycle.program_id, cycle.period_ends_on)),
        by=by,
        at=NOW,
    )


def n_of(scope: str, on: str) -> int:
    scopes = {str(found): found for found in Scope.objects.select_related("program", "agency", "cohort")}
    return Trend.objects.get(scope=scopes[scope], on=month(on)).agencies


class TestADepartmentThatIsRolledUp:
    def test_is_counted_no_longer_from_the_end_of_the_period_on(self, counted):
        make_result(counted.grid, "FY26 Q3", 2)
        refresh_all()
        cycle = make_round(counted.program, "FY26 Q4", counted.officer)
        arrange(cycle, "roll_up", counted.energy, by=counted.officer)
        refresh_all()
        for scope, before, after in (
            ("All agencies", 5, 4),
            ("Containers First", 3, 2),
            ("Department of Energy Affairs", 3, 2),
        ):
            assert (n_of(scope, "2026-08"), n_of(scope, "2026-09"), n_of(scope, "2026-12")) == (
                before,
                after,
                after,
            )
        assert list(find_differences()) == []

    def test_takes_its_own_value_out_of_the_sums(self, counted):
        make_result(counted.energy, "FY26 Q3", 4)
        make_result(counted.grid, "FY26 Q3", 2)
        refresh_all()
        arrange(
            make_round(counted.program, "FY26 Q4", counted.officer),
            "roll_up",
            counted.energy,
            by=counted.officer,
        )
        refresh_all()
        program = Trend.objects.filter(scope__program=counted.program)
        assert [program.get(on=month(m)).score_sum for m in ("2026-08", "2026-09")] == [6_000_000, 2_000_000]

    def test_is_counted_again_where_the_next_round_lets_it_answer(self, counted):
        make_result(counted.grid, "FY26 Q2", 2)
        make_round(counted.program, "FY26 Q3", counted.officer, units="roll_up")
        make_round(counted.program, "FY26 Q4", counted.officer, units="own")
        refresh_all()
        assert [n_of("Containers First", m) for m in ("2026-05", "2026-06", "2026-08", "2026-09")] == [
            3,
            2,
            2,
            3,
        ]
        assert list(find_differences()) == []

    def test_stays_so_in_the_next_round_unless_that_says_otherwise(self, counted):
        make_result(counted.grid, "FY26 Q2", 2)
        make_round(counted.program, "FY26 Q3", counted.officer, units="roll_up")
        refresh_all()
        make_round(counted.program, "FY26 Q4", counted.officer)
        assert not StaleMark.objects.exists()  # nobody is counted otherwise
        assert arrangement_of(counted.program, date(2026, 9, 30)) == {counted.energy.pk: ("rolled_up", None)}

    def test_counts_in_a_group_as_in_its_program(self, counted):
        for agency in (counted.energy, counted.grid, counted.mines):
            describe(agency, type="other")
        group = make_cohort(counted.program, "Components", type="other")
        make_result(counted.grid, "FY26 Q3", 2)
        make_round(counted.program, "FY26 Q4", counted.officer, units="roll_up")
        refresh_all()
        assert (n_of("Components", "2026-08"), n_of("Components", "2026-09")) == (3, 2)
        found = {
            on.month: set(members_on(group, on).values_list("name", flat=True))
            for on in (date(2026, 8, 31), date(2026, 9, 30))
        }
        assert found[9] == {"Grid Office", "Mines Office"}
        assert found[8] == {*found[9], str(counted.energy)}


class TestCovered:
    def test_components_are_not_counted_beside_who_covers_them(self, counted):
        make_result(counted.energy, "FY26 Q4", 2)
        make_round(counted.program, "FY26 Q4", counted.officer, units="cover")
        refresh_all()
        assert n_of("Containers First", "2026-09") == 1
        assert n_of("All agencies", "2026-09") == 3
        assert list(find_differences()) == []

    def test_over_several_programs_nobody_is_counted_beside_one_above(self, counted):
        """Covered in one program, for itself in another: out of everything, counted in the other program."""
        other = make_program("Another", [counted.mines])
        make_result(counted.energy, "FY26 Q4", 2)
        make_result(counted.mines, "FY26 Q3", 3)
        make_round(counted.program, "FY26 Q4", counted.officer, units="cover")
        refresh_all()
        assert n_of("All agencies", "2026-09") == 3
        assert Trend.objects.get(scope__program=other, on=month("2026-09")).agencies == 1

    def test_nobody_is_lost_where_who_covers_is_itself_rolled_up_elsewhere(self, counted):
        other = make_program("Another", [counted.energy, counted.grid])
        officer = make_user("boss")
        make_result(counted.energy, "FY26 Q3", 2)
        make_round(counted.program, "FY26 Q4", officer, units="cover")
        refresh_all()
        assert n_of("All agencies", "2026-09") == 3  # energy, parks, trails
        make_round(other, "FY26 Q4", officer, units="roll_up")
        refresh_all()
        assert n_of("All agencies", "2026-09") == 4  # grid and mines in the place of energy
        assert list(find_differences()) == []


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_is_counted_alike_by_difference_in_a_rebuild_and_by_the_nightly_check(counted):
    make_result(counted.grid, "FY26 Q3", 2)
    make_round(counted.program, "FY26 Q4", counted.officer, units="roll_up")
    refresh_all()
    before = _stored()
    begin_rebuild(at=NOW)
    refresh_all()
    assert _stored() == before
    call_command("verify_trends")


def test_as_many_queries_for_fifty_agencies_as_for_five(counted, queries_of):
    make_result(counted.grid, "FY26 Q3", 2)
    make_round(counted.program, "FY26 Q4", counted.officer, units="cover")
    refresh_all()
    few = queries_of(lambda: current(list(Agency.objects.all())))
    more = [make_agency(parent=counted.energy) for _ in range(45)]
    for agency in more:
        ProgramMembership.objects.create(program=counted.program, agency=agency, from_on=date(2020, 1, 1))
    make_round(counted.program, "FY27 Q1", counted.officer, units="cover")
    assert queries_of(lambda: current(list(Agency.objects.all()))) == few


def test_an_officer_sees_at_once_that_the_published_n_is_to_be_corrected(counted):
    make_result(counted.grid, "FY26 Q4", 2)
    cycle = make_round(counted.program, "FY26 Q4", counted.officer)
    refresh_all()
    Cycle.objects.update(state="preview")
    publish_cycle(cycle_id=cycle.pk, by=counted.officer, at=NOW)
    arrange(cycle, "roll_up", counted.energy, by=counted.officer)
    refresh_all()
    assert correctable(cycle, months_of(cycle), counted.officer) == [counted.energy.pk]
    (found,) = pending(cycle, months_of(cycle), counted.officer)
    assert (found.name, found.why) == (str(counted.energy), "it no longer answers for itself")
    correct_publication(
        cycle_id=cycle.pk, reason="Energy answers through its offices.", by=counted.officer, at=NOW
    )
    assert correctable(cycle, months_of(cycle), counted.officer) == []


# --- from first principles --------------------------------------------------------------------------


def expected_members(on: date) -> dict[str, set[int]]:
    """Who is counted where at a month end, said plainly: one agency, one program, one day at a time."""
    out: dict[int, set[int]] = {}  # by agency the programs in which it does not answer for itself
    covered_by: dict[tuple[int, int], int | None] = {}
    for program in Program.objects.all():
        rounds = Cycle.objects.filter(program=program, period_ends_on__lte=on).order_by("period_ends_on")
        if (last := rounds.last()) is None:
            continue
        for unit in ReportingUnit.objects.filter(program=program, period_ends_on=last.period_ends_on):
            out.setdefault(unit.agency_id, set()).add(program.pk)
            covered_by[unit.agency_id, program.pk] = unit.covered_by_id
    found: dict[str, set[int]] = {}
    for agency in Agency.objects.open_on(on):
        member = {
            row.program_id
            for row in agency.program_memberships.all()
            if row.from_on <= on and (row.until_on is None or on <= row.until_on)
        }
        apart = member & out.get(agency.pk, set())
        for own in member - apart:
            found.setdefault(f"program {own}", set()).add(agency.pk)
        lost = {
            one
            for one in apart
            if (by := covered_by[agency.pk, one]) is not None
            and any(covered_by[by, other] is None for other in out.get(by, ()))
        }
        if apart - lost:
            continue
        found.setdefault("everything 0", set()).add(agency.pk)
        parent = Agency.objects.filter(parent=agency).exists()
        for root in [*agency.ancestor_ids, *([agency.pk] if parent else [])]:
            found.setdefault(f"subtree {root}", set()).add(agency.pk)
    return found


def applied_members(on: date) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in ScopeMember.objects.on(on).select_related("scope"):
        found.setdefault(f"{row.scope.key[0]} {row.scope.key[1]}", set()).add(row.agency_id)
    return found


def _stored() -> tuple:
    members = ScopeMember.objects.order_by("scope_id", "agency_id", "from_on", "until_on")
    trends = Trend.objects.order_by("scope_id", "model_id", "on")
    return (
        sorted(map(str, members.values_list("scope_id", "agency_id", "from_on", "until_on"))),
        list(trends.values_list("scope_id", "on", "agencies", "reported", "score_sum", "not_adopting")),
    )


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_n_is_what_follows_from_first_principles(db, seed: int):
    rng = random.Random(seed)
    agencies: list[Agency] = []
    for _ in range(14):
        agencies.append(make_agency(parent=rng.choice([None, *agencies[:6]])))
    programs = [make_program(f"One {seed}", agencies[:11]), make_program(f"Two {seed}", agencies[4:])]
    boss = make_user("boss")
    for agency in rng.sample(agencies, 6):
        make_result(agency, rng.choice(["FY26 Q2", "FY26 Q3", "FY26 Q4"]), rng.randint(0, 4))
    mark_stale(agencies=agencies, reason="imported", at=NOW)
    refresh_all()
    quarters = ["FY26 Q2", "FY26 Q3", "FY26 Q4", "FY27 Q1"]
    rng.shuffle(quarters)  # also before others that are there
    for step, label in enumerate(quarters * 2):
        program = programs[step % 2]
        cycle = make_round(
            program, label, boss, rng.choice(["before", "own", "roll_up", "cover"]), make_version(f"m{step}")
        )
        for _ in range(2):
            try:
                chosen = rng.sample(agencies, rng.randint(1, 2))
                arrange(cycle, rng.choice(["own", "roll_up", "cover"]), *chosen, by=boss)
            except CannotArrange:
                pass
        happens = rng.random()
        if happens < 0.3:
            leaf = rng.choice([one for one in agencies if not one.children.exists()])
            close_agency(agency=leaf, on=date(2026, rng.randint(1, 12), 5), by=None, at=NOW)
        elif happens < 0.5:
            member = rng.choice(agencies)
            if ProgramMembership.objects.filter(program=program, agency=member, until_on=None).exists():
                day = date(2026, rng.randint(2, 11), 28)
                remove_from_program(program=program, agency=member, on=day, by=None, at=NOW)
        refresh_all()
        for on in MONTHS:
            assert applied_members(on) == expected_members(on), (label, on)
        assert list(find_differences()) == []
    before = _stored()
    begin_rebuild(at=NOW + timedelta(hours=1))
    refresh_all()
    assert _stored() == before
