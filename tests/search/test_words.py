"""Words: folded alike on both sides, queries read without operators, marks and snippets."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.search.models import SearchRow
from portal.search.queries import find
from portal.search.rows import Row
from portal.search.services import write_row
from portal.search.words import MOST_TERMS, SNIPPET, Piece, Term, fold, mark, read_query, snippet


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("CI/CD, multi-stage!", "ci cd multi stage"),
        ("Résumé of JOSÉ, Straße", "resume of jose strasse"),
        ("1.2.3 T1610.001 x_y", "1 2 3 t1610 001 x y"),
        ("½ ﬁle", "1 2 file"),
        ("\0 🙂 \t", ""),
        ("x" * 100, "x" * 60),
    ],
)
def test_folding(text: str, folded: str):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("pod", [Term(("pod",), prefix=True)]),
        ("run the pods", [Term(("run",)), Term(("pods",), prefix=True)]),
        ("the", [Term(("the",), prefix=True)]),
        ('"to be" or not', [Term(("to", "be"))]),
        ("1.2.3", [Term(("1", "2", "3"))]),
        ("CI/CD x", [Term(("ci", "cd")), Term(("x",))]),
        ('"run pods', [Term(("run",)), Term(("pods",), prefix=True)]),
        ('a "b" c', [Term(("b",)), Term(("c",))]),
        ('""', []),
        ("!", []),
    ],
)
def test_reading(text: str, terms: list[Term]):
    assert list(read_query(text)) == terms


def test_a_query_is_bounded():
    assert len(read_query("pod " * 10_000)) == MOST_TERMS
    assert sum(len(term.words) for term in read_query('"' + "a b " * 5_000 + '"')) <= MOST_TERMS


def test_marking():
    terms = read_query("container pol")
    assert mark("Containers and policies.", terms) == (
        Piece("Containers", found=True),
        Piece(" and "),
        Piece("policies", found=True),
        Piece("."),
    )
    assert mark("CI/CD tools", read_query("ci cd"))[0] == Piece("CI", found=True)
    assert mark("", terms) == ()


def test_a_snippet_is_cut_around_what_was_found():
    text = f"{'before ' * 100}needle{' after' * 100}"
    pieces = snippet(text, read_query("needle"))
    said = "".join(piece.text for piece in pieces)
    assert said.startswith("… before")
    assert said.endswith("after …")
    assert len(said) <= SNIPPET + 4
    assert Piece("needle", found=True) in pieces
    assert "".join(piece.text for piece in snippet("short", read_query("x"))) == "short"


SIGNS = st.one_of(st.sampled_from("\"“”'*()^:-&|!<>%\\ab12. ǁ\0"), st.characters())


@given(text=st.text(SIGNS, max_size=300), query=st.text(SIGNS, max_size=60))
def test_marks_and_snippets_lose_nothing(text: str, query: str):
    terms = read_query(query)
    assert "".join(piece.text for piece in mark(text, terms)) == text
    assert len("".join(piece.text for piece in snippet(text, terms))) <= SNIPPET + 4


@pytest.mark.django_db
@settings(suppress_health_check=list(HealthCheck), max_examples=200)
@given(text=st.text(SIGNS, max_size=300))
def test_nothing_that_is_typed_is_an_error(text: str):
    find(text=text, agencies=())


LETTERS = st.characters(max_codepoint=0x24F, categories=["Lu", "Ll", "Nd"])


@pytest.mark.django_db
@settings(suppress_health_check=list(HealthCheck), max_examples=150)
@given(
    title=st.text(st.one_of(LETTERS, st.sampled_from(" -./'\"")), min_size=1, max_size=60),
    cut=st.integers(2, 60),
)
def test_what_is_called_so_is_found_so_also_while_it_is_typed(title: str, cut: int):
    write_row(kind="library", row=Row("row", title, "/"))
    plain = title.replace('"', " ")
    typed = plain[: max(cut, len(plain.split()[0]))] if fold(plain) else ""
    for said in (plain, f'"{plain}"', typed):
        terms = read_query(said)
        if terms and (said != typed or terms[-1].prefix):  # numbers and single letters are found as a whole
            assert find(text=said, agencies=()).total == 1, said
    SearchRow.objects.all().delete()
