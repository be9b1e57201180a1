"""What a workbook that came back would change, until the person who brought it has decided."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from assessments.models.assessments import Assessment


class WorkbookUpload(models.Model):
    """What was read of one workbook; the file itself is not kept. A person has one for each assessment.

    It is kept in the database, because the web processes share no disk, and dropped once it is applied,
    replaced, put away or has expired.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="workbook_uploads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    exported_at = models.DateTimeField()
    exported_by = models.CharField(max_length=300)
    questions = models.PositiveIntegerField()  # that the workbook holds
    # {"edits": [assessments.workbook.content.Edit], "faults": […Fault], "gone": [slug]}: only what is not
    # as it left.
    reading: Any = models.JSONField()
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "by"], name="workbook_upload_once_per_person")
        ]

    def __str__(self) -> str:
        return f"workbook {self.file_name}"
