"""Rounds are for all who may know of the program; whoever runs it opens and publishes them."""

from typing import Any

from tests.assessments.test_answer_files import upload, whole
from tests.assessments.test_cycles import make_cycle
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World


def _cycle(world: World) -> dict[str, Any]:
    return {"pk": make_cycle(world).pk}


def _answer_file(world: World) -> dict[str, Any]:
    cycle = make_cycle(world)
    return {"pk": cycle.pk, "file": upload(cycle, *whole("Department of Energy Affairs / Grid Office")).pk}


def _grid(world: World) -> dict[str, Any]:
    return {**_cycle(world), "slug": world.grid.slug}


def _by_id(world: World) -> dict[str, Any]:
    return {"id": make_cycle(world).pk}


KNOWN = statuses(200, anonymous=302, outsider=404)
RUN = statuses(403, anonymous=302, outsider=404, officer=200, administrator=200)
DONE = {"officer": 302, "administrator": 302}
POLICIES: dict[str, Policy] = {
    "assessments:cycle-list": logged_in(),
    "assessments:cycle-detail": Policy(KNOWN, kwargs=_cycle),
    "assessments:cycle-open": only("officer", "administrator", otherwise=403),
    "assessments:cycle-open post": only(
        "officer", "administrator", otherwise=403, allowed=422, method="post"
    ),
    "assessments:cycle-advance": Policy(
        statuses(403, anonymous=302, outsider=404, officer=302, administrator=302),
        kwargs=_cycle,
        method="post",
        data=lambda world: {"to": "preview"},
    ),
    "assessments:answer-file-list": Policy(RUN, kwargs=_cycle),
    "assessments:answer-file-list post": Policy(
        RUN | {"officer": 422, "administrator": 422}, kwargs=_cycle, method="post"
    ),
    "assessments:answer-file-detail": Policy(RUN, kwargs=_answer_file),
    "assessments:answer-file-confirm": Policy(
        RUN | {"officer": 302, "administrator": 409}, kwargs=_answer_file, method="post"
    ),
    "assessments:answer-file-discard": Policy(
        RUN | {"officer": 302, "administrator": 302}, kwargs=_answer_file, method="post"
    ),
    "assessments:cycle-board": Policy(KNOWN, kwargs=_cycle),
    "assessments:cycle-units": Policy(RUN, kwargs=_cycle),
    "assessments:cycle-extend": Policy(RUN | DONE, kwargs=_cycle),
    "assessments:cycle-close": Policy(RUN | DONE, kwargs=_cycle, method="post"),
    "assessments:cycle-reopen": Policy(RUN | DONE, kwargs=_cycle, method="post"),
    "assessments:cycle-nothing": Policy(RUN | {"lead": 200}, kwargs=_grid),
    "api:cycle-list": logged_in(anonymous=401),
    "api:cycle-units": Policy(KNOWN | {"anonymous": 401}, kwargs=_by_id),
    "api:cycle-totals": Policy(KNOWN | {"anonymous": 401}, kwargs=_by_id),
    "api:cycle-detail": Policy(KNOWN | {"anonymous": 401}, kwargs=_cycle),
}
