"""Evidence that expires: the page, the file, and telling people once."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Evidence, EvidenceUse
from assessments.services import start_amendment
from assessments.services_evidence_notices import tell_of_ends
from portal.audit.models import AuditEntry
from portal.notices.models import Notice
from tests.assessments.conftest import Case
from tests.assessments.evidence import PDF, bring
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PAGE = "/evidence/"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kw: date(2026, 11, 21))


def make(case: Case, days: int | None, title: str) -> Evidence:
    """Evidence that expires so many days from today; other bytes each."""
    end = None if days is None else date(2026, 11, 21) + timedelta(days=days)
    return bring(case, PDF + title.encode(), title=title, expires_on=end)


def titles(client: Client, **query: str) -> list[str]:
    return [row.title for row in client.get(PAGE, query).context["page"]]


@pytest.fixture
def four(case: Case) -> Case:
    for days, title in ((-5, "Past"), (90, "Soon"), (91, "Later"), (None, "Endless")):
        make(case, days, title)
    return case


def test_what_has_expired_or_will_within_90_days_comes_first(four: Case, client: Client):
    client.force_login(four.world.reviewer)
    assert titles(client) == ["Past", "Soon"]
    assert titles(client, when="expired") == ["Past"]
    assert titles(client, when="soon") == ["Soon"]
    assert sorted(titles(client, when="all")) == ["Endless", "Later", "Past", "Soon"]
    assert titles(client, agency=four.world.grid.slug) == ["Past", "Soon"]
    assert titles(client, agency="nobody") == []
    assert titles(client, program=four.world.program.slug) == ["Past", "Soon"]
    assert "<strong>Expired</strong>" in client.get(PAGE).content.decode()


def test_nobody_is_shown_evidence_of_agencies_whose_answers_they_may_not_see(four: Case):
    for who in ("viewer", "outsider"):
        assert titles(four.world.client(who)) == []


def test_copies_in_a_correction_are_not_listed_twice(approved: Case, client: Client):
    made = Evidence.objects.create(
        assessment=approved.assessment,
        kind="statement",
        title="Old",
        statement="Seen.",
        dated_on=date(2026, 11, 1),
        expires_on=date(2026, 11, 30),
        added_at=NOW,
    )
    answer = approved.assessment.answers.get(item__slug="train-staff")
    EvidenceUse.objects.create(evidence=made, answer=answer, added_at=NOW)
    client.force_login(approved.world.reviewer)
    assert titles(client) == ["Old"]
    start_amendment(assessment_id=approved.assessment.pk, reason="Wrong.", by=approved.world.lead, at=NOW)
    assert titles(client) == ["Old"]
    assert Evidence.objects.count() == 2
    tell_of_ends(at=NOW)
    assert Notice.objects.filter(kind="evidence-expires").count() == 1


def test_the_file_has_the_same_rows_defused_and_is_audited(case: Case, client: Client):
    make(case, 10, "=HYPERLINK(1)")
    client.force_login(case.world.reviewer)
    text = client.get(reverse("assessments:evidence-export")).content.decode()
    assert "'=HYPERLINK(1)" in text
    assert AuditEntry.objects.get(action="evidence.exported").changes == {"rows": 1}


def test_the_number_of_queries_does_not_grow_with_the_rows(case: Case, client: Client, queries_of):
    client.force_login(case.world.reviewer)
    make(case, 1, "One")
    few = queries_of(lambda: client.get(PAGE))
    for number in range(5):
        make(case, 2, f"More {number}")
    assert queries_of(lambda: client.get(PAGE)) <= few


def test_owners_and_leads_are_told_once(four: Case):
    make(four, 30, "Due")
    for _ in range(2):
        tell_of_ends(at=NOW)
    told = Notice.objects.filter(kind="evidence-expires").values_list("person_id", flat=True)
    assert set(told) == {four.world.contributor.pk, four.world.lead.pk}
    assert len(told) == 2
    assert not Notice.objects.filter(text__contains="Due").exists()
