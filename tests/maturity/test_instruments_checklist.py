"""Checklists: scores, gaps, conflicts, what is overdue, and what is offered."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from maturity.instruments.evaluate import evaluate
from maturity.instruments.figures import number_of
from maturity.instruments.outcomes import Known, Offer, outcome_of
from tests.maturity.instruments import NOTHING, checklist, findings, marks, measure, published, run, value

SIX = checklist(6)
ORDER = ["open", "partly", "done"]  # from the least worth


def test_nothing_answered_is_not_known_and_never_zero():
    outcome = run(SIX, {})
    assert value(outcome, "score") == value(outcome, "score-answered") == value(outcome, "open") == ""
    assert value(outcome, "answered") == "0"
    assert outcome.headline == "Nothing is answered yet: 6 checks to go."
    assert outcome.unanswered == 6


def test_the_score_counts_what_is_not_answered_as_not_reached_and_says_so():
    outcome = run(SIX, marks(a0="done", a1="partly", a2="open", a3="out"))
    assert value(outcome, "score") == "30"  # 1.5 of 5 that apply
    assert value(outcome, "score-answered") == "50"  # 1.5 of 3
    assert (value(outcome, "answered"), measure(outcome, "answered").of) == ("4", "6 checks")
    assert outcome.headline == (
        "30% of 5 checks reached; 1 open and 1 partly done; 2 not answered, which count as not reached."
    )


def test_groups_have_shares_of_their_own():
    outcome = run(SIX, marks(a0="done", a1="done", a2="done", a3="open", a4="partly", a5="out"))
    assert value(outcome, "group-first") == "100"
    assert value(outcome, "group-second") == "25"
    assert findings(outcome, "strength") == {"strength-first": "First: everything that applies is reached."}
    table = outcome.tables[0]
    assert table.rows[1] == ("Second", "25%", "0", "1", "1", "1", "0")
    assert table.summary == "First is furthest with 100%, Second least far with 25%."


def test_a_hundred_percent_is_never_rounded_up_to():
    many = checklist(2000)
    answers = {"entries": {f"a{n}": {"status": "done" if n else "partly"} for n in range(2000)}}
    assert value(run(many, answers), "score") == "99.9"


def test_where_nothing_applies_there_is_no_score():
    assert value(run(SIX, marks(**{f"a{n}": "out" for n in range(6)})), "score") == ""


def test_gaps_name_what_would_be_right():
    docker = published()["in-docker-hardening"]
    outcome = run(docker, marks(dr_privileged="fail", dh_host_os="pass"))
    assert findings(outcome, "gap") == {
        "gap-dr-privileged": "Privileged containers: Fail. Right is: not used."
    }
    [gap] = [one for one in outcome.findings if one.slug == "gap-dr-privileged"]
    assert (gap.practices, gap.sources[0].slug) == (("ws-no-privileged",), "dr-privileged")
    assert "most-dangerous" in findings(outcome, "blocker")


def test_done_without_evidence_is_told():
    answers = marks(a0="done", a1="partly", a2="done", a3="open")
    answers["entries"]["a2"]["evidence"] = "Ticket 12"
    outcome = run(checklist(4, evidence="evidence"), answers)
    [found] = [one for one in outcome.findings if one.slug == "without-evidence"]
    assert found.entries == ("a0", "a1")
    assert found.text == "2 checks said to be done, wholly or in part, without evidence."


def test_what_is_due_and_not_done_is_overdue_on_the_day_after():
    answers = {
        "entries": {
            "a0": {"status": "open", "due": "2026-10-01", "owner": "Kim"},
            "a1": {"status": "done", "due": "2026-10-01"},
            "a2": {"status": "out", "due": "2026-10-01"},
            "a3": {"due": "2026-10-02"},
        }
    }
    small = checklist(4, due="due", owner="owner")
    assert findings(run(small, answers, Known({}, on="2026-10-01")), "warning") == {}
    assert findings(run(small, answers, Known({}, on="2026-10-02")), "warning") == {
        "overdue-a0": "Check 0: due on 2026-10-01 and not done (owner: Kim)."
    }
    assert findings(run(small, answers), "warning") == {}, "without a day nothing is overdue"


def test_groups_may_be_asked_and_not_counted():
    outcome = run(checklist(4, uncounted=["second"]), marks(a0="done", a1="done", a2="open", a3="open"))
    assert value(outcome, "score") == "100"
    assert "group-second" not in [one.slug for one in outcome.measures]


def test_autoscalers_that_work_against_each_other_are_in_conflict():
    instrument = published()["in-ha-checklist"]
    both = {"fields": {"hpa": "cpu-memory", "vpa": "auto", "replicas": "1"}}
    assert set(findings(run(instrument, both), "conflict")) == {"hpa-with-vpa", "vpa-one-replica"}
    custom = {"fields": {"hpa": "custom", "vpa": "auto", "replicas": "2"}}
    assert findings(run(instrument, custom), "conflict") == {}
    assert "vpa-acts-in-production" in findings(run(instrument, custom), "warning")
    recommends = {"fields": {"hpa": "cpu-memory", "vpa": "recommend"}}
    assert findings(run(instrument, recommends), "conflict") == {}


def test_criterion_eleven_is_met_only_if_both_its_questions_are():
    instrument = published()["in-vendor-checklist"]
    eleven, first, second = "dk-11-portability-sharing", "dk-11a-iac-portability", "dk-11b-certified-sharing"
    for answers, conflict in [
        (marks(**{eleven: "yes", first: "yes", second: "no"}), {"eleven-without-both"}),
        (marks(**{eleven: "no", first: "yes", second: "yes"}), {"eleven-is-met"}),
        (marks(**{eleven: "yes", first: "yes", second: "yes"}), set()),
        (marks(**{eleven: "yes"}), set()),
    ]:
        assert set(findings(run(instrument, answers), "conflict")) == conflict


def test_steps_that_run_automatically_are_a_share_of_their_own():
    instrument = published()["in-pipeline-gates"]
    answers = {
        "entries": {one.slug: {"status": "done", "automated": "yes"} for one in instrument.entries[:9]}
    }
    outcome = run(instrument, answers)
    assert (value(outcome, "score"), value(outcome, "automated")) == ("50", "50")
    assert value(run(instrument, marks(gp_dev_3_scan="open")), "automated") == "", "nobody said"
    assert set(findings(run(instrument, marks(gp_dev_3_scan="open")), "blocker")) == {"scan-missing"}


def test_an_outcome_comes_back_from_plain_json():
    outcome = run(published()["in-ha-checklist"], {"fields": {"hpa": "cpu-memory", "vpa": "auto"}})
    assert outcome_of(outcome.as_json()) == outcome


# --- offers -----------------------------------------------------------------------------------------


def offered(instrument, answers) -> dict[str, Offer]:
    return {one.item: one for one in run(instrument, answers).offers}


def test_a_practice_is_offered_in_place_only_if_all_its_entries_are_done():
    layers = published()["in-layer-checklist"]
    hardening = [one.slug for one in layers.entries if "ws-host-hardening" in one.practices]
    assert len(hardening) == 5
    all_done = offered(layers, marks(**dict.fromkeys(hardening, "done")))["ws-host-hardening"]
    assert (all_done.level, all_done.entries) == ("in_place", tuple(hardening))
    one_short = offered(layers, marks(**dict.fromkeys(hardening[:4], "done")))["ws-host-hardening"]
    assert (one_short.level, one_short.reason) == ("partial", "4 of 5 entries on this done.")
    assert "ws-host-hardening" not in offered(layers, marks(**dict.fromkeys(hardening, "open")))
    left_out = dict.fromkeys(hardening[:4], "done") | {hardening[4]: "not_applicable"}
    assert offered(layers, marks(**left_out))["ws-host-hardening"].level == "in_place"
    assert "ws-host-hardening" not in offered(layers, marks(**dict.fromkeys(hardening, "not_applicable")))


def test_nothing_is_offered_while_nothing_is_done_or_most_is_not_answered():
    layers = published()["in-layer-checklist"]
    hardening = [one.slug for one in layers.entries if "ws-host-hardening" in one.practices]
    half = next(option.value for option in layers.columns[0].options if option.worth == "0.5")
    begun = marks(**dict.fromkeys(hardening, half))
    assert "ws-host-hardening" not in offered(layers, begun)
    few = marks(**dict.fromkeys(hardening[:2], "done"))
    assert "ws-host-hardening" not in offered(layers, few)
    most = marks(**dict.fromkeys(hardening[:3], "done"))
    assert offered(layers, most)["ws-host-hardening"].reason == "3 of 5 entries on this done."


def test_one_entry_alone_is_a_part_of_a_practice_unless_it_asks_for_all_of_it():
    layers = published()["in-layer-checklist"]
    found = offered(layers, marks(slc_host_isolation="done", slc_network_zero_trust="done"))
    assert (found["ws-tenant-isolation"].level, found["ws-zero-trust"].level) == ("partial", "in_place")
    assert found["ws-tenant-isolation"].reason == "1 of 1 entry on this done, which is a part of it."


def test_one_host_never_shows_more_than_some_of_the_systems():
    docker = published()["in-docker-hardening"]
    everything = {"entries": {one.slug: {"status": "pass"} for one in docker.entries}}
    found = offered(docker, everything)
    assert {one.level for one in found.values()} == {"partial"}
    assert found["ws-engine-hardening"].reason.endswith("done, for one host.")


def test_challenges_are_offered_at_the_level_of_their_state():
    tracker = published()["in-matrix-tracker"]
    states = ["not_present", "open", "planned", "under_way", "reached"]
    levels = [offered(tracker, marks(mx_1_devops_gap=state)).get("mx-1-devops-gap") for state in states]
    assert [one and one.level for one in levels] == [None, None, "planned", "partial", "in_place"]


# --- properties -------------------------------------------------------------------------------------

statuses = st.lists(st.sampled_from(["done", "partly", "open", "out", ""]), min_size=6, max_size=6)


def answers_of(told: list[str]) -> dict:
    return {"entries": {f"a{n}": {"status": status} for n, status in enumerate(told) if status}}


def score(told: list[str]):
    return number_of(value(evaluate(SIX, answers_of(told), NOTHING), "score"))


@given(statuses, st.integers(0, 5))
def test_raising_a_status_never_lowers_the_score(told: list[str], place: int):
    if told[place] in ORDER[:2]:
        raised = [*told]
        raised[place] = ORDER[ORDER.index(told[place]) + 1]
        assert score(raised) >= score(told)


@given(statuses)
def test_answering_never_lowers_the_score(told: list[str]):
    """What is not answered counts as not reached, so that leaving out the worst helps nobody."""
    for place, status in enumerate(told):
        if not status:
            for answer in ORDER:
                after = score([*told[:place], answer, *told[place + 1 :]])
                assert after is not None
                assert after >= (score(told) or 0)


@given(statuses, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(told: list[str], random):
    [group] = [replace(SIX.groups[0], entries=SIX.entries)]
    shuffled = list(group.entries)
    random.shuffle(shuffled)
    one, other = (replace(SIX, groups=(replace(group, entries=tuple(e)),)) for e in (group.entries, shuffled))
    answers = answers_of(told)
    first, second = evaluate(one, answers, NOTHING), evaluate(other, answers, NOTHING)
    assert first.measures == second.measures
    assert {f.slug for f in first.findings} == {f.slug for f in second.findings}


@given(statuses)
def test_nothing_is_offered_that_nothing_shows(told: list[str]):
    entries = tuple(replace(one, practices=("p",)) for one in SIX.entries)
    instrument = replace(SIX, groups=(replace(SIX.groups[0], entries=entries),))
    offers = evaluate(instrument, answers_of(told), NOTHING).offers
    applies = [one for one in told if one != "out"]
    if offers and offers[0].level == "in_place":
        assert set(applies) == {"done"}
    if not {"done", "partly"} & set(told):
        assert offers == ()
