"""Case studies may be read by every person with a log-in."""

from tests.casestudies.factories import make_case_study
from tests.policies.kinds import Policy, logged_in
from tests.world import World


def _slug(world: World) -> dict[str, str]:
    return {"slug": make_case_study().slug}


POLICIES: dict[str, Policy] = {
    "casestudies:case-study-list": logged_in(),
    "casestudies:case-study-detail": logged_in(kwargs=_slug),
    "api:case-study-list": logged_in(anonymous=401),
    "api:case-study-detail": logged_in(anonymous=401, kwargs=_slug),
}
