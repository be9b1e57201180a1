"""A contact, an uploaded list, and a list as bytes."""

import csv
import io
from collections.abc import Iterable

from portal.access.models import User
from portal.agencies.models import Agency, AgencyImport, Contact, Program
from portal.agencies.services_import import keep_upload


def make_contact(agency: Agency, name: str = "Ada Example") -> Contact:
    """A lead of `agency`."""
    return Contact.objects.create(agency=agency, role=Contact.Role.LEAD, name=name, email="ada@example.gov")


def as_csv(*rows: Iterable[str], delimiter: str = ",") -> bytes:
    """Rows of cells as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def make_upload(by: User, program: Program | None = None, content: bytes = b"") -> AgencyImport:
    """A list with one new agency (or `content`), uploaded just now."""
    from django.utils import timezone

    content = content or as_csv(("Bureau", "Agency"), ("Tides Office", "Department of Oceans"))
    return keep_upload(content=content, file_name="list.csv", program=program, by=by, at=timezone.now())


def tree() -> set[tuple[str, ...]]:
    """All agencies as paths of names, having checked that path and depth say the same as the parents."""
    found = set()
    agencies = {agency.pk: agency for agency in Agency.objects.all()}
    for agency in agencies.values():
        trail = [agency]
        while trail[-1].parent_id is not None:
            trail.append(agencies[trail[-1].parent_id])
        assert agency.path == "/" + "".join(f"{one.pk}/" for one in reversed(trail))
        assert agency.depth == len(trail) - 1
        found.add(tuple(one.name for one in reversed(trail)))
    return found
