"""Ways between the pages of a season: what one wants next is linked from where one is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments.models import Assessment, Cycle, RoundKind
from portal.agencies.periods import Period, following, label, period_of
from tests.assessments.conftest import Case
from tests.assessments.test_cycles import DUE, make_cycle
from tests.assessments.test_units import extend
from tests.maturity.factories import make_small_model
from tests.world import World

# --- the pages of one assessment -----------------------------------------------------------------------


def parts_on(page) -> dict[str, str]:
    return {part.label: part.current for part in page.context["assessment_pages"]}


@pytest.mark.parametrize(
    ("path", "label", "current"),
    [
        ("", "Questionnaire", "page"),
        ("items/name-owner/", "Questionnaire", "true"),
        ("facts/", "Facts", "page"),
        ("evidence/", "Evidence", "page"),
        ("people/", "People", "page"),
        ("shared/", "Shared platforms", "page"),
        ("workbook/", "Work offline", "page"),
    ],
)
def test_each_page_of_an_assessment_leads_to_the_others(case: Case, path: str, label: str, current: str):
    page = case.world.client("lead").get(f"/assessments/{case.assessment.pk}/{path}")
    found = parts_on(page)
    assert {name for name, mark in found.items() if mark} == {label}
    assert found[label] == current
    assert list(found) == ["Questionnaire", "Facts", "Evidence", "People", "Shared platforms", "Work offline"]


def test_the_review_is_a_page_for_who_may_review_and_the_result_once_there_is_one(submitted: Case):
    url = f"/assessments/{submitted.assessment.pk}/"
    assert "Review" in parts_on(submitted.world.client("reviewer").get(url))
    assert "Review" not in parts_on(submitted.world.client("lead").get(url))
    submitted.approve()
    found = parts_on(submitted.world.client("lead").get(url))
    assert "Result" in found
    assert "Review" not in found


def test_a_check_in_comes_first(case: Case):
    Assessment.objects.filter(pk=case.assessment.pk).update(kind=RoundKind.CHECK_IN)
    page = case.world.client("lead").get(f"/assessments/{case.assessment.pk}/")
    assert next(iter(parts_on(page))) == "Check-in"


# --- when it is due --------------------------------------------------------------------------------------


def test_an_assessment_says_when_it_is_due_and_in_which_round(case: Case):
    cycle = make_cycle(case.world, case)
    client, url = case.world.client("lead"), f"/assessments/{case.assessment.pk}/"
    assert client.get(url).context["rounds"] == [(cycle, DUE, timezone.localdate() > DUE)]
    assert f'href="/cycles/{cycle.pk}/"' in client.get(url).content.decode()
    extend(cycle, case.world, case.world.grid)
    assert client.get(url).context["rounds"][0][1] > DUE


def test_a_round_of_a_program_that_one_may_not_know_of_is_not_named(case: Case):
    cycle = make_cycle(case.world, case)
    client, url = case.world.client("lead"), f"/assessments/{case.assessment.pk}/"
    case.world.program.memberships.all().delete()
    shown = client.get(url)
    assert shown.context["rounds"] == []
    assert f'href="/cycles/{cycle.pk}/"' not in shown.content.decode()


# --- from the board --------------------------------------------------------------------------------------


def test_the_board_leads_reviewers_to_the_review(submitted: Case):
    cycle = make_cycle(submitted.world, submitted)
    way = f'href="/assessments/{submitted.assessment.pk}/review/"'
    assert way in submitted.world.client("reviewer").get(f"/cycles/{cycle.pk}/").content.decode()
    assert way not in submitted.world.client("lead").get(f"/cycles/{cycle.pk}/").content.decode()


def test_those_chosen_on_the_board_are_reminded(case: Case):
    cycle, client = make_cycle(case.world, case), case.world.client("officer")
    url = f"/cycles/{cycle.pk}/data-call/new/"
    page = client.get(url, {"remind": "chosen", "unit": [f"{case.world.mines.pk}:"]}, follow=True)
    assert page.context["reminder"]
    assert [row.pk for row in page.context["rows"]] == [case.world.mines.pk]
    nobody = client.get(url, {"remind": "chosen"}, follow=True)
    assert nobody.redirect_chain == [(f"/cycles/{cycle.pk}/", 302)]
    assert "Choose at least one agency" in nobody.content.decode()
    assert client.get(url, {"remind": "chosen", "unit": "x"}).status_code == 404


def test_who_starts_from_the_board_starts_for_that_round(world: World):
    older, _newest = make_small_model(), make_small_model(slug="other")
    today = timezone.localdate()
    quarter = following(period_of(today), -1)
    half = Period(quarter.starts_on, following(quarter).ends_on)
    cycle = make_cycle(world, version=older, period=half, period_label="A half", due_on=half.ends_on)
    client = world.client("lead")
    board = client.get(f"/cycles/{cycle.pk}/").content.decode()
    assert f"/assessments/start/?agency={world.grid.slug}&amp;cycle={cycle.pk}" in board
    form = client.get("/assessments/start/", {"agency": world.grid.slug, "cycle": cycle.pk}).context["form"]
    assert form["agency"].value() == world.grid.pk
    assert form["version"].value() == older.pk
    key = form["period"].value()
    client.post("/assessments/start/", {"agency": world.grid.pk, "version": older.pk, "period": key})
    begun = Assessment.objects.get()
    assert (begun.period_starts_on, begun.period_ends_on, begun.period_label) == (
        half.starts_on,
        half.ends_on,
        "A half",
    )


@pytest.mark.parametrize("number", ["x", "-1", "9" * 12, "²", "999999999"])
def test_a_round_that_is_none_is_passed_over(world: World, number: str):
    assert world.client("lead").get("/assessments/start/", {"cycle": number}).status_code == 200


# --- what the portal knows is not typed ------------------------------------------------------------------


def test_who_works_for_one_agency_need_not_choose_it(world: World):
    form = world.client("contributor").get("/assessments/start/").context["form"]
    assert form["agency"].value() == world.grid.pk


def test_opening_a_round_proposes_what_follows_the_last_one_once_it_has_begun(world: World):
    now = period_of(timezone.localdate(), year_starts_in=world.program.year_starts_in)
    before = following(now, -1)
    cycle = make_cycle(world, period=before, period_label="Before", due_on=before.ends_on + timedelta(30))
    form = world.client("officer").get("/cycles/open/").context["form"]
    assert form["period"].value() == label(now, world.program.year_starts_in)
    assert form["due_on"].value() == now.ends_on + timedelta(30)
    Cycle.objects.filter(pk=cycle.pk).update(period_starts_on=now.starts_on, period_ends_on=now.ends_on)
    assert world.client("officer").get("/cycles/open/").context["form"]["period"].value() is None


def test_a_program_without_a_round_proposes_none(world: World):
    form = world.client("officer").get("/cycles/open/").context["form"]
    assert (form["period"].value(), form["due_on"].value()) == (None, None)


# --- the pages of a round --------------------------------------------------------------------------------


def test_the_pages_of_a_round_lead_to_each_other(case: Case):
    cycle = make_cycle(case.world, case)
    pages = {"": "board", "units/": "units", "data-call/": "calls", "files/": "files", "overdue/": "overdue"}
    for path in pages:
        shown = case.world.client("officer").get(f"/cycles/{cycle.pk}/{path}").content.decode()
        assert all(f'href="/cycles/{cycle.pk}/{other}"' in shown for other in pages), path
    board = case.world.client("lead").get(f"/cycles/{cycle.pk}/").content.decode()
    assert f'href="/cycles/{cycle.pk}/units/"' not in board
    assert f'href="/cycles/{cycle.pk}/files/"' not in board
