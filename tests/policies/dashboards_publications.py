"""Published figures are for those who see the program's trend; previews for those who see details."""

from typing import Any

from dashboards.figures import Figure, Known
from dashboards.models import Freshness
from tests.dashboards.factories import make_result, month, refresh_all
from tests.dashboards.test_publications import make_round, publish
from tests.policies.kinds import Policy, statuses
from tests.world import World

SEES_FIGURES = statuses(200, anonymous=302, outsider=404, lead=403, contributor=403)
RUNS_IT = statuses(403, anonymous=302, outsider=404, officer=302, administrator=302)
SEES_DETAILS = statuses(200, anonymous=302, outsider=404, viewer=403)
REPLIES = statuses(302, anonymous=302, outsider=404, viewer=403, contributor=403)


def _reported(world: World) -> None:
    make_result(world.grid)
    refresh_all()


def _preview(world: World) -> dict[str, Any]:
    _reported(world)
    return {"pk": make_round(world.program).pk}


def _publication(world: World) -> dict[str, Any]:
    _reported(world)
    return {"pk": publish(make_round(world.program), world).pk}


def _published(world: World) -> dict[str, Any]:
    _reported(world)
    return {"pk": publish(make_round(world.program), world).cycle_id}


def _to_correct(world: World) -> dict[str, Any]:
    found = _publication(world)
    make_result(world.grid, score=4.0, amends=world.grid.results.get())
    refresh_all()
    return found


def _own(world: World) -> dict[str, Any]:
    return _preview(world) | {"slug": world.grid.slug}


def _figure(world: World) -> dict[str, Any]:
    _reported(world)
    publication = publish(make_round(world.program), world)
    rule = publication.trends.first().method
    scope = f"program:{world.program.slug}"
    known = Known(publication=publication.pk)
    return {"identifier": str(Figure(scope, "containers", rule, month("2026-09"), known, "median"))}


def _own_figure(world: World) -> dict[str, Any]:
    _reported(world)
    known = Known(moment=Freshness.objects.get().computed_at)
    rule = world.grid.results.get().method
    scope = f"only:{world.grid.slug}"
    return {"identifier": str(Figure(scope, "containers", rule, month("2026-09"), known, "score"))}


POLICIES: dict[str, Policy] = {
    "dashboards:cycle-publish": Policy(RUNS_IT, kwargs=_preview, method="post"),
    "dashboards:cycle-figures": Policy(statuses(302, anonymous=302, outsider=404), kwargs=_published),
    "dashboards:publication-detail": Policy(SEES_FIGURES, kwargs=_publication),
    "dashboards:publication-correct": Policy(
        RUNS_IT, kwargs=_to_correct, method="post", data=lambda world: {"reason": "An error."}
    ),
    "dashboards:preview-detail": Policy(SEES_DETAILS, kwargs=_own),
    "dashboards:preview-reply": Policy(
        REPLIES, kwargs=_own, method="post", data=lambda world: {"text": "That is right."}
    ),
    "dashboards:figure-detail": Policy(SEES_FIGURES, kwargs=_figure),
    "dashboards:figure-detail of one agency": Policy(
        statuses(200, anonymous=302, outsider=404), kwargs=_own_figure
    ),
    "api:figure-detail": Policy(SEES_FIGURES | {"anonymous": 401}, kwargs=_figure),
}
