"""What a round, and so an assessment in it, asks for."""

from django.db.models import TextChoices


class RoundKind(TextChoices):
    """All of it anew, or only what changed since the last one."""

    FULL = "full", "Full assessment"
    CHECK_IN = "check_in", "Check-in"
