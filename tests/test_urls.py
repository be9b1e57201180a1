"""Every address has a declared policy and keeps it for every persona."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests.policies
from tests.policies.kinds import Policy
from tests.world import PERSONAS, World


def gathered() -> dict[str, Policy]:
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
    assert set(url_names(get_resolver().url_patterns)) == set(POLICIES)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_address_keeps_its_policy(name: str, world: World, django_db_blocker: object):
    policy = POLICIES[name]
    url = reverse(name, kwargs=policy.kwargs(world))
    data = policy.data(world)
    found = {}
    for persona in PERSONAS:
        client = world.client(persona)
        send = getattr(client, policy.method)
        response = (
            send(url, data, content_type="application/json") if "/api/" in url and data else send(url, data)
        )
        found[persona] = response.status_code
    assert found == dict(policy.statuses)
