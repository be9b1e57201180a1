"""From a draft to a published case study and back: who may do what, in which state, seen from where."""

from dataclasses import replace

import pytest
from django.test import Client

from casestudies.content import LessonText
from casestudies.models import CaseStudy, LessonLink
from casestudies.queries import find_case_studies, lessons_for
from casestudies.services_review import (
    CannotPublish,
    CannotReturn,
    CannotSubmit,
    publish_case_study,
    return_case_study,
    submit_case_study,
    withdraw_case_study,
)
from casestudies.services_search import write_all
from casestudies.services_writing import (
    InvalidCaseStudy,
    StaleCaseStudy,
    create_case_study,
    edit_case_study,
    match_agency,
)
from portal.access.models import User
from portal.access.rules import Role
from portal.audit.models import AuditEntry
from portal.search.models import SearchRow
from tests.casestudies.factories import (
    a_draft,
    in_review,
    make_case_study,
    published,
    returned,
    some_content,
    write_draft,
)
from tests.factories import NOW, make_program, make_user
from tests.world import World

pytestmark = pytest.mark.django_db
State = CaseStudy.State


def edit(study: CaseStudy, by: User, **fields: object) -> CaseStudy:
    content = study.content
    assert content is not None
    return edit_case_study(
        study_id=study.pk,
        revision=study.revision,
        content=replace(content, **fields),
        agency=study.agency,
        by=by,
        at=NOW,
    )


def publish(study: CaseStudy, by: User) -> CaseStudy:
    return publish_case_study(study_id=study.pk, revision=study.revision, by=by, at=NOW)


def audited(study: CaseStudy) -> list[str]:
    entries = AuditEntry.objects.filter(object_type="casestudies.casestudy", object_id=str(study.pk))
    return list(entries.order_by("pk").values_list("action", flat=True))


def test_what_a_pack_brings_is_public_and_written_by_nobody(world: World):
    study = make_case_study()
    assert (study.state, study.is_public, study.origin) == (State.PUBLISHED, True, "pack")
    assert study.is_named
    for persona in world.people.values():
        assert not CaseStudy.objects.editable_by(persona).exists()
        assert not CaseStudy.objects.publishable_by(persona).exists()
        assert list(CaseStudy.objects.visible_to(persona)) == [study]


@pytest.mark.parametrize(
    ("persona", "sees", "edits", "judges"),
    [
        ("viewer", False, False, False),
        ("outsider", False, False, False),
        ("contributor", True, True, False),
        ("lead", True, True, False),
        ("reviewer", True, False, True),
        ("officer", True, True, True),
        ("administrator", True, True, True),
    ],
)
def test_a_draft_is_its_agency_s(world: World, persona: str, sees: bool, edits: bool, judges: bool):
    study, person = in_review(world), world.people[persona]
    found = CaseStudy.objects.filter(pk=study.pk)
    assert found.visible_to(person).exists() == sees
    assert found.editable_by(person).exists() == edits
    assert found.reviewable_by(person).exists() == judges
    assert found.publishable_by(person).exists() == (persona in {"officer", "administrator"})


def test_of_another_program_s_agency_an_officer_sees_nothing(world: World):
    study = write_draft(world.outsider, world.trails)
    assert not CaseStudy.objects.visible_to(world.officer).filter(pk=study.pk).exists()
    assert CaseStudy.objects.visible_to(world.administrator).filter(pk=study.pk).exists()


def test_a_draft_of_no_agency_is_its_author_s_and_the_administrators(world: World):
    write_draft(world.officer, None)
    seen = {name for name, one in world.people.items() if CaseStudy.objects.visible_to(one).exists()}
    assert seen == {"officer", "administrator"}


def test_what_belongs_to_no_agency_is_published_by_another_officer(world: World):
    other = make_user("other", Role.OFFICER, program=make_program("Another", [world.parks]))
    study = write_draft(world.officer, None)
    found = CaseStudy.objects.filter(pk=study.pk)
    assert not found.inside_to(other).exists()  # not before it is submitted
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.officer, at=NOW)
    for person, judges in ((other, True), (world.reviewer, False), (world.lead, False)):
        assert found.inside_to(person).exists() == judges
        assert found.reviewable_by(person).exists() == judges
        assert found.publishable_by(person).exists() == judges
    assert not found.editable_by(other).exists()
    client = Client()
    client.force_login(other)
    assert study in client.get("/case-studies/?show=review").context["page"]
    page = f"/case-studies/{study.slug}/"
    own = world.client("officer").get(page).content.decode()
    assert (
        "Any program officer or an administrator publishes it, but nobody who wrote or submitted it. You"
        in own
    )
    said = {"revision": study.revision, "decision": "publish"}
    assert client.post(f"{page}review/", said).status_code == 302
    assert world.client("viewer").get(page).status_code == 200
    edit(CaseStudy.objects.get(pk=study.pk), world.officer, title="Anew")
    assert found.inside_to(other).exists()  # to withdraw it


def test_a_draft_is_in_no_search_and_behind_no_gap(world: World):
    a_draft(world)
    assert not find_case_studies().exists()
    assert lessons_for(model_slug="small", items=["train-staff"]) == {}
    assert LessonLink.objects.count() == 1  # its own people see its lessons


def test_published_it_is_found_by_its_words_and_lessons(world: World):
    study = published(world)
    assert (study.state, study.is_public, study.published_at) == (State.PUBLISHED, True, NOW)
    assert list(find_case_studies(text="one TEAM first", item="train-staff", stage=2)) == [study]
    assert [
        one.case_study for one in lessons_for(model_slug="small", items=["train-staff"])["train-staff"]
    ] == [study]


def test_whose_it_is_cannot_be_found_without_consent(world: World):
    hidden, told = published(world), published(world, title="Named", may_be_named=True)
    assert list(find_case_studies(text="grid office")) == [told]
    assert (hidden.organization_shown, hidden.contact_shown) == ("", "")
    assert (told.organization_shown, told.contact_shown) == ("Grid Office", "Pat Lead, pat@example.gov")


def test_nobody_publishes_what_they_wrote(world: World):
    study = write_draft(world.officer, world.grid)
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.officer, at=NOW)
    with pytest.raises(CannotPublish, match="somebody else has to publish it"):
        publish(study, world.officer)
    assert publish(study, world.administrator).is_public


def test_nobody_publishes_what_they_once_changed(world: World):
    study = edit(a_draft(world), world.officer, summary="Better said.")
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.contributor, at=NOW)
    with pytest.raises(CannotPublish):
        publish(study, world.officer)


def test_every_step_is_kept_and_audited(world: World):
    study = edit(returned(world), world.contributor, dated="2026")
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.lead, at=NOW)
    study = publish(study, world.officer)
    study = withdraw_case_study(
        study_id=study.pk, revision=study.revision, comment="Out of date.", by=world.officer, at=NOW
    )
    assert [step.state for step in study.steps.all()] == [
        "draft", "in_review", "returned", "draft", "in_review", "published", "withdrawn",
    ]  # fmt: skip
    assert [step.comment for step in study.steps.all() if step.comment] == ["Say when.", "Out of date."]
    assert audited(study) == [
        f"case_study.{action}"
        for action in ("create", "submit", "return", "edit", "submit", "publish", "withdraw")
    ]
    changes = AuditEntry.objects.get(action="case_study.edit").changes
    assert changes == {"fields": ["dated"]}  # what changed, never the text


def test_readers_see_the_published_text_while_it_is_changed(world: World):
    study = edit(published(world), world.contributor, title="Changed", lessons=())
    study.refresh_from_db()
    assert (study.state, study.is_public, study.title) == (State.DRAFT, True, "From one team to all")
    assert study.lessons.count() == 1
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.contributor, at=NOW)
    study = publish(study, world.officer)
    assert (study.title, study.lessons.count()) == ("Changed", 0)


def test_withdrawn_it_is_gone_from_readers_and_may_come_back(world: World):
    study = published(world)
    study = withdraw_case_study(study_id=study.pk, revision=study.revision, comment="", by=world.lead, at=NOW)
    assert not CaseStudy.objects.visible_to(world.viewer).exists()
    assert lessons_for(model_slug="small", items=["train-staff"]) == {}
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.lead, at=NOW)
    assert publish(study, world.officer).is_public


def test_the_search_shows_its_words_and_not_the_signs_of_markdown(world: World):
    body = "## How it began\n\n- **everything** at [once](https://a.gov)\n\n| a | b |\n|-|-|\n| `c` | d |"
    study = published(world, body=body, summary="Told.")
    row = SearchRow.objects.get(kind="case-study", key=study.slug)
    assert row.text.split() == ["Told.", "How", "it", "began", "everything", "at", "once", "a", "b", "c", "d"]


def test_it_is_in_the_search_while_readers_see_it(world: World):
    def found() -> list[tuple[str, str]]:
        return sorted(
            SearchRow.objects.filter(kind__in=["case-study", "lesson"]).values_list("kind", "title")
        )

    study = in_review(world)
    assert found() == []
    study = publish(study, world.officer)
    assert found() == [("case-study", "From one team to all"), ("lesson", "Start small")]
    assert not SearchRow.objects.filter(extra_words__contains="grid").exists()  # it is not to be named
    study = edit(study, world.contributor, title="Changed", lessons=())
    study = submit_case_study(study_id=study.pk, revision=study.revision, by=world.lead, at=NOW)
    assert ("lesson", "Start small") in found()
    study = publish(study, world.officer)
    assert found() == [("case-study", "Changed")]
    a_draft(world)
    write_all()
    assert found() == [("case-study", "Changed")]
    withdraw_case_study(study_id=study.pk, revision=study.revision, comment="", by=world.officer, at=NOW)
    assert found() == []


def test_what_was_seen_must_still_hold(world: World):
    study = a_draft(world)
    edit(study, world.lead, dated="2026")
    with pytest.raises(StaleCaseStudy, match="at revision 2"):
        edit(study, world.contributor, dated="2025")
    with pytest.raises(StaleCaseStudy):
        submit_case_study(study_id=study.pk, revision=1, by=world.lead, at=NOW)
    waiting = in_review(world)
    with pytest.raises(StaleCaseStudy, match="it is in review by contributor"):
        edit(waiting, world.contributor, dated="2025")
    draft = a_draft(world)
    with pytest.raises(StaleCaseStudy):
        publish(draft, world.officer)


def test_an_edit_that_changes_nothing_is_none(world: World):
    study = a_draft(world)
    assert edit(study, world.lead).revision == study.revision
    assert not study.writers.filter(pk=world.lead.pk).exists()


def test_a_return_says_why(world: World):
    study = in_review(world)
    with pytest.raises(CannotReturn):
        return_case_study(study_id=study.pk, revision=study.revision, comment=" ", by=world.reviewer, at=NOW)


def test_a_review_needs_a_summary_and_a_text(world: World):
    study = a_draft(world, summary="", body=" ")
    with pytest.raises(CannotSubmit, match="it needs a summary and a text"):
        submit_case_study(study_id=study.pk, revision=1, by=world.lead, at=NOW)


def test_an_agency_is_matched_by_a_person_before_the_review(world: World):
    study = create_case_study(
        content=some_content(organization=""),
        agency=None,
        by=world.officer,
        at=NOW,
        agency_name_given="The Grid Office",
    )
    with pytest.raises(CannotSubmit, match="Say first which agency “The Grid Office” is"):
        submit_case_study(study_id=study.pk, revision=1, by=world.officer, at=NOW)
    study = match_agency(study_id=study.pk, revision=1, agency=world.grid, by=world.administrator, at=NOW)
    assert (study.agency, study.agency_name_given, study.organization) == (world.grid, "", "Grid Office")
    assert CaseStudy.objects.visible_to(world.lead).filter(pk=study.pk).exists()
    study = submit_case_study(study_id=study.pk, revision=2, by=world.officer, at=NOW)
    assert publish(study, world.administrator).is_public  # to match is not to write


def test_slugs_are_unique_and_none_of_our_own_addresses(world: World):
    made = [a_draft(world, title=title).slug for title in ("New", "Import", "Grid", "Grid", "漢字", "漢字")]
    assert made == ["new-2", "import-2", "grid", "grid-2", "case-study", "case-study-2"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": ""}, "Give the title."),
        ({"title": "a" * 201}, "Title has 201 characters; 200 are the most."),
        ({"title": "\u202eA"}, "Title holds the text direction control U+202E"),
        ({"link": "javascript:alert(1)"}, "Link must begin with"),
        ({"stages": (3, 2)}, "The first stage is above the last."),
        ({"stages": (0, 2)}, "Stages are numbers from 1 to 10."),
        ({"body": "a\x00b"}, "Line 1 holds the control character U+0000"),
        ({"body": "a" * 60_001}, "60,000 are the most"),
        ({"lessons": (LessonText("", "x"),)}, "Lesson 1 needs a title and a text."),
        ({"lessons": (LessonText("x", "y"),) * 13}, "12 lessons are the most."),
        ({"technologies": ("x",) * 21}, "20 technologies are the most."),
    ],
)
def test_what_cannot_be_kept_is_told(world: World, fields: dict[str, object], reason: str):
    with pytest.raises(InvalidCaseStudy) as refused:
        a_draft(world, **fields)
    assert reason in str(refused.value)
    assert not CaseStudy.objects.exists()
