"""A case study with one lesson."""

from itertools import count

from casestudies.models import CaseStudy, Lesson, LessonLink, Technology

_numbers = count(1)


def make_case_study(title: str = "", item: str = "train-staff", **fields: object) -> CaseStudy:
    """A case study whose one lesson speaks to `item` of the small model."""
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
