"""What a published paper showed, it shows for good; what was corrected since is listed with these papers."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from assessments.models import Result
from dashboards.models import PublishedStanding
from dashboards.services_publications import correct_publication, publish_cycle
from portal.agencies.models import Agency, ProfileValue, Program
from tests.dashboards.factories import at, make_result, refresh_all
from tests.factories import LONG_AGO
from tests.papers.test_reading import SEPTEMBER, eight, make_cycle, read  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
Eight = tuple[Program, list[Agency]]
PUBLISHED_AT, LATER = at(2026, 11, 22), at(2026, 11, 23)


def publish(program: Program, *periods: str) -> list[int]:
    """The ids of the rounds."""
    cycles = [make_cycle(program, period).pk for period in periods]
    for pk in cycles:
        publish_cycle(cycle_id=pk, by=None, at=PUBLISHED_AT)
    return cycles


def target(program: Program, *, published: bool = True) -> tuple[int | None, ...]:
    number = read(program, published=published).numbers[0]
    return number.count, number.of, number.change, number.compared


class TestTargetsArePublishedWithTheStandings:
    """At or above their own target: 2 of the 4 with a target of stage 2, none of them the quarter before."""

    def test_a_profile_that_is_dated_back_moves_the_latest_page_alone(self, eight: Eight):  # noqa: F811
        program, agencies = eight
        publish(program, "FY26 Q3", "FY26 Q4")
        page = read(program)
        assert target(program) == (2, 4, 2, 4)
        ProfileValue.objects.filter(agency=agencies[0]).update(value=5)
        ProfileValue.objects.create(agency=agencies[5], field="target_stage", value=1, from_on=LONG_AGO)
        assert read(program) == page
        assert target(program, published=False) == (2, 5, 1, 5)

    def test_who_is_corrected_is_published_with_the_target_of_now(
        self,
        eight: Eight,  # noqa: F811
        officer_of: Callable,
    ):
        program, agencies = eight
        (cycle,) = publish(program, "FY26 Q4")
        ProfileValue.objects.filter(agency__in=agencies[:2]).update(value=5)
        wrong = Result.objects.get(agency=agencies[0], period_label="FY26 Q4")
        make_result(agencies[0], "FY26 Q4", 2.2, amends=wrong, approved_at=LATER)
        refresh_all(LATER)
        assert target(program)[:2] == (2, 4)
        correct_publication(cycle_id=cycle, reason="Amended.", by=officer_of(program), at=LATER)
        assert target(program)[:2] == (1, 4), "the first of the two; the other was not corrected"
        old = PublishedStanding.objects.get(agency=agencies[0], replaced_by__isnull=False)
        assert old.target_stage == 2

    def test_what_was_published_before_takes_the_targets_that_profiles_tell(self, eight: Eight):  # noqa: F811
        program, agencies = eight
        publish(program, "FY26 Q4")
        ProfileValue.objects.create(
            agency=agencies[6], field="target_stage", value=4, from_on=SEPTEMBER, until_on=SEPTEMBER
        )
        PublishedStanding.objects.update(target_stage=None)
        migration = import_module("dashboards.migrations.0015_papers_keep_what_they_showed")
        migration.keep_targets(apps, SimpleNamespace(connection=connection))
        kept = dict(PublishedStanding.objects.values_list("agency__name", "target_stage"))
        first = dict.fromkeys((f"Agency {letter}" for letter in "ABCD"), 2)
        assert kept == first | {"Agency E": None, "Agency F": None, "Agency G": 4, "Agency H": None}
