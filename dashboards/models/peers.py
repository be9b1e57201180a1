"""Peer groups as they were formed once for a published period, and who agreed to be named to peers."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models import Cycle
from portal.agencies.models import Agency


class PeerRound(models.Model):
    """The peer groups of one published reporting round and scoring method; formed once, never again."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="peer_rounds")
    method = models.CharField(max_length=64)  # the scoring rule
    formed_at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "method"]
        constraints = [models.UniqueConstraint(fields=["cycle", "method"], name="peers_formed_once")]

    def __str__(self) -> str:
        return f"peers of {self.cycle}"


class PeerGroup(models.Model):
    """Like agencies of a round, and what may be told of them (analytics.peers), rounded."""

    round = models.ForeignKey(PeerRound, on_delete=models.CASCADE, related_name="groups")
    kind = models.CharField(max_length=20)  # analytics.peers.Kind
    type = models.CharField(max_length=100, blank=True)  # what they have in common, as in their profiles
    size = models.CharField(max_length=100, blank=True)
    count = models.PositiveIntegerField()
    figures: Any = (
        models.JSONField()
    )  # {"score": [lower, median, upper], "stages_completed": …, "domains": …}

    class Meta:
        ordering = ["round", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "kind", "type", "size"], name="peer_group_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.type} {self.size}".strip()


class PeerMember(models.Model):
    """An agency with the values that it had when a round's groups were formed; without a group: too few."""

    round = models.ForeignKey(PeerRound, on_delete=models.CASCADE, related_name="members")
    group = models.ForeignKey(PeerGroup, on_delete=models.CASCADE, null=True, related_name="members")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveIntegerField()  # millionths of a stage
    stages_completed = models.PositiveSmallIntegerField()
    domains: Any = models.JSONField(default=dict)  # {slug: millionths of one}

    class Meta:
        ordering = ["round", "agency"]
        constraints = [models.UniqueConstraint(fields=["round", "agency"], name="peer_once_in_a_round")]

    def __str__(self) -> str:
        return f"{self.agency} among its peers"


class PeerConsentQuerySet(models.QuerySet["PeerConsent"]):
    """Consents that hold."""

    def in_force(self) -> Self:
        """Those not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class PeerConsent(models.Model):
    """An agency's peers may be told by name that it completed a stage; who said so, and who took it back."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="peer_consents")
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = PeerConsentQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=Q(withdrawn_at__isnull=True), name="peer_consent_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} may be named to peers"
