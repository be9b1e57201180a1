"""The bench's own code, on a government of twenty agencies: what it measures is there, whatever it takes."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings

from bench import measures, measures_engine
from bench.databases import Scale, drop
from bench.measures import Measure
from bench.run import collect_static, measure_all, seed
from bench.server import VAR, Site
from tests.servers import OwnRedis

pytestmark = [pytest.mark.postgres, pytest.mark.servers]
# Of this process alone, so that two runs of the tests do not meet.
SCALES = [
    Scale(f"test_{os.getpid()}_{name}", 2, 6, agencies, drafts=8, redis=number, quarters=4)
    for number, (name, agencies) in enumerate({"large": 20, "small": 12}.items())
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    """Two small databases, as the bench fills them, and a Redis of the tests' own."""
    with pytest.MonkeyPatch.context() as environment:
        yield from _sites(OwnRedis(tmp_path_factory.mktemp("redis")), environment)


def _sites(redis: OwnRedis, environment: pytest.MonkeyPatch) -> Iterator[list[Site]]:
    database = settings.DATABASES["default"]
    server = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT'] or 5432}"
    environment.setenv("BENCH_DATABASE_URL", f"postgresql://{server}/")
    redis.start()
    environment.setenv("BENCH_REDIS_URL", redis.url.removesuffix("/0"))
    made = [Site(scale) for scale in SCALES]
    VAR.mkdir(parents=True, exist_ok=True)
    try:
        collect_static(made[0])
        for site in made:
            seed(site)
        yield made
    finally:
        for site in made:
            site.stop()
            drop(site.scale)
            for log in VAR.glob(f"{site.scale.name}-*.log"):
                log.unlink()
        redis.stop_at_once()


def test_every_measure_is_taken_and_equals_its_floor(sites: list[Site], monkeypatch: pytest.MonkeyPatch):
    """The measures compare what figure and floor return, and raise where it differs."""
    for module in (measures, measures_engine):
        monkeypatch.setattr(module, "ROUNDS", 1)
    for name in ("REQUESTS", "WARM_UP"):
        monkeypatch.setattr(measures, name, 1)
    monkeypatch.setattr(measures_engine, "APPROVALS", 1)

    large, small = sites
    found = {measure.name: measure for measure in measure_all(large, small, (), 1)}

    assert list(found) == [
        "portfolio_page_growth", "agencies_page_growth", "trend_api_growth", "adhoc_cohort",
        "approval_to_trend", "api_list_100", "api_list_1000", "search", "html_table_100", "answer_save",
        "web_memory", "full_rebuild", "full_rebuild_2", "full_rebuild_4",
    ]  # fmt: skip
    assert all(measure.figure_ms > 0 and measure.floor_ms > 0 for measure in found.values())
    growths = [measure for name, measure in found.items() if name.endswith("_growth")]
    assert [measure.also for measure in growths] == [True] * 3, "as many queries on both sites"
    assert [site.running for site in sites] == [{}, {}]


def test_a_measure_is_held_only_with_all_that_is_asked_of_it():
    assert Measure("m", 15, 10, 1.5).held
    assert not Measure("m", 15.1, 10, 1.5).held
    assert not Measure("m", 15, 10, 1.5, also=False).held
    assert Measure("m", 15, 10, 1.5).as_json() == {
        "name": "m", "figure_ms": 15, "floor_ms": 10, "ratio": 1.5, "limit": 1.5, "held": True,
    }  # fmt: skip


def test_what_the_bench_started_ends_with_it(sites: list[Site]):
    site = sites[0]
    site.start_web()
    web = site.running["web"].pid
    assert len(site.web_memory()) == 2
    site.begin("endless", "shell", "--no-imports", "--command", "import time; time.sleep(600)")
    endless = site.running["endless"].pid
    site.stop()
    for pid in (web, endless):
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)
    assert not site.running
