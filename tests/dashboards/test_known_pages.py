"""What pages tell as known on a past day (transitions, movers, open items, data quality, domains, the one
page, stage times, what-if): what a reader saw who opened them on that day."""

import random
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from dashboards.models import Scope
from dashboards.queries.agencies import Reading, members_of
from dashboards.queries.domains import DomainAgencies, in_band
from dashboards.queries.known import LATEST, Knowledge, as_known_on
from dashboards.queries.measures import Measure
from dashboards.queries.movers import HowRead, agencies_stuck, movers_of
from dashboards.queries.one_page import NothingToShow, Subject, points_up_to, read_one_page
from dashboards.queries.open_items import (
    agencies_with_item,
    item_counts,
    must_haves_missing_in_production,
)
from dashboards.queries.quality import QUALITY_SORTS, QualityListing, never_reported, quality_of
from dashboards.queries.stage_times import read_stage_times
from dashboards.queries.transitions import agencies_between, transitions_of
from dashboards.queries.what_if import left_out, participants
from dashboards.standings import NOT_REPORTING
from maturity.models import ModelVersion
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import AdoptionDecision, Agency
from portal.agencies.services import mark_stale
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.dashboards.test_scope_pages import version  # noqa: F401 - a fixture
from tests.factories import NOW, make_agency, make_program, make_user

API = "/api/v1/"
ENDS = [(month("2026-06"), month("2026-09")), (month("2025-09"), month("2026-09"))]
FIRST = datetime(2026, 10, 1, 9, tzinfo=timezone.get_default_timezone())
DAYS = 4
PERIODS = ("FY25 Q3", "FY25 Q4", "FY26 Q1", "FY26 Q2", "FY26 Q3", "FY26 Q4")


def seen(scope: Scope, measure: Measure, reader: User, knowledge: Knowledge) -> dict[str, Any]:
    """Every number and list of these pages of a scope, the latest or as was known."""
    read = knowledge.as_known
    found: dict[str, Any] = {"one page": briefing(scope, measure, reader, knowledge)}
    for before, on in ENDS:
        ends = (before, read), (on, read)
        flows = transitions_of(scope, measure, *ends).flows
        found[f"flows {before}"] = flows
        for flow in flows:
            of = agencies_between(scope, measure, *ends, reader=reader, was=flow.was, now=flow.now)
            found[f"{before}: {flow.was} to {flow.now}"] = slugs(of)
        for move in ("risen", "fallen", "same"):
            found[f"{before}: {move}"] = slugs(
                agencies_between(scope, measure, *ends, reader=reader, move=move)
            )
        found[f"movers {before}"] = asdict(
            movers_of(scope, measure, before, on, reader=reader, limit=3, read=HowRead(read, read, read))
        )
    for on in (month("2026-09"), month("2026-12")):
        members = members_of(scope, on, reader)
        found[f"stuck {on}"] = slugs(agencies_stuck(members, measure, on, read))
        found[f"items {on}"] = [
            (one.item.slug, dict(one.levels)) for one in item_counts(scope, measure, on, read=read).items
        ]
        must = must_haves_missing_in_production(scope, measure, on, read)
        found[f"must {on}"] = must.in_production, must.affected, [(i.item.slug, i.open) for i in must.items]
        for key in ("open", "in_place", "unanswered"):
            found[f"{key} {on}"] = slugs(agencies_with_item(members, measure, on, "vault", key, reader, read))
        found[f"stage times {on}"] = read_stage_times(scope, measure, on, read)
        found[f"what-if {on}"] = participants(members, measure, on, None, read).whole()
        found[f"left out {on}"] = left_out(members, measure, on, reader, read)
        found |= rows_seen(members, measure, on, read)
    return found


def briefing(scope: Scope, measure: Measure, reader: User, knowledge: Knowledge) -> dict[str, Any] | str:
    """The one page without what says when it was made."""
    try:
        points = points_up_to(measure, month("2026-09"), 10)
        page = read_one_page(Subject(scope, measure, points, None, knowledge), reader)
    except NothingToShow as error:
        return str(error)
    heading = replace(page.heading, figure="", as_of=None, known_on=None)
    bars = tuple(replace(bar, provisional=True) for bar in page.bars)
    return asdict(replace(page, heading=heading, bars=bars))


def rows_seen(members: Any, measure: Measure, on: date, read: Reading) -> dict[str, Any]:
    """Data quality and one domain, agency by agency, in every order."""
    found: dict[str, Any] = {}
    of = {"read": read, "read_before": read}
    found["quality"] = quality_of(members, measure, on, read)
    for sort in QUALITY_SORTS:
        found[sort] = QualityListing(members, measure, on, sort=sort, **of).whole()
        found[f"-{sort}"] = QualityListing(members, measure, on, sort=f"-{sort}", **of).whole()
    silent = never_reported(members, measure, on, read)
    found["never"] = QualityListing(silent, measure, on, standing=Q(state=NOT_REPORTING), **of).whole()
    found["carried"] = QualityListing(members, measure, on, standing=Q(state="carried"), **of).whole()
    for band in range(5):
        found[f"band {band}"] = DomainAgencies(
            members, measure, on, ENDS[0][0], in_band(band), "-domain", slug="people", **of
        ).whole()
    return {f"{name} {on}": value for name, value in found.items()}


def slugs(agencies: Any) -> list[str]:
    return sorted(agencies.values_list("slug", flat=True))


@pytest.mark.parametrize("seed", [1, 2])
def test_each_past_day_is_as_it_was_seen_on_that_day(version: ModelVersion, seed: int):  # noqa: F811
    """A history is lived through day by day: reports, late ones, and amendments of amendments."""
    chance, reader = random.Random(seed), make_user("ada", Role.ADMINISTRATOR)
    agencies = [make_agency(f"Office {number:02}") for number in range(11)]
    program = make_program("Some", agencies[:7])
    program.memberships.filter(agency=agencies[0]).update(from_on="2026-07-15")
    program.memberships.filter(agency=agencies[1]).update(until_on="2026-07-20")
    AdoptionDecision.objects.create(
        agency=agencies[2], reason="All is bought.", from_on="2026-08-01", review_on="2028-01-01"
    )
    mark_stale(agencies=agencies, reason="test", at=NOW)
    measure, lived = Measure(make_version()), {}
    reports: dict[Any, Any] = {}
    for number in range(DAYS):
        now = FIRST + timedelta(days=number)
        for agency in chance.sample(agencies, 7):
            report(chance, agency, reports, now)
        refresh_all(now)
        for scope in Scope.objects.all():
            lived[now.date(), scope.pk] = seen(scope, measure, reader, LATEST)
    assert len({repr(one["flows 2026-06-30"]) for one in lived.values()}) > DAYS
    assert any(isinstance(one["one page"], dict) for one in lived.values())
    for (day, pk), then in lived.items():
        scope = Scope.objects.get(pk=pk)
        known = seen(scope, measure, reader, as_known_on(day))
        differing = {name: (then[name], known[name]) for name in then if then[name] != known.get(name)}
        assert not differing, (day, scope)
        assert known.keys() == then.keys()


def report(chance: random.Random, agency: Agency, reports: dict[tuple[int, str], Any], at: datetime) -> None:
    """An approved assessment of any period: of one that is reported already the amendment of its latest,
    which may be of another period."""
    period = chance.choice(PERIODS)
    before = reports.get((agency.pk, period))
    percent = chance.choice([None, 195_000, 440_000, 999_999])
    reports[agency.pk, period] = make_result(
        agency,
        chance.choice(PERIODS) if before and chance.random() < 0.4 else period,
        chance.randrange(50) / 10,
        amends=before,
        approved_at=at,
        levels="".join(chance.choice(codes) for codes in ("0123x-", "0123xy", "0123y-", "013x-", "013x")),
        answered=chance.randrange(0, 1_000_001, 250_000),
        evidenced=chance.randrange(0, 1_000_001, 250_000),
        limited_basis=chance.random() < 0.2,
        domains={"people": {"percent": percent, "stages_completed": 0}},
    )
