"""Publishing, previews, corrections and figures on the pages, and publishing twice at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from assessments.models import Cycle, PreviewLook, PreviewReply
from assessments.services_cycles import CannotAdvance
from dashboards import services_publications
from dashboards.figures import NotAFigure, read_figure
from dashboards.models import Publication, PublishedMember, PublishedStanding, PublishedTrend
from dashboards.papers.content import Heading
from dashboards.queries.agency import agency_publication
from dashboards.queries.agency_page import read_agency_page
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import points_up_to
from dashboards.services_publications import publish_cycle
from portal.audit.models import AuditEntry
from tests.dashboards.factories import make_result, refresh_all
from tests.dashboards.test_publications import correct, make_round, publish
from tests.factories import NOW, make_program
from tests.world import World

SEPTEMBER = date(2026, 9, 30)


@pytest.fixture
def reported(world: World) -> World:
    make_result(world.grid, "FY26 Q4", 2.5)
    make_result(world.mines, "FY26 Q4", 1.5)
    make_result(world.grid, "FY26 Q3", 1.5)
    refresh_all()
    return world


def of_program(world: World, **query: str) -> dict[str, str]:
    return {"scope": f"program:{world.program.slug}"} | query


def amend(world: World, score: float = 3.5) -> None:
    make_result(world.grid, "FY26 Q4", score, amends=world.grid.results.latest("pk"))
    refresh_all()


def test_the_portfolio_begins_with_the_last_published_period(reported: World):
    publish(make_round(reported.program, "FY26 Q3"), reported)
    client = reported.client("viewer")
    page = client.get("/", of_program(reported))
    assert page.context["series"].now.label == "FY26 Q3"
    assert not page.context["series"].provisional
    page = client.get("/", of_program(reported, at="2026-09-30"))
    assert page.context["series"].provisional
    assert "PROVISIONAL" in page.content.decode()
    page = client.get("/", of_program(reported, numbers="latest"))
    assert (page.context["series"].now.label, page.context["series"].provisional) == ("FY26 Q4", True)


def test_a_correction_is_told_on_the_portfolio_and_moves_the_table_only_then(reported: World):
    cycle = make_round(reported.program)
    publish(cycle, reported)
    amend(reported)
    client = reported.client("viewer")

    def grid() -> int | None:
        rows = client.get("/", of_program(reported)).context["rows"]
        return next(row.score for row in rows if row.name == "Grid Office")

    assert grid() == 2_500_000
    rows = client.get("/", of_program(reported, numbers="latest")).context["rows"]
    assert next(row.score for row in rows if row.name == "Grid Office") == 3_500_000
    correct(cycle, reported)
    html = client.get("/", of_program(reported)).content.decode()
    assert grid() == 3_500_000
    assert "1 agency changed" in html
    assert "the median 2.00 became 2.50" in html


def test_the_page_of_a_publication_lists_what_waits_and_each_revision(reported: World):
    first = publish(make_round(reported.program), reported)
    amend(reported)
    make_result(reported.energy, "FY26 Q4", 1.0)
    refresh_all()
    address = f"/publications/{first.pk}/"
    html = reported.client("viewer").get(address).content.decode()
    assert "Pending corrections" in html
    assert "An amendment was approved on" in html
    assert "A report was approved on" in html
    assert "Publish the correction" not in html
    officer = reported.client("officer")
    assert "Publish the correction as revision 2" in officer.get(address).content.decode()
    assert officer.post(f"{address}correct/", {"reason": ""}).status_code == 422
    answer = officer.post(f"{address}correct/", {"reason": "A late report <b>came</b>."}, follow=True)
    html = answer.content.decode()
    assert "What this revision corrected" in html
    assert "A late report &lt;b&gt;came&lt;/b&gt;." in html
    old = reported.client("viewer").get(address)
    assert "These figures were corrected since." in old.content.decode()
    assert old.context["reading"][0].statistics.reported == 2
    second = Publication.objects.get(revision=2)
    new = reported.client("viewer").get(f"/publications/{second.pk}/")
    assert new.context["reading"][0].statistics.reported == 3


def test_a_round_goes_through_preview_to_published_on_its_page(reported: World):
    cycle = make_round(reported.program, state="collecting")
    officer = reported.client("officer")
    address = f"/cycles/{cycle.pk}/"
    until = timezone.localdate() + timedelta(days=10)
    officer.post(f"{address}advance/", {"ends_on": until.isoformat()})
    cycle.refresh_from_db()
    assert (cycle.state, cycle.preview_ends_on) == ("preview", until)
    answer = officer.post(f"{address}publish/", follow=True)
    assert "Its figures no longer move by themselves." in answer.content.decode()
    again = officer.post(f"{address}publish/", follow=True).content.decode()
    assert "is published. Nothing was changed." in again
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("ends_on", ["yesterday", "2020-01-01", "2999-01-01"])
def test_a_preview_that_cannot_end_then_does_not_begin(reported: World, ends_on: str):
    cycle = make_round(reported.program, state="collecting")
    reported.client("officer").post(f"/cycles/{cycle.pk}/advance/", {"ends_on": ends_on})
    assert Cycle.objects.get(pk=cycle.pk).state == "collecting"


def test_leads_see_and_reply_and_the_office_answers(reported: World):
    cycle = make_round(reported.program)
    address = f"/cycles/{cycle.pk}/preview/{reported.grid.slug}/"
    lead = reported.client("lead")
    assert address in lead.get(f"/agencies/{reported.grid.slug}/").content.decode()
    assert address not in reported.client("viewer").get(f"/agencies/{reported.grid.slug}/").content.decode()
    page = lead.get(address)
    assert page.context["preview"].row.score == 2_500_000
    assert list(PreviewLook.objects.values_list("by__username", flat=True)) == ["lead"]
    lead.get(address)
    assert PreviewLook.objects.count() == 1
    assert lead.post(f"{address}reply/", {"text": " "}).status_code == 422
    lead.post(f"{address}reply/", {"text": "Stage 2 <script>is</script> done."})
    reported.client("officer").post(f"{address}reply/", {"text": "Thank you."})
    html = lead.get(address).content.decode()
    assert "&lt;script&gt;" in html
    assert "Thank you." in html
    assert AuditEntry.objects.filter(action="reply to preview").count() == 2
    board = reported.client("officer").get(f"/cycles/{cycle.pk}/").content.decode()
    assert address in board
    publish(cycle, reported)
    lead.post(f"{address}reply/", {"text": "Too late"})
    assert PreviewReply.objects.count() == 2


# --- figures ----------------------------------------------------------------------------------------


def test_each_identifier_on_the_portfolio_looks_its_number_up_again(reported: World):
    publish(make_round(reported.program), reported)
    client = reported.client("viewer")
    choice = client.get("/", of_program(reported)).context["choice"]
    expected = {"median": "2.00", "mean": "2.00", "reported": "2 of 3", "agencies": "3 of 3"}
    for number, value in expected.items():
        html = client.get(f"/figures/{quote(choice.figure(number))}/").content.decode()
        assert f"<h1>{value} " in html, number
    amend(reported, 4.5)
    html = client.get(f"/figures/{quote(choice.figure('median'))}/").content.decode()
    assert "<h1>2.00 " in html


def test_a_provisional_figure_reproduces_after_more_was_approved(reported: World):
    client = reported.client("viewer")
    choice = client.get("/", of_program(reported)).context["choice"]
    figure, other = choice.figure("mean"), choice.figure("completed_2")
    make_result(reported.grid, "FY26 Q4", 4.5, amends=reported.grid.results.get(period_label="FY26 Q4"))
    refresh_all()
    assert client.get("/", of_program(reported)).context["choice"].figure("mean") != figure
    answer = client.get(f"/api/v1/figures/{quote(figure)}/").json()
    assert (answer["value"], answer["n"], answer["provisional"]) == ("2.00", 2, True)
    assert client.get(f"/api/v1/figures/{quote(other)}/").json()["value"] == "1 of 2"


@pytest.mark.parametrize(
    "identifier",
    [
        "nonsense",
        "a~b~c~d~e~f",
        "everything~containers~staged-1@1~2026-09-30~p99~median",
        "everything~containers~staged-1@1~2026-09-30~p99~x",
        "everything~containers~staged-1@1~2026-09-29~d2026-10-01~median",
        "everything~none~staged-1@1~2026-09-30~d2026-10-01~median",
        "everything~containers~staged-1@1~2026-13-30~d2026-10-01~median",
        "everything~containers~staged-1@1~9999-12-31~d2026-10-01~median",
        "only:nobody~containers~staged-1@1~2026-09-30~d2026-10-01~score",
        "everything~containers~staged-1@1~2026-09-30~d0001-01-01~median",
        "everything~containers~staged-1@1~2026-09-30~d9999-12-31~median",
    ],
)
def test_a_nonsense_identifier_is_not_found_in_words(reported: World, identifier: str):
    client = reported.client("administrator")
    page = client.get(f"/figures/{quote(identifier)}/")
    assert page.status_code == 404
    assert client.get(f"/api/v1/figures/{quote(identifier)}/").status_code == page.status_code


def test_identifiers_are_read_as_they_are_written():
    text = "program:a-b~container-adoption~staged-1@1~2026-06-30~p11~completed_3"
    assert str(read_figure(text)) == text
    assert read_figure(text).stage == 3
    for knowledge in ("d2026-05-10", "k20260510T120000000001Z"):
        changed = text.replace("p11", knowledge)
        assert str(read_figure(changed)) == changed
    with pytest.raises(NotAFigure):
        read_figure(text.replace("p11", "x11"))


# --- at once, and broken off ------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_publishing_twice_at_once_gives_one_revision(reported: World):
    cycle = make_round(reported.program)

    def run() -> str:
        try:
            publish_cycle(cycle_id=cycle.pk, by=reported.officer, at=NOW)
        except CannotAdvance:
            return "refused"
        finally:
            connection.close()
        return "published"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(future.result(timeout=60) for future in [pool.submit(run), pool.submit(run)])
    assert said == ["published", "refused"]
    assert Publication.objects.count() == 1
    assert PublishedTrend.objects.filter(scope__program=reported.program).count() == 3


@pytest.mark.django_db(transaction=True)
def test_broken_off_in_the_middle_it_leaves_nothing(reported: World, monkeypatch: pytest.MonkeyPatch):
    cycle = make_round(reported.program)

    def broken(**values: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(services_publications, "record", broken)
    with pytest.raises(KeyboardInterrupt):
        publish(cycle, reported)
    assert Cycle.objects.get().state == "preview"
    for model in (Publication, PublishedTrend, PublishedStanding, PublishedMember):
        assert not model.objects.exists()


def test_an_agencys_page_and_paper_say_whether_their_figures_are_published(reported: World):
    client, address = reported.client("viewer"), f"/agencies/{reported.grid.slug}/"

    def paper() -> Heading:
        measure = measures_in_use()[0]
        points = points_up_to(measure, SEPTEMBER, 10)
        reader = reported.people["viewer"]
        published = agency_publication(reported.grid, measure, SEPTEMBER)
        return read_agency_page(
            reported.grid, measure, points, reader, details=False, made="", publication=published
        ).heading

    assert not client.get(address).context["reading"].published
    assert (paper().published, "~k" in paper().figure) == (False, True)
    publish(make_round(reported.program), reported)
    amend(reported)
    page = client.get(address)
    assert page.context["reading"].published
    assert 'dash-tag">Published' in page.content.decode()
    heading = paper()
    assert (heading.published, heading.revision) == (True, 1)
    looked_up = client.get(f"/figures/{quote(heading.figure)}/").context["reading"]
    assert (looked_up.value, looked_up.published) == ("2.50 of 5", True)


def test_whether_there_is_a_publication_is_told_to_nobody_who_may_not_see_it(reported: World):
    other = make_program("Another", [reported.parks])
    make_result(reported.parks, "FY26 Q4", 2.0)
    refresh_all()
    theirs = publish(make_round(other), reported)
    client = reported.client("viewer")
    figure = f"program:{reported.program.slug}~containers~staged-1@1~2026-09-30~p{{}}~median"
    answers = [client.get(f"/figures/{quote(figure.format(n))}/") for n in (theirs.pk, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].context["reason"] == answers[1].context["reason"]


class TestAgenciesAtAnotherTimeOrWithOtherKnowledge:
    """The list of agencies and the page of one say what was published, is known, or was known on a day."""

    @pytest.fixture
    def corrected(self, reported: World) -> World:
        publish(make_round(reported.program), reported)
        make_result(
            reported.grid,
            "FY26 Q4",
            3.5,
            amends=reported.grid.results.latest("pk"),
            approved_at=NOW + timedelta(days=2),
        )
        refresh_all()
        return reported

    def shown(self, world: World, **asked: str) -> tuple[int | None, int | None, str]:
        """Grid's score in the list and on its page, and the page's text."""
        client = world.client("viewer")
        rows = client.get("/agencies/", asked).context["rows"]
        listed = next((row.score for row in rows if row.name == "Grid Office"), None)
        page = client.get(f"/agencies/{world.grid.slug}/", asked)
        standing = page.context["reading"].standing
        return listed, standing.score if standing else None, page.content.decode()

    def test_as_published_unless_asked(self, corrected: World):
        *scores, html = self.shown(corrected)
        assert scores == [2_500_000, 2_500_000]
        assert 'dash-tag">Published' in html

    def test_the_latest(self, corrected: World):
        *scores, html = self.shown(corrected, numbers="latest")
        assert scores == [3_500_000, 3_500_000]
        assert "PROVISIONAL" in html

    def test_a_past_point_in_time(self, corrected: World):
        for name in ("at", "as_of"):
            *scores, html = self.shown(corrected, **{name: "2026-06-30"})
            assert scores == [1_500_000, 1_500_000]
            assert "FY26 Q3" in html

    def test_as_known_on_a_day(self, corrected: World, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(timezone, "localdate", lambda *_: (NOW + timedelta(days=9)).date())
        before = (NOW + timedelta(days=1)).date().isoformat()
        after = (NOW + timedelta(days=3)).date().isoformat()
        *scores, html = self.shown(corrected, known_on=before, at="2026-09-30")
        assert scores == [2_500_000, 2_500_000]
        assert "As known on" in html
        assert self.shown(corrected, known_on=after, at="2026-09-30")[:2] == (3_500_000, 3_500_000)
        assert self.shown(corrected, known_on="2020-01-01")[:2] == (None, None)

    @pytest.mark.parametrize(
        "asked", [{"at": "x"}, {"known_on": "soon"}, {"numbers": "all"}, {"at": "0001-01-01"}]
    )
    def test_nonsense_is_named_or_passed_over(self, corrected: World, asked: dict[str, str]):
        *scores, _ = self.shown(corrected, **asked)
        assert scores[0] == scores[1]


def test_what_is_reported_and_not_published_can_be_asked_for_on_an_agencys_page(reported: World):
    publish(make_round(reported.program, "FY26 Q3"), reported)
    client, address = reported.client("viewer"), f"/agencies/{reported.grid.slug}/"
    page = client.get(address)
    assert (page.context["point"].label, page.context["reading"].published) == ("FY26 Q3", True)
    assert "FY26 Q4</option>" in page.content.decode()
    page = client.get(address, {"numbers": "latest"})
    assert (page.context["point"].label, page.context["reading"].published) == ("FY26 Q4", False)
    assert client.get("/agencies/", {"numbers": "latest"}).context["point"].label == "FY26 Q4"
