"""Filters over profile fields: how they are written, what they mean, and that the database agrees."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agencies.models import Agency
from portal.agencies.profile_filter import (
    FIELDS_TO_FILTER_BY,
    InvalidFilter,
    choices_of,
    filter_as_json,
    filter_from_json,
    filter_in_words,
    read_filter,
)
from portal.agencies.queries_cohorts import agencies_fitting
from portal.agencies.services_profile import set_profile_values
from tests.factories import NOW, make_agency

CHOICES = [slug for slug, entry in FIELDS_TO_FILTER_BY.items() if entry.kind != "number"]
PROFILES: list[dict[str, object]] = [
    {},
    {
        "size": "large",
        "cfo_act": "yes",
        "nodes": "12",
        "providers": ["aws"],
        "technologies": ["docker-swarm"],
    },
    {
        "size": "mid",
        "cfo_act": "no",
        "nodes": "700",
        "providers": ["aws", "azure"],
        "technologies": ["docker"],
    },
    {"size": "small", "nodes": "0", "providers": ["on-premises"]},
    {"target_stage": "3", "distribution_product": "large", "existing_tools": "12"},
]


@pytest.mark.parametrize(
    ("asked", "written", "words"),
    [
        ({"size": "large"}, {"size": "large"}, "Size: Large"),
        ({"size": "large,small"}, {"size": "small,large"}, "Size: Small or Large"),
        ({"size": ["Mid-size", "large"]}, {"size": "mid,large"}, "Size: Mid-size or Large"),
        ({"cfo_act": "YES"}, {"cfo_act": "yes"}, "CFO Act agency: Yes"),
        ({"nodes": "10..500"}, {"nodes": "10..500"}, "Container environment: nodes: 10 to 500"),
        ({"nodes": "1,000.."}, {"nodes": "1000.."}, "Container environment: nodes: 1,000 or more"),
        ({"nodes": "..5"}, {"nodes": "..5"}, "Container environment: nodes: 5 or fewer"),
        ({"nodes": "12"}, {"nodes": "12"}, "Container environment: nodes: 12"),
        ({"scope": "everything", "size": "", "nodes": " "}, {}, ""),
    ],
)
def test_a_filter_is_read_kept_and_said(asked, written, words):
    found = read_filter(asked)
    assert filter_as_json(found) == written
    assert filter_in_words(found) == words
    assert filter_from_json(written) == found == read_filter(written)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"size": "huge"}, "Size: “huge” is none of Small, Mid-size, Large. Write size=small,mid"),
        ({"cfo_act": "perhaps"}, "is neither yes nor no. Write cfo_act=yes,no"),
        ({"nodes": "many"}, "is not a whole number from 0 to 10,000,000. Write nodes=10..500"),
        ({"nodes": ".."}, "names no number"),
        ({"nodes": "9..3"}, "9 is more than 3"),
        ({"target_stage": "6"}, "from 1 to 5"),
    ],
)
def test_what_is_no_filter_is_refused_with_what_would_be_right(asked, said):
    with pytest.raises(InvalidFilter) as refused:
        read_filter(asked)
    assert said in str(refused.value)
    assert refused.value.field in asked


def test_a_choice_that_is_there_no_more_fits_nothing_and_breaks_nothing():
    (gone,) = filter_from_json({"size": "enormous"})
    assert not gone.fits("large")
    assert gone.in_words == "Size: enormous"
    (no_field,) = filter_from_json({"colour": "blue"})
    assert no_field.in_words == "colour: blue"


@given(st.data())
def test_what_is_written_is_read_again(data):
    slugs = data.draw(st.sets(st.sampled_from(CHOICES)))
    asked = {
        s: data.draw(st.sets(st.sampled_from(list(choices_of(FIELDS_TO_FILTER_BY[s]))), min_size=1))
        for s in slugs
    }
    low, high = sorted(data.draw(st.tuples(st.integers(0, 9999), st.integers(0, 9999))))
    found = read_filter({slug: sorted(words) for slug, words in asked.items()} | {"nodes": f"{low}..{high}"})
    assert read_filter(filter_as_json(found)) == filter_from_json(filter_as_json(found)) == found


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        {"size": "large"},
        {"size": "small,mid"},
        {"cfo_act": "yes,no"},
        {"nodes": "..12"},
        {"nodes": "1.."},
        {"nodes": "700"},
        {"target_stage": "1..5"},
        {"providers": "aws"},
        {"providers": "azure,on-premises"},
        {"technologies": "docker"},
        {"size": "large,mid", "providers": "aws", "nodes": "10..20"},
    ],
)
def test_the_database_means_the_same_as_the_words(asked):
    on, before = date(2026, 1, 1), date(2025, 12, 31)
    conditions = read_filter(asked)
    agencies = [make_agency() for _ in PROFILES]
    for agency, values in zip(agencies, PROFILES, strict=True):
        set_profile_values(agency=agency, values=values, on=on, by=None, at=NOW)
    expected = set()
    for agency in agencies:
        held = dict(agency.profile_values.values_list("field", "value"))
        if all(one.field in held and one.fits(held[one.field]) for one in conditions):
            expected.add(agency)
    assert set(Agency.objects.filter(agencies_fitting(conditions, on))) == expected
    assert set(Agency.objects.filter(agencies_fitting(conditions, None))) == expected
    assert not Agency.objects.filter(agencies_fitting(conditions, before)).exists()
    assert expected
