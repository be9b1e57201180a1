"""Officers and agencies at the same moment, on real connections: a round is open or closed, never half."""

import pytest

from assessments.models import Assessment, NothingToReport
from assessments.queries_units import mark_of
from assessments.services_cycles import close_cycle
from assessments.services_extensions import CannotConfirm, confirm_nothing
from assessments.services_review import CannotSubmit, submit_assessment
from assessments.services_units import CannotArrange, arrange_units
from tests.assessments.conftest import Case, start_case
from tests.assessments.test_concurrency import Call, at_once
from tests.assessments.test_cycles import make_cycle
from tests.assessments.test_units import start_mines
from tests.factories import NOW
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, world: World) -> World:
    return world


@pytest.fixture
def ready(world: World) -> Case:
    """A draft of the Grid Office that can be submitted."""
    case = start_case(world)
    case.answer_all_asked()
    case.assessment.refresh_from_db()
    return case


def submitting(case: Case) -> Call:
    return lambda: submit_assessment(
        assessment_id=case.assessment.pk,
        revision=case.assessment.revision,
        attested_by="Pat Lead",
        by=case.world.lead,
        at=NOW,
    )


def test_submitting_while_the_round_is_closed_comes_before_or_is_refused(ready: Case):
    cycle = make_cycle(ready.world, ready)
    closed, submitted = at_once(
        lambda: close_cycle(cycle_id=cycle.pk, by=ready.world.officer, at=NOW), submitting(ready)
    )
    assert closed == cycle
    ready.assessment.refresh_from_db()
    assert (ready.assessment.state == "submitted") is isinstance(submitted, Assessment)
    assert isinstance(submitted, Assessment | CannotSubmit)


def test_nobody_hands_in_and_is_covered(ready: Case):
    cycle, world = make_cycle(ready.world, ready), ready.world
    arranged, submitted = at_once(
        lambda: arrange_units(
            cycle_id=cycle.pk,
            change="cover",
            agencies=[world.energy.pk],
            seen=mark_of({}),
            by=world.officer,
            at=NOW,
        ),
        submitting(ready),
    )
    outcomes = (isinstance(arranged, CannotArrange), isinstance(submitted, CannotSubmit))
    assert outcomes in {(True, False), (False, True)}, (arranged, submitted)


def test_nobody_begins_and_has_nothing_to_report(world: World):
    cycle = make_cycle(world)
    confirmed, started = at_once(
        lambda: confirm_nothing(
            cycle_id=cycle.pk, agency=world.mines, reason="None.", by=world.officer, at=NOW
        ),
        lambda: start_mines(world, cycle.version),
    )
    assert isinstance(started, Assessment)
    assert isinstance(confirmed, NothingToReport | CannotConfirm)
    assert not NothingToReport.objects.exists()
