"""Publishing the library: in one go, told, safe to repeat."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from maturity.models import LibraryEntry, LibrarySection, LibraryShelf, LibrarySource
from maturity.services_library import PublishedLibrary
from portal.audit.models import AuditEntry
from portal.search.queries import places_of
from tests.maturity.factories import make_small_model
from tests.maturity.library import SMALL_LIBRARY, publish, small_library, write_library

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(tmp_path):
    return small_library(tmp_path)


def reworded(library, text: str):
    """The library with another text in its first entry."""
    first, *sections = library.sections
    words, *shelves = first.shelves
    image, *entries = words.entries
    words = replace(words, entries=(replace(image, text=text), *entries))
    return replace(library, sections=(replace(first, shelves=(words, *shelves)), *sections))


def without_practice(library):
    return replace(library, sections=library.sections[:1])


def test_everything_is_created_in_its_order(library):
    assert publish(library) == PublishedLibrary(created=7, changed=0, unchanged=0, removed=0)
    assert list(LibrarySection.objects.values_list("slug", flat=True)) == ["basics", "practice"]
    shelves = LibraryShelf.objects.values_list("slug", "section")
    assert list(shelves)[:3] == [("words", "basics"), ("compared", "basics"), ("steps", "practice")]
    image = LibraryEntry.objects.get(slug="wo-image")
    assert image.see == ["wo-container", "train-staff"]
    assert image.corrections == [{"slug": "ix-image", "note": "The source calls it an imago."}]
    assert LibrarySource.objects.get().publisher == "The office"
    assert LibraryEntry.objects.get(slug="dr-way").figure["kind"] == "tree"


def test_again_changes_nothing_and_writes_no_audit(library):
    publish(library)
    before = list(LibraryEntry.objects.values()), AuditEntry.objects.count()
    assert publish(library) == PublishedLibrary(created=0, changed=0, unchanged=7, removed=0)
    assert (list(LibraryEntry.objects.values()), AuditEntry.objects.count()) == before


def test_a_changed_text_is_changed_and_audited_at_its_shelf(library):
    publish(library)
    AuditEntry.objects.all().delete()
    assert publish(reworded(library, "Said better.")) == PublishedLibrary(0, 1, 6, 0)
    assert LibraryEntry.objects.get(slug="wo-image").text == "Said better."
    told = AuditEntry.objects.get()
    assert (told.action, told.object_name, told.changes) == ("publish", "Words", {"changed": 1})


def test_what_the_pack_no_longer_holds_is_removed(library):
    publish(library)
    AuditEntry.objects.all().delete()
    assert publish(without_practice(library)) == PublishedLibrary(0, 0, 3, 4)
    assert not LibraryEntry.objects.filter(slug="st-build").exists()
    assert list(LibrarySection.objects.values_list("slug", flat=True)) == ["basics"]
    assert {(row.action, row.object_name) for row in AuditEntry.objects.all()} == {
        ("remove", "Steps"), ("remove", "Answers"), ("remove", "Drawings"),
    }  # fmt: skip


def test_an_entry_is_removed_from_a_shelf_that_stays(library):
    publish(library)
    AuditEntry.objects.all().delete()
    basics, practice = library.sections
    words, compared = basics.shelves
    words = replace(words, entries=words.entries[:1])
    fewer = replace(library, sections=(replace(basics, shelves=(words, compared)), practice))
    assert publish(fewer) == PublishedLibrary(0, 0, 6, 1)
    assert list(LibraryEntry.objects.filter(shelf__slug="words").values_list("slug", flat=True)) == [
        "wo-image"
    ]
    assert AuditEntry.objects.get().changes == {"removed": 1}


def test_an_entry_keeps_its_row_when_it_moves_to_another_shelf(library):
    publish(library)
    before = LibraryEntry.objects.get(slug="wo-container").pk
    basics, practice = library.sections
    words, compared = basics.shelves
    moved = (
        replace(words, entries=words.entries[:1]),
        replace(compared, entries=(*compared.entries, words.entries[1])),
    )
    publish(replace(library, sections=(replace(basics, shelves=moved), practice)))
    found = LibraryEntry.objects.get(slug="wo-container")
    assert (found.pk, found.shelf.slug, found.position) == (before, "compared", 1)


def test_entries_are_found_by_the_search_as_long_as_they_are_there(library):
    publish(library)
    assert places_of(["st-run", "wo-image"])["st-run"].url == "/library/entries/st-run/"
    publish(without_practice(library))
    assert set(places_of(["st-run", "wo-image"])) == {"wo-image"}


def test_queries_do_not_grow_with_the_entries(library, queries_of):
    publish(library)
    one = queries_of(lambda: publish(reworded(library, "Once.")))
    basics, practice = library.sections
    words, compared = basics.shelves
    more = [replace(words.entries[1], slug=f"wo-{n}") for n in range(60)]
    words = replace(words, entries=(*words.entries, *more))
    longer = replace(library, sections=(replace(basics, shelves=(words, compared)), practice))
    assert queries_of(lambda: publish(longer)) <= one + 2


def test_command_says_what_it_did(tmp_path):
    make_small_model()
    write_library(tmp_path)
    said = StringIO()
    call_command("import_library", str(tmp_path), stdout=said)
    call_command("import_library", str(tmp_path), stdout=said)
    assert "2 sections, 5 shelves; entries: 7 created, 0 changed, 0 unchanged, 0 removed" in said.getvalue()
    assert "0 created, 0 changed, 7 unchanged, 0 removed" in said.getvalue()


def test_command_refuses_a_broken_pack_whole(tmp_path):
    write_library(tmp_path, SMALL_LIBRARY)
    with pytest.raises(CommandError, match=r"nothing was changed:\nbasics/words\.yaml:10: no entry"):
        call_command("import_library", str(tmp_path))  # no model has the practice that is named
    assert not LibraryEntry.objects.exists()
