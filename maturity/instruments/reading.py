"""Reading what docker-bench-security and kube-bench print, as statuses of a checklist. Pure.

Entries carry the numbers of the tool's checks in `ident`; several are separated by commas, and all of them
must pass. A number means what it means in the versions of `logic: reading: versions` only; `more: idents`
of an entry gives its numbers in other versions, and an entry without is not read in those.

PASS is a pass and FAIL is a failure. docker-bench-security prints no FAIL: a WARN on a check that it marks
as "(Automated)" or "(Scored)" is how it tells of a failure. Everything else leaves the check open, with what
the tool said: it is a finding for a person, or a check that could not be carried out.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from maturity.instruments.definitions import Entry, Instrument

MOST_BYTES = 5_000_000
MOST_CHECKS = 5_000
MOST_WORDS, MOST_TOLD, MOST_ITEMS = 300, 3_000, 50  # of one text, of one entry, of one check
MOST_VERSIONS_TOLD = 5
TOLD = "told"  # the column with what the tool said
PASS, FAIL, WARN = "PASS", "FAIL", "WARN"
DECIDED = ("(Automated)", "(Scored)")  # how docker-bench-security ends the name of a check that it decides


class UnreadableFile(ValueError):
    """The file is not what the tool prints; the text says why, and what would be right."""


@dataclass(frozen=True)
class Check:
    """One check as the tool tells it."""

    number: str
    title: str
    state: str
    details: str = ""
    fails: bool = False  # the tool tells of a failure in other words than FAIL

    @property
    def verdict(self) -> str:
        """What its state comes to."""
        return FAIL if self.fails else self.state

    @property
    def words(self) -> str:
        """What the tool said, in one line."""
        said = f"{self.number} {self.state or 'no result'}"
        return f"{said}: {self.details}" if self.details and self.state != PASS else said


@dataclass(frozen=True)
class Reading:
    """What a file says of a checklist.

    `entries` are answers for the run ("status" where it is clear, "told" what the tool said). `open` are
    slugs that the tool spoke of without a clear result, each with the reason; `silent` those that it did not
    speak of; `unknown` the checks that are no entry's.
    """

    tool: str
    version: str
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    unknown: tuple[Check, ...] = ()


def read_tool_file(instrument: Instrument, content: bytes) -> Reading:
    """What the tool's file says of this instrument's entries. Raises UnreadableFile."""
    if instrument.reads not in _TOOLS:
        raise UnreadableFile(f"{instrument.name} is not filled from a file.")
    if len(content) > MOST_BYTES:
        raise UnreadableFile(f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise UnreadableFile(f"The file is not JSON. {_WANTED[instrument.reads]}") from None
    by_version: dict[str, dict[str, list[Check]]] = {}
    count = 0
    for version, check in _TOOLS[instrument.reads](told):
        by_version.setdefault(version, {}).setdefault(check.number, []).append(check)
        count += 1
        if count > MOST_CHECKS:
            raise UnreadableFile(f"The file has more than {MOST_CHECKS:,} checks.")
    if not count:
        raise UnreadableFile(f"There are no checks in the file. {_WANTED[instrument.reads]}")
    if len(by_version) > 1:
        some = ", ".join(sorted(by_version)[:MOST_VERSIONS_TOLD])
        more = ", …" if len(by_version) > MOST_VERSIONS_TOLD else ""
        raise UnreadableFile(f"The file mixes versions ({some}{more}); read one by one.")
    [(version, checks)] = by_version.items()
    return _read(instrument, _known_version(instrument, version), version, checks)


def _known_version(instrument: Instrument, version: str) -> str:
    """The name under which the instrument knows this version's numbers."""
    known = instrument.logic["reading"]["versions"]
    for name in known:
        if version == name or f"cis-{version}" == name or version.startswith(f"{name}."):
            return str(name)
    raise UnreadableFile(
        f"The numbers of version {version or '(none named)'} are not known here; "
        f"known are {', '.join(known)}. Nothing is guessed from others."
    )


def _read(instrument: Instrument, known: str, version: str, checks: Mapping[str, list[Check]]) -> Reading:
    entries: dict[str, dict[str, str]] = {}
    open_entries: dict[str, str] = {}
    silent, used = [], set()
    for entry in instrument.entries:
        numbers = _numbers(instrument, entry, known)
        found = [check for number in numbers for check in checks.get(number, ())]
        used.update(numbers)
        if not found:
            silent.append(entry.slug)
            continue
        status, reason = _status(numbers, checks)
        told = "; ".join(check.words for check in found)[:MOST_TOLD]
        entries[entry.slug] = {**({"status": status} if status else {}), TOLD: told}
        if not status:
            open_entries[entry.slug] = reason
    unknown = tuple(check for number, found in checks.items() if number not in used for check in found)
    return Reading(instrument.reads, version, entries, open_entries, tuple(silent), unknown)


def _numbers(instrument: Instrument, entry: Entry, known: str) -> list[str]:
    """The numbers of the entry's checks in this version; the first version is that of `ident`."""
    is_first = known == instrument.logic["reading"]["versions"][0]
    told = entry.ident if is_first else entry.more.get("idents", {}).get(known, "")
    return [number.strip() for number in told.split(",") if number.strip()]


def _status(numbers: list[str], checks: Mapping[str, list[Check]]) -> tuple[str, str]:
    """Pass or fail where the file is clear; otherwise "" and why it is not."""
    missing = [number for number in numbers if number not in checks]
    states = {check.verdict for number in numbers for check in checks.get(number, ())}
    if FAIL in states:
        if PASS in states and any(
            len({check.verdict for check in checks.get(number, ())}) > 1 for number in numbers
        ):
            return "", "the file says pass and fail of the same check"
        return "fail", ""
    if states == {PASS} and not missing:
        return "pass", ""
    if missing:
        return "", f"the file says nothing of {', '.join(missing)}"
    unclear = sorted(state or "no result" for state in states - {PASS})
    return "", f"the tool says {', '.join(unclear)}, which is no clear result"


def _docker_bench(told: Any) -> Iterator[tuple[str, Check]]:
    """The checks of docker-bench-security: sections in "tests", with "results"."""
    wanted = _WANTED["docker-bench"]
    if not isinstance(told, dict) or "dockerbenchsecurity" not in told:
        raise UnreadableFile(f"This is not the file of docker-bench-security. {wanted}")
    version = _word(told["dockerbenchsecurity"])
    for section in _list(told.get("tests"), wanted):
        for row in _list(section.get("results"), wanted):
            title, state = _word(row.get("desc")), _word(row.get("result"))
            fails = state == WARN and title.endswith(DECIDED)
            yield version, Check(_word(row.get("id")), title, state, _details(row), fails)


def _details(row: dict[str, Any]) -> str:
    """The details of a check of docker-bench-security, and the containers, images or files it names."""
    items = row.get("items")
    named = [_word(one) for one in items[:MOST_ITEMS]] if isinstance(items, list) else []
    details = _word(row.get("details"))
    new = [one for one in named if one and one not in details]
    more = len(items) - len(named) if isinstance(items, list) else 0
    listed = f"[{', '.join(new)}{f' and {more} more' if more else ''}]" if new else ""
    return f"{details} {listed}".strip()


def _kube_bench(told: Any) -> Iterator[tuple[str, Check]]:
    """The checks of kube-bench: "Controls" (or a bare list of them) with "tests" with "results"."""
    wanted = _WANTED["kube-bench"]
    controls = told.get("Controls") if isinstance(told, dict) else told
    if isinstance(told, dict) and "Controls" not in told and "node_type" in told:
        controls = [told]  # one of them alone
    if not isinstance(controls, list):
        raise UnreadableFile(f"This is not the file of kube-bench. {wanted}")
    for control in _list(controls, wanted):
        version = _word(control.get("version"))
        for group in _list(control.get("tests"), wanted):
            for row in _list(group.get("results"), wanted):
                # Never "actual_value": it holds command lines of the cluster, and what secrets stand in them.
                details = _word(row.get("reason")) or _word(row.get("expected_result"))
                number, title = _word(row.get("test_number")), _word(row.get("test_desc"))
                yield version, Check(number, title, _word(row.get("status")), details)


def _list(told: Any, wanted: str) -> list[dict[str, Any]]:
    """A list of mappings, as both tools nest them; null, as kube-bench prints an empty one, is empty."""
    if told is None:
        return []
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise UnreadableFile(f"The file is not built as the tool builds it. {wanted}")
    return told


def _word(told: Any) -> str:
    """A text of the file in one line and without control characters; "" of what is none, such as a list."""
    text = str(told) if isinstance(told, str | int | float) else ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MOST_WORDS]


_TOOLS: dict[str, Callable[[Any], Iterator[tuple[str, Check]]]] = {
    "docker-bench": _docker_bench,
    "kube-bench": _kube_bench,
}
_WANTED = {
    "docker-bench": "Give the file log/docker-bench-security.log.json that docker-bench-security 1.6 writes.",
    "kube-bench": "Give what `kube-bench run --json` prints.",
}
