"""A model small enough to score by hand."""

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


def make_small_model(slug: str = "small", version: str = "1") -> ModelVersion:
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
    for position, (item, kind, stage, domain, must_have) in enumerate(SMALL):
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
            challenges=["no-budget"] if item == "train-staff" else [],
        )
    return made
