"""Publishing the case studies that come with the portal."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from casestudies.models import CaseStudy, Lesson, LessonLink
from casestudies.pack import PACKS, CaseStudyPack, read_case_studies
from casestudies.queries import lessons_for
from casestudies.services import Published, publish_case_studies
from maturity.pack import PACKS as MODEL_PACKS
from portal.audit.models import AuditEntry
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def pack() -> CaseStudyPack:
    return read_case_studies(PACKS / "sources.yaml")


def publish(pack: CaseStudyPack) -> Published:
    return publish_case_studies(pack=pack, by=None, at=NOW)


def test_six_case_studies_and_fourteen_lessons(pack: CaseStudyPack):
    assert publish(pack) == Published(created=6, changed=0, unchanged=0)
    assert (CaseStudy.objects.count(), Lesson.objects.count()) == (6, 14)
    lessons = [study.lessons.count() for study in CaseStudy.objects.order_by("slug")]
    assert lessons == [4, 4, 4, 2, 0, 0]


def test_again_changes_nothing(pack: CaseStudyPack):
    publish(pack)
    before = AuditEntry.objects.count()
    assert publish(pack) == Published(created=0, changed=0, unchanged=6)
    assert AuditEntry.objects.count() == before


def test_a_changed_text_is_brought_in_and_audited(pack: CaseStudyPack):
    publish(pack)
    first, *rest = pack.case_studies
    done = publish(replace(pack, case_studies=(replace(first, summary="Told anew."), *rest)))
    assert done == Published(created=0, changed=1, unchanged=5)
    assert CaseStudy.objects.get(slug=first.slug).summary == "Told anew."
    assert AuditEntry.objects.filter(action="change", object_name=first.title).exists()


def test_a_practice_finds_the_lessons_that_speak_to_it(pack: CaseStudyPack):
    publish(pack)
    found = lessons_for(model_slug="container-adoption", items=["sv-scope-definition", "sv-roadmap"])
    assert [lesson.slug for lesson in found["sv-scope-definition"]] == ["le-1-scope-early"]
    assert "sv-roadmap" not in found


def test_every_lesson_speaks_to_something(pack: CaseStudyPack):
    publish(pack)
    linked = LessonLink.objects.values_list("lesson", flat=True)
    assert set(linked) == set(Lesson.objects.values_list("pk", flat=True))


def test_command_wants_the_model_first_and_then_is_safe_to_repeat():
    with pytest.raises(CommandError, match=r"sources.yaml:\d+: no item"):
        call_command("import_case_studies")
    assert not CaseStudy.objects.exists()
    said = StringIO()
    call_command("import_model", MODEL_PACKS / "container-adoption", stdout=said)
    call_command("import_case_studies", stdout=said)
    assert "6 case studies with 14 lessons: 6 created" in said.getvalue()
