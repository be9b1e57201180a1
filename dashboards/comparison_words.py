"""What the causes of a change are called, and the steps and rows that tell them. No Django."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboards.charts.chart import Chart, percent_words
from dashboards.charts.waterfall import Step, signed_words, waterfall
from dashboards.tables import exact
from maturity.explain import Group, Kind
from maturity.scoring import format_hundredths
from portal.exports import Cell

Rows = Iterator[tuple[Cell, ...]]
STEPS_SHOWN = 8  # of the drawing; the list has them all

GROUP_WORDS = {
    Group.ANSWERS: "Answers that changed",
    Group.LEFT_OUT: "Items left out, or back in",
    Group.MODEL: "The new version of the questionnaire",
    Group.METHOD: "The way of scoring",
}
KIND_WORDS = {
    Kind.ANSWER: "the answer changed",
    Kind.DOMAIN_SCORE: "the score given of it changed",
    Kind.LEFT_OUT: "left out now",
    Kind.BACK_IN: "counts again, or for the first time",
    Kind.DOMAIN_MISSING: "has no score any more",
    Kind.DOMAIN_BACK: "has a score now",
    Kind.ADDED: "not in the version before",
    Kind.DROPPED: "not in the version after",
    Kind.MOVED: "counts elsewhere or otherwise in the other version",
    Kind.WEIGHT: "weighs otherwise in the other version",
    Kind.METHOD: "another way of scoring, or another scale",
}
METHOD_TITLE = "The way of scoring"


@dataclass(frozen=True)
class Told:
    """A cause with what it is about; `url` "" where there is no page of it."""

    title: str
    kind: Kind
    effect: int  # millionths of a unit
    url: str = ""

    @property
    def words(self) -> str:
        """What happened to it."""
        return KIND_WORDS[self.kind]


def steps_of(told: Sequence[Told], groups: Sequence[tuple[Group, int]], *, details: bool) -> list[Step]:
    """What the drawing shows: the causes of greatest effect and the rest together; for who may not see
    items, what each group of causes adds up to."""
    if not details:
        return [Step(GROUP_WORDS[group], total) for group, total in groups if total]
    shown = [Step(one.title, one.effect, one.url) for one in told[:STEPS_SHOWN]]
    rest = told[STEPS_SHOWN:]
    if rest:
        many = "1 more change" if len(rest) == 1 else f"{len(rest):,} more changes"
        shown.append(Step(many, sum(one.effect for one in rest)))
    return shown


def why_chart(steps: Sequence[Step], before: tuple[str, int], after: tuple[str, int], said: str) -> Chart:
    """The change as a drawing with its table."""
    title = f"Why the score moved from {before[0]} to {after[0]}"
    return waterfall(steps, before, after, title, said)


def sentence(
    before: tuple[str, int], after: tuple[str, int], groups: Sequence[tuple[Group, int]], *, compared: bool
) -> str:
    """The change and what it comes from, in one sentence."""
    change = after[1] - before[1]
    first, last = format_hundredths(before[1]), format_hundredths(after[1])
    if not change and not any(total for _, total in groups):
        return f"The score stayed at {last} from {before[0]} to {after[0]}."
    said = f"From {before[0]} to {after[0]} the score went from {first} to {last} ({signed_words(change)})"
    if not compared:
        return f"{said}; the two versions cannot be scored by the same rule, so it is not told why."
    parts = [f"{_small(GROUP_WORDS[group])} {signed_words(total)}" for group, total in groups if total]
    return f"{said}: {', '.join(parts)}." if parts else f"{said}."


def _small(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


# --- files ------------------------------------------------------------------------------------------


def cause_rows(told: Sequence[Told], groups: Sequence[tuple[Group, int]]) -> Rows:
    """The causes with all places, in which they add up, and what each group of them does."""
    yield ("What the change comes from", "Effect on the score")
    yield from ((GROUP_WORDS[group], exact(total)) for group, total in groups)
    yield ()
    if told:
        yield ("Cause", "What happened", "Effect on the score")
        yield from ((one.title, one.words, exact(one.effect)) for one in told)
        yield ()


def pair_rows(head: str, rows: Sequence[tuple[str, int | None, int | None]], labels: Sequence[str]) -> Rows:
    """Stages or domains at both ends, in percent."""
    yield (head, *labels)
    yield from ((name, percent_words(was), percent_words(now)) for name, was, now in rows)
    yield ()
