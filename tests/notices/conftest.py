"""What is told to whom, as the tests ask it."""

from portal.access.models import User
from portal.access.queries_notices import reader_of
from portal.notices.models import Notice


def told(person: User) -> list[str]:
    """What the person's list shows, the earliest first."""
    person.__dict__.pop("grants", None)  # as in a new request
    return [notice.text for notice in Notice.objects.visible_to(reader_of(person)).order_by("pk")]
