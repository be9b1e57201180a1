"""Reads of models."""

from fractions import Fraction
from functools import lru_cache

from maturity.levels import ItemRule, ModelRules
from maturity.models import Domain, Item, ModelVersion


def rules_of(version: ModelVersion) -> ModelRules:
    """What decides a score in this version. Kept in memory: it is fixed by the content hash."""
    return _rules(version.pk, version.content_hash)


@lru_cache(maxsize=64)
def _rules(version_id: int, content_hash: str) -> ModelRules:
    version = ModelVersion.objects.get(pk=version_id)
    items = Item.objects.filter(version_id=version_id).order_by("position")
    rows = items.values_list("slug", "kind", "stage__number", "domain__slug", "must_have")
    domains = Domain.objects.filter(version_id=version_id).order_by("number")
    return ModelRules(
        stages=version.stage_count,
        domains=tuple(domains.values_list("slug", flat=True)),
        items=tuple(ItemRule(*row) for row in rows),
        method=version.method,
        share=Fraction(version.share),
        floor=Fraction(version.floor),
    )


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
