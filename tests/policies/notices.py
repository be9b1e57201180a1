"""Notices are everybody's own: of another's there is none."""

from portal.notices.models import Notice
from portal.notices.services import Note, notify
from tests.factories import NOW
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World


def _notice(world: World) -> dict[str, int]:
    note = Note(about="A report", path="/jobs/", key="1", people=[world.lead.pk])
    notify(kind="job-failed", notes=[note], at=NOW)
    return {"pk": Notice.objects.get().pk}


DONE = statuses(302)
POLICIES: dict[str, Policy] = {
    "notices:notice-list": logged_in(),
    "notices:notice-count": logged_in(),
    "notices:settings": logged_in(),
    "notices:settings post": Policy(statuses(422, anonymous=302), method="post"),
    "notices:notice-read-all": Policy(DONE, method="post"),
    "notices:notice-open": only("lead", kwargs=_notice, allowed=302),
    "notices:notice-read": only("lead", kwargs=_notice, method="post", allowed=302),
    "api:notice-list": logged_in(anonymous=401),
    "api:notice-detail": only("lead", kwargs=_notice, anonymous=401),
    "api:notice-read": only("lead", kwargs=_notice, method="post", anonymous=401),
    "api:notice-read-all": Policy(
        statuses(200, anonymous=401), method="post", data=lambda world: {"up_to": 1}
    ),
}
