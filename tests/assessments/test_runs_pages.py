"""The pages of instruments and runs: filled in section by section, read, compared, exported."""

import io
import json
from datetime import date
from typing import Any

import openpyxl
import pytest

from assessments.models import InstrumentRun
from maturity.instruments.definitions import Instrument
from portal.access.models import Membership
from portal.audit.models import AuditEntry
from tests.assessments.instruments import ANSWERS, SMALL, finished, publish, save, small_edition, start
from tests.factories import LONG_AGO, make_agency
from tests.world import World


def address(run: InstrumentRun, rest: str = "") -> str:
    return f"/instruments/{run.instrument}/runs/{run.pk}/{rest}"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def post(world: World, run: InstrumentRun, persona: str = "contributor", rest: str = "", **data: Any) -> Any:
    given = {"revision": run.revision} | {name.replace("__", "."): value for name, value in data.items()}
    return world.client(persona).post(address(run, rest), given)


# --- the instruments --------------------------------------------------------------------------------


def test_the_list_shows_what_each_gives_and_the_last_run_one_may_see(world: World):
    small_edition()
    run = finished(world)
    seen = text_of(world.client("lead").get("/instruments/"))
    assert "Small checklist" in seen
    assert "About 5 minutes · 3 entries" in seen
    assert address(run) in seen
    hidden = text_of(world.client("viewer").get("/instruments/"))
    assert "Small checklist" in hidden
    assert address(run) not in hidden


def test_the_lists_take_as_many_queries_with_ten_runs_as_with_one(world: World, queries_of):
    finished(world)
    client = world.client("officer")
    pages = ("/instruments/", "/instruments/in-small/", "/agencies/" + world.grid.slug + "/")
    first = [queries_of(lambda page=page: client.get(page)) for page in pages]
    for number in range(9):
        finished(world, subject=f"Cluster {number}")
    assert [queries_of(lambda page=page: client.get(page)) for page in pages] == first


def test_an_instrument_says_what_it_asks_with_an_anchor_for_each_entry(world: World):
    small_edition()
    page = text_of(world.client("viewer").get("/instruments/in-small/"))
    assert '<li class="run-entry" id="sm-scan">' in page
    assert "000 §Security" in page
    assert "Start a run" not in page  # a viewer may not
    assert "Runs" not in page.split("<main")[1].split("What it asks")[0]


def test_an_unknown_instrument_and_a_run_of_another_one_are_not_found(world: World):
    run = start(world)
    client = world.client("administrator")
    assert client.get("/instruments/in-none/").status_code == 404
    publish(Instrument(**{**SMALL.__dict__, "slug": "in-other"}))
    assert client.get(f"/instruments/in-other/runs/{run.pk}/").status_code == 404


def test_only_who_sees_several_agencies_reads_the_spread(world: World):
    finished(world)
    assert "1 agency has a finished run" in text_of(world.client("officer").get("/instruments/in-small/"))
    assert "Over the agencies" not in text_of(world.client("lead").get("/instruments/in-small/"))


def test_an_officer_sees_the_runs_of_their_agencies_only(world: World):
    make_agency("Elsewhere")
    mine = finished(world)
    theirs = finished(world, agency=world.trails, by=world.outsider)
    page = text_of(world.client("officer").get("/instruments/in-small/"))
    assert address(mine) in page
    assert address(theirs) not in page


# --- starting ---------------------------------------------------------------------------------------


def test_a_run_is_started_from_its_page(world: World):
    small_edition()
    client = world.client("lead")
    assert f'value="{world.grid.pk}" selected' in text_of(client.get("/instruments/in-small/start/"))
    sent = {"agency": world.grid.pk, "run_on": "2026-11-20", "subject": "Blue"}
    response = client.post("/instruments/in-small/start/", sent)
    assert response["Location"] == address(InstrumentRun.objects.get())


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"subject": ""}, "This field is required."),
        ({"run_on": "2126-01-01"}, "cannot be dated in the future"),
    ],
)
def test_what_is_wrong_with_a_start_is_told(world: World, sent: dict, told: str):
    small_edition()
    given = {"agency": world.grid.pk, "run_on": "2026-11-20", "subject": "Blue"} | sent
    response = world.client("lead").post("/instruments/in-small/start/", given)
    assert response.status_code == 422
    assert told in text_of(response)


def test_nobody_starts_a_run_of_an_agency_that_is_not_theirs(world: World):
    small_edition()
    given = {"agency": world.grid.pk, "run_on": "2026-11-20", "subject": "Blue"}
    assert world.client("outsider").post("/instruments/in-small/start/", given).status_code == 422
    assert not InstrumentRun.objects.exists()


def test_a_repeated_run_begins_with_its_answers(world: World):
    first = finished(world)
    client = world.client("lead")
    start_url = f"/instruments/in-small/start/?repeats={first.pk}"
    assert "It begins with the answers" in text_of(client.get(start_url))
    client.post(start_url, {"agency": world.grid.pk, "run_on": "2026-11-20", "subject": "Blue"})
    assert InstrumentRun.objects.get(state="open").answers == ANSWERS
    assert world.client("outsider").get(start_url).status_code == 404


# --- filling in -------------------------------------------------------------------------------------


def test_a_section_is_saved_alone_and_leads_to_the_next(world: World):
    run = start(world)
    sent = {"section": "group-images", "onwards": "1", "entries__sm-scan__status": "met"}
    response = post(world, run, **sent)
    assert response.url == f"{address(run)}?section=group-people#section"
    run.refresh_from_db()
    assert run.answers["entries"] == {"sm-scan": {"status": "met"}}


def test_the_first_section_holds_what_the_run_is_about_and_the_fields(world: World):
    run = start(world)
    post(
        world, run, section="about", subject="Green", run_on="2026-11-19", note="", fields__owner="Pat",
        fields__nodes="1,250", fields__managed="no", fields__kinds=["a", "b"],
    )  # fmt: skip
    run.refresh_from_db()
    assert (run.subject, run.run_on) == ("Green", date(2026, 11, 19))
    assert run.answers["fields"] == {"owner": "Pat", "nodes": "1250", "managed": False, "kinds": ["a", "b"]}


def test_an_answer_is_taken_back_by_choosing_not_answered(world: World):
    run = save(start(world), ANSWERS)
    post(world, run, section="group-people", **{"entries__sm-train__status": ""})
    run.refresh_from_db()
    assert "sm-train" not in run.answers["entries"]


def test_what_is_wrong_is_told_at_its_place_and_what_was_typed_stays(world: World):
    run = start(world)
    sent = {"fields__owner": "<b>Pat</b>", "fields__nodes": "many"}
    response = post(world, run, section="about", subject="Blue", run_on="2026-11-20", **sent)
    page = text_of(response)
    assert response.status_code == 422
    assert 'href="#fields-nodes"' in page
    assert 'id="fields-nodes-error"' in page
    assert 'value="many"' in page
    assert "&lt;b&gt;Pat&lt;/b&gt;" in page
    run.refresh_from_db()
    assert run.revision == 1


def test_rows_are_added_and_removed_without_scripts(world: World):
    run = start(world)
    sent = {"rows__0__name": "Portal", "rows__1__name": "", "row-count": "2"}
    response = post(world, run, section="rows", add="1", **sent)
    assert response.url == f"{address(run)}?section=rows&new=1#new-row"
    run.refresh_from_db()
    assert run.answers["rows"] == [{"name": "Portal"}]  # the blank one is none
    page = text_of(world.client("lead").get(f"{address(run)}?section=rows&new=1"))
    assert 'name="rows.1.name"' in page
    sent = {"rows__0__name": "Portal", "rows__1__name": "Mail", "row-count": "2", "remove": "0"}
    post(world, run, section="rows", **sent)
    run.refresh_from_db()
    assert run.answers["rows"] == [{"name": "Mail"}]


def test_who_saved_the_same_first_is_shown_beside_mine(world: World):
    run = start(world)
    save(run, {"entries": {"sm-scan": {"status": "met"}}}, by=world.lead)
    run.revision = 1
    response = post(world, run, section="group-images", **{"entries__sm-scan__status": "open"})
    page = text_of(response)
    assert response.status_code == 409
    assert "Not saved: lead saved the same first" in page
    assert "1.1 Images are scanned: Status" in page
    assert 'name="revision" value="2"' in page
    assert 'value="open" checked' in page  # mine is still in the form


def test_an_unknown_section_is_not_found(world: World):
    assert post(world, start(world), section="group-none").status_code == 404


def test_who_may_only_see_an_open_run_reads_it_without_buttons(world: World):
    run = save(start(world), ANSWERS)
    page = text_of(world.client("reviewer").get(f"{address(run)}?section=group-images"))
    assert 'value="met" checked disabled' in page
    assert "finish this run" not in page


# --- finishing --------------------------------------------------------------------------------------


def test_a_run_says_what_is_missing_and_is_finished_when_nothing_is(world: World):
    run = save(start(world), {"entries": ANSWERS["entries"]})
    assert "Still needed" in text_of(world.client("lead").get(address(run)))
    refused = post(world, run, rest="finish/")
    assert refused.status_code == 422
    assert "Not finished" in text_of(refused)
    run = save(run, {"fields": {"owner": "Pat"}})
    assert post(world, run, rest="finish/").url == address(run)
    page = text_of(world.client("reviewer").get(address(run)))
    assert "50% of 3 checks reached" in page
    assert "Not there yet" in page
    assert "/instruments/in-small/#sm-train" in page


def test_a_finished_run_takes_no_answers_any_more(world: World):
    run = finished(world)
    response = post(world, run, section="group-images", **{"entries__sm-scan__status": "open"})
    assert response.url == address(run)
    assert InstrumentRun.objects.get().answers == ANSWERS


def test_finishing_saves_what_is_on_the_screen_first(world: World):
    run = save(start(world), {"fields": {"owner": "Pat"}})
    page = text_of(world.client("lead").get(f"{address(run)}?section=group-images"))
    assert f'form="run-form" formaction="{address(run, "finish/")}"' in page
    sent = {"section": "group-images", "entries__sm-scan__status": "met"}
    assert post(world, run, rest="finish/", **sent).url == address(run)
    run.refresh_from_db()
    assert (run.state, run.answers["entries"]) == ("finished", {"sm-scan": {"status": "met"}})


def test_what_cannot_be_saved_is_not_finished(world: World):
    run = save(start(world), ANSWERS)
    sent = {"section": "about", "subject": "Blue", "run_on": "2026-11-20", "fields__owner": "Pat"}
    response = post(world, run, rest="finish/", **sent, fields__nodes="many")
    assert response.status_code == 422
    assert 'value="many"' in text_of(response)
    run.refresh_from_db()
    assert run.is_open


def test_an_empty_run_is_not_finished(world: World):
    optional = Instrument(**{**SMALL.__dict__, "slug": "in-optional", "fields": SMALL.fields[1:]})
    run = start(world, edition=publish(optional))
    sent = {"section": "group-images", "entries__sm-scan__status": ""}
    response = post(world, run, rest="finish/", **sent)
    assert response.status_code == 422
    assert "Nothing is answered yet" in text_of(response)
    run.refresh_from_db()
    assert run.is_open


def test_a_run_saved_meanwhile_is_shown_instead_of_finished(world: World):
    run = save(start(world), ANSWERS)
    save(run, {"fields": {"owner": "Kim"}}, by=world.lead)
    run.revision = 2
    response = post(world, run, rest="finish/")
    assert response.status_code == 409
    assert "Not finished" in text_of(response)


def test_a_discarded_run_is_gone(world: World):
    run = start(world)
    assert post(world, run, rest="discard/").url == "/instruments/in-small/"
    assert world.client("administrator").get(address(run)).status_code == 404


def test_people_s_text_is_escaped_everywhere(world: World):
    text = "<script>alert(1)</script>"
    answers = ANSWERS | {"fields": {"owner": text}, "rows": [{"name": text}]}
    run = finished(world, answers=answers, subject=text)
    compare = f"/instruments/in-small/compare/?run={run.pk}&run={finished(world).pk}&all=1"
    for page in (address(run), "/instruments/in-small/", compare, f"/agencies/{world.grid.slug}/"):
        assert text not in text_of(world.client("lead").get(page))


# --- comparing --------------------------------------------------------------------------------------


def test_runs_are_compared_by_measures_and_by_answers_that_differ(world: World):
    first = finished(world, on=date(2026, 10, 1))
    better = {**ANSWERS["entries"], "sm-train": {"status": "met"}}
    later = finished(world, answers=ANSWERS | {"entries": better})
    compare = f"/instruments/in-small/compare/?run={later.pk}&run={first.pk}"
    page = text_of(world.client("reviewer").get(compare))
    assert page.index("Oct. 1, 2026") < page.index("Nov. 20, 2026")
    assert "<td>50%</td><td>83.3%</td>" in page
    assert "Staff is trained: Status" in page
    assert "Images are signed: Status" not in page
    assert "Images are signed: Status" in text_of(world.client("reviewer").get(f"{compare}&all=1"))


def test_runs_one_may_not_see_are_not_compared(world: World):
    one, other = finished(world), finished(world, agency=world.trails, by=world.outsider)
    compare = f"/instruments/in-small/compare/?run={one.pk}&run={other.pk}"
    assert world.client("lead").get(compare).status_code == 422
    assert world.client("administrator").get(compare).status_code == 200
    seven = "&".join(f"run={finished(world).pk}" for _ in range(7))
    assert world.client("lead").get(f"/instruments/in-small/compare/?{seven}").status_code == 422
    assert world.client("lead").get("/instruments/in-small/compare/?run=x&run=9").status_code == 422


# --- exporting --------------------------------------------------------------------------------------


EVIL = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def evil(world: World) -> InstrumentRun:
    entries = {"sm-scan": {"status": "met", "evidence": EVIL}}
    answers = ANSWERS | {"fields": {"owner": "@SUM(1)"}, "entries": entries, "rows": [{"name": "+1"}]}
    return finished(world, answers=answers, subject=EVIL)


def test_a_run_as_csv_runs_nothing_and_is_audited(world: World, evil: InstrumentRun):
    response = world.client("reviewer").get(address(evil, "export/csv/"))
    assert response["Content-Disposition"].startswith('attachment; filename="in-small-')
    text = response.content.decode("utf-8-sig")
    assert "Measures" in text
    cells = [cell for line in text.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.strip('"').startswith(("=", "+", "@"))]
    assert AuditEntry.objects.get(action="export run").changes == {"format": "csv"}


def test_a_run_as_workbook_holds_text_and_no_formulas(world: World, evil: InstrumentRun):
    response = world.client("reviewer").get(address(evil, "export/xlsx/"))
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames[:4] == ["About", "Answers", "Measures", "Findings"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert f"'{EVIL}" in [cell.value for cell in cells]


def test_a_run_as_json_is_the_same_as_in_the_api(world: World):
    run = finished(world)
    client = world.client("reviewer")
    told = json.loads(client.get(address(run, "export/json/")).content)
    api = client.get(f"/api/v1/instrument-runs/{run.pk}/").json()
    assert told["outcome"] == api["outcome"]
    assert told["answers"] == ANSWERS
    assert client.get(address(run, "export/exe/")).status_code == 404


def test_an_open_run_can_be_exported_too(world: World):
    run = save(start(world), ANSWERS)
    assert "Images are scanned" in world.client("lead").get(address(run, "export/csv/")).content.decode()


# --- the agency's page ------------------------------------------------------------------------------


def test_the_agency_s_page_shows_its_latest_runs_to_who_sees_details(world: World):
    old = finished(world, on=date(2026, 10, 1))
    new = finished(world)
    open_one = start(world, subject="Green")
    page = text_of(world.client("lead").get(f"/agencies/{world.grid.slug}/"))
    assert address(new) in page
    assert address(open_one) in page
    assert address(old) not in page
    assert address(new) not in text_of(world.client("viewer").get(f"/agencies/{world.grid.slug}/"))


def test_a_role_that_ended_sees_no_run(world: World):
    run = finished(world)
    Membership.objects.filter(user=world.lead).update(from_on=LONG_AGO, until_on=LONG_AGO)
    assert world.client("lead").get(address(run)).status_code == 404


# --- words ------------------------------------------------------------------------------------------


def test_a_note_is_no_answer_in_the_count_of_a_section(world: World):
    run = save(start(world), {"entries": {"sm-scan": {"evidence": "1.1 INFO"}, "sm-sign": {"status": "met"}}})
    page = text_of(world.client("lead").get(address(run)))
    assert 'Images&nbsp;<span class="portal-tabs__count">1 of 2</span>' in page


def test_a_message_names_its_place_once_and_missing_rows_in_words(world: World):
    needs = Instrument(**{**SMALL.__dict__, "slug": "in-needs", "logic": {"needs_rows": True}})
    run = start(world, edition=publish(needs))
    page = text_of(world.client("lead").get(address(run)))
    assert '<a href="?section=rows#section">At least one application</a>' in page
    wrong = {"section": "about", "subject": "Blue", "run_on": "2026-11-20", "fields__nodes": "-5"}
    page = text_of(post(world, run, **wrong))
    assert '<a href="#fields-nodes">Nodes</a>: -5 is too small; the least is 0.' in page
    page = text_of(post(world, run, rest="finish/"))
    assert '<a href="#section">At least one application</a>: still to be added.' in page
    assert ">Owner</a>: Still to be answered." in page


def test_rows_are_compared_by_name_and_those_added_or_gone_are_told(world: World):
    rows = [{"name": "Portal", "hours": "12"}, {"name": "Mail", "hours": "3"}]
    first = finished(world, answers=ANSWERS | {"rows": rows})
    later = finished(world, answers=ANSWERS | {"rows": [{"name": "Desk"}, {"name": "Portal", "hours": "12"}]})
    page = text_of(world.client("lead").get(f"/instruments/in-small/compare/?run={first.pk}&run={later.pk}"))
    assert "Application Mail</th><td>In the list</td><td>Not in the list</td>" in page
    assert "Application Desk</th><td>Not in the list</td><td>In the list</td>" in page
    assert "Application Portal" not in page  # the same in both, wherever it stands
    assert f"No. {first.pk}" in page
    assert f"No. {later.pk}" in page  # two runs of one day
