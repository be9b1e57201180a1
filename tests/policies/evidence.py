"""Evidence is for those who may see the answers that rest on it; who may answer brings and changes it."""

from typing import Any

from tests.assessments.conftest import start_case
from tests.assessments.evidence import bring
from tests.policies.assessments import draft, item, seen
from tests.policies.kinds import Policy
from tests.world import World

WRITERS = {"reviewer": 403, "officer": 403}
MAY_ANSWER = {"contributor": 302, "lead": 302, "administrator": 302}


def file(world: World) -> dict[str, Any]:
    case = start_case(world)
    return {"pk": case.assessment.pk, "evidence": bring(case).pk}


def used(world: World) -> dict[str, Any]:
    return file(world) | {"item": "train-staff"}


POLICIES: dict[str, Policy] = {
    "assessments:evidence-list": Policy(seen(), kwargs=draft),
    "assessments:evidence-detail": Policy(seen(), kwargs=file),
    "assessments:evidence-detail post": Policy(seen(422, **WRITERS), kwargs=file, method="post"),
    "assessments:evidence-file": Policy(seen(), kwargs=file),
    # Nothing is named that could be used.
    "assessments:evidence-attach": Policy(seen(404, **WRITERS), kwargs=item, method="post"),
    "assessments:evidence-detach": Policy(seen(**WRITERS, **MAY_ANSWER), kwargs=used, method="post"),
}
