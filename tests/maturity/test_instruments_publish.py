"""Publishing instruments: created once, safe to repeat, revised by edition, found by the search."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from maturity.instruments.plain import instrument_of
from maturity.models import InstrumentEdition
from maturity.queries_instruments import current_edition, current_editions
from maturity.services import CannotPublish, Outcome
from maturity.services_instruments import publish_instruments
from portal.audit.models import AuditEntry
from portal.search.models import SearchRow
from tests.factories import NOW
from tests.maturity.instruments import published
from tests.maturity.test_instruments_pack import CHECKLIST

pytestmark = pytest.mark.django_db
ONE = published()["in-ha-checklist"]


def publish(*instruments) -> list[Outcome]:
    return [one.outcome for one in publish_instruments(instruments=instruments, by=None, at=NOW)]


def test_all_of_them_are_there_and_come_back_as_they_were():
    assert set(publish(*published().values())) == {Outcome.CREATED}
    assert current_editions().count() == 32
    assert [one.number for one in current_editions()] == sorted(one.number for one in published().values())
    for edition in current_editions():
        assert instrument_of(edition.definition) == instrument_of(edition.definition)
        assert instrument_of(edition.definition).entries == published()[edition.slug].entries


def test_publishing_again_changes_nothing():
    publish(ONE)
    before = AuditEntry.objects.count()
    assert publish(ONE) == [Outcome.UNCHANGED]
    assert InstrumentEdition.objects.count() == 1
    assert AuditEntry.objects.count() == before


def test_a_changed_text_needs_a_higher_edition():
    publish(ONE)
    changed = replace(ONE, summary="Otherwise.")
    with pytest.raises(
        CannotPublish,
        match="in-ha-checklist differs from edition 1, which is published: set its edition to 2",
    ):
        publish(changed)
    assert publish(replace(changed, edition=2)) == [Outcome.REVISED]
    current = current_edition(ONE.slug)
    assert current is not None
    assert (current.edition, current.summary) == (2, "Otherwise.")
    old = InstrumentEdition.objects.get(slug=ONE.slug, edition=1)
    assert (old.is_current, old.summary) == (False, ONE.summary), "runs keep what they were made with"
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.changes) == ("revise", {"edition": [1, 2]})


def test_an_older_edition_is_refused():
    publish(replace(ONE, edition=3))
    with pytest.raises(CannotPublish, match="set its edition to 4"):
        publish(ONE)


def test_if_one_is_refused_none_is_published():
    publish(ONE)
    other = published()["in-layer-checklist"]
    with pytest.raises(CannotPublish):
        publish(other, replace(ONE, summary="Otherwise."))
    assert current_edition(other.slug) is None


def test_a_number_is_one_instruments():
    publish(ONE)
    with pytest.raises(CannotPublish, match="in-layer-checklist has number 17, which is in-ha-checklist's"):
        publish(replace(published()["in-layer-checklist"], number=17))


def test_two_current_editions_cannot_be():
    publish(ONE)
    row = current_edition(ONE.slug)
    assert row is not None
    row.pk, row.edition = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_instruments_and_entries_are_found_by_the_search():
    publish(ONE, published()["in-kubernetes-cis"], published()["in-case-library"])
    rows = {row.key: row for row in SearchRow.objects.filter(kind="instrument")}
    assert rows[ONE.slug].url == "/instruments/in-ha-checklist/"
    assert rows["in-case-library"].url == "/case-studies/"
    entries = {row.key: row for row in SearchRow.objects.filter(kind="instrument-entry")}
    assert len(entries) == 15 + 64
    assert entries["hk-replicas"].url == "/instruments/in-ha-checklist/#hk-replicas"
    assert "1 2 22" in entries["ca-audit-log-path"].extra_words
    publish(replace(ONE, edition=2, groups=ONE.groups[:1]))
    assert SearchRow.objects.filter(kind="instrument-entry").count() == 9 + 64, "what is gone is not found"


def command(*args: str) -> str:
    out = StringIO()
    call_command("import_instruments", *args, stdout=out)
    return out.getvalue()


def test_the_command_publishes_all_that_come_with_the_portal():
    assert command().splitlines()[-1] == "32 instruments, 0 unchanged."
    assert command() == "32 instruments, 32 unchanged.\n"


def test_the_command_refuses_broken_files_with_file_line_and_reason(tmp_path: Path):
    file = tmp_path / "doors.yaml"
    file.write_text(CHECKLIST.replace("engine: checklist", "engine: oracle"))
    with pytest.raises(CommandError, match=r"nothing was changed:\ndoors\.yaml:4: 'engine': 'oracle' is not"):
        command(str(file))
    file.write_text(CHECKLIST)
    assert command(str(file)) == "doors, edition 1: published.\n1 instruments, 0 unchanged.\n"
    file.write_text(CHECKLIST.replace("name: Doors", "name: Gates"))
    with pytest.raises(CommandError, match=r"set its edition to 2\. Nothing was changed"):
        command(str(file))
