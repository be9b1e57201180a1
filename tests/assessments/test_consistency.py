"""The consistency checks, rule by rule."""

from dataclasses import replace
from datetime import date

import pytest

from assessments.consistency import RULES, Facts, Finding, Said, Severity, Told, check, needs_confirmation
from maturity.levels import Level

DAY = date(2026, 12, 31)
PLAIN = Facts(
    items=(),
    on=DAY,
    domains={"people": "People", "platform": "Platform"},
    unpassed={},
    completed=1,
    completed_before=1,
)
RECENT, OLD = date(2025, 12, 31), date(2025, 12, 30)
LONG_NOTE = "See the annual report of the office."


def said(slug: str = "scan", stage: int = 2, domain: str | None = "platform", **more: object) -> Said:
    """A practice in place since last time, with recent evidence, of which no rule has anything to say."""
    usual = {"level": Level.IN_PLACE, "before": Level.IN_PLACE, "evidence_on": RECENT}
    return Said(slug, stage, domain, **(usual | more))


def found(facts: Facts, rule: str) -> list[Finding]:
    return [finding for finding in check(facts) if finding.rule == rule]


def of(*items: Said, **changes: object) -> Facts:
    return replace(PLAIN, items=items, **changes)


def test_nothing_speaks_against_sound_answers():
    assert check(of(said(), said("train", 1, "people"))) == ()


def test_every_rule_has_its_own_name_and_a_line_of_advice():
    assert len({rule.slug for rule in RULES}) == len(RULES)
    assert all(rule.advice.endswith(".") for rule in RULES)


def test_a_later_practice_in_place_while_an_earlier_stage_of_its_domain_is_not_passed():
    facts = of(said(), said("later", 3), unpassed={"platform": frozenset({1, 2})})
    (finding,) = found(facts, "rests-on-nothing")
    assert finding.items == ("scan", "later")
    assert (
        finding.words
        == "Platform: 2 later practices are in place while stage 1 of this domain is not passed."
    )


@pytest.mark.parametrize(
    ("item", "unpassed"),
    [
        (said(), {"platform": frozenset({2, 3})}),  # its own stage and later ones
        (said(), {"people": frozenset({1})}),  # another domain
        (said(level=Level.PARTIAL), {"platform": frozenset({1})}),  # not in place
    ],
)
def test_what_is_no_later_practice_before_an_earlier_one(item: Said, unpassed: dict):
    assert not found(of(item, unpassed=unpassed), "rests-on-nothing")


@pytest.mark.parametrize("level", [Level.IN_PLACE, Level.PARTIAL])
def test_in_place_without_evidence(level: Level):
    (finding,) = found(of(said(level=level, evidence_on=None), said("other")), "without-evidence")
    assert finding.items == ("scan",)
    assert finding.words == "1 item said to be in place, without evidence."
    assert not found(of(said(level=Level.PLANNED, evidence_on=None)), "without-evidence")


def test_evidence_is_old_a_year_and_a_day_before():
    assert not found(of(said(evidence_on=RECENT)), "old-evidence")
    assert found(of(said(evidence_on=OLD)), "old-evidence")[0].items == ("scan",)
    assert not found(of(said(evidence_on=OLD, level=Level.NOT_STARTED)), "old-evidence")


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (1, 3, "It moves 2 stages up, from 1 to 3."),
        (3, 1, "It moves 2 stages down, from 3 to 1."),
        (1, 2, None),
        (2, 2, None),
        (None, 4, None),  # nothing was approved before
        (2, None, None),
    ],
)
def test_a_move_of_more_than_one_stage_needs_a_confirmation(
    before: int | None, now: int | None, words: str | None
):
    findings = check(of(completed=now, completed_before=before))
    assert [one.words for one in needs_confirmation(findings)] == ([words] if words else [])
    assert all(one.severity == Severity.CONFIRMATION for one in findings)


def test_answers_copied_for_three_periods():
    assert not found(of(said(unchanged=2)), "copied")
    assert found(of(said(unchanged=3)), "copied")[0].items == ("scan",)
    assert not found(of(said(unchanged=3, level=None)), "copied")


@pytest.mark.parametrize(
    ("planned_on", "level", "speaks"),
    [
        (date(2026, 12, 30), Level.PLANNED, True),
        (DAY, Level.PLANNED, False),
        (None, Level.PLANNED, False),
        (date(2026, 12, 30), Level.IN_PLACE, False),
    ],
)
def test_a_planned_date_has_passed(planned_on: date | None, level: Level, speaks: bool):
    assert bool(found(of(said(planned_on=planned_on, level=level)), "plan-passed")) is speaks


@pytest.mark.parametrize(
    ("before", "speaks"),
    [(Level.IN_PLACE, True), (Level.PARTIAL, True), (Level.PLANNED, False), (None, False)],
)
def test_not_applicable_where_it_was_in_place(before: Level | None, speaks: bool):
    assert bool(found(of(said(before=before, level=Level.NOT_APPLICABLE)), "left-out-now")) is speaks


@pytest.mark.parametrize(
    ("level", "note", "speaks"),
    [
        (Level.NOT_STARTED, "", True),
        (None, "", True),
        (Level.NOT_STARTED, "We left the platform.", False),
        (Level.PARTIAL, "", False),
    ],
)
def test_fallen_back_without_a_word(level: Level | None, note: str, speaks: bool):
    assert bool(found(of(said(level=level, note=note)), "fell-silently")) is speaks


def test_containers_in_production_without_the_must_haves():
    lacking = said(must_have=True, level=Level.PARTIAL)
    (finding,) = found(of(lacking, said("other"), told=Told(containers=1)), "unsafe-in-production")
    assert finding.items == ("scan",)
    assert finding.words.endswith("while the facts name 1 system in production in containers.")
    for told, item in [
        (Told(), lacking),
        (Told(containers=0), lacking),
        (Told(containers=5), said(must_have=True)),
        (Told(containers=5), said(must_have=True, level=Level.NOT_APPLICABLE)),
    ]:
        assert not found(of(item, told=told), "unsafe-in-production")


def test_facts_that_speak_against_the_answers():
    assert found(of(said(), told=Told(systems=0)), "facts-against")
    assert not found(of(said(level=Level.NOT_STARTED), told=Told(systems=0)), "facts-against")
    fell = {"told": Told(containers=4), "told_before": Told(containers=9)}
    assert found(of(completed=2, completed_before=1, **fell), "facts-against")
    assert not found(of(completed=1, completed_before=1, **fell), "facts-against")
    halved = {"told": Told(containers=5), "told_before": Told(containers=10)}
    assert not found(of(completed=2, completed_before=1, **halved), "facts-against")


def test_one_note_at_many_items():
    items = [said(f"item-{number}", note=LONG_NOTE) for number in range(5)]
    assert not found(of(*items[:4]), "same-note")
    assert found(of(*items), "same-note")[0].words == "5 items have the same note, word for word."
    assert not found(of(*(replace(item, note="See above.") for item in items)), "same-note")
