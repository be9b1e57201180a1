"""The measures of the engine: one approval, and everything anew."""

import json
import time
from statistics import median
from typing import Any

import psycopg

from bench.databases import url_of
from bench.measures import ROUNDS, Door, Measure
from bench.server import Site

APPROVALS = 10  # in a round
FRESH_MS = 1_000
MOST_KB = 300 * 1024


def approval_to_trend(large: Door, small: Door) -> Measure:
    """One approval over the API until the trends of all its scopes are fresh, by a worker behind Redis."""
    rounds = []
    with (
        psycopg.connect(url_of(large.site.scale), autocommit=True) as on_large,
        psycopg.connect(url_of(small.site.scale), autocommit=True) as on_small,
    ):
        sides = [
            (door, database, iter(door.keys["submitted"]))
            for door, database in ((large, on_large), (small, on_small))
        ]
        _ = [_approve(*side) for side in sides]  # the first one finds the worker cold
        for _ in range(ROUNDS):
            pairs = [[_approve(*side) for side in sides] for _ in range(APPROVALS)]
            rounds.append([median(times) for times in zip(*pairs, strict=True)])
    figure, floor = (median(times) for times in zip(*rounds, strict=True))
    return Measure("approval_to_trend", figure, floor, 1.5, figure < FRESH_MS, "under 1 s, large over small")


def _approve(door: Door, database: psycopg.Connection[Any], waiting: Any) -> float:
    """Milliseconds from the request until nothing of the agency waits and its trends say so."""
    pk, revision, agency = next(waiting)
    began = time.perf_counter()
    (since,) = database.execute("SELECT clock_timestamp()").fetchone() or (None,)
    words = {"revision": revision, "agreeing": "rest", "confirmation": "The agency went far."}
    door.api(f"/assessments/{pk}/approve/", "reviewer", "POST", words)
    while not _is_fresh(database, agency, since):
        if time.perf_counter() - began > 30:
            raise RuntimeError("The worker did not bring an approval into the trends within 30 s.")
        time.sleep(0.002)
    return (time.perf_counter() - began) * 1000


def _is_fresh(database: psycopg.Connection[Any], agency: int, since: Any) -> bool:
    """Whether the agency is not marked, and the last row of each of its scopes is newer than `since`."""
    query = """
        SELECT NOT EXISTS (SELECT 1 FROM agencies_stalemark WHERE agency_id = %(agency)s)
           AND NOT EXISTS (SELECT 1 FROM dashboards_scopemember m JOIN dashboards_trend t USING (scope_id),
                                dashboards_freshness f
                           WHERE m.agency_id = %(agency)s AND t."on" = f.horizon_on
                             AND t.computed_at < %(since)s)
    """
    row = database.execute(query, {"agency": agency, "since": since}).fetchone()
    return bool(row and row[0])


def full_rebuild(site: Site, rounds: int) -> list[Measure]:
    """All standings and trends from nothing by one worker, by two and by four, all with the floor's rows."""
    floors: list[float] = []
    took: dict[int, list[float]] = {1: [], 2: [], 4: []}
    memory: list[int] = []
    for _ in range(rounds):
        floors.append(_elapsed([_run(site, "floor")]))
        expected = _run(site, "sums")["sums"]
        for workers, times in took.items():
            parts = _rebuild(site, workers)
            if _run(site, "sums")["sums"] != expected:
                raise AssertionError("The rebuild and its floor do not give the same rows.")
            times.append(_elapsed(parts))
            memory.append(max(part["kb"] for part in parts))
    one, two, four = (median(times) for times in took.values())
    small, note = max(memory) < MOST_KB, f"peak {max(memory) // 1024} MB"
    return [
        Measure("full_rebuild", one, median(floors), 3, small, f"one worker, {note}"),
        Measure("full_rebuild_2", two, median(floors), 3, small, f"two workers, {note}"),
        Measure("full_rebuild_4", four, two, 1.2, small, "four workers over two"),
    ]


def _rebuild(site: Site, workers: int) -> list[dict[str, Any]]:
    begun = _run(site, "begin")
    names = [f"rebuild-{number}" for number in range(workers)]
    running = [site.begin(name, "bench_rebuild", "work") for name in names]
    parts = [json.loads(process.communicate()[0]) for process in running]
    site.stop(*names)
    return [begun, *parts]


def _run(site: Site, part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.manage("bench_rebuild", part))
    return found


def _elapsed(parts: list[dict[str, Any]]) -> float:
    """Milliseconds from the first start to the last end, without the starts of Python between the parts."""
    begun, *others = parts
    first = (begun["ended"] - begun["began"]) * 1000
    if not others:
        return first
    return first + (max(part["ended"] for part in others) - min(part["began"] for part in others)) * 1000


def web_memory(sites: list[Site]) -> Measure:
    """The largest web worker after the run, against the limit; here the figures are MB."""
    most = max(kb for site in sites for kb in site.web_memory()) / 1024
    return Measure("web_memory", most, 150, 1, note="MB, against 150")
