"""The list of case studies with its filters, a case study's page, and both over the API."""

import pytest

from tests.casestudies.factories import make_case_study
from tests.maturity.factories import make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def studies(world: World):
    make_small_model()
    make_case_study("Harbor pilots", item="train-staff", first_stage=1, last_stage=2, agency_type="Small")
    make_case_study("Grid migration", item="scan-images", first_stage=3, last_stage=3, agency_type="Large")


def titles(world: World, query: str) -> list[str]:
    page = world.client("viewer").get(f"/case-studies/?{query}")
    assert page.status_code == 200
    api = world.client("viewer").get(f"/api/v1/case-studies/?{query}").json()["results"]
    shown = [study.title for study in page.context["page"]]
    assert sorted(shown) == sorted(row["title"] for row in api)  # the API finds what the page finds
    return shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Grid migration", "Harbor pilots"]),
        ("text=HARBOR", ["Harbor pilots"]),
        ("text=harbor+grid", []),
        ("stage=2", ["Harbor pilots"]),
        ("domain=platform", ["Grid migration"]),
        ("technology=docker", ["Grid migration", "Harbor pilots"]),
        ("agency_type=Large", ["Grid migration"]),
        ("item=train-staff", ["Harbor pilots"]),
    ],
)
def test_each_filter(world: World, studies: None, query: str, found: list[str]):
    assert titles(world, query) == found


def test_a_filter_that_is_none_of_the_choices_is_named(world: World, studies: None):
    page = world.client("viewer").get("/case-studies/?stage=nine")
    assert "nine is not one of the available choices" in page.content.decode()
    assert not page.context["page"].object_list


def test_a_case_study_shows_its_lessons_and_what_they_speak_to(world: World, studies: None):
    study = make_case_study("With <script>alert(1)</script>")
    text = world.client("viewer").get(f"/case-studies/{study.slug}/").content.decode()
    assert "Start small" in text
    assert "/models/small/1/items/train-staff/" in text
    assert "<script>alert" not in text


def test_queries_do_not_grow_with_the_case_studies(world: World, studies: None, queries_of):
    client = world.client("viewer")
    for address in ("/case-studies/", "/api/v1/case-studies/"):
        client.get(address)
        before = queries_of(lambda a=address: client.get(a))
        for _ in range(9):
            make_case_study()
        assert queries_of(lambda a=address: client.get(a)) == before
