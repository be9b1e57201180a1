"""Which answers a run may hold: every fault is named with its place and what would be right."""

import pytest

from maturity.instruments.evaluate import CannotRun, evaluate, missing_of, problems_of
from tests.maturity.instruments import NOTHING, published, small

ASKED = small(
    "roster",
    fields=[
        {"slug": "sponsor", "label": "Sponsor", "kind": "text", "required": True},
        {"slug": "note", "label": "Note", "kind": "paragraph"},
        {"slug": "rate", "label": "Rate", "kind": "number", "minimum": "0", "maximum": "100"},
        {"slug": "begins", "label": "Begins", "kind": "date"},
        {"slug": "sure", "label": "Sure?", "kind": "yes_no"},
        {"slug": "page", "label": "Page", "kind": "link"},
        {
            "slug": "size",
            "label": "Size",
            "kind": "choice",
            "options": [{"value": "small", "label": "Small"}, {"value": "large", "label": "Large"}],
        },
        {
            "slug": "clouds",
            "label": "Clouds",
            "kind": "choices",
            "options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
        },
    ],
    columns=[{"slug": "status", "label": "State", "kind": "text"}],
    groups=[{"slug": "g", "name": "G", "entries": [{"slug": "e", "title": "E"}]}],
    row=[{"slug": "name", "label": "Name", "kind": "text", "required": True}],
    row_name="tool",
    logic={"row_title": "name", "needs_rows": True},
)


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"rate": "12x"}, "fields.rate", "Rate: write a number such as 1200 or 0.5, without other signs."),
        ({"rate": 12}, "fields.rate", "Rate: write a number such as 1200 or 0.5, without other signs."),
        ({"rate": "NaN"}, "fields.rate", "Rate: write a number such as 1200 or 0.5, without other signs."),
        ({"rate": "1e9"}, "fields.rate", "Rate: write a number such as 1200 or 0.5, without other signs."),
        ({"rate": "101"}, "fields.rate", "Rate: 101 is too large; the most is 100."),
        ({"rate": "-1"}, "fields.rate", "Rate: -1 is too small; the least is 0."),
        ({"begins": "2026-02-30"}, "fields.begins", "Begins: write a day as YYYY-MM-DD, such as 2026-10-01."),
        ({"begins": "1/2/26"}, "fields.begins", "Begins: write a day as YYYY-MM-DD, such as 2026-10-01."),
        ({"sure": "yes"}, "fields.sure", "Sure?: say yes or no (true or false)."),
        ({"size": "huge"}, "fields.size", "Size: 'huge' is not offered; choose small, large."),
        ({"size": ["small"]}, "fields.size", "Size: ['small'] is not offered; choose small, large."),
        ({"clouds": "a"}, "fields.clouds", "Clouds: give a list of what was chosen, or leave it out."),
        ({"clouds": ["a", "c"]}, "fields.clouds", "Clouds: 'c' is not offered; choose among a, b."),
        ({"clouds": ["a", "a"]}, "fields.clouds", "Clouds: something is chosen twice."),
        ({"clouds": []}, "fields.clouds", "Clouds: give a list of what was chosen, or leave it out."),
        (
            {"page": "javascript:alert(1)"},
            "fields.page",
            "Page: write an address that begins with https:// or http://.",
        ),
        ({"page": "https://"}, "fields.page", "Page: write an address that begins with https:// or http://."),
        (
            {"page": "https://[x"},
            "fields.page",
            "Page: write an address that begins with https:// or http://.",
        ),
        ({"sponsor": ""}, "fields.sponsor", "Sponsor: leave it out where it is not answered."),
        ({"sponsor": None}, "fields.sponsor", "Sponsor: leave it out where it is not answered."),
        ({"sponsor": "a\nb"}, "fields.sponsor", "Sponsor: write it in one line."),
        (
            {"sponsor": "a\x00"},
            "fields.sponsor",
            "Sponsor: there is a control character in the text; type it again.",
        ),
        (
            {"sponsor": "x" * 301},
            "fields.sponsor",
            "Sponsor: 301 characters are too many; at most 300 can be kept.",
        ),
        ({"other": "x"}, "fields.other", "Nothing is asked here that is called 'other'."),
    ],
)
def test_a_fault_is_named_with_its_place(fields, place, message):
    assert problems_of(ASKED, {"fields": fields}) == {place: message}


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ([], "answers"),
        ({"more": 1}, "more"),
        ({"fields": []}, "fields"),
        ({"entries": []}, "entries"),
        ({"entries": {"x": {}}}, "entries.x"),
        ({"entries": {"e": []}}, "entries.e"),
        ({"entries": {"e": {"status": 1}}}, "entries.e.status"),
        ({"rows": {}}, "rows"),
        ({"rows": "x"}, "rows"),
        ({"rows": [1]}, "rows.0"),
        ({"rows": [{"name": "a"}, {"name": 2}]}, "rows.1.name"),
        ({"rows": [{}] * 501}, "rows"),
    ],
)
def test_answers_have_a_shape(answers, place):
    assert list(problems_of(ASKED, answers)) == [place]


def test_rows_are_refused_where_none_are_asked_for():
    assert problems_of(published()["in-layer-checklist"], {"rows": [{}]}) == {
        "rows": "Security by layer has no rows to add."
    }


def test_good_answers_have_no_problems():
    answers = {
        "fields": {
            "sponsor": "Kim",
            "note": "One\nTwo",
            "rate": "12.5",
            "begins": "2026-10-01",
            "sure": False,
            "page": "https://example.gov/a?b=1",
            "size": "small",
            "clouds": ["b", "a"],
        },
        "entries": {"e": {"status": "fine"}},
        "rows": [{"name": "Tool"}],
    }
    assert problems_of(ASKED, answers) == {}
    assert missing_of(ASKED, answers) == {}


def test_what_is_required_is_missing_until_it_is_answered():
    assert missing_of(ASKED, {}) == {
        "fields.sponsor": "Still to be answered: Sponsor",
        "rows": "Add at least one tool.",
    }
    assert missing_of(ASKED, {"fields": {"sponsor": "Kim"}, "rows": [{}]}) == {
        "rows.0.name": "Still to be answered: Name"
    }


def test_an_unfinished_tree_waits_for_the_next_question_only():
    tree = published()["in-application-tree"]
    assert missing_of(tree, {"rows": [{"name": "Mail", "qt-1-new": False}]}) == {
        "rows.0.qt-2-loose": "Still to be answered: Is it a modern, loosely coupled service?"
    }


def test_a_page_is_not_run():
    with pytest.raises(CannotRun, match="/api/docs/"):
        evaluate(published()["in-rest-api"], {}, NOTHING)


@pytest.mark.parametrize("slug", [slug for slug, one in published().items() if one.engine != "page"])
def test_every_instrument_has_an_outcome_before_anything_is_answered(slug: str):
    outcome = evaluate(published()[slug], {}, NOTHING)
    assert outcome.headline
    scores = [one for one in outcome.measures if one.unit == "percent"]
    assert not [one.slug for one in scores if one.value], "nothing is known, and that is not 0"
    assert not outcome.offers
