"""The case studies of the sources, and what makes a file of them unreadable."""

import re
from collections import Counter

import pytest

from casestudies.pack import PACKS, CaseStudyPack, read_case_studies
from maturity.pack import PACKS as MODEL_PACKS
from maturity.pack import Pack, read_pack
from maturity.yamlfile import PackError

SMALL = """\
model: small
case_studies:
  - slug: one
    title: One journey
    organization: Somebody
    agency_type: Small agency
    summary: What happened.
    facts:
      scale_and_results: Small.
      state: Done.
    technologies: [Kubernetes]
    stages: [1, 2]
    source: 000 p1
lessons:
  - slug: learn
    case: one
    title: Learn it
    text: What was learned.
    practices: [plan]
    challenges: [danger]
    source: 000 p2
"""


@pytest.fixture(scope="module")
def model() -> Pack:
    return read_pack(MODEL_PACKS / "container-adoption")


@pytest.fixture(scope="module")
def pack(model) -> CaseStudyPack:
    return read_case_studies(PACKS / "sources.yaml", {item.slug for item in model.items})


def test_all_case_studies_and_lessons_of_the_sources_are_there(pack):
    assert [case.slug for case in pack.case_studies] == [
        "cs-1-container-journey",
        "cs-2-web-platform",
        "cs-3-mobile-platform",
        "cs-4-enterprise-openshift",
        "cs-5-cathay-pacific",
        "cs-6-ftlife",
    ]
    lessons = Counter(lesson.case for lesson in pack.lessons)
    assert [lessons[case.slug] for case in pack.case_studies] == [4, 4, 4, 2, 0, 0]


def test_lessons_speak_to_practices_and_challenges_of_the_model(pack, model):
    assert pack.model == model.slug
    kinds = {item.slug: item.kind for item in model.items}
    for lesson in pack.lessons:
        assert lesson.practices, lesson.slug
        assert {kinds[slug] for slug in lesson.practices} == {"practice"}
        assert {kinds[slug] for slug in lesson.challenges} == {"challenge"}


def test_sources_are_those_of_the_model(pack, model):
    refs = {source.ref for source in model.sources}
    assert {entry.source.split()[0] for entry in (*pack.case_studies, *pack.lessons)} <= refs


def test_stages_are_within_the_model_and_only_where_suggested(pack, model):
    suggested = [case.stages for case in pack.case_studies]
    assert suggested == [(2, 2), (4, 5), (3, 4), (4, 5), None, None]


def test_faults_of_the_sources_are_noted(pack):
    noted = {c.slug for case in pack.case_studies for c in case.corrections}
    assert noted == {"ix-cs1-june", "ix-cs2-date", "ix-cs3-count"}
    mobile = next(case for case in pack.case_studies if case.slug == "cs-3-mobile-platform")
    assert "53 mobile applications" in mobile.facts["scale_and_results"]
    assert "53+" not in mobile.facts["scale_and_results"]
    lessons = {lesson.slug: lesson.title for lesson in pack.lessons}
    assert lessons["le-1-sp800-190"] == "Know NIST SP 800-190 first"


def test_a_small_file_is_read(tmp_path):
    path = tmp_path / "cases.yaml"
    path.write_text(SMALL)
    pack = read_case_studies(path, {"plan", "danger"})
    assert pack.case_studies[0].stages == (1, 2)
    assert pack.lessons[0].practices == ("plan",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("case: one", "case: two", "cases.yaml:16: no case study 'two'"),
        ("[plan]", "[scheme]", "cases.yaml:19: no item 'scheme' in the model"),
        ("[danger]", "[peril]", "cases.yaml:20: no item 'peril' in the model"),
        ("[1, 2]", "[3, 2]", "cases.yaml:12: the first stage is above the last"),
        ("[1, 2]", "[1]", "cases.yaml:12: 'stages': [1] is too short"),
        ("[1, 2]", "[one, 2]", "cases.yaml:12: must be integer, not text"),
        ("    title: Learn it\n", "", "cases.yaml:15: 'title' is a required property"),
        ("model: small", "model: small\nowner: me", "cases.yaml:2: unknown field 'owner'"),
        ("      state: Done.", "      moon: full\n      state: Done.", "cases.yaml:10: unknown field 'moon'"),
        ("What was learned.", "What <i>was</i> learned.", "cases.yaml:18: script or HTML in a text"),
        ("    title: Learn it", "    title: A\n    title: B", "cases.yaml:18: duplicate key 'title'"),
    ],
)
def test_broken_files_are_refused_with_file_line_and_reason(tmp_path, old, new, problem):
    path = tmp_path / "cases.yaml"
    assert old in SMALL
    path.write_text(SMALL.replace(old, new, 1))
    with pytest.raises(PackError) as caught:
        read_case_studies(path, {"plan", "danger"})
    assert all(re.match(r"cases\.yaml:\d+: \S", line) for line in caught.value.problems)
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_duplicates_are_refused(tmp_path):
    path = tmp_path / "cases.yaml"
    text = SMALL + SMALL.split("lessons:\n")[1]
    path.write_text(text)
    with pytest.raises(PackError, match=r"cases\.yaml:22: duplicate lesson 'learn'"):
        read_case_studies(path)
    head, tail = SMALL.split("lessons:\n")
    path.write_text(head + head.split("case_studies:\n")[1] + "lessons:\n" + tail)
    with pytest.raises(PackError, match=r"cases\.yaml:14: duplicate case study 'one'"):
        read_case_studies(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PackError, match=r"nothing\.yaml:1: the file is missing"):
        read_case_studies(tmp_path / "nothing.yaml")
