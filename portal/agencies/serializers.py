"""How agencies and programs look in the API."""

from datetime import UTC
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.agencies.models import Agency, Program
from portal.agencies.queries import current_profile, visible_ancestors


class AgencyListSerializer(serializers.ListSerializer[Any]):
    """Looks the ancestors of all agencies of a page up at once."""

    def to_representation(self, data: Any) -> list[Any]:
        agencies = list(data)
        self.context["ancestors"] = visible_ancestors(agencies, self.context["request"].user)
        return super().to_representation(agencies)


class AgencySerializer(serializers.ModelSerializer[Agency]):
    """One agency. Ancestors that the caller may not know of are left out of `parent` and `path`."""

    identifier = serializers.CharField(read_only=True, allow_null=True)
    website = serializers.CharField(read_only=True, help_text="an address, or nothing")
    parent = serializers.SerializerMethodField(help_text="slug of the parent")  # type: ignore[assignment]
    path = serializers.SerializerMethodField(help_text="names from the top down to its own")
    type = serializers.SerializerMethodField(help_text="cabinet-level, with-components or other")

    # In UTC, whatever the portal's own time zone.
    created_at = serializers.DateTimeField(read_only=True, default_timezone=UTC)
    updated_at = serializers.DateTimeField(read_only=True, default_timezone=UTC)

    class Meta:
        model = Agency
        list_serializer_class = AgencyListSerializer
        fields = (
            "slug",
            "name",
            "abbreviation",
            "identifier",
            "parent",
            "path",
            "depth",
            "type",
            "website",
            "closed_on",
            "demonstration",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def _above(self, agency: Agency) -> list[Agency]:
        if "ancestors" not in self.context:
            self.context["ancestors"] = visible_ancestors([agency], self.context["request"].user)
        ancestors = self.context["ancestors"]
        return [ancestors[pk] for pk in agency.ancestor_ids if pk in ancestors]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_parent(self, agency: Agency) -> str | None:
        """The parent's slug, null at the top and where the caller may not know of it."""
        return next((above.slug for above in self._above(agency) if above.pk == agency.parent_id), None)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_path(self, agency: Agency) -> list[str]:
        """Names from the top down."""
        return [above.name for above in self._above(agency)] + [agency.name]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_type(self, agency: Agency) -> str | None:
        """The profile's type, annotated by queries.with_type."""
        return getattr(agency, "type_choice", None)


class AgencyDetailSerializer(AgencySerializer):
    """One agency with its notes, its current profile and the programs it is in."""

    profile = serializers.SerializerMethodField(help_text="current values by field")
    programs = serializers.SerializerMethodField(
        help_text="slugs of the programs that the caller may know of"
    )

    class Meta(AgencySerializer.Meta):
        fields = (*AgencySerializer.Meta.fields, "notes", "profile", "programs")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(serializers.DictField())
    def get_profile(self, agency: Agency) -> dict[str, Any]:
        """The values that hold now."""
        return current_profile(agency)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_programs(self, agency: Agency) -> list[str]:
        """Slugs."""
        user, today = self.context["request"].user, self.context["today"]
        return list(
            Program.objects.visible_to(user).with_member(agency, today).values_list("slug", flat=True)
        )


class ProgramSerializer(serializers.ModelSerializer[Program]):
    """One program."""

    agencies = serializers.IntegerField(
        read_only=True, source="member_count", help_text="members today that the caller may know of"
    )

    class Meta:
        model = Program
        fields = (
            "slug",
            "name",
            "description",
            "default_model",
            "year_starts_in",
            "agencies",
            "demonstration",
        )
        read_only_fields = fields
