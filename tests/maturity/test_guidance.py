"""Guidance: for every practice and challenge, on its page, in the questionnaire, over the API."""

import re
from dataclasses import replace

import pytest

from maturity.models import Item
from maturity.pack import PACKS, Pack, read_pack
from maturity.services import Outcome, publish_pack
from tests.factories import NOW
from tests.world import World

LEVELS = {"not_started", "planned", "partial", "in_place"}
GUIDANCE = """
- slug: {slug}
  levels:
    not_started: Nothing is there.
    planned: There is a date.
    partial: Some of it is there.
    in_place: All of it is there.
  evidence: [The plan with its date]
  steps: [Begin with one page]
  small: One page is enough.
  managed: Ask the provider for it.
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(PACKS / "container-adoption")


def test_every_practice_and_challenge_of_the_container_pack_says_how_to_answer_it(pack: Pack):
    assert [item.slug for item in pack.items if item.guidance is None] == []
    assert len(pack.items) == 176
    for item in pack.items:
        assert item.guidance is not None
        assert item.guidance.levels.keys() == LEVELS
        assert (len(item.guidance.evidence), len(item.guidance.steps)) == (2, 3)


def test_no_two_items_say_the_same_of_what_is_in_place(pack: Pack):
    said = [item.guidance.levels["in_place"] for item in pack.items if item.guidance]
    assert len(said) == len(set(said))


def test_texts_are_short(pack: Pack):
    longest = max(len(text) for item in pack.items if item.guidance for text in item.guidance.levels.values())
    assert longest <= 220


@pytest.mark.parametrize(
    ("slug", "extra", "problem"),
    [
        ("nobody", "", "guidance/daily.yaml:1: no item 'nobody' in this pack"),
        ("plan", GUIDANCE.format(slug="plan"), "duplicate guidance for item 'plan' (first at"),
        ("plan", "  odd: x\n", "guidance/daily.yaml:11: unknown field 'odd'"),
    ],
)
def test_broken_guidance_is_refused_with_its_place(small, slug: str, extra: str, problem: str):
    (small.folder / "guidance").mkdir()
    (small.folder / "guidance" / "daily.yaml").write_text(GUIDANCE.format(slug=slug).lstrip() + extra)
    problems = small.problems()
    assert any(problem in said for said in problems), problems


def test_guidance_is_text_and_decides_no_score(pack: Pack):
    without = replace(pack, items=tuple(replace(item, guidance=None) for item in pack.items))
    assert without.content_hash() == pack.content_hash()
    assert without.text_hash() != pack.text_hash()


@pytest.mark.django_db
def test_a_first_edition_without_guidance_is_revised(pack: Pack):
    first = replace(pack, edition=1, items=tuple(replace(item, guidance=None) for item in pack.items))
    publish_pack(pack=first, by=None, at=NOW)
    assert publish_pack(pack=pack, by=None, at=NOW).outcome is Outcome.REVISED
    assert not Item.objects.filter(guidance={}).exists()


@pytest.mark.django_db
def test_it_is_on_the_page_of_the_item_and_over_the_api(pack: Pack, world: World):
    publish_pack(pack=pack, by=None, at=NOW)
    item = next(item for item in pack.items if item.slug == "am-low-risk-first")
    assert item.guidance is not None
    client = world.client("contributor")
    page = client.get("/models/container-adoption/1/items/am-low-risk-first/").content.decode()
    text = re.sub(r"\s+", " ", page)
    for said in (*item.guidance.levels.values(), *item.guidance.evidence, *item.guidance.steps):
        assert said in text
    rows = client.get("/api/v1/models/container-adoption@1/items/?page_size=200").json()["results"]
    assert all(row["guidance"]["levels"].keys() == LEVELS for row in rows)
