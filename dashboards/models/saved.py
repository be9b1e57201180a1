"""Views that people saved: a page with what was chosen on it, under a name and a short address."""

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """One page as somebody chose it. Its short address leads everybody there, each with their own rights."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    code = models.CharField(max_length=12, unique=True)  # in the short address; says nothing by itself
    name = models.CharField(max_length=120)
    path = models.CharField(max_length=300)  # from the root of the portal: /agencies/
    query = models.CharField(max_length=1000, blank=True)  # without the question mark
    position = models.PositiveSmallIntegerField()  # among the views of its owner, from 0
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["owner", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_named_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Where it leads, within the portal."""
        return f"{self.path}?{self.query}" if self.query else self.path
