"""What waits for reviewers, approving many at once, and the list of disagreements."""

import csv
import io
from datetime import date

import pytest
from django.test import Client

from assessments.models import Assessment, Cycle, Evidence, Result
from assessments.services_review_bulk import MOST_AT_ONCE, TooMany, approve_in_bulk
from assessments.services_reviewing import Verdict
from maturity.levels import Level
from portal.audit.models import AuditEntry
from tests.assessments.conftest import LABEL, QUARTER, STAGE_1, STAGE_2, Case, start_case
from tests.assessments.reviews import ALL, next_quarter
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

QUEUE = "/reviews/"


def submitted(world: World, slug: str, *, decided: bool = False) -> Case:
    case = start_case(world, make_small_model(slug))
    case.answer_all_asked()
    case.submit()
    if decided:
        case.agree_with_all()
    return case


def text_of(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def states() -> list[str]:
    return list(Assessment.objects.order_by("pk").values_list("state", flat=True))


def approve(case_or_world: World, *cases: Case, revision: int = 2):
    picks = [f"{case.assessment.pk}:{revision}" for case in cases]
    return case_or_world.client("reviewer").post("/reviews/approve/", {"pick": picks})


def test_the_queue_says_what_stands_in_the_way(world: World):
    submitted(world, "one")
    submitted(world, "two", decided=True)
    own = submitted(world, "three")
    own.assessment.workers.add(world.reviewer)
    text = text_of(world.client("reviewer"), QUEUE)
    assert "3 assessments to review" in text
    assert "4 of 4 open" in text
    assert "<li>4 to decide</li>" in text
    assert "You worked on it: somebody else approves it" in text
    assert text.count('name="pick"') == 1
    assert "1 assessment to review" in text_of(world.client("reviewer"), f"{QUEUE}?show=ready")


def test_the_first_due_comes_first_and_what_is_overdue_says_so(world: World):
    late, soon = submitted(world, "late"), submitted(world, "soon")
    for case, due in ((late, date(2027, 1, 31)), (soon, date(2026, 11, 1))):
        Cycle.objects.create(
            program=world.program, version=case.assessment.version, due_on=due, opened_at=NOW,
            period_starts_on=QUARTER.starts_on, period_ends_on=QUARTER.ends_on, period_label=LABEL,
        )  # fmt: skip
    lines = world.client("reviewer").get(QUEUE).context["lines"]
    assert [line.assessment for line in lines] == [soon.assessment, late.assessment]
    assert lines[0].due_on == date(2026, 11, 1)


def test_the_queue_takes_as_many_queries_for_many_as_for_few(world: World, queries_of):
    client = world.client("reviewer")
    submitted(world, "first")
    few = queries_of(lambda: client.get(QUEUE))
    for number in range(6):
        submitted(world, f"model-{number}")
    assert queries_of(lambda: client.get(QUEUE)) == few


@pytest.mark.parametrize(
    ("way", "own"),
    [("workers", True), ("answered_by", True), ("submitted_by", True), ("added_by", True), ("", False)],
)
def test_the_queue_knows_who_worked_on_it(world: World, way: str, own: bool):
    case = submitted(world, "one", decided=True)
    answer = case.assessment.answers.first()
    if way == "workers":
        case.assessment.workers.add(world.reviewer)
    elif way == "answered_by":
        case.assessment.answers.filter(pk=answer.pk).update(answered_by=world.reviewer)
    elif way == "submitted_by":
        Assessment.objects.update(submitted_by=world.reviewer)
    elif way == "added_by":
        case.assessment.evidence.create(
            kind="statement",
            title="x",
            statement="x",
            dated_on=NOW.date(),
            added_by=world.reviewer,
            added_at=NOW,
        )
    (line,) = world.client("reviewer").get(QUEUE).context["lines"]
    assert (line.own, line.ready) == (own, not own)


def test_the_ready_ones_are_approved_each_for_itself(world: World):
    ready, other = submitted(world, "one", decided=True), submitted(world, "two", decided=True)
    waiting = submitted(world, "three")
    page = approve(world, ready, waiting, other)
    assert states() == ["approved", "approved", "submitted"]
    outcomes = [(one.assessment.pk, one.approved) for one in page.context["outcomes"]]
    assert outcomes == [
        (ready.assessment.pk, True), (waiting.assessment.pk, False), (other.assessment.pk, True),
    ]  # fmt: skip
    text = page.content.decode()
    assert "4 items are still to be decided one by one." in text
    assert AuditEntry.objects.filter(action="approve").count() == Result.objects.count() == 2


def test_approving_again_finds_them_approved(world: World):
    case = submitted(world, "one", decided=True)
    approve(world, case)
    page = approve(world, case)
    assert [one.words for one in page.context["outcomes"]] == ["Approved already."]
    assert Result.objects.count() == 1


def test_what_changed_since_it_was_seen_is_not_approved(world: World):
    page = approve(world, submitted(world, "one", decided=True), revision=1)
    assert "has changed since you read it" in page.content.decode()
    assert states() == ["submitted"]


def test_nobody_approves_their_own_in_bulk(world: World):
    case = submitted(world, "one", decided=True)
    case.assessment.workers.add(world.reviewer)
    page = approve(world, case)
    assert "somebody else has to approve it" in page.content.decode()
    assert states() == ["submitted"]


def test_what_one_may_not_review_is_passed_over(world: World):
    case = submitted(world, "one", decided=True)
    chosen = [(case.assessment.pk, 2), (999, 1)]
    for persona in ("outsider", "viewer", "lead"):
        assert approve_in_bulk(chosen=chosen, by=world.people[persona], at=NOW) == []
    assert states() == ["submitted"]


def test_no_more_than_so_many_at_once(world: World):
    with pytest.raises(TooMany):
        approve_in_bulk(chosen=[(pk, 1) for pk in range(MOST_AT_ONCE + 1)], by=world.reviewer, at=NOW)


@pytest.mark.parametrize("pick", ["", "1", "a:b", "1:²", "9999999999:1"])
def test_a_choice_that_is_none_approves_nothing(world: World, pick: str):
    answer = world.client("reviewer").post("/reviews/approve/", {"pick": [pick]})
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)


# --- first assessments, side by side ------------------------------------------------------------------

FIRST = "/reviews/first/"


def first(world: World, slug: str, *, evidence: bool = True, **levels: Level) -> Case:
    """A first assessment that is submitted; without evidence the checks find that."""
    case = start_case(world, make_small_model(slug))
    case.answer_all_asked()
    for item, level in levels.items():
        case.answer(item.replace("_", "-"), level, reason="We have none.")
    if evidence:
        answer = case.assessment.answers.get(item__slug="train-staff")
        found = Evidence.objects.create(
            assessment=case.assessment, kind="statement", title="Course", statement="x",
            dated_on=NOW.date(), added_by=world.contributor, added_at=NOW,
        )  # fmt: skip
        found.uses.create(answer=answer, added_by=world.contributor, added_at=NOW)
    case.submit()
    return case


def agree_first(world: World, *cases: Case, revision: int = 2, persona: str = "officer"):
    return world.client(persona).post(FIRST, {"pick": [f"{case.assessment.pk}:{revision}" for case in cases]})


def test_first_assessments_without_findings_stand_side_by_side(world: World):
    plain = first(world, "one", name_owner=Level.NOT_APPLICABLE)
    first(world, "two", evidence=False)  # in place without evidence
    asked = first(world, "three")
    asked.decide("train-staff", Verdict("asked", "Who?"))
    own = first(world, "four")
    own.assessment.workers.add(world.officer)
    page = world.client("officer").get(FIRST)
    (reading,) = page.context["readings"]
    assert reading.assessment == plain.assessment
    assert {line.item.slug: line.why for line in reading.lines}["name-owner"] == ("Not applicable",)
    assert (len(reading.lines), reading.rest) == (2, 2), "one of the other three is drawn"
    text = " ".join(page.content.decode().split())
    assert "Why: We have none." in text
    assert "agrees with the answers that are not shown, too" in text
    assert "1 first assessment without findings" in text_of(world.client("officer"), QUEUE)


def test_must_haves_and_what_was_decided_are_shown(world: World):
    case = start_case(world, make_small_model())
    for item in (*STAGE_1, *STAGE_2):
        case.answer(item, Level.PLANNED, planned_on=date(2027, 6, 1))
    case.submit()
    case.decide("scan-images", Verdict("set", "Not begun.", Level.NOT_STARTED))
    (reading,) = world.client("officer").get(FIRST).context["readings"]
    (line,) = [line for line in reading.lines if line.item.slug == "scan-images"]
    assert line.why == ("Must-haves",)
    assert line.decided.startswith("Set by a reviewer: ")


def test_agreeing_with_first_assessments_approves_each_and_the_audit_says_so(world: World):
    one, two, left = first(world, "one"), first(world, "two"), first(world, "three")
    page = agree_first(world, one, two)
    assert states() == ["approved", "approved", "submitted"]
    assert "2 approved" in page.content.decode()
    assert [reading.assessment for reading in page.context["readings"]] == [left.assessment]
    told = AuditEntry.objects.filter(action="approve").first().changes
    assert told["agreed with the rest"] == 4


@pytest.mark.parametrize("way", ["findings", "not first", "asked", "changed", "own"])
def test_whatever_is_not_plain_is_refused_there(world: World, way: str):
    if way == "not first":
        case = next_quarter(world)
        for item in ALL:
            case.answer(item, Level.NOT_STARTED)
        case.submit()
    else:
        case = first(world, "one", evidence=way != "findings")
    if way == "asked":
        case.decide("train-staff", Verdict("asked", "Who?"))
    if way == "own":
        case.assessment.workers.add(world.officer)
    page = agree_first(world, case, revision=1 if way == "changed" else case.assessment.revision)
    assert [one.approved for one in page.context["outcomes"]] == [False]
    case.assessment.refresh_from_db()
    assert case.assessment.state == "submitted"


def test_side_by_side_takes_as_many_queries_for_many_as_for_few(world: World, queries_of):
    client = world.client("officer")
    first(world, "first")
    few = queries_of(lambda: client.get(FIRST))
    for number in range(4):
        first(world, f"model-{number}")
    assert queries_of(lambda: client.get(FIRST)) == few


def test_the_ready_tab_lists_what_is_ready_though_nobody_attested_by_log_in(world: World):
    case = submitted(world, "one", decided=True)
    assert case.assessment.attested_user is None
    lines = world.client("reviewer").get(f"{QUEUE}?show=ready").context["lines"]
    assert [line.assessment for line in lines] == [case.assessment]


# --- disagreements ------------------------------------------------------------------------------------


def disagreement(world: World, slug: str = "one", text: str = "=Only one.") -> Case:
    case = submitted(world, slug)
    case.decide("train-staff", Verdict("set", text, Level.PARTIAL))
    case.approve()
    return case


def test_disagreements_are_listed_for_those_who_may_see_answers(world: World):
    disagreement(world)
    for persona in ("lead", "contributor", "reviewer", "officer", "administrator"):
        text = text_of(world.client(persona), "/reviews/disagreements/")
        assert "<td>In place</td>" in text
        assert "In place for some of our systems" in text
    for persona in ("viewer", "outsider"):
        assert "No disagreement" in text_of(world.client(persona), "/reviews/disagreements/")


def test_the_list_takes_as_many_queries_for_many_as_for_few(world: World, queries_of):
    client = world.client("reviewer")
    disagreement(world)
    few = queries_of(lambda: client.get("/reviews/disagreements/"))
    for number in range(4):
        disagreement(world, f"model-{number}")
    assert queries_of(lambda: client.get("/reviews/disagreements/")) == few


def test_the_file_is_safe_to_open_and_audited(world: World):
    disagreement(world)
    answer = world.client("reviewer").get("/reviews/disagreements/file/")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "Exported by reviewer" in rows[1][0]
    assert rows[-1][:7] == [
        "Grid Office", "FY27 Q1", "One 1", "Train staff", "In place", "In place for some of our systems",
        "'=Only one.",
    ]  # fmt: skip
    assert AuditEntry.objects.get(action="disagreements.exported").changes == {"rows": 1}


def test_a_correction_of_a_reviewer_before_anybody_was_told_is_no_disagreement(world: World):
    case = submitted(world, "one")
    case.decide("train-staff", Verdict("set", "Typed wrong.", Level.PARTIAL))
    case.decide("train-staff", Verdict("agreed"))
    assert "No disagreement" in text_of(world.client("reviewer"), "/reviews/disagreements/")


def test_what_is_overdue_is_marked(world: World):
    case = submitted(world, "one")
    Cycle.objects.create(
        program=world.program, version=case.assessment.version, due_on=date(2026, 1, 2),
        opened_at=NOW, period_starts_on=QUARTER.starts_on, period_ends_on=QUARTER.ends_on, period_label=LABEL,
    )  # fmt: skip
    assert "overdue" in text_of(world.client("reviewer"), QUEUE)
