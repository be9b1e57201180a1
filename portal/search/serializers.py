"""What the API tells of what was found."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.search.models import KIND_CHOICES
from portal.search.queries import PER_PAGE, Hit
from portal.search.words import MOST_QUERY, Piece


class HitSerializer(serializers.Serializer[Hit]):
    """One thing that was found."""

    kind = serializers.ChoiceField(choices=KIND_CHOICES)
    key = serializers.CharField(help_text="its name within its kind")
    title = serializers.CharField()
    snippet = serializers.SerializerMethodField(help_text="the part of its text around what was found")
    marks = serializers.SerializerMethodField(
        help_text="which signs of the snippet are words that were looked for: from, and up to but without"
    )
    url = serializers.SerializerMethodField(help_text="its page")

    def get_snippet(self, hit: Hit) -> str:
        """Plain text, to be escaped by whoever shows it."""
        return "".join(piece.text for piece in hit.snippet)

    @extend_schema_field(
        {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        }
    )
    def get_marks(self, hit: Hit) -> list[tuple[int, int]]:
        """Pairs of places in the snippet."""
        return _marks(hit.snippet)

    def get_url(self, hit: Hit) -> str:
        """With the host that was asked."""
        return str(self.context["request"].build_absolute_uri(hit.url))


def _marks(pieces: tuple[Piece, ...]) -> list[tuple[int, int]]:
    marks, place = [], 0
    for piece in pieces:
        if piece.found:
            marks.append((place, place + len(piece.text)))
        place += len(piece.text)
    return marks


class FoundSerializer(serializers.Serializer[Any]):
    """One page of what was found."""

    next = serializers.URLField(allow_null=True, help_text="the next page")
    previous = serializers.URLField(allow_null=True, help_text="the page before")
    total = serializers.IntegerField(help_text="how many there are; pages lead to the first thousand")
    counts = serializers.SerializerMethodField(help_text="how many of each kind, whatever kind was asked for")
    any_word = serializers.BooleanField(help_text="nothing has all that was asked for; these have any of it")
    results = HitSerializer(many=True, source="hits")

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_counts(self, found: dict[str, Any]) -> dict[str, int]:
        """By kind."""
        return dict(found["counts"])


class SearchQuery(serializers.Serializer[dict[str, Any]]):
    """What is looked for."""

    q = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=MOST_QUERY,
        help_text="words that all occur, or where nothing has all of them, any; in quotes, one after the "
        "other; the last may be incomplete",
    )
    kind = serializers.ChoiceField(choices=KIND_CHOICES, required=False)
    page_size = serializers.IntegerField(default=PER_PAGE, min_value=1, max_value=100)
    cursor = serializers.CharField(required=False, help_text="as `next` or `previous` names it")
