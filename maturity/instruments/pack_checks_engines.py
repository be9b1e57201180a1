"""What each engine needs of a definition. Pure; every fault as (place, reason)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from maturity.instruments.expressions import BadFormula, names_in, read_formula
from maturity.yamlfile import Step

Place = tuple[Step, ...]
Fault = tuple[Place, str]
Data = Mapping[str, Any]
_ANYWHERE = {"noun", "offers", "offers_at_most", "offers_about", "offers_when", "rules", "needs_rows"}


def _known_keys(data: Data, allowed: set[str]) -> Iterator[Fault]:
    for key in data.get("logic", {}).keys() - allowed - _ANYWHERE:
        yield ("logic", key), f"the engine {data['engine']} knows no '{key}'"


def _slugs(rows: Iterable[Mapping[str, Any]], key: str = "slug") -> set[str]:
    return {row[key] for row in rows}


def _entry_slugs(data: Data) -> set[str]:
    return {entry["slug"] for group in data.get("groups", ()) for entry in group["entries"]}


def _status(data: Data, usual: str) -> Iterator[Fault]:
    """The column of statuses: there, a choice, and worth something."""
    slug = data.get("logic", {}).get("status", usual)
    column = next((one for one in data.get("columns", ()) if one["slug"] == slug), None)
    if column is None:
        yield ("columns",), f"the engine {data['engine']} needs a column '{slug}'"
    elif column["kind"] != "choice" or not any(one.get("worth") for one in column["options"]):
        yield ("columns",), f"the column '{slug}' must be a choice whose options have a worth"


def _columns(data: Data, names: Iterable[str]) -> Iterator[Fault]:
    """Columns that the logic names and that are not there."""
    columns = _slugs(data.get("columns", ()))
    for name in names:
        slug = data["logic"].get(name)
        if slug is not None and slug not in columns:
            yield ("logic", name), f"no column '{slug}' in this instrument"


def _groups(data: Data, name: str) -> Iterator[Fault]:
    groups = _slugs(data.get("groups", ()))
    for n, slug in enumerate(data.get("logic", {}).get(name, ())):
        if slug not in groups:
            yield ("logic", name, n), f"no group '{slug}' in this instrument"


def check_checklist(data: Data) -> Iterator[Fault]:
    """Statuses with worth, and columns and groups that are there."""
    yield from _known_keys(
        data, {"status", "score", "evidence", "owner", "due", "uncounted", "shares", "reading"}
    )
    yield from _status(data, "status")
    if "logic" in data:
        yield from _columns(data, ("evidence", "owner", "due"))
        yield from _groups(data, "uncounted")
        columns = _slugs(data.get("columns", ()))
        for n, share in enumerate(data["logic"].get("shares", ())):
            if share["column"] not in columns:
                yield ("logic", "shares", n, "column"), f"no column '{share['column']}' in this instrument"


def check_tree(data: Data) -> Iterator[Fault]:
    """Nodes and results that are reached, questions that are asked, and no circle."""
    keys = {"over", "row_title", "start", "nodes", "results", "tiers", "flags", "labels", "places"}
    yield from _known_keys(data, keys)
    logic = data.get("logic", {})
    if not {"start", "nodes", "results"} <= logic.keys():
        yield ("logic",), "a tree needs start, nodes and results"
        return
    asked = {one["slug"]: one for one in data.get("row" if logic.get("over") == "row" else "fields", ())}
    nodes, results = {node["slug"]: node for node in logic["nodes"]}, _slugs(logic["results"])
    if logic["start"] not in nodes:
        yield ("logic", "start"), f"no node '{logic['start']}'"
        return
    if logic.get("over") == "row" and logic.get("row_title") not in asked:
        yield ("logic",), "a tree over rows needs row_title, a field of the row"
    for n, node in enumerate(logic["nodes"]):
        yield from _node(node, ("logic", "nodes", n), asked, nodes.keys() | results)
    entries = _entry_slugs(data)
    for n, result in enumerate(logic["results"]):
        for at, slug in enumerate(result.get("leads", ())):
            if slug not in entries:
                yield ("logic", "results", n, "leads", at), f"no entry '{slug}' in this instrument"
    yield from _reach(logic, nodes)


def _node(node: Data, place: Place, asked: Mapping[str, Any], targets: set[str]) -> Iterator[Fault]:
    if node["reads"] not in asked:
        yield (*place, "reads"), f"no field '{node['reads']}' is asked"
        return
    field = asked[node["reads"]]
    offered = [True, False] if field["kind"] == "yes_no" else [o["value"] for o in field.get("options", ())]
    seen: list[Any] = []
    for n, branch in enumerate(node["goes"]):
        if branch["to"] not in targets:
            yield (*place, "goes", n, "to"), f"no node or result '{branch['to']}'"
        values = branch["is"] if isinstance(branch["is"], list) else [branch["is"]]
        seen += offered if values == ["any"] else values
        for value in values:
            if value != "any" and value not in offered:
                yield (*place, "goes", n, "is"), f"{node['reads']} has no option '{value}'"
    for value in offered:
        if value not in seen:
            yield (*place, "goes"), f"no branch for the answer '{value}'"


def _reach(logic: Data, nodes: Mapping[str, Any]) -> Iterator[Fault]:
    """A node that leads back to itself, and nodes and results that no way comes to."""
    reached: set[str] = set()
    circles: set[str] = set()

    def walk(at: str, way: tuple[str, ...]) -> None:
        if at in way:
            circles.add(at)
            return
        if at in reached:
            return
        reached.add(at)
        for branch in nodes[at]["goes"] if at in nodes else ():
            walk(branch["to"], (*way, at))

    walk(logic["start"], ())
    for slug in sorted(circles):
        yield ("logic", "nodes"), f"the node '{slug}' leads back to itself"
    for part in ("nodes", "results"):
        for n, one in enumerate(logic[part]):
            if one["slug"] not in reached:
                yield ("logic", part, n), f"nothing leads to '{one['slug']}'"


def check_rules(data: Data) -> Iterator[Fault]:
    """Rules that are entries, and options that there are."""
    yield from _known_keys(data, {"ranks", "speaks", "conflicts", "counts", "from_known"})
    logic = data.get("logic", {})
    options = {one["slug"] for rank in logic.get("ranks", ()) for one in rank["options"]}
    entries = _entry_slugs(data)
    for n, rule in enumerate(logic.get("speaks", ())):
        if rule["rule"] not in entries:
            yield ("logic", "speaks", n, "rule"), f"no entry '{rule['rule']}' in this instrument"
        for at, case in enumerate(rule["cases"]):
            for slug in (*case.get("for", ()), *case.get("outside", ()), *case.get("inside", ())):
                if slug not in options:
                    yield ("logic", "speaks", n, "cases", at), f"no option '{slug}'"
    for n, conflict in enumerate(logic.get("conflicts", ())):
        yield from (
            (("logic", "conflicts", n, "options"), f"no option '{slug}'")
            for slug in conflict["options"]
            if slug not in options
        )
    fields = _slugs(data.get("fields", ()))
    named = [count["field"] for count in logic.get("counts", ())]
    for slug in (*named, *logic.get("from_known", ())):
        if slug not in fields:
            yield ("logic",), f"no field '{slug}'"


def check_profile(data: Data) -> Iterator[Fault]:
    """Positions with worth, and pulls by axes that there are."""
    yield from _known_keys(data, {"status", "pulls"})
    yield from _status(data, "position")
    entries = _entry_slugs(data)
    for n, pull in enumerate(data.get("logic", {}).get("pulls", ())):
        for at, one in enumerate(pull["by"]):
            if one["entry"] not in entries:
                yield ("logic", "pulls", n, "by", at, "entry"), f"no entry '{one['entry']}'"


def check_calculator(data: Data) -> Iterator[Fault]:
    """Formulas that can be read and name only what comes before them."""
    yield from _known_keys(data, {"formulas", "years", "rate", "headline", "sensitivity"})
    logic = data.get("logic", {})
    if not logic.get("formulas"):
        yield ("logic",), "a calculator needs formulas"
        return
    fields = {one["slug"] for one in data.get("fields", ()) if one["kind"] in ("number", "yes_no")}
    known, series = set(fields), set[str]()
    for n, one in enumerate(logic["formulas"]):
        place: Place = ("logic", "formulas", n, "formula")
        seen = known | series | {"year"} if one.get("yearly") else known
        yield from ((place, reason) for reason in _formula_faults(one["formula"], seen, series))
        (series if one.get("yearly") else known).add(one["slug"])
    sensitivity = logic.get("sensitivity", {})
    for name, slug in (("years", logic.get("years")), ("rate", logic.get("rate"))):
        if slug is not None and slug not in fields:
            yield ("logic", name), f"no number '{slug}' is asked"
    for slug in [*sensitivity.get("vary", ()), *([sensitivity["share"]] if sensitivity else [])]:
        if slug not in fields:
            yield ("logic", "sensitivity"), f"no number '{slug}' is asked"
    if sensitivity and sensitivity["of"] not in known:
        yield ("logic", "sensitivity"), f"no formula '{sensitivity['of']}'"


def _formula_faults(text: str, known: set[str], series: set[str]) -> Iterator[str]:
    try:
        formula = read_formula(text)
    except BadFormula as error:
        yield str(error)
        return
    for name, is_series in names_in(formula):
        if name not in (series if is_series else known):
            yield f"'{name}' is not known here: name fields, and formulas that come before"


def check_matrix(data: Data) -> Iterator[Fault]:
    """Marks with worth, and lists that are groups."""
    yield from _known_keys(
        data, {"status", "lists", "by_practices", "techniques", "missing", "practice_names", "columns_are"}
    )
    yield from _status(data, "status")
    yield from _groups(data, "lists")
    lists = data.get("logic", {}).get("lists", ())
    for n, one in enumerate(data.get("logic", {}).get("by_practices", ())):
        if one["group"] not in lists:
            yield ("logic", "by_practices", n, "group"), f"'{one['group']}' is none of the lists"
    cells = {e.get("more", {}).get("technique") for g in data.get("groups", ()) for e in g["entries"]}
    named = _slugs(data.get("logic", {}).get("techniques", ()))
    for slug in sorted(named - cells):
        yield ("logic", "techniques"), f"no cell is of the technique '{slug}'"
    for slug in sorted(cells - named - {None}):
        yield ("logic",), f"no technique '{slug}' is told"


def check_roster(data: Data) -> Iterator[Fault]:
    """Rows, and fields of them that there are."""
    keys = {"row_title", "covers", "sums", "shares", "due", "by", "complete", "quadrant", "row_rules"}
    yield from _known_keys(data, keys)
    row = {one["slug"]: one for one in data.get("row", ())}
    if not row:
        yield ("engine",), "a roster needs rows: `row` and `row_name`"
        return
    logic = data.get("logic", {})
    wanted: list[tuple[Place, str]] = [
        (("logic", part, n, "field"), one["field"])
        for part in ("covers", "sums", "by", "complete")
        for n, one in enumerate(logic.get(part, ()))
    ]
    wanted += [(("logic", "due"), logic["due"]["field"])] if "due" in logic else []
    wanted += [(("logic", "row_title"), logic["row_title"])] if "row_title" in logic else []
    wanted += [
        (("logic", "quadrant"), logic["quadrant"][name])
        for name in ("x", "y", "series")
        if "quadrant" in logic
    ]
    for place, slug in wanted:
        if slug not in row:
            yield place, f"no field '{slug}' in the row"
    for part in ("covers", "complete"):
        for n, one in enumerate(logic.get(part, ())):
            if not row.get(one["field"], {}).get("options"):
                yield ("logic", part, n, "field"), f"'{one['field']}' must be a choice or choices"


def check_page(data: Data) -> Iterator[Fault]:
    """An address within the portal, and nothing to answer."""
    yield from _known_keys(data, set())
    if not str(data.get("page", "")).startswith("/"):
        yield ("page",), "an instrument that lives elsewhere needs its page, an address within the portal"


ENGINE_CHECKS: dict[str, Callable[[Data], Iterable[Fault]]] = {
    "checklist": check_checklist,
    "tree": check_tree,
    "rules": check_rules,
    "profile": check_profile,
    "calculator": check_calculator,
    "matrix": check_matrix,
    "roster": check_roster,
    "page": check_page,
}
