"""Reading packs: the container pack as it stands, and what its content hash covers."""

import re
from collections import Counter
from fractions import Fraction

import pytest

from maturity.levels import Level
from maturity.pack import PACKS, Pack, read_pack
from maturity.scoring import score
from tests.maturity.packs import SMALL_PACK

# Practices by domain and stage (content inventory, table C.2).
BY_DOMAIN = {
    "strategy-value": (4, 5, 4, 3, 1),
    "workforce-culture": (2, 6, 3, 2, 1),
    "platform-sourcing": (0, 5, 4, 1, 2),
    "app-modernization": (1, 5, 5, 2, 0),
    "image-supply-chain": (0, 4, 12, 4, 0),
    "delivery-automation": (1, 2, 5, 6, 0),
    "orchestration-availability": (0, 1, 5, 6, 2),
    "infrastructure-data": (1, 1, 6, 3, 0),
    "workload-security": (0, 1, 9, 7, 1),
    "governance-compliance": (0, 1, 8, 3, 1),
    "observability": (0, 1, 7, 5, 1),
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(PACKS / "container-adoption")


def test_container_pack_has_all_its_items(pack):
    kinds = Counter((item.kind, item.stage) for item in pack.items)
    assert [kinds["practice", stage] for stage in range(1, 6)] == [9, 32, 68, 42, 9]
    assert [kinds["challenge", stage] for stage in range(1, 6)] == [4, 3, 3, 4, 2]
    assert [stage.name for stage in pack.stages] == [
        "Exploration",
        "Officially Sanctioned Effort",
        "Limited Production Migration",
        "Expansion",
        "Enterprise-wide Adoption",
    ]
    cells = Counter((item.domain, item.stage) for item in pack.items)
    assert {d.slug: tuple(cells[d.slug, s] for s in range(1, 6)) for d in pack.domains} == BY_DOMAIN


def test_container_pack_is_scored_as_designed(pack):
    rules = pack.rules()
    assert (rules.stages, rules.method) == (5, "staged")
    assert (rules.share, rules.floor) == (Fraction(4, 5), Fraction(1, 2))
    full = score(rules, {item.slug: Level.IN_PLACE for item in rules.items})
    assert full is not None
    assert (full.score, full.stages_completed) == (5, 5)


def test_container_pack_names_and_explains_its_must_haves(pack):
    must_haves = {item.slug: item.stage for item in pack.items if item.must_have}
    assert must_haves == {
        "is-registry-scanning": 2,
        "ws-no-privileged": 2,
        "ws-host-hardening": 3,
        "ws-cluster-rbac": 3,
        "ws-secrets-vault": 3,
    }
    assert all(bool(item.must_have_reason) == item.must_have for item in pack.items)


def test_container_pack_cites_a_source_for_everything(pack):
    assert {source.ref for source in pack.sources} == {"000", "FIG", "001", "002", "003", "004"}
    assert all(item.sources for item in pack.items)
    assert all(stage.source for stage in pack.stages)
    for item in pack.items:
        assert {source.slug for source in item.sources if source.slug.startswith("mx-")} == set(
            item.challenges if item.kind == "practice" else [item.slug]
        )


def test_every_challenge_of_the_container_pack_has_a_practice_that_answers_it(pack):
    answered = {slug for item in pack.items for slug in item.challenges}
    assert answered == {item.slug for item in pack.items if item.kind == "challenge"}


def test_texts_of_the_container_pack_are_fit_to_be_read(pack):
    for item in pack.items:
        assert len(item.title) <= 60, item.slug
        assert "?" in item.question, item.slug
        assert item.text.endswith("."), item.slug
        assert item.action.endswith("."), item.slug
    for field in ("title", "question", "action", "text"):
        assert len({getattr(item, field) for item in pack.items}) == len(pack.items), field
    challenges = [item for item in pack.items if item.kind == "challenge"]
    assert all(item.question.startswith("Does this hold you back? ") for item in challenges)
    assert all(item.outcome for item in challenges)


def everything(pack: Pack) -> str:
    """All that a reader of items and stages sees, without the notes on corrections."""
    items = [f"{i.title} {i.text} {i.question} {i.action} {i.outcome}" for i in pack.items]
    return " ".join([*items, *(stage.summary for stage in pack.stages)])


@pytest.mark.parametrize(
    ("issue", "wrong", "right"),
    [
        ("ix-800-90", r"SP 800-90\b", "SP 800-190"),
        ("ix-laas", "laaS", "IaaS"),
        ("ix-coordination-reversed", "hosts run on each container", "which containers run on each host"),
        ("ix-cicd-development", "continuous development", "integration and delivery"),
        ("ix-dast", r"\bDAST\b", "image scanner"),
        ("ix-psp", "PodSecurityPolicy|SecurityContextDeny", "Pod Security admission"),
        ("ix-opentracing", "OpenTracing", "OpenTelemetry"),
        ("ix-authz-mode", "AlwaysAllow", "Role-based access"),
        ("ix-journey-alt", "mastery of the workforce", "mastery of vendors"),
        ("ix-attack-origin", "Microsoft's Kubernetes matrix", "ATT&CK matrix for containers"),
        ("ix-k8s-secrets", "built-in secrets", "encrypted at rest"),
        ("ix-typos-003", "Tekkon|Lessly", ""),
        ("ix-ecs-mesos", "rests on Mesos", ""),
    ],
)
def test_faults_of_the_sources_are_loaded_corrected(pack, issue, wrong, right):
    text = everything(pack) + " ".join(domain.scope for domain in pack.domains)
    assert not re.search(wrong, text)
    assert right in text
    noted = [*pack.items, *pack.stages]
    assert any(c.slug == issue and c.note for entry in noted for c in entry.corrections)


def test_mesh_is_evaluated_at_stage_3_and_operated_at_stage_4(pack):
    stages = {item.slug: item.stage for item in pack.items}
    assert (stages["oa-mesh-evaluated"], stages["oa-mesh-operated"]) == (3, 4)


def test_vendors_and_dates_of_the_sources_are_labelled(pack):
    sources = {source.ref: source for source in pack.sources}
    assert "vendor" in sources["001"].note
    assert "vendor" in sources["002"].note
    assert sources["002"].dated == "2018"
    assert "DCCOI" in pack.about["attribution"]
    assert "DCCIO" not in pack.about["attribution"]


def test_items_stand_by_domain_then_stage_and_challenges_last(pack):
    domains = [domain.slug for domain in pack.domains]
    practices = [item for item in pack.items if item.kind == "practice"]
    challenges = [item for item in pack.items if item.kind == "challenge"]
    assert pack.items == (*practices, *challenges)
    places = [(domains.index(item.domain or ""), item.stage) for item in practices]
    assert places == sorted(places)
    assert [item.stage for item in challenges] == sorted(item.stage for item in challenges)


def test_small_pack_is_read(small):
    pack = small.read()
    assert [item.slug for item in pack.items] == ["plan", "guard", "danger"]
    assert [(item.must_have, item.must_have_reason) for item in pack.items[:2]] == [
        (False, ""),
        (True, "It is unsafe without."),
    ]
    assert pack.items[1].challenges == ("danger",)
    assert (pack.items[2].text, pack.items[2].outcome) == ("There is danger.", "Less danger.")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("model.yaml", "name: Small model", "name: Another name"),
        ("model.yaml", "edition: 1", "edition: 2"),
        ("model.yaml", 'version: "1"', 'version: "2"'),
        ("stages.yaml", "name: First", "name: The first"),
        ("stages.yaml", "summary: The first stage.", "summary: Where all begins."),
        ("domains.yaml", "scope: What is done.", "scope: All that is done."),
        ("practices/daily.yaml", "text: There is a plan.", "text: A plan exists."),
        ("practices/daily.yaml", "question: Is there a plan?", "question: Have you a plan?"),
        ("practices/daily.yaml", "why: It is unsafe without.", "why: Nothing else protects."),
        ("practices/daily.yaml", "  challenges: [danger]\n", ""),
        ("practices/daily.yaml", "ref: 000 p3", "ref: 000 p9"),
        ("challenges.yaml", "outcome: Less danger.", "outcome: No danger."),
    ],
)
def test_texts_do_not_change_the_content_hash(small, name, old, new):
    before = small.read()
    small.edit(name, old, new)
    after = small.read()
    assert after.content_hash() == before.content_hash()
    assert after.text_hash() != before.text_hash()


def _more_at_the_end(slug: str) -> str:
    practice = SMALL_PACK["practices/daily.yaml"].split("- slug: guard")[0]
    return practice.replace("slug: plan", f"slug: {slug}")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("model.yaml", "share: 0.8", "share: 0.75"),
        ("model.yaml", "floor: 0.5", "floor: 0.6"),
        ("stages.yaml", "slug: second", "slug: last"),
        ("practices/daily.yaml", "slug: plan", "slug: a-plan"),
        ("practices/daily.yaml", "stage: 2", "stage: 1"),
        ("practices/daily.yaml", "  must_have: true\n  why: It is unsafe without.\n", ""),
        ("practices/daily.yaml", "  sources:", "  successor_of: old-plan\n  sources:"),
        ("practices/daily.yaml", "- slug: guard", _more_at_the_end("another") + "- slug: guard"),
        ("challenges.yaml", "stage: 2", "stage: 1"),
        ("challenges.yaml", "  source:", "  successor_of: old-danger\n  source:"),
    ],
)
def test_what_decides_a_score_changes_the_content_hash(small, name, old, new):
    before = small.read().content_hash()
    small.edit(name, old, new)
    assert small.read().content_hash() != before


def test_the_domain_of_a_practice_and_the_order_of_items_change_the_content_hash(small):
    before = small.read().content_hash()
    small.edit("domains.yaml", "slug: daily", "slug: labor")
    (small.folder / "practices/daily.yaml").rename(small.folder / "practices/labor.yaml")
    renamed = small.read().content_hash()
    small.edit("practices/labor.yaml", "- slug: guard", _more_at_the_end("another") + "- slug: guard")
    one = small.read().content_hash()
    small.edit("practices/labor.yaml", "slug: plan", "slug: third")
    small.edit("practices/labor.yaml", "slug: another", "slug: plan")
    small.edit("practices/labor.yaml", "slug: third", "slug: another")
    assert len({before, renamed, one, small.read().content_hash()}) == 4


def test_thresholds_are_read_by_their_digits(small):
    small.edit("model.yaml", "share: 0.8", "share: 0.1")
    assert small.read().share == Fraction(1, 10)
