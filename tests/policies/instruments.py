"""Instruments are for everybody with a log-in; their runs are details, like answers."""

from typing import Any

from assessments.models import InstrumentRun
from maturity.instruments.definitions import Instrument
from tests.assessments.conftest import start_case
from tests.assessments.instruments import SMALL, finished, publish, save, small_edition, start
from tests.policies.kinds import Policy, logged_in, statuses
from tests.world import World

SEE = ("contributor", "lead", "reviewer", "officer", "administrator")
READS = Instrument(**{**SMALL.__dict__, "slug": "in-file", "reads": "docker-bench"})


def seen(default: int = 200, anonymous: int = 302, **exceptions: int) -> dict[str, int]:
    """`default` for those who may see the answers, 404 for the others who are logged in."""
    return statuses(404, anonymous=anonymous) | dict.fromkeys(SEE, default) | exceptions


def named(world: World) -> dict[str, Any]:
    return {"slug": small_edition().slug}


def _kwargs(run: InstrumentRun) -> dict[str, Any]:
    return {"slug": run.instrument, "pk": run.pk}


def open_run(world: World) -> dict[str, Any]:
    return _kwargs(save(start(world), {"fields": {"owner": "Pat"}}))


def from_file(world: World) -> dict[str, Any]:
    return _kwargs(start(world, edition=publish(READS)))


def done(world: World) -> dict[str, Any]:
    return _kwargs(finished(world))


def file_of(world: World) -> dict[str, Any]:
    return done(world) | {"form": "csv"}


def draft(world: World) -> dict[str, Any]:
    finished(world)
    return {"pk": start_case(world).assessment.pk}


def by_pk(world: World) -> dict[str, Any]:
    return {"pk": open_run(world)["pk"]}


def to_start(world: World) -> dict[str, Any]:
    return {"instrument": small_edition().slug, "agency": world.grid.slug, "subject": "Blue"}


MAY_START = dict.fromkeys(("contributor", "lead", "outsider", "administrator"), 200)
WRITERS = {"reviewer": 403, "officer": 403}
API = {"anonymous": 401}
POLICIES: dict[str, Policy] = {
    "assessments:instrument-list": logged_in(),
    "assessments:instrument-detail": logged_in(kwargs=named),
    "assessments:run-start": Policy(statuses(403, anonymous=302) | MAY_START, kwargs=named),
    # Nobody may see the runs that are asked for: none is named.
    "assessments:run-compare": Policy(statuses(422, anonymous=302), kwargs=named),
    "assessments:run-detail": Policy(seen(), kwargs=open_run),
    "assessments:run-detail finished": Policy(seen(), kwargs=done),
    "assessments:run-detail post": Policy(
        seen(302, **WRITERS),
        kwargs=open_run,
        method="post",
        data=lambda world: {"section": "group-people", "revision": 2},
    ),
    "assessments:run-finish": Policy(
        seen(302, **WRITERS), kwargs=open_run, method="post", data=lambda world: {"revision": 2}
    ),
    "assessments:run-discard": Policy(seen(302, **WRITERS), kwargs=open_run, method="post"),
    "assessments:run-fill": Policy(seen(**WRITERS), kwargs=from_file),
    "assessments:run-export": Policy(seen(), kwargs=file_of),
    "assessments:suggestion-list": Policy(seen(**WRITERS), kwargs=draft),
    "assessments:suggestion-list post": Policy(seen(302, **WRITERS), kwargs=draft, method="post"),
    "api:instrument-list": logged_in(anonymous=401),
    "api:instrument-detail": logged_in(anonymous=401, kwargs=named),
    "api:instrument-run-list": logged_in(anonymous=401),
    "api:instrument-run-list post": Policy(
        statuses(400, anonymous=401, viewer=403, reviewer=403, officer=403)
        | dict.fromkeys(("contributor", "lead", "administrator"), 201),
        method="post",
        data=to_start,
    ),
    "api:instrument-run-detail": Policy(seen(**API), kwargs=by_pk),
    "api:instrument-run-detail patch": Policy(
        seen(**API, **WRITERS), kwargs=by_pk, method="patch", data=lambda world: {"revision": 2}
    ),
    "api:instrument-run-detail delete": Policy(seen(204, **API, **WRITERS), kwargs=by_pk, method="delete"),
    "api:instrument-run-finish": Policy(
        seen(**API, **WRITERS), kwargs=by_pk, method="post", data=lambda world: {"revision": 2}
    ),
}
