"""Reports as the API shows them, and what may be asked for."""

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from dashboards.models import SCOPE_KINDS, Report
from dashboards.queries.known import Numbers
from dashboards.queries.scopes import key_of
from dashboards.serializers import MODEL_HELP, SCOPE
from portal.jobs.models import Job


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report; `file` is there once it is made."""

    scope = serializers.SerializerMethodField(help_text="everything, program:slug and the like")
    agency: Any = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)
    model: Any = serializers.SlugRelatedField("slug", read_only=True)
    state = serializers.SerializerMethodField(
        help_text="of its making; removed: its file was kept long enough"
    )
    percent = serializers.SerializerMethodField(help_text="how much of it is done")
    message = serializers.SerializerMethodField(help_text="what its making says")
    file = serializers.SerializerMethodField(help_text="where its file is")

    class Meta:
        model = Report
        fields = (
            "id", "kind", "format", "scope", "agency", "model", "on", "marking", "state", "percent",
            "message", "checksum", "size", "created_at", "made_at", "file",
        )  # fmt: skip
        read_only_fields = fields

    def get_scope(self, report: Report) -> str | None:
        return key_of(report.scope) if report.scope is not None else None

    def get_state(self, report: Report) -> str:
        if report.made_at is not None:
            return "removed" if report.removed_at is not None else Job.State.DONE.value
        return report.job.state if report.job is not None else Job.State.FAILED.value

    def get_percent(self, report: Report) -> int | None:
        return 100 if report.made_at is not None else report.job.percent if report.job is not None else None

    def get_message(self, report: Report) -> str:
        return report.job.message if report.job is not None else ""

    def get_file(self, report: Report) -> str | None:
        if not report.is_ready:
            return None
        return reverse("api:report-file", args=[report.pk], request=self.context.get("request"))


class ReportRequest(serializers.Serializer[dict[str, Any]]):
    """Which report to make, of a scope at a quarter end."""

    kind = serializers.ChoiceField(choices=SCOPE_KINDS)
    format = serializers.ChoiceField(choices=Report.Format.choices)
    scope = serializers.RegexField(SCOPE, help_text="everything, program:slug or agency:slug")
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)
    on = serializers.DateField(
        required=False, help_text="a quarter end; without it the latest published, or reported for"
    )
    numbers = serializers.ChoiceField(
        choices=[Numbers.PUBLISHED.value, Numbers.LATEST.value],
        default=Numbers.PUBLISHED.value,
        help_text="as published where there is a publication, or the latest, which are provisional",
    )
