"""Who did what, when, from where. Objects are named by type and id: this app imports nothing."""

from django.db import models


class AuditEntry(models.Model):
    """One thing done; written in the transaction of what it tells of, never changed."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=300)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    object_name = models.CharField(max_length=400)
    changes = models.JSONField(default=dict)
    via = models.CharField(max_length=20)  # web, api, command, worker
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action} {self.object_name}"

    def changes_in_words(self) -> list[str]:
        """Each change as "field: old → new", or as "field: value" where there is no old one."""
        return [f"{name.replace('_', ' ')}: {_in_words(value)}" for name, value in self.changes.items()]


def _in_words(value: object) -> str:
    if isinstance(value, list) and len(value) == 2:  # [old, new], see services.record
        old, new = ("nothing" if one in (None, "") else str(one) for one in value)
        return f"{old} → {new}"
    return str(value)
