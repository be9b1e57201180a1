"""Parts of roadmaps for tests: of grid, which its lead plans."""

from datetime import date
from decimal import Decimal
from typing import Any

from assessments.models import Action
from assessments.services_roadmap import ActionFields, make_action
from maturity.models import ModelVersion
from tests.factories import NOW
from tests.world import World

SAID = ActionFields(
    title="Name an owner",
    owner="Platform team",
    due_on=date(2027, 3, 31),
    cost=Decimal("1200.50"),
    items={"name-owner": "in_place"},
)


def make_one(world: World, version: ModelVersion, **fields: Any) -> Action:
    """An action of grid."""
    said = ActionFields(**SAID.__dict__ | fields)
    return make_action(agency=world.grid, version=version, fields=said, by=world.lead, at=NOW)
