"""What an app says of one thing that can be found. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One thing; `key` names it within its kind.

    `words`: what it is also known as, which counts for more than its text and is not shown. With
    `agency_id` only those find it who may see that agency. `place`: where it stands, shown beside its kind.
    """

    key: str
    title: str
    url: str
    text: str = ""
    words: str = ""
    agency_id: int | None = None
    place: str = ""
