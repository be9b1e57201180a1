"""Trees, recommenders and profiles: where answers lead, which rules spoke, what positions pull to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maturity.instruments.evaluate import evaluate
from maturity.instruments.outcomes import Known
from tests.maturity.instruments import NOTHING, findings, published, run, value

AGENCY_TREE = published()["in-agency-tree"]
APPLICATION_TREE = published()["in-application-tree"]
INTAKE = published()["in-image-intake"]
RECOMMENDER = published()["in-delivery-recommender"]
PROFILE = published()["in-choice-profile"]

# --- the published tree -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "leaves"),
    [
        ({"dt-ready": False}, ["A Cloud Guru", "Udemy", "Kubernetes.io", "Case studies"]),
        (
            {"dt-ready": True, "dt-experience": True, "dt-managed-or-self": "managed"},
            ["Red Hat OpenShift", "Platform One", "Container service of a vendor"],
        ),
        (
            {"dt-ready": True, "dt-experience": False, "dt-managed-or-self": "self-service"},
            ["Open source", "Docker and Kubernetes", "AWS, Azure", "Container instances", "Service mesh"],
        ),
    ],
)
def test_the_published_tree_leads_to_its_twelve_leaves(fields, leaves):
    outcome = run(AGENCY_TREE, {"fields": fields})
    [table] = [one for one in outcome.tables if one.slug == "leaves"]
    assert [row[0] for row in table.rows] == leaves


def test_an_unfinished_way_names_the_next_question():
    outcome = run(AGENCY_TREE, {"fields": {"dt-ready": True}})
    assert outcome.headline == "The next question is: Is there experience with deploying containers?"
    assert outcome.unanswered == 1


def test_self_service_without_experience_is_warned_of():
    fields = {"dt-ready": True, "dt-experience": False, "dt-managed-or-self": "self-service"}
    assert "self-service-without-experience" in findings(run(AGENCY_TREE, {"fields": fields}), "warning")


# --- the tree over applications ---------------------------------------------------------------------

GOOD = {
    "name": "Mail",
    "qt-1-new": False,
    "qt-2-loose": True,
    "qt-4-reuse": True,
    "qt-5-runtime": True,
    "qt-6-location": False,
    "qt-7-risk": False,
    "qt-8-state": "stateless",
    "qt-9-value": True,
    "qt-10-skill": True,
}


def line(**changes) -> tuple[str, ...]:
    """The line of the results for one application that differs so from a good one."""
    row = GOOD | {slug.replace("_", "-"): answer for slug, answer in changes.items()}
    outcome = run(APPLICATION_TREE, {"rows": [{slug: one for slug, one in row.items() if one is not None}]})
    return outcome.tables[0].rows[0]


def test_a_loosely_coupled_stateless_service_is_a_good_first_candidate():
    assert line() == (
        "Mail",
        "Containers, self-service",
        "Refactor",
        "Cloud or data center",
        "No high-risk data",
        "High readiness",
        "Good first candidate",
        "–",
    )


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"qt_2_loose": False, "qt_3_change": "none"}, "Containers are not the answer now"),
        ({"qt_4_reuse": False}, "A virtual machine may do"),
        ({"qt_5_runtime": False}, "Weigh serverless first"),
        ({"qt_9_value": False}, "Look at it again, or stop"),
        ({"qt_10_skill": False}, "Containers, with training or a managed service"),
    ],
)
def test_that_containers_are_not_the_answer_is_a_result_like_any_other(changes, result):
    assert line(**changes)[1] == result


@pytest.mark.parametrize(
    ("changes", "route"),
    [
        ({"qt_1_new": True}, "Container-native"),
        ({"qt_2_loose": False, "qt_3_change": "whole"}, "Rebuild"),
        ({"qt_2_loose": False, "qt_3_change": "part"}, "Refactor"),
        ({"qt_2_loose": False, "qt_3_change": "move"}, "Legacy migration (lift and shift)"),
    ],
)
def test_each_of_the_four_routes_is_reached(changes, route):
    assert line(**changes)[2] == route


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, "High readiness"),
        ({"qt_2_loose": False, "qt_3_change": "whole"}, "Low readiness"),  # not loosely coupled, no plan
        ({"qt_2_loose": False, "qt_3_change": "whole", "plan": True}, "Moderate readiness"),
        ({"qt_8_state": "undecided", "plan": True}, "Moderate readiness"),
        ({"qt_8_state": "undecided", "qt_10_skill": False, "plan": True}, "Moderate readiness"),
        ({"qt_8_state": "undecided", "qt_10_skill": False}, "Low readiness"),
        (
            {
                "qt_2_loose": False,
                "qt_3_change": "move",
                "qt_8_state": "undecided",
                "qt_10_skill": False,
                "plan": True,
            },
            "Low readiness",
        ),  # three things are in the way
        ({"qt_5_runtime": False}, "Low readiness"),
    ],
)
def test_readiness_has_three_tiers(changes, tier):
    assert line(**changes)[5] == tier


def test_who_holds_personal_data_is_no_first_candidate():
    assert line(qt_7_risk=True)[6] == "–"
    assert line(qt_8_state="decided")[6] == "–"
    assert line(qt_2_loose=False, qt_3_change="move")[6] == "–"


def test_a_portfolio_is_summed_up():
    rows = [GOOD, GOOD | {"name": "Old", "qt-2-loose": False, "qt-3-change": "none"}, {"name": "New"}]
    outcome = run(APPLICATION_TREE, {"rows": rows})
    assert outcome.headline == (
        "3 applications. Containers, self-service: 1; Containers are not the answer now: 1; "
        "still to be answered: 1."
    )
    assert (value(outcome, "rows"), value(outcome, "decided"), value(outcome, "flag-first-candidate")) == (
        "3",
        "2",
        "1",
    )
    assert findings(outcome, "blocker") == {
        "qt-3-change-blocker-2": "Old: It is tightly coupled and no change is paid for: "
        "cost would be higher than benefit."
    }


nodes = {field.slug: field for field in APPLICATION_TREE.row if field.slug.startswith("qt-")}
rows = st.fixed_dictionaries(
    {"name": st.just("x")},
    optional={
        slug: st.booleans()
        if field.kind == "yes_no"
        else st.sampled_from([option.value for option in field.options])
        for slug, field in nodes.items()
    },
)


@given(rows)
def test_every_way_ends_at_a_result_or_at_a_question(row):
    outcome = evaluate(APPLICATION_TREE, {"rows": [row]}, NOTHING)
    finished = value(outcome, "decided") == "1"
    assert finished != bool(outcome.unanswered)
    tiers = [one for one in outcome.measures if one.slug.startswith("tier-") and one.value == "1"]
    assert len(tiers) == finished, "a finished way has one tier, another none"


# --- images -----------------------------------------------------------------------------------------

SAFE = {
    "name": "nginx@sha256:1",
    "aq-origin": "official",
    "aq-creator-trust": "yes",
    "aq-last-update": "recent",
    "aq-policies": "known",
    "aq-crypto-proof": "yes",
    "aq-tamper": "enforced",
    "scan": "clean",
    "team": True,
}


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, "Accept"),
        ({"scan": "severe", "buildable": True}, "Rebuild"),
        ({"aq-crypto-proof": "no", "buildable": False, "isolated": True}, "Isolate"),
        ({"team": False, "isolated": True}, "Isolate"),
        ({"aq-creator-trust": "unknown", "buildable": False, "isolated": False}, "Refuse"),
    ],
)
def test_images_are_accepted_rebuilt_isolated_or_refused(changes, result):
    assert run(INTAKE, {"rows": [SAFE | changes]}).tables[0].rows[0][1] == result


# --- delivery model and sourcing --------------------------------------------------------------------


def table(fields: dict, slug: str, known: Known = NOTHING) -> list[tuple[str, ...]]:
    outcome = run(RECOMMENDER, {"fields": fields}, known)
    return list(next(one for one in outcome.tables if one.slug == slug).rows)


@pytest.mark.parametrize(
    ("stage", "models"),
    [
        ("1", set()),
        ("2", {"Container as a service"}),
        ("3", {"Container as a service", "Container PaaS", "Orchestration and Kubernetes as a service"}),
        (
            "4",
            {
                "Container PaaS",
                "Orchestration and Kubernetes as a service",
                "Fully managed service",
                "Full autonomy (infrastructure as a service)",
            },
        ),
        (
            "5",
            {
                "Orchestration and Kubernetes as a service",
                "Fully managed service",
                "Full autonomy (infrastructure as a service)",
            },
        ),
    ],
)
def test_table_two_opens_models_by_stage(stage, models):
    assert {row[0] for row in table({"stage": stage}, "models") if row[1] == "Fits"} == models


def test_stage_one_is_train_and_pilot_first():
    outcome = run(RECOMMENDER, {"fields": {"stage": "1"}})
    assert "rr-stage-filter-1" in findings(outcome, "advice")
    assert "ix-table2-comma" in findings(outcome, "conflict")
    assert "nothing is recommended yet" in outcome.headline


def test_every_recommendation_names_the_rules_that_spoke():
    outcome = run(RECOMMENDER, {"fields": {"stage": "3", "purpose": "kubernetes"}})
    [first] = [one for one in outcome.findings if one.slug == "option-dm-orchestration-kaas"]
    assert first.because == (
        "Models for the stage: Table 2 of the guide names it for stage 3.",
        "Purpose: You want Kubernetes.",
    )
    assert first.entries == ("rr-stage-filter", "rr-purpose")
    assert outcome.headline.startswith(
        "Delivery models: Orchestration and Kubernetes as a service; "
        "Container as a service and Container PaaS also fit. "
    )
    assert all(one.because for one in outcome.findings if one.slug.startswith("option-"))


def test_beginners_are_shown_a_managed_service_and_that_the_sources_disagree():
    fields = {"stage": "2", "skill": "light"}
    managed = next(row for row in table(fields, "models") if row[0] == "Fully managed service")
    assert managed[1] == "Fits as an exception"
    assert "Table 2" not in managed[3]
    assert managed[4] == "Models for the stage: Table 2 of the guide does not name it for stage 2."
    assert "Fully managed service (an exception)" in run(RECOMMENDER, {"fields": fields}).headline
    assert managed[5].startswith("Table 2 names fully managed services for stages 4 and 5 only")
    assert "ix-managed-vs-stage" in findings(run(RECOMMENDER, {"fields": fields}), "conflict")
    experienced = next(
        row for row in table({"stage": "2", "skill": "high"}, "models") if row[0] == managed[0]
    )
    assert experienced[1] == "Outside"


def test_the_stage_is_taken_from_the_latest_result_where_it_is_not_said():
    known = Known({}, working_on=4, size="small")
    assert table({}, "models", known) == table({"stage": "4", "agency-size": "small"}, "models")
    assert ("Stage that you are working on", "Stage 4 (known to the portal)") in table({}, "answers", known)
    assert table({"stage": "2"}, "models", known) == table({"stage": "2"}, "models")
    assert table({}, "models", Known({}, working_on=None)) == table({}, "models")


def test_fedramp_research_is_asked_for_always():
    assert "rr-fedramp-1" in findings(run(RECOMMENDER, {"fields": {"fedramp-research": False}}), "gap")
    unanswered = run(RECOMMENDER, {})  # not known is not "no"
    assert findings(unanswered, "gap") == {}
    assert "rr-fedramp-3" in findings(unanswered, "open")
    outcome = run(RECOMMENDER, {"fields": {"fedramp-research": True}})
    assert "rr-fedramp-2" in findings(outcome, "strength")
    assert [(one.item, one.level) for one in outcome.offers] == [("ps-market-research", "in_place")]


choices = {
    one.slug: st.booleans() if one.kind == "yes_no" else st.sampled_from([o.value for o in one.options])
    for one in RECOMMENDER.fields
}


@given(st.fixed_dictionaries({}, optional=choices))
def test_what_is_outside_never_stands_before_what_is_inside(fields):
    outcome = evaluate(RECOMMENDER, {"fields": fields}, NOTHING)
    places = [row[1] == "Outside" for row in outcome.tables[0].rows]
    assert places == sorted(places)
    assert len(outcome.tables[0].rows) == 5


# --- choice factors ---------------------------------------------------------------------------------


def positions(**told: str) -> dict:
    return {"entries": {f"cfx-{slug.replace('_', '-')}": {"position": one} for slug, one in told.items()}}


def test_positions_pull_one_way_or_the_other():
    outcome = run(PROFILE, positions(buy_build="far-left", time_to_market="far-right"))
    assert value(outcome, "buy-or-build") == "-1"
    assert value(outcome, "managed-or-self") == "-1"
    assert value(outcome, "central-or-piecemeal") == "-1"
    assert outcome.headline == (
        "2 of 9 axes answered; the answers pull: strongly to buying; strongly to one central solution; "
        "strongly to a managed platform."
    )


def test_a_pull_is_a_weighted_mean():
    """Build counts twice: (2 × 1 − 1 × 1) / 3."""
    outcome = run(PROFILE, positions(buy_build="far-right", time_to_market="far-right"))
    assert value(outcome, "buy-or-build") == "0.33"
    assert "build-under-pressure" in findings(outcome, "conflict")


def test_an_axis_without_an_answer_pulls_nowhere():
    outcome = run(PROFILE, positions(technical_drivers="middle"))
    assert value(outcome, "buy-or-build") == "0"
    assert value(outcome, "central-or-piecemeal") == ""
    assert [one["label"] for one in outcome.charts[0].points] == ["Technical drivers"]


def test_nine_recorded_factors_are_the_practice_itself():
    everything = positions(
        **{one.slug.removeprefix("cfx-").replace("-", "_"): "middle" for one in PROFILE.entries}
    )
    assert [(one.item, one.level) for one in run(PROFILE, everything).offers] == [
        ("ps-choice-profile", "in_place")
    ]
    one = run(PROFILE, positions(buy_build="left")).offers
    assert [(offer.item, offer.level) for offer in one] == [("ps-choice-profile", "partial")]


@given(
    st.lists(st.sampled_from(["far-left", "left", "middle", "right", "far-right"]), min_size=9, max_size=9)
)
def test_a_mirrored_profile_pulls_the_other_way(told):
    mirror = dict(zip(["far-left", "left", "middle", "right", "far-right"],
                      ["far-right", "right", "middle", "left", "far-left"], strict=True))  # fmt: skip
    slugs = [entry.slug for entry in PROFILE.entries]
    bare = replace(PROFILE, logic=PROFILE.logic | {"rules": []})
    one, other = (
        evaluate(bare, {"entries": {s: {"position": p} for s, p in zip(slugs, each, strict=True)}}, NOTHING)
        for each in (told, [mirror[position] for position in told])
    )
    for pull in ("buy-or-build", "central-or-piecemeal", "managed-or-self"):
        assert float(value(one, pull)) == -float(value(other, pull))


def test_risks_and_obstacles_are_told_although_the_tree_stopped_earlier():
    risky = {"name": "Mainframe ledger", "qt-7-risk": True}
    outcome = run(APPLICATION_TREE, {"rows": [risky]})
    [row] = outcome.tables[0].rows
    told = dict(zip(outcome.tables[0].columns, row, strict=True))
    assert told["Result"] == "Still to be answered"
    assert (told["Route"], told["Tier"]) == ("–", "–")
    assert told["Risk"] != "–"
    assert any("six security layers" in text for text in findings(outcome, "advice").values())


def test_applications_with_a_use_case_are_drawn_at_its_place_by_cost_and_agility():
    native = {"name": "New desk", "qt-1-new": True}
    native |= {
        slug: GOOD[slug] for slug in GOOD if slug[:4] in {"qt-5", "qt-6", "qt-7", "qt-8", "qt-9", "qt-1"}
    }
    native |= {"name": "New desk", "qt-1-new": True}
    rows = [GOOD, GOOD | {"name": "Post"}, native, {"name": "Not yet"}]
    [chart] = run(APPLICATION_TREE, {"rows": rows}).charts
    assert [(one["label"], one["x"], one["y"], one["series"]) for one in chart.points] == [
        ("Mail", "0.45", "0.45", "Refactor"),
        ("Post", "0.45", "0.39", "Refactor"),  # below the other, so that both can be read
        ("New desk", "0.9", "0.9", "Container-native"),
    ]
    assert (chart.kind, chart.table) == ("quadrant", "rows")
