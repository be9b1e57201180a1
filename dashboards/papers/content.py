"""What is in a paper: frozen values that the pages and all writers read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dashboards.charts.chart import plural
from dashboards.charts.scale import ScoreScale
from maturity.scoring import format_hundredths, format_percent

NOT_COLLECTED = "not collected"


@dataclass(frozen=True)
class Heading:
    """What a paper is about, and how far it may be relied on.

    `as_of`: when it was published, else when its numbers were computed. `made`: who took it and when, for
    what is not published; a published paper is the same for everybody. `text_at`: when the program's own
    words last changed.
    """

    scope: str
    model: str
    period: str  # FY26 Q4
    starts_on: date
    ends_on: date
    before: str  # the period that changes are measured from; "" for none
    agencies: int
    reported: int
    published: bool
    revision: int
    as_of: datetime | None
    figure: str  # by which the numbers can be had again
    demonstration: bool
    made: str = ""
    text_at: datetime | None = None
    known_on: date | None = None  # the day at whose end the numbers were known

    @property
    def marking(self) -> str:
        """PUBLISHED or PROVISIONAL, with what it rests on."""
        if self.published:
            return f"PUBLISHED revision {self.revision}"
        if self.known_on is not None:
            return f"AS KNOWN on {self.known_on:%B} {self.known_on.day}, {self.known_on.year}"
        return "PROVISIONAL"

    @property
    def reported_words(self) -> str:
        """ "93 of 124 agencies reported"."""
        return f"{self.reported:,} of {self.agencies:,} agencies reported"

    @property
    def moment(self) -> datetime:
        """The date of the file itself: never that of its making, which would make two prints differ."""
        if self.as_of is not None:
            return self.as_of
        return datetime.combine(self.ends_on, datetime.min.time())


@dataclass(frozen=True)
class Number:
    """One number with what it is taken over; `count` None: there is none, for the reason in `missing`."""

    slug: str
    label: str
    count: int | None
    of: int | None = None
    of_words: str = "agencies"
    change: int | None = None
    compared: int = 0  # agencies that the change is taken over
    source: str = ""
    missing: str = NOT_COLLECTED
    said: str = ""  # how the number is said where it is no count: "35%"
    change_said: str = ""  # so the change; or, without one, why there is none
    agencies: int | None = None  # that it is taken over, where `of` counts something else

    @property
    def value(self) -> str:
        """ "31", or why there is no number."""
        return self.missing if self.count is None else self.said or f"{self.count:,}"

    @property
    def of_text(self) -> str:
        """ "of 94 agencies with a score"."""
        return "" if self.count is None or self.of is None else f"of {self.of:,} {self.of_words}"

    @property
    def change_text(self) -> str:
        """ "up 4 among the 90 compared", or nothing where nothing is compared."""
        if self.count is None:
            return ""
        if self.change is None or not self.compared:
            return self.change_said or "nothing to compare with before"
        return f"{self.change_said or moved_words(self.change)} among the {self.compared:,} compared"

    @property
    def n(self) -> int | None:
        """How many agencies it is taken over."""
        return self.of if self.agencies is None else self.agencies


@dataclass(frozen=True)
class Bar:
    """One quarter: agencies by stages completed (from 0 up), and those without a score by reason.

    None instead of counts: nothing is known of that quarter. `scored_anew`: something else was published of
    it, by an earlier rule.
    """

    label: str
    provisional: bool
    stages: tuple[int, ...]
    carried: int
    not_reporting: int
    not_adopting: int
    agencies: int
    scored_anew: bool = False

    @property
    def name(self) -> str:
        """The label, with how far the numbers may be relied on."""
        if self.scored_anew:
            return f"{self.label} (scored anew)"
        return f"{self.label} (provisional)" if self.provisional else self.label

    @property
    def with_score(self) -> int:
        """Agencies whose score is known."""
        return sum(self.stages)


@dataclass(frozen=True)
class Moved:
    """An agency that moved or stayed, in stages completed, and why in one line.

    `details`: for those on a page who may see item levels; never in a file.
    """

    name: str
    slug: str
    was: int | None
    now: int | None
    reason: str = ""
    details: str = ""
    bands: str = ""  # from which band to which, where the model has bands

    @property
    def steps(self) -> str:
        """ "stage 1 to 2"; "stage 2" where it stayed; the names of bands."""
        if self.bands:
            return self.bands
        if self.was is None or self.now is None or self.was == self.now:
            return f"stage {self.now}" if self.now is not None else ""
        return f"stage {self.was} to {self.now}"


@dataclass(frozen=True)
class Movement:
    """Some of those that moved one way, and how many there are."""

    slug: str
    title: str
    shown: tuple[Moved, ...]
    total: int
    none: str  # what is said where there are none

    @property
    def left_out(self) -> int:
        """How many are not named."""
        return self.total - len(self.shown)


@dataclass(frozen=True)
class Obstacle:
    """A challenge that holds agencies back, with how many of those with a score; in words ("over 89") where
    the number would tell of single ones."""

    title: str
    agencies: int | str
    of: int
    slug: str = ""  # of the challenge

    @property
    def agencies_words(self) -> str:
        """How many agencies, as people read it."""
        return self.agencies if isinstance(self.agencies, str) else f"{self.agencies:,}"


@dataclass(frozen=True)
class Promise:
    """A commitment made before: at an earlier briefing, or by an agency."""

    text: str
    owner: str
    due_on: date | None
    closed_on: date | None
    made_for: str  # the period of the briefing, or the day an agency made it
    dropped: bool = False

    def state_at(self, on: date) -> str:
        """ "done", "dropped", "overdue" or "open" on a day."""
        if self.closed_on is not None:
            return "dropped" if self.dropped else "done"
        return "overdue" if self.due_on is not None and self.due_on < on else "open"


@dataclass(frozen=True)
class OnePage:
    """What a leader takes into a briefing. `kind`: of the periods that it shows (points.KINDS).

    `must_haves` None: the model knows of none. `rule_change`: what must be said where the scoring changed
    since the period before.
    """

    heading: Heading
    sentence: str
    numbers: tuple[Number, ...]
    scale: ScoreScale
    bars: tuple[Bar, ...]
    movements: tuple[Movement, ...]
    obstacles: tuple[Obstacle, ...]
    obstacles_none: str
    must_haves: Number | None
    decisions: tuple[str, ...]
    promises: tuple[Promise, ...]
    evidence: int | None  # median share backed by evidence, millionths
    carried: int
    corrections: tuple[str, ...]
    corrections_none: str = "no corrections"
    kind: str = "quarter"
    rule_change: str = ""

    @property
    def bars_title(self) -> str:
        """What its bars show: "Agencies by stages completed"."""
        return f"Agencies by {self.scale.many.lower()}"

    @property
    def kind_words(self) -> str:
        """How its periods are called: "8 quarters"."""
        return plural(len(self.bars), *KIND_WORDS[self.kind])

    @property
    def evidence_text(self) -> str:
        """Median share of what is in place that evidence stands behind."""
        if self.evidence is None:
            return "Evidence: no agency has a score" if self.scale.staged else "Evidence: none is counted"
        share = format_percent(self.evidence)
        return f"Half of the agencies back {share} or more of what is in place with evidence"

    @property
    def corrections_text(self) -> str:
        """The corrections of the period in one line."""
        said = "; ".join(self.corrections) or self.corrections_none
        return said[:1].upper() + said[1:]

    @property
    def agency_slugs(self) -> tuple[str, ...]:
        """The agencies that it names."""
        return tuple(one.slug for movement in self.movements for one in movement.shown)


@dataclass(frozen=True)
class TalkingPoint:
    """One thing to say, with over how many agencies it holds and where it comes from."""

    text: str
    n: int | None
    source: str


@dataclass(frozen=True)
class Rung:
    """How many agencies have completed at least a stage."""

    stage: int
    name: str
    completed: int
    of: int
    change: str


@dataclass(frozen=True)
class ScorePoint:
    """The spread of scores at a point in time, in millionths of a unit of the scale."""

    label: str
    n: int
    lower: int | None
    median: int | None
    upper: int | None


@dataclass(frozen=True)
class DomainRow:
    """A domain over the agencies to which it applies; `median` in millionths of its maximum."""

    name: str
    n: int
    median: int | None


@dataclass(frozen=True)
class AgencyLine:
    """One agency with how it stands. Score and change in millionths of a unit of the scale."""

    slug: str
    name: str
    state: str
    stages: int | None
    score: int | None
    change: int | None
    period: str


@dataclass(frozen=True)
class FullReport:
    """The one page, and all that stands behind it."""

    one: OnePage
    ladder: tuple[Rung, ...]
    scores: tuple[ScorePoint, ...]
    domains: tuple[DomainRow, ...]
    agencies: tuple[AgencyLine, ...]


@dataclass(frozen=True)
class StageShare:
    """How much of a stage is in place, in millionths of one."""

    number: int
    name: str
    completion: int
    passed: bool


@dataclass(frozen=True)
class Gap:
    """What is missing at an agency, with the next step."""

    title: str
    words: str
    action: str


@dataclass(frozen=True)
class AgencyPage:
    """One agency on a page; `gaps` None: not for this reader. Scores in millionths of a unit of the
    scale."""

    heading: Heading
    state: str
    stages_completed: int | None
    score: int | None
    change: int | None
    before: str
    period: str
    target: int | None
    scores: tuple[tuple[str, str, int | None], ...]  # period, state, score
    stages: tuple[StageShare, ...]
    domains: tuple[DomainRow, ...]
    gaps: tuple[Gap, ...] | None
    evidence: int | None
    scale: ScoreScale
    promises: tuple[Promise, ...] | None = None  # None: not for this reader

    @property
    def sentence(self) -> str:
        """How the agency stands, in one sentence."""
        if self.stages_completed is None or self.score is None:
            return f"{self.heading.scope}: {self.state.lower()} at the end of {self.heading.period}."
        said = f"{self.heading.scope} {self._reached}"
        if self.target is not None:
            reached = (
                "its target" if self.stages_completed >= self.target else f"of the {self.target} it aims at"
            )
            said += f", {reached}" if self.stages_completed >= self.target else f" {reached}"
        if self.change is not None:
            moved = "no change"
            if self.change:
                sign = "+" if self.change > 0 else ""
                moved = self.scale.amount(f"{sign}{score_words(self.change)}")
            said += f", and its score is {score_words(self.score)} ({moved} since {self.before})"
        return f"{said}."

    @property
    def _reached(self) -> str:
        """ "has completed 2 stages", "is in the band Middle fifth"."""
        done = self.stages_completed or 0
        if self.scale.staged:
            return f"has completed {_stages_words(done)}"
        return f"is in the band {self.scale.band(done)}" if done else "has reached no band"


KIND_WORDS = {
    "month": ("month", "months"),
    "quarter": ("quarter", "quarters"),
    "half": ("half-year", "half-years"),
    "year": ("year", "years"),
}


def _stages_words(count: int) -> str:
    return f"{count} {'stage' if count == 1 else 'stages'}"


def moved_words(difference: int) -> str:
    """ "up 4", "down 1", "unchanged"."""
    return f"up {difference:,}" if difference > 0 else f"down {-difference:,}" if difference else "unchanged"


def score_words(millionths: int | None) -> str:
    """A score with two places, or a dash."""
    return "–" if millionths is None else format_hundredths(millionths)


def list_words(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))
