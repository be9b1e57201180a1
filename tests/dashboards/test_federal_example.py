"""In 2022 a published federal scorecard showed one agency rising and eight falling, of which the old method
would have made four up and twenty level. Here that is impossible to miss."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from assessments.models import Assessment, Result, ScoringRule
from assessments.results import build_result
from assessments.services_rescoring import find_gaps, run_rescoring, save_results
from dashboards.models import Standing, Trend
from dashboards.services_check import find_differences
from dashboards.services_rules import put_rules_in_force
from maturity.levels import Level
from maturity.models import ModelVersion
from maturity.queries import rules_of
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from portal.agencies.periods import Period, parse_label
from portal.agencies.services import mark_stale
from portal.jobs import services as jobs
from tests.dashboards.factories import refresh_all
from tests.dashboards.plainly import expected_trends
from tests.factories import NOW, make_agency, make_program, make_user
from tests.maturity.factories import make_second_model, make_small_model

pytestmark = pytest.mark.django_db
BEFORE, AFTER = "FY26 Q3", "FY26 Q4"
SENTENCE = (
    "The scoring changed between FY26 Q3 and FY26 Q4. As published: 1 rose, 8 fell, 15 stayed. "
    "Under the same rule: 4 rose, 0 fell, 20 stayed."
)
# Stage 1 of version 1: train-staff, name-owner, pick-platform, no-budget. Of version 2: teach-staff (the
# first), name-owner, pair-up, choose-platform (of pick-platform); no-budget is dropped, pair-up comes from
# stage 2. Each way of answering then and now moves as its name says: published, then under the same rule.
PLANNED = {"name-owner": Level.PLANNED}
WAYS: dict[str, tuple[int, dict[str, Level], dict[str, Level]]] = {
    # Both rose by both: 0 to 1/4 published, 0 to 1/4 under version 2.
    "up, up": (1, {}, {"teach-staff": Level.IN_PLACE}),
    # The budget counted before and is not asked any more: a fall that is none.
    "down, level": (
        5,
        {"train-staff": Level.IN_PLACE, "no-budget": Level.IN_PLACE},
        {"teach-staff": Level.IN_PLACE},
    ),
    # Half of what was published is not asked any more, and a little was done.
    "down, up": (
        3,
        {"no-budget": Level.IN_PLACE, "train-staff": Level.PARTIAL},
        {"teach-staff": Level.IN_PLACE},
    ),
    "level, level": (15, {"train-staff": Level.IN_PLACE}, {"teach-staff": Level.IN_PLACE}),
}


def approve(agency: Agency, version: ModelVersion, period: Period, levels: dict[str, Level]) -> Result:
    """An assessment of the agency, approved as the review does it."""
    label = BEFORE if period == parse_label(BEFORE) else AFTER
    assessment = Assessment.objects.create(
        agency=agency,
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=label,
        state=Assessment.State.APPROVED,
        approved_at=NOW,
        created_at=NOW,
    )
    result = build_result(
        assessment=assessment, rules=rules_of(version), levels=levels, evidence={}, approved_at=NOW
    )
    save_results([result], NOW)
    mark_stale(agencies=[agency], reason="assessment approved", at=NOW)
    return result


def rescore() -> None:
    """What the portal does by itself after a publication."""
    for job in find_gaps(at=NOW):
        attempt = jobs.claim(job_id=job.pk, at=NOW)
        assert attempt is not None
        run_rescoring(attempt=attempt, clock=lambda: NOW)
    refresh_all()
    put_rules_in_force(at=NOW)


@pytest.fixture
def program(db: None) -> Program:
    """24 agencies that answered version 1 and then version 2."""
    agencies = [make_agency(f"Agency {number:02}") for number in range(24)]
    first = make_small_model()
    ways = [way for way in WAYS.values() for _ in range(way[0])]
    for agency, (_, then, _) in zip(agencies, ways, strict=True):
        approve(agency, first, parse_label(BEFORE), then)
    refresh_all()
    second = make_second_model(at=NOW + timedelta(days=1))
    rescore()
    for agency, (_, _, now) in zip(agencies, ways, strict=True):
        approve(agency, second, parse_label(AFTER), now)
    refresh_all()
    return make_and_count(agencies)


def make_and_count(agencies: list[Agency]) -> Program:
    program = make_program(agencies=agencies)
    mark_stale(agencies=agencies, reason="program", at=NOW)
    refresh_all()
    return program


@pytest.fixture
def client(client: Any) -> Any:
    client.force_login(make_user("leader", Role.VIEWER))
    return client


def scope(program: Program, **more: str) -> dict[str, str]:
    return {"scope": f"program:{program.slug}"} | more


class TestPages:
    def test_the_portfolio_says_it_before_anything_else(self, client: Any, program: Program):
        page = client.get("/", scope(program)).content.decode()
        assert SENTENCE in page
        assert page.index(SENTENCE) < page.index("The numbers in short")
        assert "What is real and what comes from the method, by agency" in page

    def test_the_changes_of_the_portfolio_are_the_real_ones(self, client: Any, program: Program):
        context = client.get("/", scope(program)).context
        assert "4 rose, 0 fell and 20 stayed" in context["headline"]["movement"]

    def test_charts_have_the_marker_and_the_old_line(self, client: Any, program: Program):
        context = client.get("/", scope(program)).context
        for name in ("stages_chart", "score_chart"):
            chart = context[name]
            assert "The scoring changed between FY26 Q3 and FY26 Q4" in chart.summary
            assert len(chart.figure["layout"]["shapes"]) == 1
            assert any(row[0] == "Scoring changed: version 1 to version 2" for row in chart.rows)
        old = context["score_chart"].figure["data"][-1]
        assert (old["name"], old["line"]["dash"]) == ("As published, version 1", "dash")
        assert old["y"][-2] == 0.25
        assert old["y"][-1] is None

    def test_the_page_of_changes_lists_each_agency_with_its_parts(self, client: Any, program: Program):
        response = client.get("/method-changes/", scope(program))
        assert SENTENCE in response.content.decode()
        rows = response.context["rows"]
        assert len(rows) == 24
        splits = [row.split for row in rows]
        assert all(one.real + one.methodical == one.published for one in splits)
        assert sum(one.published > 0 for one in splits) == 1
        assert sum(one.published < 0 for one in splits) == 8
        assert sum(one.real > 0 for one in splits) == 4
        assert sum(one.real == 0 for one in splits) == 20
        down = splits[1]  # published 0.50 to 0.25, and nothing happened
        assert (down.published, down.real, down.methodical) == (-250_000, 0, -250_000)

    def test_agencies_for_whom_nothing_changed_can_be_left_out(self, client: Any, program: Program):
        response = client.get("/method-changes/", scope(program, show="changed"))
        assert len(response.context["rows"]) == 9

    def test_the_table_as_a_file(self, client: Any, program: Program):
        text = client.get("/method-changes.csv", scope(program)).content.decode("utf-8-sig")
        rows = list(csv.reader(StringIO(text)))
        assert [SENTENCE] in rows
        table = rows[rows.index([]) + 1 :]
        assert table[0][-3:] == ["Published change", "Real", "From the method"]
        assert len(table) == 25
        for row in table[1:]:
            published, real, method = (round(float(cell) * 1_000_000) for cell in row[-3:])
            assert real + method == published

    def test_the_portfolios_file_says_it_too(self, client: Any, program: Program):
        assert SENTENCE in client.get("/portfolio.csv", scope(program)).content.decode()

    def test_an_agencys_own_page(self, client: Any, program: Program):
        page = client.get(f"/agencies/{Agency.objects.get(name='Agency 01').slug}/").content.decode()
        assert "from 0.50 to 0.25 (−0.25)" in page
        assert "0.00 is real" in page
        assert "−0.25 comes from the method" in page
        assert "Scoring changed: version 1 to version 2" in page

    def test_an_agencys_assessments_are_listed_once_as_they_were_approved(
        self, client: Any, program: Program
    ):
        agency = Agency.objects.get(name="Agency 01")
        response = client.get(f"/agencies/{agency.slug}/")
        assert [one.method for one in response.context["reading"].history] == ["staged-1@2", "staged-1@1"]

    def test_the_list_of_agencies_says_that_the_scoring_changed(self, client: Any, program: Program):
        assert "The scoring changed between these two points" in client.get("/agencies/").content.decode()

    def test_before_the_change_nothing_is_said(self, client: Any, program: Program):
        page = client.get("/", scope(program, at="2026-06-30")).content.decode()
        assert "The scoring changed" not in page


class TestApi:
    URL = "/api/v1/method-changes/"
    DAYS = {"since": "2026-06-30", "on": "2026-09-30"}

    def test_both_ways_of_counting(self, client: Any, program: Program):
        found = client.get(self.URL, scope(program, **self.DAYS)).json()
        assert found["as_published"] == {"risen": 1, "fallen": 8, "unchanged": 15}
        assert found["same_rule"] == {"risen": 4, "fallen": 0, "unchanged": 20}
        assert (found["rule_then"], found["rule"]) == ("staged-1@1", "staged-1@2")
        assert len(found["results"]) == 24
        for row in found["results"]:
            parts = [round(row[name] * 1_000_000) for name in ("published", "real", "methodical")]
            assert parts[1] + parts[2] == parts[0]
        changed = client.get(self.URL, scope(program, changed="true", **self.DAYS)).json()
        assert len(changed["results"]) == 9

    def test_a_trend_names_its_rule_and_where_it_begins(self, client: Any, program: Program):
        rows = client.get("/api/v1/trends/", scope(program)).json()["results"]
        shown = [(row["period"], row["rule"], row["rescored"], row["rule_changed"]) for row in rows[:2]]
        assert shown == [("FY26 Q3", "staged-1@2", 24, False), ("FY26 Q4", "staged-1@2", 0, True)]

    def test_the_old_rule_can_be_asked_for(self, client: Any, program: Program):
        rows = client.get("/api/v1/trends/", scope(program, rule="staged-1@1")).json()["results"]
        assert {row["rule"] for row in rows} == {"staged-1@1"}
        assert rows[0]["median"] == 0.25
        wrong = client.get("/api/v1/trends/", scope(program, rule="staged-9@1"))
        assert wrong.status_code == 400
        assert "staged-1@1, staged-1@2" in wrong.content.decode()

    @pytest.mark.parametrize(
        "days", [{}, {"since": "2026-09-30", "on": "2026-06-30"}, {"since": "2026-06-29", "on": "2026-09-30"}]
    )
    def test_days_that_are_not_two_month_ends_in_order(self, client: Any, program: Program, days):
        assert client.get(self.URL, scope(program, **days)).status_code == 400


class TestEngine:
    def test_every_line_equals_a_recomputation(self, program: Program):
        horizon = max(Trend.objects.values_list("on", flat=True))
        stored = {(*t.scope.key, t.model_id, t.method, t.on): t for t in Trend.objects.all()}
        expected = expected_trends(horizon)
        assert stored.keys() == expected.keys()
        for key, row in expected.items():
            assert (stored[key].score_sum, stored[key].rescored) == (row["score_sum"], row["rescored"])
        assert list(find_differences()) == []

    def test_the_check_finds_a_result_that_is_missing_or_wrong(self, program: Program):
        rescored = Result.objects.filter(rescores__isnull=False)
        wrong, missing = rescored[0], rescored[1]
        Result.objects.filter(pk=wrong.pk).update(score=wrong.score + 1)
        missing_agency = missing.agency
        missing.delete()
        said = [str(finding) for finding in find_differences()]
        assert any("score by staged-1@2" in one and wrong.agency.slug in one for one in said)
        assert any("no result by staged-1@2" in one and missing_agency.slug in one for one in said)

    def test_as_many_queries_with_24_agencies_as_with_3(self, client: Any, program: Program, queries_of):
        small = make_and_count([Agency.objects.get(name=f"Agency {number:02}") for number in (0, 1, 7)])
        few = [queries_of(lambda u=url: client.get(u, scope(small))) for url in ("/", "/method-changes/")]
        many = [queries_of(lambda u=url: client.get(u, scope(program))) for url in ("/", "/method-changes/")]
        assert many == few


class TestInForce:
    def test_until_history_is_counted_the_pages_keep_the_old_line(self, client: Any, program: Program):
        ScoringRule.objects.filter(rule="staged-1@2").update(complete_at=None, in_force_at=None)
        response = client.get("/", scope(program))
        assert response.context["choice"].measure.method == "staged-1@1"
        assert "History is being scored by version 2" in response.content.decode()
        assert SENTENCE not in response.content.decode()


def test_agencies_whose_answers_cannot_be_scored_are_named_and_not_counted(client: Any, program: Program):
    agency = Agency.objects.get(name="Agency 00")
    gone = Result.objects.get(agency=agency, rescores__isnull=False)
    Standing.objects.filter(result=gone).delete()
    gone.delete()
    mark_stale(agencies=[agency], reason="test", at=NOW)
    refresh_all()
    page = client.get("/method-changes/", scope(program))
    assert "1 agency cannot be compared" in page.content.decode()
    row = page.context["rows"][0]
    assert (row.split, row.published_then) == (None, 0)
    assert page.context["found"].published.all == 23
