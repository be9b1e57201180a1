"""How the library looks in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from maturity.models import LibraryEntry, LibraryShelf


class LibraryShelfSerializer(serializers.ModelSerializer[LibraryShelf]):
    """One shelf without its entries."""

    columns = serializers.ListField(child=serializers.CharField(), read_only=True)
    entry_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = LibraryShelf
        fields = ["slug", "section", "position", "name", "summary", "shape", "columns", "entry_count"]
        extra_kwargs = {
            "section": {"help_text": "slug of the part of the library that it stands in"},
            "shape": {"help_text": "list, table, steps, questions or figure"},
        }


class CorrectionSerializer(serializers.Serializer[Any]):
    """A known fault of a source, and how it is dealt with here."""

    slug = serializers.CharField()
    note = serializers.CharField()


class LibraryEntrySerializer(serializers.ModelSerializer[LibraryEntry]):
    """One entry."""

    shelf = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    section = serializers.CharField(source="shelf.section", read_only=True)
    facts = serializers.SerializerMethodField()
    see = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="slugs of related entries, practices and challenges",
    )
    corrections = CorrectionSerializer(many=True, read_only=True)

    class Meta:
        model = LibraryEntry
        fields = [
            "slug", "shelf", "section", "position", "title", "text", "facts", "source", "link", "see",
            "dated", "corrections",
        ]  # fmt: skip
        extra_kwargs = {
            "source": {"help_text": "document and place, such as 000 §Types; empty where it is our own"},
            "dated": {"help_text": "of a statement that time may have overtaken"},
        }

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_facts(self, entry: LibraryEntry) -> dict[str, str]:
        """By heading, in the order of the shelf's columns."""
        return {name: entry.facts[name] for name in entry.shelf.columns if name in entry.facts}
