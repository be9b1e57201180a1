"""Filling a database of the bench.

The database makes the rows itself, from a ladder of assessments that were really scored: results with
frozen levels, answers for drafts only. Everything follows from numbers, so two runs make the same rows.
"""

import random
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from assessments.models import Assessment, Cycle
from assessments.results import build_result
from bench.databases import Scale
from maturity.levels import Level, Levels, ModelRules
from maturity.models import ModelVersion
from maturity.queries import rules_of
from maturity.scoring import Dated
from portal.access.models import Membership, User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from portal.agencies.periods import Period, following, label, period_of

LADDER = 500  # scored assessments, from the least to the most mature
SEED = 3
PEOPLE = {"leader": Role.VIEWER, "reviewer": Role.REVIEWER, "lead": Role.LEAD, "member": Role.VIEWER}
ON_LADDER = f"least({LADDER} - 1, (a.id * 37) %% 180 + quarter * (1 + a.id %% 7) + (a.id * quarter) %% 9)"


@transaction.atomic
def fill(scale: Scale, version: ModelVersion, at: datetime) -> None:
    """A government with its history, drafts of the running quarter, and people who look at it."""
    running = period_of(timezone.localdate(at))
    past = [following(running, back) for back in range(-scale.quarters, 0)]
    _agencies(scale, past[0].starts_on, version, at)
    _people(at)
    _ladder(version, at)
    for number, period in enumerate(past):
        _cycle(version, period, Cycle.State.PUBLISHED)
        _results(number, period, version)
    _cycle(version, running, Cycle.State.COLLECTING)
    _drafts(scale, running, version, at)
    _set_sequences()


def _run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _agencies(scale: Scale, since: date, version: ModelVersion, at: datetime) -> None:
    """Departments, their components, and offices; all in one program and a fifth of them in another.

    Two in three are not large and three in four are of the executive branch: half are both.
    """
    _run(
        """
        WITH numbered AS (
            SELECT id, CASE WHEN id <= %(top)s THEN NULL
                            WHEN id <= %(top)s + %(middle)s THEN (id - 1) %% %(top)s + 1
                            ELSE %(top)s + (id - 1) %% %(middle)s + 1 END AS parent
            FROM generate_series(1, %(all)s) id)
        INSERT INTO agencies_agency (id, slug, name, abbreviation, parent_id, path, depth, website, notes,
                                     demonstration, created_at, updated_at)
        SELECT o.id, 'agency-' || o.id,
               (ARRAY['Department', 'Component', 'Office'])
                   [1 + (p.id IS NOT NULL)::int + (g.id IS NOT NULL)::int]
                   || ' ' || md5(o.id::text)::char(4) || ' ' || o.id,
               'A' || o.id, p.id, concat('/', g.id || '/', p.id || '/', o.id, '/'),
               (p.id IS NOT NULL)::int + (g.id IS NOT NULL)::int, '', '', false, %(at)s, %(at)s
        FROM numbered o LEFT JOIN numbered p ON p.id = o.parent LEFT JOIN numbered g ON g.id = p.parent
        ORDER BY o.id
        """,
        top=scale.departments,
        middle=scale.components,
        all=scale.agencies,
        at=at,
    )
    _run(
        """
        INSERT INTO agencies_profilevalue (agency_id, field, value, choice, from_on)
        SELECT id, field, to_jsonb(choice), choice, %(since)s FROM agencies_agency, LATERAL (VALUES
            ('type', (ARRAY['cabinet-level', 'with-components', 'other'])[depth + 1]),
            ('size', (ARRAY['small', 'mid', 'large'])[1 + id %% 3]),
            ('branch', (ARRAY['executive', 'independent'])[1 + ((id / 3) %% 4) / 3])) AS f(field, choice)
        """,
        since=since,
    )
    for slug, every in (("containers-first", 1), ("mission-systems", 5)):
        program = Program.objects.create(
            slug=slug, name=slug.replace("-", " ").title(), default_model=version.key
        )
        _run(
            "INSERT INTO agencies_programmembership (program_id, agency_id, from_on)"
            " SELECT %(program)s, id, %(since)s FROM agencies_agency WHERE id %% %(every)s = 0",
            program=program.pk,
            since=since,
            every=every,
        )


def _people(at: datetime) -> None:
    """One person for each role that the bench needs; `member` sees one program only, the others all."""
    mission = Program.objects.get(slug="mission-systems")
    for name, role in PEOPLE.items():
        person = User.objects.create(username=name, email=f"{name}@bench.example", password="!")  # noqa: S106
        Membership.objects.create(
            user=person,
            role=role,
            program=mission if name == "member" else None,
            from_on=timezone.localdate(at) - timedelta(days=1),
        )


def _ladder(version: ModelVersion, at: datetime) -> None:
    """A table of assessments of growing maturity, each scored as an approval scores it."""
    rules, day = rules_of(version), date(2026, 9, 30)
    draw = random.Random(SEED)  # noqa: S311 - invented agencies, not secrets
    _run(
        "CREATE TEMP TABLE ladder (step int PRIMARY KEY, score int, stages_completed int, limited boolean,"
        " answered int, evidenced int, stages jsonb, domains jsonb, levels text) ON COMMIT DROP"
    )
    with connection.cursor() as cursor, cursor.copy("COPY ladder FROM STDIN") as copy:
        for step in range(LADDER):
            levels = _levels(rules, step * (rules.stages + 0.5) / LADDER, draw)
            made = build_result(
                assessment=Assessment(version=version, agency_id=1, period_ends_on=day),
                rules=rules,
                levels=levels,
                evidence={slug: [Dated(day)] for slug in levels if draw.random() < 0.6},
                approved_at=at,
            )
            as_json = [
                field.get_db_prep_save(getattr(made, field.attname), connection)
                for field in made._meta.concrete_fields
                if field.name in {"stages", "domains"}
            ]
            copy.write_row(
                [
                    step,
                    made.score,
                    made.stages_completed,
                    made.limited_basis,
                    made.answered,
                    made.evidenced,
                    *as_json,
                    made.levels,
                ]
            )


def _levels(rules: ModelRules, reached: float, draw: random.Random) -> Levels:
    """What somebody answers who has come this far, in stages: sure of what is below, little above."""
    ladder = [Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL, Level.IN_PLACE]
    levels: dict[str, Level | None] = {}
    for item in rules.items:
        height = int((reached - item.stage + 1) * 5 + draw.uniform(-1.0, 1.0))
        levels[item.slug] = Level.NOT_APPLICABLE if draw.random() < 0.02 else ladder[max(0, min(3, height))]
    return levels


def _cycle(version: ModelVersion, period: Period, state: Cycle.State) -> None:
    noon = timezone.now().replace(hour=16)
    Cycle.objects.create(
        program=Program.objects.get(slug="containers-first"),
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=label(period),
        due_on=period.ends_on + timedelta(days=30),
        state=state,
        opened_at=noon,
        published_at=noon if state == Cycle.State.PUBLISHED else None,
    )


def _results(number: int, period: Period, version: ModelVersion) -> None:
    """An approved assessment and its result for every agency in one quarter."""
    values = {
        "number": number,
        "version": version.pk,
        "model": version.model_id,
        "rule": version.scoring_rule,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "label": label(period),
        "at": timezone.make_aware(datetime.combine(period.ends_on + timedelta(days=20), datetime.min.time())),
    }
    _run(
        """
        INSERT INTO assessments_assessment (id, agency_id, version_id, period_starts_on, period_ends_on,
            period_label, kind, state, origin, revision, amendment_reason, created_at, attested_by,
            approved_at)
        SELECT %(number)s::bigint * (SELECT max(id) FROM agencies_agency) + a.id, a.id, %(version)s,
            %(starts_on)s, %(ends_on)s, %(label)s, 'full', 'approved', 'import', 3, '', %(at)s, 'The lead',
            %(at)s + a.id * interval '1 second'
        FROM agencies_agency a ORDER BY a.id
        """,
        **values,
    )
    _run(
        f"""
        INSERT INTO assessments_result (assessment_id, method, agency_id, model_id, version_id,
            period_starts_on, period_ends_on, period_label, approved_at, score, stages_completed,
            stage_count, limited_basis, answered, evidenced, stages, domains, levels)
        SELECT s.id, %(rule)s, a.id, %(model)s, %(version)s, %(starts_on)s, %(ends_on)s, %(label)s,
            s.approved_at, l.score, l.stages_completed, v.stage_count, l.limited, l.answered, l.evidenced,
            l.stages, l.domains, l.levels
        FROM agencies_agency a CROSS JOIN (SELECT %(number)s::int AS quarter) q
        JOIN ladder l ON l.step = {ON_LADDER}
        JOIN assessments_assessment s ON s.agency_id = a.id AND s.period_ends_on = %(ends_on)s
        JOIN maturity_modelversion v ON v.id = %(version)s
        """,  # noqa: S608 - ON_LADDER is a constant
        **values,
    )


def _drafts(scale: Scale, period: Period, version: ModelVersion, at: datetime) -> None:
    """Assessments of the running quarter with an answer to every item; of offices, which come last."""
    lead = User.objects.get(username="lead")
    _run(
        """
        INSERT INTO assessments_assessment (id, agency_id, version_id, period_starts_on, period_ends_on,
            period_label, kind, state, origin, revision, amendment_reason, created_at, created_by_id,
            attested_by)
        SELECT (SELECT max(id) FROM assessments_assessment) + row_number() OVER (ORDER BY id DESC), id,
            %(version)s, %(starts_on)s, %(ends_on)s, %(label)s, 'full', 'draft', 'portal', 1, '',
            %(at)s, %(lead)s, ''
        FROM agencies_agency ORDER BY id DESC LIMIT %(drafts)s
        """,
        version=version.pk,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        label=label(period),
        at=at,
        lead=lead.pk,
        drafts=scale.drafts,
    )
    _run(
        """
        INSERT INTO assessments_answer (assessment_id, item_id, level, holder, holder_name, note, reason,
            revision, answered_by_id, answered_at)
        SELECT s.id, i.id, (ARRAY['not_started', 'partial', 'in_place', 'in_place'])[1 + (s.id + i.id) %% 4],
            'self', '', '', '', 1, %(lead)s, %(at)s
        FROM assessments_assessment s JOIN maturity_item i ON i.version_id = s.version_id
        WHERE s.state = 'draft'
        """,
        lead=lead.pk,
        at=at,
    )


def _set_sequences() -> None:
    """After the highest of the ids that were given here."""
    for model in (Agency, Assessment):
        table = model._meta.db_table
        _run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
