"""Conditions: true, false, or not known where an answer is missing that would decide."""

import pytest

from maturity.instruments.conditions import Facts, holds
from maturity.instruments.outcomes import Known
from tests.maturity.instruments import checklist, findings, marks, run

ANSWERS = {
    "fields": {"size": "small", "count": "12.5", "sure": False, "clouds": ["a", "b"]},
    "entries": {"e": {"status": "done", "owner": "Kim"}},
    "rows": [{"state": "done", "size": "3"}, {"state": "open"}],
}
FACTS = Facts(
    ANSWERS, Known({"ws-zero-trust": "partial"}, working_on=3, stages_completed=2), values={"score": None}
)


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ({"field": "size", "is": "small"}, True),
        ({"field": "size", "is": ["large", "small"]}, True),
        ({"field": "size", "is": "large"}, False),
        ({"field": "gone", "is": "small"}, None),
        ({"field": "sure", "is": False}, True),
        ({"field": "sure", "is": True}, False),
        ({"field": "clouds", "has": "a"}, True),
        ({"field": "clouds", "has": ["x", "b"]}, True),
        ({"field": "clouds", "has": "x"}, False),
        ({"field": "gone", "has": "x"}, None),
        ({"field": "count", "above": 12}, True),
        ({"field": "count", "above": 12.5}, False),
        ({"field": "count", "at_least": 12.5}, True),
        ({"field": "count", "below": 12.5}, False),
        ({"field": "count", "at_most": 12.5}, True),
        ({"field": "gone", "below": 12.5}, None),
        ({"field": "size", "answered": True}, True),
        ({"field": "gone", "answered": True}, False),
        ({"field": "gone", "answered": False}, True),
        ({"entry": "e", "is": "done"}, True),
        ({"entry": "e", "column": "owner", "is": "Kim"}, True),
        ({"entry": "x", "is": "done"}, None),
        ({"level": "ws-zero-trust", "is": "partial"}, True),
        ({"level": "ws-cluster-rbac", "is": "partial"}, None),
        ({"known": "working_on", "at_most": 3}, True),
        ({"known": "size", "is": "small"}, None),
        ({"value": "score", "above": 1}, None),
        ({"some_row": {"row": "state", "is": "done"}}, True),
        ({"every_row": {"row": "state", "is": "done"}}, False),
        ({"every_row": {"row": "state", "answered": True}}, True),
        ({"some_row": {"row": "size", "above": 5}}, None),
        ({"every_row": {"row": "size", "above": 1}}, None),
    ],
)  # fmt: skip
def test_one_test_of_one_thing(condition, truth):
    assert holds(condition, FACTS) is truth


YES, NO, UNKNOWN = (
    {"field": "size", "is": "small"},
    {"field": "size", "is": "x"},
    {"field": "gone", "is": "x"},
)


@pytest.mark.parametrize(
    ("parts", "together", "either"),
    [
        ([YES, YES], True, True),
        ([YES, NO], False, True),
        ([NO, NO], False, False),
        ([YES, UNKNOWN], None, True),
        ([NO, UNKNOWN], False, None),
        ([UNKNOWN, UNKNOWN], None, None),
    ],
)
def test_what_is_not_known_stays_so_unless_the_rest_decides(parts, together, either):
    assert holds({"all": parts}, FACTS) is together
    assert holds({"any": parts}, FACTS) is either
    assert holds({"all": parts[::-1]}, FACTS) is together
    assert holds({"not": {"all": parts}}, FACTS) is (None if together is None else not together)


def test_what_is_not_known_makes_no_rule_speak():
    rule = {"slug": "r", "kind": "warning", "text": "Spoke."}
    waits = checklist(2, rules=[rule | {"when": {"not": {"entry": "a0", "is": "done"}}}])
    assert findings(run(waits, {}), "warning") == {}
    assert findings(run(waits, marks(a0="done")), "warning") == {}
    assert findings(run(waits, marks(a0="open")), "warning") == {"r": "Spoke."}
