"""Evidence of one answer each becomes evidence of an assessment: nothing is lost, and runs are named once."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from maturity.models import Item
from tests.assessments.instruments import small_edition
from tests.factories import NOW, make_agency, make_user
from tests.maturity.factories import make_small_model

pytestmark = pytest.mark.django_db(transaction=True)
GRAPH = MigrationLoader(None)
AFTER = next(key for key in GRAPH.graph.nodes if key[0] == "assessments" and key[1].endswith("_evidence"))
BEFORE = next(key for key in GRAPH.disk_migrations[AFTER].dependencies if key[0] == "assessments")


def migrated(to: tuple[str, str]) -> Any:
    """The database as it is after this migration, and the models as they are then."""
    MigrationExecutor(connection).migrate([to])
    return MigrationExecutor(connection).loader.project_state([to]).apps


@pytest.fixture
def _as_it_was() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.usefixtures("_as_it_was")
def test_existing_evidence_is_carried_over_in_slices_and_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(import_module(f"assessments.migrations.{AFTER[1]}"), "SLICE", 2)
    made = _old_rows()
    apps = migrated(AFTER)
    evidence, uses = (apps.get_model("assessments", name) for name in ("Evidence", "EvidenceUse"))
    assert evidence.objects.filter(kind="statement").count() == 3
    assert set(evidence.objects.values_list("assessment", flat=True)) == {made.assessment}
    assert set(evidence.objects.filter(kind="statement").values_list("owner", flat=True)) == {made.person}
    run = evidence.objects.get(kind="run")
    assert set(run.uses.values_list("answer", "added_by")) == {
        (made.answers[0], made.person),
        (made.answers[1], made.other),
    }
    assert uses.objects.count() == 5
    back = migrated(BEFORE).get_model("assessments", "Evidence")
    assert back.objects.count() == 5
    assert set(back.objects.filter(kind="run").values_list("answer", flat=True)) == set(made.answers)
    back.objects.all().delete()


def _old_rows() -> Any:
    """Three statements for one answer, and one run for two, as they were kept before."""
    person, other, agency = make_user("ann"), make_user("bo"), make_agency("Grid Office")
    version, edition = make_small_model(), small_edition()
    items = Item.objects.filter(version=version).order_by("position")[:2]
    apps = migrated(BEFORE)

    def new(model: str, **fields: Any) -> Any:
        return apps.get_model("assessments", model).objects.create(**fields)

    assessment = new(
        "Assessment",
        agency_id=agency.pk,
        version_id=version.pk,
        period_starts_on=date(2026, 7, 1),
        period_ends_on=date(2026, 9, 30),
        period_label="FY26 Q4",
        created_at=NOW,
    )
    answers = [
        new("Answer", assessment=assessment, item_id=item.pk, answered_at=NOW, level="in_place")
        for item in items
    ]
    run = new(
        "InstrumentRun",
        agency_id=agency.pk,
        instrument=edition.slug,
        edition_id=edition.pk,
        run_on=date(2026, 9, 1),
        started_at=NOW,
    )
    said = {"dated_on": date(2026, 9, 1), "added_at": NOW}
    for number in range(3):
        statement = {"kind": "statement", "title": f"Seen {number}", "statement": "Seen."}
        new("Evidence", answer=answers[0], added_by_id=person.pk, **statement, **said)
    for answer, who in zip(answers, (person, other), strict=True):
        new("Evidence", answer=answer, kind="run", title="Run", run=run, added_by_id=who.pk, **said)
    return SimpleNamespace(
        person=person.pk, other=other.pk, assessment=assessment.pk, answers=[row.pk for row in answers]
    )
