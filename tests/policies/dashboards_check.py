"""The check of the numbers is for administrators of everything."""

from tests.policies.kinds import only

POLICIES = {
    "dashboards:check-detail": only("administrator", otherwise=403),
    "dashboards:rebuild-start": only("administrator", allowed=302, otherwise=403, method="post"),
}
