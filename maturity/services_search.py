"""What the models say, in the index of all that can be found: of each model its current version."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.urls import reverse

from maturity.models import Domain, Item, ModelVersion, Stage
from portal.search.rows import Row
from portal.search.services import lock_index, replace_kind

KINDS = (Item.Kind.PRACTICE.value, Item.Kind.CHALLENGE.value, "stage", "domain")


@transaction.atomic
def write_all() -> dict[str, int]:
    """Write the rows of practices, challenges, stages and domains; how many there are of each.

    The key of a row is its slug. Where a later model has the same slug, that of its row is "model:slug".
    """
    lock_index()
    versions = _current_versions()
    rows: dict[str, dict[str, Row]] = defaultdict(dict)
    for version_id, kind, row in [*_stage_rows(versions), *_domain_rows(versions), *_item_rows(versions)]:
        taken = row.key in rows[kind]
        key = f"{versions[version_id].model.slug}:{row.key}" if taken else row.key
        rows[kind][key] = replace(row, key=key)
    return {kind: replace_kind(kind=kind, rows=rows[kind].values()) for kind in KINDS}


def _current_versions() -> dict[int, ModelVersion]:
    """By id, of each model the version that was published last."""
    latest: dict[int, ModelVersion] = {}
    for version in ModelVersion.objects.select_related("model").order_by("published_at", "pk"):
        latest[version.model_id] = version
    return {version.pk: version for version in latest.values()}


def _address(name: str, version: ModelVersion, place: str | int) -> str:
    return reverse(f"maturity:{name}", args=[version.model.slug, version.version, place])


Rows = Iterable[tuple[int, str, Row]]  # each with the id of its version and its kind


def _stage_rows(versions: dict[int, ModelVersion]) -> Rows:
    for stage in Stage.objects.filter(version__in=versions).order_by("version__model_id", "number"):
        url = _address("stage-detail", versions[stage.version_id], stage.number)
        words = f"stage {stage.number}"
        yield stage.version_id, "stage", Row(stage.slug, stage.name, url, stage.summary, words)


def _domain_rows(versions: dict[int, ModelVersion]) -> Rows:
    for domain in Domain.objects.filter(version__in=versions).order_by("version__model_id", "number"):
        url = _address("domain-detail", versions[domain.version_id], domain.slug)
        yield domain.version_id, "domain", Row(domain.slug, domain.name, url, domain.scope)


def _item_rows(versions: dict[int, ModelVersion]) -> Rows:
    for item in Item.objects.filter(version__in=versions).order_by("version__model_id", "position"):
        url = _address("item-detail", versions[item.version_id], item.slug)
        said = [item.text, item.question, item.action, item.outcome, *_texts(item.guidance)]
        text = " ".join(part for part in said if part)
        yield item.version_id, item.kind, Row(item.slug, item.title, url, text)


def _texts(guidance: Any) -> Iterable[str]:
    """All texts of an item's guidance, in order."""
    if isinstance(guidance, str):
        yield guidance
    elif isinstance(guidance, dict | list):
        for part in guidance.values() if isinstance(guidance, dict) else guidance:
            yield from _texts(part)
