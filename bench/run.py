"""`python -m bench.run`: all measures, one table, var/bench.json. See docs/bench.md."""

import argparse
import hashlib
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date

from bench import measures, measures_cohorts, measures_engine
from bench.databases import (
    LARGE,
    ROOT,
    SMALL,
    Unready,
    alone,
    fingerprint,
    is_current,
    make_empty,
    note_filled,
)
from bench.measures import ROUNDS, Door, Measure
from bench.server import VAR, Site, redis_answers, redis_url

Step = Callable[[], list[Measure]]


def main() -> int:
    """Run the bench. 1 where a limit is not held, 2 where it cannot run."""
    parser = argparse.ArgumentParser(
        description="How long the portal takes, beside the least anything could."
    )
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="NAME", help="only what begins with one of these"
    )
    parser.add_argument("--rebuild-rounds", type=int, default=ROUNDS, help="of full_rebuild: minutes each")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # so that what was started is stopped
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        with alone():
            if not redis_answers(redis_url()):
                raise Unready("Redis does not answer (BENCH_REDIS_URL).")
            return _run(tuple(options.only), options.rebuild_rounds)
    except Unready as error:
        _say(str(error))
        return 2


def _run(only: tuple[str, ...], rebuild_rounds: int) -> int:
    VAR.mkdir(parents=True, exist_ok=True)
    large, small = Site(LARGE), Site(SMALL)
    collect_static(small)
    for site in (small, large):
        seed(site)
    try:
        found = measure_all(large, small, only, rebuild_rounds)
    finally:
        large.stop()
        small.stop()
    _print(found)
    if not only:
        path = ROOT / "var" / "bench.json"
        path.write_text(json.dumps([measure.as_json() for measure in found], indent=2) + "\n")
        _say(f"Written to {path.relative_to(ROOT)}.")
    return 0 if all(measure.held for measure in found) else 1


def measure_all(large: Site, small: Site, only: tuple[str, ...], rebuild_rounds: int) -> list[Measure]:
    """Start both sites and take the measures whose names begin with one of `only` (none: all)."""
    doors = [Door(site, json.loads(site.manage("bench_prepare"))) for site in (large, small)]
    for site in (large, small):
        site.start_web()
        site.start_worker()
    steps: dict[str, Step] = {
        "portfolio_page_growth": lambda: [measures.portfolio_page_growth(*doors)],
        "agencies_page_growth": lambda: [measures.agencies_page_growth(*doors)],
        "trend_api_growth": lambda: [measures.trend_api_growth(*doors)],
        "adhoc_cohort": lambda: [measures_cohorts.adhoc_cohort(doors[0])],
        "approval_to_trend": lambda: [measures_engine.approval_to_trend(*doors)],
        "api_list_100": lambda: [measures.api_list(doors[0], 100)],
        "api_list_1000": lambda: [measures.api_list(doors[0], 1000)],
        "search": lambda: [measures.search(doors[0])],
        "html_table_100": lambda: [measures.html_table_100(doors[0])],
        "answer_save": lambda: [measures.answer_save(*doors)],
        "web_memory": lambda: [measures_engine.web_memory([large, small])],
        "full_rebuild": lambda: _alone(large, small, rebuild_rounds),
    }
    found = []
    for name, step in steps.items():
        if not only or name.startswith(only):
            _say(f"{name} …")
            found += step()
    return found


def _alone(large: Site, small: Site, rounds: int) -> list[Measure]:
    """The rebuild, which comes last, without servers and workers that would take a part of it."""
    large.stop()
    small.stop()
    return measures_engine.full_rebuild(large, rounds)


def seed(site: Site) -> None:
    """Fill the database where its schema, packs or seeding have changed, or another quarter has begun."""
    today = date.today()  # noqa: DTZ011 - at worst a database is filled once too often
    wanted = fingerprint(site.scale, f"{today.year} Q{(today.month - 1) // 3 + 1}")
    if is_current(site.scale, wanted):
        return
    _say(f"Filling {site.scale.database}, which takes minutes for the large one …")
    began = time.monotonic()
    make_empty(site.scale)
    site.manage("bench_seed", json.dumps(asdict(site.scale)))
    note_filled(site.scale, wanted)
    _say(f"{site.scale.database} is filled, {time.monotonic() - began:.0f} s.")


def collect_static(site: Site) -> None:
    """Static files as in production, collected again only where one has changed."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "static").rglob("*")):
        found.update(f"{path} {path.stat().st_mtime_ns}".encode())
    stamp = VAR / "static.stamp"
    if not stamp.exists() or stamp.read_text() != found.hexdigest():
        _say("Collecting static files …")
        site.manage("collectstatic", "--noinput", "--verbosity", "0")
        stamp.write_text(found.hexdigest())


def _print(found: list[Measure]) -> None:
    _say(f"\n{'measure':24}{'figure ms':>12}{'floor ms':>12}{'ratio':>8}{'limit':>8}  held")
    for measure in found:
        numbers = (
            f"{measure.figure_ms:>12,.1f}{measure.floor_ms:>12,.1f}{measure.ratio:>8.2f}{measure.limit:>8}"
        )
        _say(f"{measure.name:24}{numbers}  {'yes' if measure.held else 'NO':4} {measure.note}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
