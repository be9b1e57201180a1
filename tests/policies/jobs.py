"""The page of background jobs: everybody's own; officers see the portal's too, administrators all."""

from tests.policies.kinds import Policy, logged_in

POLICIES: dict[str, Policy] = {"jobs:job-list": logged_in()}
