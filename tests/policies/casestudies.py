"""Published case studies may be read by every person with a log-in; drafts by their agency's people, its
reviewers and its program officers; writing and judging have their roles."""

from typing import Any

from tests.casestudies import factories
from tests.policies.kinds import Policy, logged_in, only, statuses
from tests.world import World

WRITERS = ("contributor", "lead", "outsider", "officer", "administrator")


def _pack(world: World) -> dict[str, str]:
    return {"slug": factories.make_case_study().slug}


def _draft(world: World) -> dict[str, str]:
    return {"slug": factories.a_draft(world).slug}


def _in_review(world: World) -> dict[str, str]:
    return {"slug": factories.in_review(world).slug}


def _published(world: World) -> dict[str, str]:
    return {"slug": factories.published(world).slug}


def _revision(revision: int) -> Any:
    return lambda world: {"revision": revision}


INSIDE = ("contributor", "lead", "reviewer", "officer", "administrator")


def inside(default: int = 200, anonymous: int = 302, others: int = 404, **exceptions: int) -> dict[str, int]:
    """`default` for those who may see drafts of the Grid Office."""
    found = statuses(others, anonymous=anonymous) | dict.fromkeys(INSIDE, default)
    return found | exceptions


POLICIES: dict[str, Policy] = {
    "casestudies:case-study-list": logged_in(),
    "casestudies:case-study-detail": logged_in(kwargs=_pack),
    "casestudies:case-study-detail draft": Policy(inside(), kwargs=_draft),
    "casestudies:case-study-detail published": logged_in(kwargs=_published),
    "casestudies:case-study-new": only(*WRITERS, otherwise=403),
    "casestudies:case-study-import": only(*WRITERS, otherwise=403),
    "casestudies:case-study-edit": Policy(inside(reviewer=403), kwargs=_draft),
    "casestudies:case-study-edit pack": Policy(statuses(403, anonymous=302), kwargs=_pack),
    "casestudies:case-study-edit published": Policy(inside(others=403, reviewer=403), kwargs=_published),
    "casestudies:case-study-submit": Policy(
        inside(302, reviewer=403), kwargs=_draft, method="post", data=_revision(1)
    ),
    "casestudies:case-study-withdraw": Policy(
        inside(302, others=403, reviewer=403), kwargs=_published, method="post", data=_revision(3)
    ),
    "casestudies:case-study-review": Policy(inside(contributor=403, lead=403), kwargs=_in_review),
    "casestudies:case-study-match": Policy(inside(reviewer=403), kwargs=_draft),
    "api:case-study-list": logged_in(anonymous=401),
    "api:case-study-detail": logged_in(anonymous=401, kwargs=_pack),
    "api:case-study-detail draft": Policy(inside(anonymous=401), kwargs=_draft),
}
