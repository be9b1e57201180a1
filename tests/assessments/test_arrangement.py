"""Who answers for whom: what bulk changes come to, and what cannot be because somebody would be counted twice
or not at all. Pure."""

import random

import pytest

from assessments.arrangement import (
    CHANGES,
    COVERED,
    OWN,
    ROLLED_UP,
    Asked,
    Node,
    counted,
    faults,
    of_all,
    without_faults,
)

# 1 Energy: 11 Grid (111 Wires, 112 Poles), 12 Mines; 2 Parks.
ASKED = Asked(
    Node(pk, path, name)
    for pk, path, name in [
        (1, "/1/", "Energy"),
        (11, "/1/11/", "Grid"),
        (111, "/1/11/111/", "Wires"),
        (112, "/1/11/112/", "Poles"),
        (12, "/1/12/", "Mines"),
        (2, "/2/", "Parks"),
    ]
)


def random_tree(rng: random.Random, size: int) -> Asked:
    """Up to `size` agencies somewhere in a tree, of which some between are not asked."""
    paths = ["/"]
    nodes = []
    for pk in range(1, size + 1):
        path = f"{rng.choice(paths)}{pk}/"
        paths.append(path)
        if rng.random() < 0.8:
            nodes.append(Node(pk, path, f"Agency {pk}"))
    return Asked(nodes)


class TestChanges:
    def test_rolling_up_takes_in_what_lies_between(self):
        assert CHANGES["roll_up"](ASKED, {}, [1]) == {1: (ROLLED_UP, None), 11: (ROLLED_UP, None)}
        assert counted(ASKED, CHANGES["roll_up"](ASKED, {}, [1])) == {111, 112, 12, 2}

    def test_who_is_rolled_up_leaves_alone_who_covers_its_own_below(self):
        covering = CHANGES["cover"](ASKED, {}, [11])
        assert counted(ASKED, CHANGES["roll_up"](ASKED, covering, [1])) == {11, 12, 2}

    def test_covering_is_of_all_below(self):
        assert CHANGES["cover"](ASKED, {}, [1]) == dict.fromkeys((11, 111, 112, 12), (COVERED, 1))

    def test_of_two_above_one_another_the_upper_one_covers(self):
        assert CHANGES["cover"](ASKED, {}, [11, 1]) == CHANGES["cover"](ASKED, {}, [1])

    def test_answering_for_itself_again_frees_whom_it_covered(self):
        assert CHANGES["own"](ASKED, CHANGES["cover"](ASKED, {}, [1]), [1]) == {}
        rolled = CHANGES["roll_up"](ASKED, {}, [1])
        assert CHANGES["own"](ASKED, rolled, [1]) == {11: (ROLLED_UP, None)}

    def test_rolling_up_who_covered_others_lets_these_answer(self):
        now = CHANGES["cover"](ASKED, {}, [1])
        assert counted(ASKED, CHANGES["roll_up"](ASKED, now, [1])) == {111, 112, 12, 2}


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("arrangement", "reason"),
        [
            ({2: (ROLLED_UP, None)}, "Parks cannot be rolled up: no agency below it answers for itself"),
            (
                {1: (ROLLED_UP, None)},
                "Energy cannot be rolled up: Grid and Poles below it would both be counted. Roll Grid up, or "
                "let it cover Poles.",
            ),
            ({12: (COVERED, 2)}, "Mines cannot be covered by Parks: it does not lie below that one."),
            ({12: (COVERED, 99)}, "Mines cannot be covered by an agency that is not asked: that one is not"),
            (
                {12: (COVERED, 1), 1: (ROLLED_UP, None), 11: (ROLLED_UP, None)},
                "Mines cannot be covered by Energy: that one does not answer for itself.",
            ),
            ({12: (COVERED, 1)}, "Energy cannot cover others while Grid, below it, answers for itself"),
        ],
    )
    def test_is_said_with_the_name_of_the_agency(self, arrangement, reason):
        assert any(fault.words.startswith(reason) for fault in faults(ASKED, arrangement))

    def test_each_for_itself_is_as_it_always_was(self):
        assert faults(ASKED, {}) == []

    def test_what_does_not_fit_any_more_answers_for_itself(self):
        # Wires and Poles are gone from the round, and so is Energy.
        asked = Asked(ASKED.nodes[pk] for pk in (11, 12, 2))
        before = {1: (ROLLED_UP, None), 11: (ROLLED_UP, None), 12: (COVERED, 1)}
        assert without_faults(asked, before) == {}


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_changed_in_bulk_nobody_is_counted_beside_one_above_or_lost(seed: int):
    rng = random.Random(seed)
    asked = random_tree(rng, 30)
    for change in ("roll_up", "cover"):
        found = of_all(asked, change)
        assert faults(asked, found) == []
        n = counted(asked, found)
        for pk in asked.nodes:
            assert pk not in n or not n.intersection(asked.above[pk])  # never with one above
            # Each is counted itself, by one above that covers it, or through those below.
            stands_for = {pk, *asked.above[pk], *asked.below([pk])}
            assert n & stands_for
    assert counted(asked, of_all(asked, "own")) == set(asked.nodes)


@pytest.mark.parametrize("seed", range(40))
def test_single_changes_that_have_no_fault_never_count_a_covered_or_rolled_up_one(seed: int):
    rng = random.Random(seed)
    asked = random_tree(rng, 25)
    now: dict = {}
    for _ in range(12):
        chosen = rng.sample(sorted(asked.nodes), min(len(asked.nodes), rng.randint(1, 3)))
        wanted = CHANGES[rng.choice(["own", "roll_up", "cover"])](asked, now, chosen)
        if faults(asked, wanted):
            assert faults(asked, without_faults(asked, wanted)) == []
            continue
        now = wanted
        n = counted(asked, now)
        for pk, (mode, by) in now.items():
            assert pk not in n
            if mode == COVERED:
                assert by in n
                assert not n & asked.below([by])
            else:
                below = n & asked.below([pk])
                assert below
                assert not any(below.intersection(asked.above[one]) for one in below)
        assert all(mode != OWN for mode, _ in now.values())
