"""Finding an agency by what people write: identifier, slug, name, or path."""

import pytest

from portal.agencies.models import Agency
from portal.agencies.queries import NoSuchAgency, find_agency
from tests.factories import make_agency
from tests.world import World


@pytest.mark.parametrize(
    "words",
    [
        "020-01",
        "Grid Office",
        " grid office ",
        "Department of Energy Affairs / Grid Office",
        "department of energy affairs / grid office",
    ],
)
def test_an_agency_is_found_by_each_of_its_names(world: World, words: str):
    Agency.objects.filter(pk=world.grid.pk).update(identifier="020-01")
    assert find_agency(words, Agency.objects.all()) == world.grid
    assert find_agency(world.grid.slug, Agency.objects.all()) == world.grid


def test_an_identifier_counts_before_the_name_of_another(world: World):
    coded = make_agency("Coded", identifier="Grid Office")
    assert find_agency("Grid Office", Agency.objects.all()) == coded


def test_a_name_as_it_is_written_counts_before_one_in_another_case(world: World):
    loud = make_agency("GRID OFFICE")
    assert find_agency("GRID OFFICE", Agency.objects.all()) == loud
    assert find_agency("Grid Office", Agency.objects.all()) == world.grid


def test_a_path_from_the_top_counts_before_the_end_of_a_longer_one(world: World):
    inner = make_agency("Department of Energy Affairs", world.parks)
    make_agency("Grid Office", inner)
    found = find_agency("Department of Energy Affairs / Grid Office", Agency.objects.all())
    assert found == world.grid


def test_a_name_of_several_is_refused_with_what_tells_them_apart(world: World):
    twin = make_agency("Grid Office", world.parks)
    with pytest.raises(NoSuchAgency, match=f"write one of {world.grid.slug}, {twin.slug}"):
        find_agency("Grid Office", Agency.objects.all())


def test_agencies_out_of_reach_are_not_found(world: World):
    with pytest.raises(NoSuchAgency, match="No agency is known as “Trails Office”"):
        find_agency("Trails Office", Agency.objects.within(world.energy))


def test_a_path_longer_than_any_tree_is_refused_and_not_looked_up(world: World):
    with pytest.raises(NoSuchAgency, match="No agency is known"):
        find_agency(" / ".join("x" * 200), Agency.objects.all())
