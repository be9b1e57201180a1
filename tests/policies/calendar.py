"""A calendar is for whoever has its address; the address is everybody's own."""

from typing import Any

from django.utils import timezone

from portal.access.services_calendar import make_calendar_address
from tests.policies.kinds import Policy, public, statuses
from tests.world import World


def _address(world: World) -> dict[str, Any]:
    return {"token": make_calendar_address(user=world.lead, at=timezone.now())}


POLICIES: dict[str, Policy] = {
    "dashboards:calendar-feed": public(kwargs=_address),
    "dashboards:calendar-feed unknown": Policy(statuses(404), kwargs=lambda world: {"token": "nothing"}),
    "access:calendar-make": Policy(statuses(200, anonymous=302), method="post"),
    "access:calendar-revoke": Policy(statuses(302), method="post"),
}
