"""Items are matched by what they say they follow, and what cannot be matched is left out."""

import pytest

from maturity.levels import ItemRule, Level, ModelRules
from maturity.successors import ItemName, succession


def version(*names: str) -> list[ItemName]:
    """Items as "slug" or "slug<predecessor"."""
    return [ItemName(*name.split("<")) for name in names]


OLD = version("train", "scan", "pipeline", "legacy")


def test_the_same_slug_is_its_own_successor():
    found = succession([OLD, version("train", "scan", "pipeline", "legacy")])
    assert found.origin == {name: name for name in ("train", "scan", "pipeline", "legacy")}
    assert (found.matched, found.items, found.added, found.dropped) == (4, 4, (), ())


def test_a_named_predecessor_comes_before_a_shared_slug():
    found = succession([OLD, version("scan<pipeline", "train")])
    assert found.origin == {"scan": "pipeline", "train": "train"}
    assert found.dropped == ("scan", "legacy")


def test_an_item_that_was_split_gives_its_level_to_each_part():
    found = succession([OLD, version("build<pipeline", "deploy<pipeline", "pipeline")])
    assert found.origin == {"build": "pipeline", "deploy": "pipeline", "pipeline": "pipeline"}


def test_of_merged_items_the_named_one_goes_on_and_the_others_fall_away():
    found = succession([OLD, version("secure-supply<scan")])
    assert found.origin == {"secure-supply": "scan"}
    assert found.dropped == ("train", "pipeline", "legacy")


def test_what_is_new_has_no_origin():
    found = succession([OLD, version("train", "sign", "attest<nothing-there")])
    assert found.added == ("sign", "attest")
    assert (found.matched, found.items) == (1, 3)


def test_several_versions_are_gone_through_one_after_another():
    second = version("staff<train", "scan")
    third = version("people<staff", "scan", "legacy")
    found = succession([OLD, second, third])
    assert found.origin == {"people": "train", "scan": "scan"}
    assert found.added == ("legacy",)  # dropped in the second version, and another item since
    assert found.dropped == ("pipeline", "legacy")
    assert succession([third]).origin == {"people": "people", "scan": "scan", "legacy": "legacy"}


@pytest.mark.parametrize(
    ("stages", "unknown", "comparable"),
    [
        ({"train": 1, "scan": 2}, (), True),
        ({"train": 1, "scan": 1, "sign": 2}, (2,), False),
        ({"train": 2, "sign": 1, "attest": 3}, (1, 3), False),
    ],
)
def test_a_stage_that_is_all_new_cannot_be_scored_from_what_was_answered(stages, unknown, comparable):
    found = succession([OLD, version(*stages)], stages)
    assert (found.unknown_stages, found.comparable) == (unknown, comparable)
    assert not succession([OLD, version("sign")], {"sign": 1}).comparable


def test_levels_are_carried_and_what_was_not_asked_is_left_out():
    rules = ModelRules(
        1,
        ("a",),
        (
            ItemRule("staff", "practice", 1, "a"),
            ItemRule("build", "practice", 1, "a"),
            ItemRule("deploy", "practice", 1, "a"),
            ItemRule("sign", "practice", 1, "a"),
            ItemRule("budget", "challenge", 1, None),
        ),
    )
    names = version("staff<train", "build<pipeline", "deploy<legacy", "sign", "budget")
    found = succession([[*OLD, ItemName("budget")], names])
    said = {
        "train": Level.PARTIAL,
        "pipeline": Level.IN_PLACE,
        "budget": Level.NOT_YET,
        "scan": Level.IN_PLACE,
    }
    assert found.carry(rules, said) == {
        "staff": Level.PARTIAL,
        "build": Level.IN_PLACE,
        "deploy": None,  # asked, and not answered
        "sign": Level.NOT_APPLICABLE,  # not asked then
        "budget": Level.NOT_YET,
    }
    said["legacy"] = Level.NOT_YET
    assert found.carry(rules, said)["deploy"] is None  # of a practice nobody says so
