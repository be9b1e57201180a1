"""In which order each paper tells what it holds. Pure."""

from dashboards.papers.blocks import Block, Cell, Chart, Lines, Numbers, Paper, Section, Series, Table, Text
from dashboards.papers.content import (
    AgencyPage,
    DomainRow,
    FullReport,
    Heading,
    Movement,
    OnePage,
    Promise,
    TalkingPoint,
    score_words,
)
from dashboards.papers.drawing import bar_rows, bar_segments, line_band, stacked_bars
from dashboards.tables import hundredths
from maturity.scoring import MILLION, format_percent

MARKING = "DEMONSTRATION: the agencies and scores are invented."


def one_page_paper(page: OnePage) -> Paper:
    """The one page for slides and sheets; on paper it has a layout of its own."""
    return Paper(page.heading.scope, page.heading, one_page_sections(page), foot_of(page))


def one_page_sections(page: OnePage) -> tuple[Section, ...]:
    """What the one page holds, a part for each slide."""
    return (
        Section(
            f"{page.heading.scope}, {page.heading.period}",
            (
                Text(page.sentence, large=True),
                *([Text(rule_change_words(page))] if page.rule_change else []),
                Numbers(page.numbers),
                bars_chart(page),
            ),
        ),
        Section("Who moved, and who did not", tuple(_movement_table(one, page) for one in page.movements)),
        Section("What holds agencies back", _holding(page)),
        Section(
            "Decisions and commitments",
            (
                Lines("Decisions asked", page.decisions, "No decision is asked."),
                promises_table(page.promises, page.heading),
            ),
        ),
    )


def rule_change_words(page: OnePage) -> str:
    """What must not be missed where the scoring changed; "" where it did not."""
    return f"{page.rule_change} All changes on this page are under the same rule." if page.rule_change else ""


def talking_paper(page: OnePage, points: tuple[TalkingPoint, ...]) -> Paper:
    """What to say, each with n and source."""
    rows = tuple((point.text, point.n, point.source) for point in points)
    table = Table("talking-points", "Talking points", ("What to say", "n", "Source"), rows)
    return Paper(
        f"Talking points: {page.heading.scope}",
        page.heading,
        (Section("Talking points", (table,)),),
        foot_of(page),
    )


def full_paper(report: FullReport) -> Paper:
    """The one page and what stands behind it."""
    page = report.one
    sections = (
        *one_page_sections(page),
        Section(page.scale.many, (_ladder(report),)),
        Section("Median score and its spread", (_scores(report),)),
        *([Section("Domains", (_domains(report),))] if report.domains else []),
        Section("Agencies", (_agencies(report),)),
    )
    return Paper(page.heading.scope, page.heading, sections, foot_of(page))


def agency_paper(page: AgencyPage) -> Paper:
    """One agency for slides and sheets; on paper it has a layout of its own."""
    first: list[Block] = [
        Table("facts", "In short", ("", "Value"), agency_facts(page)),
        *agency_over_time(page),
    ]
    sections = [Section("How it stands", tuple(first))]
    if page.stages:
        sections.append(
            Section("Stages and domains" if page.scale.staged else "Domains", agency_beside(page))
        )
    gaps = agency_gaps(page)
    if gaps is not None:
        sections.append(Section("Next steps", (gaps,)))
    if page.promises:
        promises = promises_table(page.promises, page.heading)
        sections.append(Section("Commitments", (promises,)))
    foot = [f"Figure {page.heading.figure}"]
    if page.heading.text_at is not None:
        foot.append(f"Commitments as they are since {page.heading.text_at:%B %-d, %Y, %H:%M} UTC")
    return Paper(page.heading.scope, page.heading, tuple(sections), tuple(foot))


def agency_facts(page: AgencyPage) -> tuple[tuple[str, str | None], ...]:
    """The first numbers of an agency, with their labels; None where there is none."""
    scale = page.scale
    target = None if page.target is None else f"stage {page.target}"
    return (
        (scale.many, _reached(page)),
        *([("Own target", target)] if scale.staged else []),  # targets are stages
        (f"Score, {scale.of}", None if page.score is None else score_words(page.score)),
        (f"Change since {page.before}" if page.before else "Change", _signed(page.change)),
        ("Backed by evidence", None if page.evidence is None else format_percent(page.evidence)),
        ("Assessed period", page.period),
    )


def _reached(page: AgencyPage) -> str | None:
    """ "2 of 5"; of bands with the name of the last."""
    done, scale = page.stages_completed, page.scale
    if done is None:
        return None
    said = f"{done} of {scale.stage_count}"
    return said if scale.staged or not done else f"{said}, {scale.band(done)}"


def agency_over_time(page: AgencyPage, height: int = 130) -> tuple[Chart, ...]:
    """Its score at each quarter, if it ever had one, drawn so high."""
    known = any(score is not None for _, _, score in page.scores)
    return (_agency_scores(page, height),) if known else ()


def agency_beside(page: AgencyPage, width: int = 530) -> tuple[Chart, ...]:
    """Its stages and its domains, drawn so wide."""
    if not page.stages:
        return ()
    domains = _domain_rows(page.domains, "Domains", width=width)
    return (_completions(page, width), domains) if page.scale.staged else (domains,)


def agency_gaps(page: AgencyPage) -> Table | None:
    """What would help it most; None where the reader may not know."""
    if page.gaps is None:
        return None
    rows = tuple((gap.title, gap.words, gap.action) for gap in page.gaps)
    return Table("gaps", "What would help most", ("Item", "Now", "Next step"), rows, "Nothing holds it.")


def bars_chart(page: OnePage, height: int = 170) -> Chart:
    """The periods shown with agencies by stages completed or bands reached, drawn so high."""
    segments = bar_segments(page.bars, page.scale)
    summary = bars_summary(page)
    columns = (page.kind.capitalize(), *(segment.name for segment in segments), "All", "Carried forward")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            bar.name,
            *(segment.counts[place] for segment in segments),
            bar.agencies,
            bar.carried,
        )
        for place, bar in enumerate(page.bars)
    )
    title = page.bars_title
    return Chart(
        page.scale.steps,
        title,
        summary,
        "stacked",
        tuple(bar.label for bar in page.bars),
        tuple(Series(one.name, one.counts, one.fill, one.ink, one.hatch) for one in segments),
        Table(page.scale.steps, title, columns, rows),
        stacked_bars(page.bars, page.scale, f"{title}. {summary}", height=height),
    )


def bars_summary(page: OnePage) -> str:
    """What the bars say, for those who do not see them."""
    if not page.bars:
        return "Nothing is known yet."
    last, first = page.bars[-1], next((bar for bar in page.bars if bar.agencies), page.bars[-1])
    done = (
        "completed a stage or more" if page.scale.staged else "have reached the second band or a higher one"
    )
    least = 1 if page.scale.staged else 2
    said = f"{last.label}: of {last.agencies:,} agencies {_with_a_stage(last.stages, least)} {done}"
    said += f", {last.not_reporting:,} do not report and {last.not_adopting:,} do not adopt"
    if first is not last:
        said += f"; {first.label}: {_with_a_stage(first.stages, least)} of {first.agencies:,} {done}"
    return f"{said}."


def promises_table(promises: tuple[Promise, ...], heading: Heading) -> Table:
    """Last time's commitments, with what became of them at the period's end."""
    rows = tuple(
        (
            one.text,
            one.owner,
            one.due_on.isoformat() if one.due_on else None,
            one.state_at(heading.ends_on),
            one.made_for,
        )
        for one in promises
    )
    columns = ("Commitment", "Owner", "Due", "State", "Made for")
    return Table("commitments", "Commitments from before", columns, rows, "None was made.")


def foot_of(page: OnePage) -> tuple[str, ...]:
    """What stands below everything."""
    return (
        f"{page.evidence_text}. {page.carried:,} scores carried forward. {page.corrections_text}.",
        f"Figure {page.heading.figure}",
    )


def _with_a_stage(stages: tuple[int, ...], least: int) -> str:
    return f"{sum(stages[least:]):,} of {sum(stages):,} with a score"


def _movement_table(movement: Movement, page: OnePage) -> Table:
    rows = tuple((one.name, one.steps, one.reason or None) for one in movement.shown)
    note = f"and {movement.left_out:,} more" if movement.left_out else ""
    title = f"{movement.title} ({movement.total:,})"
    return Table(
        movement.slug, title, ("Agency", page.scale.steps.capitalize(), "Why"), rows, movement.none, note
    )


def _holding(page: OnePage) -> tuple[Block, ...]:
    must_haves = () if page.must_haves is None else (Numbers((page.must_haves,)),)
    return (*must_haves, _obstacles(page))


def _obstacles(page: OnePage) -> Table:
    rows = tuple((one.title, one.agencies, one.of) for one in page.obstacles)
    return Table(
        "challenges",
        "Most frequent open challenges",
        ("Challenge", "Agencies", "Of"),
        rows,
        page.obstacles_none,
    )


def _ladder(report: FullReport) -> Table:
    scale = report.one.scale
    rows = tuple((f"{one.stage}. {one.name}", one.completed, one.of, one.change) for one in report.ladder)
    return Table(
        "ladder",
        f"Agencies that have {'completed' if scale.staged else 'reached'} each {scale.step} or more",
        (scale.step.capitalize(), "Agencies", "Of", "Change"),
        rows,
    )


def _scores(report: FullReport) -> Chart:
    points, scale = report.scores, report.one.scale
    rows = tuple(
        (p.label, p.n, hundredths(p.lower), hundredths(p.median), hundredths(p.upper)) for p in points
    )
    columns = (
        report.one.kind.capitalize(),
        "Agencies with a score",
        "Lower quartile",
        "Median",
        "Upper quartile",
    )
    title = f"Median score and its spread, {scale.counted}"
    last = next((point for point in reversed(points) if point.median is not None), None)
    summary = "No agency has a score yet."
    if last is not None:
        summary = (
            f"{last.label}: the median of {last.n:,} agencies is {score_words(last.median)} {scale.of}, "
            f"the middle half lies between {score_words(last.lower)} and {score_words(last.upper)}."
        )
    median = tuple(_share(point.median) for point in points)
    band = [
        (point.lower / MILLION, point.upper / MILLION)
        if point.lower is not None and point.upper is not None
        else None
        for point in points
    ]
    labels = tuple(point.label for point in points)
    series = (
        Series("Lower quartile", tuple(_share(point.lower) for point in points), "#8bc1eb", "#1b1b1b"),
        Series("Median", median, "#162e51", "#ffffff"),
        Series("Upper quartile", tuple(_share(point.upper) for point in points), "#4a90c2", "#1b1b1b"),
    )
    drawing = line_band(labels, median, band, scale.most, f"{title}. {summary}")
    table = Table("scores", title, columns, rows)
    return Chart("scores", title, summary, "line", labels, series, table, drawing, scale.most)


def _domains(report: FullReport) -> Chart:
    return _domain_rows(report.domains, "Median of each domain", with_n=True)


def _domain_rows(rows: tuple[DomainRow, ...], title: str, *, with_n: bool = False, width: int = 530) -> Chart:
    cells = tuple(
        (one.name, *([one.n] if with_n else []), None if one.median is None else format_percent(one.median))
        for one in rows
    )
    columns = ("Domain", *(["Agencies"] if with_n else []), "Percent of its maximum")
    return _rows_chart("domains", title, columns, cells, [(one.name, one.median) for one in rows], width)


def _completions(page: AgencyPage, width: int) -> Chart:
    cells = tuple(
        (f"{one.number}. {one.name}", format_percent(one.completion), "Yes" if one.passed else "No")
        for one in page.stages
    )
    bars: list[tuple[str, int | None]] = [
        (f"{one.number}. {one.name}", one.completion) for one in page.stages
    ]
    return _rows_chart(
        "stages", "Completion of each stage", ("Stage", "Completion", "Passed"), cells, bars, width
    )


def _rows_chart(
    slug: str,
    title: str,
    columns: tuple[str, ...],
    cells: tuple[tuple[str | int | None, ...], ...],
    bars: list[tuple[str, int | None]],
    width: int,
) -> Chart:
    known = [(value, name) for name, value in bars if value is not None]
    summary = "Nothing applies."
    if known:
        (most, top), (least, low) = max(known), min(known)
        summary = f"Furthest in {top} ({format_percent(most)}), least far in {low} ({format_percent(least)})."
    drawn = [(name, _share(value), "–" if value is None else format_percent(value)) for name, value in bars]
    values = tuple(None if value is None else round(value * 100 / MILLION, 1) for _, value in bars)
    return Chart(
        slug,
        title,
        summary,
        "rows",
        tuple(name for name, _ in bars),
        (Series("Percent", values, "#1f5f94", "#ffffff"),),
        Table(slug, title, columns, cells),
        bar_rows(drawn, f"{title}. {summary}", width),
        100,
    )


def _agency_scores(page: AgencyPage, height: int) -> Chart:
    scale = page.scale
    title = f"Score over time, {scale.counted}"
    labels = tuple(label for label, _, _ in page.scores)
    values = tuple(_share(score) for _, _, score in page.scores)
    rows = tuple((label, state, hundredths(score)) for label, state, score in page.scores)
    known = [(label, score) for label, _, score in page.scores if score is not None]
    summary = "No score in these periods."
    if known:
        (first, before), (last, now) = known[0], known[-1]
        summary = f"{last}: {score_words(now)} {scale.of}; {first}: {score_words(before)}."
    drawing = line_band(
        labels, values, [None] * len(labels), scale.most, f"{title}. {summary}", height=height
    )
    table = Table("scores", title, ("Period", "State", "Score"), rows)
    return Chart(
        "scores",
        title,
        summary,
        "line",
        labels,
        (Series("Score", values, "#162e51", "#ffffff"),),
        table,
        drawing,
        scale.most,
    )


def _agencies(report: FullReport) -> Table:
    before = report.one.heading.before
    columns = (
        "Agency",
        "State",
        report.one.scale.many,
        "Score" if report.one.scale.staged else f"Score {report.one.scale.of}",
        f"Change since {before}" if before else "Change",
        "Assessed",
    )
    rows = tuple(
        (one.name, one.state, one.stages, hundredths(one.score), hundredths(one.change), one.period)
        for one in report.agencies
    )
    return Table("agencies", "Agencies, in alphabetical order", columns, rows)


def _share(millionths: int | None) -> float | None:
    return None if millionths is None else millionths / MILLION


def _signed(millionths: int | None) -> str | None:
    if millionths is None:
        return None
    words = score_words(millionths)
    return words if words.startswith("-") or words == "0.00" else f"+{words}"
