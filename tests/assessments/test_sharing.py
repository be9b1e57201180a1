"""Answers that a department gives for a shared platform, taken over by its components, and followed."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.urls import reverse

from assessments.checks import met_by_others_without_evidence
from assessments.models import Answer, Assessment, Evidence, Following, SharedAnswer
from assessments.queries import load_sheet
from assessments.queries_sharing import following_in, offers_to
from assessments.services import NotOpen, start_assessment
from assessments.services_answers import (
    AnswerFields,
    EvidenceFields,
    StaleAnswer,
    add_evidence,
    remove_evidence,
    save_answer,
)
from assessments.services_review import return_assessment
from assessments.services_sharing import (
    BadOffer,
    Wish,
    follow_all,
    offer_answers,
    stop_shared,
    take_shared,
    withdraw_offers,
)
from maturity.levels import Level
from maturity.scoring import Dated
from portal.access.models import User
from portal.access.rules import Role
from portal.audit.models import AuditEntry
from tests.assessments.conftest import EARLIER, LABEL, QUARTER, Case, start_case
from tests.factories import NOW, make_agency, make_user
from tests.maturity.factories import make_small_model
from tests.world import World

ITEM = "pick-platform"
STATEMENT = EvidenceFields(
    kind="statement", title="Platform report", dated_on=date(2026, 11, 1), statement="All clusters."
)


@dataclass
class Pair:
    """The department's assessment, from which the platform `ITEM` is offered, and its component's."""

    world: World
    boss: User
    above: Assessment
    case: Case

    def say(self, level: Level = Level.PARTIAL, item: str = ITEM, **fields: object) -> Answer:
        """The department answers."""
        found = self.above.answers.filter(item__slug=item).first()
        return save_answer(
            assessment_id=self.above.pk,
            item_slug=item,
            revision=found.revision if found else 0,
            fields=AnswerFields(level=level, **fields),
            by=self.boss,
            at=NOW,
        )

    def offer(self, *items: str, platform: str = "Harbor") -> int:
        return offer_answers(
            assessment_id=self.above.pk, items=items or [ITEM], platform=platform, by=self.boss, at=NOW
        )

    def take(self, revision: int = 0, item: str = ITEM, case: Case | None = None):
        case = case or self.case
        shared = SharedAnswer.objects.get(answer__assessment=self.above, answer__item__slug=item)
        return take_shared(
            assessment_id=case.assessment.pk,
            wishes=[Wish(shared.pk, revision)],
            by=self.world.contributor,
            at=NOW,
        )

    def prove(self, item: str = ITEM) -> Evidence:
        return add_evidence(
            assessment_id=self.above.pk, item_slug=item, evidence=STATEMENT, by=self.boss, at=NOW
        )

    def taken(self, item: str = ITEM) -> Answer:
        return Answer.objects.get(assessment=self.case.assessment, item__slug=item)


def make_pair(world: World) -> Pair:
    """The department has answered ITEM, and offers nothing yet."""
    version = make_small_model()
    boss = make_user("boss", Role.LEAD, agency=world.energy)
    above = start_assessment(
        agency=world.energy, version=version, period=QUARTER, period_label=LABEL, by=boss, at=NOW
    )
    made = Pair(world, boss, above, start_case(world, version))
    made.say(Level.PARTIAL, note="Two clusters.")
    return made


@pytest.fixture
def pair(world: World) -> Pair:
    return make_pair(world)


@pytest.fixture
def followed(pair: Pair) -> Pair:
    """Offered with evidence, and taken over."""
    pair.prove()
    pair.offer()
    assert pair.take().taken == (ITEM,)
    return pair


def test_what_is_taken_over_is_met_by_the_parents_platform(followed: Pair):
    answer = followed.taken()
    assert (answer.level, answer.note, answer.holder, answer.holder_name) == (
        "partial",
        "Two clusters.",
        "parent",
        "Harbor",
    )
    assert answer.answered_by == followed.world.contributor


def test_only_what_is_answered_is_offered(pair: Pair):
    with pytest.raises(BadOffer, match="name-owner"):
        pair.offer("name-owner")
    with pytest.raises(BadOffer, match="Name the shared platform"):
        pair.offer(platform=" ")


def test_a_change_above_is_followed_at_once(followed: Pair):
    followed.say(Level.IN_PLACE, note="All of them.")
    answer = followed.taken()
    assert (answer.level, answer.note, answer.revision) == ("in_place", "All of them.", 2)
    entry = AuditEntry.objects.get(action="follow")
    assert entry.changes["level"] == ["partial", "in_place"]
    assert entry.object_id == str(answer.pk)
    assert entry.actor_name == "boss"


def test_whoever_had_it_open_meanwhile_is_told_whose_answer_it_is(followed: Pair):
    followed.say(Level.IN_PLACE)
    with pytest.raises(StaleAnswer, match="Department of Energy Affairs, whose answer this one follows"):
        save_answer(
            assessment_id=followed.case.assessment.pk,
            item_slug=ITEM,
            revision=1,
            fields=AnswerFields(level=Level.NOT_STARTED),
            by=followed.world.lead,
            at=NOW,
        )


def test_the_evidence_above_counts_below_with_its_date(followed: Pair):
    sheet = load_sheet(followed.case.assessment)
    assert sheet.evidence[ITEM] == [Dated(date(2026, 11, 1), None)]
    assert met_by_others_without_evidence(sheet) is None
    remove_evidence(
        assessment_id=followed.above.pk, evidence_id=Evidence.objects.get().pk, by=followed.boss, at=NOW
    )
    sheet = load_sheet(followed.case.assessment)
    assert not sheet.evidence[ITEM]
    missing = met_by_others_without_evidence(sheet)
    assert missing is not None
    assert missing.items == (ITEM,)


def test_an_answer_of_ones_own_ends_it(followed: Pair):
    client = followed.world.client("lead")
    address = reverse("assessments:answer-edit", args=[followed.case.assessment.pk, ITEM])
    assert "Saving an answer of your own ends this" in client.get(address).content.decode()
    data = {"level": "in_place", "holder": "self", "revision": 1}
    page = client.post(address, data, follow=True)
    assert "follows no other agency’s any more" in page.content.decode()
    followed.say(Level.NOT_STARTED)
    assert followed.taken().level == "in_place"
    assert AuditEntry.objects.filter(action="answer").order_by("-pk")[1].changes["stopped following"]


def test_the_component_stops_and_keeps_what_it_says(followed: Pair):
    for count in (1, 0):
        assert count == stop_shared(
            assessment_id=followed.case.assessment.pk, items=[ITEM], by=followed.world.lead, at=NOW
        )
    followed.say(Level.IN_PLACE)
    answer = followed.taken()
    assert (answer.level, answer.holder, answer.revision) == ("partial", "parent", 1)
    assert not load_sheet(followed.case.assessment).evidence[ITEM]


def test_after_submission_nothing_moves_and_the_difference_is_shown(followed: Pair):
    for item in ("train-staff", "name-owner", "no-budget"):
        followed.case.answer(item, Level.NOT_STARTED)
    followed.case.submit()
    followed.say(Level.IN_PLACE)
    assert follow_all(at=NOW) == 0
    assert followed.taken().level == "partial"
    line = following_in(followed.case.assessment, followed.world.reviewer)[ITEM]
    assert (line.differs, line.now) == (True, "In place")
    page = followed.world.client("reviewer").get(
        reverse("assessments:assessment-review", args=[followed.case.assessment.pk]), {"by": "domain"}
    )
    assert page.status_code == 200
    page = followed.world.client("reviewer").get(
        reverse("assessments:answer-edit", args=[followed.case.assessment.pk, ITEM])
    )
    assert "It differs from that agency’s answer now: In place." in page.content.decode()


def test_only_who_may_see_the_departments_answers_is_led_there(followed: Pair):
    case = followed.case.assessment
    assert following_in(case, followed.world.contributor)[ITEM].origin is None
    assert following_in(case, followed.world.reviewer)[ITEM].origin == followed.above.pk


def test_the_component_sees_of_the_department_what_is_offered_and_no_more(followed: Pair):
    followed.say(Level.IN_PLACE, item="train-staff", note="Nobody else's business")
    page = followed.world.client("contributor").get(
        reverse("assessments:shared-list", args=[followed.case.assessment.pk])
    )
    text = page.content.decode()
    assert "Harbor (Department of Energy Affairs)" in text
    assert "business" not in text
    assert "All clusters." not in text  # the evidence itself


def test_an_offer_is_for_agencies_below_with_the_same_version_and_period(pair: Pair):
    pair.offer()
    world = pair.world
    elsewhere = start_assessment(
        agency=world.trails, version=pair.above.version, period=QUARTER, period_label=LABEL,
        by=world.outsider, at=NOW,
    )  # fmt: skip
    assert offers_to(elsewhere) == {}
    other = start_case(world, make_small_model("other"))
    assert offers_to(other.assessment) == {}
    done = pair.take(case=other)
    assert done.taken == ()
    assert "not offered" in next(iter(done.refused.values()))


def test_what_somebody_answered_meanwhile_is_not_taken_over(pair: Pair):
    pair.offer()
    pair.case.answer(ITEM, Level.NOT_STARTED)
    done = pair.take(revision=0)
    assert (done.taken, list(done.refused)) == ((), [ITEM])
    assert "contributor saved this answer" in done.refused[ITEM]
    assert pair.take(revision=1).taken == (ITEM,)


def test_what_could_not_be_said_there_is_not_taken_and_not_followed(pair: Pair):
    pair.say(Level.PLANNED, planned_on=date(2026, 12, 1))
    pair.offer()
    Assessment.objects.filter(pk=pair.case.assessment.pk).update(period_starts_on=date(2026, 12, 2))
    done = pair.take()
    assert "after FY27 Q1 began" in done.refused[ITEM]
    pair.say(Level.PARTIAL)
    pair.take()
    pair.say(Level.PLANNED, planned_on=date(2026, 12, 1))
    assert pair.taken().level == "partial"
    assert following_in(pair.case.assessment, pair.world.reviewer)[ITEM].differs


def test_a_withdrawn_offer_leaves_the_value_as_ones_own(followed: Pair):
    for count in (1, 0):
        assert count == withdraw_offers(
            assessment_id=followed.above.pk, items=[ITEM], by=followed.boss, at=NOW
        )
    assert not Following.objects.exists()
    followed.say(Level.IN_PLACE)
    assert followed.taken().level == "partial"


def test_an_office_follows_its_component_which_follows_the_department(followed: Pair):
    world = followed.world
    office = make_agency("Grid Lab", world.grid)
    lead = make_user("lab", Role.LEAD, agency=office)
    lab = start_assessment(
        agency=office, version=followed.above.version, period=QUARTER, period_label=LABEL, by=lead, at=NOW
    )
    offer_answers(
        assessment_id=followed.case.assessment.pk, items=[ITEM], platform="Grid cloud", by=world.lead, at=NOW
    )
    shared = SharedAnswer.objects.get(platform="Grid cloud")
    take_shared(assessment_id=lab.pk, wishes=[Wish(shared.pk, 0)], by=lead, at=NOW)
    followed.say(Level.IN_PLACE)
    answer = Answer.objects.get(assessment=lab)
    assert (answer.level, answer.holder_name) == ("in_place", "Grid cloud")
    assert load_sheet(lab).evidence[ITEM] == [Dated(date(2026, 11, 1), None)]


def test_what_a_save_missed_is_brought_in_line_later_and_twice_is_once(followed: Pair):
    Answer.objects.filter(assessment=followed.above).update(level="in_place", revision=9)
    assert follow_all(at=NOW) == 1
    assert followed.taken().level == "in_place"
    assert follow_all(at=NOW) == 0
    # What an import wrote over does not follow any more.
    Answer.objects.filter(assessment=followed.case.assessment).update(level="not_started", revision=7)
    followed.say(Level.PARTIAL)
    assert followed.taken().level == "not_started"
    assert not Following.objects.exists()


def test_the_next_assessments_of_both_go_on_following(world: World):
    version = make_small_model()
    boss = make_user("boss", Role.LEAD, agency=world.energy)
    above = start_assessment(
        agency=world.energy, version=version, period=EARLIER, period_label="FY26 Q4", by=boss, at=NOW
    )
    first = Pair(world, boss, above, start_case(world, version, EARLIER, "FY26 Q4"))
    for item in ("train-staff", "name-owner", "no-budget", ITEM):
        first.say(Level.NOT_STARTED, item=item)
        if item != ITEM:
            first.case.answer(item, Level.NOT_STARTED)
    first.offer()
    first.take()
    first.case.submit()
    first.case.approve()
    for_component = start_assessment(
        agency=world.grid, version=version, period=QUARTER, period_label=LABEL, by=world.lead, at=NOW,
        carry_over=True,
    )  # fmt: skip
    assert following_in(for_component, boss)[ITEM].origin == above.pk
    Assessment.objects.filter(pk=above.pk).update(state="approved", approved_at=NOW)
    newer = start_assessment(
        agency=world.energy, version=version, period=QUARTER, period_label=LABEL, by=boss, at=NOW,
        carry_over=True,
    )  # fmt: skip
    assert following_in(for_component, boss)[ITEM].origin == newer.pk
    Pair(world, boss, newer, Case(world, for_component)).say(Level.IN_PLACE)
    assert Answer.objects.get(assessment=for_component, item__slug=ITEM).level == "in_place"


def test_many_components_follow_in_as_many_queries_as_few(pair: Pair, queries_of):
    pair.prove()
    pair.offer()
    source = Answer.objects.get(assessment=pair.above, item__slug=ITEM)

    def add(count: int) -> None:
        for _ in range(count):
            office = make_agency(parent=pair.world.energy)
            assessment = Assessment.objects.create(
                agency=office, version=pair.above.version, period_starts_on=QUARTER.starts_on,
                period_ends_on=QUARTER.ends_on, period_label=LABEL, created_at=NOW,
            )  # fmt: skip
            answer = Answer.objects.create(
                assessment=assessment, item=source.item, level="partial", note="Two clusters.",
                holder="parent", holder_name="Harbor", answered_at=NOW,
            )  # fmt: skip
            Following.objects.create(
                answer=answer, source=source, answer_revision=1, source_revision=source.revision,
                taken_at=NOW, followed_at=NOW,
            )  # fmt: skip

    add(2)
    few = queries_of(lambda: pair.say(Level.IN_PLACE))
    add(20)
    many = queries_of(lambda: pair.say(Level.NOT_STARTED))
    assert set(Answer.objects.filter(holder="parent").values_list("level", flat=True)) == {"not_started"}
    assert many <= few + 2


def test_the_department_offers_and_the_component_takes_on_the_page(pair: Pair):
    boss = pair.world.client("anonymous")
    boss.force_login(pair.boss)
    address = reverse("assessments:shared-offer", args=[pair.above.pk])
    assert boss.post(address, {"item": ITEM, "platform": "Harbor"}).status_code == 302
    client = pair.world.client("contributor")
    shared = SharedAnswer.objects.get()
    take = reverse("assessments:shared-take", args=[pair.case.assessment.pk])
    page = client.post(take, {"offer": f"{shared.pk}|0"}, follow=True)
    assert "1 answer is taken over." in page.content.decode()
    assert "Follows" in page.content.decode()
    assert client.post(take, {"offer": "x|0"}).status_code == 422
    page = client.post(take, {"offer": f"{shared.pk}|0"}, follow=True)
    assert pair.taken().revision == 1  # taken once
    listed = boss.get(reverse("assessments:shared-list", args=[pair.above.pk]))
    assert listed.context["lines"][0].followers == 1


def test_nothing_is_taken_into_what_is_submitted(pair: Pair):
    pair.offer()
    Assessment.objects.filter(pk=pair.case.assessment.pk).update(state="submitted")
    with pytest.raises(NotOpen):
        pair.take()


def test_a_whole_domain_is_offered_and_taken_at_once(pair: Pair):
    for item in ("train-staff", "name-owner"):
        pair.say(Level.PARTIAL, item=item)
    boss = pair.world.client("anonymous")
    boss.force_login(pair.boss)
    offer = reverse("assessments:shared-offer", args=[pair.above.pk])
    boss.post(offer, {"part": ["domain:people", "domain:platform"], "platform": "Harbor"})
    assert SharedAnswer.objects.count() == 3
    data = {"offer": [f"{shared.pk}|0" for shared in SharedAnswer.objects.all()], "only": "domain:people"}
    pair.world.client("contributor").post(
        reverse("assessments:shared-take", args=[pair.case.assessment.pk]), data
    )
    taken = pair.case.assessment.answers.values_list("item__slug", flat=True)
    assert set(taken) == {"train-staff", "name-owner"}
    boss.post(offer, {"part": "domain:people", "do": "withdraw"})
    assert [row.answer.item.slug for row in SharedAnswer.objects.all()] == [ITEM]


def test_the_department_sees_on_the_row_what_it_offers(followed: Pair):
    client = followed.world.client("anonymous")
    client.force_login(followed.boss)
    page = client.get(reverse("assessments:answer-edit", args=[followed.above.pk, ITEM]))
    assert "Offered to agencies below: <bdi>Harbor</bdi>" in page.content.decode()


def test_what_is_offered_is_listed_in_as_many_queries_however_much(followed: Pair, queries_of):
    client = followed.world.client("contributor")
    address = reverse("assessments:shared-list", args=[followed.case.assessment.pk])
    client.get(address)
    few = queries_of(lambda: client.get(address))
    for item in ("train-staff", "name-owner", "no-budget"):
        followed.say(Level.PARTIAL, item=item)
        followed.prove(item)
        followed.offer(item)
        followed.take(item=item)
    assert queries_of(lambda: client.get(address)) <= few


def test_once_returned_it_catches_up(followed: Pair):
    for item in ("train-staff", "name-owner", "no-budget"):
        followed.case.answer(item, Level.NOT_STARTED)
    followed.case.submit()
    followed.say(Level.IN_PLACE)
    return_assessment(
        assessment_id=followed.case.assessment.pk,
        revision=followed.case.assessment.revision,
        comment="Which?",
        by=followed.world.reviewer,
        at=NOW,
    )
    assert follow_all(at=NOW) == 1
    assert followed.taken().level == "in_place"
