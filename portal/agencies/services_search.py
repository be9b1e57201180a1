"""Agencies in the index of all that can be found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import transaction
from django.urls import reverse

from portal.agencies.models import Agency
from portal.audit.queries import earlier_values
from portal.search.rows import Row
from portal.search.services import lock_index, replace_kind, write_rows

KIND = "agency"
AT_ONCE = 500
# What an agency is found by; a change of anything else leaves its row as it is.
FOUND_BY = frozenset({"name", "abbreviation", "identifier"})


@transaction.atomic
def write_all() -> dict[str, int]:
    """Write the rows of all agencies; how many there are."""
    lock_index()
    agencies = Agency.objects.order_by("pk").iterator(chunk_size=AT_ONCE)
    return {KIND: replace_kind(kind=KIND, rows=_rows(agencies, _former_names(None)))}


def write_agencies(agencies: Sequence[Agency], *, new: bool = False) -> None:
    """Write the rows of these agencies, after the audit knows what changed. `new`: they had no other name."""
    for start in range(0, len(agencies), AT_ONCE):
        batch = agencies[start : start + AT_ONCE]
        former = {} if new else _former_names([str(agency.pk) for agency in batch])
        write_rows(kind=KIND, rows=_rows(batch, former))


def _former_names(keys: list[str] | None) -> Mapping[str, list[str]]:
    return earlier_values(kind=Agency._meta.label_lower, field="name", keys=keys)


def _rows(agencies: Iterable[Agency], former: Mapping[str, list[str]]) -> Iterator[Row]:
    for agency in agencies:
        names = [name for name in dict.fromkeys(former.get(str(agency.pk), [])) if name != agency.name]
        parts = [agency.abbreviation]
        parts += [f"Identifier {agency.identifier}"] if agency.identifier else []
        parts += [f"Formerly {', '.join(names)}"] if names else []
        yield Row(
            key=agency.slug,
            title=agency.name,
            url=reverse("dashboards:agency-detail", args=[agency.slug]),
            text=". ".join(part for part in parts if part),
            words=" ".join([agency.abbreviation, agency.identifier or "", *names]),
            agency_id=agency.pk,
        )
