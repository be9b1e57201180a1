"""The roadmap of an agency as its page, its files and the API read it, and what is overdue anywhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from assessments.models import Action, ActionQuerySet, Answer, Assessment, Milestone, Target
from dashboards.analytics.roadmap import Ahead, Goal, Move, Verdict, judge, project
from dashboards.analytics.what_if import Held
from dashboards.models import Standing
from dashboards.queries.measures import Measure
from dashboards.queries.what_if import held_of, rules_for, with_details
from maturity.levels import LEVEL_VALUES, Level, decode_levels, value_of
from maturity.models import Item
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.periods import Period, following, label, period_of

FEWEST_QUARTERS, MOST_QUARTERS = 12, 21  # three years, and five with the quarter that is running
ACTION_SORTS = ("due", "title", "owner", "status", "cost")
STATUS_ORDER = {status: place for place, status in enumerate(("under_way", "planned", "done", "dropped"))}


@dataclass(frozen=True)
class Moved:
    """An item that an action moves. `stage` None: the current version does not have it."""

    slug: str
    title: str
    level: str
    level_words: str
    stage: int | None


@dataclass(frozen=True)
class Waiting:
    """An item of a done action that is not yet approved so. `assessment`: an open one, to answer it in;
    `answered`: there it says so already."""

    slug: str
    title: str
    assessment: int | None
    answered: bool


@dataclass(frozen=True)
class ActionLine:
    """An action with the items it moves."""

    action: Action
    overdue: bool
    moved: tuple[Moved, ...]
    waiting: tuple[Waiting, ...] = ()

    @property
    def state_words(self) -> str:
        """Its status, and whether it is overdue."""
        words = str(self.action.get_status_display())
        return f"Overdue, {words.lower()}" if self.overdue else words


@dataclass(frozen=True)
class TargetLine:
    """A target, and whether the roadmap reaches it; None where nothing can be scored."""

    target: Target
    name: str  # of the domain; "" as a whole
    verdict: Verdict | None
    missing: tuple[Moved, ...]


@dataclass(frozen=True)
class Quarter:
    """A quarter of the timeline, with what is due in it and the projection at its end."""

    period: Period
    name: str
    actions: tuple[ActionLine, ...]
    milestones: tuple[Milestone, ...]
    targets: tuple[TargetLine, ...]
    ahead: Ahead | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is due in it."""
        return not (self.actions or self.milestones or self.targets)


@dataclass(frozen=True)
class Totals:
    """Counts and costs of a roadmap."""

    actions: int
    open: int
    done: int
    dropped: int
    overdue: int
    cost: Decimal | None  # of those that are not dropped; None where none is given
    without_cost: int


@dataclass(frozen=True)
class RoadmapReading:
    """All of a roadmap. `held`: the result it goes on from, None where there is none that can be scored;
    `since`: the period of that."""

    today: date
    held: Held | None
    actions: tuple[ActionLine, ...]
    milestones: tuple[Milestone, ...]
    targets: tuple[TargetLine, ...]
    quarters: tuple[Quarter, ...]
    totals: Totals
    since: str
    moves: tuple[Move, ...] = field(repr=False, default=())

    @property
    def overdue(self) -> list[ActionLine]:
        """The actions that should be done by now."""
        return [line for line in self.actions if line.overdue]

    @property
    def last(self) -> Ahead | None:
        """Where it leads."""
        return self.quarters[-1].ahead if self.quarters else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is planned."""
        return not (self.actions or self.milestones or self.targets)


def read_roadmap(
    agency: Agency, measure: Measure, on: date, year_starts_in: int, today: date
) -> RoadmapReading:
    """The roadmap of an agency, going on from how it stands on the day `on`. At most ten queries."""
    actions = list(actions_of(agency, measure))
    targets = list(Target.objects.in_force().filter(agency=agency, model=measure.model).order_by("domain"))
    milestones = tuple(Milestone.objects.filter(agency=agency).order_by("due_on", "pk"))
    items = {item.slug: item for item in Item.objects.filter(version=measure.version).select_related("stage")}
    held = held_of(agency, measure, on) if measure.staged else None
    waiting = _waiting(agency, measure, actions, held, items)
    lines = tuple(
        ActionLine(action, action.is_overdue(today), _moved(action, items), tuple(waiting.get(action.pk, ())))
        for action in actions
    )
    now = period_of(today, year_starts_in=year_starts_in)
    moves = tuple(moves_of(actions, today, now.ends_on))
    names = dict(measure.domains)
    target_lines = tuple(_target(target, measure, held, moves, names, items) for target in targets)
    return RoadmapReading(
        today=today,
        held=held,
        actions=lines,
        milestones=milestones,
        targets=target_lines,
        quarters=_quarters(lines, milestones, target_lines, now, year_starts_in, measure, held, moves),
        totals=_totals(lines),
        since=_since(agency, measure, on) if held is not None else "",
        moves=moves,
    )


def actions_of(agency: Agency, measure: Measure) -> ActionQuerySet:
    """The actions of an agency for this model, the earliest due first."""
    found = Action.objects.filter(agency=agency, model=measure.model).with_list_relations()
    return found.order_by("due_on", "pk")


def moves_of(actions: Iterable[Action], today: date, running_until: date) -> Iterable[Move]:
    """What the actions move and from when, see analytics.roadmap."""
    for action in actions:
        if action.status == Action.Status.DROPPED:
            continue
        on = action.due_on if action.due_on >= today else running_until
        if action.status == Action.Status.DONE:
            on = today
        yield Move(on, {one.item: Level(one.level) for one in action.items.all()})


def sorted_lines(lines: Iterable[ActionLine], sort: str) -> list[ActionLine]:
    """By one of ACTION_SORTS, "-" before it turns it round; those without a cost come last. Else by due."""
    name, turned = sort.removeprefix("-"), sort.startswith("-")
    keys: Mapping[str, Any] = {
        "title": lambda line: line.action.title.casefold(),
        "owner": lambda line: line.action.owner.casefold(),
        "status": lambda line: (not line.overdue, STATUS_ORDER[line.action.status]),
        "cost": lambda line: line.action.cost or Decimal(-1),
    }
    found = sorted(lines, key=lambda line: (line.action.due_on, line.action.pk))
    if name in keys:
        found.sort(key=keys[name], reverse=turned)
    elif turned:
        found.reverse()
    return found


# --- overdue anywhere -------------------------------------------------------------------------------


def overdue_in(agencies: QuerySet[Agency], reader: User, today: date) -> ActionQuerySet:
    """The overdue actions of those of `agencies` whose details `reader` may see, by agency, then by due."""
    mine = with_details(agencies, reader).order_by().values("pk")
    found = Action.objects.overdue(today).filter(agency__in=mine).select_related("agency", "model")
    return found.order_by("agency__name", "agency_id", "due_on", "pk")


def agencies_overdue(actions: ActionQuerySet) -> int:
    """How many agencies these actions are of."""
    return int(actions.order_by().aggregate(n=Count("agency", distinct=True))["n"])


# --- its parts --------------------------------------------------------------------------------------


def _since(agency: Agency, measure: Measure, on: date) -> str:
    """The period of the result that an agency stands on."""
    rows = Standing.objects.on(on).filter(agency=agency, model=measure.model, method=measure.method)
    return rows.values_list("result__period_label", flat=True).first() or ""


def _moved(action: Action, items: Mapping[str, Item]) -> tuple[Moved, ...]:
    return tuple(
        _item(one.item, items, one.level, str(one.get_level_display())) for one in action.items.all()
    )


def _item(
    slug: str, items: Mapping[str, Item], level: str = Level.IN_PLACE, words: str = "In place"
) -> Moved:
    item = items.get(slug)
    return Moved(slug, item.title if item else slug, level, words, item.stage.number if item else None)


def _waiting(
    agency: Agency,
    measure: Measure,
    actions: Sequence[Action],
    held: Held | None,
    items: Mapping[str, Item],
) -> dict[int, list[Waiting]]:
    """By done action, the items that the approved levels do not yet show as it leaves them."""
    done = [action for action in actions if action.status == Action.Status.DONE]
    if not done:
        return {}
    approved = decode_levels(rules_for(measure), held.levels) if held else {}
    still_open = Assessment.objects.filter(
        agency=agency, version=measure.version, state__in=[Assessment.State.DRAFT, Assessment.State.RETURNED]
    )
    assessment = still_open.order_by("-period_ends_on", "-pk").first()
    said: dict[str, str] = {}
    if assessment is not None:
        rows = Answer.objects.filter(assessment=assessment).values_list("item__slug", "level")
        said = dict(rows.order_by())
    found: dict[int, list[Waiting]] = {}
    for action in done:
        for one in action.items.all():
            if one.item not in items or _is_at(approved.get(one.item), one.level):
                continue
            answered = _is_at(said.get(one.item), one.level)
            open_in = assessment.pk if assessment else None
            found.setdefault(action.pk, []).append(
                Waiting(one.item, items[one.item].title, open_in, answered)
            )
    return found


def _is_at(level: str | None, wanted: str) -> bool:
    """Whether a level is at least the one wanted; what can never apply asks for nothing more."""
    if not level:
        return False
    value = value_of(Level(level))
    return value is None or value >= LEVEL_VALUES[Level(wanted)]


def _target(
    target: Target,
    measure: Measure,
    held: Held | None,
    moves: Sequence[Move],
    names: Mapping[str, str],
    items: Mapping[str, Item],
) -> TargetLine:
    name = names.get(target.domain, target.domain)
    if held is None or (target.domain and target.domain not in names):
        return TargetLine(target, name, None, ())
    goal = Goal(target.stage, target.by_on, target.domain)
    verdict = judge(rules_for(measure), held.levels, moves, goal)
    return TargetLine(target, name, verdict, tuple(_item(slug, items) for slug in verdict.missing))


def _quarters(
    lines: Sequence[ActionLine],
    milestones: Sequence[Milestone],
    targets: Sequence[TargetLine],
    now: Period,
    year_starts_in: int,
    measure: Measure,
    held: Held | None,
    moves: Sequence[Move],
) -> tuple[Quarter, ...]:
    """From the quarter that is running to the last in which something is due: three to five years."""
    ahead = [line for line in lines if line.action.is_open and not line.overdue]
    days = [line.action.due_on for line in ahead]
    days += [one.due_on for one in milestones] + [line.target.by_on for line in targets]
    last = max(days, default=now.ends_on)
    periods = [now]
    while len(periods) < FEWEST_QUARTERS or (periods[-1].ends_on < last and len(periods) < MOST_QUARTERS):
        periods.append(following(periods[-1]))
    points: list[Ahead] | list[None] = [None] * len(periods)
    if held is not None:
        points = project(rules_for(measure), held.levels, moves, [period.ends_on for period in periods])
    return tuple(
        Quarter(
            period=period,
            name=label(period, year_starts_in),
            actions=tuple(line for line in ahead if _within(line.action.due_on, period)),
            milestones=tuple(one for one in milestones if _within(one.due_on, period)),
            targets=tuple(line for line in targets if _within(line.target.by_on, period)),
            ahead=point,
        )
        for period, point in zip(periods, points, strict=True)
    )


def _within(day: date, period: Period) -> bool:
    return period.starts_on <= day <= period.ends_on


def _totals(lines: Sequence[ActionLine]) -> Totals:
    by_status: dict[str, int] = {}
    for line in lines:
        by_status[line.action.status] = by_status.get(line.action.status, 0) + 1
    kept = [line.action for line in lines if line.action.status != Action.Status.DROPPED]
    costs = [action.cost for action in kept if action.cost is not None]
    return Totals(
        actions=len(lines),
        open=sum(by_status.get(status, 0) for status in Action.OPEN),
        done=by_status.get(Action.Status.DONE, 0),
        dropped=by_status.get(Action.Status.DROPPED, 0),
        overdue=sum(line.overdue for line in lines),
        cost=sum(costs, Decimal(0)) if costs else None,
        without_cost=len(kept) - len(costs),
    )
