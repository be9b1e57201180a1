"""Nothing of the sources is lost: each group of the content inventory that instruments hold, one by one."""

import pytest

from maturity.instruments.definitions import Instrument
from maturity.instruments.pack import INSTRUMENTS, read_instruments
from portal.agencies.profile import FIELDS_BY_SLUG
from tests.inventory import groups, slugs_of

pytestmark = pytest.mark.data

# Groups whose rows are the entries of an instrument, with their numbers in part C of the inventory.
GROUPS = {
    "downstream-checklist": ("in-vendor-checklist", 11),
    "downstream-subquestions": ("in-vendor-checklist", 2),
    "security-layer-considerations": ("in-layer-checklist", 27),
    "attack-cells": ("in-threat-coverage", 37),
    "reference-pipeline-steps": ("in-pipeline-gates", 18),
    "decision-tree-nodes": ("in-agency-tree", 8),
    "threat-mitigations": ("in-threat-coverage", 18),
    "authenticity-questions": ("in-image-intake", 6),
    "ten-takeaways": ("ten-takeaways", 10),
    "docker-host-config": ("in-docker-hardening", 5),
    "docker-daemon-config": ("in-docker-hardening", 18),
    "docker-files": ("in-docker-hardening", 11),
    "docker-image-build": ("in-docker-hardening", 12),
    "docker-runtime-config": ("in-docker-hardening", 27),
    "cis-master-files": ("in-kubernetes-cis", 12),
    "cis-api-server": ("in-kubernetes-cis", 34),
    "cis-controller-manager": ("in-kubernetes-cis", 7),
    "cis-scheduler": ("in-kubernetes-cis", 2),
    "cis-etcd": ("in-kubernetes-cis", 9),
    "ha-practices": ("in-ha-checklist", 9),
    "autoscaling-rules": ("in-ha-checklist", 6),
    "choice-factors": ("in-choice-profile", 9),
    "platform-questions": ("in-platform-questions", 60),
    "cicdcs-practices": ("pipeline-practices", 11),
    "survey-questions": ("in-security-survey", 3),
    "value-benefits": ("in-roi-calculator", 4),
    "value-costs": ("in-roi-calculator", 4),
    "workforce-roles": ("in-role-roster", 5),
    "application-tree": ("in-application-tree", 10),
    "recommender-rules": ("in-delivery-recommender", 11),
    "roi-fields": ("in-roi-calculator", 14),
    "workshop-modules": ("in-training-register", 10),
    "workshop-demos": ("in-training-register", 5),
    "environment-layers": ("in-observability-profile", 5),
    "observability-methods": ("in-observability-profile", 9),
    "matrix-rows": ("in-matrix-tracker", 16),
}
# Groups whose rows are the groups of an instrument.
GROUPS_OF_ENTRIES = {
    "attack-tactics": ("in-threat-coverage", 8),
    "threats-002": ("in-threat-coverage", 6),
    "security-layers": ("in-layer-checklist", 6),
    "platform-areas": ("in-platform-questions", 16),
}
# Agency fields of profile-fields are in the portal's own profile; what it works out itself is not asked.
PROFILE = {
    "pf-type": ["type"],
    "pf-size": ["size"],
    "pf-components": [],  # the tree below the agency
    "pf-stage": ["target_stage"],  # the current one is that of the latest approved assessment
    "pf-delivery-model": ["delivery_models"],
    "pf-providers": ["providers"],
    "pf-hosting": ["hosting"],
    "pf-environment-size": ["nodes", "containers"],
    "pf-practice": ["development_practice"],
    "pf-skill": ["skill"],
    "pf-budget": ["modernization_budget", "leadership_priority"],
    "pf-distribution": ["distribution", "distribution_product"],
    "pf-technologies": ["technologies"],
    "pf-existing-tools": ["existing_tools"],
    "pf-contracts": ["contracts"],
    "pf-enterprise": ["enterprise"],
    "pf-registry": ["registry"],
    "pf-certification-needs": ["certification_needs"],
}


@pytest.fixture(scope="module")
def instruments() -> dict[str, Instrument]:
    return {one.slug: one for one in read_instruments(INSTRUMENTS)}


@pytest.mark.parametrize("group", GROUPS)
def test_every_row_is_an_entry(group: str, instruments):
    slug, count = GROUPS[group]
    wanted = slugs_of(group)
    assert len(wanted) == count
    found = [entry.slug for entry in instruments[slug].entries if entry.slug in wanted]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("group", GROUPS_OF_ENTRIES)
def test_every_row_is_a_group(group: str, instruments):
    slug, count = GROUPS_OF_ENTRIES[group]
    assert len(slugs_of(group)) == count
    assert [one.slug for one in instruments[slug].groups if one.slug in slugs_of(group)] == slugs_of(group)


def test_instruments_hold_nothing_that_is_not_theirs(instruments):
    """A group that an instrument holds whole has no entry too many."""
    for slug, count in {
        "in-vendor-checklist": 13,
        "in-layer-checklist": 27,
        "in-docker-hardening": 73,
        "in-kubernetes-cis": 64,
        "in-threat-coverage": 37 + 18,
        "in-pipeline-gates": 18,
        "in-ha-checklist": 15,
        "in-platform-questions": 60,
        "in-matrix-tracker": 16,
        "in-agency-tree": 8 + 12,
    }.items():
        assert len(instruments[slug].entries) == count, slug


def test_all_thirty_instruments_are_there(instruments):
    wanted = [(row["Slug"], int(row["No."])) for row in groups()["instruments"]]
    assert len(wanted) == 30
    assert [(one.slug, one.number) for one in instruments.values() if one.slug.startswith("in-")] == wanted


def test_every_technique_has_the_practices_of_the_map(instruments):
    rows = groups()["attack-practice-map"]
    assert len(rows) == 26
    found = {
        one["slug"]: (one["name"], list(one["practices"]))
        for one in instruments["in-threat-coverage"].logic["techniques"]
    }
    assert found == {
        row["Slug"]: (row["Technique"], row["Practices that count toward coverage"].split(", "))
        for row in rows
    }


def test_every_cell_counts_the_practices_of_its_technique(instruments):
    matrix = instruments["in-threat-coverage"]
    practices = {one["slug"]: tuple(one["practices"]) for one in matrix.logic["techniques"]}
    cells = [entry for entry in matrix.entries if "technique" in entry.more]
    assert len(cells) == 37
    assert all(entry.practices == practices[entry.more["technique"]] for entry in cells)


def test_every_threat_has_the_practices_of_the_map(instruments):
    rows = groups()["threat-practice-map"]
    assert len(rows) == 6
    found = instruments["in-threat-coverage"].logic["by_practices"]
    assert [(one["slug"], one["group"], list(one["practices"])) for one in found] == [
        (row["Slug"], row["002 threat"], row["Practices"].split(", ")) for row in rows
    ]


def test_profile_fields_are_asked_of_applications_or_in_the_profile_of_the_agency(instruments):
    rows = groups()["profile-fields"]
    assert len(rows) == 26
    asked = {field.slug for field in instruments["in-use-case-portfolio"].row}
    assert {row["Slug"] for row in rows if row["Record"] == "Application"} <= asked
    assert {row["Slug"] for row in rows if row["Record"] == "Agency"} == set(PROFILE)
    assert {slug for slugs in PROFILE.values() for slug in slugs} <= set(FIELDS_BY_SLUG)


def test_four_and_four_lines_are_asked_for(instruments):
    asked = {field.slug for field in instruments["in-roi-calculator"].fields}
    assert set(slugs_of("value-benefits")) <= asked
    assert {f"{slug}-{when}" for slug in slugs_of("value-costs") for when in ("once", "yearly")} <= asked


def test_corrected_values_stand_where_the_print_is_wrong(instruments):
    right = {
        entry.slug: (entry.expected, entry.corrections) for entry in instruments["in-kubernetes-cis"].entries
    }
    for slug, expected in {
        "ca-authorization-mode": "not AlwaysAllow; includes Node and RBAC",
        "ca-secure-port": "not 0",
        "ca-audit-log-path": "set",
        "ce-auto-tls": "not true",
        "ce-peer-auto-tls": "not true",
    }.items():
        assert right[slug][0] == expected
        assert right[slug][1], f"{slug} says what was printed"
