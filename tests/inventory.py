"""The content inventory of the sources: what the packs are held against."""

import json
from functools import lru_cache

from tests.groups import SHARED_DATA

INVENTORY = SHARED_DATA.parent / "content" / "inventory.json"


@lru_cache
def groups() -> dict[str, list[dict[str, str]]]:
    """The rows of each group by its name; nothing where the inventory is not beside the checkout."""
    if not INVENTORY.is_file():
        return {}
    found: dict[str, list[dict[str, str]]] = json.loads(INVENTORY.read_text())
    return found


def slugs_of(group: str) -> list[str]:
    """The slugs of a group, in its order."""
    return [row["Slug"] for row in groups()[group]]
