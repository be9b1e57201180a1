"""Reading a model on the pages and over the API."""

import pytest

from tests.maturity.factories import make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(world: World):
    return make_small_model()


def page(world: World, address: str) -> str:
    response = world.client("viewer").get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_version_shows_stages_domains_and_must_haves(world: World, version):
    text = page(world, "/models/small/1/")
    assert "Stage 3" in text
    assert "People" in text
    assert "Scan images" in text


def test_a_stage_shows_its_practices_and_challenges_only(world: World, version):
    text = page(world, "/models/small/1/stages/2/")
    assert "Pair up" in text
    assert "Too complex" in text
    assert "Train staff" not in text


def test_a_domain_shows_its_practices_by_stage(world: World, version):
    text = page(world, "/models/small/1/domains/platform/")
    assert "Pick platform" in text
    assert "Train staff" not in text


def test_a_practice_leads_to_its_challenge_and_back(world: World, version):
    assert "/models/small/1/items/no-budget/" in page(world, "/models/small/1/items/train-staff/")
    assert "/models/small/1/items/train-staff/" in page(world, "/models/small/1/items/no-budget/")


@pytest.mark.parametrize(
    "address",
    [
        "/models/none/1/",
        "/models/small/2/",
        "/models/small/1/stages/9/",
        "/models/small/1/items/none/",
        "/models/small/%00/",
    ],
)
def test_what_is_not_there_is_404(world: World, version, address: str):
    assert world.client("viewer").get(address).status_code == 404


def test_api_lists_items_by_filter(world: World, version):
    client = world.client("viewer")
    found = client.get("/api/v1/models/small@1/items/?stage=2&kind=practice").json()["results"]
    assert [item["slug"] for item in found] == ["pair-up", "scan-images"]
    assert client.get("/api/v1/models/small@1/").json()["key"] == "small@1"
    assert client.get("/api/v1/models/small@2/").status_code == 404


def test_queries_do_not_grow_with_the_models(world: World, version, queries_of):
    client = world.client("viewer")
    for address in ("/models/", "/api/v1/models/", "/models/small/1/", "/api/v1/models/small@1/items/"):
        client.get(address)
        before = queries_of(lambda a=address: client.get(a))
        for number in range(3):
            make_small_model(f"other-{address.strip('/').replace('/', '-').replace('@', '-')}-{number}")
        assert queries_of(lambda a=address: client.get(a)) == before
