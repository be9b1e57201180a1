"""Where a request came from: never what the caller claims beyond our own proxies."""

import pytest
from django.test import RequestFactory

from portal.audit.context import client_address
from portal.audit.models import AuditEntry
from tests.world import World


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "address"),
    [
        (0, "", "192.0.2.1", "192.0.2.1"),
        (0, "203.0.113.1", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.1", "192.0.2.1", "203.0.113.1"),
        (1, "198.51.100.66, 203.0.113.1", "192.0.2.1", "203.0.113.1"),
        (2, "198.51.100.66, 203.0.113.1, 192.0.2.9", "192.0.2.1", "203.0.113.1"),
        (2, "203.0.113.1", "192.0.2.1", "203.0.113.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.1:4711", "192.0.2.1", "203.0.113.1"),
        (1, "[2001:db8::1]:4711", "192.0.2.1", "2001:db8::1"),
        (0, "", "2001:db8::1", "2001:db8::1"),
        (0, "", "fe80::1%eth0", "fe80::1"),
        (1, "<script>", "192.0.2.1", None),
        (0, "", "", None),
    ],
)
def test_the_address_of_the_caller(settings, proxies: int, forwarded: str, remote: str, address: str | None):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def test_a_change_on_a_page_is_recorded_with_its_origin(world: World):
    world.client("viewer").post("/account/profile/", {"name": "Vera"}, REMOTE_ADDR="203.0.113.7")
    entry = AuditEntry.objects.get(action="person.renamed")
    assert (entry.via, entry.address, entry.actor_name) == ("web", "203.0.113.7", "viewer")
    assert entry.changes == {"name": ["", "Vera"]}
