"""Comparisons tell scores to all who may know of the agency, and items to those who may see its answers."""

from typing import Any

from tests.dashboards.comparing import two_quarters
from tests.policies.dashboards import OF_THE_PROGRAM
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World


def _grid(world: World) -> dict[str, str]:
    two_quarters(world)
    return {"slug": world.grid.slug}


def _results(world: World) -> dict[str, Any]:
    before, after = two_quarters(world)
    return {"from": before.pk, "to": after.pk}


def _two(world: World) -> dict[str, Any]:
    two_quarters(world)
    return {"agencies": [world.grid.slug, world.mines.slug]}


POLICIES: dict[str, Policy] = {
    "dashboards:agency-compare": only(*OF_THE_PROGRAM, kwargs=_grid),
    "dashboards:agency-compare-export": only(*OF_THE_PROGRAM, kwargs=_grid),
    "dashboards:compare": logged_in(data=_two),
    # Who may know of fewer than two of them has nothing to take away.
    "dashboards:compare-export": only("viewer", "reviewer", "officer", "administrator", data=_two),
    "api:comparison-detail": Policy(statuses(200, anonymous=401, outsider=404), data=_results),
}
