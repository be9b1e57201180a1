"""How assessments, answers and evidence look in the API, and what may be written."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import (
    Answer,
    Assessment,
    Capacity,
    Evidence,
    EvidenceFile,
    Step,
)
from assessments.services_answers import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_TEXT
from assessments.services_review import Agreeing
from maturity import scoring
from maturity.levels import ANSWERED, Level

LARGEST_REVISION = 2**31 - 1
PERIOD_FIELDS = ["period", "period_starts_on", "period_ends_on"]
LEVELS = [(level.value, level.value) for level in ANSWERED]
# With what scoring makes of an item from which the agency is exempt.
FROZEN_LEVELS = [(level.value, level.value) for level in Level]


class MillionthsField(serializers.FloatField):
    """Integer millionths as a number with six places."""

    def to_representation(self, value: int) -> float:  # type: ignore[override]
        """2583333 as 2.583333."""
        return value / scoring.MILLION


class RevisionField(serializers.IntegerField):
    """The revision that the caller read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST_REVISION, **options)


class PersonField(serializers.CharField):
    """A person by name; null where it was nobody (an import) or has not happened."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)


# --- assessments ------------------------------------------------------------------------------------


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    """One assessment without its answers."""

    agency = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    agency_name = serializers.CharField(source="agency.name", read_only=True)
    model = serializers.CharField(source="version.key", read_only=True, help_text="slug@version")
    period = serializers.CharField(source="period_label", read_only=True)
    amends = serializers.IntegerField(source="amends_id", read_only=True, allow_null=True)
    began_from = serializers.IntegerField(
        source="began_from_id", read_only=True, allow_null=True, help_text="assessment it took answers from"
    )
    attested_as = serializers.SerializerMethodField(help_text="null: not stated, or not attested yet")
    attested_user = PersonField(help_text="who attested under their own log-in")
    created_by = PersonField()
    submitted_by = PersonField()
    approved_by = PersonField()

    class Meta:
        model = Assessment
        fields = [
            "id", "agency", "agency_name", "model", *PERIOD_FIELDS, "kind", "state", "origin", "revision",
            "amends", "amendment_reason", "began_from", "created_at", "created_by", "submitted_at",
            "submitted_by", "attested_by", "attested_as", "delegation", "attestation", "attested_at",
            "attested_user", "approved_at", "approved_by",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Capacity.choices, allow_null=True))
    def get_attested_as(self, assessment: Assessment) -> str | None:
        """The capacity."""
        return assessment.attested_as or None


class StepSerializer(serializers.ModelSerializer[Step]):
    """One step in an assessment's life."""

    by = PersonField()

    class Meta:
        model = Step
        fields = ["state", "by", "at", "comment"]
        read_only_fields = fields


class AssessmentDetailSerializer(AssessmentSerializer):
    """One assessment with the steps of its life, the oldest first."""

    steps = StepSerializer(many=True, read_only=True)

    class Meta(AssessmentSerializer.Meta):
        fields = [*AssessmentSerializer.Meta.fields, "steps"]
        read_only_fields = fields


class StartSerializer(serializers.Serializer[Any]):
    """What is needed to start an assessment."""

    agency = serializers.CharField(max_length=100, help_text="slug")
    model = serializers.CharField(max_length=130, help_text="slug@version")
    period = serializers.CharField(max_length=20, help_text="FY27 Q1, FY27 H1, FY27 or 2026-10")
    program = serializers.CharField(
        max_length=100,
        required=False,
        help_text="slug of the program whose calendar the period follows; default: the agency's first",
    )
    carry_over = serializers.BooleanField(
        default=False,
        help_text="begin with the answers approved last for an earlier period, as not yet confirmed; also "
        "from an earlier version of the model",
    )


class SubmitSerializer(serializers.Serializer[Any]):
    """Submitting: the revision that was seen, and who vouches."""

    revision = RevisionField()
    attested_by = serializers.CharField(
        max_length=LONGEST_NAME,
        required=False,
        allow_blank=True,
        default="",
        help_text="name of the person who vouches; needed unless myself or standing is true",
    )
    attested_as = serializers.ChoiceField(
        choices=Capacity.choices, required=False, allow_blank=True, default="", help_text="blank: not stated"
    )
    delegation = serializers.CharField(
        max_length=LONGEST_NAME,
        required=False,
        allow_blank=True,
        default="",
        help_text="of a delegate: the order or letter that delegates it",
    )
    myself = serializers.BooleanField(default=False, help_text="the caller attests, under their own log-in")
    standing = serializers.BooleanField(
        default=False, help_text="what was attested before under somebody's own log-in holds"
    )

    def validate(self, given: Any) -> Any:
        """Somebody vouches."""
        if not (given["attested_by"] or given["myself"] or given["standing"]):
            raise serializers.ValidationError({"attested_by": ["Name the person who vouches."]})
        return given


class ApproveSerializer(serializers.Serializer[Any]):
    """Approving: the revision that was seen, and what is agreed with that nobody decided on yet."""

    revision = RevisionField()
    comment = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    agreeing = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in Agreeing],
        default=Agreeing.NOTHING,
        help_text="block: with the block; rest: with all that is undecided, open questions excepted",
    )
    confirmation = serializers.CharField(
        max_length=LONGEST_TEXT,
        required=False,
        allow_blank=True,
        default="",
        help_text="in writing, that a move of more than one stage is real",
    )


class AttestSerializer(serializers.Serializer[Any]):
    """Attesting under one's own log-in, for somebody else to submit."""

    seal = serializers.CharField(max_length=64, help_text="of what was read, as GET tells it")
    capacity = serializers.ChoiceField(choices=Capacity.choices)
    delegation = serializers.CharField(
        max_length=LONGEST_NAME, required=False, allow_blank=True, default="", help_text="of a delegate"
    )


class StatementSerializer(serializers.Serializer[Any]):
    """What is attested. `standing`: somebody attested it under their own log-in, and nothing has changed."""

    statement = serializers.CharField()
    seal = serializers.CharField()
    standing = serializers.BooleanField()


class RevisionSerializer(serializers.Serializer[Any]):
    """The revision that was read, here or as If-Match."""

    revision = RevisionField(required=False)


class ReturnSerializer(serializers.Serializer[Any]):
    """Returning: the revision that was seen, and what is to change; with open questions it may be empty."""

    revision = RevisionField()
    comment = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class AmendSerializer(serializers.Serializer[Any]):
    """Amending: why."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)


# --- answers ----------------------------------------------------------------------------------------


class EvidenceFileSerializer(serializers.ModelSerializer[EvidenceFile]):
    """The file of a piece of evidence; its bytes are at …/assessments/{id}/evidence/{evidence}/file/."""

    size = serializers.IntegerField(source="stored.size", read_only=True, help_text="bytes")
    sha256 = serializers.CharField(source="stored.sha256", read_only=True)

    class Meta:
        model = EvidenceFile
        fields = ["name", "media_type", "size", "sha256"]
        read_only_fields = fields


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    """A file, a link, a dated statement, or the run of an instrument."""

    file = EvidenceFileSerializer(read_only=True, allow_null=True)
    owner = serializers.CharField(source="owned_by", read_only=True, help_text="by name; empty: nobody")

    run = serializers.IntegerField(
        source="run_id", read_only=True, allow_null=True, help_text="of an instrument that is named"
    )
    url = serializers.CharField(read_only=True, help_text="of a link")
    added_by = PersonField()

    class Meta:
        model = Evidence
        fields = [
            "id",
            "kind",
            "title",
            "url",
            "statement",
            "file",
            "run",
            "dated_on",
            "expires_on",
            "independence",
            "owner",
            "revision",
            "added_by",
            "added_at",
        ]
        read_only_fields = fields


class EvidenceFieldsSerializer(serializers.Serializer[Any]):
    """What is said of evidence of whatever kind."""

    title = serializers.CharField(max_length=LONGEST_NAME)
    dated_on = serializers.DateField(help_text="not in the future")
    expires_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="the last day on which it counts"
    )
    independence = serializers.ChoiceField(
        choices=Evidence.Independence.choices, default=Evidence.Independence.SELF
    )
    owner_name = serializers.CharField(
        max_length=LONGEST_NAME,
        required=False,
        allow_blank=True,
        default="",
        help_text="user name, e-mail address or name; empty: who adds it",
    )


class EvidenceWriteSerializer(EvidenceFieldsSerializer):
    """New evidence: a link with its address, or a statement with its text. Files are uploaded."""

    kind = serializers.ChoiceField(choices=Evidence.TYPED)
    url = serializers.CharField(
        max_length=LONGEST_ADDRESS, required=False, allow_blank=True, default="", help_text="http or https"
    )
    statement = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class FollowsSerializer(serializers.Serializer[Any]):
    """The agency above whose answer this one follows, and for which platform."""

    agency = serializers.CharField(help_text="slug")
    platform = serializers.CharField()
    followed_at = serializers.DateTimeField(help_text="when it was last brought in line")


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """What is said of one item; `level` null and `revision` 0 where nothing was said yet."""

    item = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    level = serializers.SerializerMethodField()
    carried_from = serializers.CharField(
        source="carried_from.period_label",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="period in which it was last said or confirmed, where it was carried from there",
    )
    unconfirmed = serializers.BooleanField(
        source="is_unconfirmed", read_only=True, help_text="carried, and nobody said that it still holds"
    )
    confirmed_by = PersonField(help_text="who said that it still holds as it was")
    answered_by = PersonField()
    answered_at = serializers.DateTimeField(read_only=True, allow_null=True)
    evidence = EvidenceSerializer(many=True, read_only=True)
    follows = serializers.SerializerMethodField()

    class Meta:
        model = Answer
        fields = [
            "item", "level", "points", "holder", "holder_name", "note", "reason", "planned_on", "review_by",
            "revision", "answered_by", "answered_at", "carried_from", "unconfirmed", "confirmed_by",
            "confirmed_at", "lapsed_on", "evidence", "follows",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(FollowsSerializer(allow_null=True))
    def get_follows(self, answer: Answer) -> Any:
        """Null: it is the agency's own."""
        following = getattr(answer, "following", None)
        if following is None:
            return None
        agency = following.source.assessment.agency.slug
        told = {"agency": agency, "platform": answer.holder_name, "followed_at": following.followed_at}
        return FollowsSerializer(told).data

    @extend_schema_field(serializers.ChoiceField(choices=LEVELS, allow_null=True))
    def get_level(self, answer: Answer) -> str | None:
        """Null: not answered."""
        return answer.level or None


class AnswerWriteSerializer(serializers.Serializer[Any]):
    """An answer as a whole: what is not given is empty. Name the revision here, or send If-Match."""

    level = serializers.ChoiceField(
        choices=LEVELS, allow_null=True, help_text="in models of points null: it follows from them"
    )
    points = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=1000,
        help_text="in models answered in points",
    )
    holder = serializers.ChoiceField(choices=Answer.Holder.choices, default=Answer.Holder.SELF)
    holder_name = serializers.CharField(max_length=LONGEST_NAME, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    review_by = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="of what could never apply: after it no later assessment carries the answer over",
    )
    planned_on = serializers.DateField(required=False, allow_null=True, default=None)
    revision = RevisionField(required=False, help_text="of the answer that was read; 0 for a first answer")


# --- results ----------------------------------------------------------------------------------------
