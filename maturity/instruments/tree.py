"""Decision trees: questions that lead to questions or to a result, over the run or over each row. Pure.

In `logic`:

    over: run | row               whether `fields` or `row` hold the answers
    row_title: slug               of rows: the field that names one
    start: slug of the first node
    nodes: [{slug, reads, goes: [{is, to, [sets: {name: value}], [blocker], [note], [sources]}, …]}, …]
        `reads` is a field; the first branch whose `is` (a value, a list of values, or "any") fits is taken;
        `to` is a node or a result. What is set, a blocker or a note is kept on the way.
    results: [{slug, title, text, kind, [leads: [entry, …]], [sources]}, …]
        `kind` is that of its finding; `leads` are the leaves that it opens.
    tiers: [{slug, name, when}, …]      of a finished way, the first that holds
    flags: [{slug, name, when}, …]      of a finished way, all that hold
    labels: {name: {value: label}}      of what was set

Of a row whose way ended early, risks and obstacles that its further answers show are told all the same; they
have no part in its result, tier and flags. What several nodes set (a route) is not told before a result.

    places: {title, x_name, y_name, set, at: {value: ["x", "y"]}}   where rows are drawn by what was set

Conditions of tiers and flags may look at the row or the fields, and at the values: result, blockers (how
many), and all that was set on the way.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from maturity.instruments.answers import label_of
from maturity.instruments.conditions import Facts, holds
from maturity.instruments.definitions import Field, Instrument
from maturity.instruments.figures import decimal_text, listed, percent_text, plural
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Chart, Finding, Known, Measure, Outcome, Table
from maturity.instruments.speaking import findings_of_rules, sources_of

Answers = dict[str, Any]
STEP = Fraction(6, 100)  # between points at one place


@dataclass
class Way:
    """How far one set of answers leads."""

    name: str
    steps: list[tuple[str, str, str]] = field(default_factory=list)  # node, question, answer in words
    result: Mapping[str, Any] | None = None
    waits_for: Field | None = None  # the question that is not answered
    values: dict[str, str] = field(default_factory=dict)
    blockers: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    notes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    tier: str = ""
    flags: list[str] = field(default_factory=list)
    aside: list[tuple[str, str, str]] = field(default_factory=list)  # answered beyond the end, as steps


def evaluate_tree(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """Where the answers lead."""
    facts = Facts(answers, known)
    ways = ways_of(instrument, facts)
    over_rows = _over_rows(instrument)
    finished = [way for way in ways if way.result]
    return Outcome(
        headline=_headline_of_rows(instrument, ways) if over_rows else _headline_of_run(ways),
        measures=tuple(_measures(instrument, ways)) if over_rows else (),
        findings=(
            *findings_of_rules(instrument, facts),
            *(finding for number, way in enumerate(ways) for finding in _findings(instrument, way, number)),
        ),
        tables=(
            *((_table_of_rows(instrument, ways), _routes(instrument, finished)) if over_rows else ()),
            *(() if over_rows else _leaves(instrument, finished)),
            _table_of_steps(ways),
        ),
        charts=_drawn(instrument, finished) if over_rows else (),
        offers=offers_of(instrument, (), facts),
        unanswered=sum(way.waits_for is not None for way in ways),
    )


def missing_on_the_way(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """The next question of every way that has not come to a result, by place."""
    places = {}
    for number, way in enumerate(ways_of(instrument, Facts(answers, Known(levels={})))):
        if way.waits_for:
            part = f"rows.{number}" if _over_rows(instrument) else "fields"
            places[f"{part}.{way.waits_for.slug}"] = f"Still to be answered: {way.waits_for.label}"
    return places


def ways_of(instrument: Instrument, facts: Facts) -> list[Way]:
    """One way for the run, or one for every row."""
    if not _over_rows(instrument):
        fields = facts.answers.get("fields", {})
        return [_walk(instrument, instrument.fields, fields, "", facts)]
    title = instrument.logic["row_title"]
    found = []
    for number, row in enumerate(facts.rows, start=1):
        name = str(row.get(title) or f"No. {number}")
        way = _walk(instrument, instrument.row, row, name, facts.of_row(row))
        _look_beyond(instrument, way, row)
        found.append(way)
    return found


def _look_beyond(instrument: Instrument, way: Way, row: Mapping[str, Any]) -> None:
    """Keep what the answers behind the end of a way show, and forget what an unfinished way cannot know."""
    nodes = instrument.logic["nodes"]
    setters = Counter(
        name for node in nodes for name in {one for branch in node["goes"] for one in branch.get("sets", {})}
    )
    passed = {at for at, _, _ in way.steps}
    last = max((place for place, node in enumerate(nodes) if node["slug"] in passed), default=-1)
    by_slug = {one.slug: one for one in instrument.row}
    for node in nodes[last + 1 :]:
        question, answer = by_slug[node["reads"]], row.get(node["reads"])
        branch = _branch(node, answer)
        if branch is not None:
            way.aside.append((node["slug"], question.label, label_of(question, answer)))
            own = {name: value for name, value in branch.get("sets", {}).items() if setters[name] == 1}
            _keep(way, node["slug"], {**branch, "sets": own})
    if way.result is None:
        way.values = {name: value for name, value in way.values.items() if setters[name] == 1}


def _over_rows(instrument: Instrument) -> bool:
    return bool(instrument.logic.get("over") == "row")


def _walk(
    instrument: Instrument, fields: tuple[Field, ...], told: Mapping[str, Any], name: str, facts: Facts
) -> Way:
    """From the first node until a question without an answer, or a result."""
    logic = instrument.logic
    nodes = {node["slug"]: node for node in logic["nodes"]}
    results = {result["slug"]: result for result in logic["results"]}
    by_slug = {one.slug: one for one in fields}
    way, at = Way(name), logic["start"]
    for _ in range(len(nodes) + 1):  # the reader of packs refuses circles; this holds whatever comes
        if at in results:
            way.result = results[at]
            _judge(instrument, way, facts)
            return way
        node = nodes[at]
        question = by_slug[node["reads"]]
        answer = told.get(question.slug)
        branch = _branch(node, answer)
        if branch is None:
            way.waits_for = question
            return way
        way.steps.append((at, question.label, label_of(question, answer)))
        _keep(way, at, branch)
        at = branch["to"]
    return way


def _branch(node: Mapping[str, Any], answer: Any) -> Mapping[str, Any] | None:
    if answer is None:
        return None
    for branch in node["goes"]:
        wanted = branch["is"]
        if wanted == "any" or answer == wanted or (isinstance(wanted, list | tuple) and answer in wanted):
            return dict(branch)
    return None


def _keep(way: Way, at: str, branch: Mapping[str, Any]) -> None:
    way.values |= branch.get("sets", {})
    if "blocker" in branch:
        way.blockers.append((at, {**branch, "text": branch["blocker"]}))
    if "note" in branch:
        way.notes.append((at, {**branch, "text": branch["note"]}))


def _judge(instrument: Instrument, way: Way, facts: Facts) -> None:
    """The tier and the flags of a finished way."""
    result = way.result["slug"] if way.result else ""
    seen = facts.with_values(**way.values, result=result, blockers=Fraction(len(way.blockers)))
    tiers = (tier["name"] for tier in instrument.logic.get("tiers", ()) if holds(tier["when"], seen))
    way.tier = next(tiers, "")
    way.flags = [flag["name"] for flag in instrument.logic.get("flags", ()) if holds(flag["when"], seen)]


def _headline_of_run(ways: list[Way]) -> str:
    way = ways[0]
    if way.result:
        return str(way.result["text"])
    if way.waits_for:
        return f"The next question is: {way.waits_for.label}"
    return "The answers lead nowhere."


def _headline_of_rows(instrument: Instrument, ways: list[Way]) -> str:
    noun = instrument.row_name or "row"
    if not ways:
        return f"There is no {noun} yet: add the first."
    finished = Counter(str(way.result["title"]) for way in ways if way.result)
    parts = [f"{title}: {count}" for title, count in finished.most_common()]
    waiting = sum(way.waits_for is not None for way in ways)
    if waiting:
        parts.append(f"still to be answered: {waiting}")
    return f"{plural(len(ways), noun)}. {'; '.join(parts)}."


def _measures(instrument: Instrument, ways: list[Way]) -> Iterable[Measure]:
    of = plural(len(ways), instrument.row_name or "row")
    done = [way for way in ways if way.result]

    def counted(slug: str, name: str, count: int) -> Measure:
        return Measure(slug, name, str(count) if done else "", "count", of)

    yield Measure("rows", "In all", str(len(ways)), "count")
    yield Measure("decided", "With a result", str(len(done)), "count", of, "up")
    for result in instrument.logic["results"]:
        matching = sum(way.result is not None and way.result["slug"] == result["slug"] for way in ways)
        yield counted(f"result-{result['slug']}", result["title"], matching)
    for tier in instrument.logic.get("tiers", ()):
        yield counted(f"tier-{tier['slug']}", tier["name"], sum(way.tier == tier["name"] for way in ways))
    for flag in instrument.logic.get("flags", ()):
        yield counted(f"flag-{flag['slug']}", flag["name"], sum(flag["name"] in way.flags for way in ways))


def _findings(instrument: Instrument, way: Way, number: int) -> Iterable[Finding]:
    """What the way says; slugs carry the number of its row, since rows may share a name."""
    tail = f"-{number + 1}" if _over_rows(instrument) else ""
    head = f"{way.name}: " if way.name else ""
    spoken = tuple(f"{question} {answer}" for _, question, answer in way.steps)
    if way.result:
        yield Finding(
            slug=f"{way.result['slug']}{tail}",
            kind=way.result["kind"],
            text=f"{head}{way.result['text']}",
            because=spoken,
            entries=tuple(node for node, _, _ in way.steps),
            sources=sources_of(way.result.get("sources", ())),
        )
    if way.waits_for:
        text = f"{head}the next question is: {way.waits_for.label}"
        yield Finding(f"next{tail}", "open", text, because=spoken)
    for kind, told in (("blocker", way.blockers), ("advice", way.notes)):
        for node, said in told:
            yield Finding(
                slug=f"{node}-{kind}{tail}",
                kind="blocker" if kind == "blocker" else "advice",
                text=f"{head}{said['text']}",
                because=tuple(
                    f"{question} {answer}" for at, question, answer in (*way.steps, *way.aside) if at == node
                ),
                entries=(node,),
                sources=sources_of(said.get("sources", ())),
            )


def _set_names(instrument: Instrument) -> list[str]:
    """What is set anywhere, in the order of the nodes."""
    found: dict[str, None] = {}
    for node in instrument.logic["nodes"]:
        for branch in node["goes"]:
            found |= dict.fromkeys(branch.get("sets", {}))
    return list(found)


def _label(instrument: Instrument, name: str, value: str) -> str:
    return str(instrument.logic.get("labels", {}).get(name, {}).get(value, value)) if value else "–"


def _table_of_rows(instrument: Instrument, ways: list[Way]) -> Table:
    names = _set_names(instrument)
    tiers, flags = bool(instrument.logic.get("tiers")), bool(instrument.logic.get("flags"))
    heads = (
        (instrument.row_name or "row").capitalize(),
        "Result",
        *(name.capitalize().replace("-", " ") for name in names),
        *(("Tier",) if tiers else ()),
        *(("Marked as",) if flags else ()),
        "In the way",
    )
    rows = tuple(
        (
            way.name,
            str(way.result["title"]) if way.result else "Still to be answered",
            *(_label(instrument, name, way.values.get(name, "")) for name in names),
            *((way.tier or "–",) if tiers else ()),
            *((", ".join(way.flags) or "–",) if flags else ()),
            " ".join(said["text"] for _, said in way.blockers) or "–",
        )
        for way in ways
    )
    return Table("rows", "Results", heads, rows, "heat")


def _drawn(instrument: Instrument, finished: list[Way]) -> tuple[Chart, ...]:
    """Those that came to a result at the place of what was set on their way; several at one place below
    each other, so that all can be read."""
    told = instrument.logic.get("places")
    if not told:
        return ()
    points, taken = [], Counter[str]()
    for way in finished:
        value = way.values.get(told["set"], "")
        if value in told["at"]:
            x, y = (Fraction(one) for one in told["at"][value])
            y = max(y - STEP * taken[value], Fraction(0))
            taken[value] += 1
            points.append(
                {
                    "label": way.name,
                    "x": decimal_text(x),
                    "y": decimal_text(y),
                    "series": _label(instrument, told["set"], value),
                }
            )
    return (Chart("quadrant", told["title"], "rows", told["x_name"], told["y_name"], tuple(points)),)


def _routes(instrument: Instrument, finished: list[Way]) -> Table:
    """How many ways ended at each result."""
    counts = Counter(str(way.result["slug"]) for way in finished if way.result)
    rows = tuple(
        (
            str(result["title"]),
            str(counts[result["slug"]]),
            f"{percent_text(Fraction(counts[result['slug']], len(finished)))}%" if finished else "–",
        )
        for result in instrument.logic["results"]
    )
    return Table("results", "How many came to which result", ("Result", "How many", "Share"), rows)


def _leaves(instrument: Instrument, finished: list[Way]) -> tuple[Table, ...]:
    """The leaves that the result of a run opens."""
    entries = {entry.slug: entry for entry in instrument.entries}
    leads = [entries[slug] for way in finished if way.result for slug in way.result.get("leads", ())]
    if not leads:
        return ()
    summary = f"The tree ends here with {listed([entry.title for entry in leads])}."
    return (
        Table(
            "leaves",
            "Where to go now",
            ("Leaf", "What it is"),
            tuple((e.title, e.text) for e in leads),
            summary=summary,
        ),
    )


def _table_of_steps(ways: list[Way]) -> Table:
    """Every question on every way."""
    named = any(way.name for way in ways)
    rows = tuple(
        (*((way.name,) if named else ()), question, answer)
        for way in ways
        for _, question, answer in way.steps
    )
    return Table("steps", "The way there", (*(("For",) if named else ()), "Question", "Answer"), rows)
