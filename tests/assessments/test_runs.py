"""The life of a run: started, filled in part by part, finished for good, repeated, discarded."""

from datetime import date
from decimal import Decimal

import pytest

from assessments.models import InstrumentRun
from assessments.queries_runs import known_of, outcome_in, spread_of, suggestions_for
from assessments.services_runs import (
    About,
    BadRun,
    CannotRun,
    RunFixed,
    StaleRun,
    discard_run,
    finish_run,
    save_run_answers,
)
from maturity.instruments.definitions import Field
from portal.audit.models import AuditEntry
from tests.assessments.conftest import Case, start_case
from tests.assessments.instruments import ANSWERS, SMALL, finished, publish, save, small_edition, start
from tests.factories import NOW
from tests.world import World


def answers_of(run: InstrumentRun) -> dict:
    return InstrumentRun.objects.get(pk=run.pk).answers


# --- starting ---------------------------------------------------------------------------------------


def test_a_run_starts_open_and_empty_and_is_audited(world: World):
    run = start(world)
    assert (run.state, run.subject, run.revision, str(run)) == (
        "open", "Blue", 1, "Small checklist (Blue), Grid Office",
    )  # fmt: skip
    assert answers_of(run) == {"fields": {}, "entries": {}, "rows": []}
    entry = AuditEntry.objects.get(action="start run")
    assert entry.changes == {"instrument": "in-small", "edition": 1}


@pytest.mark.parametrize("persona", ["viewer", "reviewer", "officer", "outsider"])
def test_only_who_may_answer_for_the_agency_runs_instruments_for_it(world: World, persona: str):
    with pytest.raises(CannotRun, match="You may not run instruments for Grid Office"):
        start(world, by=world.people[persona])


def test_what_the_run_is_about_must_be_named(world: World):
    with pytest.raises(BadRun, match="Name what this run is about: cluster"):
        start(world, subject="  ")
    with pytest.raises(BadRun, match="cannot be dated in the future"):
        start(world, on=date(2026, 11, 30))


def test_a_closed_agency_and_a_replaced_edition_start_nothing(world: World):
    old = small_edition()
    publish(SMALL.__class__(**{**SMALL.__dict__, "edition": 2}))
    old.refresh_from_db()
    with pytest.raises(CannotRun, match="has been replaced"):
        start(world, edition=old)
    world.grid.closed_on = date(2026, 1, 1)
    with pytest.raises(CannotRun, match="is closed"):
        start(world)


def test_an_instrument_that_is_a_page_is_not_run(world: World):
    page = publish(SMALL.__class__(**{**SMALL.__dict__, "slug": "in-page", "engine": "page", "page": "/"}))
    with pytest.raises(CannotRun, match="is a page of the portal"):
        start(world, edition=page)


# --- filling in -------------------------------------------------------------------------------------


def test_a_save_replaces_the_parts_it_names_and_leaves_the_others(world: World):
    run = save(start(world), ANSWERS)
    run = save(run, {"entries": {"sm-scan": {"status": "open"}, "sm-sign": {}}})
    assert answers_of(run) == ANSWERS | {
        "entries": {"sm-scan": {"status": "open"}, "sm-train": {"status": "open"}}
    }
    assert run.revision == 3
    assert AuditEntry.objects.filter(action="save run").count() == 2


def test_saving_the_same_again_changes_nothing(world: World):
    run = save(start(world), ANSWERS)
    assert save(run, ANSWERS, revision=1).revision == run.revision
    assert AuditEntry.objects.filter(action="save run").count() == 1


def test_problems_are_told_by_place_and_nothing_of_the_save_is_kept(world: World):
    run = start(world)
    given = {
        "fields": {"owner": "Pat", "nodes": "many"},
        "entries": {"sm-scan": {"status": "perfect"}},
        "rows": [{"name": "x", "hours": "-"}],
    }
    with pytest.raises(BadRun) as told:
        save(run, given)
    assert set(told.value.errors) == {"fields.nodes", "entries.sm-scan.status", "rows.0.hours"}
    assert "Nodes" in told.value.errors["fields.nodes"]
    assert answers_of(run) == {"fields": {}, "entries": {}, "rows": []}


@pytest.mark.parametrize(
    "given", [[], {"what": {}}, {"entries": {"no-such": {}}}, {"rows": {}}, {"fields": 3}]
)
def test_what_has_not_the_shape_of_answers_is_refused(world: World, given: object):
    with pytest.raises(BadRun):
        save(start(world), given)


def test_two_people_in_different_parts_do_not_disturb_each_other(world: World):
    run = start(world)
    save(run, {"entries": {"sm-scan": {"status": "met"}}}, by=world.lead)
    save(run, {"entries": {"sm-sign": {"status": "open"}}}, revision=1)  # read before the other saved
    assert answers_of(run)["entries"] == {"sm-scan": {"status": "met"}, "sm-sign": {"status": "open"}}


def test_a_stale_save_of_the_same_part_is_refused_with_what_changed(world: World):
    run = start(world)
    save(run, {"entries": {"sm-scan": {"status": "met"}}}, by=world.lead)
    with pytest.raises(StaleRun, match="lead saved this run after you read it") as told:
        save(run, {"entries": {"sm-scan": {"status": "open"}, "sm-sign": {"status": "open"}}}, revision=1)
    (one,) = told.value.changed
    assert (one.label, one.before, one.after) == ("1.1 Images are scanned: Status", "Met", "Not met")
    assert answers_of(run)["entries"] == {"sm-scan": {"status": "met"}}
    save(run, {"entries": {"sm-scan": {"status": "open"}}}, revision=told.value.run.revision)
    assert answers_of(run)["entries"]["sm-scan"] == {"status": "open"}


def test_the_subject_date_and_note_are_saved_and_guarded_alike(world: World):
    run = start(world)
    save(run, {}, about=About(date(2026, 11, 1), "Green", "With ops"), by=world.lead)
    with pytest.raises(StaleRun) as told:
        save(run, {}, about=About(date(2026, 11, 1), "Red"), revision=1)
    assert {one.place for one in told.value.changed} == {"about.subject", "about.note"}
    run.refresh_from_db()
    assert (run.subject, run.note, run.run_on) == ("Green", "With ops", date(2026, 11, 1))


def test_the_audit_says_which_places_changed_and_not_what_was_typed(world: World):
    save(start(world), {"fields": {"owner": "A secret name"}})
    entry = AuditEntry.objects.get(action="save run")
    assert entry.changes == {"places": ["fields.owner"], "changed": 1}


# --- finishing --------------------------------------------------------------------------------------


def test_a_run_is_finished_only_when_nothing_required_is_missing(world: World):
    run = save(start(world), {"entries": {"sm-scan": {"status": "met"}}})
    with pytest.raises(BadRun) as told:
        finish_run(run_id=run.pk, revision=run.revision, by=world.contributor, at=NOW)
    assert "fields.owner" in told.value.errors
    run.refresh_from_db()
    assert run.is_open


def test_a_finished_run_keeps_edition_outcome_and_what_was_known(world: World):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    case.approve()
    run = finished(world)
    assert run.known["levels"]["train-staff"] == "in_place"
    assert (run.known["period_label"], run.known["working_on"]) == ("FY27 Q1", 1)
    outcome = outcome_in(run)
    assert outcome.measures[0].value == "50"
    assert {offer.item: offer.level for offer in outcome.offers} == {
        "scan-images": "in_place", "pick-platform": "partial",
    }  # fmt: skip
    publish(SMALL.__class__(**{**SMALL.__dict__, "edition": 2, "name": "Renamed"}))
    run.refresh_from_db()
    assert (run.edition.edition, run.edition.name) == (1, "Small checklist")


def test_a_run_saved_since_it_was_read_is_not_finished(world: World):
    run = save(start(world), ANSWERS)
    save(run, {"fields": {"owner": "Kim"}}, by=world.lead)
    with pytest.raises(StaleRun):
        finish_run(run_id=run.pk, revision=run.revision, by=world.contributor, at=NOW)


def test_a_finished_run_never_changes(world: World):
    run = finished(world)
    with pytest.raises(RunFixed, match="repeat it"):
        save(run, {"fields": {"owner": "Kim"}})
    with pytest.raises(RunFixed):
        finish_run(run_id=run.pk, revision=run.revision, by=world.contributor, at=NOW)
    with pytest.raises(RunFixed):
        discard_run(run_id=run.pk, by=world.contributor, at=NOW)
    assert answers_of(run) == ANSWERS


def test_a_correction_is_a_new_run_that_repeats_it(world: World):
    first = finished(world)
    again = start(world, subject="", repeats=first)
    assert (again.subject, again.repeats, again.answers) == ("Blue", first, ANSWERS)
    with pytest.raises(CannotRun, match="same agency"):
        start(world, agency=world.mines, by=world.administrator, repeats=first)


def test_what_a_newer_edition_does_not_know_is_left_behind(world: World):
    first = finished(world)
    newer = {**SMALL.__dict__, "edition": 2, "groups": SMALL.groups[:1], "row": (), "row_name": ""}
    newer["fields"] = (Field("owner", "Owner", "text"),)
    publish(SMALL.__class__(**newer))
    again = start(world, repeats=first)
    assert again.answers == {
        "fields": {"owner": "Pat"},
        "entries": {"sm-scan": {"status": "met", "evidence": "Report 7"}, "sm-sign": {"status": "partial"}},
        "rows": [],
    }


def test_a_discarded_run_is_gone_and_told_in_the_audit(world: World):
    run = save(start(world), ANSWERS)
    discard_run(run_id=run.pk, by=world.contributor, at=NOW)
    assert not InstrumentRun.objects.visible_to(world.administrator).exists()
    with pytest.raises(InstrumentRun.DoesNotExist):
        save_run_answers(run_id=run.pk, revision=2, given={}, by=world.contributor, at=NOW)
    assert AuditEntry.objects.get(action="discard run").object_id == str(run.pk)


# --- reading ----------------------------------------------------------------------------------------


def test_runs_are_details_of_an_agency(world: World):
    finished(world)
    seen = {name for name, user in world.people.items() if InstrumentRun.objects.visible_to(user).exists()}
    assert seen == {"contributor", "lead", "reviewer", "officer", "administrator"}
    run = start(world)
    may = {n for n, user in world.people.items() if InstrumentRun.objects.editable_by(user).exists()}
    assert may == {"contributor", "lead", "administrator"}
    assert run.is_open


def test_only_the_latest_finished_run_of_a_subject_suggests(world: World):
    finished(world, on=date(2026, 10, 1))
    later = finished(
        world, on=date(2026, 11, 1), answers=ANSWERS | {"entries": {"sm-scan": {"status": "open"}}}
    )
    other = finished(world, subject="Green", on=date(2026, 9, 1))
    start(world)
    found = suggestions_for(world.grid, world.lead)
    assert {(slug, one.run.pk) for slug, rows in found.items() for one in rows} == {
        ("scan-images", other.pk), ("pick-platform", other.pk),
    }  # fmt: skip
    assert list(InstrumentRun.objects.latest_finished().order_by("pk")) == [later, other]
    assert suggestions_for(world.grid, world.viewer) == {}


def test_what_is_known_of_an_agency_without_results_is_little(world: World):
    assert known_of(world.grid, SMALL, date(2026, 11, 1)).levels == {}


def test_of_several_questionnaires_the_one_that_the_instrument_speaks_of_counts(approved: Case):
    known = known_of(approved.world.grid, SMALL, date(2026, 11, 1))
    assert known.levels["train-staff"] == "in_place"


def test_the_spread_takes_each_agency_once_with_its_latest_run(world: World, queries_of):
    finished(world, on=date(2026, 10, 1))
    none = ANSWERS | {"entries": {slug: {"status": "open"} for slug in ANSWERS["entries"]}}
    finished(world, on=date(2026, 11, 1), answers=none)
    finished(world, agency=world.mines, by=world.administrator)
    spread = spread_of("in-small", world.officer)
    assert (spread.agencies, spread.values) == (2, 2)
    assert [spread.lowest, spread.middle, spread.highest] == [Decimal(n) for n in (0, 25, 50)]
    assert spread_of("in-small", world.viewer).agencies == 0
    assert queries_of(lambda: spread_of("in-small", world.officer)) <= 1
