"""What a tool's report says about the checks of a run, before a person takes it."""

from dataclasses import dataclass

from assessments.run_answers import Answers, Difference, differences, entry_name, merged
from maturity.instruments.definitions import Instrument
from maturity.instruments.reading import Reading, UnreadableFile, read_tool_file

__all__ = ["FileReading", "UnreadableFile", "read_run_file"]

TOOL, UNKNOWN = "tool", "unknown-checks"  # fields: what it was checked with, and checks that are no entry
MOST_UNKNOWN = 4_800


@dataclass(frozen=True)
class FileReading:
    """What a file would change. `given` is what would be saved; nothing was saved yet.

    `unclear`: checks of which the tool gave no clear result, each with why; their status stays as it is.
    `silent`: checks that it did not speak of. `unknown`: what it checked and this instrument has not.
    """

    given: Answers
    changes: list[Difference]
    same: int  # checks that already say what the file says
    unclear: list[tuple[str, str]]
    silent: list[str]
    unknown: list[str]
    tool: str
    version: str


def read_run_file(instrument: Instrument, answers: Answers, content: bytes) -> FileReading:
    """What the file says of this run's checks, beside what they say now. Raises UnreadableFile.

    What people wrote in other columns stays.
    """
    reading: Reading = read_tool_file(instrument, content)
    names = {entry.slug: entry_name(entry) for entry in instrument.entries}
    now = answers.get("entries", {})
    said = {slug: {**now.get(slug, {}), **columns} for slug, columns in reading.entries.items()}
    given: Answers = {
        "entries": {slug: columns for slug, columns in said.items() if columns != now.get(slug)}
    }
    before = answers.get("fields", {})
    fields = {**before, **_of_the_file(instrument, reading)}
    if fields != before:
        given["fields"] = fields
    return FileReading(
        given=given,
        changes=differences(instrument, answers, merged(answers, given)),
        same=len(said) - len(given["entries"]),
        unclear=[(names[slug], why) for slug, why in reading.open.items()],
        silent=[names[slug] for slug in reading.silent],
        unknown=[f"{check.number} {check.title}".strip() for check in reading.unknown],
        tool=reading.tool,
        version=reading.version,
    )


def _of_the_file(instrument: Instrument, reading: Reading) -> Answers:
    """What the file says of the run as a whole: its tool, and its checks that this instrument has not."""
    asked = {field.slug: [option.value for option in field.options] for field in instrument.fields}
    found: Answers = {TOOL: reading.tool} if reading.tool in asked.get(TOOL, ()) else {}
    lines = [f"{check.words} ({check.title})"[:300] for check in reading.unknown]
    if lines and UNKNOWN in asked:
        kept = list(lines)
        while len("\n".join(kept)) > MOST_UNKNOWN:
            kept.pop()
        more = [f"And {len(lines) - len(kept)} more."] if len(kept) < len(lines) else []
        found[UNKNOWN] = "\n".join([*kept, *more])
    return found
