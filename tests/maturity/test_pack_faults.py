"""Broken packs are refused, with file, line and reason of every fault."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from maturity.pack import read_pack
from maturity.yamlfile import PackError


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (
            "practices/daily.yaml",
            "- slug: plan\n  stage: 1",
            "- stage: 1",
            "daily.yaml:1: 'slug' is a required",
        ),
        (
            "practices/daily.yaml",
            "  question: Is there a plan?\n",
            "",
            "daily.yaml:1: 'question' is a required",
        ),
        (
            "practices/daily.yaml",
            "slug: guard",
            "slug: plan",
            "daily.yaml:9: duplicate item 'plan' (first at",
        ),
        (
            "challenges.yaml",
            "slug: danger",
            "slug: guard",
            "challenges.yaml:1: duplicate item 'guard' (first at",
        ),
        ("stages.yaml", "slug: second", "slug: first", "stages.yaml:6: duplicate stage 'first'"),
        ("stages.yaml", "number: 2", "number: 3", "stages.yaml:7: number 3 is a duplicate or leaves a gap"),
        (
            "model.yaml",
            '- ref: "000"',
            '- {ref: "000", title: Twin}\n  - ref: "000"',
            ":15: duplicate source '000'",
        ),
        (
            "practices/daily.yaml",
            "stage: 2",
            "stage: 6",
            "practices/daily.yaml:10: no stage 6 in stages.yaml",
        ),
        ("challenges.yaml", "stage: 2", "stage: 3", "challenges.yaml:2: no stage 3 in stages.yaml"),
        (
            "practices/daily.yaml",
            "[danger]",
            "[peril]",
            "daily.yaml:17: no challenge 'peril' in challenges.yaml",
        ),
        (
            "practices/daily.yaml",
            "000 p4",
            "XYZ p4",
            "practices/daily.yaml:19: no source 'XYZ' in model.yaml",
        ),
        ("stages.yaml", "000 p2", "009 p2", "stages.yaml:10: no source '009' in model.yaml"),
        (
            "domains.yaml",
            "slug: daily",
            "slug: rest",
            "practices/daily.yaml:1: no domain 'daily' in domains.yaml",
        ),
        (
            "practices/daily.yaml",
            "stage: 2",
            "stage: two",
            "daily.yaml:10: 'stage': must be integer, not text",
        ),
        (
            "practices/daily.yaml",
            "stage: 2",
            "stage: 2.5",
            "daily.yaml:10: 'stage': must be integer, not 2.5",
        ),
        (
            "practices/daily.yaml",
            "stage: 2",
            "stage: yes",
            "daily.yaml:10: 'stage': must be integer, not True",
        ),
        ("model.yaml", 'version: "1"', "version: 1", "model.yaml:2: 'version': must be string, not 1"),
        (
            "model.yaml",
            "share: 0.8",
            "share: 1.5",
            "model.yaml:7: 'share': 1.5 is greater than the maximum of 1",
        ),
        ("model.yaml", "share: 0.8", "share: .nan", "model.yaml:7: '.nan' is not a number"),
        ("model.yaml", "method: staged", "method: magic", "model.yaml:6: 'method': 'magic' is not one of"),
        ("model.yaml", "edition: 1", "edition: 1\neditor: me", "model.yaml:4: unknown field 'editor'"),
        (
            "practices/daily.yaml",
            "  why: It is unsafe without.\n",
            "",
            "daily.yaml:9: 'why' is a dependency of 'must_have'",
        ),
        (
            "challenges.yaml",
            "There is danger.",
            "<script>alert(1)</script>",
            "challenges.yaml:4: script or HTML in a text",
        ),
        ("challenges.yaml", "Look out.", "Look <b>out</b>.", "challenges.yaml:6: script or HTML in a text"),
        (
            "challenges.yaml",
            "Look out.",
            "See javascript:alert(1).",
            "challenges.yaml:6: script or HTML in a text",
        ),
        (
            "challenges.yaml",
            "Look out.",
            '"Look \\u202e out."',
            "challenges.yaml:6: control character in a text",
        ),
        (
            "challenges.yaml",
            "  title: Danger",
            "  title: A\n  title: B",
            "challenges.yaml:4: duplicate key 'title' (first in line 3)",
        ),
        (
            "challenges.yaml",
            "  title: Danger",
            "  title: 2021-05-12",
            "challenges.yaml:3: '2021-05-12' is read as timestamp",
        ),
        ("challenges.yaml", "  title: Danger", "  1: Danger", "challenges.yaml:3: a key must be plain text"),
        (
            "challenges.yaml",
            "title: Danger",
            "title: &a Danger",
            "challenges.yaml:3: anchors and aliases are not allowed",
        ),
        (
            "challenges.yaml",
            "title: Danger",
            "title: *a",
            "challenges.yaml:3: anchors and aliases are not allowed",
        ),
        (
            "challenges.yaml",
            "title: Danger",
            "title: !!python/name:os.system x",
            "challenges.yaml:3: tags (tag:yaml.org,2002:python/name:os.system)",
        ),
        (
            "challenges.yaml",
            "title: Danger",
            "title: " + "[" * 500 + "]" * 500,
            "challenges.yaml:3: nested deeper than 12 levels",
        ),
        ("challenges.yaml", "title: Danger", "title: [Danger", "challenges.yaml:4: expected ',' or ']'"),
        ("challenges.yaml", "title: Danger", "title: |\n Danger", "challenges.yaml:4: expected <block end>"),
        (
            "challenges.yaml",
            "- slug: danger",
            "---\n[]\n---\n- slug: danger",
            "challenges.yaml:3: more than one document",
        ),
    ],
)
def test_broken_packs_are_refused_with_file_line_and_reason(small, name, old, new, problem):
    small.edit(name, old, new)
    problems = small.problems()
    assert all(re.match(r"[\w/.-]+:\d+: \S", line) for line in problems)
    assert any(problem in line for line in problems), problems


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda folder: (folder / "stages.yaml").unlink(), "stages.yaml:1: the file is missing"),
        (
            lambda folder: (folder / "practices/daily.yaml").unlink(),
            "practices/daily.yaml:1: the file is missing",
        ),
        (lambda folder: (folder / "notes.txt").write_text("x"), "notes.txt:1: unknown file"),
        (lambda folder: (folder / "extra.yaml").write_text("[]"), "extra.yaml:1: unknown file"),
        (lambda folder: (folder / "domains.yaml").write_text(""), "domains.yaml:1: the file is empty"),
        (lambda folder: (folder / "domains.yaml").write_text("[]"), "domains.yaml:1: [] should be non-empty"),
        (
            lambda folder: (folder / "domains.yaml").write_text("slug: x"),
            "domains.yaml:1: must be array, not a mapping",
        ),
        (
            lambda folder: (folder / "domains.yaml").write_bytes(b"- slug: daily\n  name: caf\xe9\n"),
            "domains.yaml:2: not UTF-8 (byte 0xe9)",
        ),
        (
            lambda folder: (folder / "domains.yaml").write_bytes(b"a: \x00"),
            "domains.yaml:1: unacceptable character",
        ),
        (lambda folder: (folder / "domains.yaml").write_text("#" * 2_000_001), "domains.yaml:1: larger than"),
    ],
)
def test_broken_files_are_refused(small, change: Callable[[Path], object], problem):
    change(small.folder)
    problems = small.problems()
    assert any(problem in line for line in problems), problems


def test_a_stage_with_nothing_to_answer_is_refused(small):
    small.edit("practices/daily.yaml", "stage: 1", "stage: 2")
    assert small.problems() == ["stages.yaml:1: stage 1 has no items"]


def test_all_faults_are_named_at_once(small):
    small.edit("practices/daily.yaml", "stage: 2", "stage: 7")
    small.edit("practices/daily.yaml", "[danger]", "[peril]")
    small.edit("stages.yaml", "000 p1", "777 p1")
    assert small.problems() == [
        "practices/daily.yaml:10: no stage 7 in stages.yaml",
        "practices/daily.yaml:17: no challenge 'peril' in challenges.yaml",
        "stages.yaml:5: no source '777' in model.yaml",
    ]


def test_a_pack_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PackError, match="nowhere:1: not a folder"):
        read_pack(tmp_path / "nowhere")


def test_aliases_that_would_fill_the_memory_are_refused_at_once(small):
    bomb = 'a: &a ["x", "x"]\n' + "".join(
        f"{name}: &{name} [*{above}, *{above}, *{above}]\n"
        for above, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    (small.folder / "domains.yaml").write_text(bomb)
    assert "domains.yaml:1: anchors and aliases are not allowed" in small.problems()
