"""Results as approval leaves them, without answers: the engine reads nothing else."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from assessments.models import Assessment, Result
from dashboards.services import recount_scopes, refresh_stale
from dashboards.services_cohorts import create_cohort, mark_cohorts
from maturity.models import MaturityModel, ModelVersion
from portal.agencies.models import Agency, Cohort, Program
from portal.agencies.periods import Period, label, parse_label
from portal.agencies.profile_filter import read_filter
from portal.agencies.services import mark_stale
from portal.agencies.services_profile import set_profile_values
from tests.factories import NOW

RULE = "staged-1@1"  # of make_version
_numbers = count(1)


def make_version(slug: str = "containers", stage_count: int = 5) -> ModelVersion:
    """A published version without items."""
    model, _ = MaturityModel.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    made, _ = ModelVersion.objects.get_or_create(
        model=model,
        version="1",
        defaults={
            "content_hash": slug,
            "text_hash": slug,
            "method": "staged",
            "share": "4/5",
            "floor": "1/2",
            "stage_count": stage_count,
            "published_at": NOW,
        },
    )
    return made


def make_result(
    agency: Agency,
    period: str | Period = "FY26 Q4",
    score: float = 2.5,
    amends: Result | None = None,
    version: ModelVersion | None = None,
    approved_at: datetime | None = None,
    **fields: Any,
) -> Result:
    """An approved assessment of this agency and its result; the agency is marked stale as by an approval.

    Later ones are approved later unless `approved_at` says otherwise. `score` is in stages.
    """
    period = parse_label(period) if isinstance(period, str) else period
    version = version or make_version()
    approved_at = approved_at or NOW + timedelta(seconds=next(_numbers))
    dates = {
        "period_starts_on": period.starts_on,
        "period_ends_on": period.ends_on,
        "period_label": label(period),
        "approved_at": approved_at,
    }
    assessment = Assessment.objects.create(
        agency=agency,
        version=version,
        state=Assessment.State.APPROVED,
        amends=amends.assessment if amends else None,
        created_at=approved_at,
        **dates,
    )
    values = {
        "score": round(score * 1_000_000),
        "stages_completed": int(score),
        "stage_count": version.stage_count,
        "answered": 1_000_000,
        "evidenced": 0,
        "stages": [],
        "domains": {"people": {"percent": 400_000, "stages_completed": 1}},
        "levels": "",
    }
    result = Result.objects.create(
        assessment=assessment,
        method=version.scoring_rule,
        agency=agency,
        model=version.model,
        version=version,
        **dates | values | fields,
    )
    mark_stale(agencies=[agency], reason="assessment approved", at=NOW)
    return result


def make_cohort(
    program: Program | None, name: str = "", within: Agency | None = None, **asked: str
) -> Cohort:
    """A group of the program's agencies whose profile fits what is `asked`, as in an address."""
    return create_cohort(
        name=name or f"Group {next(_numbers)}",
        program=program,
        conditions=read_filter(asked),
        within=within,
        by=None,
        at=NOW,
    )


def describe(agency: Agency, on: date = date(2021, 1, 1), **values: Any) -> None:
    """The profile of an agency from a day on."""
    set_profile_values(agency=agency, values=values, on=on, by=None, at=NOW)


def refresh_all(at: datetime = NOW) -> None:
    """Bring everything up to date, as the workers do."""
    mark_cohorts(at=at)
    while refresh_stale(at=at) or recount_scopes(at=at):
        pass


def month(text: str) -> date:
    """The month end of "2026-09"."""
    return parse_label(text).ends_on


def at(year: int, month: int, day: int) -> datetime:
    """Noon of a day."""
    return datetime(year, month, day, 12, tzinfo=UTC)
