"""The list of assessments."""

from datetime import date

import pytest

from maturity.models import ModelVersion
from portal.agencies.periods import Period
from tests.assessments.conftest import EARLIER, Case, start_case
from tests.factories import NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

URL = "/assessments/"


def agencies_on(page) -> list[str]:
    return [assessment.agency.name for assessment in page.context["page"]]


@pytest.mark.parametrize(
    ("persona", "count"),
    [("contributor", 1), ("reviewer", 1), ("administrator", 1), ("viewer", 0), ("outsider", 0)],
)
def test_only_those_whose_answers_one_may_see_are_listed(case: Case, persona: str, count: int):
    page = case.world.client(persona).get(URL)
    assert agencies_on(page) == ["Grid Office"] * count


@pytest.mark.parametrize(
    ("persona", "tab", "count"),
    [
        ("contributor", "answer", 0),
        ("contributor", "review", 0),
        ("reviewer", "review", 1),
        ("reviewer", "answer", 0),
        ("reviewer", "nonsense", 1),
    ],
)
def test_tabs_show_what_waits_for_this_person(submitted: Case, persona: str, tab: str, count: int):
    page = submitted.world.client(persona).get(URL, {"tab": tab})
    assert len(agencies_on(page)) == count
    if tab in {"answer", "review"}:
        assert {key: shown for key, _, shown in page.context["tabs"]}[tab] == count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"agency": "grid"}, 1),
        ({"agency": "trails"}, 0),
        ({"state": "draft"}, 1),
        ({"state": "approved"}, 0),
        ({"period": "FY27 Q1"}, 1),
    ],
)
def test_filters_narrow_the_list(case: Case, query: dict, count: int):
    assert len(agencies_on(case.world.client("lead").get(URL, query))) == count


@pytest.mark.parametrize("query", [{"state": "lost"}, {"period": "FY99"}, {"agency": "x" * 201}])
def test_a_wrong_filter_is_named_and_lists_nothing(case: Case, query: dict):
    page = case.world.client("lead").get(URL, query)
    assert page.context["form"].errors.keys() == query.keys()
    assert agencies_on(page) == []


def test_an_approved_one_shows_its_score(approved: Case):
    page = approved.world.client("lead").get(URL)
    assert "0 of 3" in page.content.decode()
    assert "0.25" in page.content.decode()


def test_a_hostile_name_is_shown_as_text(world: World):
    world.grid.name = "<script>alert(1)</script>"
    world.grid.save()
    start_case(world)
    assert "<script>alert(1)" not in world.client("lead").get(URL).content.decode()


def test_the_list_takes_no_more_queries_for_ten_than_for_one(world: World, queries_of):
    version = make_small_model()
    approve_one(world, version)
    client = world.client("administrator")
    one = queries_of(lambda: client.get(URL))
    for _ in range(9):
        world.grid = make_agency(parent=world.energy)
        approve_one(world, version)
    assert len(agencies_on(client.get(URL))) == 10
    assert queries_of(lambda: client.get(URL)) == one


def approve_one(world: World, version: ModelVersion) -> None:
    world.contributor.memberships.update(agency=world.grid)
    world.lead.memberships.update(agency=world.grid)
    for name in ("contributor", "lead"):
        world.people[name].__dict__.pop("grants", None)
    case = start_case(world, version)
    case.answer_all_asked()
    case.submit()
    case.approve()


def test_long_lists_come_in_pages(world: World):
    version = make_small_model()
    for back in range(26):
        month = date(2024 + back // 12, back % 12 + 1, 1)
        start_case(world, version, Period(month, month.replace(day=28)), f"M{back}")
    page = world.client("lead").get(URL)
    assert len(agencies_on(page)) == 25
    assert len(agencies_on(world.client("lead").get(URL, {"page": 2}))) == 1


def test_it_is_only_read(case: Case):
    assert case.world.client("lead").post(URL).status_code == 405


START = "/assessments/start/"


def given(world: World, version: ModelVersion, **changes) -> dict:
    return {
        "agency": world.grid.pk,
        "version": version.pk,
        "period": "2026-07-01/10",
        "carry_over": "on",
    } | changes


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch):
    """The pages read the clock once; here it stands at November 21, 2026."""
    monkeypatch.setattr("assessments.views.timezone.now", lambda: NOW)


@pytest.mark.usefixtures("today")
class TestStart:
    def test_the_form_offers_ones_own_agencies_and_the_recent_quarters(self, world: World):
        make_small_model()
        form = world.client("lead").get(START).context["form"]
        assert [agency.name for agency in form.fields["agency"].queryset] == ["Grid Office"]
        names = [name for _, name in form.fields["period"].choices]
        assert names[0] == "FY27 Q1 (October 2026 to December 2026)"
        assert len(names) == 12

    def test_an_officer_may_start_for_each_agency_of_the_program(self, world: World):
        form = world.client("officer").get(START).context["form"]
        names = [agency.name for agency in form.fields["agency"].queryset]
        assert names == ["Department of Energy Affairs", "Grid Office", "Mines Office"]

    def test_one_of_very_many_agencies_is_named(self, world: World, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("assessments.forms.MOST_LISTED", 2)  # the officer has three
        data = given(world, make_small_model())
        officer = world.client("officer")
        unknown = officer.post(START, data | {"agency": "Trails Office"})
        assert "No agency is known as" in unknown.content.decode()
        path = "Department of Energy Affairs / Grid Office"
        assert officer.post(START, data | {"agency": path}).status_code == 302
        assert world.grid.assessments.count() == 1

    def test_starting_leads_to_the_questionnaire(self, world: World):
        answer = world.client("contributor").post(START, given(world, make_small_model()))
        (assessment,) = world.grid.assessments.all()
        assert (answer.status_code, answer["Location"]) == (302, f"/assessments/{assessment.pk}/")
        assert (assessment.period_label, assessment.period_ends_on) == ("FY26 Q4", date(2026, 9, 30))

    def test_a_second_one_is_refused_with_the_reason(self, world: World):
        version = make_small_model()
        start_case(world, version, EARLIER, "FY26 Q4")
        page = world.client("contributor").post(START, given(world, version))
        assert page.status_code == 422
        assert "already has an assessment" in page.content.decode()

    @pytest.mark.parametrize(
        ("field", "value"), [("agency", "0"), ("agency", "x"), ("version", "0"), ("period", "2031-01-01/10")]
    )
    def test_what_cannot_be_chosen_is_named(self, world: World, field: str, value: str):
        page = world.client("lead").post(START, given(world, make_small_model()) | {field: value})
        assert page.status_code == 422
        assert list(page.context["form"].errors) == [field]

    def test_somebody_elses_agency_cannot_be_chosen(self, world: World):
        page = world.client("lead").post(START, given(world, make_small_model(), agency=world.trails.pk))
        assert list(page.context["form"].errors) == ["agency"]
        assert not world.trails.assessments.exists()

    @pytest.mark.parametrize("persona", ["viewer", "reviewer"])
    def test_who_may_answer_nowhere_may_not_start(self, world: World, persona: str):
        answer = world.client(persona).post(START, given(world, make_small_model()))
        assert answer.status_code == 403
        assert not world.grid.assessments.exists()
