"""Text that every format can hold. Pure."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

# What XML 1.0 cannot hold, so neither slides nor workbooks, with the other control characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
STANDS_FOR = "\ufffd"
T = TypeVar("T")


def printable(content: T) -> T:
    """The same content, with the characters of its texts replaced that no file can hold."""
    found: Any = content
    if isinstance(found, str):
        found = _UNPRINTABLE.sub(STANDS_FOR, found)
    elif isinstance(found, tuple):
        found = tuple(printable(one) for one in found)
    elif is_dataclass(found) and not isinstance(found, type):
        known = {one.name: getattr(found, one.name) for one in fields(found) if one.init}
        found = replace(found, **{name: printable(value) for name, value in known.items()})
    return found
