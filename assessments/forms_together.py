"""What people fill in while they work together: whose what is, and comments."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms

from assessments.models import Comment, Thread
from assessments.models.together import LONGEST_COMMENT
from assessments.services_assigning import Wanted
from portal.access.models import User
from portal.requests import id_in

NOBODY = "nobody"
MOST_PARTS = 2_000  # of one questionnaire


class AssignForm(forms.Form):
    """Parts ("domain:people|12": with the id of whose it was when the page was made) and whose they are to
    be."""

    person = forms.ChoiceField(
        label="Assign what is ticked to", error_messages={"required": "Choose a person, or nobody."}
    )

    def __init__(self, able: Mapping[int, User], data: Any = None) -> None:
        super().__init__(data)
        people = [(str(pk), f"{person} ({person.username})") for pk, person in able.items()]
        choices = [("", "Choose"), *people, (NOBODY, "Nobody (take it away)")]
        self.fields["person"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """With what was ticked."""
        cleaned = super().clean() or {}
        ticked = self.data.getlist("part")[:MOST_PARTS] if hasattr(self.data, "getlist") else []
        chosen = cleaned.get("person", "")
        person_id = None if chosen in {"", NOBODY} else int(chosen)
        wanted = {}
        for one in ticked:
            part, _, was = one.partition("|")
            if was and id_in(was) is None:
                raise forms.ValidationError(f"“{one[:80]}” is no part of the questionnaire.")
            wanted[part] = Wanted(person_id, id_in(was))
        if not wanted:
            raise forms.ValidationError("Tick at least one domain or item to assign.")
        cleaned["wanted"] = wanted
        return cleaned


class CommentForm(forms.Form):
    """What somebody says. `key` makes the same form, sent twice, one comment."""

    text = forms.CharField(
        label="Your comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Write @ and a username to tell somebody. Everybody who may see these answers can read it.",
        error_messages={"required": "Write something."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()})


class CommentEditForm(forms.Form):
    """A comment of one's own as it is to be."""

    text = forms.CharField(
        label="Your comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write something, or remove the comment."},
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, comment: Comment, data: Any = None) -> None:
        super().__init__(data, initial={"text": comment.text, "revision": comment.revision})


class SettleForm(forms.Form):
    """Whether a thread is resolved, as of what was read of it."""

    resolved = forms.BooleanField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, thread: Thread | None = None, data: Any = None) -> None:
        initial = {"resolved": thread.is_open, "revision": thread.revision} if thread is not None else {}
        super().__init__(data, initial=initial)
