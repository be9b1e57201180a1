"""The list of agencies and the page of one: what each reader may see, and what each state looks like."""

import re
from datetime import date

import pytest
from django.test import Client

from assessments.models import SelfDeclaration
from casestudies.models import LessonLink
from portal.agencies.models import AdoptionDecision, Agency, Contact, ProfileValue
from portal.agencies.services import mark_stale
from tests.assessments.conftest import start_case
from tests.casestudies.factories import make_case_study
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency, make_user
from tests.maturity.factories import make_small_model
from tests.world import World


@pytest.fixture
def reported(world: World) -> World:
    """grid has two results, mines one that is carried, trails one; energy none."""
    make_result(world.grid, "FY26 Q3", 1.2)
    make_result(world.grid, "FY26 Q4", 2.5)
    make_result(world.mines, "FY26 Q3", 1.5)
    make_result(world.trails, "FY26 Q4", 4.9)
    refresh_all()
    return world


@pytest.fixture
def approved(world: World) -> World:
    """grid has an approved assessment of a small model, with gaps; two case studies speak to one of them."""
    case = start_case(world, make_small_model())
    case.answer_all_asked()
    case.submit()
    case.approve()
    refresh_all()
    return world


def detail(world: World, persona: str, agency: Agency) -> str:
    response = world.client(persona).get(f"/agencies/{agency.slug}/")
    assert response.status_code == 200
    return response.content.decode()


def names(world: World, persona: str, **filters: str) -> list[str]:
    response = world.client(persona).get("/agencies/", filters)
    assert response.status_code == 200
    return [row.name for row in response.context["rows"]]


# --- the list ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persona", "expected"),
    [
        ("viewer", ["Department of Energy Affairs", "Grid Office", "Mines Office"]),
        ("lead", ["Grid Office"]),
        ("outsider", ["Trails Office"]),
    ],
)
def test_the_list_holds_the_agencies_that_one_may_know_of(reported: World, persona: str, expected: list[str]):
    assert names(reported, persona) == expected


def test_a_viewer_of_a_program_learns_nothing_outside_it(reported: World):
    html = reported.client("viewer").get("/agencies/").content.decode()
    for hidden in ("Parks", "Trails", "4.90"):
        assert hidden not in html


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"text": "office grid"}, ["Grid Office"]),
        ({"state": "reported"}, ["Grid Office", "Trails Office"]),
        ({"state": "carried"}, ["Mines Office"]),
        ({"state": "not_reporting"}, ["Department of Energy Affairs", "Department of Parks"]),
        ({"stages": "2"}, ["Grid Office"]),
        ({"type": "cabinet-level"}, ["Department of Parks"]),
        ({"sort": "-score", "state": "reported"}, ["Trails Office", "Grid Office"]),
    ],
)
def test_the_list_is_filtered(reported: World, filters: dict[str, str], expected: list[str]):
    ProfileValue.objects.create(
        agency=reported.parks, field="type", value="cabinet-level", choice="cabinet-level", from_on=LONG_AGO
    )
    assert names(reported, "administrator", **filters) == expected


def test_the_list_is_filtered_by_program_and_by_place(reported: World):
    in_program = names(reported, "administrator", program=reported.program.slug)
    assert in_program == ["Department of Energy Affairs", "Grid Office", "Mines Office"]
    below = names(reported, "administrator", parent=reported.parks.slug)
    assert below == ["Department of Parks", "Trails Office"]


def test_a_filter_that_is_not_there_is_named(reported: World):
    html = reported.client("viewer").get("/agencies/", {"parent": reported.parks.slug}).content.decode()
    assert f"{reported.parks.slug} is not one of the available choices" in html


def test_a_closed_agency_is_listed_only_when_asked_for(reported: World):
    Agency.objects.filter(pk=reported.mines.pk).update(closed_on=date(2026, 1, 31))
    assert "Mines Office" not in names(reported, "viewer")
    assert names(reported, "viewer", state="closed") == ["Mines Office"]
    assert "Closed on" in detail(reported, "viewer", reported.mines)


def test_the_list_says_what_to_do_where_there_is_nothing(db: None):
    client = Client()
    client.force_login(make_user("first", "administrator"))
    assert "/agencies/import/" in client.get("/agencies/").content.decode()


def test_agencies_are_listed_before_there_is_any_result(world: World):
    assert len(names(world, "administrator")) == 5


def test_the_number_of_queries_does_not_grow_with_the_list(reported: World, queries_of):
    client = reported.client("viewer")
    client.get("/agencies/")
    few = queries_of(lambda: client.get("/agencies/"))
    for n in range(100):
        agency = make_agency(f"Bureau {n}", reported.energy)
        reported.program.memberships.create(agency=agency, from_on=LONG_AGO)
        make_result(agency, "FY26 Q4", 3.1)
    refresh_all()
    assert queries_of(lambda: client.get("/agencies/")) == few
    assert len(client.get("/agencies/").context["rows"]) == 100


# --- one agency -------------------------------------------------------------------------------------


def test_the_page_says_how_it_stands_and_stood(reported: World):
    context = reported.client("viewer").get(f"/agencies/{reported.grid.slug}/").context
    reading = context["reading"]
    assert (reading.state, reading.result.score, reading.change, reading.age) == (
        "reported",
        2_500_000,
        1_300_000,
        0,
    )
    assert [point.score for point in reading.points[-2:]] == [1_200_000, 2_500_000]
    assert [one.period_label for one in reading.history] == ["FY26 Q4", "FY26 Q3"]


def test_an_agency_that_one_may_not_know_of_is_not_found(reported: World):
    for persona in ("viewer", "officer", "lead"):
        assert reported.client(persona).get(f"/agencies/{reported.trails.slug}/").status_code == 404


def test_only_ancestors_that_one_may_know_of_are_named(reported: World):
    assert "Department of Energy Affairs" in detail(reported, "viewer", reported.grid)
    assert "Department of Energy Affairs" not in detail(reported, "lead", reported.grid)


def test_those_below_are_listed_with_how_they_stand(reported: World):
    context = reported.client("viewer").get(f"/agencies/{reported.energy.slug}/").context
    assert [(row.name, row.state) for row in context["children"]] == [
        ("Grid Office", "reported"),
        ("Mines Office", "carried"),
    ]


def test_a_viewer_sees_scores_and_no_gaps(approved: World):
    html = detail(approved, "viewer", approved.grid)
    assert "Score over time" in html
    for hidden in ("What holds it", "Name owner", "/result/", "Begin name-owner"):
        assert hidden not in html


@pytest.mark.parametrize("persona", ["contributor", "lead", "reviewer", "officer", "administrator"])
def test_those_who_may_see_answers_see_what_holds_it_and_what_to_do(approved: World, persona: str):
    html = detail(approved, persona, approved.grid)
    assert "What holds it at stage 1" in html
    assert "Name owner" in html
    assert "Begin name-owner." in html
    assert "/result/" in html


def test_case_studies_that_speak_to_gaps_are_shown_to_those_who_see_gaps(approved: World):
    study = make_case_study()
    LessonLink.objects.create(lesson=study.lessons.get(), model_slug="small", item_slug="name-owner")
    assert f"/case-studies/{study.slug}/" in detail(approved, "lead", approved.grid)
    assert f"/case-studies/{study.slug}/" not in detail(approved, "viewer", approved.grid)


def test_what_is_not_yet_approved_is_linked_for_those_who_may_see_it(world: World):
    case = start_case(world, make_small_model())
    address = f"/assessments/{case.assessment.pk}/"
    assert address in detail(world, "lead", world.grid)
    assert address not in detail(world, "viewer", world.grid)


def test_no_assessment_is_not_reported_and_says_nothing_about_maturity(reported: World):
    html = detail(reported, "viewer", reported.energy)
    assert "Not reported" in html
    assert "Exploration" not in html
    assert "Start an assessment" not in html


def test_those_who_may_answer_are_led_to_a_first_assessment(world: World):
    assert f"/assessments/start/?agency={world.grid.slug}" in detail(world, "lead", world.grid)


def test_a_result_that_is_too_old_is_shown_as_what_it_is(world: World):
    make_result(world.grid, "FY24 Q1", 2.5)
    make_result(world.mines, "FY26 Q4", 1.0)
    refresh_all()
    html = detail(world, "viewer", world.grid)
    assert "Not reporting" in html
    assert "too old to count" in html
    context = world.client("viewer").get(f"/agencies/{world.grid.slug}/").context
    assert context["reading"].points[-1].score is None


def test_a_decision_not_to_adopt_is_told_with_its_reason(reported: World):
    AdoptionDecision.objects.create(
        agency=reported.mines, reason="All is bought.", from_on=date(2026, 8, 1), review_on=date(2028, 8, 1)
    )
    mark_stale(agencies=[reported.mines], reason="decision", at=NOW)
    refresh_all()
    html = detail(reported, "viewer", reported.mines)
    assert "Decided not to adopt containers" in html
    assert "All is bought." in html
    assert names(reported, "viewer", state="not_adopting") == ["Mines Office"]


def test_declared_stages_are_apart(reported: World):
    SelfDeclaration.objects.create(
        agency=reported.grid,
        model=make_version().model,
        period_starts_on=date(2026, 1, 1),
        period_ends_on=date(2026, 3, 31),
        period_label="FY26 Q2",
        stage=4,
        imported_at=NOW,
    )
    response = reported.client("viewer").get(f"/agencies/{reported.grid.slug}/")
    html = response.content.decode()
    assert "Self-declared, not computed" in html
    assert "FY26 Q2: stage 4" in html
    assert [point.score for point in response.context["reading"].points if point.declared] == [None]


def test_profile_contacts_and_hostile_text_are_shown_as_text(reported: World):
    Contact.objects.create(agency=reported.grid, role="lead", name="<b>Pat</b>", email="pat@example.gov")
    ProfileValue.objects.create(
        agency=reported.grid, field="skill", value="high", choice="high", from_on=LONG_AGO
    )
    html = detail(reported, "viewer", reported.grid)
    assert "&lt;b&gt;Pat&lt;/b&gt;" in html
    assert "Skill level" in html
    assert "High" in html


def test_what_one_may_change_is_offered_to_those_who_may(reported: World):
    assert f"/agencies/{reported.grid.slug}/edit/" in detail(reported, "officer", reported.grid)
    assert f"/agencies/{reported.grid.slug}/edit/" not in detail(reported, "reviewer", reported.grid)


def test_tables_have_captions_and_heads_and_charts_have_names(approved: World):
    html = detail(approved, "lead", approved.grid)
    assert html.count("<caption") == html.count("<table")
    assert not re.findall(r"<th(?! scope)[ >](?!ead)", html.replace("<thead", ""))
    assert len(re.findall(r'role="img"\s+aria-label="[^"]{20,}"', html)) == 3
    assert " style=" not in html


def test_the_number_of_queries_does_not_grow_with_those_below(reported: World, queries_of):
    client, address = reported.client("viewer"), f"/agencies/{reported.energy.slug}/"
    client.get(address)
    few = queries_of(lambda: client.get(address))
    for n in range(10):
        agency = make_agency(f"Bureau {n}", reported.energy)
        reported.program.memberships.create(agency=agency, from_on=LONG_AGO)
        make_result(agency, "FY26 Q4", 3.1)
    refresh_all()
    assert queries_of(lambda: client.get(address)) == few
