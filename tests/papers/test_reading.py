"""What the one page says is what the agencies reported; published figures do not move by themselves."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from assessments.models import Cycle, Result
from dashboards.models import Publication, Scope
from dashboards.papers.content import OnePage
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import Subject, paper_reader, publication_at, read_one_page, subject_at
from dashboards.services_publications import correct_publication, publish_cycle
from portal.access.models import User
from portal.agencies.models import Agency, ProfileValue, Program
from portal.agencies.periods import parse_label
from portal.agencies.services import mark_stale
from tests.dashboards.factories import at, make_result, make_version, month, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency, make_program
from tests.world import World

SEPTEMBER = date(2026, 9, 30)


def make_cycle(program: Program, period: str = "FY26 Q4") -> Cycle:
    """A round in preview, the state before it is published."""
    days = parse_label(period)
    return Cycle.objects.create(
        program=program,
        version=make_version(),
        period_starts_on=days.starts_on,
        period_ends_on=days.ends_on,
        period_label=period,
        due_on=days.ends_on + timedelta(days=30),
        state=Cycle.State.PREVIEW,
        opened_at=NOW,
    )


def subject_of(program: Program, *, published: bool = True) -> Subject:
    scope = Scope.objects.select_related("program").get(program=program)
    measure = measures_in_use(scope)[0]
    publication = publication_at(scope, measure, SEPTEMBER) if published else None
    return subject_at(scope, measure, SEPTEMBER, 10, publication)


def read(program: Program, reader: User | None = None, *, published: bool = True) -> OnePage:
    return read_one_page(subject_of(program, published=published), reader or paper_reader(), "Made for me.")


@pytest.fixture
def eight(db: None) -> tuple[Program, list[Agency]]:
    """Eight agencies: two rise to stage 2, one falls to 0, three stay at 1, one is carried, one is silent."""
    agencies = [make_agency(f"Agency {letter}") for letter in "ABCDEFGH"]
    program = make_program("Containers First", agencies)
    before = (1.5, 1.9, 1.1, 1.2, 1.3, 1.4, 1.0)
    now = (2.5, 2.1, 0.5, 1.3, 1.3, 1.4)
    for agency, score in zip(agencies, before, strict=False):
        make_result(agency, "FY26 Q3", score, evidenced=100_000)
    for agency, score in zip(agencies, now, strict=False):
        make_result(agency, "FY26 Q4", score, evidenced=round(score * 200_000))
    for agency in agencies[:4]:
        ProfileValue.objects.create(agency=agency, field="target_stage", value=2, from_on=LONG_AGO)
    mark_stale(agencies=agencies, reason="made", at=NOW)
    refresh_all()
    return program, agencies


def test_the_sentence_and_the_numbers_are_those_of_the_agencies(eight: tuple[Program, list[Agency]]):
    page = read(eight[0])
    assert page.sentence == (
        "Of 8 agencies, 2 have completed stage 2, up 2 among the 7 that have a score both times."
    )
    target, stage = page.numbers[:2]
    assert (target.count, target.of, target.change, target.compared) == (2, 4, 2, 4)
    assert (stage.slug, stage.count, stage.of) == ("stage-3", 0, 7)
    facts = [(number.count, number.value) for number in page.numbers[2:]]
    assert facts == [(None, "not told by five agencies yet")] * 2
    last = page.bars[-1]
    assert (last.stages[:3], last.not_reporting, last.carried, last.agencies) == ((1, 4, 2), 1, 1, 8)
    assert len(page.bars) == 8
    assert page.evidence == 260_000, "the fourth of seven: a median, no mean"


def test_who_moved_is_named_with_a_reason_and_no_item_levels(eight: tuple[Program, list[Agency]]):
    page = read(eight[0])
    up, down, stuck = page.movements
    assert ([one.name for one in up.shown], up.total) == (["Agency A", "Agency B"], 2)
    assert ([one.steps for one in down.shown], down.total) == (["stage 1 to 0"], 1)
    assert stuck.total == 0, "nobody has a score of a year ago"
    assert all(not one.details for movement in page.movements for one in movement.shown)


def test_fewer_than_five_agencies_give_no_count_of_challenges(world: World):
    make_result(world.grid)
    refresh_all()
    page = read(world.program)
    assert page.obstacles == ()
    assert page.obstacles_none == "Shown once five agencies have answered."
    assert page.must_haves.count is None


def test_what_is_not_published_says_so_and_who_takes_it(eight: tuple[Program, list[Agency]]):
    heading = read(eight[0]).heading
    assert (heading.marking, heading.made) == ("PROVISIONAL", "Made for me.")
    assert "~k2" in heading.figure


def test_a_published_page_stays_as_it_was_whatever_comes_later(eight: tuple[Program, list[Agency]]):
    program, agencies = eight
    publish_cycle(cycle_id=make_cycle(program).pk, by=None, at=at(2026, 11, 22))
    page = read(program)
    assert page.heading.marking == "PUBLISHED revision 1"
    assert page.heading.made == ""
    make_result(agencies[7], "FY26 Q4", 4.5, approved_at=at(2026, 11, 23))
    make_result(agencies[6], "FY26 Q2", 4.5, approved_at=at(2026, 11, 23))
    refresh_all(at(2026, 11, 23))
    assert read(program) == page
    assert read(program, published=False).bars[-1].not_reporting == 0


def test_published_is_compared_with_published_only(eight: tuple[Program, list[Agency]]):
    program, _ = eight
    publish_cycle(cycle_id=make_cycle(program).pk, by=None, at=at(2026, 11, 22))
    alone = read(program)
    assert alone.numbers[0].change_text == "nothing to compare with before"
    assert alone.movements == ()


def test_two_published_quarters_are_compared(eight: tuple[Program, list[Agency]]):
    program, _ = eight
    for period in ("FY26 Q3", "FY26 Q4"):
        publish_cycle(cycle_id=make_cycle(program, period).pk, by=None, at=at(2026, 11, 22))
    page = read(program)
    assert page.sentence.startswith("Of 8 agencies, 2 have completed stage 2, up 2")
    assert page.movements[0].total == 2


def test_a_correction_is_told_with_its_reason(eight: tuple[Program, list[Agency]], officer_of: Callable):
    program, agencies = eight
    cycle = make_cycle(program)
    publish_cycle(cycle_id=cycle.pk, by=None, at=at(2026, 11, 22))
    first = Publication.objects.get()
    wrong = Result.objects.get(agency=agencies[0], period_label="FY26 Q4")
    make_result(agencies[0], "FY26 Q4", 1.5, amends=wrong, approved_at=at(2026, 11, 23))
    refresh_all(at(2026, 11, 23))
    officer = officer_of(program)
    correct_publication(cycle_id=cycle.pk, reason="Counted twice.", by=officer, at=at(2026, 11, 24))
    page = read(program)
    assert page.heading.marking == "PUBLISHED revision 2"
    assert page.corrections == (
        "revision 2 of Nov 24, 2026: Counted twice",
    )  # a full stop comes with the sentence
    before = subject_at(*_of(program), SEPTEMBER, 10, first)
    assert read_one_page(before, paper_reader()).heading.revision == 1


def _of(program: Program) -> tuple[Scope, object]:
    scope = Scope.objects.select_related("program").get(program=program)
    return scope, measures_in_use(scope)[0]


def test_the_number_of_queries_does_not_grow_with_the_agencies(
    eight: tuple[Program, list[Agency]], queries_of: Callable[[Callable[[], object]], int]
):
    program, _ = eight
    few = queries_of(lambda: read(program))
    more = [make_agency(f"Further {number}") for number in range(20)]
    larger = make_program("Larger", more)
    for number, agency in enumerate(more):
        make_result(agency, "FY26 Q3", 1 + number % 3)
        make_result(agency, "FY26 Q4", 1 + (number + 1) % 3)
    refresh_all()
    assert queries_of(lambda: read(larger)) <= few + 2
    assert month("2026-09") == SEPTEMBER
