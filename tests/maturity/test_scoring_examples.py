"""The worked examples in docs/scoring.md, recomputed from the page itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pytest

from assessments.words import LEVEL_WORDS
from maturity.levels import ItemRule, Level, ModelRules, value_of
from maturity.pack import PACKS, read_pack
from maturity.scoring import DomainCard, Scorecard, asked_items, format_hundredths, score, to_millionths

PAGE = (Path(__file__).parent.parent.parent / "docs" / "scoring.md").read_text()
WORDS = {words: level for kind in LEVEL_WORDS.values() for level, words in kind.items()}


@dataclass(frozen=True)
class Example:
    """One worked example: the model and the answers it shows, and the figures it claims."""

    rules: ModelRules
    levels: dict[str, Level | None]
    figures: dict[str, str]


def tables(text: str) -> list[list[list[str]]]:
    """The rows of every table, cell by cell, without headings."""
    blocks = re.findall(r"(?:^\|.*\n)+", text + "\n", re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()[2:]]
        for block in blocks
    ]


def read_example(text: str) -> Example:
    rows, figures = tables(text)
    items = tuple(
        ItemRule(
            slug=name,
            kind="challenge" if name.startswith("Challenge: ") else "practice",
            stage=int(stage),
            domain=domain or None,
            must_have="(must-have)" in name,
        )
        for name, stage, domain, _ in rows
    )
    domains = tuple(dict.fromkeys(item.domain for item in items if item.domain))
    rules = ModelRules(stages=max(item.stage for item in items), domains=domains, items=items)
    levels = {name: None if words == "Not answered" else WORDS[words] for name, _, _, words in rows}
    return Example(rules, levels, {row[0]: row[1] for row in figures})


EXAMPLES = {
    part.splitlines()[0].split(":")[0]: read_example(part)
    for part in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)
    if part.startswith("Example ")
}

FIGURES: dict[str, Callable[[Scorecard], str]] = {
    "Score": lambda card: format_hundredths(to_millionths(card.score)),
    "Stages completed": lambda card: str(card.stages_completed),
    "Working on": lambda card: f"stage {card.working_on}" if card.working_on else "all completed",
    "Answered": lambda card: f"{format_hundredths(to_millionths(card.answered * 100))} %",
    "Limited basis": lambda card: "yes" if card.limited_basis else "no",
    "What holds it": lambda card: ", ".join(gap.slug for gap in card.holding),
}


def figure(card: Scorecard, name: str) -> str:
    if name.startswith("Completion of stage "):
        stage = card.stages[int(name.rsplit(" ", 1)[1]) - 1]
        return format_hundredths(to_millionths(stage.completion))
    if name in FIGURES:
        return FIGURES[name](card)
    return domain_figure(next(domain for domain in card.domains if domain.slug == name))


def domain_figure(domain: DomainCard) -> str:
    assert domain.percent is not None
    percent = format_hundredths(to_millionths(domain.percent * 100))
    completed = "not begun" if domain.stages_completed is None else domain.stages_completed
    return f"{percent} % of its maximum, stages completed: {completed}"


def test_there_are_six_examples():
    assert list(EXAMPLES) == [f"Example {number}" for number in range(1, 7)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_figures_of_an_example_are_those_of_the_code(name):
    example = EXAMPLES[name]
    card = score(example.rules, example.levels)
    assert card is not None
    assert len(example.figures) >= 5
    assert {figure_name: figure(card, figure_name) for figure_name in example.figures} == example.figures


def test_not_yet_relevant_of_example_5_is_allowed_where_it_is_said():
    example = EXAMPLES["Example 5"]
    assert "Challenge: many providers" not in asked_items(example.rules, example.levels)


def test_the_values_of_the_answers_are_those_of_the_code():
    for practice, challenge, value in tables(PAGE)[0]:
        levels = {WORDS.get(words) for words in (practice, challenge) if words}
        assert len(levels) == 1, practice
        code = value_of(levels.pop())
        assert value.split(",")[0] == ("left out" if code is None else f"{float(code):g}")


def test_the_table_of_stages_is_that_of_the_container_pack():
    rules = read_pack(PACKS / "container-adoption").rules()
    expected = []
    for stage in range(1, rules.stages + 1):
        items = [item for item in rules.items if item.stage == stage]
        must_haves = sum(item.must_have for item in items)
        expected.append([str(n) for n in (stage, len(items), ceil(rules.share * len(items)), must_haves)])
    assert tables(PAGE)[1] == expected


def test_the_must_haves_are_those_of_the_container_pack():
    items = read_pack(PACKS / "container-adoption").items
    listed = re.findall(r"^- ([^*\n]+) \(stage (\d)\)$", PAGE, re.MULTILINE)
    assert {(title, int(stage)) for title, stage in listed} == {
        (item.title, item.stage) for item in items if item.must_have
    }
