"""Charts: figure, table and summary hold the same numbers, and Plotly takes the figures."""

import re

import plotly.graph_objects as go
import pytest

from dashboards.charts import agency as agency_charts
from dashboards.charts.agency import DomainBar, ScorePoint, StageBar
from dashboards.charts.chart import Chart, percent_words, period_axis, stage_colour, text_colour
from dashboards.charts.heat import BANDS, AgencyDomains, heat_map
from dashboards.charts.portfolio import TrendPoint, score_spread, stages_over_time
from dashboards.trends import Spread, StageCount, Statistics

MILLION = 1_000_000


def known(*stages: tuple[int, int], not_reporting: int = 0, not_adopting: int = 0) -> Statistics:
    """A scope in which so many (reported, carried) agencies have completed 0, 1, 2 … stages."""
    counts = tuple(StageCount(stage, *count) for stage, count in enumerate(stages))
    n = sum(count.total for count in counts)
    return Statistics(
        agencies=n + not_reporting + not_adopting,
        reported=sum(count.reported for count in counts),
        carried=sum(count.carried for count in counts),
        not_adopting=not_adopting,
        not_reporting=not_reporting,
        limited=0,
        mean=1_500_000 if n else None,
        spread=Spread(n, 500_000, 1_000_000, 1_995_000, 2_250_000, 3 * MILLION) if n else None,
        stages=counts,
        domains={},
    )


EARLIER = TrendPoint("FY26 Q3", known((5, 0), (3, 0), (0, 0), (0, 0), not_reporting=2), provisional=False)
NOW = TrendPoint(
    "FY26 Q4", known((2, 1), (4, 0), (1, 1), (0, 0), not_reporting=1, not_adopting=3), provisional=True
)
NOTHING = TrendPoint("FY26 Q2", None, provisional=True)
POINTS = (NOTHING, EARLIER, NOW)

SCORES = (
    ScorePoint("FY25 Q3", None, declared=2),
    ScorePoint("FY25 Q4", "reported", 1_250_000, 1),
    ScorePoint("FY26 Q1", "carried", 1_250_000, 1),
    ScorePoint("FY26 Q2", None),
    ScorePoint("FY26 Q3", "reported", 2_999_999, 2),
    ScorePoint("FY26 Q4", "not_adopting"),
)
STAGES = (
    StageBar(1, "Begin", MILLION, True),
    StageBar(2, "Go on", 999_999, False),
    StageBar(3, "End", 0, False),
)
DOMAINS = (DomainBar("People", 750_000, 500_000), DomainBar("Data", None, None), DomainBar("Code", 20_000))

CHARTS = [
    stages_over_time(POINTS, 3),
    stages_over_time([NOTHING], 3),
    score_spread(POINTS, 3),
    score_spread([NOTHING], 3),
    agency_charts.score_over_time(SCORES, 3),
    agency_charts.score_over_time([ScorePoint("FY26 Q4", None)], 3),
    agency_charts.stage_completions(STAGES, "FY26 Q4"),
    agency_charts.domain_profile(DOMAINS, "FY26 Q4", "FY26 Q3"),
    agency_charts.domain_profile([DomainBar("Data", None)], "FY26 Q4"),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.slug)
def test_every_chart_is_a_figure_with_a_table_and_a_sentence(chart: Chart):
    go.Figure(chart.figure)  # raises where Plotly knows no such setting
    assert chart.rows
    assert {len(row) for row in chart.rows} == {len(chart.columns)}
    assert chart.summary.endswith(".")
    assert chart.alt == f"{chart.title}. {chart.summary}"


def test_plotly_would_refuse_a_wrong_figure():
    figure = stages_over_time(POINTS, 3).figure
    figure["data"][0]["colour"] = "blue"
    with pytest.raises(ValueError, match="colour"):
        go.Figure(figure)


def bars(chart: Chart) -> dict[str, list[int]]:
    return {trace["name"]: trace["y"] for trace in chart.figure["data"]}


def test_stages_are_stacked_from_the_most_up_with_each_state_apart():
    found = bars(stages_over_time(POINTS, 3))
    assert list(found)[:2] == ["All 3 stages", "All 3 stages, carried forward"]
    assert found["No stage"] == [0, 5, 2]
    assert found["No stage, carried forward"] == [0, 0, 1]
    assert found["2 stages"] == [0, 0, 1]
    assert found["2 stages, carried forward"] == [0, 0, 1]
    assert found["Not reporting"] == [0, 2, 1]
    assert found["Not adopting"] == [0, 0, 3]


def test_the_bars_of_a_point_and_its_row_both_add_up_to_all_agencies():
    chart = stages_over_time(POINTS, 3)
    for place, point in enumerate(POINTS):
        drawn = sum(
            trace["y"][place] or 0 for trace in chart.figure["data"] if len(trace["y"]) == len(POINTS)
        )
        if point.statistics is not None:
            assert drawn == point.statistics.agencies == chart.rows[place][-1]
            told = [int(str(cell).split()[0]) for cell in chart.rows[place][1:-1]]
            assert sum(told) == point.statistics.agencies


def test_carried_values_are_hollow_and_the_legend_says_so():
    chart = stages_over_time(POINTS, 3)
    carried = [trace for trace in chart.figure["data"] if "carried" in trace["name"]]
    assert carried
    assert all(trace["marker"]["color"] == "#ffffff" and trace["marker"]["pattern"] for trace in carried)
    assert chart.figure["data"][-1]["name"] == "Hollow: carried forward"
    assert "Hollow: carried forward" not in bars(stages_over_time([EARLIER], 3))


def test_the_table_tells_carried_and_provisional_in_words():
    rows = stages_over_time(POINTS, 3).rows
    assert rows[0] == ("FY26 Q2 (provisional)", None, None, None, None, None, None, None)
    assert rows[1] == ("FY26 Q3", 5, 3, 0, 0, 2, 0, 10)
    assert rows[2] == ("FY26 Q4 (provisional)", "3 (1 carried)", 4, "2 (1 carried)", 0, 1, 3, 13)


def test_summaries_say_what_is_drawn():
    assert stages_over_time(POINTS, 3).summary == (
        "6 of 9 agencies with a score in FY26 Q4 (provisional) have completed a stage or more, "
        "2 of them 2 stages; in FY26 Q3 it was 3 of 8."
    )
    assert score_spread(POINTS, 3).summary == (
        "The median of 9 agencies in FY26 Q4 (provisional) is 1.99 of 3 stages, with the middle half from "
        "1.00 to 2.25; in FY26 Q3 it was 1.99."
    )
    assert stages_over_time([NOTHING], 3).summary == "No agency has a score yet."


def test_the_median_is_drawn_in_its_band_and_never_rounded_up_to_a_whole():
    chart = score_spread(POINTS, 3)
    lower, upper, median = (trace["y"] for trace in chart.figure["data"])
    assert (lower[2], median[2], upper[2]) == (1.0, 1.995, 2.25)
    assert median[0] is None
    assert chart.rows[2] == ("FY26 Q4 (provisional)", 9, "1.00", "1.99", "2.25")


def test_a_score_is_filled_where_reported_hollow_where_carried_and_a_gap_where_missing():
    chart = agency_charts.score_over_time(SCORES, 3)
    line = chart.figure["data"][0]
    assert line["y"] == [None, 1.25, 1.25, None, 2.999999, None]
    assert line["connectgaps"] is False
    fill = line["marker"]["color"]
    assert fill[2] == "#ffffff"
    assert "#ffffff" not in (fill[1], fill[4])
    assert chart.rows[4] == ("FY26 Q3", "Reported", "2.99", 2, None)
    assert chart.rows[3][1] == "Not reporting"
    assert chart.summary == "2.99 of 3 stages in FY26 Q3; 1.25 in FY25 Q4. Now: not adopting."


def test_self_declared_stages_are_another_mark_line_and_column():
    chart = agency_charts.score_over_time(SCORES, 3)
    computed, declared = chart.figure["data"][0], chart.figure["data"][-1]
    assert declared["name"] == "Self-declared stage, not computed"
    assert declared["y"] == [2, None, None, None, None, None]
    assert declared["marker"]["symbol"] != computed["marker"].get("symbol", "circle")
    assert declared["line"]["dash"] != computed["line"].get("dash", "solid")
    assert chart.columns[-1] == "Self-declared stage (not computed)"
    without = agency_charts.score_over_time(SCORES[1:], 3)
    assert len(without.columns) == len(chart.columns) - 1


def test_completions_and_domains_say_their_percents():
    stages = agency_charts.stage_completions(STAGES, "FY26 Q4")
    assert [row[1:] for row in stages.rows] == [("100%", "Yes"), ("99%", "No"), ("0%", "No")]
    assert stages.figure["data"][0]["text"] == ["100% ✓", "99%", "0%"]
    domains = agency_charts.domain_profile(DOMAINS, "FY26 Q4", "FY26 Q3")
    assert domains.rows == (("People", "75%", "50%"), ("Data", "–", "–"), ("Code", "2%", "–"))
    assert domains.figure["data"][0]["text"][1] == "Nothing applies"
    assert domains.summary == "FY26 Q4: furthest in People (75% of its maximum), least far in Code (2%)."


def test_the_heat_map_holds_each_number_with_its_shade_and_is_blank_where_nothing_applies():
    agencies = [
        AgencyDomains("a", "A", "reported", {"people": 0, "code": MILLION}),
        AgencyDomains("b", "B", None, {}),
    ]
    drawn = heat_map(agencies, [("people", "People"), ("code", "Code")], {"people": 550_000, "code": None})
    assert drawn.columns == ("People", "Code")
    assert [(cell.words, cell.band) for cell in drawn.rows[0].cells] == [("0", 0), ("100", BANDS - 1)]
    assert [(cell.words, cell.band) for cell in drawn.rows[1].cells] == [("", None), ("", None)]
    assert [(cell.words, cell.band) for cell in drawn.middle] == [("55", 5), ("", None)]
    assert "People (55%)" in drawn.summary


@pytest.mark.parametrize(
    ("millionths", "words"),
    [(None, "–"), (0, "0%"), (1, "1%"), (5_000, "1%"), (994_999, "99%"), (999_999, "99%"), (MILLION, "100%")],
)
def test_percents_never_reach_what_was_not_reached(millionths: int | None, words: str):
    assert percent_words(millionths) == words


@pytest.mark.parametrize("stage_count", [1, 2, 3, 5, 8])
def test_stages_go_from_light_to_dark_so_that_no_colour_vision_is_needed(stage_count: int):
    def light(colour: str) -> float:
        red, green, blue = (int(part, 16) for part in re.findall("..", colour[1:]))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    shades = [light(stage_colour(stage, stage_count)) for stage in range(1, stage_count + 1)]
    assert shades == sorted(set(shades), reverse=True)
    assert text_colour(stage_colour(1, 5)) == "#1b1b1b"
    assert text_colour(stage_colour(5, 5)) == "#ffffff"


def test_the_year_is_written_once_under_its_first_point():
    axis = period_axis(["FY26 Q3", "FY26 Q4", "FY27 Q1 so far"])
    assert axis["ticktext"] == ["Q3<br><b>FY26</b>", "Q4", "Q1<br><b>FY27</b>"]
    assert period_axis(["Oct 2026"])["ticktext"] == ["Oct<br><b>2026</b>"]
    assert period_axis(["FY27"])["ticktext"] == ["<b>FY27</b>"]
    # The year of a lone first point would run into the next one.
    assert period_axis(["FY25 Q4", "FY26 Q1", "FY26 Q2"])["ticktext"] == ["Q4", "Q1<br><b>FY26</b>", "Q2"]
