"""A published figure never moves by itself, also when a new scoring rule comes into force: what was published
is shown as published, by the rule of its time, and every page says that the scoring has changed since."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader

from assessments.models import Assessment, Cycle, ScoringRule
from assessments.results import build_result
from assessments.services_rescoring import save_results
from dashboards.models import PublishedTrend, Report, Scope
from dashboards.papers.sentences import talking_points
from dashboards.queries.corrections import made, pending
from dashboards.queries.measures import choose_rule, measures_in_use
from dashboards.queries.one_page import paper_reader, publication_at, read_one_page, subject_at
from dashboards.queries.publications import read_publication
from dashboards.queries.publishing import months_of
from dashboards.services_papers import write_paper
from dashboards.services_publications import correct_publication, freeze_published, publish_cycle
from dashboards.services_reports import Wanted, read_content, request_report
from dashboards.views.tabs import TABS
from maturity.levels import Level
from maturity.models import ModelVersion
from maturity.queries import rules_of
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from portal.agencies.periods import parse_label
from portal.agencies.services import mark_stale
from tests.dashboards.factories import month, refresh_all
from tests.dashboards.test_federal_example import (
    AFTER,
    BEFORE,
    SENTENCE,
    WAYS,
    approve,
    make_and_count,
    rescore,
)
from tests.factories import NOW, make_agency, make_user
from tests.maturity.factories import make_second_model, make_small_model

pytestmark = pytest.mark.django_db
JUNE, SEPTEMBER = month("2026-06"), month("2026-09")
LONG_BEFORE = NOW - timedelta(days=5)  # when the first round was published
SINCE = "The scoring has changed since"
BY_FIRST = "Scored by version 1, as published."


def make_round(program: Program, version: ModelVersion, period: str) -> Cycle:
    span = parse_label(period)
    return Cycle.objects.create(
        program=program,
        version=version,
        period_starts_on=span.starts_on,
        period_ends_on=span.ends_on,
        period_label=period,
        due_on=span.ends_on + timedelta(days=30),
        state=Cycle.State.PREVIEW,
        opened_at=LONG_BEFORE,
    )


class Office:
    """24 agencies whose first round is published under version 1."""

    def __init__(self) -> None:
        self.agencies = [make_agency(f"Agency {number:02}") for number in range(24)]
        self.ways = [way for way in WAYS.values() for _ in range(way[0])]
        self.first = make_small_model()
        for agency, (_, then, _) in zip(self.agencies, self.ways, strict=True):
            approve(agency, self.first, parse_label(BEFORE), then)
        refresh_all()
        self.program = make_and_count(self.agencies)
        self.officer = make_user("officer", Role.ADMINISTRATOR)
        self.round = make_round(self.program, self.first, BEFORE)
        publish_cycle(cycle_id=self.round.pk, by=self.officer, at=LONG_BEFORE)

    @property
    def scope(self) -> Scope:
        return Scope.objects.select_related("program").get(program=self.program)

    def bring_second_into_force(self) -> None:
        """Version 2 is published, history is re-scored, and the nightly freeze runs."""
        self.second = make_second_model(at=NOW + timedelta(days=1))
        rescore()
        freeze_published(at=NOW)
        assert PublishedTrend.objects.filter(method="staged-1@2").exists()  # a base to compare with

    def publish_second(self) -> None:
        """A round under version 2 is answered and published."""
        for agency, (_, _, now) in zip(self.agencies, self.ways, strict=True):
            approve(agency, self.second, parse_label(AFTER), now)
        refresh_all()
        cycle = make_round(self.program, self.second, AFTER)
        publish_cycle(cycle_id=cycle.pk, by=self.officer, at=NOW + timedelta(days=2))


@pytest.fixture
def office(db: None) -> Office:
    return Office()


@pytest.fixture
def reader(db: None) -> User:
    return make_user("leader", Role.VIEWER)


@pytest.fixture
def client(client: Any, reader: User) -> Any:
    client.force_login(reader)
    return client


def of(office: Office, **more: str) -> dict[str, str]:
    return {"scope": f"program:{office.program.slug}"} | more


def shown(office: Office, client: Any, reader: User) -> dict[str, Any]:
    """What is published of June, on every page and over the API."""
    at = {"at": str(JUNE)}
    front = client.get("/", of(office, **at)).context
    page = client.get("/one-page/", of(office, **at)).context
    listed = client.get("/agencies/", at).context
    one = client.get(f"/agencies/{office.agencies[1].slug}/", at).context
    trend = client.get("/api/v1/trends/", of(office)).json()["results"]
    report = read_content(asked(office, reader, "one_page"), NOW)
    agency = read_content(asked(office, reader, "agency"), NOW)
    return {
        "numbers": front["series"].statistics,
        "marking": (front["series"].provisional, front["choice"].knowledge_words),
        "identifiers": front["choice"].figures,
        "measure": front["choice"].measure.method,
        "rows": [(row.name, row.score, row.stages_completed, row.change) for row in front["rows"]],
        "one page": page["page"],
        "agencies": [(row.name, row.score, row.stages_completed) for row in listed["rows"]],
        "agencies, published": listed["published"],
        "agency": (one["reading"].standing.score, one["reading"].published, one["figure"]),
        "its line": [(point.label, point.score) for point in one["reading"].points],
        "trend": [row | {"rule_changed": None} for row in trend if row["on"] == str(JUNE)],
        "standings": client.get("/api/v1/standings/", {"on": str(JUNE)}).json(),
        "flows": client.get("/api/v1/transitions/", of(office, to=str(JUNE))).json(),
        "figure": client.get(
            reverse("dashboards:figure-detail", args=[front["choice"].figures["median"]])
        ).status_code,
        "publication": [one.row for one in read_publication(office.round.publications.get())],
        "report": report,
        "its report": agency,
    }


def asked(office: Office, reader: User, kind: str) -> Report:
    """A report of what was published, as it was asked for when it was published."""
    measure = choose_rule(measures_in_use()[0], "staged-1@1")
    assert measure is not None
    about: dict[str, Any] = {"agency": office.agencies[1]}
    if kind != "agency":
        about = {"scope": office.scope, "publication": publication_at(office.scope, measure, JUNE)}
    return request_report(wanted=Wanted(kind, "xlsx", measure, JUNE, 10, **about), by=reader, at=NOW)


def test_what_is_published_stays_as_it_was_when_a_rule_comes_into_force(
    office: Office, client: Any, reader: User
):
    before = shown(office, client, reader)
    assert before["marking"] == (False, f"PUBLISHED revision 1 of {office.round}")
    assert before["numbers"].spread.median == 250_000
    assert "staged-1@1" in before["identifiers"]["median"]
    office.bring_second_into_force()
    after = shown(office, client, reader)
    for name, was in before.items():
        assert after[name] == was, name


@pytest.mark.parametrize(
    "name", ["portfolio", "one-page", "talking-points", "transitions", "domain-list", "forecast", "quality"]
)
def test_a_page_of_a_scope_begins_with_it_and_says_that_the_scoring_has_changed_since(
    office: Office, client: Any, name: str
):
    path = reverse(f"dashboards:{name}")
    assert SINCE not in client.get(path, of(office)).content.decode()
    office.bring_second_into_force()
    response = client.get(path, of(office))
    page = response.content.decode()
    assert (response.context["choice"].on, response.context["choice"].measure.method) == (JUNE, "staged-1@1")
    assert BY_FIRST in page
    assert page.count(SINCE) == 1
    assert "the latest numbers, by version 2" in page
    assert "PROVISIONAL" not in page


def test_pages_about_no_scope_say_it_too(office: Office, client: Any):
    office.bring_second_into_force()
    for path in ("/agencies/", f"/agencies/{office.agencies[1].slug}/"):
        response = client.get(path)
        assert response.context["point"].on == JUNE
        page = response.content.decode()
        assert BY_FIRST in page
        assert SINCE in page


def test_the_links_lead_to_the_numbers_by_the_new_rule(office: Office, client: Any):
    office.bring_second_into_force()
    note = client.get("/", of(office)).context["rule_since"]
    latest = client.get("/" + note.latest_url)
    assert (latest.context["choice"].measure.method, latest.context["choice"].on) == ("staged-1@2", JUNE)
    assert latest.context["series"].provisional
    assert SINCE not in latest.content.decode()
    changes = client.get(note.changes_url).content.decode()
    assert "Nobody had answered under version 2 yet" in changes
    assert "The scoring did not change" not in changes
    for path in ("/agencies/", f"/agencies/{office.agencies[1].slug}/"):
        latest = client.get(path, {"numbers": "latest"})
        assert latest.context["measure"].method == "staged-1@2"
        assert SINCE not in latest.content.decode()


def test_what_the_new_rule_makes_of_it_is_never_published(office: Office, client: Any):
    office.bring_second_into_force()
    rows = client.get("/api/v1/trends/", of(office, rule="staged-1@2")).json()["results"]
    (june,) = [row for row in rows if row["on"] == str(JUNE)]
    assert (june["rule"], june["rescored"], june["provisional"], june["revision"]) == (
        "staged-1@2",
        24,
        True,
        None,
    )
    published = client.get("/api/v1/trends/", of(office, rule="staged-1@1")).json()["results"]
    (was,) = [row for row in published if row["on"] == str(JUNE)]
    assert (was["provisional"], was["revision"]) == (False, 1)
    # An identifier that says that it was is of nothing.
    wrong = was["figure"].replace("staged-1@1", "staged-1@2")
    assert client.get(f"/api/v1/figures/{was['figure']}/").status_code == 200
    assert client.get(f"/api/v1/figures/{wrong}/").status_code == 404
    agency = client.get(f"/agencies/{office.agencies[1].slug}/", {"at": str(JUNE)}).context["figure"]
    assert client.get(f"/api/v1/figures/{agency}/").status_code == 200
    assert client.get(f"/api/v1/figures/{agency.replace('staged-1@1', 'staged-1@2')}/").status_code == 404


def test_a_correction_is_by_the_rule_of_its_round(office: Office, client: Any):
    office.bring_second_into_force()
    amend(office.agencies[0], office.first, {"train-staff": Level.IN_PLACE})
    waiting = pending(office.round, months_of(office.round), office.officer)
    assert [(one.name, one.old.score, one.new.score) for one in waiting] == [("Agency 00", 0, 250_000)]
    correct_publication(
        cycle_id=office.round.pk, reason="An error.", by=office.officer, at=NOW + timedelta(hours=1)
    )
    context = client.get("/", of(office)).context
    assert context["choice"].measure.method == "staged-1@1"
    assert context["series"].row.publication.revision == 2
    assert context["rows"][0].score == 250_000
    publication = context["series"].row.publication
    told = made(publication, months_of(office.round), office.officer)
    assert [(one.name, one.old.score, one.new.score) for one in told] == [("Agency 00", 0, 250_000)]


def test_a_round_that_is_published_after_a_rule_came_into_force_is_published_by_it(
    office: Office, client: Any
):
    office.bring_second_into_force()
    ScoringRule.objects.filter(rule="staged-1@2").update(in_force_at=LONG_BEFORE)
    context = client.get("/", of(office)).context
    assert (context["choice"].on, context["choice"].measure.method) == (JUNE, "staged-1@2")
    assert not context["series"].provisional


class TestNextRound:
    """The round after, answered and published under the new rule."""

    @pytest.fixture
    def office(self, office: Office) -> Office:
        office.bring_second_into_force()
        office.publish_second()
        return office

    def test_the_line_is_by_the_new_rule_with_a_marker_and_the_old_line_beside(
        self, office: Office, client: Any
    ):
        response = client.get("/", of(office))
        context = response.context
        assert (context["choice"].on, context["choice"].measure.method) == (SEPTEMBER, "staged-1@2")
        assert not context["series"].provisional
        assert SENTENCE in response.content.decode()
        chart = context["score_chart"]
        assert chart.figure["data"][-1]["name"] == "As published, version 1"
        assert any(row[0] == "FY26 Q3 (scored anew)" for row in chart.rows)
        assert any(row[0] == "FY26 Q4" for row in chart.rows)

    def test_the_earlier_point_is_still_as_published(self, office: Office, client: Any):
        response = client.get("/", of(office, at=str(JUNE)))
        assert response.context["choice"].measure.method == "staged-1@1"
        assert response.context["known"].spread.median == 250_000
        assert BY_FIRST in response.content.decode()
        assert SENTENCE not in response.content.decode()

    def test_the_trend_of_the_api_holds_each_point_as_published(self, office: Office, client: Any):
        rows = client.get("/api/v1/trends/", of(office)).json()["results"][:2]
        told = [(r["period"], r["rule"], r["provisional"], r["rule_changed"]) for r in rows]
        assert told == [("FY26 Q3", "staged-1@1", False, False), ("FY26 Q4", "staged-1@2", False, True)]

    def test_every_page_of_the_scope_says_that_the_scoring_changed(self, office: Office, client: Any):
        client.force_login(office.officer)
        names = [name for _, pages in TABS for name, _ in pages]
        for name in names:
            if name == "dashboards:compare":  # of agencies at one point in time
                continue
            page = client.get(reverse(name), of(office)).content.decode()
            assert SENTENCE in page, name

    def test_transitions_say_it_of_the_points_that_they_compare(self, office: Office, client: Any):
        page = client.get(reverse("dashboards:transitions"), of(office, since="2026-03-31")).content.decode()
        assert "The scoring changed between FY26 Q2 and FY26 Q4" in page

    def test_the_one_page_says_it_in_every_format(self, office: Office):
        scope = office.scope
        measure = measures_in_use(scope)[0]
        subject = subject_at(scope, measure, SEPTEMBER, 10, publication_at(scope, measure, SEPTEMBER))
        page = read_one_page(subject, paper_reader())
        assert page.rule_change == SENTENCE
        assert SENTENCE in [point.text for point in talking_points(page)]
        assert [bar.scored_anew for bar in page.bars[-2:]] == [True, False]
        for talking in (False, True):
            assert SENTENCE in flat(pdf_text(write_paper(page, "pdf", talking=talking)))
            assert SENTENCE in flat(pptx_text(write_paper(page, "pptx", talking=talking)))
            assert SENTENCE in flat(xlsx_text(write_paper(page, "xlsx", talking=talking)))

    def test_where_one_rule_holds_nothing_is_said_in_a_paper(self, office: Office):
        measure = choose_rule(measures_in_use(office.scope)[0], "staged-1@1")
        assert measure is not None
        subject = subject_at(office.scope, measure, JUNE, 10, publication_at(office.scope, measure, JUNE))
        assert read_one_page(subject, paper_reader()).rule_change == ""


def amend(agency: Agency, version: ModelVersion, levels: dict[str, Level]) -> None:
    """Correct what the agency answered for the first round."""
    was = Assessment.objects.get(agency=agency, version=version)
    fields = {"period_starts_on": was.period_starts_on, "period_ends_on": was.period_ends_on}
    assessment = Assessment.objects.create(
        agency=agency, version=version, period_label=BEFORE, state=Assessment.State.APPROVED, amends=was,
        approved_at=NOW, created_at=NOW, **fields,
    )  # fmt: skip
    result = build_result(
        assessment=assessment, rules=rules_of(version), levels=levels, evidence={}, approved_at=NOW
    )
    save_results([result], NOW)
    mark_stale(agencies=[agency], reason="assessment approved", at=NOW)
    refresh_all()


def flat(text: str) -> str:
    return " ".join(text.split())


def pdf_text(written: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(written)).pages)


def pptx_text(written: bytes) -> str:
    found: list[str] = []
    for slide in Presentation(BytesIO(written)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return " ".join(found)


def xlsx_text(written: bytes) -> str:
    book = load_workbook(BytesIO(written))
    return " ".join(
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    )
