"""Everybody with a log-in searches; what they find there is filtered by `visible_to`."""

from tests.policies.kinds import Policy, logged_in

POLICIES: dict[str, Policy] = {
    "search:search": logged_in(),
    "api:search": logged_in(anonymous=401),
}
