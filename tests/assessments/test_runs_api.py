"""/api/v1/instruments/ and /api/v1/instrument-runs/: found, started, saved over what was read, finished."""

from datetime import date
from typing import Any

import pytest

from assessments.models import InstrumentRun
from tests.assessments.instruments import ANSWERS, finished, save, small_edition, start
from tests.world import World

PROBLEM = "application/problem+json"
RUNS = "/api/v1/instrument-runs/"
START = {"instrument": "in-small", "subject": "Blue", "run_on": "2026-11-20"}


def send(world: World, method: str, path: str = "", persona: str = "lead", tag: str = "", **data: Any) -> Any:
    headers = {"If-Match": tag} if tag else {}
    client = getattr(world.client(persona), method)
    return client(f"{RUNS}{path}", data, content_type="application/json", headers=headers)


def get(world: World, run: InstrumentRun, persona: str = "lead") -> Any:
    return world.client(persona).get(f"{RUNS}{run.pk}/")


def test_instruments_are_listed_and_one_comes_with_its_definition(world: World):
    small_edition()
    client = world.client("viewer")
    (row,) = client.get("/api/v1/instruments/?engine=checklist").json()["results"]
    assert (row["slug"], row["edition"]) == ("in-small", 1)
    assert "definition" not in row
    assert client.get("/api/v1/instruments/?engine=tree").json()["results"] == []
    told = client.get("/api/v1/instruments/in-small/").json()
    assert [group["slug"] for group in told["definition"]["groups"]] == ["images", "people"]
    assert client.get("/api/v1/instruments/in-none/").status_code == 404


def test_a_run_is_started(world: World):
    small_edition()
    response = send(world, "post", agency=world.grid.slug, **START)
    run = InstrumentRun.objects.get()
    assert response.status_code == 201
    assert response["Location"].endswith(f"{RUNS}{run.pk}/")
    told = response.json()
    assert (told["state"], told["revision"], told["outcome"], told["headline"]) == ("open", 1, None, None)
    again = send(world, "post", agency=world.grid.slug, repeats=run.pk, **START)
    assert again.json()["repeats"] == run.pk


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"instrument": "in-none"}, 400),
        ({"agency": "nowhere"}, 400),
        ({"repeats": 12345}, 400),
        ({"subject": ""}, 422),
        ({"run_on": "2126-01-01"}, 422),
    ],
)
def test_what_cannot_be_started_is_told_as_problem_details(world: World, change: dict, status: int):
    small_edition()
    response = send(world, "post", **(START | {"agency": world.grid.slug} | change))
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)


def test_runs_are_listed_and_filtered_within_what_one_may_see(world: World):
    done, other = finished(world), start(world, subject="Green", on=date(2026, 10, 1))
    theirs = finished(world, agency=world.trails, by=world.outsider)

    def ids(query: str, persona: str = "officer") -> set[int]:
        return {row["id"] for row in world.client(persona).get(f"{RUNS}?{query}").json()["results"]}

    assert ids("") == {done.pk, other.pk}
    assert ids("", "administrator") == {done.pk, other.pk, theirs.pk}
    assert ids("", "viewer") == set()
    assert ids("state=finished") == {done.pk}
    assert ids("subject=Green") == {other.pk}
    assert ids("run_from=2026-11-01") == {done.pk}
    assert ids(f"agency={world.grid.slug}&instrument=in-small") == {done.pk, other.pk}
    assert ids("instrument=in-none") == set()


def test_ten_runs_take_as_many_queries_as_one(world: World, queries_of):
    finished(world)
    client = world.client("lead")
    first = queries_of(lambda: client.get(RUNS))
    for number in range(9):
        finished(world, subject=f"Cluster {number}")
    assert queries_of(lambda: client.get(RUNS)) == first
    assert client.get(RUNS).json()["results"][0]["headline"].startswith("50%")


def test_parts_are_saved_and_the_rest_stays(world: World):
    run = save(start(world), ANSWERS)
    given = {"entries": {"sm-train": {"status": "met"}}}
    response = send(world, "patch", f"{run.pk}/", answers=given, note="With ops", revision=2)
    assert response.status_code == 200
    told = response.json()
    assert told["answers"]["entries"]["sm-train"] == {"status": "met"}
    assert told["answers"]["fields"] == ANSWERS["fields"]
    assert (told["note"], told["subject"], told["revision"]) == ("With ops", "Blue", 3)


def test_problems_are_told_by_place(world: World):
    run = start(world)
    response = send(world, "patch", f"{run.pk}/", answers={"fields": {"nodes": "x"}}, revision=1)
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    assert "fields.nodes" in response.json()["errors"]
    assert send(world, "patch", f"{run.pk}/", answers=[1], revision=1).status_code == 422


def test_without_revision_or_etag_nothing_is_written(world: World):
    run = start(world)
    assert send(world, "patch", f"{run.pk}/", answers=ANSWERS).status_code == 428
    assert send(world, "post", f"{run.pk}/finish/").status_code == 428


def test_a_stale_part_is_refused_with_the_run_as_it_is(world: World):
    run = start(world)
    save(run, {"fields": {"owner": "Kim"}})
    response = send(world, "patch", f"{run.pk}/", answers={"fields": {"owner": "Pat"}}, revision=1)
    assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)
    assert response.json()["current"]["answers"]["fields"] == {"owner": "Kim"}


def test_the_etag_of_what_was_read_stands_for_the_revision(world: World):
    run = start(world)
    tag = get(world, run)["ETag"]
    saved = send(world, "patch", f"{run.pk}/", tag=tag, answers=ANSWERS)
    assert saved.status_code == 200
    stale = send(world, "patch", f"{run.pk}/", tag=tag, answers=ANSWERS)
    assert (stale.status_code, stale.json()["current"]["revision"]) == (412, 2)
    assert send(world, "post", f"{run.pk}/finish/", tag=saved["ETag"]).status_code == 200
    unchanged = world.client("lead").get(
        f"{RUNS}{run.pk}/", headers={"If-None-Match": get(world, run)["ETag"]}
    )
    assert unchanged.status_code == 304


def test_a_run_is_finished_once_and_then_fixed(world: World):
    run = save(start(world), {"entries": ANSWERS["entries"]})
    refused = send(world, "post", f"{run.pk}/finish/", revision=run.revision)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["fields.owner"])
    run = save(run, {"fields": {"owner": "Pat"}})
    told = send(world, "post", f"{run.pk}/finish/", revision=run.revision).json()
    assert told["state"] == "finished"
    assert told["headline"] == told["outcome"]["headline"]
    assert told["known"]["levels"] == {}
    assert send(world, "post", f"{run.pk}/finish/", revision=4).status_code == 409
    assert send(world, "patch", f"{run.pk}/", answers={}, revision=4).status_code == 409
    assert send(world, "delete", f"{run.pk}/").status_code == 409


def test_an_open_run_is_discarded(world: World):
    run = start(world)
    assert send(world, "delete", f"{run.pk}/").status_code == 204
    assert get(world, run).status_code == 404


@pytest.mark.parametrize("pk", ["x", "0", "999999", "%00"])
def test_what_is_not_there_is_not_found(world: World, pk: str):
    assert world.client("administrator").get(f"{RUNS}{pk}/").status_code == 404
