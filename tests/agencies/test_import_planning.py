"""What a list would do: the rules of the rows, in whatever order they come."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agencies.import_places import Known
from portal.agencies.import_plan import Plan
from portal.agencies.import_planning import plan_import
from portal.agencies.import_reading import read_rows
from portal.agencies.sheets import read_sheet
from tests.agencies.factories import as_csv

COLUMNS = {
    "N": "name",
    "P": "parent",
    "I": "identifier",
    "PI": "parent_identifier",
    "A": "abbreviation",
    "T": "type",
}


def plan(
    header: str, *rows: tuple[str, ...], known: tuple[Known, ...] = (), into_program: bool = False
) -> Plan:
    headings = header.split()
    columns = {COLUMNS[heading]: heading for heading in headings}
    reading = read_rows(read_sheet(as_csv(headings, *rows)), columns)
    given_parents = bool({"P", "PI"} & set(headings))
    return plan_import(reading, known, parents_given=given_parents, into_program=into_program)


def names(made: Plan, action: str = "create") -> set[str]:
    return {" > ".join(entry.names) for entry in made.entries if entry.action == action}


def problems(made: Plan) -> list[str]:
    return [str(problem) for problem in made.problems]


def test_a_row_without_name_or_named_like_its_parent_is_the_parent_itself():
    made = plan("N P", ("", "Energy"), ("Energy", "Energy"), ("Grid", "Energy"), ("Parks", ""))
    assert names(made) == {"Energy", "Energy > Grid", "Parks"}
    assert (made.self_named, made.duplicates) == (1, 0)


def test_both_empty_is_an_error_where_something_else_is_there():
    made = plan("N P A", ("", "", "XY"), ("", "", ""), ("Parks", "", ""))
    assert problems(made) == ["row 2: names neither an agency nor its parent"]
    assert made.blank == 1


def test_an_unseen_parent_is_created_and_duplicates_are_merged_and_counted():
    made = plan("N P A", ("Grid", "Energy", ""), ("Grid", "Energy", "GO"), ("Grid", "Energy", "GO"))
    assert names(made) == {"Energy", "Energy > Grid"}
    assert made.duplicates == 2
    assert next(entry.values for entry in made.entries if entry.name == "Grid") == {"abbreviation": "GO"}


def test_duplicates_that_contradict_each_other_are_refused():
    made = plan("N P A", ("Grid", "Energy", "GO"), ("Grid", "Energy", "GX"))
    assert problems(made) == ["row 3: says that Abbreviation is “GX”; row 2 says “GO”"]


def test_a_parent_may_itself_stand_below_another_and_come_later():
    made = plan("N P", ("Lab", "Bureau"), ("Bureau", "Justice"))
    assert names(made) == {"Justice", "Justice > Bureau", "Justice > Bureau > Lab"}


def test_an_agency_at_the_top_is_meant_before_one_below_another():
    made = plan("N P", ("Board", "Transport"), ("Board", ""), ("Desk", "Board"))
    assert names(made) == {"Transport", "Transport > Board", "Board", "Board > Desk"}


def test_a_parent_that_is_there_twice_needs_identifiers():
    made = plan("N P", ("Inspector", "Energy"), ("Inspector", "Parks"), ("Desk", "Inspector"))
    assert problems(made) == ["row 4: its parent “Inspector” is in this file 2 times: use identifiers"]


@pytest.mark.parametrize("rows", [(("A", "B"), ("B", "A")), (("A", "B"), ("B", "C"), ("C", "A"))])
def test_a_circle_of_names_is_refused_with_each_row_on_it(rows):
    made = plan("N P", *rows, ("Good", ""))
    assert [problem.row for problem in made.problems] == list(range(2, 2 + len(rows)))
    assert "circle of parents: “A” below “B”" in problems(made)[0]


def test_a_circle_of_identifiers_is_refused_and_so_is_what_hangs_below_it():
    made = plan("I N PI", ("1", "A", "2"), ("2", "B", "1"), ("3", "C", "2"), ("4", "D", "4"), ("5", "E", ""))
    assert problems(made) == [
        "row 2: is part of a circle of parents: “A” below “B” below “A”",
        "row 3: is part of a circle of parents: “A” below “B” below “A”",
        "row 4: its parent “B” is refused (row 3)",
        "row 5: is its own parent",
    ]
    assert names(made) == {"E"}


def test_a_circle_that_closes_only_with_what_is_in_the_portal_is_refused():
    known = (Known(1, "A", None, "a"), Known(2, "B", 1, "b"))
    made = plan("I N PI", ("a", "A", "b"), known=known)
    assert "circle of parents" in problems(made)[0]


def test_an_unknown_parent_identifier_is_an_error():
    made = plan("I N PI", ("1", "A", "9"), ("2", "B", "1"))
    assert problems(made) == [
        "row 2: its parent's identifier “9” is neither in this file nor in the portal",
        "row 3: its parent “1” is refused (row 2)",
    ]


def test_with_identifiers_an_unseen_parent_by_name_is_an_error():
    made = plan("I N P", ("1", "Grid", "Energy"))
    assert problems(made) == ["row 2: its parent “Energy” is neither in this file nor in the portal"]
    assert names(plan("I N P", ("1", "Grid", "Energy"), ("2", "Energy", ""))) == {"Energy", "Energy > Grid"}


def test_with_identifiers_two_of_one_name_under_one_parent_are_two():
    made = plan("I N PI", ("1", "Interior", ""), ("2", "Park Service", "1"), ("3", "Park Service", "1"))
    assert sorted(entry.names[-1] for entry in made.entries) == ["Interior", "Park Service", "Park Service"]


def test_with_identifiers_the_parent_itself_may_be_named_by_the_parent_column():
    made = plan("I N P", ("019", "", "Energy"), ("019-1", "Grid", "Energy"), ("", "Energy", "Energy"))
    assert names(made) == {"Energy", "Energy > Grid"}
    assert made.self_named == 1
    assert not made.problems


@pytest.mark.parametrize(
    ("row", "says"),
    [(("", "Grid", ""), "“Grid” has no identifier"), (("7", "", "1"), "has an identifier but no name")],
)
def test_with_identifiers_every_agency_has_name_and_identifier(row, says):
    made = plan("I N PI", ("1", "Energy", ""), row)
    assert problems(made) == [f"row 3: {says}"]


def test_one_identifier_for_two_names_is_refused():
    made = plan("I N PI", ("1", "Energy", ""), ("1", "Parks", ""))
    assert problems(made) == ["row 3: names “Parks”; row 2 names it “Energy”"]
    made = plan("I N PI", ("1", "A", ""), ("2", "B", ""), ("3", "C", "1"), ("3", "C", "2"))
    assert problems(made) == ["row 5: gives “C” another parent than row 4"]


def test_a_bad_parent_takes_its_components_with_it_and_nothing_is_created_in_its_place():
    made = plan("N P T", ("Bureau", "Justice", "nonsense"), ("Lab", "Bureau", ""), ("Parks", "", ""))
    assert [problem.row for problem in made.problems] == [2, 3]
    assert "its parent “Bureau” is refused (row 2)" in problems(made)[1]
    assert names(made) == {"Parks"}


def test_a_bad_duplicate_leaves_the_good_row():
    made = plan("N P T", ("Grid", "Energy", ""), ("Grid", "Energy", "nonsense"))
    assert [problem.row for problem in made.problems] == [3]
    assert names(made) == {"Energy", "Energy > Grid"}


def test_deeper_than_twenty_levels_is_refused():
    rows = [(str(i), f"L{i}", str(i - 1) if i else "") for i in range(22)]
    assert problems(plan("I N PI", *rows))[0] == "row 22: lies more than 20 levels deep"


ENERGY, GRID = Known(1, "Energy", None, None), Known(2, "Grid", 1, None, {"abbreviation": "GO"})


def test_what_is_in_the_portal_is_found_by_its_path_and_left():
    made = plan("N P A", ("Grid", "Energy", "GO"), ("Grid", "Parks", ""), known=(ENERGY, GRID))
    assert names(made, "leave") == {"Energy", "Energy > Grid"}
    assert names(made) == {"Parks", "Parks > Grid"}


def test_an_empty_cell_says_nothing_and_a_filled_one_changes():
    made = plan("N P A", ("Grid", "Energy", ""), known=(ENERGY, GRID))
    assert not names(made, "change")
    made = plan("N P A", ("Grid", "Energy", "GX"), known=(ENERGY, GRID))
    (entry,) = made.entries_that("change")
    assert entry.changes == {"abbreviation": ["GO", "GX"]}


def test_by_identifier_an_agency_is_renamed_and_moved():
    known = (Known(1, "Energy", None, "e"), Known(2, "Grid", 1, "g"), Known(3, "Parks", None, "p"))
    made = plan("I N PI", ("g", "Grid Office", "p"), known=known)
    (entry,) = made.entries
    assert entry.changes == {"parent": ["Energy", "Parks"], "name": ["Grid", "Grid Office"]}
    assert entry.names == ("Parks", "Grid Office")


def test_an_agency_without_identifier_is_given_one_where_its_path_is_clear():
    made = plan("I N PI", ("e", "Energy", ""), ("g", "Grid", "e"), known=(ENERGY, GRID))
    assert names(made, "change") == {"Energy", "Energy > Grid"}
    made = plan("I N PI", ("e", "Energy", ""), ("g", "Grid", "e"), ("h", "Grid", "e"), known=(ENERGY, GRID))
    assert len(made.entries_that("create")) == 2, "which of the two is meant is not clear"


def test_a_name_that_is_in_the_portal_twice_at_its_place_needs_identifiers():
    known = (ENERGY, Known(2, "Grid", 1, "a"), Known(3, "Grid", 1, "b"))
    twice = "is in the portal 2 times"
    assert twice in problems(plan("N P A", ("Grid", "Energy", "X"), known=known))[0]
    assert twice in problems(plan("N P", ("Desk", "Grid"), known=known))[0]
    assert twice in problems(plan("N P", ("Desk", "Grid"), ("Grid", "Energy"), known=known))[1]
    assert twice in problems(plan("N P", ("Grid", "Energy"), known=known, into_program=True))[0]


def test_a_row_that_says_no_more_than_a_name_holds_for_each_of_two():
    known = (ENERGY, Known(2, "Grid", 1, "a"), Known(3, "Grid", 1, "b"))
    assert names(plan("N P", ("Grid", "Energy"), known=known), "leave") == {"Energy", "Energy > Grid"}


def test_of_two_of_one_name_the_one_without_identifier_is_meant():
    known = (ENERGY, Known(2, "Grid", 1, "a"), Known(3, "Grid", 1))
    (entry,) = plan("N P A", ("Grid", "Energy", "X"), known=known).entries_that("change")
    assert entry.known == known[2]


def test_what_is_not_open_to_who_imports_is_refused_and_so_is_a_place_below_it():
    foreign = Known(1, "Energy", None, None, open_to_reader=False)
    made = plan("N P", ("", "Energy"), ("Grid", "Energy"), known=(foreign,), into_program=True)
    assert "not in your program" in problems(made)[0]
    assert [problem.row for problem in made.problems] == [2, 3]
    made = plan("N P", ("Grid", "Energy"), known=(foreign,), into_program=True)
    assert [problem.row for problem in made.problems] == [2]


def test_everything_named_joins_the_program_once():
    known = (Known(1, "Energy", member=True), Known(2, "Parks"))
    made = plan("N P", ("Grid", "Energy"), ("", "Energy"), ("Parks", ""), known=known, into_program=True)
    assert {entry.name for entry in made.entries if entry.joins} == {"Grid", "Parks"}


NAMES = st.sampled_from(["Energy", "Grid", "Mines", "Parks", ""])
BY_NAME = st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["", "AB", "CD"])), max_size=12)
IDS = st.sampled_from(["1", "2", "3", "4", "5"])
BY_IDENTIFIER = st.lists(st.tuples(IDS, NAMES, IDS | st.just(""), st.sampled_from(["", "x"])), max_size=8)


def outcome(made: Plan) -> object:
    """All that the order of rows must not change. Which of two contradicting rows is named may differ."""
    entries = {
        (entry.names, entry.identifier, entry.action, str(sorted(entry.values.items())))
        for entry in made.entries
    }
    return entries, made.self_named, made.duplicates, made.blank, made.problems == ()


@given(BY_NAME, st.randoms(use_true_random=False))
def test_by_name_any_order_of_rows_gives_the_same_tree(rows: list[tuple[str, ...]], chance: random.Random):
    first = plan("N P A", *rows, known=(ENERGY, GRID))
    shuffled = list(rows)
    chance.shuffle(shuffled)
    second = plan("N P A", *shuffled, known=(ENERGY, GRID))
    if not first.problems:
        assert outcome(first) == outcome(second)
    else:
        assert second.problems


@given(BY_IDENTIFIER, st.randoms(use_true_random=False))
def test_by_identifier_any_order_of_rows_gives_the_same_tree(
    rows: list[tuple[str, ...]], chance: random.Random
):
    first = plan("I N PI A", *rows)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    second = plan("I N PI A", *shuffled)
    assert bool(first.problems) == bool(second.problems)
    if not first.problems:
        assert outcome(first) == outcome(second)


@given(BY_NAME)
def test_every_row_is_accounted_for(rows: list[tuple[str, ...]]):
    made = plan("N P A", *rows)
    accounted = {number for entry in made.entries for number in entry.rows} | {p.row for p in made.problems}
    assert len(accounted) == made.rows
    assert made.rows + made.blank == len(rows)


def test_a_chain_of_thousands_is_refused_at_once():
    """In well under a second; looked for level by level in lists it takes minutes."""
    rows = [(f"L{i}", f"L{i - 1}" if i else "") for i in range(3000)]
    assert len(plan("N P", *rows).problems) == 3000 - 20


def test_a_circle_of_thousands_names_a_few():
    rows = [(f"C{i}", f"C{(i + 1) % 3000}") for i in range(3000)]
    found = problems(plan("N P", *rows))
    assert len(found) == 3000
    assert all(len(problem) < 300 for problem in found)
