"""A portal that published before targets and the publications of reports were kept fills them in as it is
upgraded."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from dashboards.models import PublishedStanding, Report, Scope
from portal.agencies.models import ProfileValue
from tests.factories import LONG_AGO
from tests.papers.test_kept import publish, report_of
from tests.papers.test_reading import SEPTEMBER, eight  # noqa: F401 - a fixture


def migrate(to: list[tuple[str, str]] | None = None) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(to or executor.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_targets_come_from_the_profiles_and_reports_keep_their_own_publication(eight, officer_of):  # noqa: F811
    program, agencies = eight
    publish(program, "FY26 Q3", "FY26 Q4")
    report = report_of(scope=Scope.objects.get(program=program), by=officer_of(program))
    assert report.publications.count() == 2
    for agency, stage, days in ((6, 4, (SEPTEMBER, SEPTEMBER)), (7, 3, (SEPTEMBER, None))):
        ProfileValue.objects.create(
            agency=agencies[agency], field="target_stage", value=stage, from_on=days[0], until_on=days[1]
        )
    ProfileValue.objects.filter(agency=agencies[0]).update(until_on=LONG_AGO)
    migrate([("dashboards", "0014_versions")])
    migrate()
    rows = PublishedStanding.objects.filter(from_on=SEPTEMBER).order_by("agency__name")
    assert list(rows.values_list("target_stage", flat=True)) == [None, 2, 2, 2, None, None, 4, 3]
    earlier = PublishedStanding.objects.exclude(from_on=SEPTEMBER).order_by("agency__name")
    assert list(earlier.values_list("target_stage", flat=True)) == [None, 2, 2, 2, None, None, None, None]
    report = Report.objects.get()
    assert list(report.publications.all()) == [report.publication]
