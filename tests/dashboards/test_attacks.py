"""What somebody tries who wants to know more than they may: each of these was had once."""

from typing import Any

from dashboards.models import Scope
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import paper_reader, read_one_page, subject_at
from portal.access.rules import Role
from portal.agencies.models import Agency
from tests.dashboards.factories import describe, make_cohort, make_result, month, refresh_all
from tests.dashboards.test_scope_pages import answered, many, text_of, version
from tests.factories import make_agency, make_user
from tests.world import World

ON = month("2026-09")

__all__ = ["answered", "version"]  # fixtures


def one_page(world: World, scope: Scope, reader: Any) -> Any:
    measure = measures_in_use(scope)[0]
    return read_one_page(subject_at(scope, measure, ON, 10, None), reader)


def test_the_one_page_tells_viewers_no_count_of_items_that_tells_of_single_agencies(answered: World):
    many(answered, 12, "30310")  # fear and skills are open at all but two of fourteen
    scope = Scope.objects.get(program=answered.program)
    for reader in (answered.viewer, paper_reader()):
        page = one_page(answered, scope, reader)
        assert {one.agencies for one in page.obstacles} <= {"over 10"}
        assert page.must_haves.count is None
        assert page.must_haves.missing == "over 9 of 14 agencies in production"
    exact = one_page(answered, scope, answered.officer)
    assert {one.agencies for one in exact.obstacles} >= {14}
    assert exact.must_haves.count == 13


def test_the_one_page_of_a_subtree_tells_viewers_nothing_of_items(answered: World):
    for number in range(12):
        office = make_agency(f"Part {number}", answered.energy)
        make_result(office, "FY26 Q4", 2.5, levels="30310" if number % 2 else "33333")
    refresh_all()
    viewer = make_user("looks", Role.VIEWER, agency=answered.energy)
    scope = Scope.objects.get(agency=answered.energy)
    page = one_page(answered, scope, viewer)
    assert page.obstacles == ()
    assert page.must_haves.count is None
    client = answered.client("viewer")
    client.force_login(viewer)
    html = client.get("/one-page/", {"scope": f"agency:{answered.energy.slug}", "numbers": "latest"})
    assert "may see the answers of all these agencies" in text_of(html)


def test_a_group_is_not_taken_from_its_program_to_read_the_answers_of_the_rest(answered: World):
    many(answered, 12, "30310")
    for number in range(12):
        describe(Agency.objects.get(name=f"Office {number}"), size="large")
    group = make_cohort(answered.program, "Large", size="large")
    refresh_all()
    client = answered.client("viewer")
    for name in ("/portfolio/challenges/", "/portfolio/tables/open-items.csv"):
        said = client.get(name, {"scope": f"cohort:{group.slug}"}).content.decode()
        assert "may see the answers" in said or "shown here to those" in said
    asked = {"scope": f"cohort:{group.slug}"}
    assert client.get("/api/v1/open-items/", asked).status_code == 403
    assert answered.client("officer").get("/api/v1/open-items/", asked).status_code == 200


def test_a_forecast_of_a_day_long_before_anything_is_a_page(answered: World):
    page = answered.client("viewer").get("/forecast/", {"known_on": "1990-01-01", "numbers": "known"})
    assert page.status_code == 200
