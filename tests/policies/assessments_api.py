"""The API of assessments: answers for those who may see them, scores for all who may know of the agency."""

from datetime import date
from typing import Any

from assessments.models import Evidence, EvidenceUse, Result, SelfDeclaration
from assessments.services_reviewing import Verdict
from tests.assessments.checkins import make_check_in
from tests.assessments.conftest import Case, start_case
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.policies.kinds import Policy, logged_in, statuses
from tests.world import World

SEE = ("contributor", "lead", "reviewer", "officer", "administrator")


def seen(default: int = 200, **exceptions: int) -> dict[str, int]:
    """`default` for those who may see the answers, 404 for the others who are logged in."""
    return statuses(404, anonymous=401) | dict.fromkeys(SEE, default) | exceptions


def _submitted(world: World) -> Case:
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    return case


def draft(world: World) -> dict[str, Any]:
    return {"pk": start_case(world).assessment.pk}


def complete(world: World) -> dict[str, Any]:
    case = start_case(world)
    case.answer_all_asked()
    return {"pk": case.assessment.pk}


def submitted(world: World) -> dict[str, Any]:
    return {"pk": _submitted(world).assessment.pk}


def approved(world: World) -> dict[str, Any]:
    case = _submitted(world)
    case.approve()
    return {"pk": case.assessment.pk}


def result(world: World) -> dict[str, Any]:
    approved(world)
    return {"pk": Result.objects.get().pk}


def answers(world: World) -> dict[str, Any]:
    return {"id": start_case(world).assessment.pk}


def answer(world: World) -> dict[str, Any]:
    return answers(world) | {"item": "train-staff"}


def check_in(world: World) -> dict[str, Any]:
    return {"id": make_check_in(world).assessment.pk}


def carried(world: World) -> dict[str, Any]:
    return check_in(world) | {"item": "train-staff"}


def to_review(world: World) -> dict[str, Any]:
    return {"id": _submitted(world).assessment.pk}


def item_to_review(world: World) -> dict[str, Any]:
    return to_review(world) | {"item": "train-staff"}


def question(world: World) -> dict[str, Any]:
    case = _submitted(world)
    asked = case.decide("train-staff", Verdict("asked", "Who was trained?"))
    case.send_back()
    return {"pk": asked.pk}


def evidence(world: World) -> dict[str, Any]:
    case = start_case(world)
    answer = case.answer("train-staff")
    added = Evidence.objects.create(
        assessment=case.assessment,
        kind="statement",
        title="List",
        statement="All.",
        dated_on=date(2026, 11, 1),
        added_at=NOW,
    )
    EvidenceUse.objects.create(evidence=added, answer=answer, added_at=NOW)
    return {"id": case.assessment.pk, "item": "train-staff", "evidence": added.pk}


def declaration(world: World) -> dict[str, Any]:
    row = SelfDeclaration.objects.create(
        agency=world.grid,
        model=make_small_model().model,
        period_starts_on=date(2024, 10, 1),
        period_ends_on=date(2024, 12, 31),
        period_label="FY25 Q1",
        stage=2,
        imported_at=NOW,
    )
    return {"pk": row.pk}


def start(world: World) -> dict[str, Any]:
    make_small_model()
    return {"agency": world.grid.slug, "model": "small@1", "period": "FY27 Q1"}


def post(allowed: dict[str, int], kwargs: Any, **data: Any) -> Policy:
    return Policy(allowed, kwargs=kwargs, method="post", data=lambda world: data)


KNOWN = statuses(200, anonymous=401, outsider=404)
LEADS = {"contributor": 403, "reviewer": 403, "officer": 403}
REVIEWERS = {"contributor": 403, "lead": 403}
WRITERS = {"reviewer": 403, "officer": 403}
STATEMENT = {"kind": "statement", "title": "List", "dated_on": "2026-11-01", "statement": "All."}
POLICIES: dict[str, Policy] = {
    "api:assessment-list": logged_in(anonymous=401),
    "api:assessment-list post": Policy(
        statuses(201, anonymous=401, outsider=400, viewer=403, reviewer=403), method="post", data=start
    ),
    "api:assessment-detail": Policy(seen(), kwargs=draft),
    "api:assessment-submit": post(seen(**LEADS), complete, revision=1, attested_by="Pat"),
    "api:assessment-approve": post(seen(**REVIEWERS), submitted, revision=2, agreeing="rest"),
    "api:assessment-return": post(seen(**REVIEWERS), submitted, revision=2, comment="Which?"),
    "api:assessment-amend": post(seen(201, **LEADS), approved, reason="Wrong office."),
    "api:assessment-attestation": Policy(seen(), kwargs=draft),
    "api:assessment-attestation post": post(
        seen(422, **LEADS), complete, seal="what was read", capacity="executive"
    ),
    "api:answer-confirmation": post(seen(**WRITERS), carried, revision=1),
    "api:answer-confirmation delete": Policy(seen(428, **WRITERS), kwargs=carried, method="delete"),
    "api:confirmation-list": post(
        seen(**WRITERS), check_in, answers=[{"item": "train-staff", "revision": 1}]
    ),
    "api:answer-list": Policy(seen(), kwargs=answers),
    "api:answer-detail": Policy(seen(), kwargs=answer),
    "api:answer-detail put": Policy(
        seen(**WRITERS), kwargs=answer, method="put", data=lambda world: {"level": "in_place", "revision": 0}
    ),
    "api:workbook": Policy(seen(), kwargs=answers),
    # A file is sent as a form, and this is JSON.
    "api:workbook post": post(seen(415, **WRITERS), answers),
    "api:workbook-decisions": post(seen(409, **WRITERS), answers, fingerprint="x"),
    "api:evidence-list": Policy(seen(), kwargs=answer),
    "api:evidence-list post": post(seen(201, **WRITERS), answer, **STATEMENT),
    "api:evidence-detail": Policy(seen(), kwargs=evidence),
    "api:evidence-detail delete": Policy(seen(204, **WRITERS), kwargs=evidence, method="delete"),
    "api:findings-detail": Policy(seen(), kwargs=answers),
    "api:review-detail": Policy(seen(**REVIEWERS), kwargs=to_review),
    "api:review-item": Policy(seen(**REVIEWERS), kwargs=item_to_review),
    "api:review-item put": Policy(
        seen(**REVIEWERS),
        kwargs=item_to_review,
        method="put",
        data=lambda world: {"submission": 2, "kind": "agreed", "revision": 0},
    ),
    "api:review-agree": post(seen(**REVIEWERS), to_review, submission=2, block=True),
    "api:review-decision-list": logged_in(anonymous=401),
    "api:review-decision-reply": post(seen(201), question, text="See the plan."),
    "api:facts-detail": Policy(seen(), kwargs=answers),
    "api:facts-detail put": Policy(
        seen(**WRITERS), kwargs=answers, method="put", data=lambda world: {"systems": 3, "revision": 0}
    ),
    "api:result-list": logged_in(anonymous=401),
    "api:result-detail": Policy(KNOWN, kwargs=result),
    "api:self-declaration-list": logged_in(anonymous=401),
    "api:self-declaration-detail": Policy(KNOWN, kwargs=declaration),
}
