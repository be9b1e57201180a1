"""Where the work at hand comes from: kept per thread of execution, read when an entry is written."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class Origin:
    """The way in (web, api, command, worker) and the caller's network address, if there is one."""

    via: str
    address: str | None = None


COMMAND = Origin("command")
_origin: ContextVar[Origin] = ContextVar("origin", default=COMMAND)


def current_origin() -> Origin:
    """The origin of the work at hand."""
    return _origin.get()


@contextmanager
def origin(via: str, address: str | None = None) -> Iterator[None]:
    """Everything inside is recorded as having come by `via` from `address`."""
    token = _origin.set(Origin(via, address))
    try:
        yield
    finally:
        _origin.reset(token)


def client_address(request: HttpRequest) -> str | None:
    """The network address of the caller, or None where it cannot be told.

    Each proxy appends the address that called it to X-Forwarded-For. Only the last TRUSTED_PROXIES entries
    were written by our own proxies; what stands before them the caller may have made up.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.TRUSTED_PROXIES else []
    hops = [hop.strip() for hop in forwarded if hop.strip()] + [request.META.get("REMOTE_ADDR", "")]
    called_from = hops[max(len(hops) - 1 - settings.TRUSTED_PROXIES, 0)]
    return _without_port(called_from)


def _without_port(text: str) -> str | None:
    """A plain address out of "1.2.3.4:5678", "[::1]:5678" or an address; None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return None
