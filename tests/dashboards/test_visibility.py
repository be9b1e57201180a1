"""A viewer of one program learns nothing of an agency outside it, not by subtracting trends either.

Held in two ways over small governments drawn at random. Whatever somebody may see is made of agencies that
they may see, but for what docs/decisions/0005 allows. And whatever they can ask for, by page, file or API,
says the same to the letter when the agencies that they may not see are quite different.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pytest
from django.test import Client

from dashboards.models import Scope, ScopeMember
from dashboards.queries.scopes import HiddenScope, UnknownScope, key_of, scope_named, scopes_of
from dashboards.standings import month_of, span_of
from portal.access.models import User
from portal.access.rules import Right, Role
from portal.agencies.models import Agency, Cohort, Program
from portal.agencies.services import mark_stale
from tests.dashboards.factories import describe, make_cohort, make_result, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency, make_program, make_user

pytestmark = pytest.mark.django_db
SIZES = ("small", "mid", "large")
FILTERS: list[dict[str, str]] = [{"size": "large"}, {"size": "small,mid", "cfo_act": "yes"}]
LEFT_ON = date(2026, 7, 15)
# When and up to which approval all numbers were computed is no secret.
FRESH = re.compile(
    r'"computed_at":"[^"]*"|"approved_up_to":"[^"]*"|"figure":"[^"]*"'
    r'|<p class="dash-fresh">.*?</p>|Exported by [^\n]*'
    r'|csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"',
    re.DOTALL,
)


@dataclass
class Government:
    """Three departments with offices; two programs, which some agencies left; groups; people."""

    seed: int
    agencies: list[Agency] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    people: list[User] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        tops = [make_agency(f"Department {n}") for n in range(3)]
        offices = [make_agency(f"Office {n}", chance.choice(tops)) for n in range(6)]
        self.agencies = tops + offices
        for number, start in enumerate((10, 1)):
            members = chance.sample(self.agencies, 5)
            program = make_program(f"Program {number}", members, year_starts_in=start)
            program.memberships.filter(agency__in=members[:2]).update(until_on=LEFT_ON)
            self.programs.append(program)
        for agency in self.agencies:
            describe(agency, size=chance.choice(SIZES), cfo_act=chance.choice(["yes", "no"]))
            for period in ("FY26 Q2", "FY26 Q3", "FY26 Q4"):
                make_result(agency, period, chance.choice([0, 1.25, 2.5, 3.99]))
        for of in (*self.programs, None):
            for asked in FILTERS:
                make_cohort(of, **asked)
        make_cohort(self.programs[0], within=tops[0])
        first, second = self.programs
        self.people = [
            make_user("viewer", Role.VIEWER, program=first),
            make_user("officer", Role.OFFICER, program=second),
            make_user("lead", Role.LEAD, agency=offices[0]),
            make_user("department", Role.VIEWER, agency=tops[0]),
            make_user("nobody"),
        ]
        refresh_all()

    def hidden_from(self, user: User) -> list[Agency]:
        return list(Agency.objects.exclude(pk__in=Agency.objects.visible_to(user).values("pk")))

    def own_programs(self, user: User) -> list[Program]:
        return list(Program.objects.filter(user.programs_with(Right.SEE)))

    @cached_property
    def keys(self) -> list[str]:
        """What every scope is called, those of agencies last."""
        scopes = Scope.objects.select_related("program", "agency", "cohort")
        return sorted(map(key_of, scopes), key=lambda key: (key.startswith("agency:"), key))

    @cached_property
    def keys_to_ask_for(self) -> list[str]:
        """The same with the groups that nobody is in so far: they may come to have members."""
        groups = {f"cohort:{slug}" for slug in Cohort.objects.values_list("slug", flat=True)}
        return [*sorted(groups.difference(self.keys)), *self.keys]


@pytest.fixture(params=[1, 2])
def government(request: pytest.FixtureRequest, db: None) -> Government:
    return Government(request.param)


def test_what_one_may_see_is_made_of_agencies_that_one_may_see(government: Government):
    for user in government.people:
        hidden = {agency.pk for agency in government.hidden_from(user)}
        own = {program.pk for program in government.own_programs(user)}
        for scope in scopes_of(user):
            for member in ScopeMember.objects.filter(scope=scope, agency__in=hidden).select_related("agency"):
                # Decision 5: in a program of one's own, or a group in it, while it was a member of that.
                assert scope.office is not None, f"{user} sees {member}"
                assert scope.office.pk in own
                rows = scope.office.memberships.filter(agency=member.agency_id)
                counted = span_of(member.from_on, member.until_on)
                assert any(_within(counted, span_of(row.from_on, row.until_on)) for row in rows)
                assert counted[1] is not None
                assert counted[1] <= month_of(LEFT_ON + timedelta(days=31))


def _within(inner: tuple[int, int | None], outer: tuple[int, int | None]) -> bool:
    return inner[0] >= outer[0] and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))


def test_what_one_may_not_see_is_refused_in_every_way(government: Government):
    for user in government.people:
        client, seen = logged_in(user), {key_of(scope) for scope in scopes_of(user)}
        for key in government.keys:
            if key in seen:
                assert scope_named(key, user) is not None
                continue
            with pytest.raises((HiddenScope, UnknownScope)):
                scope_named(key, user)
            for address in ("/", "/portfolio.csv", "/api/v1/trends/"):
                assert client.get(address, {"scope": key}).status_code in {403, 404}


def test_nothing_changes_for_them_when_hidden_agencies_are_quite_different(government: Government):
    before = {user.pk: everything_told(government, user) for user in government.people}
    for user in government.people:
        own = government.own_programs(user)
        secret = [
            agency
            for agency in government.hidden_from(user)
            if not agency.program_memberships.filter(program__in=own).exists()
        ]
        assert secret
        changed = _turned_over(secret)
        after = everything_told(government, user)
        for key, said in before[user.pk].items():
            assert after[key] == said, f"{user} can tell by {key}"
        _turned_back(changed)


def test_of_who_left_their_program_they_learn_nothing_from_later(government: Government):
    for user in government.people:
        own = government.own_programs(user)
        left = [
            agency
            for agency in government.hidden_from(user)
            if agency.program_memberships.filter(program__in=own).exists()
        ]
        if not left:
            continue
        before = everything_told(government, user)
        for agency in left:
            agency.results.filter(period_label="FY26 Q4").update(score=4_900_000, stages_completed=4)
            describe(agency, LEFT_ON + timedelta(days=1), size="large", cfo_act="yes")
        mark_stale(agencies=left, reason="later", at=NOW)
        refresh_all()
        after = everything_told(government, user)
        assert [key for key, said in before.items() if after[key] != said] == []


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def everything_told(government: Government, user: User) -> dict[str, str]:
    """All that this person can get that speaks of standings, by how they asked for it."""
    client, told = logged_in(user), {}
    for address, query in _questions(government):
        response = client.get(address, query)
        body = response.content.decode() if response.status_code == 200 else ""
        told[f"{address} {query}"] = f"{response.status_code} {FRESH.sub('', body)}"
    return told


def _questions(government: Government) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from (("/agencies/", {}), ("/agencies/", {"sort": "-score"}), ("/groups/", {}), ("/filter/", {}))
    yield from (("/api/v1/standings/", {}), ("/api/v1/cohorts/", {}), ("/api/v1/agencies/", {}))
    yield "/", {}
    for key in government.keys_to_ask_for:
        yield "/api/v1/trends/", {"scope": key, "granularity": "month"}
        if not key.startswith("agency:") or key == government.keys[-1]:  # pages take their time
            yield "/", {"scope": key}
            yield "/portfolio.csv", {"scope": key}
        if key.startswith("cohort:"):
            yield f"/groups/{key.partition(':')[2]}/", {}
        for asked in FILTERS:
            yield "/api/v1/trends/", {"scope": key, "granularity": "month", **asked}
    for asked in FILTERS:
        yield "/", {"scope": "everything", **asked}
        yield "/portfolio.csv", {"scope": "everything", **asked}
    for agency in government.agencies:
        yield "/api/v1/trends/", {"within": agency.slug}


def _turned_over(agencies: list[Agency]) -> list[tuple[Agency, list[tuple[int, int, int]]]]:
    """These agencies with other scores and another profile; what they were."""
    were = []
    for agency in agencies:
        were.append((agency, list(agency.results.values_list("pk", "score", "stages_completed"))))
        for result in agency.results.all():
            result.score, result.stages_completed = 5_000_000 - result.score, 5 - result.stages_completed
            result.save(update_fields=["score", "stages_completed"])
        _swap_profile(agency)
    mark_stale(agencies=agencies, reason="another", at=NOW)
    refresh_all()
    return were


def _turned_back(were: list[tuple[Agency, list[tuple[int, int, int]]]]) -> None:
    for agency, results in were:
        for pk, score, stages in results:
            agency.results.filter(pk=pk).update(score=score, stages_completed=stages)
        _swap_profile(agency)
    mark_stale(agencies=[agency for agency, _ in were], reason="back", at=NOW)
    refresh_all()


def _swap_profile(agency: Agency) -> None:
    """Small becomes large and large small; yes becomes no and no yes; twice is as before."""
    now = dict(agency.profile_values.filter(until_on__isnull=True).values_list("field", "value"))
    size = {"small": "large", "large": "small"}.get(now["size"], now["size"])
    agency.profile_values.all().delete()
    describe(agency, LONG_AGO, size=size, cfo_act="no" if now["cfo_act"] else "yes")
