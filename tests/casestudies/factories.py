"""Case studies of a pack, and those that people write, in whatever state."""

from itertools import count

from casestudies.content import Content, LessonText
from casestudies.models import CaseStudy, Lesson, LessonLink, Technology
from casestudies.services_review import publish_case_study, return_case_study, submit_case_study
from casestudies.services_writing import create_case_study
from portal.access.models import User
from portal.agencies.models import Agency
from tests.factories import NOW
from tests.world import World

_numbers = count(1)


def make_case_study(title: str = "", item: str = "train-staff", **fields: object) -> CaseStudy:
    """A case study of a pack whose one lesson speaks to `item` of the small model."""
    number = next(_numbers)
    title = title or f"Case {number}"
    values = {"summary": "They did it.", "source": "000 App. 4", "search_text": title.lower()} | fields
    study = CaseStudy.objects.create(slug=f"case-{number}", title=title, **values)
    technology, _ = Technology.objects.get_or_create(slug="docker", defaults={"name": "Docker"})
    study.technologies.add(technology)
    lesson = Lesson.objects.create(
        case_study=study,
        slug=f"lesson-{number}",
        number=1,
        title="Start small",
        text="One team first.",
        source="000",
    )
    LessonLink.objects.create(lesson=lesson, model_slug="small", item_slug=item)
    return study


def some_content(**fields: object) -> Content:
    """All that a review asks for, with one lesson."""
    values: dict[str, object] = {
        "title": "From one team to all",
        "summary": "They did it.",
        "body": "# How it went\n\nOne team *first*.",
        "organization": "Grid Office",
        "contact": "Pat Lead, pat@example.gov",
        "technologies": ("Docker",),
        "stages": (1, 2),
        "model": "small",
        "lessons": (LessonText("Start small", "One team first.", ("train-staff",)),),
    }
    return Content(**(values | fields))


def write_draft(by: User, agency: Agency | None, **fields: object) -> CaseStudy:
    """A draft of `agency`, written by `by`."""
    return create_case_study(content=some_content(**fields), agency=agency, by=by, at=NOW)


def a_draft(world: World, agency: Agency | None = None, **fields: object) -> CaseStudy:
    """A draft of the Grid Office, if no other is named, written by its contributor."""
    return write_draft(world.contributor, agency or world.grid, **fields)


def in_review(world: World, agency: Agency | None = None, **fields: object) -> CaseStudy:
    """The same, submitted."""
    study = a_draft(world, agency, **fields)
    return submit_case_study(study_id=study.pk, revision=study.revision, by=world.contributor, at=NOW)


def returned(world: World) -> CaseStudy:
    """The same, returned by the officer."""
    study = in_review(world)
    return return_case_study(
        study_id=study.pk, revision=study.revision, comment="Say when.", by=world.officer, at=NOW
    )


def published(world: World, agency: Agency | None = None, **fields: object) -> CaseStudy:
    """The same, published by the officer."""
    study = in_review(world, agency, **fields)
    return publish_case_study(study_id=study.pk, revision=study.revision, by=world.officer, at=NOW)
