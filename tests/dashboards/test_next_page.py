"""What next: from an agency's page to its gaps with first steps, to who did it before, to the instruments,
in three clicks; each with the reason for which it is shown, and nothing for those who may not see answers."""

import re

import pytest
from django.utils.text import slugify

from assessments.models import Cycle, PeriodFacts, Result
from casestudies.models import LessonLink
from dashboards.models import PeerConsent, PeerGroup, PeerMember, PeerRound
from maturity.models import Item, LibraryEntry, LibraryShelf
from portal.agencies.periods import parse_label
from tests.casestudies.factories import a_draft, make_case_study, published
from tests.dashboards.factories import describe, make_result, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage_two(world: World) -> Result:
    """The Grid Office has completed stage 1 and works on stage 2: "scan-images" (a must-have) and
    "too-complex" are not in place."""
    version = make_small_model()
    item = Item.objects.get(slug="scan-images")
    item.guidance = {"steps": ["Pick a scanner.", "Scan one image."], "managed": "Ask the provider."}
    item.save()
    levels = "".join({"pair-up": "3"}.get(slug, "3" if stage == 1 else "0") for slug, stage in slugs())
    result = make_result(world.grid, version=version, levels=levels, stages_completed=1, score=1.3)
    refresh_all()
    return result


def slugs() -> list[tuple[str, int]]:
    return list(Item.objects.order_by("position").values_list("slug", "stage__number"))


def page(world: World, persona: str = "officer") -> str:
    answer = world.client(persona).get(f"/agencies/{world.grid.slug}/next/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_gaps_come_with_their_first_steps_what_keeps_it_first(world: World, stage_two: Result):
    context = world.client("officer").get(f"/agencies/{world.grid.slug}/next/").context
    reading = context["reading"]
    assert reading.holding[0].gap.item.slug == "scan-images"
    assert reading.holding[0].steps == ("Pick a scanner.", "Scan one image.")
    effects = [step.gap.effect for step in reading.holding]
    assert {step.gap.item.slug for step in reading.others} >= {"share-skills", "heal-itself"}
    assert effects == sorted(effects, reverse=True)
    text = page(world)
    assert "<li>Pick a scanner.</li>" in text
    assert "Ask the provider." in text
    assert "Begin share-skills." in text  # without guidance, the recommended action


def test_case_studies_are_shown_with_the_reason(world: World, stage_two: Result):
    describe(world.grid, type="cabinet-level", size="large")
    make_case_study("Elsewhere", item="train-staff", first_stage=5, last_stage=5)
    make_case_study("By stage", item="train-staff", first_stage=1, last_stage=3)
    both = make_case_study(
        "Both", item="scan-images", first_stage=2, last_stage=2, agency_type="Large cabinet-level"
    )
    LessonLink.objects.create(lesson=both.lessons.get(), model_slug="small", item_slug="too-complex")
    make_case_study("Lesson alone", item="heal-itself")
    studies = world.client("officer").get(f"/agencies/{world.grid.slug}/next/").context["reading"].studies
    assert [(one.study.title, one.why) for one in studies] == [
        (
            "Both",
            (
                "it has a lesson for “Scan images” and “Too complex”",
                "it is about stage 2, which this agency works on",
                "its agency has the same type: Cabinet-level",
                "its agency has the same size: Large",
            ),
        ),
        ("Lesson alone", ("it has a lesson for “Heal itself”",)),
        ("By stage", ("it is about stage 2, which this agency works on",)),
    ]
    assert "<strong>Shown because</strong> it has a lesson for “Heal itself”." in page(world)


def test_what_is_not_published_or_not_consented_stays_unknown(world: World, stage_two: Result):
    for agency in (world.grid, world.mines):
        describe(agency, type="cabinet-level")
    a_draft(world, world.mines, title="A draft", lessons=())
    hidden = published(world, world.mines, title="Hidden", stages=(2, 2))
    text = page(world)
    assert "A draft" not in text
    assert hidden.title in text
    assert "pat@example.gov" not in text
    # Its agency's profile is not told either: it did not agree to be named.
    assert "the same type" not in text
    published(world, world.mines, title="Told", stages=(2, 2), may_be_named=True)
    text = page(world)
    assert "its agency has the same type: Cabinet-level" in text
    assert "Who may be asked: Pat Lead, pat@example.gov" in text


def test_its_own_case_studies_are_no_news_to_it(world: World, stage_two: Result):
    published(world, title="Our own", stages=(2, 2), may_be_named=True)
    assert "Our own" not in page(world)


def test_like_agencies_are_named_only_with_consent_and_with_the_reason(world: World, stage_two: Result):
    period = parse_label("FY26 Q4")
    cycle = Cycle.objects.create(
        program=world.program,
        version=stage_two.version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label="FY26 Q4",
        due_on=period.ends_on,
        state=Cycle.State.PUBLISHED,
        opened_at=NOW,
    )
    formed = PeerRound.objects.create(cycle=cycle, method=stage_two.method, formed_at=NOW)
    figures = {"score": [0, 1, 2], "stages_completed": [0, 1, 2], "domains": {}}
    group = PeerGroup.objects.create(
        round=formed, kind="size", size="large", type="", count=6, figures=figures
    )
    for agency, done in ((world.grid, 1), (world.mines, 2), (world.energy, 3)):
        PeerMember.objects.create(
            round=formed, group=group, agency=agency, score=1_000_000 * done, stages_completed=done
        )
    assert "None of those like it" in page(world)
    PeerConsent.objects.create(agency=world.mines, given_at=NOW, given_by=world.officer)
    text = page(world)
    assert "<li><bdi>Mines Office</bdi></li>" in text
    assert "completed stage 2, have in common with this agency: size “Large”, and agreed to be named" in text
    assert "<bdi>Department of Energy Affairs</bdi></li>" not in text


def test_it_is_one_click_from_the_agency_s_page_and_leads_to_all_the_rest(world: World, stage_two: Result):
    study = make_case_study(item="scan-images")
    address = f"/agencies/{world.grid.slug}/next/"
    assert f'href="{address}' in world.client("officer").get(f"/agencies/{world.grid.slug}/").content.decode()
    links = set(re.findall(r'href="([^"]+)"', page(world)))
    assert {
        f"/case-studies/{study.slug}/",
        f"/agencies/{world.grid.slug}/peers/",
        "/models/small/1/items/scan-images/",
        "/instruments/in-delivery-recommender/?agency=Grid+Office",
        "/instruments/in-roi-calculator/?agency=Grid+Office",
    } <= links


def test_a_viewer_is_not_led_to_it(world: World, stage_two: Result):
    assert "/next/" not in world.client("viewer").get(f"/agencies/{world.grid.slug}/").content.decode()
    assert world.client("viewer").get(f"/agencies/{world.grid.slug}/next/").status_code == 403


def test_without_a_result_the_instruments_are_still_there(world: World):
    text = page(world)
    assert "Nothing to go on from" in text
    assert "/instruments/in-roi-calculator/" in text


def test_queries_do_not_grow_with_the_case_studies(world: World, stage_two: Result, queries_of):
    client = world.client("officer")
    address = f"/agencies/{world.grid.slug}/next/"
    published(world, world.mines, title="One", stages=(2, 2), may_be_named=True)
    client.get(address)
    before = queries_of(lambda: client.get(address))
    assert before < 50
    for number in range(12):
        make_case_study(item="scan-images", first_stage=2, last_stage=2)
        published(world, world.mines, title=f"Case {number}", stages=(2, 2), may_be_named=True)
    assert queries_of(lambda: client.get(address)) == before
    assert len(client.get(address).context["reading"].studies) == 6


def test_delivery_models_of_the_stage_are_named_though_nobody_ran_anything(world: World, stage_two: Result):
    shelf = LibraryShelf.objects.create(
        slug="delivery-models", section="sourcing", position=1, name="Delivery models", summary="By stage."
    )
    for name, stages in (("Single containers", "23"), ("Everything managed", "45")):
        facts = {f"Stage {n}": "yes" if str(n) in stages else "no" for n in range(1, 6)}
        LibraryEntry.objects.create(
            shelf=shelf, slug=slugify(name), position=len(name), title=name, text=f"{name}.", facts=facts
        )
    text = page(world)
    assert "What the guide proposes for stage 2" in text
    assert "Single containers" in text
    assert "Everything managed" not in text
    assert "The agency's own people run it" in page(world, "officer").replace("&#x27;", "'")


def test_what_was_approved_last_counts_though_it_is_not_published(world: World, stage_two: Result):
    read = world.client("officer").get(f"/agencies/{world.grid.slug}/next/").context["reading"]
    assert read.result == stage_two
    later = make_result(world.grid, "FY27 Q1", 1.2, version=stage_two.version)
    refresh_all()
    read = world.client("officer").get(f"/agencies/{world.grid.slug}/next/").context["reading"]
    assert read is None  # the later one has no levels of items, and what came before it is no longer said
    assert later != stage_two


def test_who_may_run_an_instrument_begins_it_for_this_agency(world: World, stage_two: Result):
    address = f"/instruments/in-roi-calculator/start/?agency={world.grid.slug}"
    assert address in page(world, "lead")
    assert address not in page(world, "officer")


def test_what_the_agencies_of_its_program_saved_is_told_to_who_may_see_their_totals(
    world: World, stage_two: Result
):
    for _ in range(5):
        other = make_agency(parent=world.energy)
        world.program.memberships.create(agency=other, from_on=LONG_AGO)
        told = make_result(other, "FY26 Q4", 1.0, version=stage_two.version)
        PeriodFacts.objects.create(
            assessment=told.assessment, savings=1000, calculation="Hours.", saved_at=NOW
        )
    refresh_all()
    sentence = "documented <strong>$5,000</strong> saved in FY26 Q4, 5 of them."
    assert sentence in page(world, "officer")
    assert "documented <strong>" not in page(world, "lead")  # who sees only the agency
