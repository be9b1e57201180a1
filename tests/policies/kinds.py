"""The vocabulary of policies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.world import PERSONAS, World

LOGIN = 302  # a page sends a stranger to the log-in; the API answers 401


@dataclass(frozen=True)
class Policy:
    """`statuses`: persona to status of a GET (or `method`). `kwargs`, `data`: made from the world."""

    statuses: Mapping[str, int]
    kwargs: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    method: str = "get"
    data: Callable[[World], dict[str, Any]] = field(default=lambda world: {})


def statuses(default: int, **exceptions: int) -> dict[str, int]:
    """`default` for each persona but the exceptions."""
    return {persona: exceptions.get(persona, default) for persona in PERSONAS}


def public(**options: Any) -> Policy:
    """Anybody, without log-in."""
    return Policy(statuses(200), **options)


def logged_in(anonymous: int | None = None, **options: Any) -> Policy:
    """Every person with a log-in; what they find there is filtered by `visible_to`."""
    return Policy(statuses(200, anonymous=anonymous or LOGIN), **options)


def only(
    *personas: str, otherwise: int = 404, anonymous: int = LOGIN, allowed: int = 200, **options: Any
) -> Policy:
    """These personas get `allowed`; others who are logged in get `otherwise` (404: may not know of it)."""
    return Policy(
        {
            persona: anonymous if persona == "anonymous" else allowed if persona in personas else otherwise
            for persona in PERSONAS
        },
        **options,
    )
