"""The nightly check of what is published sees each row that is not the sum of its parts."""

from typing import Any

import pytest

from dashboards import tasks
from dashboards.models import PublishedMember, PublishedStanding, PublishedTrend, Scope
from dashboards.services_check import find_differences
from dashboards.services_check_published import of_published
from portal.agencies.models import Agency
from portal.agencies.services import mark_stale
from tests.dashboards.factories import make_result, month, refresh_all
from tests.dashboards.test_publications import correct, make_round, publish
from tests.factories import NOW, make_agency
from tests.world import World

ON = month("2026-09")


def published(world: World) -> World:
    """grid and mines reported, energy did not; published, amended and corrected."""
    make_result(world.grid, "FY26 Q4", 2.5)
    make_result(world.mines, "FY26 Q4", 1.5)
    mark_stale(agencies=list(Agency.objects.all()), reason="imported", at=NOW)
    refresh_all()
    publish(make_round(world.program), world)
    make_result(world.grid, "FY26 Q4", 3.5, amends=world.grid.results.get())
    refresh_all()
    correct(world.program.cycles.get(), world)
    assert list(find_differences()) == []
    return world


def latest(scope: Scope) -> Any:
    return PublishedTrend.objects.filter(scope=scope, on=ON).order_by("-publication_id")


@pytest.mark.django_db(transaction=True)  # the check has a transaction of its own
def test_a_row_that_was_changed_raises_the_alarm(world: World):
    scope = Scope.objects.filter(program=published(world).program)
    row = latest(scope.get()).first()
    PublishedTrend.objects.filter(pk=row.pk).update(score_sum=row.score_sum + 1)
    tasks.verify_nightly()
    page = world.client("administrator").get("/check/").content.decode()
    assert "Containers First, published score_sum on 2026-09-30: stored 5000001, computed 5000000" in page


def test_a_revision_that_holds_no_longer_is_not_looked_at(world: World):
    scope = Scope.objects.get(program=published(world).program)
    PublishedTrend.objects.filter(pk=latest(scope).last().pk).update(agencies=99)
    assert list(of_published()) == []


def test_a_standing_that_was_changed_is_seen_in_each_of_its_scopes(world: World):
    published(world)
    standing = PublishedStanding.objects.as_of(None).filter(agency=world.mines)
    standing.update(score=1_600_000, domains={"people": 500_000})
    found = {(subject, what) for subject, what, _, _ in of_published()}
    scopes = PublishedMember.objects.filter(agency=world.mines).values("scope")
    subjects = {str(scope) for scope in Scope.objects.filter(pk__in=scopes)}
    assert len(subjects) == 3
    for field in ("score_sum", "histogram", "domains"):
        assert {(subject, f"published {field} on {ON}") for subject in subjects} <= found


def test_a_member_without_a_standing_and_one_too_few_are_seen(world: World):
    published(world)
    PublishedStanding.objects.as_of(None).filter(agency=world.energy).delete()
    assert ("Containers First", f"published standings on {ON}", "2", "3 members") in list(of_published())
    PublishedMember.objects.as_of(None).filter(agency=world.energy).delete()
    assert ("Containers First", f"published agencies on {ON}", "3", "2") in list(of_published())


def test_it_asks_as_often_whatever_the_size(world: World, queries_of):
    published(world)
    few = queries_of(lambda: list(of_published()))
    for _ in range(8):
        agency = make_agency(parent=world.energy)
        world.program.memberships.create(agency=agency, from_on=ON.replace(day=1))
        make_result(agency, "FY26 Q4", 2.0)
        mark_stale(agencies=[agency], reason="made", at=NOW)
    refresh_all()
    correct(world.program.cycles.get(), world, "New offices.")
    assert queries_of(lambda: list(of_published())) == few
