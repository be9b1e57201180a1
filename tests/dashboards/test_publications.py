"""Publishing: what is frozen, that nothing moves it, and what a correction changes."""

from datetime import date, timedelta
from typing import Any

import pytest

from assessments.models import Cycle
from assessments.services_cycles import CannotAdvance
from dashboards.models import Publication, PublishedMember, PublishedStanding, PublishedTrend, Scope, Trend
from dashboards.services_check_published import of_published
from dashboards.services_publications import (
    CannotPublish,
    NothingToCorrect,
    correct_publication,
    freeze_published,
    publish_cycle,
)
from dashboards.services_sums import SUM_FIELDS
from portal.agencies.models import Agency, Program
from portal.agencies.periods import Period, label, parse_label
from portal.agencies.services import mark_stale, move_agency
from portal.audit.models import AuditEntry
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency, make_program
from tests.world import World

LATER = NOW + timedelta(days=3)


def make_round(program: Program, period: str = "FY26 Q4", state: str = "preview", **fields: Any) -> Cycle:
    span: Period = parse_label(period)
    values = {
        "version": make_version(),
        "period_starts_on": span.starts_on,
        "period_ends_on": span.ends_on,
        "period_label": label(span),
        "due_on": span.ends_on + timedelta(days=30),
        "state": state,
        "opened_at": NOW,
    }
    return Cycle.objects.create(program=program, **(values | fields))


def publish(cycle: Cycle, world: World, at=NOW) -> Publication:
    return publish_cycle(cycle_id=cycle.pk, by=world.officer, at=at)


def correct(cycle: Cycle, world: World, reason: str = "An error was found.", at=LATER) -> Publication:
    return correct_publication(cycle_id=cycle.pk, reason=reason, by=world.officer, at=at)


def shown(scope: Scope, on: str = "2026-09") -> PublishedTrend:
    """The published row that holds now."""
    return PublishedTrend.objects.filter(scope=scope, on=month(on)).latest("publication_id")


def numbers(row: PublishedTrend | Trend) -> tuple[int, int, int, int]:
    return row.agencies, row.reported, row.carried, row.score_sum


def published_adds_up() -> None:
    """Every published row is the sum of the published standings of its published members; so says the nightly
    check too."""
    assert list(of_published()) == []
    for row in PublishedTrend.objects.all():
        if PublishedTrend.objects.filter(
            scope=row.scope_id,
            model=row.model_id,
            method=row.method,
            on=row.on,
            publication__gt=row.publication,
        ).exists():
            publication = row.publication_id
        else:
            publication = None
        members = PublishedMember.objects.as_of(publication).on(row.on).filter(scope=row.scope_id)
        ids = list(members.values_list("agency_id", flat=True))
        standings = (
            PublishedStanding.objects.as_of(publication)
            .on(row.on)
            .filter(model=row.model_id, method=row.method, agency__in=ids)
        )
        states = list(standings.values_list("state", flat=True))
        assert len(ids) == len(set(ids)) == row.agencies == len(states), (row, ids, states)
        assert states.count("reported") == row.reported
        assert states.count("carried") == row.carried
        assert states.count("not_adopting") == row.not_adopting
        assert sum(standing.score or 0 for standing in standings) == row.score_sum
        for slug, entry in row.domains.items():
            assert entry["sum"] == sum(standing.domains.get(slug, 0) for standing in standings)


@pytest.fixture
def reported(world: World) -> World:
    """grid and mines reported FY26 Q4, energy the quarter before; trails is in no program."""
    make_result(world.grid, "FY26 Q4", 2.5)
    make_result(world.mines, "FY26 Q4", 1.5)
    make_result(world.energy, "FY26 Q3", 2.2)
    make_result(world.trails, "FY26 Q4", 4.0)
    refresh_all()
    return world


def scope_of(world: World) -> Scope:
    return Scope.objects.get(program=world.program)


def test_publishing_freezes_all_that_the_round_speaks_for(reported: World):
    cycle = make_round(reported.program)
    publication = publish(cycle, reported)
    cycle.refresh_from_db()
    assert (publication.revision, cycle.state, cycle.published_at) == (1, "published", NOW)
    days = [month("2026-09"), month("2026-10"), month("2026-11")]
    for scope in (
        scope_of(reported),
        Scope.objects.get(agency=reported.energy),
        Scope.objects.get(kind="everything"),
    ):
        rows = PublishedTrend.objects.filter(scope=scope).order_by("on")
        assert [row.on for row in rows] == days
        for row in rows:
            live = Trend.objects.get(scope=scope, on=row.on)
            assert {f: getattr(row, f) for f in SUM_FIELDS} == {f: getattr(live, f) for f in SUM_FIELDS}
    # Parks has no member of the program, so its trend is not of this round.
    assert not PublishedTrend.objects.filter(scope__agency=reported.parks).exists()
    published_adds_up()
    assert AuditEntry.objects.filter(action="publish figures").count() == 1


def test_an_amendment_and_a_late_report_move_nothing_that_is_published(reported: World):
    cycle = make_round(reported.program)
    publish(cycle, reported)
    before = numbers(shown(scope_of(reported)))
    make_result(reported.grid, "FY26 Q4", 3.5, amends=reported.grid.results.get())
    make_result(reported.energy, "FY26 Q4", 3.0, approved_at=LATER)
    refresh_all()
    assert numbers(shown(scope_of(reported))) == before == (3, 2, 1, 6_200_000)
    live = Trend.objects.get(scope=scope_of(reported), on=month("2026-09"))
    assert numbers(live) == (3, 3, 0, 8_000_000)

    second = correct(cycle, reported)
    assert second.revision == 2
    assert numbers(shown(scope_of(reported))) == (3, 3, 0, 8_000_000)
    first = PublishedTrend.objects.get(publication__revision=1, scope=scope_of(reported), on=month("2026-09"))
    assert numbers(first) == before
    published_adds_up()
    with pytest.raises(NothingToCorrect):
        correct(cycle, reported)
    assert Publication.objects.count() == 2


def test_what_waits_is_counted_before_it_is_published(reported: World):
    make_result(reported.energy, "FY26 Q4", 3.0)  # approved a moment ago, and no worker came yet
    publish(make_round(reported.program), reported)
    assert numbers(shown(scope_of(reported))) == (3, 3, 0, 7_000_000)


def test_everything_is_published_when_the_last_program_publishes(reported: World):
    second = make_program("Parks First", [reported.parks, reported.trails, reported.grid])
    mark_stale(agencies=[reported.parks, reported.trails, reported.grid], reason="joined", at=NOW)
    refresh_all()
    one, other = make_round(reported.program), make_round(second)
    everything = Scope.objects.get(kind="everything")
    publish(one, reported)
    assert PublishedTrend.objects.filter(scope=scope_of(reported)).exists()
    assert not PublishedTrend.objects.filter(scope=everything).exists()
    assert not PublishedTrend.objects.filter(scope__program=second).exists()
    # Grid, which is in both, is amended in between: what was published of it first holds for both.
    make_result(reported.grid, "FY26 Q4", 3.5, amends=reported.grid.results.get())
    refresh_all()
    publish_cycle(cycle_id=other.pk, by=reported.administrator, at=LATER)
    assert numbers(shown(everything)) == (5, 3, 1, 10_200_000)
    assert numbers(shown(Scope.objects.get(program=second))) == (3, 2, 0, 6_500_000)
    published_adds_up()
    # Either may correct it, and then it is corrected in both.
    correct_publication(cycle_id=other.pk, reason="Grid", by=reported.administrator, at=LATER)
    for scope in (everything, Scope.objects.get(program=second), scope_of(reported)):
        assert shown(scope).publication.cycle == other
    assert numbers(shown(everything)) == (5, 3, 1, 11_200_000)
    published_adds_up()
    with pytest.raises(NothingToCorrect):
        correct(one, reported)


def test_an_agency_that_left_since_stays_in_what_was_published(reported: World):
    cycle = make_round(reported.program)
    publish(cycle, reported)
    reported.program.memberships.filter(agency=reported.mines).update(until_on=date(2026, 9, 15))
    mark_stale(agencies=[reported.mines], reason="left", at=NOW)
    refresh_all()
    assert numbers(shown(scope_of(reported))) == (3, 2, 1, 6_200_000)
    correct(cycle, reported, "Mines left in September.")
    assert numbers(shown(scope_of(reported))) == (2, 1, 1, 4_700_000)
    # It is still counted in the department.
    assert shown(Scope.objects.get(agency=reported.energy)).publication.revision == 1
    published_adds_up()


def test_a_move_in_the_tree_is_a_correction_of_the_past(reported: World):
    publish(make_round(reported.program), reported)
    move_agency(agency=Agency.objects.get(pk=reported.mines.pk), parent=None, by=None, at=NOW)
    refresh_all()
    energy = Scope.objects.get(agency=reported.energy)
    assert shown(energy).agencies == 3
    correct(Cycle.objects.get(), reported, "Mines is its own now.")
    assert shown(energy).agencies == 2
    assert shown(scope_of(reported)).publication.revision == 1
    published_adds_up()


def test_who_joins_late_is_counted_by_a_correction(reported: World):
    publish(make_round(reported.program), reported)
    reported.program.memberships.create(agency=reported.trails, from_on=LONG_AGO)
    mark_stale(agencies=[reported.trails], reason="joined", at=NOW)
    refresh_all()
    assert shown(scope_of(reported)).agencies == 3
    correct(Cycle.objects.get(), reported, "Trails belonged to it all along.")
    assert numbers(shown(scope_of(reported))) == (4, 3, 1, 10_200_000)
    published_adds_up()


def test_a_new_agency_made_after_publication_waits_for_a_correction(reported: World):
    publish(make_round(reported.program), reported)
    new = make_agency("New Office", reported.mines)
    reported.program.memberships.create(agency=new, from_on=LONG_AGO)
    mark_stale(agencies=[new, reported.mines], reason="made", at=NOW)
    refresh_all()
    correct(Cycle.objects.get(), reported, "A new office.")
    assert shown(scope_of(reported)).agencies == 4
    assert shown(Scope.objects.get(agency=reported.mines)).agencies == 2
    published_adds_up()


def test_a_later_round_speaks_for_its_own_months(reported: World):
    publish(make_round(reported.program, "FY26 Q4"), reported)
    make_round(reported.program, "2026-10", state="collecting")
    assert shown(scope_of(reported), "2026-10").publication.revision == 1  # published is published


def test_a_round_of_a_month_that_still_collects_keeps_its_month_open(reported: World):
    make_round(reported.program, "2026-10", state="collecting")
    publish(make_round(reported.program, "FY26 Q4"), reported)
    days = PublishedTrend.objects.filter(scope=scope_of(reported)).values_list("on", flat=True)
    assert sorted(days) == [month("2026-09"), month("2026-11")]
    published_adds_up()


def test_a_round_that_is_not_in_preview_is_not_published(reported: World):
    cycle = make_round(reported.program, state="collecting")
    with pytest.raises(CannotAdvance):
        publish(cycle, reported)
    assert not Publication.objects.exists()


def test_a_correction_needs_a_reason_and_a_publication(reported: World):
    cycle = make_round(reported.program)
    with pytest.raises(CannotPublish, match="not published yet"):
        correct(cycle, reported)
    publish(cycle, reported)
    with pytest.raises(CannotPublish, match="why"):
        correct(cycle, reported, "  ")


def test_rounds_that_were_published_before_figures_were_kept_are_frozen_once(reported: World):
    make_round(reported.program, "FY26 Q3", state="published", published_at=NOW - timedelta(days=90))
    make_round(reported.program, "FY26 Q4", state="published", published_at=NOW)
    assert freeze_published(at=LATER) > 0
    assert freeze_published(at=LATER) == 0
    assert [p.published_at for p in Publication.objects.order_by("pk")] == [NOW - timedelta(days=90), NOW]
    published_adds_up()


def test_what_was_frozen_is_frozen_once_also_where_a_part_of_the_tree_never_reported(reported: World):
    department = make_agency("Silent Department")
    office = make_agency("Silent Office", department)
    program = make_program("With Silent Ones", agencies=[reported.grid, office])
    mark_stale(agencies=[reported.grid, department, office], reason="test", at=NOW)
    refresh_all()
    make_round(program, state="published", published_at=NOW)
    assert freeze_published(at=LATER) > 0
    assert not PublishedMember.objects.filter(scope__agency=department).exists()
    assert freeze_published(at=LATER) == 0
    published_adds_up()


def test_publishing_where_nobody_reported_publishes_nothing(world: World):
    publish(make_round(world.program), world)
    assert Publication.objects.count() == 1
    assert not PublishedTrend.objects.exists()
