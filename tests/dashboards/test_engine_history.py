"""Whatever happens in whatever order, the trends are what adding up plainly gives.

Histories are made of the portal's own services (approvals are written as they leave them), with refreshes,
rebuilds and new months in between; at the end all marks are worked off.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.models import Result
from dashboards.models import Freshness, Trend
from dashboards.services import extend_horizon, recount_scopes, refresh_agency, refresh_stale
from dashboards.services_check import find_differences
from dashboards.services_cohorts import (
    InvalidCohort,
    create_cohort,
    delete_cohort,
    edit_cohort,
    mark_cohorts,
)
from dashboards.services_rebuild import begin_rebuild
from dashboards.services_sums import SUM_FIELDS
from portal.agencies import services as tree
from portal.agencies.models import Agency, Cohort, StaleMark
from portal.agencies.periods import following, month_end, parse_label
from portal.agencies.profile_filter import read_filter
from portal.agencies.services_profile import (
    InvalidDecision,
    decide_not_to_adopt,
    end_decision,
    set_profile_values,
)
from portal.agencies.services_programs import add_to_program, remove_from_program
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.dashboards.plainly import expected_trends
from tests.factories import NOW, make_agency, make_program

FIRST = parse_label("FY25 Q1")
PERIODS = [parse_label(f"FY25 {part}") for part in ("Q1", "Q2", "H2", "Q4")] + [
    parse_label("FY25"),
    *(following(FIRST, number) for number in range(4, 9)),
]


@dataclass
class History:
    """A government of a department with two offices and a second department, and what was drawn so far."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    agencies: list[Agency] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    now: Any = NOW

    def __post_init__(self) -> None:
        energy, parks = make_agency("Energy"), make_agency("Parks")
        self.agencies = [energy, make_agency("Grid", energy), make_agency("Mines", energy), parks]
        self.programs = [make_program("One", self.agencies[:2]), make_program("Two")]
        tree.mark_stale(agencies=self.agencies, reason="made", at=NOW)

    def agency(self) -> Agency:
        chosen = self.draw(st.sampled_from(self.agencies))
        chosen.refresh_from_db()
        return chosen

    def day(self) -> date:
        return date(2024, 10, 1) + timedelta(days=self.draw(st.integers(0, 900)))

    def approve(self) -> None:
        self._result(self.agency(), None)

    def amend(self) -> None:
        open_ones = [r for r in self.results if not hasattr(r.assessment, "amended_by")]
        if open_ones:
            amended = self.draw(st.sampled_from(open_ones))
            self._result(amended.agency, amended)

    def _result(self, agency: Agency, amends: Result | None) -> None:
        period = self.draw(st.sampled_from(PERIODS))
        version = make_version(self.draw(st.sampled_from(["containers", "cloud"])))
        if amends is not None:
            version = amends.version
        elif any((r.agency_id, r.period_ends_on, r.version_id) == (agency.pk, period.ends_on, version.pk)
                 and r.assessment.amends_id is None for r in self.results):  # fmt: skip
            return
        percent = self.draw(st.sampled_from([None, 0, 333_333, 1_000_000]))
        made = make_result(
            agency,
            period,
            self.draw(st.sampled_from([0, 0.123456, 2.5, 5])),
            amends,
            version,
            approved_at=NOW + timedelta(days=self.draw(st.integers(-300, 0))),
            limited_basis=self.draw(st.booleans()),
            domains={"people": {"percent": percent}, "platform": {"percent": 500_000}},
        )
        self.results.append(made)
        self.results = list(Result.objects.select_related("assessment__amended_by", "agency", "version"))

    def create(self) -> None:
        parent = self.draw(st.sampled_from([None, *self.agencies]))
        fields = {"name": f"New {len(self.agencies)}"}
        self.agencies.append(tree.create_agency(fields=fields, parent=parent, by=None, at=NOW))

    def move(self) -> None:
        parent = self.draw(st.sampled_from([None, *self.agencies]))
        with suppress(tree.CannotMove):
            tree.move_agency(agency=self.agency(), parent=parent, by=None, at=NOW)

    def close(self) -> None:
        with suppress(tree.CannotClose):
            tree.close_agency(agency=self.agency(), on=self.day(), by=None, at=NOW)

    def reopen(self) -> None:
        with suppress(tree.CannotClose):
            tree.reopen_agency(agency=self.agency(), by=None, at=NOW)

    def join(self) -> None:
        program = self.draw(st.sampled_from(self.programs))
        add_to_program(program=program, agencies=[self.agency()], on=self.day(), by=None, at=NOW)

    def leave(self) -> None:
        program = self.draw(st.sampled_from(self.programs))
        remove_from_program(program=program, agency=self.agency(), on=self.day(), by=None, at=NOW)

    def decide(self) -> None:
        on = self.day()
        with suppress(InvalidDecision):
            decide_not_to_adopt(
                agency=self.agency(),
                reason="no software",
                review_on=month_end(on, 12),
                on=on,
                by=None,
                at=NOW,
            )

    def undecide(self) -> None:
        end_decision(agency=self.agency(), on=self.day(), by=None, at=NOW)

    def describe(self) -> None:
        """A profile from any day on."""
        values = {
            "size": self.draw(st.sampled_from(["", "small", "mid", "large"])),
            "providers": self.draw(st.lists(st.sampled_from(["aws", "azure", "other"]), unique=True)),
            "nodes": self.draw(st.sampled_from(["", "0", "12", "700"])),
            "cfo_act": self.draw(st.sampled_from(["", "yes", "no"])),
        }
        chosen = {key: values[key] for key in self.draw(st.sets(st.sampled_from(list(values))))}
        set_profile_values(agency=self.agency(), values=chosen, on=self.day(), by=None, at=NOW)

    def group(self) -> None:
        program = self.draw(st.sampled_from([None, *self.programs]))
        name = f"Group {Cohort.objects.count()} {self.draw(st.integers())}"
        with suppress(InvalidCohort):
            create_cohort(name=name, program=program, **self._definition(), by=None, at=NOW)

    def regroup(self) -> None:
        if cohorts := list(Cohort.objects.order_by("pk")):
            cohort = self.draw(st.sampled_from(cohorts))
            with suppress(InvalidCohort):
                edit_cohort(cohort=cohort, name=cohort.name, **self._definition(), by=None, at=NOW)

    def ungroup(self) -> None:
        if cohorts := list(Cohort.objects.order_by("pk")):
            delete_cohort(cohort=self.draw(st.sampled_from(cohorts)), by=None, at=NOW)

    def _definition(self) -> dict[str, Any]:
        asked = {
            "size": self.draw(st.sampled_from(["", "large", "small,mid"])),
            "providers": self.draw(st.sampled_from(["", "", "aws", "aws,azure"])),
            "nodes": self.draw(st.sampled_from(["", "", "..20", "10..", "12"])),
            "cfo_act": self.draw(st.sampled_from(["", "", "no"])),
        }
        within = self.draw(st.sampled_from([None, None, self.agencies[0]]))
        return {"conditions": read_filter(asked), "within": within}

    def mark(self) -> None:
        mark_cohorts(at=self.now)

    def refresh_one(self) -> None:
        refresh_agency(agency_id=self.agency().pk, at=self.now)

    def refresh_some(self) -> None:
        refresh_stale(at=self.now, limit=self.draw(st.integers(1, 3)))

    def rebuild(self) -> None:
        begin_rebuild(at=self.now)

    def recount(self) -> None:
        recount_scopes(at=self.now)

    def wait(self) -> None:
        self.now += timedelta(days=self.draw(st.integers(20, 200)))
        extend_horizon(at=self.now)


CHANGES = [
    History.approve, History.approve, History.approve, History.amend, History.create, History.move,
    History.close, History.reopen, History.join, History.leave, History.decide, History.undecide,
    History.describe, History.describe, History.group, History.regroup, History.ungroup, History.mark,
]  # fmt: skip
WORK = [History.refresh_one, History.refresh_some, History.refresh_some]
RARE = [History.rebuild, History.recount, History.wait]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), steps=st.lists(st.sampled_from(CHANGES * 2 + WORK * 3 + RARE), max_size=25))
def test_any_history_ends_in_what_adding_up_plainly_gives(data, steps):
    with undone():
        history = History(data.draw)
        for step in steps:
            step(history)
        refresh_all(history.now)

        assert list(find_differences()) == []
        horizon = Freshness.objects.get().horizon_on
        rows = Trend.objects.select_related("scope")
        stored = {
            (*row.scope.key, row.model_id, row.method, row.on): {f: getattr(row, f) for f in SUM_FIELDS}
            for row in rows
        }
        assert stored == expected_trends(horizon)
        assert not StaleMark.objects.exists()
