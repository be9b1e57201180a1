"""What people are told, and how they wish to be told. People and agencies are named by their ids: the apps
of both stand above this one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import get_script_prefix

from portal.notices.kinds import Email, kinds, slugs_by_right


@dataclass(frozen=True)
class Reader:
    """Somebody who reads notices now. `seen`: by right, the agencies on which they have it, as a query."""

    person_id: int
    name: str
    email: str
    seen: Mapping[str, Any]


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices by whose they are and what may be shown of them."""

    def readable_by(self, reader: Reader) -> Self:
        """Those of a person about what they may see now; others are as if they were not there."""
        about = Q(agency_id__isnull=True)
        for right, slugs in slugs_by_right().items():
            about |= Q(kind__in=slugs, agency_id__in=reader.seen[right])
        return self.filter(about, person_id=reader.person_id)

    def visible_to(self, reader: Reader) -> Self:
        """Those that a person's list in the portal shows."""
        return self.readable_by(reader).filter(in_portal=True)

    def unread(self) -> Self:
        """Those not opened and not marked as read."""
        return self.filter(read_at__isnull=True)

    def waiting(self, email: str, since: datetime) -> Self:
        """Those that go by e-mail in this way and have not gone yet; what was read meanwhile need not go."""
        return self.unread().filter(email=email, emailed_at__isnull=True, made_at__gte=since)

    def unread_first(self) -> Self:
        """In the order of the list."""
        return self.order_by(F("read_at").desc(nulls_first=True), "-pk")


class Notice(models.Model):
    """One person is told of one thing, once: `key` names the thing within its kind."""

    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    agency_id = models.BigIntegerField(null=True)  # that it is about; only who may see it now is told
    text = models.CharField(max_length=1000)
    path = models.CharField(max_length=500)  # within the portal, without what it may be mounted under
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    in_portal = models.BooleanField(default=True)
    email = models.CharField(max_length=5, choices=Email.choices, default=Email.NEVER)
    emailed_at = models.DateTimeField(null=True)  # set before it is sent, so that it is never sent twice

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person_id", "-id"], name="notice_by_person"),
            models.Index(
                fields=["person_id"],
                condition=Q(read_at__isnull=True, in_portal=True),
                name="notice_unread",
            ),
            models.Index(
                fields=["email", "person_id"],
                condition=Q(read_at__isnull=True, emailed_at__isnull=True) & ~Q(email="never"),
                name="notice_to_email",
            ),
            models.Index(fields=["made_at"], name="notice_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person_id", "kind", "key"], name="notice_once_per_person")
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def kind_name(self) -> str:
        """The kind in words; as it is called, where nobody declares it any more."""
        kind = kinds().get(self.kind)
        return kind.name if kind is not None else self.kind

    @property
    def url(self) -> str:
        """Where the thing is."""
        return get_script_prefix() + self.path.lstrip("/")


class Preference(models.Model):
    """How one person is told of one kind, where that is not as the kind has it."""

    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    in_portal = models.BooleanField()
    email = models.CharField(max_length=5, choices=Email.choices)

    class Meta:
        ordering = ["person_id", "kind"]
        constraints = [models.UniqueConstraint(fields=["person_id", "kind"], name="preference_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} for person {self.person_id}"
