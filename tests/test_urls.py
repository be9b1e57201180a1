"""Every address has a declared policy and keeps it for every persona."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests.policies
from tests.policies.kinds import Policy
from tests.world import PERSONAS, World


def gathered() -> dict[str, Policy]:
    """All policies by URL name, or by that and a word for another way to ask ("access:role-end post")."""
    found: dict[str, Policy] = {}
    for module in pkgutil.iter_modules(tests.policies.__path__):
        policies = getattr(importlib.import_module(f"tests.policies.{module.name}"), "POLICIES", {})
        assert not found.keys() & policies.keys(), f"{module.name} declares an address twice"
        found |= policies
    return found


def url_names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from url_names(pattern.url_patterns, namespace)
        else:
            assert pattern.name, f"{pattern.pattern} has no name, so nobody can declare its policy"
            yield prefix + pattern.name


POLICIES = gathered()


def test_every_address_is_declared_and_nothing_else():
    declared = {key.partition(" ")[0] for key in POLICIES}
    assert set(url_names(get_resolver().url_patterns)) == declared


def test_no_two_addresses_share_a_name():
    # The policy would be tried on one of them only.
    counts = Counter(url_names(get_resolver().url_patterns))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("key", sorted(POLICIES))
def test_address_keeps_its_policy(key: str, world: World):
    policy = POLICIES[key]
    url = reverse(key.partition(" ")[0], kwargs=policy.kwargs(world))
    data = policy.data(world)
    found = {}
    for persona in PERSONAS:
        # What one persona changes is taken back before the next one asks.
        with transaction.atomic():
            client = world.client(persona)
            send = getattr(client, policy.method)
            json = {"content_type": "application/json"} if "/api/" in url and policy.method != "get" else {}
            answer = send(url, data, **json)
            found[persona] = answer.status_code
            if answer.streaming:
                list(answer.streaming_content)  # so that the file is closed
            transaction.set_rollback(True)
    assert found == dict(policy.statuses)
