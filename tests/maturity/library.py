"""A small library that tests read and break, and publish."""

from pathlib import Path

from maturity.library.pack import Library, read_library
from maturity.services_library import PublishedLibrary, publish_library
from tests.factories import NOW

SMALL_LIBRARY = {
    "library.yaml": """\
sources:
  - ref: '000'
    title: The guide
    publisher: The office
    dated: May 2021
sections:
  - slug: basics
    name: Basics
    summary: What everything is.
    shelves: [words, compared]
  - slug: practice
    name: In practice
    summary: How it is done.
    shelves: [steps, answers, drawings]
""",
    "basics/words.yaml": """\
group: words
name: Words
summary: What is meant.
entries:
  - slug: wo-image
    title: Image
    text: What a container starts from.
    source: 000 §Words
    link: https://example.gov/image
    see: [wo-container, train-staff]
    dated: '2021'
    corrections:
      - {slug: ix-image, note: The source calls it an imago.}
  - slug: wo-container
    title: Container
    text: Runs from an image.
    source: 000 §Words; p. 2
""",
    "basics/compared.yaml": """\
group: compared
name: Compared
summary: One beside the other.
shape: table
columns: [Machine, Container]
entries:
  - slug: co-start
    title: Start
    facts: {Container: Seconds, Machine: Minutes}
    source: 000 T1
""",
    "practice/steps.yaml": """\
group: steps
name: Steps
summary: One after the other.
shape: steps
entries:
  - {slug: st-build, title: Build, source: 000 T2}
  - {slug: st-run, title: Run, source: 000 T2}
""",
    "practice/answers.yaml": """\
group: answers
name: Answers
summary: What is asked most.
shape: questions
entries:
  - slug: an-why
    title: Why containers?
    text: They are quick.
    source: 000 §FAQ
""",
    "practice/drawings.yaml": """\
group: drawings
name: Drawings
summary: What is drawn.
shape: figure
entries:
  - slug: dr-way
    title: The way
    text: How one finds out.
    source: 000 p. 9
""",
    "figures.yaml": """\
- entry: dr-way
  kind: tree
  description: A question and two ends.
  nodes:
    - slug: ask
      label: Ready & willing?
      shape: question
      to:
        - {node: build, when: 'yes'}
    - slug: build
      label: Build it
      shape: box
      leaves: [Here, There]
""",
}


def write_library(folder: Path, files: dict[str, str] = SMALL_LIBRARY) -> Path:
    """The files of a pack in this folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def small_library(folder: Path) -> Library:
    """The small library, read."""
    return read_library(write_library(folder), {"train-staff"})


def publish(library: Library) -> PublishedLibrary:
    """Publish it as the portal itself does."""
    return publish_library(library=library, by=None, at=NOW)
