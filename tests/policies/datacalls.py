"""Who was asked is for all who may know of the round; whoever runs the program writes."""

from typing import Any
from uuid import uuid4

from assessments.models import ReminderPlan
from assessments.services_datacalls import FIRST_WORDS, REMINDER_WORDS, plan_reminder, send_data_call
from portal.agencies.models import Contact
from tests.assessments.test_cycles import make_cycle
from tests.factories import NOW
from tests.policies.kinds import Policy, logged_in, statuses
from tests.world import World


def _cycle(world: World) -> dict[str, Any]:
    return {"pk": make_cycle(world).pk}


def _call(world: World) -> dict[str, Any]:
    cycle = make_cycle(world)
    Contact.objects.create(agency=world.grid, role="lead", name="Pat", email="pat@example.gov")
    call = send_data_call(
        cycle=cycle, kind="call", words=FIRST_WORDS, agencies=None, key=uuid4(), by=world.officer, at=NOW
    )
    return {"pk": cycle.pk, "call": call.pk}


def _by_id(world: World) -> dict[str, Any]:
    return {"pk": _call(world)["call"]}


def _plan(world: World) -> dict[str, Any]:
    cycle = make_cycle(world)
    plan = plan_reminder(cycle=cycle, days=-7, words=REMINDER_WORDS, by=world.officer, at=NOW)
    assert ReminderPlan.objects.get() == plan
    return {"pk": cycle.pk, "plan": plan.pk}


KNOWN = statuses(200, anonymous=302, outsider=404)
RUN = statuses(403, anonymous=302, outsider=404, officer=200, administrator=200)
DONE = RUN | {"officer": 302, "administrator": 302}
WORDS = {"subject": "Due", "text": "{due}", "recipients": ["lead"]}
POLICIES: dict[str, Policy] = {
    "assessments:data-call-list": Policy(KNOWN, kwargs=_cycle),
    "assessments:data-call-detail": Policy(KNOWN, kwargs=_call),
    "assessments:data-call-new": Policy(RUN, kwargs=_cycle),
    "assessments:data-call-new post": Policy(
        RUN, kwargs=_cycle, method="post", data=lambda world: WORDS | {"key": str(uuid4())}
    ),
    "assessments:data-call-retry": Policy(DONE, kwargs=_call, method="post"),
    "assessments:reminder-usual": Policy(DONE, kwargs=_cycle, method="post"),
    "assessments:reminder-new": Policy(RUN, kwargs=_cycle),
    "assessments:reminder-new post": Policy(
        DONE, kwargs=_cycle, method="post", data=lambda world: WORDS | {"days": 3}
    ),
    "assessments:reminder-edit": Policy(RUN, kwargs=_plan),
    "assessments:reminder-remove": Policy(DONE, kwargs=_plan, method="post"),
    "api:data-call-list": logged_in(anonymous=401),
    "api:data-call-detail": Policy(KNOWN | {"anonymous": 401}, kwargs=_by_id),
    "api:data-call-letters": Policy(KNOWN | {"anonymous": 401}, kwargs=_by_id),
}
