"""Where a text names the organization that is not to be named."""

import pytest

from casestudies.content import LessonText
from casestudies.naming import places_of_name
from tests.casestudies.factories import in_review, some_content
from tests.maturity.factories import make_small_model
from tests.world import World


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"title": "How the grid office began"}, ["Title"]),
        ({"link": "https://www.gridoffice.gov/story"}, ["Link"]),
        ({"link": "https://go.example.gov/story"}, ["Link"]),
        ({"technologies": ("Docker", "Grid Office Cloud")}, ["Technologies"]),
        ({"summary": "The GO began."}, ["Summary"]),
        ({"body": "One.\n\nThe Grid-Office has\n\nThey go on."}, ["Text, line 3"]),
        ({"body": "See [it](https://GO.gov)."}, ["Text, line 1"]),
        ({"lessons": (LessonText("Start", "Small, said Grid Office."),)}, ["Lesson 1"]),
        ({"source": "Report of the Grid Office"}, ["Source"]),
        ({"body": "A smart grid. The office. They go on. GOOD."}, []),
    ],
)
def test_every_place_that_readers_see_is_told(fields: dict[str, object], places: list[str]):
    content = some_content(**fields)
    assert [place for place, _ in places_of_name(content, ["Grid Office", ""], "GO")] == places


def test_the_initials_of_a_long_name_are_its_abbreviation():
    content = some_content(body="At the FEC all began.", link="https://www.fec.gov/")
    assert len(places_of_name(content, ["Federal Election Commission"])) == 2
    assert places_of_name(content, [""]) == []


@pytest.mark.django_db
def test_the_review_lists_them_before_it_is_published(world: World):
    make_small_model()
    fields = {"body": "The Grid Office <b>began</b>."}
    told = "It is not to be named, and yet readers would see the name here"
    study = in_review(world, **fields)
    text = world.client("officer").get(f"/case-studies/{study.slug}/review/").content.decode()
    assert told in text
    assert "<li>Text, line 1: The Grid Office &lt;b&gt;began&lt;/b&gt;.</li>" in text
    assert text.index(told) < text.index('value="publish"')
    for named in (in_review(world, may_be_named=True, **fields), in_review(world)):
        page = world.client("officer").get(f"/case-studies/{named.slug}/review/").content.decode()
        assert told not in page
