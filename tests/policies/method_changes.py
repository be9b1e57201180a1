"""Changes of scoring tell scores, so they are for whoever may see the whole scope."""

from tests.policies.dashboards import PROGRAM, WHO_SEES_ALL_OF_IT, _department, _program
from tests.policies.kinds import Policy, logged_in, only
from tests.world import World

DAYS = {"since": "2026-06-30", "on": "2026-09-30"}


def _program_days(world: World) -> dict[str, str]:
    return _program(world) | DAYS


POLICIES = {
    "dashboards:method-changes": logged_in(),
    "dashboards:method-changes of a program": Policy(PROGRAM, data=_program),
    "dashboards:method-changes of a department": only(*WHO_SEES_ALL_OF_IT, data=_department),
    "dashboards:method-changes-export": Policy(PROGRAM, data=_program),
    "api:method-change-list": Policy(PROGRAM | {"anonymous": 401}, data=_program_days),
}
