"""Recommenders: rules that speak for or against options, ranked, each with the rules that spoke. Pure.

In `logic`:

    ranks: [{slug, name, options: [{slug, name, text, [sources]}, …]}, …]     what is chosen among
    speaks: [{rule, cases: [{when, [text], [kind], [for: {option: points}], [outside: [option, …]],
              [inside: [option, …]], [because], [against], [sources]}, …]}, …]
        `rule` is an entry. A case that holds gives points, puts options outside (not for this stage), takes
        them back inside in spite of it (an exception), or says something as a finding of `kind` ("advice").
        `because` is told of what it speaks for, `against` (else `because`) of what it puts outside.
    conflicts: [{slug, when, text, options: […], sources}, …]      where the sources disagree
    from_known: {field: name}     what the portal knows (working_on, size) where a field is not answered
    counts: [{slug, name, field}, …]          how many were chosen of a field of several
    rules: as speaking.py says; offers…: as offers.py says

Options that are inside come before those outside; among them more points come first, and what is equal
stands in the order of the definition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from fractions import Fraction
from typing import Any

from maturity.instruments.answers import label_of
from maturity.instruments.conditions import Facts, holds
from maturity.instruments.definitions import Instrument
from maturity.instruments.figures import decimal_text, listed, number_of, plural
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Finding, Known, Measure, Outcome, Table
from maturity.instruments.speaking import findings_of_rules, sources_of

Answers = dict[str, Any]


@dataclass
class Candidate:
    """One option with what was said of it."""

    told: Mapping[str, Any]
    points: Fraction = Fraction(0)
    is_outside: bool = False
    is_exception: bool = False
    spoke: list[str] = dataclass_field(default_factory=list)
    against: list[str] = dataclass_field(default_factory=list)
    rules: list[str] = dataclass_field(default_factory=list)
    conflicts: list[str] = dataclass_field(default_factory=list)


def evaluate_rules(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """The options in order, and everything that the rules say."""
    taken = taken_from_known(instrument, answers, known)
    facts = Facts({**answers, "fields": {**taken, **answers.get("fields", {})}}, known)
    ranks = instrument.logic.get("ranks", ())
    candidates = {option["slug"]: Candidate(option) for rank in ranks for option in rank["options"]}
    said = list(_let_speak(instrument, facts, candidates))
    conflicts = list(_conflicts(instrument, facts, candidates))
    ranked = [(rank, _ranked([candidates[option["slug"]] for option in rank["options"]])) for rank in ranks]
    unanswered = sum(one.slug not in answers.get("fields", {}) for one in instrument.fields)
    return Outcome(
        headline=_headline(instrument, ranked, answers),
        measures=tuple(_measures(instrument, answers)),
        findings=(
            *conflicts,
            *findings_of_rules(instrument, facts),
            *(_recommendation(one) for _, rows in ranked for one in rows if one.points > 0),
            *said,
        ),
        tables=(*(_table(rank, rows) for rank, rows in ranked), _asked(instrument, answers, taken)),
        offers=offers_of(instrument, (), facts),
        unanswered=unanswered,
    )


def taken_from_known(instrument: Instrument, answers: Answers, known: Known) -> dict[str, str]:
    """What the portal knows, for fields that were not answered and that offer it."""
    found = {}
    for slug, name in instrument.logic.get("from_known", {}).items():
        field = next(one for one in instrument.fields if one.slug == slug)
        value = str(getattr(known, name))
        if slug not in answers.get("fields", {}) and value in [option.value for option in field.options]:
            found[slug] = value
    return found


def _let_speak(
    instrument: Instrument, facts: Facts, candidates: Mapping[str, Candidate]
) -> Iterable[Finding]:
    """Every rule in turn: points and places for the candidates, findings for what is said."""
    titles = {entry.slug: entry.title for entry in instrument.entries}
    for rule in instrument.logic.get("speaks", ()):
        for number, case in enumerate(rule["cases"], start=1):
            if not holds(case["when"], facts):
                continue
            _apply(case, rule["rule"], titles[rule["rule"]], candidates)
            if "text" in case:
                yield Finding(
                    slug=f"{rule['rule']}-{number}",
                    kind=case.get("kind", "advice"),
                    text=case["text"],
                    because=(titles[rule["rule"]],),
                    entries=(rule["rule"],),
                    sources=sources_of(case.get("sources", ())),
                )


def _apply(case: Mapping[str, Any], rule: str, title: str, candidates: Mapping[str, Candidate]) -> None:
    why = case.get("because", case.get("text", ""))
    why_not = case.get("against", why)
    for slug, points in case.get("for", {}).items():
        candidates[slug].points += number_of(points) or 0
    for slug in case.get("outside", ()):
        candidates[slug].is_outside = True
        candidates[slug].against.append(f"{title}: {why_not}" if why_not else title)
        candidates[slug].rules.append(rule)
    for slug in case.get("inside", ()):
        candidates[slug].is_exception = candidates[slug].is_exception or candidates[slug].is_outside
        candidates[slug].is_outside = False
    for slug in dict.fromkeys((*case.get("for", {}), *case.get("inside", ()))):
        candidates[slug].spoke.append(f"{title}: {why}" if why else title)
        candidates[slug].rules.append(rule)


def _conflicts(
    instrument: Instrument, facts: Facts, candidates: Mapping[str, Candidate]
) -> Iterable[Finding]:
    for one in instrument.logic.get("conflicts", ()):
        if holds(one["when"], facts):
            for slug in one["options"]:
                candidates[slug].conflicts.append(one["text"])
            yield Finding(
                slug=one["slug"],
                kind="conflict",
                text=one["text"],
                because=tuple(candidates[slug].told["name"] for slug in one["options"]),
                sources=sources_of(one["sources"]),
            )


def _ranked(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: (one.is_outside, -one.points))  # stable: as defined


def _first(rows: list[Candidate]) -> list[Candidate]:
    """Those that come first alike, inside and with a rule that spoke for them."""
    inside = [one for one in rows if not one.is_outside and one.points > 0]
    return [one for one in inside if one.points == inside[0].points]


def _named(rows: list[Candidate]) -> str:
    """All that fit, the first ones first, and which of them are exceptions."""
    names = [
        f"{one.told['name']} (an exception)" if one.is_exception else str(one.told["name"])
        for one in rows
        if not one.is_outside and one.points > 0
    ]
    first, rest = names[: len(_first(rows))], names[len(_first(rows)) :]
    if not first:
        return "nothing is recommended yet"
    return (
        f"{listed(first)}; {listed(rest)} also {'fits' if len(rest) == 1 else 'fit'}"
        if rest
        else listed(first)
    )


def _headline(
    instrument: Instrument, ranked: list[tuple[Mapping[str, Any], list[Candidate]]], answers: Answers
) -> str:
    parts = []
    for rank, rows in ranked:
        parts.append(f"{rank['name']}: {_named(rows)}")
    if parts:
        return f"{'. '.join(parts)}."
    told = len(answers.get("fields", {}))
    return f"Answered: {told} of {plural(len(instrument.fields), 'question')}."


def _recommendation(one: Candidate) -> Finding:
    place = ""
    if one.is_outside:
        place = " It is outside the table of the guide for this stage."
    elif one.is_exception:
        place = " It is an exception: the table of the guide does not name it for this stage."
    doubts = f" The sources disagree here: {' '.join(one.conflicts)}" if one.conflicts else ""
    return Finding(
        slug=f"option-{one.told['slug']}",
        kind="advice",
        text=f"{one.told['name']}: {one.told['text']}{place}{doubts}",
        because=(*one.spoke, *(f"Against it: {said}" for said in one.against)),
        entries=tuple(dict.fromkeys(one.rules)),
        sources=sources_of(one.told.get("sources", ())),
    )


def _state(one: Candidate) -> str:
    if one.is_outside:
        return "Outside"
    if one.is_exception:
        return "Fits as an exception"
    return "Fits" if one.spoke else "No rule spoke"


def _table(rank: Mapping[str, Any], rows: list[Candidate]) -> Table:
    told = tuple(
        (
            one.told["name"],
            _state(one),
            decimal_text(one.points),
            "; ".join(one.spoke) or "–",
            "; ".join(one.against) or "–",
            " ".join(one.conflicts) or "–",
        )
        for one in rows
    )
    heads = ("Option", "State", "Points", "Speaks for it", "Speaks against it", "Where the sources disagree")
    return Table(rank["slug"], rank["name"], heads, told, "heat")


def _measures(instrument: Instrument, answers: Answers) -> Iterable[Measure]:
    fields = answers.get("fields", {})
    answered = sum(one.slug in fields for one in instrument.fields)
    yield Measure("answered", "Answered", str(answered), "count", f"{len(instrument.fields)} questions", "up")
    for one in instrument.logic.get("counts", ()):
        chosen = fields.get(one["field"])
        yield Measure(one["slug"], one["name"], "" if chosen is None else str(len(chosen)), "count")


def _asked(instrument: Instrument, answers: Answers, taken: Mapping[str, str]) -> Table:
    fields = answers.get("fields", {})
    rows = tuple(
        (
            one.label,
            f"{label_of(one, taken[one.slug])} (known to the portal)"
            if one.slug in taken
            else label_of(one, fields.get(one.slug)) or "–",
        )
        for one in instrument.fields
    )
    return Table("answers", "As answered", ("Question", "Answer"), rows)
