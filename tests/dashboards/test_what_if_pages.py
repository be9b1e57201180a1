"""What-if on the pages: who takes part, who may ask, what is in the file, and the background run."""

import csv
from io import StringIO

import pytest
from django.test import Client

from assessments.models import Cycle
from dashboards.models import Publication, WhatIfRun
from dashboards.queries import what_if as reads
from dashboards.services_publications import freeze_published
from dashboards.services_what_if import compute_run
from dashboards.tasks import what_if
from maturity.levels import decode_levels
from maturity.models import ModelVersion
from maturity.queries import rules_of
from maturity.scoring import score, to_millionths
from portal.agencies.models import Agency
from portal.agencies.periods import parse_label
from portal.agencies.services import mark_stale
from portal.audit.models import AuditEntry
from portal.jobs import services as jobs
from portal.jobs.models import Job
from tests.dashboards.factories import make_result, refresh_all
from tests.dashboards.test_pages_portfolio import text_of
from tests.factories import LONG_AGO, NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

# train-staff, name-owner, pick-platform | pair-up, scan-images (must-have) | share-skills, heal-itself |
# no-budget (stage 1), too-complex (stage 2)
LEVELS = {"grid": "303000030", "mines": "333300033", "energy": "333333333"}


def answer(agency: Agency, version: ModelVersion, levels: str) -> None:
    """An approved result of these levels, scored as they are."""
    card = score(rules_of(version), decode_levels(rules_of(version), levels))
    make_result(
        agency,
        version=version,
        levels=levels,
        score=to_millionths(card.score) / 1_000_000,
        stages_completed=card.stages_completed,
    )


@pytest.fixture
def answered(world: World) -> World:
    """grid lacks one practice of stage 1, mines the must-have of stage 2, energy has everything."""
    version = make_small_model()
    for name, levels in LEVELS.items():
        answer(getattr(world, name), version, levels)
    answer(world.trails, version, "000000000")
    refresh_all()
    return world


def ask(client: Client, *practices: str, **choices: str):
    response = client.get("/what-if/", {"practice": practices, **choices})
    assert response.status_code == 200
    return response


def test_the_distribution_before_and_after(answered: World):
    response = ask(answered.client("officer"), "name-owner", "scan-images")
    outcome = response.context["outcome"]
    assert [outcome.before.completed(stage) for stage in (1, 2, 3)] == [2, 1, 1]
    assert [outcome.after.completed(stage) for stage in (1, 2, 3)] == [3, 2, 1]
    text = text_of(response.content.decode())
    assert "2 agencies would complete a further stage" in text
    assert "completed stage 1 or more: 2 to 3; stage 2 or more: 1 to 2." in text


def test_the_most_frequent_gaps_come_first(answered: World):
    offered = ask(answered.client("officer")).context["offered"]
    assert [(one.item.slug, one.lack) for one in offered[:2]] == [("name-owner", 1), ("scan-images", 1)]


def test_only_agencies_that_work_on_the_stage_take_part(answered: World):
    response = ask(answered.client("officer"), "scan-images", working="2")
    assert response.context["asked"].count == 1
    assert response.context["moved"][0].held.name == "Mines Office"


def test_who_cannot_be_scored_again_is_left_out_with_the_reason(answered: World):
    silent, known_by_score = make_agency("Silent", answered.energy), make_agency("Scores", answered.energy)
    for agency in (silent, known_by_score):
        answered.program.memberships.create(agency=agency, from_on=LONG_AGO)
    make_result(known_by_score, version=answered.grid.results.get().version, levels="")
    mark_stale(agencies=[silent], reason="joined", at=NOW)
    refresh_all()
    text = text_of(ask(answered.client("officer")).content.decode())
    assert "3 agencies take part." in text
    assert "1 without a score at this time (not reporting or not adopting)" in text
    assert "1 known by scores alone, without the answers to single items" in text


def test_a_viewer_sees_no_answers_and_so_no_what_if(answered: World):
    client = answered.client("viewer")
    assert client.get("/what-if/").status_code == 403
    assert client.get("/what-if.csv", {"practice": "scan-images"}).status_code == 403
    assert client.get(f"/agencies/{answered.grid.slug}/what-if/").status_code == 403
    assert "/what-if/" not in client.get("/").content.decode()


def test_an_outsider_knows_nothing(answered: World):
    client = answered.client("outsider")
    assert client.get(f"/agencies/{answered.grid.slug}/what-if/").status_code == 404
    scope = {"scope": f"program:{answered.program.slug}"}
    assert client.get("/what-if/", scope).status_code == 404


def test_the_file_has_each_agency_and_is_in_the_audit(answered: World):
    response = answered.client("officer").get("/what-if.csv", {"practice": ["name-owner", "scan-images"]})
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))
    assert rows[1] == ["PROVISIONAL. 3 of 3 agencies reported"]
    assert ["Put in place: Name owner; Scan images"] in rows
    assert ["2", "1", "2", "3"] in rows
    grid = next(row for row in rows if row[:1] == ["Grid Office"])
    assert grid[2:5] == ["2", "0", "1"]
    assert AuditEntry.objects.filter(action="what-if.exported").count() == 1


def test_practices_that_there_are_not_are_nothing(answered: World):
    assert "outcome" not in ask(answered.client("officer"), "<script>", "no-budget").context


def test_one_agency_picks_its_gaps(answered: World):
    url = f"/agencies/{answered.grid.slug}/what-if/"
    response = answered.client("contributor").get(url, {"item": "name-owner"})
    after = response.context["after"]
    assert (after.held.stages_completed, after.stages_completed, after.items) == (0, 1, 1)
    assert "Stage 1 would pass." in text_of(response.content.decode())
    assert [gap.item.slug for gap in response.context["suggested"]] == ["name-owner"]


def test_the_file_of_one_agency(answered: World):
    url = f"/agencies/{answered.grid.slug}/what-if.csv"
    client = answered.client("lead")
    assert client.get(url).status_code == 404
    assert "Grid Office" in client.get(url, {"item": "name-owner"}).content.decode()


# --- in the background ----------------------------------------------------------------------------------


@pytest.fixture
def many(answered: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """So few are computed at once that three are many."""
    monkeypatch.setattr(reads, "AT_ONCE", 2)
    return answered


def request(client: Client, *practices: str) -> WhatIfRun:
    query = "&".join(f"practice={slug}" for slug in practices)
    response = client.post(f"/what-if/runs/?{query}")
    assert response.status_code == 302
    return WhatIfRun.objects.get(pk=response["Location"].rstrip("/").rpartition("/")[2])


def test_many_are_computed_by_a_worker_with_the_same_outcome(many: World):
    client = many.client("officer")
    assert "outcome" not in ask(client, "name-owner", "scan-images").context
    run = request(client, "name-owner", "scan-images")
    assert "Waiting" in client.get(f"/what-if/runs/{run.pk}/").content.decode()
    what_if(job_id=run.job_id)
    outcome = client.get(f"/what-if/runs/{run.pk}/").context["outcome"]
    assert [outcome.after.completed(stage) for stage in (1, 2, 3)] == [3, 2, 1]
    assert Job.objects.get(pk=run.job_id or 0).state == Job.State.DONE
    rows = client.get(f"/what-if/runs/{run.pk}.csv").content.decode("utf-8-sig")
    assert "2,1,2,3" in rows


def test_a_run_that_was_broken_off_goes_on_and_comes_to_the_same(
    many: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("dashboards.services_what_if.SLICE", 1)
    Agency.objects.filter(pk=many.energy.pk).update(name="Zenith")  # by name and by id are two orders
    run = request(many.client("officer"), "name-owner", "scan-images")
    first = jobs.claim(job_id=run.job_id, at=NOW)
    beats: list[object] = []

    def lost(**fields):
        if beats:
            raise jobs.NotCurrent("lost")
        beats.append(fields)
        return heartbeat(**fields)

    heartbeat = jobs.heartbeat
    with monkeypatch.context() as broken:
        broken.setattr("dashboards.services_what_if.jobs.heartbeat", lost)
        with pytest.raises(jobs.NotCurrent):
            compute_run(attempt=first, clock=lambda: NOW)
    Job.objects.filter(pk=run.job_id or 0).update(state=Job.State.QUEUED)
    what_if(job_id=run.job_id)
    run.refresh_from_db()
    assert run.outcome["after"]["stages"] == {"1": 1, "2": 1, "3": 1}


def test_a_run_is_only_for_who_asked_and_while_they_may_see_it(many: World):
    run = request(many.client("officer"), "name-owner")
    what_if(job_id=run.job_id)
    for persona in ("administrator", "reviewer", "viewer"):
        assert many.client(persona).get(f"/what-if/runs/{run.pk}/").status_code == 404
    many.officer.memberships.all().delete()
    assert many.client("officer").get(f"/what-if/runs/{run.pk}/").status_code == 404


def test_what_if_asks_as_often_of_many_as_of_few(answered: World, queries_of):
    client = answered.client("officer")
    ask(client, "name-owner")
    few = queries_of(lambda: ask(client, "name-owner"))
    version = answered.grid.results.get().version
    for number in range(20):
        agency = make_agency(f"More {number}", answered.energy)
        answered.program.memberships.create(agency=agency, from_on=LONG_AGO)
        answer(agency, version, LEVELS["grid"])
    refresh_all()
    assert queries_of(lambda: ask(client, "name-owner")) == few


def test_what_was_published_is_scored_again_and_not_what_came_later(answered: World):
    version = answered.grid.results.get().version
    dates = parse_label("FY26 Q4")
    Cycle.objects.create(
        program=answered.program, version=version, period_starts_on=dates.starts_on,
        period_ends_on=dates.ends_on, period_label="FY26 Q4", due_on=dates.ends_on,
        state=Cycle.State.PUBLISHED, opened_at=NOW, published_at=NOW,
    )  # fmt: skip
    freeze_published(at=NOW)
    make_result(
        answered.grid, version=version, levels="333333333", score=3, stages_completed=3,
        amends=answered.grid.results.get(),
    )  # fmt: skip
    refresh_all()
    client = answered.client("officer")
    assert ask(client, "name-owner").context["outcome"].before.completed(1) == 2
    assert ask(client, "name-owner", numbers="latest").context["outcome"].before.completed(1) == 3
    run = WhatIfRun.objects.create(
        asked_by=answered.officer, asked_at=NOW, scope=answered.program.scope, version=version,
        on=dates.ends_on, period_label="FY26 Q4", practices=["name-owner"],
        publication=Publication.objects.get(),
    )  # fmt: skip
    job = jobs.enqueue(kind="What if", task="x", by=None, at=NOW, arguments={"run": run.pk})
    what_if(job_id=job.pk)
    run.refresh_from_db()
    assert run.outcome["before"]["stages"] == {"0": 1, "1": 1, "3": 1}
