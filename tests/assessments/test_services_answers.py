"""Saving answers and evidence: what is accepted, what is refused, and that nothing is overwritten unseen."""

from datetime import date

import pytest

from assessments.models import Answer, Assessment, Evidence
from assessments.services import NotOpen
from assessments.services_answers import (
    AnswerFields,
    BadAnswer,
    EvidenceFields,
    StaleAnswer,
    add_evidence,
    remove_evidence,
    save_answer,
)
from maturity.levels import Level
from maturity.models import Item
from portal.audit.models import AuditEntry
from tests.assessments.conftest import STAGE_1, STAGE_2, Case
from tests.factories import NOW


def save(
    case: Case, item: str = "train-staff", revision: int = 0, by: str = "contributor", **fields
) -> Answer:
    fields.setdefault("level", Level.PARTIAL)
    return save_answer(
        assessment_id=case.assessment.pk,
        item_slug=item,
        revision=revision,
        fields=AnswerFields(**fields),
        by=case.world.people[by],
        at=NOW,
    )


def test_a_first_answer_has_revision_one_and_is_audited(case: Case):
    answer = save(case, note="  Two of five systems. ")
    assert (answer.level, answer.revision, answer.note) == ("partial", 1, "Two of five systems.")
    assert (answer.answered_by, answer.answered_at) == (case.world.contributor, NOW)
    changes = AuditEntry.objects.get(action="answer").changes
    assert changes == {
        "item": "train-staff",
        "level": [None, "partial"],
        "note": ["", "Two of five systems."],
    }


def test_each_save_raises_the_revision(case: Case):
    save(case)
    assert save(case, revision=1, level=Level.IN_PLACE, by="lead").revision == 2
    answer = Answer.objects.get()
    assert (answer.level, answer.answered_by) == ("in_place", case.world.lead)


def test_an_old_page_is_refused_and_told_what_changed_and_by_whom(case: Case):
    save(case)
    save(case, revision=1, level=Level.IN_PLACE, note="All of them.", by="lead")
    with pytest.raises(StaleAnswer, match="lead saved this answer after you read it") as stale:
        save(case, revision=1, level=Level.NOT_STARTED)
    assert (stale.value.answer.level, stale.value.answer.revision) == ("in_place", 2)
    assert stale.value.changed == ("level", "note")
    assert Answer.objects.get().note == "All of them."


def test_a_first_answer_is_refused_where_somebody_was_faster(case: Case):
    save(case, by="lead")
    with pytest.raises(StaleAnswer, match="lead saved"):
        save(case, level=Level.IN_PLACE)


def test_saving_what_is_saved_already_is_harmless(case: Case):
    save(case)
    assert save(case).revision == 1
    assert AuditEntry.objects.filter(action="answer").count() == 1


def test_a_revision_that_never_was_is_refused(case: Case):
    with pytest.raises(BadAnswer, match="no answer at revision 3"):
        save(case, revision=3)


def test_taking_an_answer_back_leaves_its_revision_so_that_older_pages_stay_old(case: Case):
    save(case)
    taken_back = save(case, revision=1, level=None)
    assert (taken_back.level, taken_back.revision) == ("", 2)
    save(case, revision=2, level=Level.IN_PLACE, by="lead")
    with pytest.raises(StaleAnswer):
        save(case, revision=1, level=Level.NOT_STARTED)
    history = AuditEntry.objects.filter(action="answer").order_by("pk")
    assert [entry.changes["level"] for entry in history] == [
        [None, "partial"],
        ["partial", None],
        [None, "in_place"],
    ]


def test_a_note_may_come_before_the_answer_but_nothing_at_all_is_refused(case: Case):
    assert save(case, level=None, note="Ask the platform team.").level == ""
    with pytest.raises(BadAnswer, match="Choose an answer"):
        save(case, item="name-owner", level=None)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"level": Level.PLANNED}, "planned_on", "Give the date"),
        (
            {"level": Level.PLANNED, "planned_on": date(2026, 9, 30)},
            "planned_on",
            r"after FY27 Q1 began \(October 1",
        ),
        ({"level": Level.NOT_APPLICABLE, "reason": "  "}, "reason", "Say why"),
        ({"holder": "provider"}, "holder_name", "Name the parent's platform or the provider"),
        ({"holder": "neighbor"}, "holder", "one of self, parent, provider"),
        ({"level": Level.NOT_YET}, "level", "challenges only"),
        ({"note": "x" * 5001}, "note", "at most 5,000 characters; these are 5,001"),
        ({"holder": "parent", "holder_name": "x" * 201}, "holder_name", "at most 200"),
    ],
)
def test_what_an_answer_lacks_is_named_by_field(case: Case, fields: dict, field: str, message: str):
    with pytest.raises(BadAnswer, match=message) as bad:
        save(case, **fields)
    assert list(bad.value.errors) == [field]
    assert not Answer.objects.exists()


def test_not_yet_relevant_is_for_challenges_above_the_stage_being_worked_on(case: Case):
    assert save(case, item="too-complex", level=Level.NOT_YET).level == "not_yet"
    with pytest.raises(BadAnswer, match="above the stage you are working on"):
        save(case, item="no-budget", level=Level.NOT_YET)
    for item in STAGE_1:
        case.answer(item)
    with pytest.raises(BadAnswer, match="above the stage you are working on"):
        save(case, item="too-complex", revision=1, level=Level.NOT_YET, note="Still not.")


def test_answers_are_fixed_once_submitted_and_open_again_once_returned(submitted: Case):
    with pytest.raises(NotOpen, match="submitted"):
        save(submitted, revision=1)
    Assessment.objects.update(state="returned")
    assert save(submitted, revision=1).revision == 2


def test_an_item_of_another_version_is_no_item_here(case: Case):
    with pytest.raises(Item.DoesNotExist):
        save(case, item="no-such-item")


def test_a_save_takes_as_many_queries_whatever_is_answered_already(case: Case, queries_of):
    first = queries_of(lambda: save(case, level=Level.IN_PLACE))
    for item in (*STAGE_1[1:], *STAGE_2):
        save(case, item=item)
    again = queries_of(lambda: save(case, revision=1, level=Level.PARTIAL))
    # Two of them note who is at work on it; one of the second asks who follows the answer.
    assert again <= first <= 11


STATEMENT = EvidenceFields(
    kind="statement", title="Report", dated_on=date(2026, 11, 1), statement="We trained all."
)
LINK = EvidenceFields(kind="link", title="Plan", dated_on=date(2026, 11, 21), url="https://example.gov/plan")


def cite(
    case: Case, evidence: EvidenceFields, by: str = "contributor", item: str = "train-staff"
) -> Evidence:
    return add_evidence(
        assessment_id=case.assessment.pk, item_slug=item, evidence=evidence, by=case.world.people[by], at=NOW
    )


@pytest.mark.parametrize("evidence", [STATEMENT, LINK])
def test_evidence_is_added_with_who_and_when_and_audited_without_its_text(
    case: Case, evidence: EvidenceFields
):
    save(case)
    added = cite(case, evidence)
    assert (added.added_by, added.added_at, added.answers.get().revision) == (case.world.contributor, NOW, 1)
    assert (added.url, added.statement) == (evidence.url, evidence.statement)
    changes = AuditEntry.objects.get(action="add evidence").changes
    assert changes == {"item": "train-staff", "kind": evidence.kind, "dated_on": str(evidence.dated_on)}


def test_evidence_may_come_first_and_does_not_make_the_first_answer_stale(case: Case):
    cite(case, LINK, by="lead")
    assert case.assessment.answers.get().level == ""
    assert save(case).revision == 1
    assert Evidence.objects.get().answers.get().level == "partial"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": " "}, "title", "Say in a few words"),
        ({"title": "x" * 201}, "title", "at most 200"),
        ({"dated_on": date(2026, 11, 22)}, "dated_on", "in the future"),
        ({"url": ""}, "url", "https://"),
        ({"url": "javascript:alert(1)"}, "url", "https://"),
        ({"url": "ftp://example.gov/x"}, "url", "https://"),
        ({"url": "https://"}, "url", "https://"),
        ({"url": "https://exa mple.gov"}, "url", "https://"),
        ({"url": "https://[::1"}, "url", "whole address"),
        ({"url": "https://example.gov/" + "x" * 1000}, "url", "at most 1,000"),
        ({"kind": "statement"}, "statement", "Write the statement"),
        ({"kind": "statement", "statement": "x" * 5001}, "statement", "at most 5,000"),
        ({"kind": "picture"}, "kind", "one of link, statement"),
        ({"kind": "file"}, "kind", "is uploaded"),
        ({"expires_on": date(2026, 11, 20)}, "expires_on", "before the day"),
        ({"independence": "very"}, "independence", "one of self, internal, external"),
        ({"owner_name": "x" * 201}, "owner_name", "at most 200"),
    ],
)
def test_bad_evidence_is_refused_by_field(case: Case, changes: dict, field: str, message: str):
    values = {"kind": "link", "title": "Plan", "dated_on": date(2026, 11, 21), "url": "https://example.gov"}
    with pytest.raises(BadAnswer, match=message) as bad:
        cite(case, EvidenceFields(**(values | changes)))
    assert list(bad.value.errors) == [field]
    assert not Evidence.objects.exists()


def test_evidence_is_removed_while_the_assessment_is_open(case: Case):
    save(case)
    added = cite(case, STATEMENT)
    remove_evidence(assessment_id=case.assessment.pk, evidence_id=added.pk, by=case.world.lead, at=NOW)
    assert not Evidence.objects.exists()
    assert AuditEntry.objects.get(action="remove evidence").changes == {"item": "train-staff"}


def test_evidence_is_fixed_once_submitted(case: Case):
    case.answer_all_asked()
    added = cite(case, STATEMENT)
    case.submit()
    with pytest.raises(NotOpen):
        remove_evidence(assessment_id=case.assessment.pk, evidence_id=added.pk, by=case.world.lead, at=NOW)
    with pytest.raises(NotOpen):
        cite(case, LINK)
