"""Publishing models from packs."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from maturity.models import Domain, Item, MaturityModel, ModelVersion, Stage
from maturity.pack import Pack, PackItem, PackStage
from maturity.services_search import write_all
from portal.audit.services import Actor, record


class CannotPublish(Exception):
    """The pack would change what is fixed, or revises texts without saying so."""


class Outcome(StrEnum):
    """What publishing a pack did."""

    CREATED = "published"
    REVISED = "texts revised"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Published:
    """A version and what publishing the pack did to it."""

    version: ModelVersion
    outcome: Outcome


@transaction.atomic
def publish_pack(*, pack: Pack, by: Actor | None, at: datetime) -> Published:
    """Bring the pack's version into the portal; safe to repeat.

    A new version is created. Of a published one only the texts may change, with a higher edition.
    Raises CannotPublish with what would have to be different.
    """
    model = _model(pack)
    version = ModelVersion.objects.select_for_update().filter(model=model, version=pack.version).first()
    if version is None:
        return _publish_new(pack, model, by=by, at=at)
    if version.content_hash != pack.content_hash():
        changed = "; ".join(_deciding_changes(version, pack)) or "the order of its items"
        raise CannotPublish(
            f"{version.key} is published, and what decides a score is fixed in it. "
            f"The pack changes: {changed}. Give the pack a new version and name successors with successor_of."
        )
    if version.text_hash == pack.text_hash():
        return Published(version, Outcome.UNCHANGED)
    if pack.edition <= version.edition:
        raise CannotPublish(
            f"The texts of {version.key} differ from edition {version.edition}, which is published: "
            f"set the pack's edition to {version.edition + 1}."
        )
    return _revise(pack, version, by=by, at=at)


def _model(pack: Pack) -> MaturityModel:
    """The model of the pack, locked whole: who saves a result of it knows all versions or is seen by this."""
    model, _ = MaturityModel.objects.get_or_create(slug=pack.slug, defaults={"name": pack.name})
    return MaturityModel.objects.select_for_update().get(pk=model.pk)


def _publish_new(pack: Pack, model: MaturityModel, *, by: Actor | None, at: datetime) -> Published:
    version = ModelVersion.objects.create(
        model=model,
        version=pack.version,
        stage_count=len(pack.stages),
        **_scoring_of(pack),
        content_hash=pack.content_hash(),
        published_at=at,
        **_version_texts(pack),
    )
    _describe(model, pack)
    stages = Stage.objects.bulk_create(
        Stage(
            version=version,
            number=stage.number,
            slug=stage.slug,
            band="" if stage.band is None else str(stage.band),
            **_stage_texts(stage),
        )
        for stage in pack.stages
    )
    domains = Domain.objects.bulk_create(
        Domain(
            version=version, number=d.number, slug=d.slug, name=d.name, scope=d.scope, weight=str(d.weight)
        )
        for d in pack.domains
    )
    stage_of = {stage.number: stage for stage in stages}
    domain_of = {domain.slug: domain for domain in domains}
    Item.objects.bulk_create(
        Item(
            version=version,
            position=position,
            slug=item.slug,
            kind=item.kind,
            stage=stage_of[item.stage],
            domain=domain_of[item.domain] if item.domain else None,
            must_have=item.must_have,
            points=item.points,
            successor_of=item.successor_of,
            **_item_texts(item),
        )
        for position, item in enumerate(pack.items)
    )
    record(action="publish", obj=version, by=by, at=at, changes={"hash": version.content_hash})
    write_all()
    return Published(version, Outcome.CREATED)


def _revise(pack: Pack, version: ModelVersion, *, by: Actor | None, at: datetime) -> Published:
    """The texts of a higher edition in the place of the old ones."""
    old = version.edition
    for field, value in _version_texts(pack).items():
        setattr(version, field, value)
    version.save()
    _describe(version.model, pack)
    for row in pack.stages:
        Stage.objects.filter(version=version, number=row.number).update(**_stage_texts(row))
    for domain in pack.domains:
        rows = Domain.objects.filter(version=version, slug=domain.slug)
        rows.update(name=domain.name, scope=domain.scope, number=domain.number)
    items = {item.slug: item for item in Item.objects.filter(version=version)}
    for revised in pack.items:
        for field, value in _item_texts(revised).items():
            setattr(items[revised.slug], field, value)
    if items:
        Item.objects.bulk_update(items.values(), list(_item_texts(pack.items[0])), batch_size=100)
    record(action="revise", obj=version, by=by, at=at, changes={"edition": [old, version.edition]})
    write_all()
    return Published(version, Outcome.REVISED)


def _describe(model: MaturityModel, pack: Pack) -> None:
    model.name, model.summary = pack.name, pack.summary
    model.save(update_fields=["name", "summary"])


def _scoring_of(pack: Pack) -> dict[str, Any]:
    """The fields of a version that decide a score."""
    return {
        "method": pack.method,
        "share": str(pack.share) if pack.is_staged else "",
        "floor": str(pack.floor) if pack.is_staged else "",
        "unit": pack.scale.unit,
        "maximum": pack.scale.maximum,
        "answers": pack.answers,
        "takes_domain_scores": pack.domain_scores,
        "known_from": str(pack.known_from),
    }


def _version_texts(pack: Pack) -> dict[str, Any]:
    return {
        "edition": pack.edition,
        "rhythm": pack.rhythm,
        "text_hash": pack.text_hash(),
        "about": pack.about,
        "sources": [asdict(source) for source in pack.sources],
    }


def _stage_texts(stage: PackStage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "summary": stage.summary,
        "source": stage.source,
        "corrections": [asdict(correction) for correction in stage.corrections],
    }


def _item_texts(item: PackItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "text": item.text,
        "question": item.question,
        "action": item.action,
        "outcome": item.outcome,
        "must_have_reason": item.must_have_reason,
        "challenges": list(item.challenges),
        "sources": [asdict(source) for source in item.sources],
        "guidance": asdict(item.guidance) if item.guidance else {},
        "corrections": [asdict(correction) for correction in item.corrections],
    }


def _deciding_changes(version: ModelVersion, pack: Pack) -> list[str]:
    """What the pack changes of what decides a score, in words."""
    rows = Item.objects.filter(version=version).select_related("stage", "domain")
    old = {
        i.slug: (i.kind, i.stage.number, i.domain and i.domain.slug, i.must_have, i.successor_of, i.points)
        for i in rows
    }
    new = {i.slug: (i.kind, i.stage, i.domain, i.must_have, i.successor_of, i.points) for i in pack.items}
    changes = [f"adds item {slug}" for slug in sorted(new.keys() - old.keys())]
    changes += [f"drops item {slug}" for slug in sorted(old.keys() - new.keys())]
    names = ("kind", "stage", "domain", "must_have", "successor_of", "points")
    for slug in sorted(old.keys() & new.keys()):
        pairs = zip(names, old[slug], new[slug], strict=True)
        changes += [f"{name} of {slug} from {a!r} to {b!r}" for name, a, b in pairs if a != b]
    rules = [(name, getattr(version, name), value) for name, value in _scoring_of(pack).items()]
    changes += [f"{name} from {a} to {b}" for name, a, b in rules if a != b]
    stages = list(version.stages.order_by("number").values_list("slug", "band"))
    if stages != [(stage.slug, "" if stage.band is None else str(stage.band)) for stage in pack.stages]:
        changes.append("the stages")
    weights = dict(version.domains.values_list("slug", "weight"))
    changes += [
        f"weight of {domain.slug} from {weights[domain.slug]} to {domain.weight}"
        for domain in pack.domains
        if weights.get(domain.slug, str(domain.weight)) != str(domain.weight)
    ]
    return changes[:20]
