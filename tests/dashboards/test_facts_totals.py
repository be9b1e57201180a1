"""Totals of facts: compared with the quarter before, and not to be subtracted from each other."""

from assessments.models import PeriodFacts
from dashboards.models import Scope
from dashboards.papers.content import Number
from dashboards.papers.sentences import talking_points
from dashboards.queries.facts import fact_numbers
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import paper_reader, read_one_page, subject_at
from portal.access.models import User
from portal.agencies.models import Agency, Program, ProgramMembership
from tests.dashboards.factories import describe, make_cohort, make_result, month, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency
from tests.world import World


def tell(agency: Agency, period: str, share: tuple[int, int], savings: int | None) -> None:
    result = make_result(agency, period, 2.0)
    containers, suitable = share
    PeriodFacts.objects.create(
        assessment=result.assessment,
        suitable=suitable,
        containers=containers,
        savings=savings,
        calculation="" if savings is None else "So.",
        saved_at=NOW,
    )


def two_quarters(program: Program, *, both: int, later: int = 0) -> None:
    """So many offices in the program tell both times, from 2 to 3 of 10 systems and $100 to $150; others
    only the second time."""
    for n in range(both + later):
        agency = make_agency()
        ProgramMembership.objects.create(program=program, agency=agency, from_on=LONG_AGO)
        if n < both:
            tell(agency, "FY26 Q3", (2, 10), 100)
        tell(agency, "FY26 Q4", (3, 10), 150)
    refresh_all()


def compared(scope: Scope, reader: User) -> list[Number]:
    since = month("2026-06"), None
    return list(fact_numbers(scope, measures_in_use()[0], month("2026-09"), reader, None, since))


def test_the_change_is_over_the_agencies_that_told_both_times(world: World):
    two_quarters(world.program, both=6, later=5)
    share, savings = compared(Scope.objects.get(program=world.program), paper_reader())
    assert (share.value, share.of_text) == ("30%", "of 110 suitable systems at 11 agencies")
    assert (share.change_text, share.n) == ("up 10 points among the 6 compared", 11)
    assert (savings.value, savings.change_text) == ("$1,650", "up $300 among the 6 compared")


def test_a_change_from_which_one_agencys_facts_would_follow_is_told_to_those_who_see_answers(world: World):
    """The total now, less the total before, less the change of the six, is what the seventh saved."""
    two_quarters(world.program, both=6, later=1)
    scope = Scope.objects.get(program=world.program)
    texts = {one.change_text for one in compared(scope, paper_reader())}
    assert texts == {"too few agencies told both times"}
    assert [one.compared for one in compared(scope, world.officer)] == [6, 6]


def test_fewer_than_five_that_told_both_times_are_not_compared(world: World):
    two_quarters(world.program, both=4, later=5)
    scope = Scope.objects.get(program=world.program)
    assert {one.compared for one in compared(scope, paper_reader())} == {0}


def test_the_facts_of_a_group_cannot_be_taken_from_those_of_its_program(world: World):
    """All agencies of a program but one are a group: the difference of the totals would be that one."""
    two_quarters(world.program, both=6)
    one = make_agency(parent=world.energy)
    ProgramMembership.objects.create(program=world.program, agency=one, from_on=LONG_AGO)
    tell(one, "FY26 Q4", (9, 10), 900)
    group = make_cohort(world.program, target_stage="1")
    for agency in Agency.objects.filter(parent=None).exclude(pk__in=[world.energy.pk, world.parks.pk]):
        describe(agency, target_stage=1)
    refresh_all()
    measure, on = measures_in_use()[0], month("2026-09")
    scopes = [Scope.objects.get(program=world.program), Scope.objects.get(cohort=group)]

    def values(reader: User) -> list[list[int | None]]:
        return [[one.count for one in fact_numbers(scope, measure, on, reader)] for scope in scopes]

    assert values(world.officer) == [[27, 1800], [18, 900]]
    assert values(paper_reader()) == values(world.viewer) == [[27, 1800], [None, None]]
    hidden = {one.value for one in fact_numbers(scopes[1], measure, on, world.viewer)}
    assert hidden == {"shown to those who may see the answers of all these agencies"}


def test_who_may_see_all_answers_is_told_of_fewer_than_five_too(world: World):
    two_quarters(world.program, both=2)
    scope = Scope.objects.get(program=world.program)
    assert [one.count for one in compared(scope, paper_reader())] == [None, None]
    assert [one.count for one in compared(scope, world.officer)] == [6, 300]
    assert compared(scope, world.officer)[1].of_text == "of 2 agencies that told"


def test_the_talking_point_counts_agencies_and_not_systems(world: World):
    two_quarters(world.program, both=6)
    scope, measure = Scope.objects.select_related("program").get(program=world.program), measures_in_use()[0]
    page = read_one_page(subject_at(scope, measure, month("2026-09"), 10, None), paper_reader())
    (point,) = [one for one in talking_points(page) if "suitable systems" in one.text]
    assert point.text.endswith("30% of 60 suitable systems at 6 agencies, up 10 points among the 6 compared.")
    assert point.n == 6
