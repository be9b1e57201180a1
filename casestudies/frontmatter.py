"""Reading a case study from a file: Markdown below front matter in plain YAML. Pure.

Fields are ours, or those that sites of projects commonly have (agency, excerpt, project_url, resources).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from casestudies.cleaning import clean
from casestudies.content import Content, LessonText, faults_of
from casestudies.markdown import MOST_CHARACTERS
from maturity.yamlfile import PackError, YamlFile, parse_yaml
from portal.agencies.text import is_web_address, one_line

MOST_BYTES = 1_000_000
FENCE = "---"
# Fields of one line, and by which names they are found; the first that says something counts.
ONE_LINE = {
    "title": ("title",),
    "organization": ("organization", "agency"),
    "agency_type": ("agency_type",),
    "dated": ("dated",),
    "link": ("link", "project_url"),
    "source": ("source",),
    "licence": ("licence", "license"),
    "contact": ("contact",),
}
SUMMARY = ("summary", "excerpt", "mini_excerpt")
# Lists of links or names that come as a section at the end of the text, with its heading.
SECTIONS = {
    "product_clients": "Used by",
    "github_repo": "Code",
    "resources": "Resources",
    "learn_more": "Read more",
}
OTHERS = {"stages", "technologies", "lessons", "model", "named", "key"}
KNOWN = {name for names in ONE_LINE.values() for name in names} | set(SUMMARY) | set(SECTIONS) | OTHERS
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]*)\]\((\S+?)\)")


@dataclass(frozen=True)
class FileStudy:
    """What one file says. `agency_given`: what it calls the agency; `key`: its own key, "" where it has none.

    `notes`: what was left out or changed on the way, as "file:line: what".
    """

    name: str
    content: Content
    agency_given: str
    key: str
    notes: tuple[str, ...]
    unused: tuple[str, ...]  # fields of the front matter that say something we have no place for


def read_case_study(raw: bytes, name: str, default_model: str) -> FileStudy:
    """The case study in these bytes, called `name` in faults. Raises PackError: "file:line: why"."""
    if len(raw) > MOST_BYTES:
        raise PackError([f"{name}:1: larger than {MOST_BYTES:,} bytes"])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PackError([f"{name}:{line}: not UTF-8 (byte 0x{raw[error.start]:02x})"]) from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = _end_of_front_matter(lines, name)
    # A blank line stands for the fence, so that every fault names the line of the file.
    file = parse_yaml("\n".join(["", *lines[1:end]]).encode(), name)
    if not isinstance(file.data, dict):
        raise PackError([f"{name}:2: the front matter must be fields with values"])
    reader = _Reader(file, default_model)
    found = reader.read("\n".join(lines[end + 1 :]), end + 2)
    if reader.problems:
        raise PackError(reader.problems)
    return found


def _end_of_front_matter(lines: list[str], name: str) -> int:
    if lines[0].strip() != FENCE:
        raise PackError([f"{name}:1: the file must begin with front matter, between two lines of {FENCE}"])
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == FENCE:
            if not "".join(lines[1:number]).strip():
                raise PackError([f"{name}:1: the front matter is empty"])
            return number
    raise PackError([f"{name}:1: the front matter does not end: a line of {FENCE} is missing"])


class _Reader:
    """Takes the fields of one file and collects what is wrong with them."""

    def __init__(self, file: YamlFile, default_model: str) -> None:
        self.file, self.data, self.default_model = file, file.data, default_model
        self.problems: list[str] = []

    def read(self, body: str, first_line: int) -> FileStudy:
        """All of the file; what is wrong is in `problems`."""
        if len(body) > 2 * MOST_CHARACTERS:
            self.problems.append(
                f"{self.file.name}:{first_line}: the text has more than {MOST_CHARACTERS:,} characters"
            )
            body = ""
        text, changes = clean(body, first_line)
        values: dict[str, Any] = {field: self._line(names, field) for field, names in ONE_LINE.items()}
        content = Content(
            **values,
            summary=" ".join(self._line(SUMMARY, "summary").split()),
            body=text + self._sections(),
            stages=self._stages(),
            technologies=tuple(self._texts("technologies")),
            may_be_named=self._yes("named"),
            model=self._line(("model",), "model") or self.default_model,
            lessons=tuple(self._lessons()),
        )
        wrong = bool(self.problems)
        for field, reason in faults_of(content):
            if field == "body":
                self.problems.append(f"{self.file.name}:{first_line}: {reason}")
            elif not (wrong and field == "title" and self.data.get("title")):
                self._fault(field, reason)
        return FileStudy(
            name=self.file.name,
            content=content,
            agency_given=self._line(("agency",), "agency")[:200],
            key=self._line(("key",), "key"),
            notes=tuple(f"{self.file.name}:{line}: {what}" for line, what in changes),
            unused=tuple(name for name, value in self.data.items() if name not in KNOWN and value),
        )

    def _fault(self, field: str, reason: str) -> None:
        names = ONE_LINE.get(field, SUMMARY if field == "summary" else (field,))
        name = next((name for name in names if name in self.data), field)
        problem = self.file.problem((name,), reason)
        if problem not in self.problems:
            self.problems.append(problem)

    def _line(self, names: tuple[str, ...], field: str) -> str:
        for name in names:
            value = self.data.get(name)
            if value is None or value == "":
                continue
            if isinstance(value, bool | list | dict):
                self.problems.append(self.file.problem((name,), f"'{name}' must be text"))
                return ""
            text = one_line(str(value))
            return _address_in(text) if field == "link" else text
        return ""

    def _texts(self, name: str) -> list[str]:
        """A list of texts; one text stands for a list of it."""
        value = self.data.get(name)
        if value is None or value == "":
            return []
        values = value if isinstance(value, list) else [value]
        if any(isinstance(one, bool | list | dict) for one in values):
            self.problems.append(self.file.problem((name,), f"'{name}' must be a list of texts"))
            return []
        return [one_line(str(one)) for one in values if one is not None and one_line(str(one))]

    def _stages(self) -> tuple[int, int] | None:
        value = self.data.get("stages")
        if value is None or value == "":
            return None
        values = value if isinstance(value, list) else [value]
        if not 1 <= len(values) <= 2 or any(type(one) is not int for one in values):
            self.problems.append(self.file.problem(("stages",), "'stages' must be one number or two: [2, 3]"))
            return None
        return values[0], values[-1]

    def _yes(self, name: str) -> bool:
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            self.problems.append(self.file.problem((name,), f"'{name}' must be true or false"))
        return value is True

    def _sections(self) -> str:
        found = ""
        for name, heading in SECTIONS.items():
            lines = [f"- {line}" for line in map(_as_markdown, self._texts(name)) if line]
            if lines:
                found += f"\n## {heading}\n\n" + "\n".join(lines) + "\n"
        return found

    def _lessons(self) -> Iterator[LessonText]:
        value = self.data.get("lessons")
        if value is None:
            return
        if not isinstance(value, list):
            self.problems.append(self.file.problem(("lessons",), "'lessons' must be a list"))
            return
        for number, row in enumerate(value):
            if not isinstance(row, dict) or row.keys() - {"title", "text", "items"}:
                reason = "a lesson has the fields title, text and items"
                self.problems.append(self.file.problem(("lessons", number), reason))
                continue
            items = row.get("items") or []
            if not isinstance(items, list):
                self.problems.append(
                    self.file.problem(("lessons", number, "items"), "'items' must be a list")
                )
                continue
            title, text = (one_line(str(row.get(key) or "")) for key in ("title", "text"))
            yield LessonText(title, text, tuple(dict.fromkeys(str(item) for item in items)))


def _address_in(text: str) -> str:
    """The address of a link in Markdown; text that is none stays, to be told as a fault."""
    found = _MARKDOWN_LINK.search(text)
    return found[2] if found else text


def _as_markdown(text: str) -> str:
    """One line of a list: a link that Markdown shows as one, or its words where it leads to no address."""
    found = _MARKDOWN_LINK.fullmatch(text)
    if found and not is_web_address(found[2]):
        return found[1]
    return f"<{text}>" if is_web_address(text) else text
