"""Several at once: nobody's rows get lost, whichever of the two databases it is."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from time import sleep

import pytest
from django.db import connection, transaction

from portal.agencies.models import Agency
from portal.agencies.services import create_agency
from portal.search.models import SearchRow
from portal.search.rows import Row
from portal.search.services import rebuild, replace_kind
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def in_another_thread(call: Callable[[], object]) -> Thread:
    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def test_what_is_written_while_a_kind_is_replaced_is_not_removed():
    read, written = Event(), Event()

    def rows() -> Iterator[Row]:
        agencies = list(Agency.objects.all())
        read.set()
        written.wait(1.5)  # in vain: whoever writes waits for this
        yield from (Row(agency.slug, agency.name, "/", agency_id=agency.pk) for agency in agencies)

    thread = in_another_thread(lambda: replace_kind(kind="agency", rows=rows()))
    assert read.wait(20)
    create_agency(fields={"name": "Second"}, parent=None, by=None, at=NOW)
    written.set()
    thread.join(20)
    assert list(SearchRow.objects.values_list("title", flat=True)) == ["Second"]


def test_a_new_agency_beside_a_rebuild_is_found():
    with transaction.atomic():
        rebuild()
        thread = in_another_thread(
            lambda: create_agency(fields={"name": "Third"}, parent=None, by=None, at=NOW)
        )
        sleep(0.5)
    thread.join(20)
    assert list(SearchRow.objects.values_list("title", flat=True)) == ["Third"]
