"""Addresses of the portal itself. Each policy: how to ask, and the status for each persona."""

from tests.policies.kinds import Policy, logged_in, public

POLICIES: dict[str, Policy] = {
    "healthz": public(),
    "readyz": public(),
    "api:root": logged_in(anonymous=401),
    "api:api-schema": logged_in(anonymous=401),
    "api-docs": logged_in(),
}
