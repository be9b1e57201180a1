"""Where the work at hand comes from: kept per thread of execution, read when an entry is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The way in (web, api, command, worker) and the caller's network address, if there is one."""

    via: str
    address: str | None = None


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin("command"))


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
