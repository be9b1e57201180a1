"""Reads of the agency tree."""

from portal.agencies.models import Agency


def demonstration_shown() -> bool:
    """Whether invented agencies are in the portal."""
    return Agency.objects.filter(demonstration=True).exists()
