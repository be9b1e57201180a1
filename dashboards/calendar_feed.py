"""A calendar as iCalendar (RFC 5545) text. Pure: dates and titles in, bytes out, the same for the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//Maturity Portal//Calendar//EN"
REFRESH = timedelta(hours=6)


@dataclass(frozen=True)
class Entry:
    """Something that happens on a day. `key`: what it is, for good; `path`: its page within the portal."""

    key: str
    on: date
    title: str
    path: str
    changed_at: datetime
    sequence: int = 0  # how often it was changed


def feed(entries: Iterable[Entry], *, site: str, name: str) -> bytes:
    """All-day events, by day. `site`: the portal's address, without a slash at its end."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    host = site.partition("://")[2].partition("/")[0] or "portal"
    for entry in sorted(entries, key=lambda one: (one.on, one.key)):
        calendar.add_component(_event(entry, site, host))
    return bytes(calendar.to_ical())


def _event(entry: Entry, site: str, host: str) -> "Event":
    from icalendar import Event

    event = Event()
    changed = entry.changed_at.astimezone(UTC)
    event.add("uid", f"{entry.key}@{host}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", _one_line(entry.title))
    event.add("url", site + entry.path)
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    return event


def _one_line(title: str) -> str:
    """Without signs that end a line for some readers, and those that make a calendar broken for others."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in title).split())
