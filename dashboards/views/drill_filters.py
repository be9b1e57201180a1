"""What the list behind a number is limited to by how agencies stand: as a filter, and in words."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from dashboards.queries.quality import AGES, BASES, SHARES, in_age, in_share, on_basis
from dashboards.queries.targets import at_target
from dashboards.standings import STATE_WORDS
from dashboards.views.choice import Choice

NOW = "now__"  # the standing at the point that the list is about
SHARE_WORDS = {"answered": "of the asked items answered", "evidenced": "backed by evidence of the last year"}


def standing_filter(choice: Choice, filters: Mapping[str, Any]) -> Q:
    """The agencies, with their standings, that fit these filters of DrillForm."""
    found = Q()
    if "stages" in filters:
        found &= Q(now__stages_completed__gte=filters["stages"])
    if "exactly" in filters:
        found &= Q(now__stages_completed=filters["exactly"])
    if "state" in filters:
        found &= Q(state=filters["state"])
    if _of_value(filters):
        found &= Q(now__score__isnull=False)
    for name in SHARE_WORDS.keys() & filters.keys():
        found &= in_share(name, filters[name], NOW)
    if "age" in filters:
        found &= in_age(filters["age"], choice.on, NOW)
    if "basis" in filters:
        found &= on_basis(filters["basis"], NOW)
    if "target" in filters:
        found &= at_target(choice.on, choice.read)
    return found


def standing_words(choice: Choice, filters: Mapping[str, Any]) -> list[str]:
    """The same in words."""
    scale, said = choice.measure.scale, []
    if "stages" in filters:
        least = filters["stages"]
        said.append(
            f"Stage {least} or more completed"
            if scale.staged
            else f"In the band {scale.band(least)} or higher"
        )
    if "exactly" in filters:
        said.append(scale.place(filters["exactly"]))
    if "state" in filters:
        said.append(STATE_WORDS[filters["state"]])
    if "scored" in filters:
        said.append("With a score")
    said += [f"{SHARES[filters[name]][1]} {SHARE_WORDS[name]}" for name in SHARE_WORDS if name in filters]
    if "age" in filters:
        said.append(f"Age of the assessment: {AGES[filters['age']][1]}")
    if "basis" in filters:
        said.append(BASES[filters["basis"]])
    if "target" in filters:
        said.append("At or above their own target")
    return said


def _of_value(filters: Mapping[str, Any]) -> bool:
    """Whether only agencies with a score are asked for."""
    return bool({"scored", "age", "basis", "target", *SHARE_WORDS} & filters.keys())
