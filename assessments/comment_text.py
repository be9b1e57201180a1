"""What people write in comments: who is named in it, and how it is shown. Plain text, escaped; links and
names alone are more than text."""

import re
from collections.abc import Collection, Iterator

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from portal.agencies.text import is_web_address

MOST_MENTIONS = 20  # in one comment
_NAMED = re.compile(r"(?<![\w.+@-])@([\w.+-](?:[\w.+@-]{0,148}[\w+])?)")
_PARTS = re.compile(r"(https?://[^\s<>\"]+)|" + _NAMED.pattern, re.IGNORECASE)
_LAST = ".,;:!?'’”)]}"  # ends the sentence, not the address


def names_in(text: str) -> list[str]:
    """The usernames named with @ in a text, each once, in lower case; MOST_MENTIONS at the most."""
    found = (match.group(2).lower() for match in _PARTS.finditer(text) if match.group(2))
    return list(dict.fromkeys(found))[:MOST_MENTIONS]


def shown(text: str, told: Collection[str]) -> SafeString:
    """The text as HTML: its lines kept, http and https addresses as links, and the names of who was told of
    it (`told`, in lower case) marked."""
    return mark_safe("<br>".join("".join(_pieces(line, told)) for line in text.splitlines()))  # noqa: S308


def _pieces(line: str, told: Collection[str]) -> Iterator[str]:
    place = 0
    for match in _PARTS.finditer(line):
        yield escape(line[place : match.start()])
        place = match.end()
        address, name = match.group(1), match.group(2)
        if address:
            ending = address[len(address.rstrip(_LAST)) :]
            yield _link(address[: len(address) - len(ending)]) + escape(ending)
        elif name.lower() in told:
            yield format_html('<strong class="comment__name">@{}</strong>', name)
        else:
            yield escape(match.group(0))
    yield escape(line[place:])


def _link(address: str) -> str:
    if not is_web_address(address):
        return escape(address)
    return format_html('<a href="{0}" rel="nofollow noopener noreferrer external">{0}</a>', address)
