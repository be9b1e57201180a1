"""Who answers what: assigned by the lead, found again in the questionnaire, carried to the next round."""

import pytest
from django.urls import reverse

from assessments.models import Assessment, Assignment
from assessments.queries import load_sheet
from assessments.queries_assigning import open_items_of, owners_of, progress_by_person
from assessments.services import NotOpen, start_amendment, start_assessment
from assessments.services_assigning import BadAssignment, StaleAssignment, Wanted, assign_parts
from maturity.levels import Level
from portal.access.models import Membership
from portal.access.rules import Role
from portal.audit.models import AuditEntry
from tests.assessments.conftest import EARLIER, LABEL, QUARTER, Case, start_case
from tests.factories import NOW, make_user
from tests.maturity.factories import make_small_model
from tests.notices.conftest import told
from tests.world import World

TODAY = NOW.date()


def assign(case: Case, wanted, by=None, was=None):
    """Give parts to people (None: nobody), whose they were `was`."""
    before = was.pk if was is not None else None
    return assign_parts(
        assessment_id=case.assessment.pk,
        wanted={part: Wanted(one.pk if one is not None else None, before) for part, one in wanted.items()},
        by=by or case.world.lead,
        at=NOW,
    )


def owners(case: Case):
    found = owners_of(case.assessment, TODAY)
    sheet = load_sheet(case.assessment)
    names = {slug: found.of(item) for slug, item in sheet.items.items()}
    return {slug: person.username for slug, person in names.items() if person is not None}


def test_an_items_own_assignment_wins_over_that_of_its_domain(case: Case):
    assign(case, {"domain:people": case.world.contributor, "item:name-owner": case.world.lead})
    assert owners(case) == {
        "train-staff": "contributor",
        "name-owner": "lead",
        "pair-up": "contributor",
        "share-skills": "contributor",
    }


def test_challenges_are_a_part_of_their_own(case: Case):
    assign(case, {"challenges": case.world.contributor})
    assert owners(case) == {"no-budget": "contributor", "too-complex": "contributor"}


def test_what_is_assigned_is_given_to_another_and_taken_away(case: Case):
    world = case.world
    assign(case, {"domain:people": world.contributor})
    assign(case, {"domain:people": world.lead}, was=world.contributor)
    assert set(owners(case).values()) == {"lead"}
    assign(case, {"domain:people": None}, was=world.lead)
    assert owners(case) == {}
    entries = AuditEntry.objects.filter(action="assign").order_by("pk")
    assert [entry.changes["domain:people"] for entry in entries] == [
        [None, "contributor"],
        ["contributor", "lead"],
        ["lead", None],
    ]


def test_two_leads_do_not_undo_each_other_unseen(case: Case):
    assign(case, {"domain:people": case.world.contributor})
    with pytest.raises(StaleAssignment, match="contributor"):
        assign(case, {"domain:platform": case.world.lead, "domain:people": case.world.lead})
    assert set(owners(case).values()) == {"contributor"}  # all or nothing
    assert assign(case, {"domain:people": case.world.contributor}) == {}  # the same again is no harm


@pytest.mark.parametrize("persona", ["viewer", "reviewer", "officer", "outsider", "administrator"])
def test_only_who_may_answer_there_is_given_something(case: Case, persona: str):
    with pytest.raises(BadAssignment, match="may not answer"):
        assign(case, {"domain:people": case.world.people[persona]})


def test_a_part_that_is_none_is_refused(case: Case):
    with pytest.raises(BadAssignment, match="no-such"):
        assign(case, {"item:no-such": case.world.lead})


def test_nothing_is_assigned_once_it_is_submitted(submitted: Case):
    with pytest.raises(NotOpen):
        assign(submitted, {"domain:people": submitted.world.contributor})


def test_who_is_given_something_is_told_once_however_many_items(case: Case):
    world = case.world
    assign(case, {"item:train-staff": world.contributor, "item:name-owner": world.contributor})
    assign(case, {"domain:platform": world.contributor, "challenges": world.lead})
    assert told(world.contributor) == ["Items of an assessment were assigned to you: Grid Office FY27 Q1."]
    assert told(world.lead) == []  # they did it themselves


def test_who_left_is_shown_as_such(case: Case):
    assign(case, {"domain:people": case.world.contributor})
    Membership.objects.filter(user=case.world.contributor).update(until_on=TODAY.replace(day=1))
    page = case.world.client("lead").get(reverse("assessments:person-list", args=[case.assessment.pk]))
    assert "may no longer answer here" in page.content.decode()
    case.world.contributor.is_active = False
    case.world.contributor.save()
    page = case.world.client("lead").get(reverse("assessments:person-list", args=[case.assessment.pk]))
    assert "account closed" in page.content.decode()


def test_progress_of_each_person(case: Case):
    world = case.world
    assign(case, {"domain:people": world.contributor, "item:no-budget": world.lead})
    case.answer("train-staff", Level.PARTIAL)
    lines = {
        line.person.username if line.person else "": (line.assigned, line.asked, line.answered, line.open)
        for line in progress_by_person(load_sheet(case.assessment), owners_of(case.assessment, TODAY))
    }
    assert lines == {"contributor": (4, 2, 1, 1), "lead": (1, 1, 0, 1), "": (4, 1, 0, 1)}


def test_the_page_of_people_takes_as_many_queries_however_many_people(case: Case, queries_of):
    client = case.world.client("lead")
    address = reverse("assessments:person-list", args=[case.assessment.pk])
    assign(case, {"item:heal-itself": case.world.lead})
    case.answer("heal-itself", Level.NOT_STARTED)
    few = queries_of(lambda: client.get(address))
    people = [make_user(f"p{n}", Role.CONTRIBUTOR, agency=case.world.grid) for n in range(8)]
    sheet = load_sheet(case.assessment)
    others = [slug for slug in sheet.items if slug != "heal-itself"]
    for person, slug in zip(people, others, strict=True):
        assign(case, {f"item:{slug}": person})
        case.answer(slug, Level.NOT_STARTED, by=person)
    assert queries_of(lambda: client.get(address)) <= few


def test_the_lead_assigns_on_the_page_and_the_questionnaire_shows_mine(case: Case):
    world = case.world
    client = world.client("lead")
    address = reverse("assessments:person-list", args=[case.assessment.pk])
    data = {"person": world.contributor.pk, "part": ["domain:people|", "item:no-budget|"]}
    assert client.post(address, data).status_code == 302
    mine = world.client("contributor").get(
        reverse("assessments:assessment-detail", args=[case.assessment.pk]), {"whose": "mine"}
    )
    assert [row.item.slug for row in mine.context["rows"]] == ["train-staff", "name-owner", "no-budget"]
    nobodys = client.get(
        reverse("assessments:assessment-detail", args=[case.assessment.pk]),
        {"whose": "nobody", "show": "unanswered"},
    )
    assert [row.item.slug for row in nobodys.context["rows"]] == ["pick-platform"]
    # What was read is out of date by now: nothing is done, and the page says why.
    again = client.post(address, data | {"person": world.lead.pk})
    assert again.status_code == 409
    assert "after you read it" in again.content.decode()
    assert client.post(address, {"person": world.lead.pk}).status_code == 422


def test_my_open_items_in_the_list_of_assessments(case: Case, queries_of):
    world = case.world
    assign(case, {"domain:people": world.contributor})
    case.answer("train-staff", Level.PARTIAL)
    found = [Assessment.objects.select_related("version__model").get()]
    assert open_items_of(world.contributor, found) == {case.assessment.pk: 1}
    assert open_items_of(world.lead, found) == {}
    page = world.client("contributor").get(reverse("assessments:assessment-list"), {"tab": "mine"})
    assert "Mine, open" in page.content.decode()
    assert list(page.context["page"]) == found
    assert queries_of(lambda: open_items_of(world.contributor, found)) <= 5


def test_assignments_go_over_to_the_next_assessment_and_to_an_amendment(world: World):
    version = make_small_model()
    case = start_case(world, version, EARLIER, "FY26 Q4")
    assign(case, {"domain:people": world.contributor, "item:no-budget": world.lead})
    case.answer_all_asked()
    case.submit()
    case.approve()
    following = start_assessment(
        agency=world.grid, version=version, period=QUARTER, period_label=LABEL, by=world.lead, at=NOW,
        carry_over=True,
    )  # fmt: skip
    assert owners(Case(world, following))["no-budget"] == "lead"
    sentence = "Items of an assessment were assigned to you: Grid Office FY27 Q1."
    assert told(world.contributor).count(sentence) == 1
    amendment = start_amendment(assessment_id=case.assessment.pk, reason="Wrong.", by=world.lead, at=NOW)
    assert Assignment.objects.filter(assessment=amendment).count() == 2
