"""A portal whose standings knew nothing of when they were known learns it when it is upgraded."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from dashboards.models import Standing
from tests.dashboards.factories import make_result, refresh_all
from tests.world import World

BEFORE = [("dashboards", "0013_commitments")]


def migrate(to: list[tuple[str, str]] | None = None) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(to or executor.loader.graph.leaf_nodes())


def stored() -> list[tuple[Any, ...]]:
    fields = ("agency_id", "from_on", "until_on", "state", "result_id", "known_from", "known_until")
    return sorted(Standing.versions.values_list(*fields), key=repr)


@pytest.mark.django_db(transaction=True)
def test_all_is_known_again_once_the_workers_are_through(world: World):
    first = make_result(world.grid, "FY26 Q3")
    make_result(world.grid, "FY26 Q4")
    make_result(world.grid, "FY26 Q3", 3.5, amends=first)
    refresh_all()
    known = stored()
    assert len([row for row in known if row[-1]]) == 2
    # Before, there were only those of today, and nothing said since when.
    Standing.versions.filter(known_until__isnull=False).delete()
    migrate(BEFORE)
    migrate()
    assert not Standing.objects.filter(known_from__isnull=True).exists()
    refresh_all()
    assert stored() == known
