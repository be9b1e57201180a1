"""What readers are shown of a case study that people write: its columns, technologies and lessons."""

from django.utils.text import slugify

from casestudies.content import Content
from casestudies.models import CaseStudy, Lesson, LessonLink, Technology
from portal.agencies.slugs import make_slug


def show(study: CaseStudy, content: Content) -> None:
    """Bring the columns and lessons of `study` to `content`, and save it; part of the caller's transaction.

    What may not be named cannot be found by its name either.
    """
    for field in ("title", "organization", "agency_type", "summary", "body", "dated", "link", "source"):
        setattr(study, field, getattr(content, field))
    study.licence, study.contact, study.may_be_named = content.licence, content.contact, content.may_be_named
    study.first_stage, study.last_stage = content.stages or (None, None)
    study.search_text = _search_text(content)
    study.save()
    study.technologies.set([technology_named(name) for name in content.technologies])
    study.lessons.all().delete()
    for number, lesson in enumerate(content.lessons, 1):
        slug = f"{study.slug}-lesson-{number}"
        taken = Lesson.objects.filter(slug__startswith=slug[:60]).values_list("slug", flat=True)
        row = Lesson.objects.create(
            case_study=study,
            slug=make_slug(slug, set(taken)),
            number=number,
            title=lesson.title,
            text=lesson.text,
            source=content.source,
        )
        write_links(row, content.model, lesson.items)


def write_links(lesson: Lesson, model: str, items: tuple[str, ...]) -> None:
    """The lesson speaks to these items of the model, each once."""
    LessonLink.objects.bulk_create(
        LessonLink(lesson=lesson, model_slug=model, item_slug=item) for item in dict.fromkeys(items)
    )


def technology_named(name: str) -> Technology:
    """The technology of this name, whatever the case of its letters; a new one where there is none."""
    found = Technology.objects.filter(name__iexact=name).order_by("pk").first()
    if found is not None:
        return found
    slug = slugify(name.replace("#", " sharp").replace("+", " plus").replace(".", " "))
    taken = Technology.objects.filter(slug__startswith=slug[:40]).values_list("slug", flat=True)
    return Technology.objects.create(name=name, slug=make_slug(slug, set(taken), otherwise="other")[:80])


def _search_text(content: Content) -> str:
    parts = [content.title, content.agency_type, content.summary, content.body, *content.technologies]
    if content.may_be_named:
        parts.append(content.organization)
    for lesson in content.lessons:
        parts += [lesson.title, lesson.text]
    return " ".join(parts).lower()
