"""Every case study and every lesson of the content inventory is in the pack, with what it speaks to."""

import pytest

from casestudies.pack import PACKS, CaseStudyPack, read_case_studies
from tests.inventory import groups, slugs_of

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def pack() -> CaseStudyPack:
    return read_case_studies(PACKS / "sources.yaml")


@pytest.mark.parametrize(("group", "count"), [("case-studies-000", 4), ("case-studies-003", 2)])
def test_every_case_study_is_there(group: str, count: int, pack: CaseStudyPack):
    wanted = slugs_of(group)
    assert len(wanted) == count
    assert [study.slug for study in pack.case_studies if study.slug in wanted] == wanted


def test_no_case_study_has_no_source(pack: CaseStudyPack):
    assert len(pack.case_studies) == 4 + 2


def test_every_lesson_is_there_with_its_case(pack: CaseStudyPack):
    wanted = [(row["Slug"], row["Case"]) for row in groups()["lessons-000"]]
    assert len(wanted) == 14
    assert [(lesson.slug, lesson.case) for lesson in pack.lessons] == wanted


def test_every_lesson_speaks_to_the_practices_of_the_map(pack: CaseStudyPack):
    lessons = {lesson.slug: lesson for lesson in pack.lessons}
    rows = groups()["lesson-practice-map"]
    assert len(rows) == 14
    for row in rows:
        assert set(row["Practices"].split(", ")) <= set(lessons[row["Lesson"]].practices), row["Slug"]


def test_every_lesson_speaks_to_the_challenges_of_the_matrix(pack: CaseStudyPack):
    lessons = {lesson.slug: lesson for lesson in pack.lessons}
    for row in groups()["lessons-000"]:
        wanted = {slug for slug in row["Related matrix rows [note]"].split(", ") if slug.startswith("mx-")}
        assert wanted <= set(lessons[row["Slug"]].challenges), row["Slug"]
