"""The part of the nightly check about what is published: each row of a trend that holds now is the sum of the
published standings of its published members."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

import orjson

from dashboards.differences import Measure, overlap
from dashboards.models import PublishedMember, PublishedStanding, PublishedTrend, Scope
from dashboards.queries.scopes import OF
from dashboards.queries.timelines import domains_as_text
from dashboards.services_sums import CHUNK, SUM_FIELDS
from dashboards.standings import Span, holds, month_of, span_of, union
from dashboards.trends import AGENCIES, NOT_ADOPTING, Sums, Tally, add, pack

SCOPES_AT_ONCE = 50  # of those that are small
STANDING_FIELDS = (
    "agency_id", "model_id", "method", "from_on", "until_on", "state", "score", "stages_completed",
    "limited_basis", "rescored",
)  # fmt: skip
Wrong = tuple[str, str, str, str]  # whose, what, stored, computed
Members = dict[int, list[tuple[int, list[Span]]]]  # by agency: the scopes it is counted in, and when


class _Counted:
    """What stands for the same months in one scope under one measure."""

    def __init__(self) -> None:
        self.values = Tally()
        self.states: Counter[str] = Counter()

    def add_to(self, sums: Sums) -> int:
        """Add it to the sums of a month; returns how many standings that were."""
        add(sums, self.values.sums().items())
        add(sums, [(NOT_ADOPTING, self.states[PublishedStanding.State.NOT_ADOPTING])])
        return self.states.total()


def of_published() -> Iterator[Wrong]:
    """Each published row that is not the sum of what is published of its members.

    Scope by scope, the small ones some at a time: one query for members, for standings and for rows each,
    so that the largest scope decides how much memory is taken.
    """
    scopes = Scope.objects.filter(published_trends__isnull=False).distinct().order_by("pk")
    names = {scope.pk: (scope.kind, str(scope)) for scope in scopes.select_related(*OF)}
    small = [pk for pk, (kind, _) in names.items() if kind == Scope.Kind.SUBTREE]
    slices = [[pk] for pk in names if pk not in set(small)]
    slices += [small[i : i + SCOPES_AT_ONCE] for i in range(0, len(small), SCOPES_AT_ONCE)]
    for chosen in slices:
        yield from _of_scopes({pk: names[pk][1] for pk in chosen})


def _of_scopes(names: dict[int, str]) -> Iterator[Wrong]:
    members = _members(names.keys())
    sizes: defaultdict[int, Counter[Span]] = defaultdict(Counter)
    for places in members.values():
        for scope, spans in places:
            sizes[scope].update(spans)
    counted = _counted(names.keys(), members)
    rows = PublishedTrend.objects.filter(scope__in=names.keys())
    rows = rows.order_by("scope_id", "model_id", "method", "on", "-publication_id")
    for (scope, model, method, on), revisions in groupby(rows.iterator(SCOPES_AT_ONCE), key=_key):
        row, month = next(revisions), month_of(on)  # of several the latest
        size = sum(n for span, n in sizes[scope].items() if holds([span], month))
        sums: Sums = {}
        standing = sum(
            part.add_to(sums)
            for span, part in counted[scope, (model, method)].items()
            if holds([span], month)
        )
        if standing != size:
            yield names[scope], f"published standings on {on}", f"{standing}", f"{size} members"
        computed = pack(sums | {AGENCIES: size})
        for field in SUM_FIELDS:
            if (have := getattr(row, field)) != computed[field]:
                yield names[scope], f"published {field} on {on}", str(have), str(computed[field])


def _key(row: PublishedTrend) -> tuple[Any, ...]:
    return row.scope_id, row.model_id, row.method, row.on


def _members(scopes: Collection[int]) -> Members:
    """Who is counted in these scopes as published, as few spans as say it."""
    found: defaultdict[tuple[int, int], list[Span]] = defaultdict(list)
    rows = PublishedMember.objects.as_of(None).filter(scope__in=scopes).order_by()
    for agency, scope, from_on, until_on in rows.values_list(
        "agency_id", "scope_id", "from_on", "until_on"
    ).iterator(CHUNK):
        found[agency, scope].append(span_of(from_on, until_on))
    members: Members = defaultdict(list)
    for (agency, scope), spans in found.items():
        members[agency].append((scope, union(spans)))
    return members


def _counted(
    scopes: Collection[int], members: Members
) -> defaultdict[tuple[int, Measure], defaultdict[Span, _Counted]]:
    """The published standings of the members, those that are alike counted together: by scope and measure,
    and by the months they hold for."""
    found: defaultdict[tuple[int, Measure], defaultdict[Span, _Counted]]
    found = defaultdict(lambda: defaultdict(_Counted))
    agencies = PublishedMember.objects.as_of(None).filter(scope__in=scopes).order_by().values("agency_id")
    rows = PublishedStanding.objects.as_of(None).filter(agency__in=agencies).order_by()
    stream = rows.values_list(*STANDING_FIELDS, domains_as_text()).iterator(CHUNK)
    for agency, model, method, from_on, until_on, state, score, stages, limited, rescored, domains in stream:
        percents = orjson.loads(domains) if score is not None else {}
        for scope, spans in members.get(agency, ()):
            for span in overlap([span_of(from_on, until_on)], spans):
                part = found[scope, (model, method)][span]
                part.states[state] += 1
                if score is not None:
                    part.values.count(state, score, stages, limited, rescored, percents)
    return found
