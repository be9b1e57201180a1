"""Counts of item levels for those who may not see them agency by agency (DESIGN §7).

Somebody who may see the item levels of every agency of the scope is shown every count, with links. Anybody
else is shown counts of programs and of everything alone, and only from LEAST_SHOWN agencies on; of a count
near none or near all only that much is said, because it would tell of single agencies. Nor of groups: all
agencies of a program but one are a group, and the difference of the two would be that one.
"""

from dataclasses import dataclass
from datetime import date

from dashboards.models import Scope
from dashboards.queries.agencies import Reading
from dashboards.queries.open_items import LEAST_SHOWN, sees_all_details
from portal.access.models import User


@dataclass(frozen=True)
class Detail:
    """What of item levels is shown. `exact`: every count; `links`: to the agencies, as far as one may."""

    shown: bool
    exact: bool
    links: bool
    words: str

    def may_tell(self, count: int, n: int) -> bool:
        """Whether a count among n agencies may be told as a number."""
        return self.exact or LEAST_SHOWN <= count <= n - LEAST_SHOWN

    def words_of(self, count: int, n: int) -> int | str:
        """The count, or as much of it as may be told."""
        if self.may_tell(count, n):
            return count
        return f"under {LEAST_SHOWN}" if count < LEAST_SHOWN else f"over {n - LEAST_SHOWN:,}"


def detail_of(scope: Scope, on: date, reader: User, with_value: int, read: Reading = None) -> Detail:
    """What `reader` is shown of a scope in which so many agencies have item levels at `on`."""
    if sees_all_details(scope, on, reader, read):
        return Detail(True, True, True, "")
    if scope.kind in {Scope.Kind.SUBTREE, Scope.Kind.COHORT}:
        words = "Which items are open is shown here to those who may see the answers of all these agencies."
        return Detail(False, False, False, words)
    if with_value < LEAST_SHOWN:
        words = f"Counts are shown from {LEAST_SHOWN} agencies with a value on; fewer tell of single ones."
        return Detail(False, False, False, words)
    words = (
        f"Counts under {LEAST_SHOWN}, and those within {LEAST_SHOWN} of all agencies, are not shown as "
        "numbers, so that they tell of no single agency."
    )
    return Detail(True, False, False, words)
