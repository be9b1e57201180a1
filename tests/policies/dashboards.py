"""The pages are for every person with a log-in, each filled with what that person may see."""

from maturity.models import Domain, Item, Stage
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.policies.kinds import Policy, logged_in, only
from tests.world import World

OF_THE_PROGRAM = ("viewer", "contributor", "lead", "reviewer", "officer", "administrator")
WHO_SEES_ALL_OF_IT = ("viewer", "reviewer", "officer", "administrator")


def _grid(world: World) -> dict[str, str]:
    return {"slug": world.grid.slug}


def _program(world: World) -> dict[str, str]:
    make_result(world.grid)
    make_result(world.trails)
    refresh_all()
    return {"scope": f"program:{world.program.slug}"}


def _everything(world: World) -> dict[str, str]:
    return _program(world) | {"scope": "everything"}


def _department(world: World) -> dict[str, str]:
    return _program(world) | {"scope": f"agency:{world.energy.slug}"}


def _with_item(world: World) -> dict[str, str]:
    version = make_version()
    stage, _ = Stage.objects.get_or_create(version=version, number=1, slug="first", name="First")
    Item.objects.get_or_create(
        version=version, position=0, slug="skills", kind="challenge", stage=stage, title="Skills"
    )
    return _program(world) | {"item": "skills"}


def _domain(world: World) -> dict[str, str]:
    Domain.objects.create(version=make_version(), number=1, slug="people", name="People")
    return {"slug": "people"}


# The lead of one of its agencies knows the program, but its trend would tell of the others; an outsider
# does not know of it.
PROGRAM = {
    "anonymous": 302, "outsider": 404, "contributor": 403, "lead": 403,
    "viewer": 200, "reviewer": 200, "officer": 200, "administrator": 200,
}  # fmt: skip

POLICIES: dict[str, Policy] = {
    "dashboards:portfolio": logged_in(),
    "dashboards:portfolio of a program": Policy(PROGRAM, data=_program),
    "dashboards:portfolio of everything": only("administrator", otherwise=403, data=_everything),
    "dashboards:portfolio of a department": only(*WHO_SEES_ALL_OF_IT, data=_department),
    "dashboards:portfolio-export": Policy(PROGRAM, data=_program),
    "dashboards:scope-agencies": Policy(PROGRAM, data=_program),
    "dashboards:scope-agencies with an item": Policy(PROGRAM | {"viewer": 403}, data=_with_item),
    "dashboards:scope-agencies of everything": only("administrator", otherwise=403, data=_everything),
    "dashboards:transitions": Policy(PROGRAM, data=_program),
    "dashboards:stage-times": Policy(PROGRAM, data=_program),
    "dashboards:domain-list": Policy(PROGRAM, data=_program),
    "dashboards:domain-detail": Policy(PROGRAM, kwargs=_domain, data=_program),
    "dashboards:open-items": Policy(PROGRAM, data=_program),
    "dashboards:quality": Policy(PROGRAM, data=_program),
    "dashboards:analysis": Policy(PROGRAM, data=_program),
    "dashboards:table-export": Policy(PROGRAM, kwargs=lambda world: {"table": "transitions"}, data=_program),
    "dashboards:table-export of the agencies with an item": Policy(
        PROGRAM | {"viewer": 403}, kwargs=lambda world: {"table": "agencies"}, data=_with_item
    ),
    "dashboards:agency-list": logged_in(),
    "dashboards:agency-list-export": logged_in(data=_program),
    "dashboards:agency-table-export": only(
        *OF_THE_PROGRAM, kwargs=lambda world: _grid(world) | {"table": "scores"}, data=_program
    ),
    "dashboards:agency-detail": only(*OF_THE_PROGRAM, kwargs=_grid),
    "api:standing-list": logged_in(anonymous=401),
    "api:trend-list": only("administrator", otherwise=403, anonymous=401),
    "api:transitions": only("administrator", otherwise=403, anonymous=401, data=_everything),
    "api:transitions of a program": Policy(PROGRAM | {"anonymous": 401}, data=_program),
    "api:open-items": Policy(PROGRAM | {"anonymous": 401, "viewer": 403}, data=_program),
    "api:trend-list of a program": Policy(PROGRAM | {"anonymous": 401}, data=_program),
}
