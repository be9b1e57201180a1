"""What is measured, which every page begins with."""

from collections.abc import Callable
from functools import lru_cache

import pytest

from dashboards.queries import measures
from maturity.models import ModelVersion
from tests.dashboards.factories import make_result, refresh_all
from tests.world import World


def test_a_version_is_kept_in_memory_until_its_pack_changes(
    world: World, monkeypatch: pytest.MonkeyPatch, queries_of: Callable[..., int]
):
    make_result(world.grid)
    refresh_all()
    monkeypatch.setattr(measures, "_version", lru_cache(measures._version))
    assert [measure.version.rhythm for measure in measures.measures_in_use()] == ["quarter"]
    assert queries_of(measures.measures_in_use) == 1
    ModelVersion.objects.update(rhythm="year", text_hash="of another edition")
    assert [measure.version.rhythm for measure in measures.measures_in_use()] == ["year"]
