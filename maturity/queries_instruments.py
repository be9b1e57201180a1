"""Reads of instruments."""

from django.db.models import QuerySet

from maturity.models import InstrumentEdition


def current_editions() -> QuerySet[InstrumentEdition]:
    """The instruments as they stand, in their order."""
    return InstrumentEdition.objects.filter(is_current=True).order_by("number")


def current_edition(slug: str) -> InstrumentEdition | None:
    """The instrument of this slug as it stands; None where there is none."""
    return current_editions().filter(slug=slug).first()
