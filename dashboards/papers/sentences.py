"""What the numbers say, in sentences that can be read out. Pure."""

from collections.abc import Iterator

from dashboards.papers.content import Number, OnePage, TalkingPoint, list_words
from maturity.scoring import format_percent


def summary_sentence(number: Number, done: str, agencies: int) -> str:
    """ "Of 94 agencies, 31 have completed stage 2, up 4 among the 90 that reported both times.".

    `done`: what they have, "completed stage 2".
    """
    if number.count is None:
        return f"None of the {agencies:,} agencies has a score yet."
    said = f"Of {agencies:,} agencies, {number.count:,} {_have(number.count)} {done}"
    if number.change is None or not number.compared:
        return f"{said}."
    moved = number.change
    words = f"up {moved:,}" if moved > 0 else f"down {-moved:,}" if moved else "as many as before"
    return f"{said}, {words} among the {number.compared:,} that have a score both times."


def talking_points(page: OnePage) -> tuple[TalkingPoint, ...]:
    """Each number of the one page as something to say, with n and source."""
    return (*_about_reporting(page), *_about_numbers(page), *_about_obstacles(page), *_about_quality(page))


def _about_reporting(page: OnePage) -> Iterator[TalkingPoint]:
    heading = page.heading
    source = f"Standings at the end of {heading.period}"
    yield TalkingPoint(page.sentence, heading.agencies, source)
    if page.rule_change:
        said = "Scores as published, and scored anew by the rule in force from the same answers"
        yield TalkingPoint(page.rule_change, heading.agencies, said)
    yield TalkingPoint(
        f"{heading.reported_words} for {heading.period}. What is older is carried forward for two periods "
        f"and then counts as not reporting, never as the first {page.scale.step}.",
        heading.agencies,
        source,
    )
    last = page.bars[-1] if page.bars else None
    if last is not None and (last.not_reporting or last.not_adopting):
        yield TalkingPoint(
            f"{last.not_reporting:,} do not report, and {last.not_adopting:,} decided not to adopt.",
            last.agencies,
            source,
        )


def _about_numbers(page: OnePage) -> Iterator[TalkingPoint]:
    for number in page.numbers:
        if number.count is None:
            yield TalkingPoint(f"{number.label}: {number.missing}.", None, number.source)
        else:
            said = f"{number.label}: {number.value} {number.of_text}, {number.change_text}."
            yield TalkingPoint(said, number.n, number.source)
    for movement in page.movements:
        if movement.shown:
            names = list_words([one.name for one in movement.shown])
            rest = f", and {movement.left_out:,} more" if movement.left_out else ""
            text = f"{movement.title}: {movement.total:,}. {names}{rest}."
            yield TalkingPoint(text, movement.total, f"{page.scale.many} at both ends")


def _about_obstacles(page: OnePage) -> Iterator[TalkingPoint]:
    for obstacle in page.obstacles:
        yield TalkingPoint(
            f"“{obstacle.title}” holds back {obstacle.agencies_words} of {obstacle.of:,} agencies.",
            obstacle.of,
            "Challenges said to be open in approved assessments",
        )
    number = page.must_haves
    if number is not None and number.count is not None:
        text = f"{number.label}: {number.value} {number.of_text}."
        yield TalkingPoint(text, number.of, number.source)


def _about_quality(page: OnePage) -> Iterator[TalkingPoint]:
    n = page.bars[-1].with_score if page.bars else 0
    if page.evidence is not None:
        yield TalkingPoint(
            f"Half of the agencies back at least {format_percent(page.evidence)} of what they have in place "
            "with evidence no older than a year.",
            n,
            "Evidence dated in approved assessments",
        )
    if page.carried:
        text = f"{page.carried:,} of the scores are carried forward from an earlier assessment."
        yield TalkingPoint(text, n, "Standings")
    for correction in page.corrections:
        yield TalkingPoint(correction, None, "Corrections of this period")


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
