"""How confirming carried answers looks in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import Answer
from assessments.serializers import RevisionField
from assessments.services_confirming import Confirmed

MOST_AT_ONCE = 1_000


class SeenSerializer(serializers.Serializer[Any]):
    """An answer as it was read."""

    item = serializers.SlugField(max_length=100, help_text="slug")
    revision = RevisionField()


class ConfirmationsSerializer(serializers.Serializer[Any]):
    """The answers that still hold, each with the revision that was read."""

    answers = serializers.ListField(child=SeenSerializer(), min_length=1, max_length=MOST_AT_ONCE)


class RefusedSerializer(serializers.Serializer[Any]):
    """An answer that cannot stand as it is."""

    item = serializers.CharField(help_text="slug")
    message = serializers.CharField()


class ConfirmedSerializer(serializers.Serializer[Any]):
    """What came of it; answers that were confirmed already are in none of the lists."""

    confirmed = serializers.SerializerMethodField()
    changed = serializers.SerializerMethodField(help_text="saved by somebody since they were read")
    refused = serializers.SerializerMethodField()

    @extend_schema_field(SeenSerializer(many=True))
    def get_confirmed(self, outcome: Confirmed) -> Any:
        """With their new revisions."""
        return _seen(outcome.done)

    @extend_schema_field(SeenSerializer(many=True))
    def get_changed(self, outcome: Confirmed) -> Any:
        """With the revisions that they have now."""
        return _seen(outcome.changed)

    @extend_schema_field(RefusedSerializer(many=True))
    def get_refused(self, outcome: Confirmed) -> Any:
        """With the reason."""
        return [{"item": slug, "message": why} for slug, why in outcome.refused.items()]


def _seen(answers: tuple[Answer, ...]) -> list[dict[str, Any]]:
    return [{"item": answer.item.slug, "revision": answer.revision} for answer in answers]
