"""What was taken over from an earlier assessment, and whether somebody has said that it still holds."""

from django.conf import settings
from django.db import models
from django.db.models import BaseConstraint, Q


class Carried(models.Model):
    """A row that may have come from an earlier assessment.

    `carried_from` is the assessment in which it was last said or confirmed, so that what nobody confirms
    for a year names the period of a year ago. It is unconfirmed until somebody confirms or saves it.
    `confirmed_by` said that it still holds as it was; null where it was saved anew, by whoever saved it.
    """

    carried_from = models.ForeignKey(
        "assessments.Assessment", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_unconfirmed(self) -> bool:
        """Whether it was carried, and nobody has said that it still holds."""
        return self.carried_from_id is not None and self.confirmed_at is None

    @property
    def stands_as_it_was(self) -> bool:
        """Whether somebody confirmed it as it was carried, and nobody saved it since."""
        return self.confirmed_by_id is not None


def carried_rules(name: str) -> list[BaseConstraint]:
    """The constraints of a table of carried rows, named for it."""
    return [
        models.CheckConstraint(
            condition=Q(confirmed_at__isnull=True) | Q(carried_from__isnull=False),
            name=f"{name}_confirmed_was_carried",
        ),
        models.CheckConstraint(
            condition=Q(confirmed_by__isnull=True) | Q(confirmed_at__isnull=False),
            name=f"{name}_confirmed_has_a_time",
        ),
    ]
