"""Reads of exemptions: which items of an assessment are exempt, and which exemptions have come to an end."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from assessments.models import Assessment, Exemption
from maturity.models import ModelVersion
from maturity.queries import succession_of, versions_of


@dataclass(frozen=True)
class Asked:
    """Whose items, of which version, on which day."""

    agency_id: int
    version: ModelVersion
    on: date


def exempt_slugs(assessment: Assessment) -> frozenset[str]:
    """The items from which the agency is exempt at the end of the period, as its version calls them. One
    query where there is none; its version is loaded."""
    asked = Asked(assessment.agency_id, assessment.version, assessment.period_ends_on)
    return frozenset(exemptions_at([asked])[asked])


def exemptions_at(asked: Collection[Asked]) -> dict[Asked, dict[str, Exemption]]:
    """For each, by slug in its version, the exemption in force on its day. One query, and a few for models
    of which exemptions are of another version than is asked for."""
    found: dict[Asked, dict[str, Exemption]] = {one: {} for one in asked}
    if not asked:
        return found
    rows = Exemption.objects.filter(
        state=Exemption.State.APPROVED,
        agency__in={one.agency_id for one in asked},
        item__version__model__in={one.version.model_id for one in asked},
        from_on__lte=max(one.on for one in asked),
        until_on__gte=min(one.on for one in asked),
    )
    by_agency: dict[int, list[Exemption]] = {}
    for row in _with_item(rows):
        by_agency.setdefault(row.agency_id, []).append(row)
    for one in asked:
        holding = [row for row in by_agency.get(one.agency_id, ()) if row.is_in_force(one.on)]
        found[one] = by_slug(holding, one.version)
    return found


def ended_exemptions(
    agency_id: int, version: ModelVersion, slugs: Iterable[str], today: date
) -> dict[str, Exemption]:
    """Of these items, which a result holds as exempt, those that are so no longer: by slug, the exemption
    that ended last. None for an item that is exempt again."""
    wanted = set(slugs)
    if not wanted:
        return {}
    rows = Exemption.objects.filter(
        agency=agency_id, item__version__model=version.model_id, state=Exemption.State.APPROVED
    )
    approved = list(_with_item(rows).order_by("until_on", "pk"))
    current = by_slug([row for row in approved if row.is_in_force(today)], version)
    over = by_slug(sorted((row for row in approved if row.is_over(today)), key=_end), version)
    return {slug: row for slug, row in over.items() if slug in wanted and slug not in current}


def by_slug(rows: Iterable[Exemption], version: ModelVersion) -> dict[str, Exemption]:
    """Exemptions by what this version calls their items; of several for one item the last of `rows`."""
    rows = list(rows)
    known = {row.item.version_id for row in rows}
    names: dict[int, Mapping[str, tuple[str, ...]]] = {
        pk: _successors(pk, version) for pk in known if pk != version.pk
    }
    found = {}
    for row in rows:
        own = row.item.version_id == version.pk
        for slug in (row.item.slug,) if own else names[row.item.version_id].get(row.item.slug, ()):
            found[slug] = row
    return found


def _successors(version_id: int, version: ModelVersion) -> Mapping[str, tuple[str, ...]]:
    """From the items of one version of the model to those of another, later or earlier, that stand for
    them."""
    versions = versions_of(version.model_id)
    places = {one.pk: place for place, one in enumerate(versions)}
    asked, wanted = places[version_id], places[version.pk]
    origin = succession_of(versions[min(asked, wanted) : max(asked, wanted) + 1]).origin
    pairs = origin.items() if asked < wanted else ((old, new) for new, old in origin.items())
    found: dict[str, tuple[str, ...]] = {}
    for slug, stands_for in pairs:
        found[stands_for] = (*found.get(stands_for, ()), slug)
    return found


def shown_exemptions() -> QuerySet[Exemption]:
    """Exemptions with all that is shown of them, in one query."""
    people = ("requested_by", "decided_by", "ended_by")
    return Exemption.objects.select_related("agency", "item__version__model", "item__stage", *people)


def _with_item(rows: QuerySet[Exemption]) -> QuerySet[Exemption]:
    return rows.select_related("item").order_by("until_on", "pk")


def _end(row: Exemption) -> date:
    return row.last_on
