"""One index of all that can be found; each app writes the rows of its own things."""

from django.db import models

# What can be found, in the order in which the page offers it: its name for one and for several.
KINDS: dict[str, tuple[str, str]] = {
    "library": ("Library", "Library"),
    "practice": ("Practice", "Practices"),
    "challenge": ("Challenge", "Challenges"),
    "instrument": ("Instrument", "Instruments"),
    "instrument-entry": ("Part of an instrument", "Parts of instruments"),
    "case-study": ("Case study", "Case studies"),
    "lesson": ("Lesson", "Lessons"),
    "domain": ("Domain", "Domains"),
    "stage": ("Stage", "Stages"),
    "agency": ("Agency", "Agencies"),
}
KIND_CHOICES = [(kind, name) for kind, (name, _) in KINDS.items()]


class SearchRow(models.Model):
    """One thing that can be found, in the transaction of whatever wrote the thing.

    `title`, `text` are what is shown; the three `_words` are the same folded (portal.search.words), and
    what the database searches. The index over them is the database's own (see the first migration): on
    PostgreSQL a generated column `document`; on SQLite a table `search_words`, kept by triggers, which a
    migration that changes this table must make again.
    """

    kind = models.CharField(max_length=20)  # one of KINDS
    key = models.CharField(max_length=200)  # the slug; that of the content inventory where there is one
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    place = models.CharField(max_length=200, null=True)  # noqa: DJ001 - so that adding it leaves the triggers
    url = models.CharField(max_length=500)  # from the portal's root, without the prefix of a site
    # Only who may see this agency finds the row. No foreign key: agencies stand above the index.
    agency_id = models.BigIntegerField(null=True, db_index=True)
    title_words = models.TextField()
    extra_words = models.TextField(blank=True)  # the key, and what it is also known as
    text_words = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "title", "id"]
        indexes = [models.Index(fields=["key"], name="search_by_key")]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="search_row_once")]

    def __str__(self) -> str:
        return self.title
