"""What the API says of notices."""

from rest_framework import serializers

from portal.notices.models import Notice


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """One thing that the caller was told of."""

    text = serializers.CharField(help_text="a sentence with names; never anything that was answered")
    url = serializers.SerializerMethodField(help_text="the page of the thing")

    class Meta:
        model = Notice
        fields = ("id", "kind", "text", "url", "made_at", "read_at")
        read_only_fields = fields

    def get_url(self, notice: Notice) -> str:
        """With the host that was asked."""
        return str(self.context["request"].build_absolute_uri(notice.url))


class ReadAllSerializer(serializers.Serializer[dict[str, int]]):
    """Which notices the caller has seen."""

    up_to = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="id of the latest notice that was read"
    )


class ReadAllDoneSerializer(serializers.Serializer[dict[str, int]]):
    """What was done."""

    read = serializers.IntegerField(min_value=0, help_text="how many were unread before")
