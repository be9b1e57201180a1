"""Answers are for the agency's people, its reviewers and program officers; others may not know of them."""

from datetime import date
from typing import Any

from assessments.models import ItemDecision
from assessments.services_answers import EvidenceFields, add_evidence
from assessments.services_reviewing import Verdict
from tests.assessments.checkins import make_check_in
from tests.assessments.conftest import Case, start_case
from tests.factories import NOW
from tests.maturity.banded import make_mean_model
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World

SEE = ("contributor", "lead", "reviewer", "officer", "administrator")


def _pk(case: Case) -> dict[str, int]:
    return {"pk": case.assessment.pk}


def draft(world: World) -> dict[str, Any]:
    return _pk(start_case(world))


def scored(world: World) -> dict[str, Any]:
    return _pk(start_case(world, make_mean_model()))


def complete(world: World) -> dict[str, Any]:
    case = start_case(world)
    case.answer_all_asked()
    return _pk(case)


def submitted(world: World) -> dict[str, Any]:
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    return _pk(case)


def approved(world: World) -> dict[str, Any]:
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    case.approve()
    return _pk(case)


def check_in(world: World) -> dict[str, Any]:
    return _pk(make_check_in(world))


def submitted_item(world: World) -> dict[str, Any]:
    return submitted(world) | {"item": "train-staff"}


def returned(world: World) -> dict[str, Any]:
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    case.decide("train-staff", Verdict("asked", "Who was trained?"))
    case.send_back()
    return _pk(case)


def question(world: World) -> dict[str, Any]:
    return returned(world) | {"decision": ItemDecision.objects.get().pk}


def item(world: World) -> dict[str, Any]:
    return draft(world) | {"item": "train-staff"}


def evidence(world: World) -> dict[str, Any]:
    case = start_case(world)
    fields = EvidenceFields(kind="statement", title="Report", dated_on=date(2026, 11, 1), statement="All.")
    pk = case.assessment.pk
    added = add_evidence(
        assessment_id=pk, item_slug="train-staff", evidence=fields, by=world.contributor, at=NOW
    )
    return {"pk": pk, "evidence": added.pk}


def seen(default: int = 200, **exceptions: int) -> dict[str, int]:
    """`default` for those who may see the answers, 404 for the others who are logged in."""
    found = statuses(404, anonymous=302) | dict.fromkeys(SEE, default)
    return found | exceptions


POLICIES: dict[str, Policy] = {
    "assessments:assessment-list": logged_in(),
    "assessments:assessment-start": only(
        "contributor", "lead", "outsider", "officer", "administrator", otherwise=403
    ),
    "assessments:assessment-detail": Policy(seen(), kwargs=draft),
    "assessments:answer-edit": Policy(seen(), kwargs=item),
    "assessments:evidence-add": Policy(seen(reviewer=403, officer=403), kwargs=item),
    "assessments:evidence-remove": Policy(
        seen(reviewer=403, officer=403, contributor=302, lead=302, administrator=302),
        kwargs=evidence,
        method="post",
    ),
    "assessments:check-in": Policy(seen(), kwargs=check_in),
    "assessments:answers-confirm": Policy(
        seen(reviewer=403, officer=403, contributor=302, lead=302, administrator=302),
        kwargs=check_in,
        method="post",
        data=lambda world: {"seen": "train-staff:1"},
    ),
    "assessments:scores-edit": Policy(seen(reviewer=403, officer=403), kwargs=scored),
    "assessments:facts-edit": Policy(seen(), kwargs=draft),
    "assessments:facts-edit post": Policy(
        seen(reviewer=403, officer=403, contributor=302, lead=302, administrator=302),
        kwargs=draft,
        method="post",
        data=lambda world: {"revision": 0},
    ),
    "assessments:assessment-submit": Policy(
        seen(contributor=403, reviewer=403, officer=403), kwargs=complete
    ),
    "assessments:assessment-review": Policy(seen(contributor=403, lead=403), kwargs=submitted),
    "assessments:review-item": Policy(seen(contributor=403, lead=403), kwargs=submitted_item),
    "assessments:review-item post": Policy(
        seen(302, contributor=403, lead=403),
        kwargs=submitted_item,
        method="post",
        data=lambda world: {"kind": "agreed", "submission": 2, "revision": 0},
    ),
    "assessments:review-agree": Policy(
        seen(302, contributor=403, lead=403),
        kwargs=submitted,
        method="post",
        data=lambda world: {"block": "on", "submission": 2},
    ),
    "assessments:review-queue": only("reviewer", "officer", "administrator", otherwise=403),
    "assessments:review-first": only("reviewer", "officer", "administrator", otherwise=403),
    "assessments:review-first post": only(
        "reviewer", "officer", "administrator", otherwise=403, method="post"
    ),
    # Nothing is chosen, so it leads back.
    "assessments:review-approve": only(
        "reviewer", "officer", "administrator", otherwise=403, allowed=302, method="post"
    ),
    "assessments:disagreement-list": logged_in(),
    "assessments:disagreement-file": logged_in(),
    "assessments:disagreement-detail": Policy(seen(), kwargs=returned),
    "assessments:decision-reply": Policy(
        seen(302), kwargs=question, method="post", data=lambda world: {"text": "See the plan."}
    ),
    "assessments:assessment-result": Policy(seen(), kwargs=approved),
    "assessments:workbook-detail": Policy(seen(), kwargs=draft),
    "assessments:workbook-detail post": Policy(
        seen(422, reviewer=403, officer=403), kwargs=draft, method="post"
    ),
    "assessments:workbook-file": Policy(seen(), kwargs=draft),
    # Nobody uploaded anything: there is nothing to compare.
    "assessments:workbook-compare": Policy(seen(302, reviewer=403, officer=403), kwargs=draft),
    "assessments:assessment-amend": Policy(seen(contributor=403, reviewer=403, officer=403), kwargs=approved),
}
