"""The roadmap on its pages, in its files, beside the forecast, and over the API."""

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.utils import timezone

from assessments.models import Action, Target
from assessments.services_roadmap import change_action, fields_of, make_action, save_milestone, set_target
from dashboards.demonstration.planning import plan_ahead
from dashboards.queries.measures import Measure
from dashboards.queries.roadmap import read_roadmap
from maturity.models import ModelVersion
from portal.agencies.models import Agency
from portal.agencies.periods import period_of
from portal.audit.models import AuditEntry
from tests.assessments.conftest import start_case
from tests.assessments.roadmaps import SAID
from tests.dashboards.factories import refresh_all
from tests.dashboards.test_pages_portfolio import text_of
from tests.dashboards.test_what_if_pages import answer
from tests.factories import LONG_AGO, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

# train-staff, name-owner, pick-platform, no-budget are of stage 1: three of four are in place, which is
# under the share of 4/5; of stage 2 nothing.
LEVELS = "303000030"


def in_days(count: int) -> date:
    return timezone.localdate() + timedelta(days=count)


@pytest.fixture
def version(world: World) -> ModelVersion:
    made = make_small_model()
    answer(world.grid, made, LEVELS)
    refresh_all()
    return made


def plan(world: World, version: ModelVersion, agency: Agency | None = None, **fields: Any) -> Action:
    said = SAID.__dict__ | {"due_on": in_days(200)} | fields
    by = world.administrator if agency else world.lead
    return make_action(
        agency=agency or world.grid, version=version, fields=type(SAID)(**said), by=by, at=timezone.now()
    )


def overdue(action: Action, days: int = 10) -> Action:
    Action.objects.filter(pk=action.pk).update(due_on=in_days(-days))
    return action


def page(world: World, persona: str = "lead", **asked: str):
    response = world.client(persona).get(f"/agencies/{world.grid.slug}/roadmap/", asked)
    assert response.status_code == 200
    return response


def test_the_page_says_where_it_leads(world: World, version: ModelVersion):
    plan(world, version)  # stage 1 is 3/4 as approved, and complete with the owner named
    reading = page(world).context["reading"]
    due = period_of(in_days(200)).ends_on
    assert reading.held.score == 750_000
    for quarter in reading.quarters:
        done = quarter.period.ends_on >= due
        assert quarter.ahead.score == (1_000_000 if done else 750_000)
        assert quarter.ahead.stages_completed == int(done)
    assert len(reading.quarters) == 12


def test_a_target_is_told_with_what_is_missing(world: World, version: ModelVersion):
    plan(world, version)
    set_target(
        agency=world.grid, version=version, stage=2, by_on=in_days(300), replaces=None, by=world.lead,
        at=timezone.now(),
    )  # fmt: skip
    text = text_of(page(world).content.decode())
    assert "Stage 2 completed by" in text
    assert "Not reached in time : 1 stage completed by then" in text
    assert "What is missing by then: 3 items" in text


def test_what_is_overdue_is_said_in_words_and_counted_by_the_end_of_the_quarter(
    world: World, version: ModelVersion
):
    overdue(plan(world, version))
    response = page(world, "reviewer")
    assert "Overdue, planned" in text_of(response.content.decode())
    assert response.context["reading"].quarters[0].ahead.score == 1_000_000


def test_dropped_actions_count_for_nothing(world: World, version: ModelVersion):
    action = plan(world, version)
    change_action(
        action_id=action.pk, version=version, revision=1, by=world.lead, at=timezone.now(),
        fields=type(SAID)(**fields_of(action).__dict__ | {"status": "dropped", "reason": "No money."}),
    )  # fmt: skip
    response = page(world)
    assert response.context["reading"].last.score == 750_000
    assert "Dropped : No money." in text_of(response.content.decode())
    assert response.context["reading"].totals.cost is None


def test_what_is_done_is_not_answered_but_shown_with_the_way_to_its_answer(
    world: World, version: ModelVersion
):
    case = start_case(world, version)
    plan(world, version, status="done")
    response = page(world)
    assert "Name owner: done, not yet answered so." in text_of(response.content.decode())
    assert f"/assessments/{case.assessment.pk}/items/name-owner/" in response.content.decode()
    case.answer("name-owner", level="in_place")
    assert "answered so and not yet approved" in text_of(page(world).content.decode())


@pytest.mark.parametrize(("sort", "first"), [("owner", "B"), ("-owner", "A"), ("due", "A"), ("zebra", "A")])
def test_the_table_is_sorted_as_asked(world: World, version: ModelVersion, sort: str, first: str):
    plan(world, version, title="A", owner="Zoe", due_on=in_days(10))
    plan(world, version, title="B", owner="Amy", due_on=in_days(20))
    assert page(world, sort=sort).context["lines"][0].action.title == first


def test_readers_see_no_way_to_write(world: World, version: ModelVersion):
    plan(world, version)
    for persona in ("contributor", "reviewer", "officer"):
        html = page(world, persona).content.decode()
        assert "Make actions from the gaps" not in html
        assert "/roadmap/actions/" not in html


def test_a_viewer_is_not_led_to_it(world: World, version: ModelVersion):
    html = world.client("viewer").get(f"/agencies/{world.grid.slug}/").content.decode()
    assert "/roadmap/" not in html


def test_an_agency_without_a_result_may_plan_too(world: World, version: ModelVersion):
    plan(world, version, agency=world.mines)
    client = world.client("administrator")
    text = text_of(client.get(f"/agencies/{world.mines.slug}/roadmap/").content.decode())
    assert "There is no projection" in text
    assert client.get(f"/agencies/{world.mines.slug}/roadmap/actions/new/").status_code == 200


def test_many_actions_take_no_more_queries_than_few(world: World, version: ModelVersion, queries_of):
    plan(world, version)
    plan(world, version, status="done", items={"scan-images": "in_place"})
    page(world)
    few = queries_of(lambda: page(world))
    for number in range(30):
        plan(world, version, title=f"Action {number}", items={"pair-up": "partial"})
        plan(world, version, status="done", items={"scan-images": "in_place"})
    assert queries_of(lambda: page(world)) == few


# --- written on the pages ---------------------------------------------------------------------------


def test_gaps_become_actions(world: World, version: ModelVersion):
    client, url = world.client("lead"), f"/agencies/{world.grid.slug}/roadmap/gaps/"
    html = client.get(url).content.decode()
    assert 'value="name-owner"' in html
    assert 'value="train-staff"' not in html  # in place already
    sent = {"item": ["name-owner", "scan-images"], "owner": "Pat", "due_on": str(in_days(90))}
    assert client.post(url, sent).status_code == 302
    assert list(Action.objects.values_list("title", flat=True)) == ["Name owner", "Scan images"]
    bad = client.post(url, {"owner": "Pat", "due_on": str(in_days(90))})
    assert bad.status_code == 422
    assert "Choose at least one" in bad.content.decode()


def test_an_action_is_changed_and_a_late_change_is_refused_with_what_it_says_now(
    world: World, version: ModelVersion
):
    action = plan(world, version)
    client, url = world.client("lead"), f"/agencies/{world.grid.slug}/roadmap/actions/{action.pk}/"
    sent = {"title": "Name two", "owner": "Pat", "due_on": str(in_days(90)), "status": "under_way",
            "revision": "1", "item-scan-images": "partial"}  # fmt: skip
    assert client.post(url, sent).status_code == 302
    late = client.post(url, sent | {"title": "Name three"})
    assert late.status_code == 409
    assert "What it says now" in late.content.decode()
    assert Action.objects.get().title == "Name two"
    assert client.post(url, sent | {"title": "Name three", "revision": "2"}).status_code == 302
    assert [(one.item, one.level) for one in Action.objects.get().items.all()] == [("scan-images", "partial")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_on": "soon"},
        {"cost": "-5"},
        {"cost": "1e99"},
        {"status": "zebra"},
        {"item-zebra": "in_place"},
        {"item-name-owner": "zebra"},
        {"title": ""},
        {"status": "dropped"},
        {"revision": "x"},
        {"milestone": "7"},
    ],
)
def test_nonsense_comes_back_with_what_was_typed(world: World, version: ModelVersion, wrong: dict[str, str]):
    client, url = world.client("lead"), f"/agencies/{world.grid.slug}/roadmap/actions/new/"
    sent = {"title": "Typed", "owner": "Pat by hand", "due_on": str(in_days(90)), "status": "planned"}
    response = client.post(url, sent | wrong)
    assert response.status_code == 422
    assert "Pat by hand" in response.content.decode()
    assert not Action.objects.exists()


def test_a_target_set_by_another_meanwhile_is_told(world: World, version: ModelVersion):
    client, url = world.client("lead"), f"/agencies/{world.grid.slug}/roadmap/targets/"
    sent = {"domain": "-", "stage": "2", "by_on": str(in_days(400)), "seen": ""}
    assert client.post(url, sent).status_code == 302
    late = client.post(url, sent | {"stage": "3"})
    assert late.status_code == 409
    assert "Now it is stage 2" in text_of(late.content.decode())
    seen = f"={Target.objects.get().pk}"
    assert client.post(url, sent | {"stage": "3", "seen": seen}).status_code == 302
    assert Target.objects.in_force().get().stage == 3


# --- files ------------------------------------------------------------------------------------------


def test_the_files_hold_all_of_it_defused_and_are_in_the_audit(world: World, version: ModelVersion):
    plan(world, version, title='=HYPERLINK("http://x")')
    save_milestone(agency=world.grid, title="First", due_on=in_days(30), by=world.lead, at=timezone.now())
    client, url = world.client("contributor"), f"/agencies/{world.grid.slug}/roadmap"
    rows = list(csv.reader(StringIO(client.get(f"{url}.csv").content.decode("utf-8-sig"))))
    row = next(row for row in rows if row and "HYPERLINK" in row[0])
    assert row[0].startswith("'=")
    assert row[4] == "1200.50"
    assert any(row[:1] == ["First"] for row in rows)
    book = ZipFile(BytesIO(client.get(f"{url}.xlsx").content))
    assert b"<f>" not in book.read("xl/worksheets/sheet3.xml")
    assert AuditEntry.objects.filter(action="roadmap.exported").count() == 2
    assert client.get(f"{url}.pdf").status_code == 404


# --- the forecast -----------------------------------------------------------------------------------


def test_the_forecast_shows_the_roadmap_as_a_line_of_its_own(world: World, version: ModelVersion):
    url = f"/agencies/{world.grid.slug}/forecast/"
    before = world.client("lead").get(url)
    assert "by_roadmap" not in before.context
    overdue(plan(world, version))
    response = world.client("lead").get(url)
    for chart, end in (("score_chart", "1.00"), ("stages_chart", "1")):
        shown = response.context[chart]
        assert shown.columns[-1] == "Plan, if all is done on time"
        assert shown.figure["data"][-1]["y"][-1] == 1.0
        assert shown.rows[-1][-1] == end
    text = text_of(response.content.decode())
    assert "1 of its actions has come due, and it takes 4 to judge by." in text
    viewer = world.client("viewer").get(url)
    assert "by_roadmap" not in viewer.context
    assert "Plan, if all" not in viewer.content.decode()


def test_a_roadmap_with_a_record_has_an_interval_and_its_proof(world: World, version: ModelVersion):
    for number in range(4):
        action = overdue(plan(world, version, title=f"Old {number}", items={}))
        if number < 2:  # in time; the third was done late, and the last dropped
            Action.objects.filter(pk=action.pk).update(status="done", done_on=in_days(-20))
        elif number == 2:
            Action.objects.filter(pk=action.pk).update(status="done", done_on=in_days(-5))
        else:
            Action.objects.filter(pk=action.pk).update(status="dropped", reason="No longer needed")
    plan(world, version, due_on=in_days(1))  # completes stage 1
    response = world.client("lead").get(f"/agencies/{world.grid.slug}/forecast/")
    text = text_of(response.content.decode())
    assert "of 4 actions due by now, 2 were done by their day" in text
    score, stages = response.context["score_chart"], response.context["stages_chart"]
    assert score.rows[-1][-2:] == ("0.75", "1.00")
    assert stages.rows[-1][-2:] == ("0", "1")
    assert "By the roadmap: 0.75 to 1.00 in" in score.summary
    assert len({len(row) for row in score.rows} | {len(score.columns)}) == 1


def test_a_roadmap_of_which_nothing_was_delivered_is_no_forecast(world: World, version: ModelVersion):
    for number in range(4):
        overdue(plan(world, version, title=f"Old {number}"))
    response = world.client("lead").get(f"/agencies/{world.grid.slug}/forecast/")
    assert "of 4 actions due by now none was done by its day" in text_of(response.content.decode())
    assert response.context["score_chart"].columns[-1] == "Plan, if all is done on time"


# --- the demonstration ------------------------------------------------------------------------------


def test_the_demonstration_has_a_roadmap_of_every_status(world: World, version: ModelVersion):
    answer(world.mines, version, "000000000")
    refresh_all()
    made = plan_ahead(home=world.mines, lead=world.administrator, at=timezone.now())
    assert {action.status for action in Action.objects.all()} == set(Action.Status)
    assert Action.objects.overdue(timezone.localdate()).exists()
    assert len(made) > 5
    first = read_roadmap(world.mines, Measure(version), date(2026, 9, 30), 10, timezone.localdate())
    assert [line.verdict.in_time for line in first.targets if not line.name] == [True]
    assert plan_ahead(home=world.trails, lead=world.administrator, at=timezone.now()) == []


# --- what is overdue anywhere -----------------------------------------------------------------------


def test_officers_see_what_is_overdue_in_as_many_queries_for_many(
    world: World, version: ModelVersion, queries_of
):
    overdue(plan(world, version))
    plan(world, version, title="In time")
    overdue(plan(world, version, agency=world.trails, title="Of another program"))
    client, asked = world.client("officer"), {"scope": f"program:{world.program.slug}"}
    response = client.get("/portfolio/overdue-actions/", asked)
    assert [row.title for row, _ in response.context["rows"]] == ["Name an owner"]
    assert "1 action of 1 agency" in text_of(response.content.decode())
    few = queries_of(lambda: client.get("/portfolio/overdue-actions/", asked))
    for number in range(12):
        agency = make_agency(f"More {number}", world.energy)
        world.program.memberships.create(agency=agency, from_on=LONG_AGO)
        answer(agency, version, LEVELS)
        overdue(plan(world, version, agency=agency))
    refresh_all()
    many = client.get("/portfolio/overdue-actions/", asked)
    assert many.context["count"] == 13
    assert queries_of(lambda: client.get("/portfolio/overdue-actions/", asked)) == few
    file = client.get("/portfolio/tables/overdue-actions.csv", asked).content.decode()
    assert file.count("Name an owner") == 13


def test_a_viewer_gets_no_list_of_what_is_overdue(world: World, version: ModelVersion):
    client = world.client("viewer")
    assert client.get("/portfolio/overdue-actions/").status_code == 403
    assert client.get("/portfolio/tables/overdue-actions.csv").status_code == 403


# --- the API ----------------------------------------------------------------------------------------

JSON = "application/json"


def test_the_api_tells_where_it_leads(world: World, version: ModelVersion):
    plan(world, version)
    found = world.client("reviewer").get(f"/api/v1/roadmaps/{world.grid.slug}/").json()
    assert (found["score"], found["open"], found["cost"]) == (0.75, 1, "1200.50")
    assert found["projection"][-1]["score"] == 1.0
    assert found["projection"][-1]["stages_completed"] == 1


def test_actions_are_made_found_and_changed_by_their_etag(world: World, version: ModelVersion):
    client, url = world.client("lead"), "/api/v1/roadmap-actions/"
    sent = {"agency": world.grid.slug, "model": "small", "title": "Train", "owner": "Pat",
            "due_on": str(in_days(9)), "items": [{"item": "pair-up", "level": "partial"}]}  # fmt: skip
    made = client.post(url, sent, content_type=JSON)
    assert made.status_code == 201
    one = made["Location"]
    assert client.get(url, {"overdue": "true"}).json()["results"] == []
    assert len(client.get(url, {"status": "planned"}).json()["results"]) == 1
    tag = client.get(one)["ETag"]
    changed = client.patch(one, {"status": "under_way"}, content_type=JSON, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert (changed.json()["revision"], changed.json()["title"]) == (2, "Train")
    late = client.patch(one, {"status": "done"}, content_type=JSON, headers={"If-Match": tag})
    assert late.status_code == 412
    assert late.json()["current"]["status"] == "under_way"
    assert client.patch(one, {"status": "done"}, content_type=JSON).status_code == 428
    dropped = client.patch(one, {"status": "dropped", "revision": 2}, content_type=JSON)
    assert dropped.status_code == 422
    assert "Say why" in dropped.json()["errors"]["reason"][0]


def test_the_api_asks_as_often_for_many_actions(world: World, version: ModelVersion, queries_of):
    plan(world, version)
    client, url = world.client("lead"), "/api/v1/roadmap-actions/"
    few = queries_of(lambda: client.get(url))
    for number in range(20):
        plan(world, version, title=f"Action {number}")
    assert queries_of(lambda: client.get(url)) == few
