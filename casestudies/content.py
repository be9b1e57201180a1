"""What a person writes of a case study: its fields, its text in Markdown and its lessons. Pure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from casestudies.markdown import fault_of_markdown
from portal.agencies.text import fault_of, is_web_address

MOST_LESSONS = 12
MOST_TECHNOLOGIES = 20
MOST_ITEMS = 12  # of a lesson
HIGHEST_STAGE = 10
# The fields of one line, what they are called on the screen, and how long they may be.
LINES = {
    "title": ("Title", 200),
    "organization": ("Organization", 200),
    "agency_type": ("Agency type", 100),
    "dated": ("Dated", 40),
    "link": ("Link", 500),
    "source": ("Source", 300),
    "licence": ("License", 100),
    "contact": ("Who may be asked", 300),
}
MOST_SUMMARY = 1_000
MOST_LESSON = 2_000


@dataclass(frozen=True)
class LessonText:
    """One thing that the case study teaches; `items` are slugs of practices and challenges of the model."""

    title: str
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """All that is written; `model` is the one whose items the lessons name, `stages` is from and to."""

    title: str
    summary: str = ""
    body: str = ""
    organization: str = ""
    agency_type: str = ""
    stages: tuple[int, int] | None = None
    technologies: tuple[str, ...] = ()
    dated: str = ""
    link: str = ""
    source: str = ""
    licence: str = ""
    contact: str = ""
    may_be_named: bool = False
    model: str = ""
    lessons: tuple[LessonText, ...] = ()

    @property
    def line(self) -> str:
        """Whose it is and which stages it is about."""
        first, last = self.stages or (None, None)
        return in_one_line(self.organization, self.agency_type, first, last)

    def as_json(self) -> dict[str, Any]:
        """In JSON's own types."""
        plain = asdict(self)
        return plain | {
            "stages": list(self.stages) if self.stages else None,
            "technologies": list(self.technologies),
            "lessons": [{**asdict(one), "items": list(one.items)} for one in self.lessons],
        }


def content_from_json(told: dict[str, Any]) -> Content:
    """What `as_json` made."""
    lessons = tuple(LessonText(**{**one, "items": tuple(one["items"])}) for one in told["lessons"])
    stages = tuple(told["stages"]) if told["stages"] else None
    return Content(
        **{**told, "stages": stages, "technologies": tuple(told["technologies"]), "lessons": lessons}
    )


def faults_of(content: Content) -> Iterator[tuple[str, str]]:
    """Each fault as the field's name and what is wrong with it."""
    if not content.title:
        yield "title", "Give the title."
    for name, (label, most) in LINES.items():
        if reason := fault_of(getattr(content, name), most):
            yield name, f"{label} {reason}."
    if content.link and not is_web_address(content.link):
        yield "link", "Link must begin with https:// or http://."
    if len(content.summary) > MOST_SUMMARY:
        yield "summary", f"Summary has {len(content.summary):,} characters; {MOST_SUMMARY:,} are the most."
    for name in ("summary", "body"):
        if reason := _unprintable(getattr(content, name)):
            yield name, reason
    if reason := fault_of_markdown(content.body):
        yield "body", reason
    yield from _stage_faults(content)
    yield from _technology_faults(content)
    yield from _lesson_faults(content)


def in_one_line(organization: str, agency_type: str, first: int | None, last: int | None) -> str:
    """Whose it is and which stages it is about, as far as that is said."""
    stages = ""
    if first is not None and last is not None:
        stages = f"Stage {first}" if first == last else f"Stage {first} to {last}"
    return ". ".join(part.rstrip(".") for part in (organization, agency_type, stages) if part)


def missing_in(content: Content) -> list[str]:
    """What has to be there before somebody reviews it, in words."""
    needed = {"a summary": content.summary, "a text": content.body}
    return [words for words, value in needed.items() if not value.strip()]


def missing_for_gaps(content: Content) -> list[str]:
    """What has to be there before it is shown beside gaps, in words; it may be published without."""
    found = [] if content.stages else ["the stages that it is about"]
    if not content.lessons:
        found.append("a lesson, linked to the practices or challenges that it speaks to")
    for number, lesson in enumerate(content.lessons, 1):
        if not lesson.items:
            found.append(f"the practices or challenges that lesson {number} speaks to")
    return found


def in_lines(content: Content) -> list[str]:
    """The content as lines to compare with those of another state: the fields, the text, the lessons."""
    found = [
        f"{label}: {getattr(content, name)}" for name, (label, _) in LINES.items() if getattr(content, name)
    ]
    if content.stages:
        found.append(f"Stages: {content.stages[0]} to {content.stages[1]}")
    if content.technologies:
        found.append(f"Technologies: {', '.join(content.technologies)}")
    found.append(f"May be named: {'yes' if content.may_be_named else 'no'}")
    found.append(f"Summary: {' '.join(content.summary.split())}")
    found += [line for line in content.body.splitlines() if line.strip()]
    for number, lesson in enumerate(content.lessons, 1):
        found.append(f"Lesson {number}: {lesson.title}")
        found.append(" ".join(lesson.text.split()))
        found.append(f"Lesson {number} speaks to: {', '.join(lesson.items) or 'nothing yet'}")
    return found


def _unprintable(text: str) -> str | None:
    for number, line in enumerate(text.splitlines(), 1):
        if reason := fault_of(line.replace("\t", " "), len(line)):
            return f"Line {number} {reason}."
    return None


def _stage_faults(content: Content) -> Iterator[tuple[str, str]]:
    if content.stages is None:
        return
    first, last = content.stages
    if not 1 <= first <= HIGHEST_STAGE or not 1 <= last <= HIGHEST_STAGE:
        yield "stages", f"Stages are numbers from 1 to {HIGHEST_STAGE}."
    elif first > last:
        yield "stages", "The first stage is above the last."


def _technology_faults(content: Content) -> Iterator[tuple[str, str]]:
    if len(content.technologies) > MOST_TECHNOLOGIES:
        yield "technologies", f"{MOST_TECHNOLOGIES} technologies are the most."
    for name in content.technologies:
        if reason := fault_of(name, 100):
            yield "technologies", f"“{name[:40]}” {reason}."


def _lesson_faults(content: Content) -> Iterator[tuple[str, str]]:
    if len(content.lessons) > MOST_LESSONS:
        yield "lessons", f"{MOST_LESSONS} lessons are the most."
    for number, lesson in enumerate(content.lessons, 1):
        if not lesson.title or not lesson.text:
            yield "lessons", f"Lesson {number} needs a title and a text."
        if len(lesson.text) > MOST_LESSON:
            yield (
                "lessons",
                f"Lesson {number} has {len(lesson.text):,} characters; {MOST_LESSON:,} are the most.",
            )
        if reason := fault_of(lesson.title, 200) or _unprintable(lesson.text):
            yield "lessons", f"Lesson {number}: {reason.rstrip('.')}."
        if len(lesson.items) > MOST_ITEMS:
            yield "lessons", f"Lesson {number} speaks to more than {MOST_ITEMS} practices and challenges."
