"""Peer groups: who is told what of whom, and what cannot be found out by asking again."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.models import Cycle
from dashboards.analytics.peers import (
    SCORE_STEP,
    Candidate,
    Kind,
    Middle,
    figures,
    grouped,
    middle,
    position,
)
from dashboards.models import PeerGroup, PeerMember, PeerRound
from dashboards.queries.measures import Measure
from dashboards.queries.peers import Nothing, PeerReading, read_peers
from dashboards.services_peers import form_waiting, set_consent
from dashboards.services_publications import correct_publication, freeze_published
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from portal.agencies.periods import parse_label
from portal.agencies.services_profile import set_profile_value
from portal.audit.models import AuditEntry
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency, make_program, make_user
from tests.world import World

TODAY = NOW.date()


def candidate(number: int, type_: str = "", size: str = "", score: int = 0) -> Candidate:
    return Candidate(number, type_, size, score, score // 1_000_000, {"people": 400_000})


def publish(program: Program, period: str = "FY26 Q4", state: str = Cycle.State.PUBLISHED) -> Cycle:
    """A round in this state; where that is published, with the figures kept."""
    dates = parse_label(period)
    made = Cycle.objects.create(
        program=program, version=make_version(), period_starts_on=dates.starts_on,
        period_ends_on=dates.ends_on, period_label=period, due_on=dates.ends_on, state=state,
        opened_at=NOW, published_at=NOW,
    )  # fmt: skip
    freeze_published(at=NOW)
    return made


def read(agency: Agency, reader: User) -> PeerReading:
    return read_peers(agency, Measure(make_version()), reader, TODAY)


@pytest.fixture
def six(db: None) -> list[Agency]:
    """Six agencies of one program in a published quarter, with scores 0.5, 1.0, 1.5, 2.0, 2.5, 3.0."""
    agencies = [make_agency(f"Office {letter}") for letter in "ABCDEF"]
    program = make_program("Six", agencies)
    for place, agency in enumerate(agencies, 1):
        make_result(agency, "FY26 Q4", place / 2)
    refresh_all()
    publish(program)
    form_waiting(clock=lambda: NOW)
    return agencies


def lead_of(agency: Agency) -> User:
    return make_user(f"lead-{agency.pk}", Role.LEAD, agency=agency)


# --- groups ---------------------------------------------------------------------------------------------


def test_groups_are_looked_for_by_type_and_size_then_size_then_type_then_all():
    found, alone = grouped(
        [candidate(n, "cabinet-level", "large") for n in range(6)]
        + [candidate(n, "other", "large") for n in range(10, 13)]
        + [candidate(n, "with-components", "large") for n in range(20, 23)]
        + [candidate(n, "other", "small") for n in range(30, 34)]
        + [candidate(n, "other", "") for n in range(40, 42)]
        + [candidate(n) for n in range(50, 55)]
    )
    assert [(group.kind, group.type, group.size, len(group.members)) for group in found] == [
        (Kind.TYPE_AND_SIZE, "cabinet-level", "large", 6),
        (Kind.SIZE, "", "large", 6),
        (Kind.TYPE, "other", "", 6),
    ]
    assert len(alone) == 5


def test_five_others_are_enough_and_four_are_not():
    assert len(grouped(candidate(n) for n in range(6))[0]) == 1
    assert grouped(candidate(n) for n in range(5))[0] == []


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "s", "m", "l"])), max_size=60),
    st.randoms(use_true_random=False),
)
def test_groups_never_overlap_and_are_never_small(profiles: list[tuple[str, str]], chance):
    candidates = [candidate(n, type_, size) for n, (type_, size) in enumerate(profiles)]
    found, alone = grouped(candidates)
    placed = [one.agency_id for group in found for one in group.members]
    assert sorted(placed + [one.agency_id for one in alone]) == list(range(len(profiles)))
    assert all(len(group.members) >= 6 for group in found)
    assert len(alone) < 6
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    assert grouped(shuffled) == (found, alone)


def test_the_middle_half_by_hand():
    # Places 1.25, 2.5 and 3.75 of the sorted scores: 0.5+0.625=1.125, 1.75, 2.375 stages; to tenths.
    scores = [500_000, 1_000_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000]
    assert middle(scores, SCORE_STEP) == Middle(1_100_000, 1_800_000, 2_400_000)
    assert middle(scores[:5], SCORE_STEP) is None


def test_a_domain_that_applies_to_fewer_than_six_is_not_told_of():
    members = [candidate(n) for n in range(5)] + [Candidate(9, "", "", 0, 0, {"cloud": 1})]
    assert figures(members).domains == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (990_000, "below the middle half"),
        (1_130_000, "in the middle half, below the median"),
        (1_840_000, "at the median"),
        (2_430_000, "in the middle half, above the median"),
        (2_460_000, "above the middle half"),
    ],
)
def test_a_position_is_told_in_words_from_the_rounded_figures(value: int, words: str):
    assert position(value, Middle(1_100_000, 1_800_000, 2_400_000), SCORE_STEP) == words


# --- what is told ---------------------------------------------------------------------------------------


def test_an_agency_is_told_the_figures_of_its_group(six: list[Agency]):
    found = read(six[0], lead_of(six[0]))
    assert found.nothing is None
    assert (found.count, found.score) == (6, Middle(1_100_000, 1_800_000, 2_400_000))
    assert found.score_words == "below the middle half"


def test_every_agency_is_told_the_same_figures(six: list[Agency]):
    told = [read(agency, lead_of(agency)) for agency in six]
    assert len({(one.score, one.stages, one.count) for one in told}) == 1


def test_the_page_never_shows_the_lowest_the_highest_or_a_name(six: list[Agency], client):
    client.force_login(lead_of(six[2]))
    html = client.get(f"/agencies/{six[2].slug}/peers/").content.decode()
    assert "median 1.8, middle half 1.1 to 2.4" in html
    for hidden in ("0.50", "3.00", "0.5 ", "3.0 ", *(one.name for one in six if one != six[2])):
        assert hidden not in html


def test_with_four_others_nothing_is_shown(db: None):
    agencies = [make_agency() for _ in range(5)]
    program = make_program("Five", agencies)
    for agency in agencies:
        make_result(agency)
    refresh_all()
    publish(program)
    form_waiting(clock=lambda: NOW)
    found = read(agencies[0], lead_of(agencies[0]))
    assert (found.nothing, found.score, found.bars, found.named) == (Nothing.TOO_FEW, None, (), ())


def test_who_sees_some_of_the_group_is_not_told_the_rest(six: list[Agency]):
    """Two of six are one's own: the four others would follow from the figures all the more."""
    reader = lead_of(six[0])
    reader.memberships.create(role=Role.LEAD, agency=six[1], from_on=LONG_AGO)
    assert read(six[0], User.objects.get(pk=reader.pk)).nothing is Nothing.KNOWN


def test_who_sees_all_of_the_group_is_told(six: list[Agency]):
    assert read(six[0], make_user("admin", Role.ADMINISTRATOR)).nothing is None


@pytest.mark.parametrize("state", [Cycle.State.COLLECTING, Cycle.State.PREVIEW])
def test_nothing_is_told_of_a_period_that_is_not_published(state: str, world: World):
    for _ in range(5):
        agency = make_agency(parent=world.energy)
        world.program.memberships.create(agency=agency, from_on=LONG_AGO)
        make_result(agency)
    make_result(world.grid)
    refresh_all()
    cycle = publish(world.program, state=state)
    assert form_waiting(clock=lambda: NOW) == 0
    assert read(world.grid, world.lead).nothing is Nothing.NOT_PUBLISHED
    cycle.state = Cycle.State.PUBLISHED
    cycle.save()
    assert form_waiting(clock=lambda: NOW) == 0  # its figures are not kept yet
    assert read(world.grid, world.lead).nothing is Nothing.FORMING
    freeze_published(at=NOW)
    assert form_waiting(clock=lambda: NOW) == 1
    assert read(world.grid, world.lead).nothing is None
    cycle.state = state  # taken back
    cycle.save()
    assert read(world.grid, world.lead).nothing is Nothing.NOT_PUBLISHED


def test_the_address_offers_no_filter_and_no_other_day(six: list[Agency], client):
    client.force_login(lead_of(six[0]))
    plain = client.get(f"/agencies/{six[0].slug}/peers/").context["reading"]
    asked = {"known_on": "2026-01-01", "at": "2026-06-30", "scope": "everything", "type": "other"}
    assert client.get(f"/agencies/{six[0].slug}/peers/", asked).context["reading"] == plain


def test_groups_are_formed_once_whatever_comes_later(six: list[Agency]):
    """Watching a group change by one agency would tell that agency's value."""
    before = read(six[0], lead_of(six[0]))
    make_result(six[5], "FY26 Q4", 4.9, amends=six[5].results.get())
    set_profile_value(agency=six[1], field="size", value="large", on=date(2026, 9, 1), by=None, at=NOW)
    joined = make_agency("Newcomer")
    six[0].programs.get().memberships.create(agency=joined, from_on=LONG_AGO)
    make_result(joined, "FY26 Q4", 5.0)
    refresh_all()
    cycle, admin = Cycle.objects.get(), make_user("corrects", Role.ADMINISTRATOR)
    correct_publication(cycle_id=cycle.pk, reason="An error was found.", by=admin, at=NOW)
    assert form_waiting(clock=lambda: NOW) == 0
    after = read(six[0], User.objects.get(username=f"lead-{six[0].pk}"))
    assert (after.score, after.count) == (before.score, before.count)
    assert PeerRound.objects.count() == 1


def test_limited_basis_is_kept_out_and_silence_too(db: None):
    agencies = [make_agency() for _ in range(8)]
    program = make_program("Eight", agencies)
    for agency in agencies[:6]:
        make_result(agency)
    make_result(agencies[6], limited_basis=True)
    refresh_all()
    publish(program)
    form_waiting(clock=lambda: NOW)
    assert PeerMember.objects.count() == 6
    for agency in agencies[6:]:
        assert read(agency, lead_of(agency)).nothing is Nothing.NO_VALUE


def test_a_profile_counts_as_it_was_at_the_end_of_the_period(db: None):
    agencies = [make_agency() for _ in range(6)]
    program = make_program("Dated", agencies)
    for agency in agencies:
        make_result(agency)
        set_profile_value(agency=agency, field="size", value="small", on=LONG_AGO, by=None, at=NOW)
        set_profile_value(agency=agency, field="size", value="large", on=TODAY, by=None, at=NOW)
    refresh_all()
    publish(program)
    form_waiting(clock=lambda: NOW)
    assert PeerGroup.objects.get().size == "small"


def test_groups_formed_after_a_correction_are_those_of_what_was_published_first(six: list[Agency]):
    before = [(group.count, group.figures) for group in PeerGroup.objects.all()]
    PeerRound.objects.all().delete()
    make_result(six[5], "FY26 Q4", 4.9, amends=six[5].results.get())
    refresh_all()
    cycle, admin = Cycle.objects.get(), make_user("corrects", Role.ADMINISTRATOR)
    correct_publication(cycle_id=cycle.pk, reason="An error was found.", by=admin, at=NOW)
    assert form_waiting(clock=lambda: NOW) == 1
    assert [(group.count, group.figures) for group in PeerGroup.objects.all()] == before


# --- names ----------------------------------------------------------------------------------------------


def test_a_peer_is_named_only_with_its_consent_and_only_where_it_is_further(six: list[Agency]):
    lead = lead_of(six[1])  # 1.0: one stage completed, works on stage 2
    assert read(six[1], lead).named == ()
    for agency in (six[0], six[3], six[5]):
        set_consent(agency=agency, given=True, by=lead, at=NOW)
    assert read(six[1], lead).named == ("Office D", "Office F")
    assert read(six[5], lead_of(six[5])).named == ()  # nobody has completed a fourth stage
    set_consent(agency=six[5], given=False, by=lead, at=NOW)
    assert read(six[1], lead).named == ("Office D",)


def test_consent_says_who_and_when_and_is_in_the_audit(world: World):
    client = world.client("lead")
    url = f"/agencies/{world.grid.slug}/peers/consent/"
    assert client.post(url, {"given": "yes"}).status_code == 302
    client.post(url, {"given": "yes"})  # once more changes nothing
    given = world.grid.peer_consents.get()
    assert (given.given_by, given.withdrawn_at) == (world.lead, None)
    client.post(url, {"given": "no"})
    given.refresh_from_db()
    assert given.withdrawn_by == world.lead
    actions = AuditEntry.objects.filter(action__startswith="peers.consent").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "peers.consent_given",
        "peers.consent_withdrawn",
    ]


@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 403), ("contributor", 403), ("reviewer", 403), ("outsider", 404)]
)
def test_others_cannot_consent(persona: str, status: int, world: World):
    response = world.client(persona).post(f"/agencies/{world.grid.slug}/peers/consent/", {"given": "yes"})
    assert response.status_code == status
    assert not world.grid.peer_consents.exists()
    assert (
        b"Agree to be named" not in world.client(persona).get(f"/agencies/{world.grid.slug}/peers/").content
    )


def test_the_page_asks_as_often_of_many_peers_as_of_few(six: list[Agency], client, queries_of):
    client.force_login(lead_of(six[0]))
    url = f"/agencies/{six[0].slug}/peers/"
    client.get(url)
    few = queries_of(lambda: client.get(url))
    program = six[0].programs.get()
    group = PeerGroup.objects.get()
    for number in range(30):
        agency = make_agency(f"More {number}")
        program.memberships.create(agency=agency, from_on=LONG_AGO)
        PeerMember.objects.create(round=group.round, group=group, agency=agency, score=1, stages_completed=4)
        set_consent(agency=agency, given=True, by=six[0].roles.get().user, at=NOW)
    assert queries_of(lambda: client.get(url)) == few
