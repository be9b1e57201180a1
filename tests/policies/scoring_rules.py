"""How versions follow one another may be read by all; re-scoring is for who runs everything."""

from tests.maturity.factories import make_small_model
from tests.policies.kinds import logged_in, only
from tests.world import World


def _model(world: World) -> dict[str, str]:
    return {"model": make_small_model().model.slug}


def _version(world: World) -> dict[str, str]:
    return _model(world) | {"version": "1"}


POLICIES = {
    "assessments:rule-list": logged_in(kwargs=_model),
    "assessments:rescoring-start": only(
        "administrator", allowed=302, otherwise=403, kwargs=_version, method="post"
    ),
}
