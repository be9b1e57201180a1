"""Evidence is for those who may see the answers that rest on it; who may answer brings and changes it."""

from typing import Any

from tests.assessments.conftest import start_case
from tests.assessments.evidence import bring
from tests.assessments.exemptions import ask
from tests.maturity.factories import make_small_model
from tests.policies.assessments import draft, item, seen
from tests.policies.assessments_api import answers
from tests.policies.assessments_api import seen as api_seen
from tests.policies.kinds import Policy, logged_in, statuses
from tests.world import World

WRITERS = {"reviewer": 403, "officer": 403}
MAY_ANSWER = {"contributor": 302, "lead": 302, "administrator": 302}


def file(world: World) -> dict[str, Any]:
    case = start_case(world)
    return {"pk": case.assessment.pk, "evidence": bring(case).pk}


def used(world: World) -> dict[str, Any]:
    return file(world) | {"item": "train-staff"}


def of_api(world: World) -> dict[str, Any]:
    made = file(world)
    return {"id": made["pk"], "evidence": str(made["evidence"])}


def used_in_api(world: World) -> dict[str, Any]:
    return of_api(world) | {"item": "train-staff"}


SAID = {"title": "Other", "dated_on": "2026-11-01", "revision": 1}
POLICIES: dict[str, Policy] = {
    "assessments:evidence-list": Policy(seen(), kwargs=draft),
    "assessments:evidence-detail": Policy(seen(), kwargs=file),
    "assessments:evidence-detail post": Policy(seen(422, **WRITERS), kwargs=file, method="post"),
    "assessments:evidence-file": Policy(seen(), kwargs=file),
    # Nothing is named that could be used.
    "assessments:evidence-attach": Policy(seen(404, **WRITERS), kwargs=item, method="post"),
    "assessments:evidence-detach": Policy(seen(**WRITERS, **MAY_ANSWER), kwargs=used, method="post"),
    "api:assessment-evidence-list": Policy(api_seen(), kwargs=answers),
    # A file is sent as a form, and this is JSON.
    "api:assessment-evidence-list post": Policy(api_seen(415, **WRITERS), kwargs=answers, method="post"),
    "api:assessment-evidence-detail": Policy(api_seen(), kwargs=of_api),
    "api:assessment-evidence-detail put": Policy(
        api_seen(**WRITERS), kwargs=of_api, method="put", data=lambda world: SAID
    ),
    "api:assessment-evidence-detail delete": Policy(api_seen(204, **WRITERS), kwargs=of_api, method="delete"),
    "api:assessment-evidence-file": Policy(api_seen(), kwargs=of_api),
    "api:assessment-evidence-item": Policy(api_seen(**WRITERS), kwargs=used_in_api, method="put"),
    "api:assessment-evidence-item delete": Policy(
        api_seen(409, **WRITERS),
        kwargs=used_in_api,
        method="delete",
    ),
}


def asked(world: World) -> dict[str, Any]:
    return {"pk": ask(start_case(world)).pk}


def asking(world: World) -> dict[str, Any]:
    version = make_small_model()
    days = {"from_on": "2026-11-01", "until_on": "2036-01-01", "reason": "Move."}
    return {"agency": world.grid.slug, "model": version.key, "item": "train-staff", **days}


def decision(allowed: dict[str, int]) -> Policy:
    said = {"revision": 1, "note": "No.", "reason": "No."}
    return Policy(allowed, kwargs=asked, method="post", data=lambda world: said)


DECISION = {"decision": "approve", "revision": 1, "note": ""}
POLICIES |= {
    "assessments:evidence-expiring": logged_in(),
    "assessments:evidence-export": logged_in(),
    "assessments:exemption-list": logged_in(),
    "assessments:exemption-detail": Policy(seen(), kwargs=asked),
    # The contributor asked for it, and leads do not decide: to them it is not offered.
    "assessments:exemption-detail post": Policy(
        seen(302, contributor=422, lead=422), kwargs=asked, method="post", data=lambda world: DECISION
    ),
    "assessments:exemption-ask": Policy(seen(**WRITERS), kwargs=item),
    "api:exemption-list": logged_in(anonymous=401),
    "api:exemption-list post": Policy(
        statuses(403, anonymous=401, outsider=400, contributor=201, lead=201, administrator=201),
        method="post",
        data=asking,
    ),
    "api:exemption-detail": Policy(api_seen(), kwargs=asked),
    "api:exemption-approve": decision(api_seen(contributor=403, lead=403)),
    "api:exemption-decline": decision(api_seen(contributor=403, lead=403)),
    "api:exemption-withdraw": decision(api_seen(**WRITERS)),
    # It is not approved yet, so there is nothing to end.
    "api:exemption-end": decision(api_seen(409, contributor=403)),
}
