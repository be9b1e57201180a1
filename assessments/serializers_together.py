"""Who answers what, comments, and shared answers over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from assessments.models import Assignment, Comment, SharedAnswer, Thread
from assessments.models.together import LONGEST_COMMENT
from assessments.serializers import LARGEST_REVISION, LEVELS, PersonField, RevisionField
from assessments.services_answers import LONGEST_NAME

LARGEST_ID = 2**63 - 1
PART = "domain:slug, item:slug or challenges"


class UsernameField(serializers.CharField):
    """A person by username."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=150, **options)


# --- who answers what -------------------------------------------------------------------------------


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    """One part of an assessment, and whose it is."""

    part = serializers.CharField(read_only=True, help_text=PART)
    person = serializers.CharField(source="person.username", read_only=True, help_text="username")
    name = serializers.CharField(source="person", read_only=True)
    assigned_by = PersonField()

    class Meta:
        model = Assignment
        fields = ["part", "person", "name", "assigned_by", "assigned_at"]
        read_only_fields = fields


class AssignmentWriteSerializer(serializers.Serializer[Any]):
    """Whose a part is to be, and whose it was when that was decided."""

    part = serializers.CharField(max_length=200, help_text=PART)
    person = UsernameField(allow_null=True, help_text="username; null: nobody")
    was = UsernameField(allow_null=True, help_text="username of whose it was when you read it; null: nobody")


class AssignmentsSerializer(serializers.Serializer[Any]):
    """Several parts at once: all of them, or none."""

    assignments = AssignmentWriteSerializer(many=True, allow_empty=False, max_length=2_000)  # type: ignore[call-arg]


class AssignedSerializer(serializers.Serializer[Any]):
    """What came of it."""

    changed = serializers.ListField(child=serializers.CharField(), help_text="the parts that changed")


class PersonProgressSerializer(serializers.Serializer[Any]):
    """How far one person is; `person` null: what is nobody's."""

    person = serializers.CharField(source="person.username", default=None, allow_null=True)
    name = serializers.CharField(source="person", allow_null=True)
    able = serializers.BooleanField(help_text="may still answer there")
    assigned = serializers.IntegerField(help_text="items")
    asked = serializers.IntegerField(help_text="of them through the stage being worked on")
    answered = serializers.IntegerField(help_text="of those asked")
    open = serializers.IntegerField(help_text="asked and not answered")
    changed_at = serializers.DateTimeField(
        allow_null=True, help_text="the last answer this person gave in this assessment"
    )


class PeopleSerializer(serializers.Serializer[Any]):
    """Everybody who works on an assessment."""

    people = PersonProgressSerializer(many=True)


# --- comments ---------------------------------------------------------------------------------------


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """What one person said; removed, its text is empty."""

    by = serializers.CharField(source="by.username", read_only=True, help_text="username")
    name = serializers.CharField(source="by", read_only=True)
    mentions = serializers.SerializerMethodField(help_text="usernames of who were told of it")

    class Meta:
        model = Comment
        fields = [
            "id", "by", "name", "at", "text", "mentions", "revision", "edited_at", "removed_at", "key",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_mentions(self, comment: Comment) -> list[str]:
        """In the order of their usernames."""
        return sorted(person.username for person in comment.mentions.all())


class CommentWriteSerializer(serializers.Serializer[Any]):
    """Something to say. Plain text; @ and a username names somebody."""

    text = serializers.CharField(max_length=LONGEST_COMMENT)
    key = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text="sent again, it is the same comment"
    )


class CommentEditSerializer(serializers.Serializer[Any]):
    """What a comment is to say. Name the revision here, or send If-Match."""

    text = serializers.CharField(max_length=LONGEST_COMMENT)
    revision = RevisionField(required=False, help_text="of the comment that was read")


class ThreadSerializer(serializers.ModelSerializer[Thread]):
    """Whether what was said about one item waits for somebody; revision 0 where nothing was said yet."""

    item = serializers.CharField(source="item.slug", read_only=True, help_text="slug")
    resolved = serializers.SerializerMethodField()
    resolved_by = PersonField()

    class Meta:
        model = Thread
        fields = ["item", "resolved", "resolved_by", "resolved_at", "revision"]
        read_only_fields = fields

    def get_resolved(self, thread: Thread) -> bool:
        """A new comment opens it again."""
        return not thread.is_open


class SettleSerializer(serializers.Serializer[Any]):
    """Whether a thread is to be resolved. Name the revision here, or send If-Match."""

    resolved = serializers.BooleanField()
    revision = RevisionField(required=False, help_text="of the thread that was read")


# --- shared answers ---------------------------------------------------------------------------------


class SharedAnswerSerializer(serializers.Serializer[Any]):
    """An answer that an agency above offers, and one's own answer beside it."""

    id = serializers.IntegerField(source="shared.pk", help_text="of the offer")
    item = serializers.CharField(help_text="slug")
    agency = serializers.CharField(source="shared.answer.assessment.agency.slug", help_text="slug")
    platform = serializers.CharField(source="shared.platform")
    level = serializers.ChoiceField(choices=LEVELS, source="shared.answer.level")
    points = serializers.IntegerField(source="shared.answer.points", allow_null=True)
    note = serializers.CharField(source="shared.answer.note")
    planned_on = serializers.DateField(source="shared.answer.planned_on", allow_null=True)
    revision = serializers.IntegerField(help_text="of one's own answer; 0: there is none")
    follows = serializers.BooleanField(help_text="one's own answer follows this offer")


class SharedAnswersSerializer(serializers.Serializer[Any]):
    """All that may be taken over."""

    offers = SharedAnswerSerializer(many=True)


class WishSerializer(serializers.Serializer[Any]):
    """One offer to take, over the revision of one's own answer that was read."""

    id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="of the offer")
    revision = serializers.IntegerField(min_value=0, max_value=LARGEST_REVISION)


class TakeSerializer(serializers.Serializer[Any]):
    """Offers to take over."""

    offers = WishSerializer(many=True, allow_empty=False, max_length=2_000)  # type: ignore[call-arg]


class RefusalSerializer(serializers.Serializer[Any]):
    """One that was not taken."""

    item = serializers.CharField()
    why = serializers.CharField()


class TakenSerializer(serializers.Serializer[Any]):
    """What came of each."""

    taken = serializers.ListField(child=serializers.CharField(), help_text="items")
    refused = RefusalSerializer(many=True)


class ItemsSerializer(serializers.Serializer[Any]):
    """Items by slug."""

    items = serializers.ListField(
        child=serializers.CharField(max_length=200), allow_empty=False, max_length=2_000
    )


class CountSerializer(serializers.Serializer[Any]):
    """How many changed."""

    changed = serializers.IntegerField()


class OfferWriteSerializer(ItemsSerializer):
    """Answers to offer to agencies below, for a platform; null: withdraw them."""

    platform = serializers.CharField(max_length=LONGEST_NAME, allow_null=True)


@extend_schema_serializer(component_name="AnswerOffer")
class OfferSerializer(serializers.ModelSerializer[SharedAnswer]):
    """An answer of this assessment that it offers to agencies below."""

    item = serializers.CharField(source="answer.item.slug", read_only=True, help_text="slug")
    offered_by = PersonField()

    class Meta:
        model = SharedAnswer
        fields = ["id", "item", "platform", "offered_by", "offered_at"]
        read_only_fields = fields
