"""One line of people's text: trimmed, each letter in one form, nothing that hides or disguises. Pure."""

import re
import unicodedata
from urllib.parse import urlsplit

# They turn the reading order of what follows: a name could show as another. Right-to-left letters need none.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")


def one_line(text: str) -> str:
    """`text` composed (NFC), its line breaks and tabs as one space, its ends free of all that is not seen.

    At the ends go spaces of every kind (also no-break and zero-width ones) and marks without a glyph.
    """
    if text.isascii():
        return _BREAKS.sub(" ", text.strip())
    text = _BREAKS.sub(" ", unicodedata.normalize("NFC", text))
    start, end = 0, len(text)
    while start < end and _is_unseen(text[start]):
        start += 1
    while end > start and _is_unseen(text[end - 1]):
        end -= 1
    return text[start:end]


def fault_of(text: str, most: int) -> str | None:
    """Why `text` (of one_line) cannot be kept in `most` characters, or None if it can."""
    if len(text) > most:
        return f"has {len(text)} characters; {most} are the most"
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if character in _BIDI_CONTROLS:
            return (
                f"holds the text direction control U+{ord(character):04X}, which can disguise it; take it out"
            )
        if unicodedata.category(character) in {"Cc", "Cs"}:
            return f"holds the control character U+{ord(character):04X}; take it out"
    return None


def is_web_address(text: str) -> bool:
    """Whether `text` is a whole http or https address, without blanks or signs that are not seen."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
    return whole and text.isprintable() and not any(character.isspace() for character in text)


def quoted(text: object, most: int = 60) -> str:
    """`text` for a message: in quotation marks, with its start alone where it is long."""
    line = _BREAKS.sub(" ", str(text))
    return f"“{line if len(line) <= most else line[:most] + '…'}”"


def _is_unseen(character: str) -> bool:
    return character not in _BIDI_CONTROLS and (
        character.isspace() or unicodedata.category(character) == "Cf"
    )
