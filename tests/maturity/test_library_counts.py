"""Nothing of the sources is lost: each group of the content inventory that the library holds, one by one."""

import json
from pathlib import Path

import pytest

from maturity.library.pack import LIBRARY, Library, read_library
from maturity.pack import PACKS, read_pack

INVENTORY = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "content" / "inventory.json"
pytestmark = pytest.mark.data

# Groups of part A that the library holds, with their numbers in part C. The others are held by the model,
# the instruments and the case studies.
GROUPS = {
    "guide-identity": 10,
    "concepts-000": 17,
    "management-elements": 8,
    "orchestration-case": 6,
    "registry-facts-000": 7,
    "technology-000": 22,
    "delivery-models": 5,
    "sourcing-guidance-000": 8,
    "use-cases": 4,
    "use-case-subpatterns": 4,
    "value-method": 5,
    "business-values": 6,
    "security-benefits": 5,
    "limitations": 8,
    "workforce-guidance": 6,
    "complementary-technologies": 4,
    "development-approaches": 3,
    "monitoring-goals": 4,
    "monitoring-depth-variables": 3,
    "security-challenges": 4,
    "security-guidance-000": 7,
    "security-layers": 6,
    "faq": 5,
    "generic-use-case-steps": 4,
    "reference-pipeline-steps": 18,
    "operator-pattern": 6,
    "resources-list": 12,
    "other-links-000": 20,
    "figures-000": 7,
    "mesh-benefits-fig7": 6,
    "strategy-framing": 10,
    "strategy-components": 4,
    "supply-chain-001": 14,
    "infrastructure-001": 18,
    "security-001": 7,
    "observability-001": 4,
    "planning-001": 10,
    "sourcing-options": 4,
    "top-five-criteria": 5,
    "products-001": 7,
    "further-reading-001": 3,
    "background-002": 7,
    "orchestration-platforms": 5,
    "image-building-rules": 5,
    "shipping-rules": 4,
    "visibility-challenges": 3,
    "metric-collection-approaches": 4,
    "drilldown-levels": 5,
    "environment-layers": 5,
    "custom-metric-formats": 3,
    "orchestration-metric-kinds": 3,
    "monitoring-solutions": 2,
    "observability-methods": 9,
    "monitoring-platform-options": 8,
    "threats-002": 6,
    "compliance-security-002": 14,
    "workshop-modules": 10,
    "workshop-demos": 5,
    "monolith-variants": 6,
    "micro-vs-mono": 7,
    "micro-vs-mini": 3,
    "micro-benefits-drawbacks": 6,
    "rest-facts": 12,
    "vm-facts": 9,
    "vm-vs-container": 6,
    "container-pros-cons": 10,
    "vocabulary-003": 6,
    "dockerfile-instructions": 13,
    "kubernetes-timeline": 13,
    "kubernetes-principles-benefits": 12,
    "kubernetes-components": 12,
    "kubernetes-objects": 7,
    "kubectl-commands": 6,
    "service-mesh-facts": 23,
    "service-mesh-comparison": 15,
    "security-003": 8,
    "agile-devops": 20,
    "cicd-tools": 9,
    "government-benefits": 3,
    "docker-platforms": 7,
    "multi-platform": 3,
    "factor-summary": 6,
    "platform-areas": 16,
    "platform-practices": 35,
    "vendors": 6,
    "cncf-technologies": 6,
    "products-004": 15,
}


@pytest.fixture(scope="module")
def inventory() -> dict[str, list[dict[str, str]]]:
    return json.loads(INVENTORY.read_text())


@pytest.fixture(scope="module")
def library() -> Library:
    model = read_pack(PACKS / "container-adoption")
    return read_library(LIBRARY, {row.slug for row in model.items} | {row.slug for row in model.stages})


def test_the_library_holds_these_groups_and_no_other(library):
    assert {shelf.slug for shelf in library.shelves} == set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_a_shelf_holds_all_of_its_group(inventory, library, group: str):
    shelf = next(shelf for shelf in library.shelves if shelf.slug == group)
    slugs = [entry.slug for entry in shelf.entries]
    assert len(slugs) == GROUPS[group]
    assert set(slugs) == {row["Slug"] for row in inventory[group]}


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_says_where_it_comes_from_if_the_inventory_knows(inventory, library, group: str):
    known = {row["Slug"] for row in inventory[group] if row.get("Source")}
    shelf = next(shelf for shelf in library.shelves if shelf.slug == group)
    assert not [entry.slug for entry in shelf.entries if entry.slug in known and not entry.source]


def test_every_entry_says_something(library):
    told = [
        entry.slug
        for shelf in library.shelves
        for entry in shelf.entries
        if not (entry.text or entry.facts or entry.figure or entry.link)
    ]
    assert told == []
