"""Models may be read by every person with a log-in."""

from tests.maturity.factories import make_small_model
from tests.policies.kinds import Policy, logged_in
from tests.world import World

API = {"anonymous": 401}


def _version(world: World) -> dict[str, str]:
    version = make_small_model()
    return {"model": version.model.slug, "version": version.version}


POLICIES: dict[str, Policy] = {
    "maturity:model-list": logged_in(),
    "maturity:version-detail": logged_in(kwargs=_version),
    "maturity:stage-detail": logged_in(kwargs=lambda world: _version(world) | {"number": 1}),
    "maturity:domain-detail": logged_in(kwargs=lambda world: _version(world) | {"domain": "people"}),
    "maturity:item-detail": logged_in(kwargs=lambda world: _version(world) | {"item": "train-staff"}),
    "api:model-list": logged_in(**API),
    "api:model-detail": logged_in(kwargs=lambda world: {"key": make_small_model().key}, **API),
    "api:model-item-list": logged_in(kwargs=lambda world: {"key": make_small_model().key}, **API),
}
