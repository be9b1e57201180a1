"""A model small enough to score by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from maturity.models import Domain, Item, MaturityModel, ModelVersion, Stage
from tests.factories import NOW

# slug, kind, stage, domain, must-have
SMALL = [
    ("train-staff", "practice", 1, "people", False),
    ("name-owner", "practice", 1, "people", False),
    ("pick-platform", "practice", 1, "platform", False),
    ("pair-up", "practice", 2, "people", False),
    ("scan-images", "practice", 2, "platform", True),
    ("share-skills", "practice", 3, "people", False),
    ("heal-itself", "practice", 3, "platform", False),
    ("no-budget", "challenge", 1, None, False),
    ("too-complex", "challenge", 2, None, False),
]

# The next version: slug, kind, stage, domain, must-have, successor of. Of the small model it renames
# "train-staff", splits "pick-platform", moves "pair-up" down a stage, drops "share-skills" and
# "no-budget", and adds "sign-images".
SECOND = [
    ("teach-staff", "practice", 1, "people", False, "train-staff"),
    ("name-owner", "practice", 1, "people", False, ""),
    ("pair-up", "practice", 1, "people", False, ""),
    ("choose-platform", "practice", 1, "platform", False, "pick-platform"),
    ("run-platform", "practice", 2, "platform", False, "pick-platform"),
    ("scan-images", "practice", 2, "platform", True, ""),
    ("sign-images", "practice", 2, "platform", False, ""),
    ("heal-itself", "practice", 3, "platform", False, ""),
    ("too-complex", "challenge", 2, None, False, ""),
]


def make_second_model(slug: str = "small", version: str = "2", at: datetime = NOW) -> ModelVersion:
    """The next version of the small model, published at `at`."""
    made = make_small_model(slug, version, SECOND)
    made.published_at = at
    made.save()
    return made


def make_small_model(
    slug: str = "small", version: str = "1", items: Sequence[tuple[Any, ...]] = SMALL
) -> ModelVersion:
    """A published model of 3 stages, 2 domains, 7 practices (one must-have), 2 challenges."""
    model, _ = MaturityModel.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    made = ModelVersion.objects.create(
        model=model,
        version=version,
        content_hash=f"{slug}-{version}",
        text_hash=f"{slug}-{version}",
        method="staged",
        share="4/5",
        floor="1/2",
        stage_count=3,
        published_at=NOW,
    )
    stages = {
        n: Stage.objects.create(version=made, number=n, slug=f"stage-{n}", name=f"Stage {n}")
        for n in (1, 2, 3)
    }
    domains = {
        domain: Domain.objects.create(version=made, number=n, slug=domain, name=domain.title())
        for n, domain in enumerate(("people", "platform"), 1)
    }
    for position, (item, kind, stage, domain, must_have, *predecessor) in enumerate(items):
        Item.objects.create(
            version=made,
            position=position,
            slug=item,
            kind=kind,
            stage=stages[stage],
            domain=domains[domain] if domain else None,
            title=item.replace("-", " ").capitalize(),
            text=f"About {item}.",
            question=f"How far is {item}?",
            action=f"Begin {item}.",
            must_have=must_have,
            successor_of=predecessor[0] if predecessor else "",
            challenges=["no-budget"] if item == "train-staff" else [],
        )
    return made
