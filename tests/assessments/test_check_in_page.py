"""The check-in page: what was said last, confirmed by domain; and its buttons elsewhere."""

from datetime import date

import pytest
from django.urls import reverse

from maturity.levels import Level
from tests.assessments.checkins import approve_before, make_check_in, make_full, make_round
from tests.assessments.conftest import Case
from tests.assessments.workbooks import applied, cell_of, compared, edited, exported
from tests.world import World


@pytest.fixture
def check_in(world: World) -> Case:
    return make_check_in(world)


def page(case: Case, persona: str = "contributor") -> str:
    address = reverse("assessments:check-in", args=[case.assessment.pk])
    return case.world.client(persona).get(address).content.decode()


def post(case: Case, *seen: str, persona: str = "contributor", **more: str) -> str:
    address = reverse("assessments:answers-confirm", args=[case.assessment.pk])
    sent = {"seen": seen, "next": reverse("assessments:check-in", args=[case.assessment.pk])} | more
    response = case.world.client(persona).post(address, sent, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def unconfirmed(case: Case) -> set[str]:
    rows = case.assessment.answers.filter(carried_from__isnull=False, confirmed_at__isnull=True)
    return set(rows.values_list("item__slug", flat=True))


def test_it_shows_each_domain_with_what_was_said_and_the_revisions_seen(check_in: Case):
    shown = page(check_in)
    assert 'id="part-people"' in shown
    assert 'id="part-platform"' in shown
    assert 'value="train-staff:1"' in shown
    assert "It begins with the answers approved for FY26 Q4" in shown
    assert "Carried from FY26 Q4, not confirmed" in shown
    assert "Facts of FY27 Q1" in shown


def test_nothing_changed_confirms_what_the_page_showed(check_in: Case):
    shown = post(check_in, "train-staff:1", "name-owner:1", place="part-people")
    assert "Confirmed: 2 answers." in shown
    assert "2 confirmed" in shown
    assert unconfirmed(check_in) == {"pick-platform", "no-budget"}


def test_what_changed_since_the_page_was_opened_is_told_and_left(check_in: Case):
    check_in.answer("name-owner", Level.PARTIAL, by=check_in.world.lead)
    shown = post(check_in, "train-staff:1", "name-owner:1")
    assert "Confirmed: Train staff." in shown
    assert "somebody saved them after you looked: Name owner (lead)" in shown


def test_a_confirmation_is_taken_back_from_the_page(check_in: Case):
    post(check_in, "train-staff:1")
    assert 'name="back"' in page(check_in)
    assert "Taken back: Train staff." in post(check_in, "train-staff:2", back="1")
    assert "train-staff" in unconfirmed(check_in)


@pytest.mark.parametrize("seen", ["", "train-staff", "train-staff:x", "nothing:1", "train-staff:\x00"])
def test_what_names_no_answer_confirms_nothing(check_in: Case, seen: str):
    post(check_in, seen)
    assert len(unconfirmed(check_in)) == 4


def test_open_challenges_are_gone_through_apart_from_those_that_are_settled(world: World):
    case = make_check_in(world, too_complex={"level": Level.IN_PLACE})
    shown = page(case)
    assert shown.index("2. Open challenges") < shown.index('value="no-budget:1"')
    assert shown.index("Challenges that do not hold you back") < shown.index('value="too-complex:1"')


def test_an_overdue_plan_is_shown_as_what_it_was(world: World):
    case = make_check_in(world)
    case.assessment.answers.filter(item__slug="name-owner").update(lapsed_on=date(2026, 6, 30))
    assert "It was planned for Jun 30, 2026" in page(case).replace("June 30", "Jun 30")


def test_a_full_assessment_keeps_the_questionnaire(world: World):
    case = make_full(world)
    address = reverse("assessments:check-in", args=[case.assessment.pk])
    response = world.client("contributor").get(address)
    assert response["Location"] == reverse("assessments:assessment-detail", args=[case.assessment.pk])


def test_who_may_only_read_sees_no_button(check_in: Case):
    assert "Nothing changed" not in page(check_in, "reviewer")
    assert "Nothing changed" in page(check_in, "contributor")


def test_starting_in_a_check_in_round_leads_to_the_check_in(world: World):
    version = approve_before(world).assessment.version
    make_round(world, version)
    sent = {"agency": world.grid.pk, "version": version.pk, "period": "2026-10-01/10", "carry_over": "on"}
    response = world.client("contributor").post(reverse("assessments:assessment-start"), sent)
    assert response.status_code == 302
    assert response["Location"].endswith("/check-in/")


def test_the_facts_are_told_from_the_page_and_lead_back_to_it(check_in: Case):
    back = reverse("assessments:check-in", args=[check_in.assessment.pk])
    address = reverse("assessments:facts-edit", args=[check_in.assessment.pk])
    sent = {"revision": 0, "systems": 4, "next": back}
    assert check_in.world.client("contributor").post(address, sent)["Location"] == back
    assert check_in.world.client("contributor").post(address, sent | {"next": "/x/"})["Location"] != "/x/"


def test_the_page_takes_as_many_queries_for_few_answers_as_for_many(world: World, queries_of):
    case = make_check_in(world)
    client = world.client("contributor")
    address = reverse("assessments:check-in", args=[case.assessment.pk])
    client.get(address)
    many = queries_of(lambda: client.get(address))
    case.assessment.answers.exclude(item__slug="train-staff").delete()
    assert queries_of(lambda: client.get(address)) == many


def test_the_questionnaire_offers_to_confirm_each_answer(check_in: Case):
    address = reverse("assessments:assessment-detail", args=[check_in.assessment.pk])
    shown = check_in.world.client("contributor").get(address).content.decode()
    assert "Carried from FY26 Q4, not confirmed" in shown
    assert 'value="train-staff:1"' in shown


def test_a_workbook_that_comes_back_as_it_left_confirms_nothing(check_in: Case):
    content = exported(check_in)
    assert cell_of(content, "train-staff", "Where the answer comes from").value == (
        "• Carried from FY26 Q4, not confirmed"
    )
    assert compared(check_in, content).lines == ()
    changed = edited(content, {("name-owner", "Note"): "Kim owns it."})
    applied(compared(check_in, changed))
    assert unconfirmed(check_in) == {"train-staff", "pick-platform", "no-budget"}


def test_a_workbook_without_carried_answers_has_no_such_column(case: Case):
    with pytest.raises(KeyError):
        cell_of(exported(case), "train-staff", "Where the answer comes from")


# --- full assessments, and what readers see ---------------------------------------------------------


def test_what_a_full_assessment_lacks_is_listed_with_links(world: World):
    case = make_full(world)
    shown = world.client("lead").get(reverse("assessments:assessment-submit", args=[case.assessment.pk]))
    text = shown.content.decode()
    assert "4 answers were carried over and not confirmed yet." in text
    assert reverse("assessments:answer-edit", args=[case.assessment.pk, "train-staff"]) in text
    assert "?show=unconfirmed" in text


def test_the_questionnaire_shows_what_is_not_confirmed_across_domains(world: World):
    case = make_full(world)
    address = reverse("assessments:assessment-detail", args=[case.assessment.pk])
    shown = world.client("contributor").get(f"{address}?show=unconfirmed").content.decode()
    assert "Not confirmed (4)" in shown
    assert "confirm the 4 shown here" in shown
    reading = world.client("reviewer").get(f"{address}?show=unconfirmed").content.decode()
    assert "Carried from FY26 Q4, not confirmed" in reading
    assert "confirm the 4" not in reading


def test_the_reviewer_is_told_how_much_is_not_confirmed(check_in: Case):
    check_in.submit()
    address = reverse("assessments:assessment-review", args=[check_in.assessment.pk])
    shown = check_in.world.client("reviewer").get(address).content.decode()
    assert "4 answers carried from earlier and not confirmed" in shown
    assert "Check-in" in shown


def test_the_result_says_how_much_was_not_confirmed(check_in: Case):
    check_in.submit()
    check_in.approve()
    address = reverse("assessments:assessment-result", args=[check_in.assessment.pk])
    shown = check_in.world.client("lead").get(address).content.decode()
    assert "of the answers (4) were carried from earlier and not confirmed" in shown
