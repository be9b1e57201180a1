"""Reading the library on the pages and over the API."""

from dataclasses import replace

import pytest

from casestudies.models import CaseStudy
from maturity.models import Item, LibraryEntry, LibraryShelf
from maturity.queries_library import groups_of, rows_of
from portal.search.services import rebuild
from tests.casestudies.factories import make_case_study
from tests.maturity.factories import make_small_model
from tests.maturity.library import publish, small_library
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(world: World, tmp_path):
    made = small_library(tmp_path)
    publish(made)
    return made


def page(world: World, address: str) -> str:
    response = world.client("viewer").get(address)
    assert response.status_code == 200
    return response.content.decode()


def rest_on(slug: str, *entries: str) -> Item:
    """Have the sources of this practice name these entries."""
    item = Item.objects.get(slug=slug)
    item.sources = [{"slug": entry, "ref": "000 p. 1"} for entry in entries]
    item.save()
    return item


def longer(library, count: int):
    """The library with `count` more entries on its first shelf, all naming its first entry."""
    first, *sections = library.sections
    words, *shelves = first.shelves
    more = tuple(replace(words.entries[1], slug=f"wo-{n}", see=("wo-image",)) for n in range(count))
    words = replace(words, entries=(*words.entries, *more))
    return replace(library, sections=(replace(first, shelves=(words, *shelves)), *sections))


def test_the_library_lists_sections_shelves_and_counts(world: World, library):
    text = page(world, "/library/")
    assert "7 entries" in text
    assert 'href="/library/basics/words/">Words</a> <span class="aside">2 entries' in text
    assert 'href="/library/practice/"' in text
    assert "<dt>000</dt><dd>The guide, The office, May 2021</dd>" in text
    assert 'href="/library/" ' in text or 'href="/library/">' in text  # in the main navigation


def test_an_empty_library_says_how_to_fill_it(world: World):
    assert "import_library" in page(world, "/library/")


def test_a_section_lists_its_shelves_only(world: World, library):
    text = page(world, "/library/basics/")
    assert "What is meant." in text
    assert "/library/practice/steps/" not in text
    assert "/library/practice/" in text


def test_a_comparison_is_a_table_with_heads_of_rows_and_columns(world: World, library):
    text = page(world, "/library/basics/compared/")
    assert text.index('<th scope="col">Machine</th>') < text.index('<th scope="col">Container</th>')
    assert '<th scope="row"><a href="/library/entries/co-start/">Start</a></th>' in text
    assert text.index("<td>Minutes</td>") < text.index("<td>Seconds</td>")


def test_on_a_narrow_screen_the_text_stands_below_the_name_of_its_row(world: World, library):
    LibraryEntry.objects.filter(slug="co-start").update(text="How long it takes.")
    text = page(world, "/library/basics/compared/")
    assert '<span class="library-table__short">How long it takes.</span></th>' in text
    assert '<td class="library-table__text">How long it takes.</td>' in text
    assert "swipe it sideways" in text


def test_steps_are_numbered_and_questions_stand_open(world: World, library):
    assert '<ol class="items items--steps">' in page(world, "/library/practice/steps/")
    text = page(world, "/library/practice/answers/")
    assert "<dt" in text
    assert "They are quick." in text
    assert "<details" not in text.partition("<main")[2]


def test_a_shelf_of_figures_shows_them_with_the_same_in_words(world: World, library):
    text = page(world, "/library/practice/drawings/")
    assert '<title id="dr-way-title">The way</title>' in text
    assert "yes: Build it" in text
    assert "Ready &amp; willing?" in text


def test_an_entry_says_what_where_from_and_what_belongs_to_it(world: World, library):
    text = page(world, "/library/entries/wo-image/")
    assert "What a container starts from." in text
    assert "000 §Words" in text
    assert "The guide, The office, May 2021" in text
    assert "The source calls it an imago." in text
    assert "As of 2021" in text
    assert 'href="https://example.gov/image"' in text
    assert 'href="/library/entries/wo-container/">Container</a>' in text


def test_one_reads_on_along_a_shelf(world: World, library):
    text = page(world, "/library/entries/st-build/")
    assert "After it</span> Run</a>" in text
    assert "Before it" not in text
    assert "Before it</span> Build</a>" in page(world, "/library/entries/st-run/")


def test_a_practice_that_an_entry_names_is_called_one(world: World, library):
    make_small_model()
    rebuild()
    link = (
        '<a href="/models/small/1/items/train-staff/">Train staff</a> <span class="aside">(practice)</span>'
    )
    assert link in page(world, "/library/entries/wo-image/")
    rest_on("train-staff", "wo-image")
    text = page(world, "/library/entries/wo-image/")
    assert text.count("Train staff</a>") == 1  # among those that rest on it, not once more
    assert link not in text


def test_an_entry_is_led_back_from_what_names_it(world: World, library):
    assert 'href="/library/entries/wo-image/">Image</a>' in page(world, "/library/entries/wo-container/")


def test_an_entry_shows_the_practices_that_rest_on_it_and_their_lessons(world: World, library):
    make_small_model()
    rest_on("train-staff", "wo-image")
    rest_on("pair-up", "wo-image-other")
    lesson = make_case_study(item="train-staff").lessons.get()
    make_case_study(item="pair-up")
    text = page(world, "/library/entries/wo-image/")
    assert 'href="/models/small/1/items/train-staff/">Train staff</a>' in text
    assert "pair-up" not in text
    assert text.count(lesson.title) == 1
    study = CaseStudy.objects.filter(pk=lesson.case_study_id)
    study.update(state=CaseStudy.State.WITHDRAWN, is_public=False)
    assert lesson.title not in page(world, "/library/entries/wo-image/")
    study.update(state=CaseStudy.State.PUBLISHED, is_public=True)
    assert lesson.title in page(world, "/library/entries/wo-image/")
    lesson.links.update(model_slug="other")
    assert lesson.title not in page(world, "/library/entries/wo-image/")


def test_only_the_current_version_of_a_model_rests_on_an_entry(world: World, library):
    make_small_model()
    rest_on("train-staff", "wo-image")
    later = make_small_model(version="2", items=[("name-owner", "practice", 1, "people", False)])
    later.published_at = later.published_at.replace(year=2030)
    later.save()
    assert "/items/train-staff/" not in page(world, "/library/entries/wo-image/")


def test_a_practice_leads_to_the_reference_behind_it(world: World, library):
    make_small_model()
    rest_on("train-staff", "wo-image", "zz-unknown")
    text = page(world, "/models/small/1/items/train-staff/")
    assert "The reference behind it" in text
    assert '<a href="/library/entries/wo-image/">Image</a>' in text
    assert "(zz-unknown)" in text


def test_texts_are_escaped(world: World, library):
    LibraryEntry.objects.filter(slug="wo-image").update(title="<b>x</b>", text="<script>alert(1)</script>")
    for address in ("/library/entries/wo-image/", "/library/basics/words/"):
        text = page(world, address)
        assert "<script>alert" not in text
        assert "<b>x</b>" not in text


@pytest.mark.parametrize(
    "address",
    [
        "/library/none/",
        "/library/basics/none/",
        "/library/practice/words/",  # a shelf of another section
        "/library/entries/none/",
        "/library/entries/",
        "/api/v1/library/none/",
        "/api/v1/library-entries/none/",
    ],
)
def test_what_is_not_there_is_404(world: World, library, address: str):
    assert world.client("viewer").get(address).status_code == 404


def test_rows_are_sorted_under_their_only_fact_where_it_sorts_them():
    def grouped(*kinds: str, columns=("Kind",)):
        entries = [
            LibraryEntry(slug=f"e{n}", facts={"Kind": kind} if kind else {}) for n, kind in enumerate(kinds)
        ]
        shelf = LibraryShelf(columns=list(columns))
        return [(heading, len(rows)) for heading, rows in groups_of(shelf, rows_of(shelf, entries))]

    assert grouped("Pro", "Pro", "Con") == [("Pro", 2), ("Con", 1)]
    assert grouped("Pro", "Con", "Pro") == [("", 3)]  # not together
    assert grouped("Pro", "", "Con") == [("", 3)]  # one without
    assert grouped("A", "B", "C") == [("", 3)]  # sorts nothing
    assert grouped("Pro", "Pro", "Con", columns=("Kind", "More")) == [("", 3)]
    assert grouped() == [("", 0)]


def test_queries_do_not_grow_with_the_library(world: World, library, queries_of):
    make_small_model()
    rest_on("train-staff", "wo-image")
    client = world.client("viewer")
    addresses = (
        "/library/", "/library/basics/", "/library/basics/words/", "/library/entries/wo-image/",
        "/models/small/1/items/train-staff/", "/api/v1/library/", "/api/v1/library-entries/",
    )  # fmt: skip
    for address in addresses:
        client.get(address)
    before = {address: queries_of(lambda a=address: client.get(a)) for address in addresses}
    publish(longer(library, 40))
    for slug in ("name-owner", "pick-platform", "pair-up", "scan-images"):
        rest_on(slug, "wo-image", "wo-1", "wo-2")
    rest_on("train-staff", "wo-image", "wo-1", "wo-2", "wo-3")
    assert {address: queries_of(lambda a=address: client.get(a)) for address in addresses} == before
    assert max(before.values()) <= 16


def test_what_names_an_entry_is_bounded_on_its_page(world: World, library):
    publish(longer(library, 40))
    assert page(world, "/library/entries/wo-image/").count('href="/library/entries/wo-') <= 32


def test_api_shows_shelves_and_entries_by_filter(world: World, library):
    client = world.client("viewer")

    def slugs(address: str) -> list[str]:
        return [row["slug"] for row in client.get(address).json()["results"]]

    assert slugs("/api/v1/library/?section=basics") == ["compared", "words"]
    assert client.get("/api/v1/library/words/").json()["entry_count"] == 2
    assert slugs("/api/v1/library-entries/?shelf=words") == ["wo-container", "wo-image"]
    assert slugs("/api/v1/library-entries/?section=basics&text=STARTS from") == ["wo-image"]
    assert slugs("/api/v1/library-entries/?text=minutes") == ["co-start"]
    assert slugs("/api/v1/library-entries/?text=nothing like it") == []
    entry = client.get("/api/v1/library-entries/co-start/").json()
    assert list(entry["facts"].items()) == [("Machine", "Minutes"), ("Container", "Seconds")]
    assert (entry["shelf"], entry["section"], entry["source"]) == ("compared", "basics", "000 T1")


@pytest.mark.parametrize(
    "address", ["/api/v1/library/", "/api/v1/library-entries/", "/api/v1/library-entries/wo-image/"]
)
def test_api_answers_not_modified_to_who_has_it_already(world: World, library, address: str):
    client = world.client("viewer")
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
