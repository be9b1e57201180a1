"""The profile: what each kind of field takes."""

import json

import pytest

from portal.agencies.profile import FIELDS, FIELDS_BY_SLUG, InvalidValue, choice_of, in_words, validate


@pytest.mark.parametrize(
    ("slug", "raw", "value"),
    [
        ("type", "Cabinet-level", "cabinet-level"),
        ("type", "WITH COMPONENTS", "with-components"),
        ("branch", "Federal - Executive", "executive"),
        ("cfo_act", "TRUE", True),
        ("cfo_act", " no ", False),
        ("providers", "Azure; AWS, aws", ["aws", "azure"]),
        ("providers", ["azure", "aws"], ["aws", "azure"]),
        ("nodes", "1,200", 1200),
        ("target_stage", 5, 5),
        ("distribution_product", " OpenShift ", "OpenShift"),
        ("existing_tools", "a: b \r\n c: d", "a: b\nc: d"),
        ("type", "", None),
        ("providers", [], None),
        ("nodes", "\u00a0", None),
    ],
)
def test_what_is_understood(slug, raw, value):
    assert validate(FIELDS_BY_SLUG[slug], raw) == value


@pytest.mark.parametrize(
    ("slug", "raw", "says"),
    [
        ("type", "big", "Type: “big” is none of Cabinet-level, With components, Other"),
        ("providers", "AWS, Moon", "Cloud providers: “Moon” is none of"),
        ("target_stage", "6", "from 1 to 5"),
        ("nodes", "-1", "a whole number from 0"),
        ("nodes", "٣", "a whole number"),
        ("nodes", "9" * 400, "a whole number"),
        ("cfo_act", "perhaps", "neither yes nor no"),
        ("existing_tools", "x" * 2001, "2001 characters; 2000 are the most"),
        ("existing_tools", "a\0", "U\\+0000"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(slug, raw, says):
    with pytest.raises(InvalidValue, match=says):
        validate(FIELDS_BY_SLUG[slug], raw)


def test_every_choice_is_understood_by_its_word_and_by_its_label_and_reads_as_its_label():
    for entry in FIELDS:
        for word, label in entry.choices.items():
            for said in (word, label, label.upper()):
                value = validate(entry, said)
                assert value == ([word] if entry.kind == "multi" else word)
                assert in_words(entry, value) == label
                assert json.loads(json.dumps(value)) == value


def test_only_one_choice_fields_are_filtered_by():
    assert choice_of(FIELDS_BY_SLUG["type"], "other") == "other"
    assert choice_of(FIELDS_BY_SLUG["cfo_act"], True) == "yes"
    assert choice_of(FIELDS_BY_SLUG["providers"], ["aws"]) == ""
    assert in_words(FIELDS_BY_SLUG["nodes"], 1200) == "1,200"
    assert in_words(FIELDS_BY_SLUG["cfo_act"], False) == "No"
