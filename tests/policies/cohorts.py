"""Groups are seen by the people of their program, and changed by its officers and administrators."""

from portal.agencies.models import Cohort
from portal.agencies.profile_filter import read_filter
from tests.dashboards.factories import make_cohort, make_result, refresh_all
from tests.policies.kinds import LOGIN, Policy, logged_in, only, statuses
from tests.world import World

# Who sees a single agency of the program may not even know of the group: that no other fits would tell.
OF_THE_PROGRAM = ("viewer", "reviewer", "officer", "administrator")
CHANGES = statuses(404, anonymous=LOGIN, viewer=403, reviewer=403, officer=200, administrator=200)


def _group(world: World) -> Cohort:
    return make_cohort(world.program, size="large")


def _slug(world: World) -> dict[str, str]:
    return {"slug": _group(world).slug}


def _counted(world: World) -> dict[str, str]:
    cohort = _group(world)
    make_result(world.grid)
    refresh_all()
    return {"scope": f"cohort:{cohort.slug}"}


def _of_all(world: World) -> dict[str, str]:
    cohort = make_cohort(None, size="large")
    refresh_all()
    return {"scope": f"cohort:{cohort.slug}"}


def _picked(world: World) -> dict[str, str]:
    make_result(world.grid)
    refresh_all()
    return {"scope": "everything", "size": read_filter({"size": "large"})[0].written}


POLICIES: dict[str, Policy] = {
    "dashboards:cohort-list": logged_in(),
    "dashboards:cohort-new": Policy(statuses(403, anonymous=LOGIN, officer=200, administrator=200)),
    "dashboards:cohort-detail": only(*OF_THE_PROGRAM, kwargs=_slug),
    "dashboards:cohort-edit": Policy(CHANGES, kwargs=_slug),
    "dashboards:cohort-delete": Policy(CHANGES, kwargs=_slug),
    "dashboards:cohort-delete post": Policy(
        CHANGES | {"officer": 302, "administrator": 302}, kwargs=_slug, method="post"
    ),
    "dashboards:portfolio-filter": logged_in(),
    "dashboards:portfolio of a group": only(*OF_THE_PROGRAM, data=_counted),
    "dashboards:portfolio of a group of all": only("administrator", data=_of_all),
    "dashboards:portfolio of agencies chosen by profile": logged_in(data=_picked),
    "dashboards:portfolio-export of agencies chosen by profile": logged_in(data=_picked),
    "api:cohort-list": logged_in(anonymous=401),
    "api:cohort-detail": only(*OF_THE_PROGRAM, anonymous=401, kwargs=_slug),
    "api:trend-list of a group": only(*OF_THE_PROGRAM, anonymous=401, data=_counted),
    "api:trend-list of agencies chosen by profile": logged_in(anonymous=401, data=_picked),
}
