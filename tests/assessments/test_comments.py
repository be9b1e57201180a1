"""What people say to each other about an item, who is told of it, and what becomes of it."""

import uuid

import pytest
from django.urls import reverse

from assessments.comment_text import names_in, shown
from assessments.models import Comment, Thread
from assessments.services import NotOpen
from assessments.services_comments import (
    BadComment,
    NotYours,
    StaleComment,
    add_comment,
    edit_comment,
    remove_comment,
    settle_thread,
)
from portal.audit.models import AuditEntry
from portal.notices.models import Notice
from tests.assessments.conftest import Case
from tests.factories import NOW
from tests.notices.conftest import told

ITEM = "train-staff"


def say(case: Case, text: str, by=None, **more) -> Comment:
    return add_comment(
        assessment_id=case.assessment.pk,
        item_slug=ITEM,
        text=text,
        by=by or case.world.contributor,
        at=NOW,
        **more,
    )


def edit(case: Case, comment: Comment, text: str, by=None, revision: int = 1) -> Comment:
    return edit_comment(
        assessment_id=case.assessment.pk,
        comment_id=comment.pk,
        revision=revision,
        text=text,
        by=by or case.world.contributor,
        at=NOW,
    )


def settle(case: Case, revision: int, *, resolved: bool = True) -> Thread:
    return settle_thread(
        assessment_id=case.assessment.pk,
        item_slug=ITEM,
        revision=revision,
        resolved=resolved,
        by=case.world.reviewer,
        at=NOW,
    )


def page(case: Case, persona: str = "lead"):
    return case.world.client(persona).get(
        reverse("assessments:thread-detail", args=[case.assessment.pk, ITEM])
    )


def test_who_is_named_is_told_at_once_and_never_what_was_said(case: Case):
    say(case, "@lead, and @Reviewer. The vault is open")
    sentence = "You are mentioned in a comment on “Train staff”, Grid Office FY27 Q1."
    assert told(case.world.lead) == told(case.world.reviewer) == [sentence]
    assert Notice.objects.filter(email="now").count() == 2
    assert not Notice.objects.filter(text__contains="vault").exists()


@pytest.mark.parametrize("name", ["viewer", "outsider", "nosuchperson"])
def test_who_may_not_see_the_answers_is_not_told_and_looks_like_nobody(case: Case, name: str):
    client = case.world.client("lead")
    answer = client.post(
        reverse("assessments:thread-detail", args=[case.assessment.pk, ITEM]),
        {"text": f"Ask @{name}", "key": str(uuid.uuid4())},
        follow=True,
    )
    assert f"Nobody was told for @{name}: no such person may see these answers." in answer.content.decode()
    assert not Notice.objects.exists()
    assert not Comment.objects.get().mentions.exists()


def test_who_took_part_is_told_of_what_follows_but_not_twice(case: Case):
    world = case.world
    say(case, "First")
    say(case, "Second, @contributor", by=world.reviewer)
    say(case, "Third", by=world.officer)
    assert sorted(told(world.contributor)) == [
        "There is a new comment where you took part: “Train staff”, Grid Office FY27 Q1.",
        "You are mentioned in a comment on “Train staff”, Grid Office FY27 Q1.",
    ]
    assert len(told(world.reviewer)) == 1
    assert told(world.officer) == []


def test_the_same_form_sent_twice_is_one_comment(case: Case):
    key = uuid.uuid4()
    assert say(case, "Once", key=key).pk == say(case, "Once", key=key).pk
    assert Comment.objects.count() == 1
    assert say(case, "Once", key=key, by=case.world.lead).pk != Comment.objects.first().pk


def test_an_edit_is_marked_and_the_audit_keeps_what_was_said(case: Case):
    comment = say(case, "Tuesday")
    edit(case, comment, "Wednesday, @lead")
    assert "edited" in page(case).content.decode()
    entry = AuditEntry.objects.get(action="edit comment")
    assert entry.changes["text"] == ["Tuesday", "Wednesday, @lead"]
    assert len(told(case.world.lead)) == 1
    edit(case, comment, "Thursday, @lead", revision=2)
    assert len(told(case.world.lead)) == 1  # of one comment once
    with pytest.raises(StaleComment):
        edit(case, comment, "Friday", revision=1)
    with pytest.raises(NotYours):
        edit(case, comment, "Mine", by=case.world.administrator, revision=3)


def test_a_removed_comment_leaves_its_place_and_no_text(case: Case):
    comment = say(case, "The secret is swordfish")
    for _ in range(2):
        remove_comment(
            assessment_id=case.assessment.pk, comment_id=comment.pk, by=case.world.contributor, at=NOW
        )
    text = page(case).content.decode()
    assert "Removed by" in text
    assert "swordfish" not in text
    assert AuditEntry.objects.filter(action="remove comment").count() == 1
    with pytest.raises(StaleComment):
        edit(case, comment, "Back")


def test_a_thread_is_resolved_as_it_was_read_and_opened_by_a_new_comment(case: Case):
    say(case, "Which vault?")
    say(case, "That one")
    with pytest.raises(StaleComment):
        settle(case, 1)
    thread = settle(case, 2)
    assert (thread.is_open, thread.resolved_by) == (False, case.world.reviewer)
    assert settle(case, 2).revision == thread.revision  # again is no harm
    say(case, "And yet")
    assert Thread.objects.get().is_open
    settle(case, 4)
    assert settle(case, 5, resolved=False).is_open


def test_comments_go_on_after_submission_and_end_with_the_approval(submitted: Case):
    comment = say(submitted, "Show us the list", by=submitted.world.reviewer)
    submitted.approve()
    for call in (
        lambda: say(submitted, "Too late"),
        lambda: edit(submitted, comment, "Too late", by=submitted.world.reviewer),
        lambda: settle(submitted, 1),
    ):
        with pytest.raises(NotOpen, match="approved"):
            call()
    assert "no longer changed" in page(submitted).content.decode()
    assert "Show us the list" in page(submitted).content.decode()


@pytest.mark.parametrize("text", ["", " \n ", "x" * 5_001])
def test_too_little_and_too_much_is_refused(case: Case, text: str):
    with pytest.raises(BadComment):
        say(case, text)
    assert not Comment.objects.exists()


def test_the_questionnaire_counts_and_filters_open_threads(case: Case):
    say(case, "One")
    say(case, "Two")
    address = reverse("assessments:assessment-detail", args=[case.assessment.pk])
    client = case.world.client("reviewer")
    found = client.get(address, {"show": "talk"})
    assert [row.item.slug for row in found.context["rows"]] == [ITEM]
    assert "2 comments" in found.content.decode()
    settle(case, 2)
    assert client.get(address, {"show": "talk"}).context["rows"] == []
    assert "2 comments, resolved" in client.get(address).content.decode()


def test_a_page_of_comments_takes_as_many_queries_however_many(case: Case, queries_of):
    client = case.world.client("lead")
    address = reverse("assessments:thread-detail", args=[case.assessment.pk, ITEM])
    say(case, "One @lead")
    client.get(address)
    few = queries_of(lambda: client.get(address))
    for number in range(60):
        say(case, f"{number} @reviewer @lead")
    assert queries_of(lambda: client.get(address)) <= few
    assert len(client.get(address, {"page": 1}).context["lines"]) == 50
    assert len(client.get(address).context["lines"]) == 11


# --- the text itself ----------------------------------------------------------------------------------


def test_text_is_shown_as_text():
    text = "<script>alert(1)</script>\n@lead & @eve <b>"
    assert shown(text, {"lead"}) == (
        "&lt;script&gt;alert(1)&lt;/script&gt;<br>"
        '<strong class="comment__name">@lead</strong> &amp; @eve &lt;b&gt;'
    )


def test_only_web_addresses_become_links():
    text = 'See https://example.gov/a?b=1&c="x". javascript:alert(1) http://[bad'
    assert shown(text, ()) == (
        'See <a href="https://example.gov/a?b=1&amp;c=" rel="nofollow noopener noreferrer external">'
        "https://example.gov/a?b=1&amp;c=</a>&quot;x&quot;. javascript:alert(1) http://[bad"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@kim, @Kim and (@lee.)", ["kim", "lee"]),
        ("mail kim@example.gov", []),
        ("https://example.gov/@kim", []),
        ("@kim@example.gov!", ["kim@example.gov"]),
        ("@", []),
        (" ".join(f"@p{n}" for n in range(30)), [f"p{n}" for n in range(20)]),
    ],
)
def test_names_in_a_text(text: str, names: list[str]):
    assert names_in(text) == names
