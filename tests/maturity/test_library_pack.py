"""What makes a library unreadable is told with file, line and reason."""

import re

import pytest

from maturity.library.pack import read_library
from maturity.yamlfile import PackError
from tests.maturity.library import SMALL_LIBRARY, small_library, write_library


def problems(folder, known=frozenset({"train-staff"})) -> list[str]:
    with pytest.raises(PackError) as caught:
        read_library(folder, known)
    assert all(re.match(r"[\w./-]+:\d+: \S", line) for line in caught.value.problems)
    return caught.value.problems


def test_a_library_is_read_in_its_order(tmp_path):
    library = small_library(tmp_path)
    assert [section.slug for section in library.sections] == ["basics", "practice"]
    assert [shelf.slug for shelf in library.shelves] == ["words", "compared", "steps", "answers", "drawings"]
    image = library.shelves[0].entries[0]
    assert (image.see, image.dated, image.link) == (
        ("wo-container", "train-staff"), "2021", "https://example.gov/image",
    )  # fmt: skip
    assert image.corrections[0].slug == "ix-image"
    assert library.shelves[0].shape == "list"
    assert library.shelves[1].columns == ("Machine", "Container")
    assert library.shelves[4].entries[0].figure["kind"] == "tree"


def test_without_columns_the_headings_stand_as_they_occur(tmp_path):
    files = SMALL_LIBRARY | {
        "practice/steps.yaml": SMALL_LIBRARY["practice/steps.yaml"].replace(
            "title: Build,", "title: Build, facts: {With: Care, By: You},"
        )
    }
    library = read_library(write_library(tmp_path, files), {"train-staff"})
    assert library.shelves[2].columns == ("With", "By")


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        # structure
        ("library.yaml", "name: Basics", "name: 7", "library.yaml:8: 'name': must be string, not 7"),
        ("library.yaml", "name: Basics", "colour: red", "library.yaml:8: unknown field 'colour'"),
        ("basics/words.yaml", "title: Image", "titel: Image", "words.yaml:6: unknown field 'titel'"),
        ("basics/words.yaml", "    title: Image\n", "", "words.yaml:5: 'title' is a required property"),
        (
            "basics/words.yaml", "slug: wo-image", "slug: Wo Image",
            "words.yaml:5: 'slug': 'Wo Image' does not",
        ),
        ("basics/words.yaml", "dated: '2021'", "dated: 2021", "words.yaml:11: 'dated': must be string"),
        (
            "basics/words.yaml", "summary: What", "shape: cloud\nsummary: What",
            "words.yaml:3: 'shape': 'cloud'",
        ),
        (
            "basics/words.yaml", "title: Image", "title: A\n    title: B",
            "words.yaml:7: duplicate key 'title'",
        ),
        ("library.yaml", "slug: practice", "slug: entries", "library.yaml:11: "),
        # script
        ("basics/words.yaml", "text: What a", "text: <script>x</script> a", "words.yaml:7: script or HTML"),
        ("basics/compared.yaml", "Seconds", "'<b>1</b>'", "compared.yaml:9: script or HTML"),
        ("figures.yaml", "Build it", "'<a href=x>'", "figures.yaml:11: script or HTML"),
        # files
        (
            "library.yaml", "[words, ", "[words, lost, ",
            "library.yaml:10: the file basics/lost.yaml is missing",
        ),
        ("library.yaml", "[words, compared]", "[compared]", "basics/words.yaml:1: unknown file: no section"),
        ("basics/words.yaml", "group: words", "group: verbs", "words.yaml:1: the group must be 'words'"),
        # duplicates
        ("library.yaml", "slug: practice", "slug: basics", "library.yaml:11: duplicate section 'basics'"),
        ("library.yaml", "[steps, ", "[words, steps, ", "library.yaml:14: duplicate shelf 'words'"),
        (
            "practice/steps.yaml", "slug: st-run", "slug: wo-image",
            "practice/steps.yaml:7: duplicate entry 'wo-image' (first in basics/words.yaml:5)",
        ),
        # references
        (
            "basics/words.yaml", "[wo-container,", "[wo-lost,",
            "words.yaml:10: no entry, practice or challenge 'wo-lost'",
        ),
        (
            "basics/words.yaml", "[wo-container,", "[wo-image,",
            "words.yaml:10: 'wo-image' names the entry itself",
        ),
        (
            "basics/words.yaml", "source: 000 §Words\n", "source: 009 p. 1\n",
            "words.yaml:8: '009' is no source",
        ),
        # facts
        (
            "basics/compared.yaml", "{Container:", "{Moon: Full, Container:",
            "compared.yaml:9: unknown column 'Moon'",
        ),
        (
            "basics/compared.yaml", "columns: [Machine, Container]\n", "",
            "compared.yaml:4: a table needs columns",
        ),
        # links
        (
            "basics/words.yaml", "https://example.gov/image", "ftp://example.gov",
            "words.yaml:9: a link must begin",
        ),
        ("basics/words.yaml", "https://example.gov/image", "https://", "words.yaml:9: a link must begin"),
        ("basics/words.yaml", "https://example.gov/image", "'javascript:x'", "words.yaml:9: script or HTML"),
        # figures
        ("figures.yaml", "entry: dr-way", "entry: dr-lost", "figures.yaml:1: no entry 'dr-lost'"),
        ("figures.yaml", "kind: tree", "kind: cloud", "figures.yaml:2: 'kind': 'cloud' is not one of"),
        ("figures.yaml", "kind: tree", "kind: stairs", "figures.yaml:1: 'steps' is a required property"),
        ("figures.yaml", "node: build", "node: lost", "figures.yaml:9: no node 'lost'"),
        ("figures.yaml", "node: build", "node: ask", "figures.yaml:9: a second way to 'ask', or a way back"),
        ("figures.yaml", "slug: build", "slug: ask", "figures.yaml:10: duplicate node 'ask'"),
        (
            "figures.yaml", "      to:\n        - {node: build, when: 'yes'}\n", "",
            "figures.yaml:8: no way leads to 'build'",
        ),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_file_line_and_reason(tmp_path, name, old, new, problem):
    assert old in SMALL_LIBRARY[name]
    write_library(tmp_path, SMALL_LIBRARY | {name: SMALL_LIBRARY[name].replace(old, new, 1)})
    found = problems(tmp_path)
    assert any(problem in line for line in found), found


@pytest.mark.parametrize("name", ["notes.txt", "extra.yaml", "basics/deeper/words.yaml", "basics/.hidden"])
def test_files_that_belong_to_nothing_are_refused(tmp_path, name):
    write_library(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("a: 1\n")
    assert problems(tmp_path) == [f"{name}:1: unknown file"]


def test_a_library_that_is_not_there_is_refused(tmp_path):
    assert problems(tmp_path) == ["library.yaml:1: the file is missing"]
    assert problems(tmp_path / "lost") == ["lost:1: not a folder"]


def test_a_figure_names_only_what_is_there(tmp_path):
    figure = SMALL_LIBRARY["figures.yaml"].split("  kind")[0]
    figure += "  kind: stairs\n  description: Up.\n  steps:\n    - {label: A, slug: st-build}\n"
    figure += "    - {label: B, slug: st-lost}\n"
    write_library(tmp_path, SMALL_LIBRARY | {"figures.yaml": figure})
    assert problems(tmp_path) == ["figures.yaml:6: no entry, practice or challenge 'st-lost'"]


def test_names_of_practices_are_known_only_where_they_are_given(tmp_path):
    write_library(tmp_path)
    assert problems(tmp_path, known=frozenset()) == [
        "basics/words.yaml:10: no entry, practice or challenge 'train-staff'"
    ]
