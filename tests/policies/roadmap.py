"""Roadmaps are details, like answers: seen by who may see those, written by who plans for the agency."""

from typing import Any

from assessments.models import Milestone, Target
from assessments.services_roadmap import save_milestone, set_target
from maturity.models import ModelVersion
from tests.assessments.roadmaps import make_one
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.policies.dashboards import PROGRAM
from tests.policies.kinds import Policy, logged_in, statuses
from tests.world import World

DAY = {"due_on": "2027-03-31"}


def answered(world: World) -> ModelVersion:
    version = make_small_model()
    make_result(world.grid, version=version, levels="300000000", stages_completed=0, score=0.2)
    refresh_all()
    return version


def grid(world: World) -> dict[str, Any]:
    answered(world)
    return {"slug": world.grid.slug}


def action(world: World) -> dict[str, Any]:
    return {"slug": world.grid.slug, "pk": make_one(world, answered(world)).pk}


def by_id(world: World) -> dict[str, Any]:
    return {"pk": action(world)["pk"]}


def target(world: World) -> dict[str, Any]:
    made: Target = set_target(
        agency=world.grid,
        version=answered(world),
        stage=2,
        by_on=NOW.date().replace(year=2028),
        replaces=None,
        by=world.lead,
        at=NOW,
    )
    return {"slug": world.grid.slug, "pk": made.pk}


def milestone(world: World) -> dict[str, Any]:
    answered(world)
    due = NOW.date().replace(year=2028)
    made: Milestone = save_milestone(agency=world.grid, title="First", due_on=due, by=world.lead, at=NOW)
    return {"slug": world.grid.slug, "pk": made.pk}


def to_make(world: World) -> dict[str, Any]:
    answered(world)
    return {"agency": world.grid.slug, "model": "small", "title": "Train", "owner": "Pat", **DAY}


SEEN = statuses(200, anonymous=302, outsider=404, viewer=403)
PLANNED = statuses(403, anonymous=302, outsider=404, lead=200, administrator=200)
WRITTEN = statuses(403, anonymous=302, outsider=404, lead=302, administrator=302)
ITEM = {"item": ["name-owner"], "owner": "Pat", **DAY}
API_SEEN = statuses(200, anonymous=401, outsider=404, viewer=404)
API_WRITTEN = statuses(403, anonymous=401, outsider=404, viewer=404, lead=200, administrator=200)


def _post(kwargs: Any, **data: Any) -> Policy:
    return Policy(WRITTEN, kwargs=kwargs, method="post", data=lambda world: data)


POLICIES: dict[str, Policy] = {
    "dashboards:agency-roadmap": Policy(SEEN, kwargs=grid),
    "dashboards:roadmap-export": Policy(SEEN, kwargs=lambda world: grid(world) | {"form": "csv"}),
    "dashboards:roadmap-gaps": Policy(PLANNED, kwargs=grid),
    "dashboards:roadmap-gaps post": _post(grid, **ITEM),
    "dashboards:action-new": Policy(PLANNED, kwargs=grid),
    "dashboards:action-new post": _post(grid, title="Train", owner="Pat", status="planned", **DAY),
    "dashboards:action-edit": Policy(PLANNED, kwargs=action),
    "dashboards:action-edit post": _post(
        action, title="Train", owner="Pat", status="under_way", revision=1, **DAY
    ),
    "dashboards:target-set": Policy(PLANNED, kwargs=grid),
    "dashboards:target-set post": _post(grid, domain="-", stage=2, by_on="2028-03-31"),
    "dashboards:target-withdraw": _post(target),
    "dashboards:milestone-new": Policy(PLANNED, kwargs=grid),
    "dashboards:milestone-new post": _post(grid, title="First", **DAY),
    "dashboards:milestone-edit": Policy(PLANNED, kwargs=milestone),
    "dashboards:milestone-remove": _post(milestone),
    "dashboards:overdue-actions": Policy(
        PROGRAM | {"viewer": 403},
        data=lambda world: by_id(world) and {"scope": f"program:{world.program.slug}"},
    ),
    "api:roadmap-detail": Policy(
        statuses(200, anonymous=401, outsider=404, viewer=403),
        kwargs=lambda world: {"agency": grid(world)["slug"]},
    ),
    "api:roadmap-action-list": logged_in(anonymous=401),
    "api:roadmap-action-list post": Policy(
        statuses(403, anonymous=401, outsider=400, lead=201, administrator=201), method="post", data=to_make
    ),
    "api:roadmap-action-detail": Policy(API_SEEN, kwargs=by_id),
    "api:roadmap-action-detail patch": Policy(
        API_WRITTEN, kwargs=by_id, method="patch", data=lambda world: {"revision": 1, "owner": "Pat"}
    ),
}
