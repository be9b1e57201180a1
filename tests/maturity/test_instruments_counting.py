"""Calculators, matrices and rosters: exact sums, coverage from marks and levels, gaps and duplicates."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maturity.instruments.evaluate import evaluate
from maturity.instruments.expressions import BadFormula, Scope, read_formula, value_of
from maturity.instruments.figures import decimal_text, number_of, percent_text, shown
from maturity.instruments.outcomes import Known
from tests.maturity.instruments import NOTHING, findings, marks, measure, published, run, small, value

ROI = published()["in-roi-calculator"]
THREATS = published()["in-threat-coverage"]
ROLES = published()["in-role-roster"]

# --- numbers and formulas ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [("1/3", "0.33"), ("2/3", "0.67"), ("-1/200", "-0.01"), ("-1/1000", "0"), ("5", "5"), ("0.005", "0.01")],
)
def test_decimals_are_rounded_half_away_from_zero(number: str, text: str):
    assert decimal_text(Fraction(number)) == text


def test_not_known_is_never_written_as_zero():
    assert (decimal_text(None), percent_text(None), shown(None)) == ("", "", "–")
    assert number_of("") is number_of(None) is number_of("NaN") is number_of(True) is None


def test_figures_are_shown_with_thousands_and_unit():
    assert shown(Fraction(1234567), "US dollars") == "1,234,567 US dollars"
    assert shown(Fraction("-1234.5")) == "-1,234.5"


def worth(text: str, **values: str | None):
    named = {name.replace("_", "-"): number_of(one) for name, one in values.items()}
    return value_of(
        read_formula(text), Scope(named, {"s": (Fraction(-3), Fraction(1), Fraction(2))}, 2, Fraction(1, 10))
    )


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 - 2 - 1", 4),
        ("8 / 2 / 2", 2),
        ("1 / 3", Fraction(1, 3)),
        ("1 / 0", None),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("two-three * 2", 46),
        ("two-three - 3", 20),
        ("gone + 1", None),
        ("sum(gone, 2, 3)", 5),
        ("sum(gone)", None),
        ("min(3, 1, 2)", 1),
        ("max(3, 1, gone)", None),
        ("first(5)", 0),
        ("discounted(121)", 100),
        ("total(s)", 0),
        ("payback(s)", 3),
    ],
)
def test_formulas_are_exact(text, result):
    assert worth(text, two_three="23") == result


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "(1", "1)", "1 2", "__import__('os')", "a.b", "open(1)", "total(1)", "first(1, 2)",
        "2 ** 3", "a = 1", "(" * 30 + "1" + ")" * 30, "1 + " * 200 + "1", "'a'", "lambda: 1", "-", "Total(s)",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str):
    with pytest.raises(BadFormula):
        read_formula(text)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused(text: str):
    with suppress(BadFormula):
        worth(text)


# --- return on investment ---------------------------------------------------------------------------

CASE = {
    "roi-in-vm-startup": "10",
    "roi-in-vm-overhead": "14",
    "roi-in-vm-coding": "40",
    "roi-in-container-hours": "24",
    "roi-in-moves": "20",
    "roi-in-rate": "85",
    "vb-developer-productivity": "30000",
    "vb-infrastructure-gain": "20000",
    "repeats": False,
    "vc-rollout-once": "90000",
    "vc-training-hiring-once": "30000",
    "vc-subscriptions-yearly": "45000",
    "roi-in-years": "3",
    "roi-in-discount": "0",
    "roi-in-range": "20",
}


def case(**changes):
    told = CASE | {slug.replace("_", "-"): one for slug, one in changes.items()}
    return run(ROI, {"fields": {slug: one for slug, one in told.items() if one is not None}})


def test_the_worked_example_of_the_documentation():
    outcome = case()
    assert {one.slug: one.value for one in outcome.measures} == {
        "roi-f-saved": "40",  # 10 + 14 + 40 - 24
        "roi-f-value": "68000",  # 40 × 20 × 85
        "benefits-a-year": "50000",
        "costs-once": "120000",
        "costs-a-year": "45000",
        "total-benefits": "354000",  # 3 × 118,000
        "total-costs": "255000",  # 120,000 + 3 × 45,000
        "roi-f-net": "99000",
        "roi-f-ratio": "38.82",
        "payback": "2",  # -47,000, then +73,000
    }
    assert (
        outcome.headline
        == "Net value 99,000 US dollars on costs of 255,000 US dollars: a return of 38.82 percent."
    )
    years = next(one for one in outcome.tables if one.slug == "years")
    assert years.rows[0] == ("Year 1", "118,000", "165,000", "118,000", "165,000", "-47,000")


def test_later_years_are_worth_less_with_a_discount_rate():
    outcome = case(roi_in_discount="10")
    benefits = sum(Fraction(118000) / Fraction(11, 10) ** year for year in (1, 2, 3))
    costs = Fraction(120000) / Fraction(11, 10) + sum(
        Fraction(45000) / Fraction(11, 10) ** year for year in (1, 2, 3)
    )
    assert value(outcome, "roi-f-net") == decimal_text(benefits - costs)
    assert measure(outcome, "roi-f-net").unit == "US dollars"


def test_time_saved_never_counts_twice():
    outcome = case(repeats=True)
    assert value(outcome, "roi-f-value") == "68000"
    assert value(outcome, "total-benefits") == "150000"  # the four lines only
    assert "counted-twice" in findings(outcome, "conflict")
    assert "may-count-twice" in findings(case(repeats=None), "warning")
    assert "may-count-twice" not in findings(case(), "warning")


def test_what_is_missing_makes_a_result_not_known():
    outcome = case(roi_in_rate=None, vb_developer_productivity=None, vb_infrastructure_gain=None)
    assert value(outcome, "roi-f-value") == value(outcome, "roi-f-net") == value(outcome, "payback") == ""
    assert outcome.headline.startswith("Some figures are still missing")
    without_costs = case(**{slug: None for slug in CASE if slug.startswith("vc-")})
    assert value(without_costs, "roi-f-ratio") == ""
    assert "costs-missing" in findings(without_costs, "open")


def test_a_case_that_never_pays_back_says_so():
    outcome = case(vc_subscriptions_yearly="200000")
    assert value(outcome, "payback") == ""
    assert "no-return" in findings(outcome, "warning")


def test_sensitivity_moves_each_input_by_the_share_and_puts_the_widest_first():
    outcome = case()
    rows = next(one for one in outcome.tables if one.slug == "sensitivity").rows
    assert rows[0] == (
        "Move as virtual machine: hours of coding", "40 hours", "58,200 US dollars", "139,800 US dollars"
    )  # fmt: skip
    by_name = {row[0]: row[2:] for row in rows}
    assert by_name["Cost once: Rollout and implementation"] == ("117,000 US dollars", "81,000 US dollars")
    assert "Discount rate" not in by_name, "0 moved by a share stays 0"
    [chart] = outcome.charts
    assert chart.points[0] == {"label": rows[0][0], "value": "99000", "low": "58200", "high": "139800"}
    assert run(ROI, {"fields": {k: v for k, v in CASE.items() if k != "roi-in-range"}}).charts == ()


amounts = st.decimals(0, 10**6, places=2).map(str)


@given(amounts, amounts)
def test_more_benefit_never_lowers_the_net_value(one: str, other: str):
    low, high = sorted([one, other], key=Fraction)
    assert Fraction(value(case(vb_agile_cicd=low), "roi-f-net")) <= Fraction(
        value(case(vb_agile_cicd=high), "roi-f-net")
    )


# --- threats ----------------------------------------------------------------------------------------


def test_a_cell_is_covered_by_the_practices_of_the_latest_result():
    """Escape to Host counts three practices: (1 + 0.5 + 0) / 3."""
    levels = {
        "ws-runtime-hardening": "in_place",
        "ws-no-privileged": "partial",
        "ws-tenant-isolation": "not_started",
    }
    outcome = run(THREATS, {}, Known(levels, period_label="FY26 Q4"))
    matrix = outcome.tables[0]
    assert matrix.kind == "matrix"
    assert matrix.columns[3] == "Privilege Escalation"
    assert matrix.rows[0][3] == "T1611 Escape to Host: Partly covered (by practices, 50%)"
    assert "practices as of FY26 Q4" in outcome.headline


def test_practices_that_do_not_apply_or_are_not_known_are_left_out():
    known = Known({"ws-runtime-hardening": "in_place", "ws-no-privileged": "not_applicable"})
    assert run(THREATS, {}, known).tables[0].rows[0][3].endswith("Covered (by practices, 100%)")


def test_a_mark_counts_before_the_practices():
    known = Known({"ws-runtime-hardening": "in_place"})
    outcome = run(THREATS, marks(ac_pr_escape_host="open"), known)
    assert outcome.tables[0].rows[0][3] == "T1611 Escape to Host: Open (marked)"
    assert value(outcome, "group-at-privilege-escalation") == "0"
    assert "gap-ac-pr-escape-host" in findings(outcome, "gap")


def test_a_gap_names_its_practices_and_their_levels():
    outcome = run(THREATS, {}, Known({"ws-runtime-hardening": "not_started"}))
    [gap] = [one for one in outcome.findings if one.slug == "gap-ac-pr-escape-host"]
    assert gap.text == "Privilege Escalation, Escape to Host: Open (by practices, 0%)."
    assert gap.because[0].endswith(": not started")
    assert gap.because[1].endswith(": not known")
    assert outcome.tables[1].columns[0] == "Tactic"


def test_cells_of_which_nothing_is_known_are_in_no_share():
    outcome = run(THREATS, marks(ac_di_resource_discovery="covered", ac_ia_valid_accounts="not_applicable"))
    assert value(outcome, "score") == value(outcome, "group-at-discovery") == "100"
    assert value(outcome, "unknown") == "35"  # one does not apply
    assert value(outcome, "group-at-impact") == ""


def test_threats_are_scored_by_marks_and_shown_by_practices():
    outcome = run(
        THREATS,
        marks(tm_resource_limits="covered", tm_limit_monitoring="open"),
        Known({"oa-resource-limits": "partial"}),
    )
    assert value(outcome, "group-th-resource-abuse") == "50"
    lists = next(one for one in outcome.tables if one.slug == "lists")
    assert lists.rows[0] == ("Container resource abuse", "50%", "50%")


def test_a_matrix_offers_what_its_lists_show_and_nothing_from_its_cells():
    """That a cell is called covered does not show which of its practices is in place."""
    known = Known(dict.fromkeys([slug for one in THREATS.entries for slug in one.practices], "in_place"))
    assert [one.item for one in run(THREATS, {}, known).offers] == ["ws-threat-coverage"]
    vault = marks(tm_secrets_vault="covered", tm_no_env_secrets="open")
    offers = {one.item: one.level for one in run(THREATS, vault).offers}
    assert offers == {"ws-secrets-vault": "partial"}
    cells = {entry.slug: {"status": "covered"} for entry in THREATS.entries if "technique" in entry.more}
    assert [one.item for one in run(THREATS, {"entries": cells}).offers] == ["ws-threat-coverage"]


# --- rosters ----------------------------------------------------------------------------------------


def person(name: str, role: str, filled: str = "staff", **more) -> dict:
    return {"name": name, "role": role, "filled": filled, **more}


def test_roles_that_nobody_fills_are_gaps_and_vacant_ones_fill_none():
    rows = [
        person("A", "rl-security", fte="1.5", skill="high"),
        person("B", "rl-security", "contract", fte="2", skill="light"),
        person("C", "rl-reliability", "vacant", fte="1"),
    ]
    outcome = run(ROLES, {"rows": rows})
    assert value(outcome, "roles-filled") == "20"
    assert (value(outcome, "fte"), value(outcome, "fte-vacant")) == ("3.5", "1")
    assert value(outcome, "skilled") == "50"
    assert set(findings(outcome, "gap")) == {
        "gap-roles-filled-rl-software-engineering",
        "gap-roles-filled-rl-platform-ops",
        "gap-roles-filled-rl-reliability",
        "gap-roles-filled-rl-build-release",
        "no-skill-2",
    }
    assert [(one.item, one.level) for one in outcome.offers] == [("wc-role-coverage", "partial")]


def test_all_five_roles_filled_are_the_practice_itself():
    rows = [person(entry.title, entry.slug) for entry in ROLES.entries]
    assert [(one.item, one.level) for one in run(ROLES, {"rows": rows}).offers] == [
        ("wc-role-coverage", "in_place")
    ]


def test_a_complex_platform_without_skill_is_warned_of():
    rows = [person("A", "rl-security", skill="light"), person("B", "rl-security", skill="high")]
    assert "too-complex" not in findings(
        run(ROLES, {"fields": {"complexity": "high"}, "rows": rows}), "warning"
    )
    rows += [person("C", "rl-security", skill="none")]
    assert "too-complex" in findings(run(ROLES, {"fields": {"complexity": "high"}, "rows": rows}), "warning")


def test_tools_that_cover_the_same_need_are_duplicates():
    rows = [
        {"name": "One", "needs": ["registry", "signing"]},
        {"name": "Two", "needs": ["registry"], "licence": True, "in-use": False},
    ]
    outcome = run(published()["in-strategy-map"], {"rows": rows})
    assert value(outcome, "needs-covered") == "12.5"  # 2 of 16
    warnings = findings(outcome, "warning")
    assert warnings["twice-needs-covered-registry"] == (
        "Image supply chain: Registry and mirroring is covered 2 times: One, Two."
    )
    assert warnings["paid-unused-2"] == "Two: it is paid for and not in use."


def test_training_is_summed_by_year():
    rows = [
        {
            "name": "Basics",
            "hours": "8",
            "people": "10",
            "completed-on": "2026-03-01",
            "roles": ["rl-security"],
        },
        {
            "name": "Mesh",
            "hours": "4.5",
            "completed-on": "2026-11-01",
            "roles": ["rl-security", "rl-reliability"],
        },
        {"name": "Old", "hours": "2", "completed-on": "2025-11-01"},
        {"name": "Planned"},
    ]
    outcome = run(published()["in-training-register"], {"rows": rows})
    by_year = next(one for one in outcome.tables if one.slug == "by-year")
    assert by_year.rows == (
        ("2025", "1", "Old", "2 hours", "–"),
        ("2026", "2", "Basics, Mesh", "12.5 hours", "10"),
        ("Not said", "1", "Planned", "–", "–"),
    )
    assert value(outcome, "roles-trained") == "40"


def test_waves_have_runbooks_with_seven_topics_and_days_that_pass():
    topics = ["dns", "firewall", "sql", "iam", "registry", "monitoring", "orchestration"]
    rows = [
        {"name": "A", "wave": "1", "wave-on": "2026-09-01", "runbook": topics, "state": "moved"},
        {"name": "B", "wave": "2", "wave-on": "2026-09-15", "runbook": topics[:5]},
    ]
    planner = published()["in-migration-planner"]
    outcome = run(planner, {"rows": rows}, Known({}, on="2026-10-01"))
    assert value(outcome, "runbooks-complete") == value(outcome, "moved") == "50"
    assert findings(outcome, "gap")["runbook-2"] == "B: the runbook lacks Monitoring, Orchestration."
    assert findings(outcome, "warning")["overdue-2"] == "B: not moved in its wave (due on 2026-09-15)."


def test_the_portfolio_is_drawn_by_cost_and_agility():
    rows = [
        {"name": "New", "pf-app-route": "uc-container-native", "cost": "5", "agility": "5"},
        {
            "name": "Old",
            "pf-app-route": "uc-legacy-migration",
            "cost": "1",
            "agility": "1",
            "legacy": True,
            "state": "moved",
        },
        {"name": "Older", "legacy": True, "pf-app-pii": True, "pf-app-wave": "1"},
    ]
    outcome = run(published()["in-use-case-portfolio"], {"rows": rows})
    assert value(outcome, "legacy-moved") == "50"
    [chart] = outcome.charts
    assert chart.points == (
        {"label": "New", "x": "0.9", "y": "0.9", "series": "1. New, container-native"},
        {"label": "Old", "x": "0.1", "y": "0.1", "series": "4. Legacy migration"},
    )
    assert "pii-first-3" in findings(outcome, "warning")


def test_a_share_of_which_nothing_is_known_is_not_zero():
    outcome = run(published()["in-migration-planner"], {"rows": [{"name": "A"}]})
    assert value(outcome, "moved") == value(outcome, "runbooks-complete") == ""
    assert value(outcome, "in-waves") == "0", "that it has no wave is known"


def test_a_pilot_may_end_when_all_its_criteria_are_met():
    charter = published()["in-pilot-charter"]
    rows = [{"name": "Speed", "met": "yes"}, {"name": "Safety", "met": "open"}]
    assert "may-end" not in findings(run(charter, {"rows": rows}), "strength")
    rows[1]["met"] = "yes"
    assert "may-end" in findings(run(charter, {"rows": rows}), "strength")
    rows[1]["met"] = "no"
    assert "failed" in findings(run(charter, {"rows": rows}), "blocker")


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 100)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter_to_what_they_come_to(told, random):
    roster = small(
        "roster",
        row_name="thing",
        row=[
            {
                "slug": "kind",
                "label": "Kind",
                "kind": "choice",
                "options": [{"value": v, "label": v} for v in "abc"],
            },
            {"slug": "size", "label": "Size", "kind": "number"},
        ],
        logic={
            "covers": [{"slug": "kinds", "name": "Kinds", "field": "kind", "most": 1}],
            "sums": [{"slug": "size", "name": "Size", "field": "size"}],
        },
    )
    rows = [{"kind": kind, "size": str(size)} for kind, size in told]
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = (evaluate(roster, {"rows": each}, NOTHING) for each in (rows, shuffled))
    assert one.measures == other.measures
    assert {found.slug for found in one.findings} == {found.slug for found in other.findings}
    assert value(one, "size") == (str(sum(size for _, size in told)) if told else "")
