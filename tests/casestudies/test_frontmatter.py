"""A case study in a file: what is read, what is told, and what is refused with its line."""

import time
from pathlib import Path

import pytest

from casestudies.cleaning import clean
from casestudies.content import LessonText
from casestudies.frontmatter import MOST_BYTES, FileStudy, read_case_study
from casestudies.markdown import render
from maturity.yamlfile import PackError

FULL = """\
---
title: From one team to all
agency: Department of Examples
agency_type: Cabinet-level
summary: What happened.
stages: [2, 3]
technologies: [Kubernetes, Docker]
dated: 2024 to 2026
link: "[Story](https://example.gov/story)"
licence: Public domain
named: true
contact: Pat Lead
key: one-team
lessons:
  - title: Start small
    text: One team first.
    items: [train-staff]
subtitle: Something else
---

The text.
"""


def read(text: str | bytes) -> FileStudy:
    return read_case_study(text.encode() if isinstance(text, str) else text, "a.md", "small")


def faults(text: str | bytes) -> list[str]:
    with pytest.raises(PackError) as refused:
        read(text)
    return refused.value.problems


def test_every_field_has_its_place():
    file = read(FULL)
    content = file.content
    assert (content.title, content.organization, content.summary) == (
        "From one team to all", "Department of Examples", "What happened.",
    )  # fmt: skip
    assert (content.stages, content.technologies) == ((2, 3), ("Kubernetes", "Docker"))
    assert (content.link, content.may_be_named, content.body) == (
        "https://example.gov/story", True, "The text.\n",
    )  # fmt: skip
    assert content.lessons == (LessonText("Start small", "One team first.", ("train-staff",)),)
    assert (file.agency_given, file.key, file.unused) == ("Department of Examples", "one-team", ("subtitle",))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("No front matter", "a.md:1: the file must begin with front matter, between two lines of ---"),
        ("---\ntitle: A\n", "a.md:1: the front matter does not end: a line of --- is missing"),
        ("---\n\n---\nx", "a.md:1: the front matter is empty"),
        ("---\n- a\n---\nx", "a.md:2: the front matter must be fields with values"),
        ("---\nsummary: x\n---\nx", "a.md:2: Give the title."),
        ("---\ntitle: A\n\ntitle: B\n---\n", "a.md:4: duplicate key 'title' (first in line 2)"),
        ("---\ntitle: [A]\n---\n", "a.md:2: 'title' must be text"),
        (
            "---\ntitle: A\ndated: 2026-01-01\n---\n",
            "a.md:3: '2026-01-01' is read as timestamp; put it in quotes",
        ),
        ("---\ntitle: A\nlink: javascript:alert(1)\n---\n", "a.md:3: script or HTML in a text"),
        ("---\ntitle: A\nlink: example.gov\n---\n", "a.md:3: Link must begin with https:// or http://."),
        ("---\ntitle: <b>A</b>\n---\n", "a.md:2: script or HTML in a text"),
        ("---\ntitle: A\nstages: two\n---\n", "a.md:3: 'stages' must be one number or two: [2, 3]"),
        ("---\ntitle: A\nstages: [3, 2]\n---\n", "a.md:3: The first stage is above the last."),
        ("---\ntitle: A\nnamed: perhaps\n---\n", "a.md:3: 'named' must be true or false"),
        ("---\ntitle: A\nlessons: x\n---\n", "a.md:3: 'lessons' must be a list"),
        (
            "---\ntitle: A\nlessons:\n  - name: x\n---\n",
            "a.md:4: a lesson has the fields title, text and items",
        ),
        ("---\ntitle: A\nlessons:\n  - title: x\n---\n", "a.md:3: Lesson 1 needs a title and a text."),
        ("---\ntitle: &a A\nsummary: *a\n---\n", "a.md:2: anchors and aliases are not allowed"),
        (
            "---\ntitle: !!python/object:os.system A\n---\n",
            "a.md:2: tags (tag:yaml.org,2002:python/object:os.system) are not allowed",
        ),
        (b"---\ntitle: A\n---\n\xff", "a.md:4: not UTF-8 (byte 0xff)"),
        (
            "---\ntitle: A\n---\n" + "x" * 60_001,
            "a.md:4: The text has 60,002 characters; 60,000 are the most.",
        ),
        (b"a" * (MOST_BYTES + 1), "a.md:1: larger than 1,000,000 bytes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str | bytes, fault: str):
    assert faults(text) == [fault]


def test_several_faults_are_told_at_once():
    assert len(faults("---\ntitle: A\nstages: two\nnamed: perhaps\nlink: x\n---\n")) == 3


def test_lists_of_links_come_as_a_section_of_the_text():
    body = read(
        "---\ntitle: A\nresources:\n  - '[B](https://example.gov)'\n  - '[C](../c)'\n  - https://d.gov\n---\n"
    ).content.body
    assert "## Resources\n\n- [B](https://example.gov)\n- C\n- <https://d.gov>" in body


@pytest.mark.parametrize(
    ("text", "cleaned", "notes"),
    [
        ("plain *text*", "plain *text*\n", []),
        ("a <!-- b --> c", "a  c\n", ["comments taken out"]),
        ('<a href="https://x.gov">X</a>', "[X](https://x.gov)\n", ["HTML links written as Markdown"]),
        (
            '<div class="case-study-preheader m">Approach</div>\n### B',
            "## Approach\n\n### B\n",
            ["HTML headings written as Markdown"],
        ),
        ("<blockquote>said</blockquote>", "> said\n", ["HTML quotes written as Markdown"]),
        ("[here](/our-work/x/)", "here\n", ["links without https:// kept as words"]),
        ("[here]({{ site.url }}/x)", "here\n", ["links of the site's own kept as words"]),
        ("a {% include x %} b", "a  b\n", ["template tags taken out"]),
        ("a {{ y }} b", "a  b\n", ["template variables taken out"]),
        ("a <b>c</b>", "a c\n", ["HTML tags taken out, their text kept"]),
        (
            '{% include "testimonial.html",\n quote: "100% good", attribution: "Pat", position: "Lead" %}',
            "> 100% good\n>\n> — Pat, Lead\n",
            ["testimonials kept as quotes"],
        ),
    ],
)  # fmt: skip
def test_other_sites_markup_becomes_text_and_is_told(text: str, cleaned: str, notes: list[str]):
    found, told = clean(text)
    assert found == cleaned
    assert [what for _, what in told] == notes


@pytest.mark.parametrize(
    "unit",
    ["<!--", "{%", "{{", "[a]({{", "<blockquote>", "<a href='", "[[", '{% include testimonial "', "w", " "],
)
def test_cleaning_takes_no_time(unit: str):
    began = time.monotonic()
    clean((unit * 120_000)[:120_000])
    assert time.monotonic() - began < 2


@pytest.mark.data
def test_the_27_files_of_18f_are_read(shared_data: Path):
    base = shared_data / "18f-projects" / "content"
    files = {path.stem: read_case_study(path.read_bytes(), path.name, "") for path in base.rglob("*.md")}
    assert len(files) == 27
    assert sum(not file.agency_given for file in files.values()) == 2
    for file in files.values():
        html = render(file.content.body)
        assert not any(sign in html for sign in ("&lt;", "{%", "{{"))
    assert "> If you think about bowling" in files["tax-court"].content.body
    assert files["fec-gov"].content.link == "https://www.fec.gov/"
