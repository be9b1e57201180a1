"""Packs of points and of means: what they must say, what they must not, and what their hash covers."""

from dataclasses import replace
from fractions import Fraction

import pytest

from maturity.levels import Scale
from maturity.pack import PACKS, read_pack
from maturity.queries import rules_of
from maturity.services import CannotPublish, Outcome, publish_pack
from maturity.yamlfile import PackError
from tests.factories import NOW
from tests.maturity.banded import MEAN_PACK, POINTS_PACK, make_points_model, read
from tests.maturity.packs import SMALL_PACK

# Stored in databases: what the portal learns later must not change them.
CONTAINER_HASHES = (
    "231372284170aad3b56bffe100e4243e78470ffdccef57c17a2ea5717e466bb7",
    "d8ffc5d4e5113addd687249f69f1f9818a61c2d53c43911cfe6fc6558d266da0",
)


def test_the_hashes_of_the_container_pack_are_what_they_were():
    pack = read_pack(PACKS / "container-adoption")
    assert pack.content_hash() == CONTAINER_HASHES[0]
    # Of its texts without the guidance, which the second edition brought; the third changed some words.
    items = tuple(replace(item, guidance=None) for item in pack.items)
    assert replace(pack, edition=1, items=items).text_hash() == CONTAINER_HASHES[1]


def test_a_model_of_points_is_counted_in_the_sum_of_its_points():
    rules = read(POINTS_PACK).rules()
    assert (rules.method, rules.answers, rules.in_units_of) == ("points", "points", Scale("points", 20))
    assert rules.bands == (0, Fraction(2, 5), Fraction(3, 4))
    assert [item.points for item in rules.items] == [10, 5, 5]


def test_a_model_of_means_is_counted_of_100_unless_it_says_otherwise():
    rules = read(MEAN_PACK).rules()
    assert (rules.method, rules.in_units_of, rules.weights) == ("mean", Scale("", 100), (1, 2, 1))
    assert rules.takes_domain_scores
    model = MEAN_PACK["model.yaml"].replace("rhythm: year", "maximum: 7\nunit: marks")
    assert read({**MEAN_PACK, "model.yaml": model}).scale.of == "of 7 marks"


@pytest.mark.parametrize(
    ("pack", "name", "old", "new", "problem"),
    [
        (POINTS_PACK, "stages.yaml", "from: 40,", "from: 80,", "stages.yaml:3: 'from' is 75, which"),
        (POINTS_PACK, "stages.yaml", " from: 40,", "", "stages.yaml:2: 'from' is needed"),
        (SMALL_PACK, "stages.yaml", "name: First", "name: First\n  from: 0", ":4: 'from' belongs"),
        (POINTS_PACK, "practices/portal.yaml", "  points: 5\n", "", "portal.yaml:1: 'points' is a required"),
        (POINTS_PACK, "practices/portal.yaml", "points: 5", "points: 5\n  stage: 1", ":8: 'stage' says"),
        (SMALL_PACK, "practices/daily.yaml", "stage: 1", "stage: 1\n  points: 3", "'points' says nothing"),
        (SMALL_PACK, "model.yaml", "share: 0.8\n", "", "model.yaml:1: 'share' is needed by the method"),
        (SMALL_PACK, "model.yaml", "share: 0.8", "share: 0.8\nmaximum: 9", ":8: 'maximum' says"),
        (POINTS_PACK, "model.yaml", "rhythm: month", "share: 0.8", "model.yaml:7: 'share' says nothing"),
        (POINTS_PACK, "domains.yaml", "name: Law,", "name: Law, weight: 2,", "domains.yaml:1: 'weight' says"),
        (POINTS_PACK, "practices/law.yaml", "points: 10", "points: 1001", ":7: 'points': 1001 is"),
        (MEAN_PACK, "model.yaml", "domain_scores: true\n", "", "practices/done.yaml:1: the file is missing"),
        (MEAN_PACK, "domains.yaml", "weight: 2", "weight: -1", "'weight': -1 is less than"),
        (MEAN_PACK, "model.yaml", "method: mean", "method: median", "model.yaml:6: 'method'"),
    ],
)  # fmt: skip
def test_what_a_method_cannot_use_or_lacks_is_named_with_its_line(pack, name, old, new, problem):
    assert old in pack[name]
    with pytest.raises(PackError) as caught:
        read({**pack, name: pack[name].replace(old, new, 1)})
    assert any(problem in one for one in caught.value.problems), caught.value.problems


def test_domains_that_all_weigh_nothing_are_refused():
    domains = "- {slug: skills, number: 1, name: Skills, scope: What people know., weight: 0}\n"
    with pytest.raises(PackError, match="no domain has a weight above 0"):
        read({**MEAN_PACK, "domains.yaml": domains})


def test_more_points_than_a_score_can_hold_are_refused():
    law = POINTS_PACK["practices/law.yaml"].replace("points: 10", "points: 1000")
    portal = POINTS_PACK["practices/portal.yaml"].replace("points: 5", "points: 1000")
    with pytest.raises(PackError, match="the practices have 2,005 points; 2,000 are the most"):
        read({**POINTS_PACK, "practices/law.yaml": law, "practices/portal.yaml": portal})


@pytest.mark.django_db
def test_rules_read_back_are_the_packs():
    for files in (POINTS_PACK, MEAN_PACK):
        pack = read(files)
        assert rules_of(publish_pack(pack=pack, by=None, at=NOW).version) == pack.rules()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("stages.yaml", "from: 40", "from: 50", "the stages"),
        ("practices/law.yaml", "points: 5", "points: 6", "points of scope from 5 to 6"),
        ("model.yaml", "rhythm: month", "answers: levels", "answers from points to levels"),
    ],
)
def test_what_decides_a_score_is_fixed(name, old, new, told):
    make_points_model()
    with pytest.raises(CannotPublish, match=told):
        publish_pack(pack=read({**POINTS_PACK, name: POINTS_PACK[name].replace(old, new)}), by=None, at=NOW)


@pytest.mark.django_db
def test_weights_are_fixed_and_how_often_it_is_asked_is_not():
    publish_pack(pack=read(MEAN_PACK), by=None, at=NOW)
    heavier = MEAN_PACK["domains.yaml"].replace("weight: 2", "weight: 2.5")
    with pytest.raises(CannotPublish, match="weight of done from 2 to 5/2"):
        publish_pack(pack=read({**MEAN_PACK, "domains.yaml": heavier}), by=None, at=NOW)
    model = (
        MEAN_PACK["model.yaml"].replace("rhythm: year", "rhythm: half").replace("edition: 1", "edition: 2")
    )
    done = publish_pack(pack=read({**MEAN_PACK, "model.yaml": model}), by=None, at=NOW)
    assert (done.outcome, done.version.rhythm) == (Outcome.REVISED, "half")


@pytest.mark.django_db
def test_the_pages_of_such_models_name_bands_points_and_weights(world):
    client = world.client("viewer")
    make_points_model()
    publish_pack(pack=read(MEAN_PACK), by=None, at=NOW)
    ranking = client.get("/models/ranking/1/").content.decode()
    assert "From 40%" in ranking
    assert "sum of the points, up to 20" in ranking
    assert "Stage 1" not in ranking
    index = client.get("/models/small-index/1/").content.decode()
    assert "weighted mean" in index
    assert client.get("/models/ranking/1/stages/2/").status_code == 200
    assert "worth up to 10 points" in client.get("/models/ranking/1/items/claim/").content.decode()
    assert client.get("/models/small-index/1/domains/done/").status_code == 200
    assert "of 20 points" in client.get("/models/").content.decode()


@pytest.mark.django_db
def test_the_api_names_method_scale_bands_weights_and_points(world):
    client = world.client("viewer")
    make_points_model()
    found = client.get("/api/v1/models/ranking@1/").json()
    assert (found["method"], found["unit"], found["maximum"], found["answers"]) == (
        "points",
        "points",
        20,
        "points",
    )
    assert [stage["band"] for stage in found["stages"]] == ["0", "2/5", "3/4"]
    items = client.get("/api/v1/models/ranking@1/items/").json()["results"]
    assert {item["slug"]: item["points"] for item in items} == {"claim": 10, "scope": 5, "interface": 5}
