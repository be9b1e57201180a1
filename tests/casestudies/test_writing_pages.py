"""The pages on which case studies are written, judged, matched and uploaded."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from casestudies.content import LessonText
from casestudies.models import CaseStudy
from tests.casestudies.factories import a_draft, in_review, make_case_study, published, write_draft
from tests.casestudies.test_writing import edit
from tests.factories import NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db

LESSONS = {"lessons-TOTAL_FORMS": "2", "lessons-INITIAL_FORMS": "0"}


@pytest.fixture(autouse=True)
def model(db: None) -> None:
    make_small_model()


def entered(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Our journey",
        "agency": world.grid.slug,
        "summary": "What happened.",
        "body": "## How\n\nOne **team** first. <script>alert(1)</script>",
        "technologies": "Docker, Kubernetes,docker",
        "first_stage": "2",
        "lessons-0-title": "Start small",
        "lessons-0-text": "One team first.",
        "lessons-0-items": ["train-staff", "no-budget"],
        **LESSONS,
        **fields,
    }


def test_written_it_is_a_draft_with_its_lessons(world: World):
    client = world.client("contributor")
    assert "Stage 1: practices" in client.get("/case-studies/new/").content.decode()
    answer = client.post("/case-studies/new/", entered(world))
    study = CaseStudy.objects.get()
    assert answer["Location"] == "/case-studies/our-journey/"
    assert (study.state, study.agency, study.first_stage, study.last_stage) == ("draft", world.grid, 2, 2)
    assert [link.item_slug for link in study.lessons.get().links.all()] == ["no-budget", "train-staff"]
    page = client.get("/case-studies/our-journey/").content.decode()
    assert "<h2>How</h2>" in page
    assert "<strong>team</strong>" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_what_a_lesson_speaks_to_is_ticked_stage_by_stage(world: World):
    study = a_draft(world)
    text = world.client("lead").get(f"/case-studies/{study.slug}/edit/").content.decode()
    own = text.split('<legend class="usa-legend">Lesson 1')[1].split("Lesson 2</legend>")[0]
    assert "Stage 1: practices (1 ticked)" in own
    assert own.count("<details") == own.count("Stage ")
    assert own.count('<details class="portal-details" open>') == 1
    assert own.count(" checked>") == 1
    assert re.search(
        'name="lessons-0-items" value="train-staff" id="id_lessons-0-items_[0-9_]+" checked>', own
    )
    assert "Ctrl" not in text


def test_a_preview_keeps_nothing(world: World):
    answer = world.client("contributor").post("/case-studies/new/", entered(world, preview="yes"))
    text = answer.content.decode()
    assert "Preview: nothing is kept yet" in text
    assert "<h4>How</h4>" in text
    assert "<script>alert" not in text
    assert 'value="Our journey"' in text
    assert not CaseStudy.objects.exists()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": ""}, "Give the title."),
        ({"agency": ""}, "This field is required."),
        ({"agency": "trails"}, "No agency is known as “trails”"),
        ({"link": "javascript:alert(1)"}, "Link must begin with https:// or http://."),
        ({"first_stage": "3", "last_stage": "1"}, "The first stage is above the last."),
        ({"lessons-0-title": ""}, "Lesson 1 needs a title and a text."),
        ({"lessons-0-items": ["no-such-item"]}, "no-such-item is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(world: World, fields: dict[str, str], told: str):
    answer = world.client("contributor").post("/case-studies/new/", entered(world, **fields))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert told in text.replace("&#x27;", "'")
    assert "What happened." in text
    assert not CaseStudy.objects.exists()


def test_nobody_writes_for_an_agency_that_is_not_theirs(world: World):
    answer = world.client("contributor").post("/case-studies/new/", entered(world, agency=world.mines.slug))
    assert answer.status_code == 422
    study = write_draft(world.outsider, world.trails)
    assert world.client("contributor").post(f"/case-studies/{study.slug}/edit/", {}).status_code == 404


def test_an_officer_may_write_of_an_organization_outside(world: World):
    world.client("officer").post("/case-studies/new/", entered(world, agency=""))
    assert CaseStudy.objects.get().agency is None


def test_a_change_that_came_in_between_is_told_and_the_text_kept(world: World):
    study = a_draft(world)
    edit(study, world.lead, dated="2026")
    fields = entered(world, revision="1", body="My words")
    answer = world.client("contributor").post(f"/case-studies/{study.slug}/edit/", fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "This case study has changed since you read it" in text
    assert "My words" in text


def test_a_lesson_left_empty_is_taken_out(world: World):
    study = a_draft(world)
    fields = entered(world, revision="1", **{"lessons-INITIAL_FORMS": "1"})
    fields |= {"lessons-0-title": "", "lessons-0-text": "", "lessons-0-items": []}
    assert world.client("lead").post(f"/case-studies/{study.slug}/edit/", fields).status_code == 302
    assert not study.lessons.exists()


def test_the_review_shows_what_is_new_since_it_was_published(world: World):
    study = edit(published(world), world.contributor, body="# How it went\n\nTwo teams.", dated="2026")
    client = world.client("contributor")
    client.post(f"/case-studies/{study.slug}/submit/", {"revision": study.revision})
    text = world.client("officer").get(f"/case-studies/{study.slug}/review/").content.decode()
    assert "<del>One team *first*.</del>" in text
    assert "<ins>Two teams.</ins>" in text
    assert "<ins>Dated: 2026</ins>" in text


def test_the_officer_publishes_and_everybody_reads(world: World):
    study = in_review(world)
    page = f"/case-studies/{study.slug}/review/"
    answer = world.client("officer").post(page, {"revision": study.revision, "decision": "publish"})
    assert answer.status_code == 302
    assert world.client("viewer").get(f"/case-studies/{study.slug}/").status_code == 200


def test_the_review_says_what_is_missing_for_gaps(world: World):
    lessons = (LessonText("Start small", "One team."), LessonText("Go on", "Two.", ("train-staff",)))
    for fields, missing in (
        ({"stages": None, "lessons": ()}, ["the stages that", "a lesson, linked to"]),
        ({"lessons": lessons}, ["challenges that lesson 1 speaks to"]),
        ({}, []),
    ):
        study = in_review(world, **fields)
        text = world.client("officer").get(f"/case-studies/{study.slug}/review/").content.decode()
        assert ("Not yet shown beside gaps" in text) == bool(missing)
        assert all(one in text for one in missing)
        assert "lesson 2 speaks" not in text
    draft = a_draft(world, stages=None, lessons=())
    text = world.client("contributor").get(f"/case-studies/{draft.slug}/").content.decode()
    assert f'<a href="/case-studies/{draft.slug}/edit/#id_first_stage">the stages' in text
    assert f'<a href="/case-studies/{draft.slug}/edit/#lessons">a lesson' in text


def test_the_reviewer_may_return_and_not_publish(world: World):
    study = in_review(world)
    page = f"/case-studies/{study.slug}/review/"
    client = world.client("reviewer")
    assert 'value="publish"' not in client.get(page).content.decode()
    assert client.post(page, {"revision": study.revision, "decision": "publish"}).status_code == 403
    said = {"revision": study.revision, "decision": "return"}
    assert "Say what should be changed." in client.post(page, said).content.decode()
    assert client.post(page, said | {"comment": "Say when."}).status_code == 302
    assert "Say when." in world.client("contributor").get(f"/case-studies/{study.slug}/").content.decode()


def test_who_wrote_it_is_not_offered_to_publish(world: World):
    study = write_draft(world.officer, world.grid)
    client = world.client("officer")
    client.post(f"/case-studies/{study.slug}/submit/", {"revision": 1})
    page = f"/case-studies/{study.slug}/review/"
    assert "somebody else has to publish it" in client.get(page).content.decode()
    answer = client.post(page, {"revision": 2, "decision": "publish"})
    assert answer.status_code == 422


def test_readers_are_not_told_whose_it_is_without_consent(world: World):
    study = published(world)
    reader, own = world.client("outsider"), world.client("lead")
    page = reader.get(f"/case-studies/{study.slug}/").content.decode()
    told = reader.get(f"/api/v1/case-studies/{study.slug}/").json()
    listed = reader.get("/case-studies/").content.decode()
    for text in (page, listed, str(told)):
        assert "Grid Office" not in text
        assert "pat@example.gov" not in text
    assert "readers do not see “Grid Office”" in own.get(f"/case-studies/{study.slug}/").content.decode()


@pytest.mark.parametrize(
    ("persona", "lists"),
    [
        ("viewer", []),
        ("contributor", [("mine", 2), ("unmatched", 0)]),
        ("reviewer", [("review", 1)]),
        ("officer", [("mine", 2), ("unmatched", 0), ("review", 1)]),
        ("administrator", [("mine", 3), ("unmatched", 0), ("review", 1)]),
    ],
)
def test_each_has_the_lists_that_they_work_on(world: World, persona: str, lists: list[tuple[str, int]]):
    in_review(world)
    a_draft(world)
    write_draft(world.outsider, world.trails)
    make_case_study()
    client = world.client(persona)
    page = client.get("/case-studies/")
    assert [study.origin for study in page.context["page"]] == ["pack"]
    assert [(key, count) for key, _, count in page.context["kinds"]] == lists
    for key, count in lists:
        assert len(client.get(f"/case-studies/?show={key}").context["page"]) == count
    missing = {"mine", "unmatched", "review"} - {key for key, _ in lists}
    for key in missing:
        assert client.get(f"/case-studies/?show={key}").status_code == 403


def test_queries_do_not_grow_with_the_drafts(world: World, queries_of):
    in_review(world)
    client = world.client("officer")
    for address in (
        "/case-studies/?show=mine",
        "/case-studies/?show=review",
        "/api/v1/case-studies/?state=draft",
    ):
        client.get(address)
        before = queries_of(lambda a=address: client.get(a))
        for _ in range(4):
            in_review(world)
            a_draft(world)
        assert queries_of(lambda a=address: client.get(a)) == before


def test_over_the_api_drafts_are_for_those_who_may_see_them(world: World):
    study = a_draft(world)
    asked = {
        name: len(world.client(name).get("/api/v1/case-studies/?state=draft").json()["results"])
        for name in world.people
    }
    assert asked == {
        "viewer": 0, "outsider": 0, "contributor": 1, "lead": 1, "reviewer": 1, "officer": 1,
        "administrator": 1,
    }  # fmt: skip
    assert world.client("lead").get("/api/v1/case-studies/").json()["results"] == []
    assert world.client("viewer").get(f"/api/v1/case-studies/{study.slug}/").status_code == 404


def upload(world: World, persona: str, text: str) -> Any:
    file = SimpleUploadedFile("a.md", text.encode())
    return world.client(persona).post("/case-studies/import/", {"file": file})


def test_an_uploaded_file_becomes_a_draft_and_its_agency_is_matched_by_hand(world: World):
    world.grid.abbreviation = "GO"
    world.grid.save()
    other = make_agency("Gridiron Office")
    answer = upload(world, "officer", "---\ntitle: A\nagency: The Grid Offices\nsummary: S\n---\nText")
    study = CaseStudy.objects.get()
    assert answer.url == f"/case-studies/{study.slug}/match/"
    assert (study.agency, study.agency_name_given) == (None, "The Grid Offices")
    client = world.client("officer")
    page = client.get(answer.url).content.decode()
    assert "Grid Office, Department of Energy Affairs (The same name, written differently)" in page
    assert str(other) not in page  # it is not the officer's
    assert "checked" not in page  # nothing is chosen for them
    answer = client.post(answer.url, {"revision": study.revision, "choice": world.grid.slug})
    study.refresh_from_db()
    assert (answer.status_code, study.agency) == (302, world.grid)


def test_one_message_tells_what_was_changed_and_what_was_not_read(world: World):
    text = "---\ntitle: A\nsubtitle: B\npermalink: /a\nimage: a.png\nlayout:\n---\n<b>Text</b> {{ x }}"

    client = world.client("officer")
    file = SimpleUploadedFile("b.md", text.encode())
    told = client.post("/case-studies/import/", {"file": file}, follow=True).context["messages"]
    assert [str(one) for one in told] == [
        "The file is read as a draft. Changed on the way: b.md:8: template variables taken out; "
        "b.md:8: HTML tags taken out, their text kept. Fields that are not read: image, permalink, subtitle."
    ]


def files_of(*texts: str) -> dict[str, Any]:
    return {"file": [SimpleUploadedFile("a.md", text.encode()) for text in texts]}


def test_several_files_have_one_report_and_one_decision_per_name(world: World):
    client = world.client("officer")
    texts = [f"---\ntitle: {one}\nagency: The Grid Offices\nimage: x\n---\nText" for one in "ABC"]
    elsewhere = write_draft(world.outsider, world.trails)
    page = client.post("/case-studies/import/", files_of(*texts, "---\ntitle: D\n---\n<b>x</b>"))
    said = page.content.decode()
    assert "4 read as new drafts" in said
    assert "given by 3 of the drafts: one decision is enough" in said
    assert "Fields that are not read: image (in 3)." in said
    assert "HTML tags taken out" in said
    assert (
        "4 in the portal already"
        in client.post(
            "/case-studies/import/", files_of(*texts, "---\ntitle: D\n---\n<b>x</b>")
        ).content.decode()
    )
    first = CaseStudy.objects.get(title="A")
    match = f"/case-studies/{first.slug}/match/"
    assert "The same for the 2 other drafts that give this name" in client.get(match).content.decode()
    client.post(match, {"revision": first.revision, "choice": world.grid.slug, "alike": "on"})
    assert set(CaseStudy.objects.filter(agency=world.grid).values_list("title", flat=True)) == set("ABC")
    assert not CaseStudy.objects.unmatched().exists()
    elsewhere.refresh_from_db()
    assert (elsewhere.agency, elsewhere.revision) == (world.trails, 1)


def test_one_decision_does_not_reach_the_drafts_of_others(world: World):
    for persona in ("officer", "contributor"):
        upload(world, persona, f"---\ntitle: Of {persona}\nagency: Gridiron\n---\nText")
    study = CaseStudy.objects.get(title="Of officer")
    client, page = world.client("officer"), f"/case-studies/{study.slug}/match/"
    assert "The same for the" not in client.get(page).content.decode()
    client.post(page, {"revision": study.revision, "choice": "none", "alike": "on"})
    assert CaseStudy.objects.unmatched().get().title == "Of contributor"


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["---\ntitle: A\n---\n", "---\ntitle: B\nstages: two\n---\n"], "a.md:3:"),
        (["---\ntitle: A\n---\n"] * 2, "says the same as a.md"),
        (["---\ntitle: A\n---\n"] * 51, "51 files; 50 at once are the most."),
    ],
)
def test_several_files_are_read_all_or_none(world: World, texts: list[str], told: str):
    answer = world.client("officer").post("/case-studies/import/", files_of(*texts))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not CaseStudy.objects.exists()


def test_two_files_of_one_name_are_two_case_studies_and_one_twice_is_one(world: World):
    for title in ("A", "B", "B"):
        upload(world, "officer", f"---\ntitle: {title}\n---\nText")
    assert sorted(CaseStudy.objects.values_list("title", flat=True)) == ["A", "B"]


def test_another_agency_may_be_named_or_none(world: World):
    for choice, agency in (
        ({"choice": "other", "other": "Mines Office"}, world.mines),
        ({"choice": "none"}, None),
    ):
        upload(world, "officer", f"---\ntitle: A\nagency: Nobody {len(choice)}\n---\nText")
        study = CaseStudy.objects.order_by("pk").last()
        client, page = world.client("officer"), f"/case-studies/{study.slug}/match/"
        assert client.post(page, {"revision": study.revision, "choice": "other"}).status_code == 422
        assert client.post(page, {"revision": study.revision, **choice}).status_code == 302
        study.refresh_from_db()
        assert (study.agency, study.agency_name_given) == (agency, "")
        study.delete()


def test_a_contributor_s_upload_waits_for_its_agency(world: World):
    upload(world, "contributor", "---\ntitle: A\nagency: Elsewhere\n---\nText")
    study = CaseStudy.objects.get()
    client = world.client("contributor")
    assert study in client.get("/case-studies/?show=unmatched").context["page"]
    page = client.get(f"/case-studies/{study.slug}/match/").content.decode()
    assert "an organization outside" not in page


def test_a_file_that_is_wrong_is_refused_with_its_line(world: World):
    answer = upload(world, "officer", "---\ntitle: A\nstages: two\n---\nText")
    assert answer.status_code == 422
    assert "a.md:3: &#x27;stages&#x27; must be one number or two" in answer.content.decode()
    assert not CaseStudy.objects.exists()


def test_times_are_told(world: World):
    assert published(world).steps.order_by("pk").values_list("at", flat=True)[0] == NOW
