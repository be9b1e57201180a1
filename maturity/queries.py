"""Reads of models."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from maturity.levels import ItemRule, ModelRules
from maturity.models import Domain, Item, ModelVersion, Stage
from maturity.successors import ItemName, Succession, succession


def rules_of(version: ModelVersion) -> ModelRules:
    """What decides a score in this version. Kept in memory: it is fixed by the content hash."""
    return _rules(version.pk, version.content_hash)


@lru_cache(maxsize=64)
def _rules(version_id: int, content_hash: str) -> ModelRules:
    version = ModelVersion.objects.get(pk=version_id)
    items = Item.objects.filter(version_id=version_id).order_by("position")
    rows = items.values_list("slug", "kind", "stage__number", "domain__slug", "must_have", "points")
    domains = Domain.objects.filter(version_id=version_id).order_by("number")
    told = list(domains.values_list("slug", "weight"))
    stages = Stage.objects.filter(version_id=version_id).order_by("number")
    bands = stages.exclude(band="").values_list("band", flat=True)
    return ModelRules(
        stages=version.stage_count,
        domains=tuple(slug for slug, _ in told),
        items=tuple(ItemRule(*row) for row in rows),
        method=version.method,
        share=Fraction(version.share or "4/5"),
        floor=Fraction(version.floor or "1/2"),
        bands=tuple(Fraction(band) for band in bands),
        scale=version.scale,
        answers=version.answers,
        weights=tuple(Fraction(weight) for _, weight in told),
        takes_domain_scores=version.takes_domain_scores,
        known_from=Fraction(version.known_from),
    )


def versions_of(model_id: int) -> list[ModelVersion]:
    """The published versions of a model, the earliest first: each is the version before the next."""
    versions = ModelVersion.objects.filter(model_id=model_id).select_related("model")
    return list(versions.defer("about", "sources").order_by("published_at", "pk"))


def succession_of(versions: Sequence[ModelVersion]) -> Succession:
    """From the first of these consecutive versions of a model to the last. Kept in memory: they are fixed."""
    return _succession(tuple((version.pk, version.content_hash) for version in versions))


@lru_cache(maxsize=64)
def _succession(versions: tuple[tuple[int, str], ...]) -> Succession:
    ids = [pk for pk, _ in versions]
    items: dict[int, list[ItemName]] = {pk: [] for pk in ids}
    stages = {}
    rows = Item.objects.filter(version__in=ids).order_by("position")
    for pk, slug, predecessor, stage in rows.values_list(
        "version_id", "slug", "successor_of", "stage__number"
    ):
        items[pk].append(ItemName(slug, predecessor))
        if pk == ids[-1]:
            stages[slug] = stage
    return succession(list(items.values()), stages)


def current_version(model_slug: str) -> ModelVersion | None:
    """The version of this model that was published last."""
    versions = ModelVersion.objects.filter(model__slug=model_slug).select_related("model")
    return versions.order_by("-published_at", "-pk").first()


def version_named(key: str) -> ModelVersion:
    """The version called `key` (slug@version). Raises ModelVersion.DoesNotExist that says so."""
    slug, _, version = key.partition("@")
    found = ModelVersion.objects.filter(model__slug=slug, version=version).select_related("model").first()
    if found is None:
        raise ModelVersion.DoesNotExist(f"There is no model {key!r}; write it as container-adoption@1.")
    return found
