"""The median of minutes spent: shown from five agencies on, to who runs the round and to who submits."""

import pytest
from django.urls import reverse

from assessments.models import Assessment, PeriodFacts
from assessments.queries_minutes import minutes_in, minutes_of_others
from portal.agencies.models import ProgramMembership
from portal.agencies.periods import Period
from tests.assessments.checkins import make_round
from tests.assessments.conftest import EARLIER, LABEL, QUARTER, Case
from tests.factories import LONG_AGO, NOW, make_agency


def take(case: Case, *minutes: int, period: Period = QUARTER, label: str = LABEL, **fields: object) -> None:
    """Agencies of the program that handed in and took so many minutes."""
    for told in minutes:
        agency = make_agency()
        ProgramMembership.objects.create(program=case.world.program, agency=agency, from_on=LONG_AGO)
        assessment = Assessment.objects.create(
            agency=agency, version=case.assessment.version, period_starts_on=period.starts_on,
            period_ends_on=period.ends_on, period_label=label, created_at=NOW,
            **({"state": "submitted"} | fields),
        )  # fmt: skip
        PeriodFacts.objects.create(assessment=assessment, minutes=told, saved_at=NOW)


def test_five_others_give_a_median_and_four_none(case: Case):
    take(case, 10, 20, 30, 90)
    assert minutes_of_others(case.assessment) is None
    take(case, 40)
    found = minutes_of_others(case.assessment)
    assert (found.median, found.told, found.period_label) == (30, 5, LABEL)


def test_drafts_do_not_count_nor_ones_of_another_kind(case: Case):
    take(case, 10, 20, 30, 40)
    take(case, 50, state="draft")
    take(case, 60, kind="check_in")
    assert minutes_of_others(case.assessment) is None


def test_the_period_before_stands_in_where_too_few_told_of_this_one(case: Case):
    take(case, 1, 2)
    take(case, 10, 20, 30, 40, 50, period=EARLIER, label="FY26 Q4")
    found = minutes_of_others(case.assessment)
    assert (found.median, found.period_label) == (30, "FY26 Q4")


@pytest.mark.parametrize("persona", ["officer", "administrator"])
def test_the_board_shows_it_to_who_runs_the_round(case: Case, persona: str):
    cycle = make_round(case.world, case.assessment.version, "full")
    take(case, 10, 20, 30, 40, 50)
    assert minutes_in(cycle, case.world.people[persona]).median == 30
    shown = case.world.client(persona).get(reverse("assessments:cycle-detail", args=[cycle.pk]))
    assert "a median of 30, of 5 agencies" in shown.content.decode()


@pytest.mark.parametrize("persona", ["viewer", "lead", "reviewer"])
def test_the_board_does_not_show_it_to_others(case: Case, persona: str):
    cycle = make_round(case.world, case.assessment.version, "full")
    take(case, 10, 20, 30, 40, 50)
    assert minutes_in(cycle, case.world.people[persona]) is None


def test_who_submits_reads_what_others_took(case: Case):
    case.answer_all_asked()
    take(case, 10, 20, 30, 40, 50)
    shown = case.world.client("lead").get(reverse("assessments:assessment-submit", args=[case.assessment.pk]))
    assert "Others took a median of 30 minutes for a full assessment in FY27 Q1 (5 agencies told)" in (
        shown.content.decode()
    )
