"""Broken instruments are refused with file, line and reason; good ones come back from plain data."""

import json
from pathlib import Path

import pytest

from maturity.instruments.pack import INSTRUMENTS, read_instruments
from maturity.instruments.plain import as_json, instrument_of, text_hash
from maturity.pack import PACKS, read_pack
from maturity.yamlfile import PackError
from tests.groups import SHARED_DATA
from tests.maturity.instruments import published

# Parts of the method that no source has; their texts say so.
OUR_PROPOSALS = {"roi-in-moves", "roi-in-rate", "roi-f-value", "roi-f-ratio"}
CHECKLIST = """\
slug: doors
number: 1
name: Doors
engine: checklist
edition: 1
summary: Whether doors are shut.
why: Open doors let people in.
minutes: 5
sources: [{slug: sl-host, ref: 000 T1}]
columns:
  - slug: status
    label: State
    kind: choice
    options:
      - {value: shut, label: Shut, worth: '1'}
      - {value: open, label: Open, worth: '0'}
groups:
  - slug: outside
    name: Outside
    entries:
      - slug: front
        title: Front door
        practices: [ws-host-hardening]
        challenges: [mx-1-devops-gap]
      - {slug: back, title: Back door}
logic:
  rules:
    - slug: both-open
      kind: warning
      text: Both doors are open.
      when: {all: [{entry: front, is: open}, {entry: back, is: open}]}
      entries: [front, back]
"""
TREE = """\
slug: way
number: 2
name: Way
engine: tree
edition: 1
summary: Where to go.
why: To get there.
minutes: 5
sources: [{slug: dt-ready}]
fields:
  - {slug: far, label: Is it far, kind: yes_no}
  - {slug: wet, label: Does it rain, kind: yes_no}
logic:
  start: far
  nodes:
    - {slug: far, reads: far, goes: [{is: true, to: wet}, {is: false, to: walk}]}
    - {slug: wet, reads: wet, goes: [{is: any, to: drive}]}
  results:
    - {slug: walk, title: Walk, text: Walk there., kind: advice}
    - {slug: drive, title: Drive, text: Drive there., kind: advice}
"""
CALCULATOR = """\
slug: sum
number: 3
name: Sum
engine: calculator
edition: 1
summary: What it comes to.
why: To know.
minutes: 5
sources: [{slug: vm-balance}]
fields:
  - {slug: one, label: One, kind: number, minimum: '0', usual: '1'}
logic:
  formulas:
    - {slug: twice, name: Twice, formula: one * 2}
    - {slug: more, name: More, formula: twice + one}
"""


def problems(folder: Path, *texts: str) -> list[str]:
    for number, text in enumerate(texts):
        (folder / f"{'abc'[number]}.yaml").write_text(text)
    with pytest.raises(PackError) as caught:
        read_instruments(folder)
    return caught.value.problems


def test_small_ones_are_read(tmp_path: Path):
    for name, text in (("c", CHECKLIST), ("b", TREE), ("a", CALCULATOR)):
        (tmp_path / f"{name}.yaml").write_text(text)
    assert [one.slug for one in read_instruments(tmp_path)] == ["doors", "way", "sum"], "by number"
    assert [one.slug for one in read_instruments(tmp_path / "b.yaml")] == ["way"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("slug: doors\n", "", "a.yaml:1: 'slug' is a required property"),
        ("slug: doors", "slug: Doors!", "a.yaml:1: 'slug': 'Doors!' does not match"),
        ("number: 1", "number: one", "a.yaml:2: 'number': must be integer, not text"),
        ("name: Doors", "name: <script>alert(1)</script>", "a.yaml:3: script or HTML in a text"),
        ("engine: checklist", "engine: oracle", "a.yaml:4: 'engine': 'oracle' is not one of"),
        ("minutes: 5", "minutes: 5\nminutes: 6", "a.yaml:9: duplicate key 'minutes' (first in line 8)"),
        ("minutes: 5", "hours: 5", "a.yaml:8: unknown field 'hours'"),
        ("kind: choice", "kind: guess", "a.yaml:13: 'kind': 'guess' is not one of"),
        ("worth: '1'", "worth: 1", "a.yaml:15: 'worth': must be string, not 1"),
        ("worth: '1'", "worth: lots", "a.yaml:15: 'worth': 'lots' does not match"),
        ("value: open", "value: shut", "a.yaml:16: duplicate option 'shut'"),
        ("slug: back", "slug: front", "a.yaml:25: duplicate entry 'front'"),
        ("[ws-host-hardening]", "[ws-host]", "a.yaml:23: no practice 'ws-host' in the model"),
        ("[mx-1-devops-gap]", "[mx-9]", "a.yaml:24: no challenge 'mx-9' in the model"),
        ("entries: [front, back]", "entries: [front, side]", "a.yaml:32: no entry 'side' in this instrument"),
        ("entry: back, is: open", "entry: side, is: open", "a.yaml:31: no entry 'side' here"),
        ("entry: back, is: open", "entry: back, is: ajar", "a.yaml:31: status has no option 'ajar'"),
        ("entry: back, is: open", "entry: back, column: x, is: open", "a.yaml:31: no column 'x' in this"),
        ("entry: back, is: open", "level: nothing, is: planned", "a.yaml:31: no level 'nothing' here"),
        ("entry: back, is: open", "entry: back", "a.yaml:31: a condition has one test"),
        ("entry: back, is: open", "is: open", "a.yaml:31: a condition is about one of"),
        ("slug: status\n", "slug: state\n", "a.yaml:31: no column 'status' in this instrument"),
        ("  rules:", "  nodes: []\n  rules:", "a.yaml:27: 'nodes': [] should be non-empty"),
        ("  rules:", "  years: front\n  rules:", "a.yaml:27: the engine checklist knows no 'years'"),
        ("  rules:", "  evidence: proof\n  rules:", "a.yaml:27: no column 'proof' in this instrument"),
        ("  rules:", "  uncounted: [inside]\n  rules:", "a.yaml:27: no group 'inside' in this instrument"),
    ],
)  # fmt: skip
def test_a_broken_checklist_is_refused(tmp_path: Path, old: str, new: str, problem: str):
    assert old in CHECKLIST
    found = problems(tmp_path, CHECKLIST.replace(old, new, 1))
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("start: far", "start: near", "a.yaml:14: no node 'near'"),
        ("to: wet}", "to: gone}", "a.yaml:16: no node or result 'gone'"),
        ("to: drive}", "to: far}", "a.yaml:15: the node 'far' leads back to itself"),
        ("reads: wet", "reads: cold", "a.yaml:17: no field 'cold' is asked"),
        ("{is: false, to: walk}", "{is: maybe, to: walk}", "a.yaml:16: far has no option 'maybe'"),
        (", {is: false, to: walk}", "", "a.yaml:16: no branch for the answer 'False'"),
        (", {is: false, to: walk}", ", {is: false, to: drive}", "a.yaml:19: nothing leads to 'walk'"),
        ("title: Walk,", "title: Walk, leads: [x],", "a.yaml:19: no entry 'x' in this instrument"),
        ("  start: far\n", "", "a.yaml:13: a tree needs start, nodes and results"),
    ],
)
def test_a_broken_tree_is_refused(tmp_path: Path, old: str, new: str, problem: str):
    assert old in TREE
    found = problems(tmp_path, TREE.replace(old, new, 1))
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("formula: one * 2", "formula: one *", "a.yaml:14: expected a number or a name, found the end"),
        ("formula: one * 2", "formula: open(one)", "a.yaml:14: there is no function 'open'"),
        ("formula: one * 2", "formula: more * 2", "a.yaml:14: 'more' is not known here"),
        ("formula: twice + one", "formula: total(twice)", "a.yaml:15: 'twice' is not known here"),
        ("usual: '1'", "usual: '-1'", "a.yaml:11: one: -1 is too small; the least is 0."),
        ("kind: number, minimum: '0', usual: '1'", "kind: choice", "a.yaml:11: one: a choice needs options"),
        ("logic:\n", "logic:\n  years: none\n", "a.yaml:13: no number 'none' is asked"),
    ],
)
def test_a_broken_calculator_is_refused(tmp_path: Path, old: str, new: str, problem: str):
    assert old in CALCULATOR
    found = problems(tmp_path, CALCULATOR.replace(old, new, 1))
    assert any(one.startswith(problem) for one in found), found


def test_slugs_and_numbers_are_there_once(tmp_path: Path):
    found = problems(tmp_path, CHECKLIST, TREE.replace("number: 2", "number: 1"), TREE)
    assert found == [
        "c.yaml:1: duplicate slug 'way' (first in b.yaml)",
        "b.yaml:2: duplicate number '1' (first in a.yaml)",
    ]


def test_an_empty_folder_is_refused(tmp_path: Path):
    assert problems(tmp_path) == [f"{tmp_path.name}:1: no instruments are here"]


@pytest.mark.parametrize("slug", published())
def test_an_instrument_comes_back_from_plain_data(slug: str):
    instrument = published()[slug]
    plain = as_json(instrument)
    assert json.loads(json.dumps(plain)) == plain
    assert as_json(instrument_of(plain)) == plain
    assert text_hash(instrument_of(plain)) == text_hash(instrument)


def test_the_edition_is_no_part_of_the_text():
    one = as_json(published()["in-ha-checklist"])
    assert text_hash(instrument_of(one | {"edition": 7})) == text_hash(instrument_of(one))
    assert text_hash(instrument_of(one | {"summary": "Other."})) != text_hash(instrument_of(one))


def test_every_instrument_says_what_it_is_for_and_where_it_comes_from():
    assert [path.stem for path in INSTRUMENTS.glob("*.yaml") if path.stem not in published()] == []
    for instrument in published().values():
        assert instrument.why
        assert bool(instrument.minutes) == (instrument.engine != "page")
        assert instrument.sources, instrument.slug
        bare = [entry.slug for entry in instrument.entries if not entry.sources]
        assert not [slug for slug in bare if slug not in OUR_PROPOSALS], instrument.slug


# --- the matrix of threats and ATT&CK ---------------------------------------------------------------


@pytest.fixture(scope="module")
def attack() -> tuple[dict[str, str], dict[str, tuple[str, set[str]]]]:
    """Tactics by identifier, and techniques of containers with their name and tactics."""
    told = json.loads((SHARED_DATA / "attack-containers" / "containers-subset.json").read_text())["objects"]
    short = {one["x_mitre_shortname"]: one for one in told if one["type"] == "x-mitre-tactic"}
    tactics = {name: _ident(one) for name, one in short.items()}
    techniques = {
        _ident(one): (one["name"], {phase["phase_name"] for phase in one["kill_chain_phases"]})
        for one in told
        if one["type"] == "attack-pattern" and not one.get("revoked") and not one.get("x_mitre_deprecated")
    }
    return tactics, techniques


def _ident(one: dict) -> str:
    return next(
        ref["external_id"] for ref in one["external_references"] if ref["source_name"] == "mitre-attack"
    )


@pytest.mark.data
def test_every_cell_is_a_technique_of_its_tactic_in_attack(attack):
    tactics, techniques = attack
    matrix = published()["in-threat-coverage"]
    columns = [group for group in matrix.groups if group.slug not in matrix.logic["lists"]]
    assert len(columns) == 8
    for group in columns:
        tactic = group.slug.removeprefix("at-")
        assert group.text == f"ATT&CK tactic {tactics[tactic]}."
        for entry in group.entries:
            name, of = techniques[entry.ident]
            assert tactic in of, entry.slug
            assert entry.title.rpartition(": ")[2] == name, entry.slug


def test_practices_of_the_matrix_are_called_what_they_are():
    matrix = published()["in-threat-coverage"]
    titles = {item.slug: item.title for item in read_pack(PACKS / "container-adoption").items}
    counted = {slug for one in matrix.logic["techniques"] for slug in one["practices"]}
    counted |= {slug for one in matrix.logic["by_practices"] for slug in one["practices"]}
    assert matrix.logic["practice_names"] == {slug: titles[slug] for slug in sorted(counted)}


@pytest.mark.data
def test_where_the_printed_name_differs_the_cell_says_so(attack):
    _, techniques = attack
    matrix = published()["in-threat-coverage"]
    printed = {one["slug"]: one for one in matrix.logic["techniques"]}
    renamed = {
        entry.slug
        for entry in matrix.entries
        if "technique" in entry.more
        and printed[entry.more["technique"]]["name"].rpartition(": ")[2] != techniques[entry.ident][0]
    }
    assert renamed == {
        "ac-ex-container-service",
        "ac-de-match-name",
        "ac-ca-credentials-in-file",
        "ac-di-resource-discovery",
    }
    corrected = {entry.slug for entry in matrix.entries if entry.corrections}
    assert corrected == renamed | {"ac-pe-implant-image"}  # the guide itself marks a change of name


@pytest.mark.data
def test_what_attack_has_and_the_guide_has_not_is_listed(attack):
    _, techniques = attack
    matrix = published()["in-threat-coverage"]
    idents = {one["ident"]: one["now"] for one in matrix.logic["techniques"]}
    assert len(idents) == 26
    listed = {one["ident"]: one["name"] for one in matrix.logic["missing"]}
    assert idents | listed == {ident: name for ident, (name, _) in techniques.items()}
    assert not idents.keys() & listed.keys()
