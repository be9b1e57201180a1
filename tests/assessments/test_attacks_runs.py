"""What people sent to runs and facts to break them: told as their fault, and nothing is kept of it."""

import json
from typing import Any

import pytest

from assessments.models import InstrumentRun
from assessments.run_reading import tone_of
from tests.assessments.conftest import Case
from tests.assessments.instruments import start
from tests.assessments.test_facts import page, tell
from tests.world import World


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"fields": {"kinds": [None]}}, 422),
        ({"fields": {"kinds": [None, {}]}}, 422),
        ({"fields": {"nodes": "١٢"}}, 422),
        ({"fields": {"owner": "\ud800"}}, 400),
        ({"fields": {"\ud800": "a"}}, 400),
        ({"entries": {"\ud800": {}}}, 400),
        ({"\ud800": 1}, 400),
    ],
)
def test_answers_that_are_none_are_told_and_not_kept(world: World, answers: Any, status: int):
    run = start(world)
    client, sent = world.client("lead"), json.dumps({"answers": answers, "revision": 1})
    response = client.patch(f"/api/v1/instrument-runs/{run.pk}/", sent, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert InstrumentRun.objects.get().revision == 1


@pytest.mark.parametrize("place", ["", "finish/"])
def test_a_revision_of_thousands_of_digits_is_one_that_nobody_saw(world: World, place: str):
    run = start(world)
    said = {"section": "about", "revision": "9" * 5000, "subject": "Red", "run_on": "2026-11-20"}
    response = world.client("lead").post(f"/instruments/in-small/runs/{run.pk}/{place}", said)
    assert response.status_code in {302, 409}
    assert InstrumentRun.objects.get().is_open


def test_what_was_typed_stays_where_somebody_else_saved_facts(case: Case):
    tell(case, systems=40)
    said = {"systems": "41", "progress": "Ours", "publish_progress": "on", "revision": "0"}
    form = page(case, **said).context["form"]
    shown = {name: form[name].value() for name in said}
    assert shown == {"systems": "41", "progress": "Ours", "publish_progress": True, "revision": 1}


@pytest.mark.parametrize("text", ["²%", "1.²%", "%", ".%"])
def test_a_cell_that_is_no_share_has_no_tone(text: str):
    assert tone_of(text) == ""
