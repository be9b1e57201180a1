"""Two approved quarters of the Grid Office, answered by hand, and one of the Mines Office."""

from assessments.models import Answer, Assessment, Evidence, EvidenceUse, Result
from assessments.results import build_result
from assessments.services_rescoring import save_results
from maturity.levels import NO_NUMBERS, Level, Levels, Numbers
from maturity.models import ModelVersion
from maturity.queries import rules_of
from portal.agencies.models import Agency
from portal.agencies.periods import label, parse_label
from portal.agencies.services import mark_stale
from tests.dashboards.factories import refresh_all
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

IN_PLACE, PARTIAL, PLANNED, NONE, OUT = (
    Level.IN_PLACE,
    Level.PARTIAL,
    Level.PLANNED,
    Level.NOT_STARTED,
    Level.NOT_APPLICABLE,
)
# Stage 1 has train-staff, name-owner, pick-platform and no-budget.
BEFORE = {"train-staff": IN_PLACE, "name-owner": PARTIAL, "pick-platform": NONE, "no-budget": NONE}
AFTER = {"train-staff": IN_PLACE, "name-owner": IN_PLACE, "pick-platform": PARTIAL, "no-budget": OUT}


def approve(
    agency: Agency,
    period: str,
    levels: Levels,
    version: ModelVersion | None = None,
    amends: Assessment | None = None,
    numbers: Numbers = NO_NUMBERS,
) -> Result:
    """An approved assessment with these answers, scored as approval scores them."""
    when = parse_label(period)
    version = version or make_small_model()
    assessment = Assessment.objects.create(
        agency=agency,
        version=version,
        state=Assessment.State.APPROVED,
        amends=amends,
        created_at=NOW,
        approved_at=NOW,
        period_starts_on=when.starts_on,
        period_ends_on=when.ends_on,
        period_label=label(when),
    )
    answer(assessment, levels)
    result = build_result(
        assessment=assessment,
        rules=rules_of(version),
        levels=levels,
        evidence={},
        approved_at=NOW,
        numbers=numbers,
    )
    save_results([result], NOW)
    mark_stale(agencies=[agency], reason="assessment approved", at=NOW)
    return result


def answer(assessment: Assessment, levels: Levels) -> None:
    """Answers with a note and a statement each."""
    items = {item.slug: item for item in assessment.version.items.all()}
    for slug, level in levels.items():
        row = Answer.objects.create(
            assessment=assessment,
            item=items[slug],
            level=level.value if level else "",
            note=f"Note on {slug} in {assessment.period_label}",
            reason="We have none" if level == OUT else "",
            planned_on=NOW.date() if level == PLANNED else None,
            answered_at=NOW,
        )
        evidence = Evidence.objects.create(
            assessment=assessment,
            kind="statement",
            title=f"Proof of {slug}",
            statement="=1+1",
            dated_on=NOW.date(),
            added_at=NOW,
        )
        EvidenceUse.objects.create(evidence=evidence, answer=row, added_at=NOW)


def two_quarters(world: World) -> tuple[Result, Result]:
    """Grid in FY26 Q3 and FY26 Q4; Mines in FY26 Q4. All counted."""
    version = make_small_model()
    before = approve(world.grid, "FY26 Q3", BEFORE, version)
    after = approve(world.grid, "FY26 Q4", AFTER, version)
    approve(world.mines, "FY26 Q4", {"train-staff": PARTIAL, "pair-up": IN_PLACE}, version)
    refresh_all()
    return before, after
