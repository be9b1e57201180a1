"""Who works on an assessment with whom: everybody who may see its answers reads and comments; the agency's
lead assigns and offers, its people take over what is offered to them."""

import uuid
from typing import Any

from assessments.models import Comment
from assessments.services_comments import add_comment
from tests.assessments.conftest import start_case
from tests.factories import NOW
from tests.policies.assessments import draft, item, seen
from tests.policies.assessments_api import answer, answers
from tests.policies.assessments_api import seen as seen_api
from tests.policies.kinds import Policy
from tests.world import World


def said(world: World) -> dict[str, Any]:
    """An item about which the contributor said something."""
    case = start_case(world)
    add_comment(
        assessment_id=case.assessment.pk,
        item_slug="train-staff",
        text="Who knows?",
        by=world.contributor,
        at=NOW,
    )
    return {"pk": case.assessment.pk, "item": "train-staff"}


def comment(world: World) -> dict[str, Any]:
    pk = said(world)["pk"]
    return {"pk": pk, "comment": Comment.objects.get().pk}


def by_id(kwargs: dict[str, Any]) -> dict[str, Any]:
    """As the API names them."""
    return {"id": kwargs.pop("pk"), **kwargs}


def said_api(world: World) -> dict[str, Any]:
    return by_id(said(world))


def comment_api(world: World) -> dict[str, Any]:
    return by_id(comment(world))


def sent(statuses: dict[str, int], kwargs: Any, method: str = "post", **data: Any) -> Policy:
    return Policy(statuses, kwargs=kwargs, method=method, data=lambda world: data)


LEADS = {"contributor": 403, "reviewer": 403, "officer": 403}
WRITERS = {"reviewer": 403, "officer": 403}
AUTHOR = dict.fromkeys(("lead", "reviewer", "officer", "administrator"), 403)
POLICIES: dict[str, Policy] = {
    "assessments:person-list": Policy(seen(), kwargs=draft),
    "assessments:person-list post": Policy(
        seen(302, **LEADS),
        kwargs=draft,
        method="post",
        data=lambda world: {"person": world.lead.pk, "part": "domain:people|"},
    ),
    "assessments:thread-detail": Policy(seen(), kwargs=item),
    "assessments:thread-detail post": Policy(
        seen(302), kwargs=item, method="post", data=lambda world: {"text": "Hm.", "key": str(uuid.uuid4())}
    ),
    "assessments:thread-settle": Policy(
        seen(302), kwargs=said, method="post", data=lambda world: {"resolved": "True", "revision": 1}
    ),
    "assessments:comment-edit": Policy(seen(**AUTHOR), kwargs=comment),
    "assessments:comment-remove": Policy(seen(302, **AUTHOR), kwargs=comment, method="post"),
    "assessments:shared-list": Policy(seen(), kwargs=draft),
    "assessments:shared-offer": Policy(seen(422, **LEADS), kwargs=draft, method="post"),
    "assessments:shared-take": Policy(seen(422, **WRITERS), kwargs=draft, method="post"),
    "assessments:shared-stop": Policy(seen(302, **WRITERS), kwargs=draft, method="post"),
    "api:assignment-list": Policy(seen_api(), kwargs=answers),
    "api:assignment-list post": sent(
        seen_api(**LEADS), answers, assignments=[{"part": "challenges", "person": "lead", "was": None}]
    ),
    "api:assessment-people": Policy(seen_api(), kwargs=answers),
    "api:comment-list": Policy(seen_api(), kwargs=answer),
    "api:comment-list post": sent(seen_api(201), answer, text="Hm."),
    "api:comment-detail": Policy(seen_api(), kwargs=comment_api),
    "api:comment-detail put": sent(seen_api(**AUTHOR), comment_api, "put", text="Hm.", revision=1),
    "api:comment-detail delete": sent(seen_api(204, **AUTHOR), comment_api, "delete"),
    "api:thread-list": Policy(seen_api(), kwargs=answers),
    "api:thread-detail": Policy(seen_api(), kwargs=answer),
    "api:thread-detail put": sent(seen_api(), said_api, "put", resolved=True, revision=1),
    "api:offer-list": Policy(seen_api(), kwargs=answers),
    "api:offer-list post": sent(seen_api(422, **LEADS), answers, items=["train-staff"], platform="Harbor"),
    "api:shared-answers": Policy(seen_api(), kwargs=answers),
    "api:shared-answers post": sent(seen_api(**WRITERS), answers, offers=[{"id": 1, "revision": 0}]),
    "api:shared-answers-stop": sent(seen_api(**WRITERS), answers, items=["train-staff"]),
}
