"""Every stage, domain, challenge and practice of the content inventory is in the container pack."""

import pytest

from maturity.pack import PACKS, Pack, read_pack
from tests.inventory import groups, slugs_of

pytestmark = pytest.mark.data

# Each group with its number in part C of the inventory.
PRACTICES = {
    "strategy-value": 17,
    "workforce-culture": 14,
    "platform-sourcing": 12,
    "app-modernization": 13,
    "image-supply-chain": 20,
    "delivery-automation": 14,
    "orchestration-availability": 14,
    "infrastructure-data": 11,
    "workload-security": 18,
    "governance-compliance": 13,
    "observability": 14,
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(PACKS / "container-adoption")


def test_every_stage_is_there(pack: Pack):
    wanted = [(row["Slug"], int(row["No."]), row["Name"]) for row in groups()["stages"]]
    assert len(wanted) == 5
    assert [(stage.slug, stage.number, stage.name) for stage in pack.stages] == wanted


def test_every_domain_is_there(pack: Pack):
    wanted = slugs_of("domains")
    assert len(wanted) == 11
    assert [domain.slug for domain in pack.domains] == wanted == list(PRACTICES)


def test_every_row_of_the_matrix_is_a_challenge(pack: Pack):
    wanted = {(row["Slug"], int(row["Stage"])) for row in groups()["matrix-rows"]}
    assert len(wanted) == 16
    assert {(item.slug, item.stage) for item in pack.items if item.kind == "challenge"} == wanted


@pytest.mark.parametrize(("domain", "count"), PRACTICES.items())
def test_every_practice_of_the_domain_is_there_at_its_stage(domain: str, count: int, pack: Pack):
    wanted = {(row["Slug"], int(row["Stage"])) for row in groups()[f"practices-{domain}"]}
    assert len(wanted) == count
    assert {(item.slug, item.stage) for item in pack.items if item.domain == domain} == wanted


@pytest.mark.parametrize("domain", PRACTICES)
def test_every_practice_names_the_sources_that_the_inventory_names(domain: str, pack: Pack):
    items = {item.slug: item for item in pack.items}
    for row in groups()[f"practices-{domain}"]:
        refs = next(text for heading, text in row.items() if heading.startswith("Source refs"))
        wanted = set(refs.split(", "))
        assert wanted <= {source.slug for source in items[row["Slug"]].sources}, row["Slug"]
