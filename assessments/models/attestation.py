"""Who vouches for an assessment, in which capacity, and in which words."""

from django.conf import settings
from django.db import models
from django.db.models import BaseConstraint, Q


class Capacity(models.TextChoices):
    """In which capacity somebody attests."""

    EXECUTIVE = "executive", "Responsible executive"
    DELEGATE = "delegate", "Delegate of the responsible executive"


class Attested(models.Model):
    """An assessment's attestation. `attested_user`: who attested under their own log-in; null where whoever
    submitted declared it for somebody. `attested_seal`: stands for all that was attested; an attestation
    given before submission holds as long as nothing has changed since."""

    attested_by = models.CharField(max_length=200, blank=True)  # the name
    # "": not stated
    attested_as = models.CharField(max_length=10, choices=Capacity.choices, blank=True, db_default="")
    delegation = models.CharField(max_length=200, blank=True, db_default="")  # reference of what delegates it
    attestation = models.TextField(blank=True, db_default="")  # the words
    attested_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    attested_at = models.DateTimeField(null=True, blank=True)
    attested_seal = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        abstract = True

    @property
    def capacity_words(self) -> str:
        """The capacity as people read it, with the reference of the delegation; "" where it is not stated."""
        if not self.attested_as:
            return ""
        words = str(Capacity(self.attested_as).label)
        return f"{words} ({self.delegation})" if self.delegation else words


def attestation_rules() -> list[BaseConstraint]:
    """The constraints of whoever is attested."""
    return [
        models.CheckConstraint(
            condition=~Q(attested_as="delegate") | ~Q(delegation=""), name="attested_delegate_says_by_what"
        ),
        models.CheckConstraint(
            condition=Q(attested_user__isnull=True) | Q(attested_at__isnull=False),
            name="attested_person_has_a_time",
        ),
    ]
