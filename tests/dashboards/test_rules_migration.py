"""What was stored before rules had names is told apart by the version that it was scored under."""

from importlib import import_module

import pytest
from django.apps import apps

from assessments.models import Result
from dashboards.models import Scope, Standing, Trend
from maturity.models import ModelVersion
from portal.agencies.models import StaleMark
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.dashboards.plainly import expected_trends
from tests.factories import NOW
from tests.world import World

pytestmark = pytest.mark.django_db


def migrate() -> None:
    import_module("assessments.migrations.0003_rules_data").name_the_version(apps, None)
    import_module("dashboards.migrations.0003_rules_data").follow_the_results(apps, None)


def as_before() -> None:
    for kind in (Result, Standing, Trend):
        rows = kind.objects.exclude(method="")
        rows.update(method="staged-1")


def test_one_version_keeps_its_numbers(world: World):
    make_result(world.grid)
    refresh_all()
    as_before()
    shown = list(Trend.objects.values_list("scope", "on", "score_sum"))
    migrate()
    migrate()  # a second time does no harm
    for kind in (Result, Standing, Trend):
        assert set(kind.objects.values_list("method", flat=True)) == {"staged-1@1"}
    assert list(Trend.objects.values_list("scope", "on", "score_sum")) == shown
    assert not StaleMark.objects.exists()


def test_two_versions_become_two_lines(world: World):
    first = make_version()
    second = ModelVersion.objects.get(pk=first.pk)
    second.pk, second.version, second.content_hash = None, "2", "other"
    second.save()
    make_result(world.grid, "FY26 Q3")
    refresh_all()
    as_before()
    make_result(world.grid, "FY26 Q4", version=second)
    Result.objects.update(method="staged-1")
    migrate()
    assert set(StaleMark.objects.values_list("agency", flat=True)) == {world.grid.pk}
    assert not Scope.objects.filter(recount=False).exists()
    refresh_all(NOW)
    assert set(Result.objects.values_list("method", flat=True)) == {"staged-1@1", "staged-1@2"}
    horizon = max(Trend.objects.values_list("on", flat=True))
    assert {(*t.scope.key, t.model_id, t.method, t.on) for t in Trend.objects.all()} == set(
        expected_trends(horizon)
    )
