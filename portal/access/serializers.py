"""What the API says of people."""

from rest_framework import serializers

from portal.access.rules import RIGHTS, ROLE_NAMES, Right, Role


class RoleSerializer(serializers.Serializer):
    """One role of the caller and where it holds: a program, an agency with all below it, or everything."""

    role = serializers.ChoiceField(choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    rights = serializers.SerializerMethodField(help_text="What the role lets the caller do there.")
    program = serializers.SlugField(
        source="program.slug", default=None, allow_null=True, help_text="Slug, or null."
    )
    agency = serializers.SlugField(
        source="agency.slug", default=None, allow_null=True, help_text="Slug, or null."
    )
    everything = serializers.SerializerMethodField(help_text="Whether it holds for all agencies.")
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, help_text="The last day, or null.")

    def get_rights(self, row: object) -> list[str]:
        """In the order of Right."""
        held = RIGHTS[Role(row.role)]  # type: ignore[attr-defined]
        return [right.value for right in Right if right in held]

    def get_everything(self, row: object) -> bool:
        """Neither program nor agency."""
        return row.program_id is None and row.agency_id is None  # type: ignore[attr-defined]


class TokenInUseSerializer(serializers.Serializer):
    """The token that the request came with."""

    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first characters, to tell tokens apart.")
    expires_at = serializers.DateTimeField()


class MeSerializer(serializers.Serializer):
    """The caller."""

    username = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField()
    roles = RoleSerializer(many=True)
    token = TokenInUseSerializer(allow_null=True, help_text="Null where a session was used.")
