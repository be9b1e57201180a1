"""Agencies and programs are looked after by program officers and administrators; one sees those one may."""

from typing import Any

from tests.agencies.factories import make_contact, make_upload
from tests.policies.kinds import LOGIN, Policy, logged_in, statuses
from tests.world import World

RUNNERS = {"officer": 200, "administrator": 200}
# Grid Office is in the officer's program; the outsider may not know of it, the others may not change it.
CHANGE_GRID = statuses(403, anonymous=LOGIN, outsider=404, **RUNNERS)
CHANGED_GRID = statuses(403, anonymous=LOGIN, outsider=404, officer=302, administrator=302)


def _grid(world: World) -> dict[str, Any]:
    return {"slug": world.grid.slug}


def _contact(world: World) -> dict[str, Any]:
    return {"slug": world.grid.slug, "pk": make_contact(world.grid).pk}


def _program(world: World) -> dict[str, Any]:
    return {"slug": world.program.slug}


def _member(world: World) -> dict[str, Any]:
    return {"slug": world.program.slug, "agency": world.grid.slug}


def _upload(world: World) -> dict[str, Any]:
    return {"pk": make_upload(world.officer, world.program).pk}


POLICIES: dict[str, Policy] = {
    "agencies:agency-new": Policy(statuses(403, anonymous=LOGIN, **RUNNERS)),
    "agencies:agency-import": Policy(statuses(403, anonymous=LOGIN, **RUNNERS)),
    # An upload belongs to who made it, and to no one else.
    "agencies:import-preview": Policy(
        statuses(403, anonymous=LOGIN, officer=200, administrator=404), kwargs=_upload
    ),
    "agencies:import-apply": Policy(
        statuses(403, anonymous=LOGIN, officer=302, administrator=404), kwargs=_upload, method="post"
    ),
    "agencies:agency-edit": Policy(CHANGE_GRID, kwargs=_grid),
    "agencies:agency-profile": Policy(CHANGE_GRID, kwargs=_grid),
    "agencies:agency-move": Policy(CHANGE_GRID, kwargs=_grid),
    "agencies:agency-close": Policy(CHANGE_GRID, kwargs=_grid),
    "agencies:agency-adoption": Policy(CHANGE_GRID, kwargs=_grid),
    "agencies:agency-adoption-end": Policy(CHANGED_GRID, kwargs=_grid, method="post"),
    "agencies:contact-new": Policy(CHANGE_GRID, kwargs=_grid),
    "agencies:contact-edit": Policy(CHANGE_GRID, kwargs=_contact),
    "agencies:contact-remove": Policy(
        statuses(403, anonymous=LOGIN, outsider=404, officer=302, administrator=302),
        kwargs=_contact,
        method="post",
    ),
    "agencies:program-list": logged_in(),
    "agencies:program-new": Policy(statuses(403, anonymous=LOGIN, administrator=200)),
    "agencies:program-detail": Policy(statuses(200, anonymous=LOGIN, outsider=404), kwargs=_program),
    "agencies:program-edit": Policy(CHANGE_GRID, kwargs=_program),
    "agencies:program-add": Policy(
        statuses(403, anonymous=LOGIN, outsider=404, officer=422, administrator=422),
        kwargs=_program,
        method="post",
    ),
    "agencies:program-remove": Policy(CHANGE_GRID, kwargs=_member),
    "api:agency-list": logged_in(anonymous=401),
    "api:agency-detail": Policy(statuses(200, anonymous=401, outsider=404), kwargs=_grid),
    "api:program-list": logged_in(anonymous=401),
    "api:program-detail": Policy(statuses(200, anonymous=401, outsider=404), kwargs=_program),
}
