"""Forecasts and peers follow who may see the agencies; what-if follows who may see their answers."""

from typing import Any

from dashboards.models import Scope
from dashboards.queries.measures import Measure
from dashboards.services_what_if import request_run
from maturity.models import ModelVersion
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.policies.dashboards import OF_THE_PROGRAM, PROGRAM
from tests.policies.kinds import Policy, only, statuses
from tests.world import World

DETAILS_OF_GRID = ("contributor", "lead", "reviewer", "officer", "administrator")
# A viewer sees the scores of the program, not the answers behind them.
DETAILS = PROGRAM | {"viewer": 403}


def _grid(world: World) -> dict[str, str]:
    return {"slug": world.grid.slug}


def _answered(world: World) -> dict[str, Any]:
    version = make_small_model()
    for agency in (world.grid, world.mines):
        make_result(agency, version=version, levels="300000000", stages_completed=0, score=0.2)
    refresh_all()
    return {"scope": f"program:{world.program.slug}", "practice": ["train-staff"], "item": ["name-owner"]}


def _run(world: World) -> dict[str, int]:
    _answered(world)
    scope = Scope.objects.get(program=world.program)
    run = request_run(
        scope=scope,
        measure=Measure(ModelVersion.objects.get(model__slug="small")),
        on=NOW.date().replace(month=12, day=31),
        read=None,
        period_label="FY27 Q1",
        working=None,
        practices=["train-staff"],
        by=world.officer,
        at=NOW,
    )
    run.outcome = {
        "changed": 0,
        "before": {"stages": {}, "histogram": {}},
        "after": {"stages": {}, "histogram": {}},
    }
    run.save()
    return {"pk": run.pk}


_seen = only(*OF_THE_PROGRAM, kwargs=_grid)
_details = only(*DETAILS_OF_GRID, otherwise=403, kwargs=_grid, data=_answered)

POLICIES: dict[str, Policy] = {
    "dashboards:forecast": Policy(PROGRAM, data=_answered),
    "dashboards:agency-forecast": _seen,
    "dashboards:agency-next": Policy(
        dict(_details.statuses) | {"outsider": 404}, kwargs=_grid, data=_answered
    ),
    "dashboards:agency-peers": _seen,
    "dashboards:agency-peers-consent": Policy(
        statuses(404, anonymous=302, viewer=403, contributor=403, reviewer=403)
        | {"lead": 302, "officer": 302, "administrator": 302},
        kwargs=_grid,
        method="post",
        data=lambda world: {"given": "yes"},
    ),
    "dashboards:what-if": Policy(DETAILS, data=_answered),
    "dashboards:what-if-export": Policy(DETAILS, data=_answered),
    "dashboards:what-if-run": only("officer", kwargs=_run),
    "dashboards:what-if-run-export": only("officer", kwargs=_run),
    "dashboards:agency-what-if": Policy(
        dict(_details.statuses) | {"outsider": 404}, kwargs=_grid, data=_answered
    ),
    "dashboards:agency-what-if-export": Policy(
        dict(_details.statuses) | {"outsider": 404}, kwargs=_grid, data=_answered
    ),
    # A post with nothing chosen asks for nothing; tests/dashboards/test_what_if_pages.py asks for something.
    "dashboards:what-if-request": Policy(
        statuses(404, anonymous=302, viewer=403), method="post", data=_answered
    ),
}
