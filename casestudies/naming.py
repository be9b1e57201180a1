"""Where a text names the organization whose it is. Pure."""

import re
from collections.abc import Iterable, Iterator

from casestudies.content import LINES, Content
from portal.search.words import fold

# Where readers are told nothing of it anyhow, where it is not to be named.
_HIDDEN = {"organization", "contact"}
_ADDRESS = re.compile(r"https?://\S+")
_FEWEST_INITIALS = 3


def places_of_name(content: Content, names: Iterable[str], abbreviation: str = "") -> list[tuple[str, str]]:
    """Each place that readers see and where one of `names` occurs, as its name and what is written there.

    A name is found in whatever case, also run together (in an address); an abbreviation, given or made of
    the initials of a name, as it is written, and within addresses in whatever case.
    """
    known = {name for name in names if fold(name)}
    shorts = {abbreviation, *map(_initials, known)} - {""}
    sought = {fold(name) for name in known}
    return [(place, text) for place, text in _read_by_all(content) if _names(text, sought, shorts)]


def _read_by_all(content: Content) -> Iterator[tuple[str, str]]:
    for name, (label, _) in LINES.items():
        if name not in _HIDDEN:
            yield label, getattr(content, name)
    yield "Technologies", ", ".join(content.technologies)
    yield "Summary", content.summary
    for number, line in enumerate(content.body.splitlines(), 1):
        yield f"Text, line {number}", line.strip()
    for number, lesson in enumerate(content.lessons, 1):
        yield f"Lesson {number}", f"{lesson.title}. {lesson.text}"


def _names(text: str, sought: set[str], shorts: set[str]) -> bool:
    folded = f" {fold(text)} "
    joined = folded.replace(" ", "")
    if any(f" {name} " in folded or (" " in name and name.replace(" ", "") in joined) for name in sought):
        return True
    addresses = set(fold(" ".join(_ADDRESS.findall(text))).split())
    return any(
        re.search(rf"(?<!\w){re.escape(short)}(?!\w)", text) or fold(short) in addresses for short in shorts
    )


def _initials(name: str) -> str:
    """Those of the words with a capital: "FEC" of a Federal Election Commission; "" where they are few."""
    found = "".join(word[0] for word in re.findall(r"[^\W_]+", name) if word[0].isupper())
    return found if len(found) >= _FEWEST_INITIALS else ""
