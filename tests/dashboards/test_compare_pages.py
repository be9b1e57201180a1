"""Two assessments beside each other, and agencies beside each other: what is said, and to whom."""

import csv
from fractions import Fraction
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Assessment
from maturity.explain import Group
from maturity.levels import Numbers
from portal.access.models import Membership
from portal.access.rules import Role
from portal.audit.models import AuditEntry
from tests.dashboards.comparing import (
    AFTER,
    BEFORE,
    IN_PLACE,
    NONE,
    PARTIAL,
    answer,
    approve,
    two_quarters,
)
from tests.dashboards.factories import make_result, refresh_all
from tests.dashboards.test_pages_portfolio import text_of
from tests.factories import LONG_AGO, NOW, make_agency, make_user
from tests.maturity.banded import make_mean_model, make_points_model
from tests.maturity.factories import SECOND, make_second_model, make_small_model
from tests.world import World

WHO = ("contributor", "lead", "reviewer", "officer", "administrator")


@pytest.fixture
def there(world: World) -> World:
    two_quarters(world)
    return world


def page(world: World, persona: str = "reviewer", **asked: object):
    response = world.client(persona).get(f"/agencies/{world.grid.slug}/compare/", asked)
    assert response.status_code == 200
    return response


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


class TestTwoAssessments:
    def test_the_latest_two_are_compared_unless_others_are_asked_for(self, there: World):
        found = page(there).context["found"]
        assert (found.before.label, found.after.label) == ("FY26 Q3", "FY26 Q4")

    def test_each_change_has_its_effect_and_they_add_up(self, there: World):
        found = page(there).context["found"]
        # Before (1 + 1/2 + 0 + 0) / 4, after (1 + 1 + 1/2) / 3: from 0.375 to 0.833333.
        assert found.change == 833_333 - 375_000
        assert {cause.key: cause.effect for cause in found.causes} == {
            "name-owner": 145_833,
            "pick-platform": 145_833,
            "no-budget": 166_667,  # x is half way between 1/2 and 5/6; (2/3 − 0) / 4
        }
        assert dict(found.groups)[Group.ANSWERS] + dict(found.groups)[Group.LEFT_OUT] == found.change

    def test_the_page_says_it_in_words_a_drawing_and_a_table(self, there: World):
        response = page(there)
        text = text_of(response.content.decode())
        assert "From FY26 Q3 to FY26 Q4 the score went from 0.38 to 0.83 (+0.46)" in text
        chart = response.context["chart"]
        assert chart.rows[0] == ("FY26 Q3", None, "0.375000")
        assert chart.rows[-1] == ("FY26 Q4", "+0.458333 in all", "0.833333")
        assert [str(row[0]) for row in chart.rows[1:-1]] == ["No budget", "Name owner", "Pick platform"]

    @pytest.mark.parametrize("persona", WHO)
    def test_those_who_may_see_both_answers_with_their_evidence(self, there: World, persona: str):
        text = text_of(page(there, persona).content.decode())
        assert "Note on name-owner in FY26 Q3" in text
        assert "Note on name-owner in FY26 Q4" in text
        assert "Proof of name-owner" in text
        assert "Note on train-staff" not in text  # it did not change

    def test_a_viewer_sees_scores_and_domains_but_no_item(self, there: World):
        response = page(there, "viewer", show="all")
        text = text_of(response.content.decode())
        assert "Why did it move?" in text
        assert "Answers that changed" in text
        assert "Platform" in text
        for item in BEFORE:
            assert item not in response.content.decode()
            assert item.replace("-", " ").capitalize() not in text
        assert response.context["found"].items == ()
        assert response.context["found"].causes == ()

    def test_an_outsider_knows_nothing(self, there: World):
        for path in ("compare/", "compare.csv"):
            assert there.client("outsider").get(f"/agencies/{there.grid.slug}/{path}").status_code == 404

    def test_only_differences_unless_all_is_asked_for(self, there: World):
        assert [row.item.slug for row in page(there).context["rows"]] == [
            "name-owner",
            "pick-platform",
            "no-budget",
        ]
        assert len(page(there, show="all").context["rows"]) == 9

    @pytest.mark.parametrize(
        "asked",
        [
            {"from": "abc", "to": "-1"},
            {"from": "999999999999999999999999"},
            {"to": "１"},
            {"from": "' OR 1=1", "to": ""},
            {"show": "nonsense", "model": "none"},
        ],
    )
    def test_nonsense_in_the_address_leads_to_the_usual_two(self, there: World, asked):
        response = page(there, **asked)
        assert response.context["found"].change == 458_333
        said = "asks for an assessment that is not there" in text_of(response.content.decode())
        assert said == bool(asked.get("from") or asked.get("to"))

    def test_the_same_one_twice_is_told(self, there: World):
        same = Assessment.objects.filter(agency=there.grid).first()
        response = page(there, **{"from": same.pk, "to": same.pk})
        assert "the same one twice" in text_of(response.content.decode())

    def test_assessments_of_other_agencies_are_not_there(self, there: World):
        other = Assessment.objects.get(agency=there.mines)
        assert page(there, **{"from": other.pk}).context["pair"].missed

    def test_an_amendment_is_compared_with_what_it_corrected(self, there: World):
        corrected = Assessment.objects.get(agency=there.grid, period_label="FY26 Q4")
        approve(there.grid, "FY26 Q4", {**AFTER, "pick-platform": NONE}, corrected.version, corrected)
        refresh_all()
        found = page(there).context["found"]
        assert (found.before.label, found.after.label) == ("FY26 Q4", "FY26 Q4 (correction)")
        assert [cause.key for cause in found.causes] == ["pick-platform"]

    def test_a_draft_is_compared_by_those_who_may_see_it(self, there: World):
        last = Assessment.objects.get(agency=there.grid, period_label="FY26 Q4")
        draft = Assessment.objects.create(
            agency=there.grid,
            version=last.version,
            created_at=NOW,
            period_starts_on="2026-10-01",
            period_ends_on="2026-12-31",
            period_label="FY27 Q1",
        )
        answer(draft, {**AFTER, "pick-platform": IN_PLACE})
        response = page(there, "contributor", to=draft.pk)
        found = response.context["found"]
        assert found.after.label == "FY27 Q1 (draft)"
        assert [(cause.key, cause.effect) for cause in found.causes] == [("pick-platform", 166_667)]
        assert "PROVISIONAL" in text_of(response.content.decode())
        assert page(there, "viewer", to=draft.pk).context["pair"].missed

    def test_two_versions_tell_the_model_from_the_agency(self, world: World):
        first = make_small_model()
        approve(world.grid, "FY26 Q3", {**BEFORE, "no-budget": IN_PLACE}, first)
        second = make_second_model()
        levels = {"teach-staff": IN_PLACE, "name-owner": IN_PLACE, "choose-platform": NONE}
        approve(world.grid, "FY26 Q4", levels, second)
        refresh_all()
        response = page(world, show="all")
        found = response.context["found"]
        assert sum(cause.effect for cause in found.causes) == found.change
        assert dict(found.groups)[Group.MODEL]
        words = {row.item.slug: (row.before.words, row.after.words) for row in found.items}
        assert words["no-budget"][1] == "Not in this version"
        assert words["sign-images"][0] == "Not in this version"
        assert words["teach-staff"] == ("In place", "In place")
        assert len(words) == len(SECOND) + 2
        back = page(world, **{"from": found.after.assessment.pk, "to": found.before.assessment.pk})
        turned = back.context["found"]
        assert turned.change == -found.change == sum(cause.effect for cause in turned.causes)

    def test_points_are_told_as_points(self, world: World):
        version = make_points_model()
        for period, claim in (("FY26 Q3", 3), ("FY26 Q4", 7)):
            points = Numbers({"claim": claim, "scope": 5})
            approve(world.grid, period, {"claim": PARTIAL, "scope": IN_PLACE}, version, numbers=points)
        refresh_all()
        response = page(world)
        [row] = response.context["rows"]
        assert (row.before.words, row.after.words) == ("3 of 10 points", "7 of 10 points")
        assert row.effect == 4_000_000
        assert response.context["found"].stages == ()
        text = text_of(self.side(world).content.decode())
        assert "7 of 10 points" in text

    def test_scores_given_of_domains_are_causes_that_everybody_may_see(self, world: World):
        version = make_mean_model()
        for period, ready in (("FY26 Q3", 40), ("FY26 Q4", 70)):
            given = Numbers(domains={"ready": Fraction(ready), "done": Fraction(60)})
            approve(world.grid, period, {}, version, numbers=given)
        refresh_all()
        for persona in ("viewer", "lead"):
            response = page(world, persona)
            assert [(one.title, one.effect) for one, _ in response.context["told"]] == [
                ("Readiness", 10_000_000)
            ]
            assert response.context["chart"].rows[1][1] == "+10.000000"
        assert self.side(world).context["found"].items == ()

    def side(self, world: World):
        asked = {"agencies": [world.grid.slug, world.mines.slug], "show": "all"}
        return world.client("officer").get("/compare/", asked)

    def test_one_assessment_alone_is_nothing_to_compare(self, world: World):
        approve(world.grid, "FY26 Q4", AFTER)
        refresh_all()
        assert "Nothing to compare yet" in text_of(page(world).content.decode())
        assert world.client("lead").get(f"/agencies/{world.grid.slug}/compare.csv").status_code == 404

    def test_the_number_of_queries_does_not_grow_with_what_changed(self, there: World):
        def queries() -> int:
            client = there.client("reviewer")
            url = f"/agencies/{there.grid.slug}/compare/"
            client.get(url)
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert client.get(url).status_code == 200
            return len(found)

        few = queries()
        more = dict.fromkeys((*BEFORE, "pair-up", "scan-images", "share-skills", "heal-itself"), IN_PLACE)
        version = make_version_of(there)
        approve(there.grid, "FY27 Q1", more, version)
        refresh_all()
        assert queries() == few <= 40

    def test_the_file_is_defused_and_in_the_audit(self, there: World):
        there.grid.name = "=Grid"
        there.grid.save()
        response = there.client("lead").get(f"/agencies/{there.grid.slug}/compare.csv")
        rows = rows_of(response)
        assert rows[0] == ["'=Grid: FY26 Q3 and FY26 Q4"]
        assert ["No budget", "left out now", "0.166667"] in rows
        assert any(row[:2] == ["Name owner", "name-owner"] for row in rows)
        assert AuditEntry.objects.filter(action="comparison.exported").count() == 1
        viewers = rows_of(there.client("viewer").get(f"/agencies/{there.grid.slug}/compare.csv"))
        assert not any("owner" in cell.lower() for row in viewers for cell in row)
        assert ["Answers that changed", "0.291666"] in viewers

    def test_the_agencys_page_its_history_and_the_movers_lead_here(self, there: World):
        client = there.client("officer")
        path = f"/agencies/{there.grid.slug}/compare/"
        detail = client.get(f"/agencies/{there.grid.slug}/").content.decode()
        assert detail.count("Why did it move?") == 2
        assert path in detail
        assert "/compare/" in client.get("/agencies/").content.decode()

    def test_the_lists_of_who_moved_lead_here(self, world: World):
        before = make_result(world.grid, "FY26 Q3", 1.5)
        after = make_result(world.grid, "FY26 Q4", 2.5)
        refresh_all()
        url = f"/agencies/{world.grid.slug}/compare/?model=containers"
        url += f"&amp;from={before.assessment_id}&amp;to={after.assessment_id}"
        assert url in world.client("officer").get("/portfolio/transitions/").content.decode()
        response = world.client("officer").get(url.replace("&amp;", "&"))
        assert "known by its scores alone" in text_of(response.content.decode())


def make_version_of(world: World):
    return Assessment.objects.filter(agency=world.grid).first().version


class TestSideBySide:
    def ask(self, world: World, persona: str = "officer", *slugs: str, **more: str):
        slugs = slugs or (world.grid.slug, world.mines.slug)
        response = world.client(persona).get("/compare/", {"agencies": slugs, **more})
        assert response.status_code == 200
        return response

    def test_agencies_stand_in_alphabetical_order_without_ranks(self, there: World):
        response = self.ask(there, "officer", there.mines.slug, there.grid.slug)
        assert [column.name for column in response.context["found"].columns] == [
            "Grid Office",
            "Mines Office",
        ]
        text = text_of(response.content.decode())
        assert "Nobody is ranked" in text
        assert "0.83" in text

    def test_items_are_for_those_who_may_see_the_answers_of_each(self, there: World):
        items = {line.slug: line.cells for line in self.ask(there).context["items"]}
        assert items["train-staff"] == ("In place", "In place for some of our systems")
        assert self.ask(there, "viewer").context["found"].items == ()

    def test_a_person_of_one_agency_sees_nothing_of_the_items_of_another(self, there: World):
        # A viewer of the program who is at work in the Grid Office.
        both = make_user("both", Role.VIEWER, program=there.program)
        Membership.objects.create(user=both, role=Role.CONTRIBUTOR, agency=there.grid, from_on=LONG_AGO)
        there.people["both"] = both
        response = self.ask(there, "both")
        cells = {line.slug: line.cells for line in self.ask(there, "both", show="all").context["items"]}
        assert cells["train-staff"] == ("In place", "Not shown")
        assert {cell[1] for cell in cells.values()} == {"Not shown"}
        assert "Not shown to you: Mines Office" in text_of(response.content.decode())
        assert response.context["items"] == []  # with one agency to be seen there is no difference
        file = there.client("both").get(
            "/compare.csv", {"agencies": [there.grid.slug, there.mines.slug], "show": "all"}
        )
        assert ["Train staff", "In place", "Not shown"] in rows_of(file)

    def test_unknown_agencies_are_left_out_and_that_is_said(self, there: World):
        response = self.ask(there, "officer", there.grid.slug, "no-such", there.trails.slug, there.mines.slug)
        assert [column.slug for column in response.context["found"].columns] == [
            there.grid.slug,
            there.mines.slug,
        ]
        assert "Not every agency that the address names" in text_of(response.content.decode())

    @pytest.mark.parametrize("at", ["abc", "2026-99-99", "9999-12-31", "0001-01-01"])
    def test_nonsense_days_lead_to_a_period_that_there_is(self, there: World, at: str):
        assert self.ask(there, at=at).context["point"] is not None

    def test_more_than_six_are_cut(self, there: World):
        more = [make_agency(f"Office {n}", there.energy).slug for n in range(7)]
        response = self.ask(there, "administrator", *more)
        assert len(response.context["found"].columns) == 6
        assert "more than six" in text_of(response.content.decode())

    def test_one_finds_and_adds_by_name(self, there: World):
        response = self.ask(there, "officer", there.grid.slug, find="mines")
        assert [agency.slug for agency, _ in response.context["matches"]] == [there.mines.slug]
        assert self.ask(there, "officer", there.grid.slug, find="trails").context["matches"] == []

    def test_only_differences_unless_all_is_asked_for(self, there: World):
        assert len(self.ask(there, show="all").context["items"]) == 9
        assert len(self.ask(there).context["items"]) == 5

    def test_the_number_of_queries_does_not_grow_with_agencies(self, there: World):
        def queries(*slugs: str) -> int:
            client = there.client("officer")
            client.get("/compare/", {"agencies": slugs})
            with CaptureQueriesContext(connection) as found:
                client.get("/compare/", {"agencies": slugs})
            return len(found)

        two = queries(there.grid.slug, there.mines.slug)
        assert queries(there.grid.slug, there.mines.slug, there.energy.slug) == two <= 25

    def test_the_file_says_what_is_not_shown_and_is_in_the_audit_of_each(self, there: World):
        asked = {"agencies": [there.grid.slug, there.mines.slug]}
        rows = rows_of(there.client("officer").get("/compare.csv", asked))
        assert ["", "Grid Office", "Mines Office"] in rows
        assert AuditEntry.objects.filter(action="comparison.exported").count() == 2
        assert there.client("officer").get("/compare.csv", {"agencies": there.grid.slug}).status_code == 404
