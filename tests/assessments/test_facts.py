"""The facts of a period: told beside the answers, fixed with them, added up over agencies."""

from decimal import Decimal
from typing import Any

import pytest

from assessments.models import PeriodFacts
from assessments.services import NotOpen, start_amendment
from assessments.services_facts import BadFacts, Facts, StaleFacts, save_facts
from dashboards.models import Scope
from dashboards.queries.facts import fact_numbers
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import paper_reader
from portal.audit.models import AuditEntry
from tests.assessments.conftest import Case
from tests.dashboards.factories import make_result, month, refresh_all
from tests.factories import NOW, make_agency
from tests.world import World

PROBLEM = "application/problem+json"


def tell(case: Case, revision: int = 0, **told: Any) -> PeriodFacts:
    return save_facts(
        assessment_id=case.assessment.pk,
        revision=revision,
        facts=Facts(**told),
        by=case.world.contributor,
        at=NOW,
    )


def page(case: Case, persona: str = "contributor", **data: Any) -> Any:
    client, address = case.world.client(persona), f"/assessments/{case.assessment.pk}/facts/"
    return client.post(address, data) if data else client.get(address)


# --- saving -----------------------------------------------------------------------------------------


def test_facts_are_saved_with_their_audit(case: Case):
    row = tell(case, systems=40, suitable=30, containers=12, progress="  Going on. ")
    assert (row.containers, row.progress, row.revision) == (12, "Going on.", 1)
    entry = AuditEntry.objects.get(action="tell facts")
    assert entry.changes["systems"] == [None, 40]
    assert "minutes" not in entry.changes
    assert case.world.contributor in case.assessment.workers.all()


def test_saving_the_same_again_is_harmless(case: Case):
    tell(case, systems=40)
    assert tell(case, systems=40).revision == 1
    assert AuditEntry.objects.filter(action="tell facts").count() == 1


def test_a_stale_revision_is_refused_with_what_differs(case: Case):
    tell(case, systems=40, clusters=2)
    with pytest.raises(StaleFacts) as refused:
        tell(case, systems=41, clusters=2)
    assert refused.value.changed == ("systems",)
    assert PeriodFacts.objects.get().systems == 40


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"systems": 5, "suitable": 6}, "suitable"),
        ({"suitable": 5, "containers": 6}, "containers"),
        ({"savings": Decimal(10)}, "calculation"),
        ({"savings": Decimal("NaN"), "calculation": "So."}, "savings"),
        ({"spending": Decimal(-1)}, "spending"),
        ({"spending": Decimal(10) ** 12}, "spending"),
        ({"systems": -1}, "systems"),
        ({"trained": 10_000_001}, "trained"),
        ({"progress": "x" * 501}, "progress"),
        ({"minutes": 0}, "minutes"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(case: Case, told: dict[str, Any], field: str):
    with pytest.raises(BadFacts) as refused:
        tell(case, **told)
    assert list(refused.value.errors) == [field]
    assert not PeriodFacts.objects.exists()


def test_what_is_submitted_is_fixed(submitted: Case):
    with pytest.raises(NotOpen):
        tell(submitted, systems=1)


def test_a_correction_begins_with_the_facts_of_what_it_corrects(case: Case):
    tell(case, systems=40)
    case.answer_all_asked()
    case.submit()
    case.approve()
    amendment = start_amendment(assessment_id=case.assessment.pk, reason="Wrong.", by=case.world.lead, at=NOW)
    assert PeriodFacts.objects.get(assessment=amendment).systems == 40


# --- the page ---------------------------------------------------------------------------------------


def test_facts_are_filled_in_on_a_page(case: Case):
    answer = page(case, systems="40", suitable="30", savings="1200.50", calculation="Hours.", revision="0")
    assert answer.status_code == 302
    assert PeriodFacts.objects.get().savings == Decimal("1200.50")


def test_what_cannot_be_stands_at_its_field_and_nothing_is_lost(case: Case):
    answer = page(case, systems="4", suitable="5", blockers="Time.", revision="0")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "No more can be suitable than the 4 in scope." in html
    assert "Time." in html
    assert page(case, systems="many", revision="0").status_code == 422


def test_who_saves_later_sees_both_and_can_save_again(case: Case):
    tell(case, systems=40)
    answer = page(case, systems="41", revision="0")
    assert answer.status_code == 422
    assert "Saved now: 40." in answer.content.decode()
    again = page(case, systems="41", revision=answer.context["form"]["revision"].value())
    assert again.status_code == 302
    assert PeriodFacts.objects.get().systems == 41


def test_reviewers_read_them_with_the_answers(submitted: Case):
    PeriodFacts.objects.create(assessment=submitted.assessment, systems=1234, saved_at=NOW)
    html = submitted.world.client("reviewer").get(f"/assessments/{submitted.assessment.pk}/review/")
    assert "1,234" in html.content.decode()
    assert page(submitted, "reviewer").context["form"] is None


def test_only_what_may_be_published_is_told_on_the_agencys_page(approved: Case):
    PeriodFacts.objects.create(
        assessment=approved.assessment,
        progress="We began.",
        publish_progress=True,
        blockers="Our contract.",
        saved_at=NOW,
    )
    refresh_all()
    html = approved.world.client("viewer").get(f"/agencies/{approved.world.grid.slug}/").content.decode()
    assert "We began." in html
    assert "Our contract." not in html


# --- the API ----------------------------------------------------------------------------------------


def put(case: Case, tag: str = "", **data: Any) -> Any:
    headers = {"If-Match": tag} if tag else {}
    address = f"/api/v1/assessments/{case.assessment.pk}/facts/"
    client = case.world.client("lead")
    return client.put(address, data, content_type="application/json", headers=headers)


def test_facts_are_told_over_the_api(case: Case):
    address = f"/api/v1/assessments/{case.assessment.pk}/facts/"
    empty = case.world.client("lead").get(address)
    assert (empty.json()["systems"], empty.json()["revision"]) == (None, 0)
    saved = put(case, empty["ETag"], systems=40, savings="10.00", calculation="So.")
    assert (saved.status_code, saved.json()["savings"]) == (200, "10.00")
    assert put(case, empty["ETag"], systems=41).status_code == 412
    assert put(case, systems=41).status_code == 428
    stale = put(case, systems=41, revision=0)
    assert (stale.status_code, stale.json()["current"]["systems"]) == (409, 40)
    bad = put(case, systems=1, suitable=2, revision=1)
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["suitable"])
    assert bad["Content-Type"] == PROBLEM


# --- added up ---------------------------------------------------------------------------------------


def told_by(world: World, number: int) -> None:
    for n in range(number):
        result = make_result(make_agency(parent=world.energy), "FY26 Q4", 2.0)
        PeriodFacts.objects.create(
            assessment=result.assessment,
            suitable=10,
            containers=n,
            savings=100 if n else None,
            calculation="So." if n else "",
            saved_at=NOW,
        )


def numbers() -> dict[str, str]:
    scope, measure = Scope.objects.get(kind="everything"), measures_in_use()[0]
    found = fact_numbers(scope, measure, month("2026-09"), paper_reader())
    return {one.slug: f"{one.value} {one.of_text}".strip() for one in found}


def test_totals_are_over_the_agencies_that_told(world: World):
    make_result(world.grid, "FY26 Q4", 3.0)  # tells nothing
    told_by(world, 6)
    refresh_all()
    assert numbers() == {
        "containers": "25% of 60 suitable systems at 6 agencies",
        "savings": "$500 of 5 agencies that told",
    }


def test_totals_of_fewer_than_five_agencies_would_tell_of_single_ones(world: World):
    told_by(world, 4)
    refresh_all()
    assert set(numbers().values()) == {"not told by five agencies yet"}


def test_facts_of_an_earlier_period_are_not_carried_forward(world: World):
    told_by(world, 6)
    refresh_all()
    scope, measure = Scope.objects.get(kind="everything"), measures_in_use()[0]
    assert all(one.count is None for one in fact_numbers(scope, measure, month("2026-12"), paper_reader()))
