"""What every page may show."""

from typing import Any

from django.http import HttpRequest

from portal import __version__
from portal.agencies.queries import demonstration_shown


def site(request: HttpRequest) -> dict[str, Any]:
    """The version and whether invented data is in the portal (then every page says so)."""
    return {"portal_version": __version__, "demonstration": demonstration_shown()}
