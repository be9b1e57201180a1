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
