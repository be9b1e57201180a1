"""Saved views are one's own; their short addresses are for every person with a log-in."""

from dashboards.models import SavedView
from tests.factories import NOW
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World


def _code(world: World) -> dict[str, str]:
    view = SavedView.objects.create(
        owner=world.viewer, code="abcdefgh", name="Mine", path="/agencies/", position=0, created_at=NOW
    )
    return {"code": view.code}


POLICIES = {
    "dashboards:view-list": logged_in(),
    "dashboards:view-save": Policy(statuses(302), method="post"),
    "dashboards:view-present": Policy(statuses(302)),
    "dashboards:view-open": Policy(statuses(302), kwargs=_code),
    "dashboards:view-delete": only("viewer", allowed=302, otherwise=404, method="post", kwargs=_code),
    "dashboards:view-move": only("viewer", allowed=302, otherwise=404, method="post", kwargs=_code),
}
