"""Whether answers fit together: small rules over what is known of one assessment, each with its advice. Pure.

A rule is a function from Facts to findings, listed in RULES. None decides anything: what a finding calls for
is said by its severity (ADVICE: to look at; CONFIRMATION: the reviewer confirms it in writing). The rules and
their thresholds are told to people in docs/review.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from maturity.levels import Level, value_of
from maturity.scoring import EVIDENCED_FROM, year_before

MOST_STAGES_MOVED = 1  # stages (or bands) completed more, or fewer, than last time
PERIODS_UNCHANGED = 3  # in a row, this one among them
NOTE_REPEATED, NOTE_LENGTH = 5, 20  # the same words at so many items; shorter notes ("see above") are let be
SYSTEMS_FELL = 2  # systems in containers: fewer than one in so many of what they were


class Severity(StrEnum):
    """What a finding calls for."""

    ADVICE = "advice"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True)
class Said:
    """One item: what is said of it now, and what was approved last. `value`: 0 to 1, None if left out.

    `evidence_on`: the date of its latest evidence. `unchanged`: over how many periods in a row, this one
    among them, all of the answer has been the same.
    """

    slug: str
    stage: int
    domain: str | None
    practice: bool = True
    must_have: bool = False
    level: Level | None = None
    before: Level | None = None
    planned_on: date | None = None
    note: str = ""
    evidence_on: date | None = None
    unchanged: int = 1

    @property
    def claimed(self) -> bool:
        """Whether it is said to be in place, for some systems at least."""
        return (value_of(self.level) or 0) >= EVIDENCED_FROM

    @property
    def was_claimed(self) -> bool:
        """The same of what was approved last."""
        return (value_of(self.before) or 0) >= EVIDENCED_FROM


@dataclass(frozen=True)
class Told:
    """The facts of a period that answers can speak against; None: not told."""

    systems: int | None = None
    containers: int | None = None


@dataclass(frozen=True)
class Facts:
    """All that the rules know of one assessment.

    `unpassed`: by domain, its stages that do not pass yet. `completed`, `completed_before`: stages (or bands)
    completed by the answers, and by what was approved last (None: nothing was). `on`: the day that dates are
    measured against: today, or the period's end if that is earlier.
    """

    items: tuple[Said, ...]
    on: date
    domains: Mapping[str, str]
    unpassed: Mapping[str, frozenset[int]]
    completed: int | None
    completed_before: int | None
    stages: str = "stages"
    told: Told = Told()
    told_before: Told = Told()


@dataclass(frozen=True)
class Finding:
    """What a rule found: of which items, in words, and what to do about it."""

    rule: str
    severity: Severity
    words: str
    advice: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule with its advice; `find` gives the words and the items of each finding."""

    slug: str
    name: str
    advice: str
    find: Callable[[Facts], Iterable[tuple[str, tuple[str, ...]]]]
    severity: Severity = Severity.ADVICE


Found = Iterable[tuple[str, tuple[str, ...]]]


def _of(facts: Facts, holds: Callable[[Said], bool], words: str) -> Found:
    """One finding about all items for which `holds`, if any; `words` come after their number."""
    items = tuple(said.slug for said in facts.items if holds(said))
    if items:
        yield f"{len(items)} item{'s' if len(items) > 1 else ''} {words}", items


def _rests_on_nothing(facts: Facts) -> Found:
    """Practices in place while an earlier stage of their own domain does not pass.

    No model says what a practice rests on, so the order of the stages in a domain says it.
    """
    for domain, name in facts.domains.items():
        missing = facts.unpassed.get(domain, frozenset())
        late = tuple(
            said.slug
            for said in facts.items
            if said.domain == domain and said.level == Level.IN_PLACE and missing & set(range(said.stage))
        )
        if late:
            earliest = min(missing)
            few = "1 practice of a later stage is" if len(late) == 1 else f"{len(late)} later practices are"
            yield f"{name}: {few} in place while stage {earliest} of this domain is not passed.", late


def _without_evidence(facts: Facts) -> Found:
    return _of(
        facts,
        lambda said: said.claimed and said.evidence_on is None,
        "said to be in place, without evidence.",
    )


def _old_evidence(facts: Facts) -> Found:
    oldest = year_before(facts.on)

    def is_old(said: Said) -> bool:
        return said.claimed and said.evidence_on is not None and said.evidence_on < oldest

    return _of(facts, is_old, "said to be in place, with no evidence of the last year.")


def _long_move(facts: Facts) -> Found:
    now, before = facts.completed, facts.completed_before
    if now is not None and before is not None and abs(now - before) > MOST_STAGES_MOVED:
        far = abs(now - before)
        yield f"It moves {far} {facts.stages} {'up' if now > before else 'down'}, from {before} to {now}.", ()


def _copied(facts: Facts) -> Found:
    long = PERIODS_UNCHANGED
    return _of(
        facts,
        lambda said: said.level is not None and said.unchanged >= long,
        f"answered word for word alike, evidence and all, for {long} periods.",
    )


def _plan_passed(facts: Facts) -> Found:
    return _of(
        facts,
        lambda said: (
            said.level == Level.PLANNED and said.planned_on is not None and said.planned_on < facts.on
        ),
        "still planned for a day that has passed.",
    )


def _left_out_now(facts: Facts) -> Found:
    return _of(
        facts,
        lambda said: said.level == Level.NOT_APPLICABLE and said.was_claimed,
        "said never to apply, and in place when last approved.",
    )


def _fell_silently(facts: Facts) -> Found:
    return _of(
        facts,
        lambda said: (
            said.before == Level.IN_PLACE
            and said.level in {None, Level.NOT_STARTED, Level.PLANNED}
            and not said.note
        ),
        "in place when last approved and now not, without a word why.",
    )


def _unsafe_in_production(facts: Facts) -> Found:
    if facts.told.containers:
        systems = f"{facts.told.containers:,} system{'s' if facts.told.containers > 1 else ''}"
        yield from _of(
            facts,
            lambda said: said.must_have and said.level not in {Level.IN_PLACE, Level.NOT_APPLICABLE},
            f"of the must-haves not in place, while the facts name {systems} in production in containers.",
        )


def _facts_against(facts: Facts) -> Found:
    if facts.told.systems == 0 and any(said.claimed and said.practice for said in facts.items):
        yield "The facts name no system in scope, and practices are said to be in place.", ()
    now, before = facts.told.containers, facts.told_before.containers
    rose = (facts.completed or 0) > (facts.completed_before or 0)
    if now is not None and before and now * SYSTEMS_FELL < before and rose:
        yield f"Systems in containers fell from {before:,} to {now:,}, and the stages completed rose.", ()


def _same_note(facts: Facts) -> Found:
    notes: defaultdict[str, list[str]] = defaultdict(list)
    for said in facts.items:
        if len(said.note) >= NOTE_LENGTH:
            notes[said.note].append(said.slug)
    for slugs in notes.values():
        if len(slugs) >= NOTE_REPEATED:
            yield f"{len(slugs)} items have the same note, word for word.", tuple(slugs)


RULES = (
    Rule(
        "long-move",
        "A move of more than one stage",
        "Check the items that changed; the reviewer confirms in writing that the move is real.",
        _long_move,
        Severity.CONFIRMATION,
    ),
    Rule(
        "rests-on-nothing",
        "Later practices in place before earlier ones",
        "Check whether the later practice really works without the earlier ones, or was answered too high.",
        _rests_on_nothing,
    ),
    Rule(
        "without-evidence",
        "In place without evidence",
        "Add a file, a link, a dated statement or a run of an instrument to each.",
        _without_evidence,
    ),
    Rule(
        "old-evidence",
        "Evidence older than a year",
        "Add evidence of this year, or say that it is no longer in place.",
        _old_evidence,
    ),
    Rule(
        "copied",
        "Answers unchanged for three periods",
        "Look at each again with who does the work; add what is new, or a word that it was looked at.",
        _copied,
    ),
    Rule(
        "plan-passed",
        "A planned date has passed",
        "Say what came of the plan: give a new date, or the level that it has reached.",
        _plan_passed,
    ),
    Rule(
        "left-out-now",
        "Not applicable, and in place before",
        "What was in place applied: say what changed, or answer it.",
        _left_out_now,
    ),
    Rule("fell-silently", "Fallen back without a word", "Say in the note why it is so.", _fell_silently),
    Rule(
        "unsafe-in-production",
        "Containers in production without the must-haves",
        "Correct the number of systems in production, or plan these items first.",
        _unsafe_in_production,
    ),
    Rule(
        "facts-against",
        "Facts that speak against the answers",
        "Compare the facts of the period with the answers and correct whichever is wrong.",
        _facts_against,
    ),
    Rule(
        "same-note",
        "One note at many items",
        "Say of each item what is true of it.",
        _same_note,
    ),
)


def check(facts: Facts) -> tuple[Finding, ...]:
    """What all rules find, those that need a confirmation first."""
    return tuple(
        Finding(rule.slug, rule.severity, words, rule.advice, items)
        for rule in RULES
        for words, items in rule.find(facts)
    )


def needs_confirmation(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that the reviewer confirms in writing."""
    return tuple(finding for finding in findings if finding.severity == Severity.CONFIRMATION)
