"""The floor of full_rebuild: the same rows by INSERT … SELECT … GROUP BY, from what the bench seeds.

It knows neither amendments nor closures, moves or decisions not to adopt, of which the bench has none, and
that each quarter was reported there and approved after the one before: what was carried forward was known
until then.
Intervals of equal span are added up before they are spread over months, and the JSON of a standing is
taken apart once for all its scopes. Temporary tables in between, so that the planner knows how much there
is: the quickest way found.
"""

TABLES = ("dashboards_scopemember", "dashboards_standing", "dashboards_trend")

MEMBERS = """
    INSERT INTO dashboards_scopemember (scope_id, agency_id, from_on, until_on)
    SELECT s.id, a.id, NULL::date, NULL::date
    FROM agencies_agency a JOIN dashboards_scope s ON s.kind = 'everything'
    UNION ALL
    SELECT s.id, a.id, NULL::date, NULL::date
    FROM agencies_agency a
    CROSS JOIN LATERAL unnest(string_to_array(trim('/' FROM a.path), '/')) AS above(id)
    JOIN dashboards_scope s ON s.agency_id = above.id::bigint
    UNION ALL
    SELECT s.id, m.agency_id, (date_trunc('month', m.from_on) + interval '1 month - 1 day')::date, NULL::date
    FROM agencies_programmembership m JOIN dashboards_scope s ON s.program_id = m.program_id
"""

STANDINGS = """
    INSERT INTO dashboards_standing (agency_id, model_id, method, from_on, until_on, state, known_from,
                                     known_until, result_id, score, stages_completed, limited_basis,
                                     rescored, domains)
    SELECT r.agency_id, r.model_id, r.method, age.from_on, age.until_on, age.state, r.approved_at,
           CASE WHEN age.state = 'carried' THEN r.next_at END,
           r.id, r.score, r.stages_completed, r.limited_basis, false, r.percents
    FROM (SELECT *, lead(approved_at) OVER (PARTITION BY agency_id, model_id, method
                                            ORDER BY period_ends_on) AS next_at,
                 (SELECT coalesce(jsonb_object_agg(key, value->'percent'), '{}')
                  FROM jsonb_each(domains) WHERE value->'percent' <> 'null') AS percents
          FROM assessments_result) r
    CROSS JOIN LATERAL (
        SELECT 'reported' AS state, period_ends_on AS from_on,
               (date_trunc('month', period_ends_on) + interval '3 months - 1 day')::date AS until_on
        UNION ALL
        SELECT 'carried', (date_trunc('month', period_ends_on) + interval '4 months - 1 day')::date,
               (date_trunc('month', period_ends_on) + interval '9 months - 1 day')::date) AS age
"""


def _bin(value: str) -> str:
    """A hundredth or a percent, half-up, but never up to a whole that was not reached."""
    rounded = f"(({value} + 5000) / 10000)"
    return f"{rounded} - ({rounded} % 100 = 0 AND {rounded} * 10000 > {value})::int"


HELD = """
    CREATE TEMP TABLE held ON COMMIT DROP AS
    SELECT m.scope_id, s.id, s.model_id, s.method, greatest(s.from_on, m.from_on) AS from_on, s.until_on,
           s.state, s.stages_completed, s.score, s.limited_basis
    FROM dashboards_scopemember m JOIN dashboards_standing s USING (agency_id)
    WHERE s.known_until IS NULL
"""

PERCENTS = f"""
    CREATE TEMP TABLE percents ON COMMIT DROP AS
    SELECT s.id, slug, percent::int AS percent, {_bin("percent::int")} AS bin
    FROM dashboards_standing s, jsonb_each_text(s.domains) AS each(slug, percent)
    WHERE s.known_until IS NULL
"""  # noqa: S608 - made of constants

MONTHS = """
    CREATE TEMP TABLE month ON COMMIT DROP AS
    SELECT (first + n * interval '1 month' - interval '1 day')::date AS "on"
    FROM (SELECT date_trunc('month', min(from_on)) + interval '1 month' AS first FROM held) f,
         (SELECT horizon_on FROM dashboards_freshness) h, generate_series(0, 600) n
    WHERE (first + n * interval '1 month' - interval '1 day')::date <= horizon_on
"""

SPREAD = """
    CREATE TEMP TABLE spread ON COMMIT DROP AS
    SELECT from_on, until_on, "on" FROM (SELECT DISTINCT from_on, until_on FROM held) one
    JOIN month ON month."on" BETWEEN from_on AND until_on
"""

SPANS = """
    CREATE TEMP TABLE span ON COMMIT DROP AS
    SELECT scope_id, from_on, until_on, slug, bin, count(*) AS n, sum(percent) AS total
    FROM held JOIN percents USING (id) GROUP BY 1, 2, 3, 4, 5
"""

DOMAINS = """
    CREATE TEMP TABLE domain ON COMMIT DROP AS
    SELECT scope_id, "on", slug, bin, sum(n) AS n, sum(total) AS total
    FROM span JOIN spread USING (from_on, until_on) GROUP BY 1, 2, 3, 4
"""

TRENDS = f"""
    INSERT INTO dashboards_trend (scope_id, model_id, method, "on", agencies, reported, carried, not_adopting,
                                  limited, rescored, score_sum, by_stage, histogram, domains, computed_at)
    WITH counted AS (
        SELECT scope_id, model_id, method, "on", sum(reported) AS reported, sum(carried) AS carried,
               sum(limited) AS limited, sum(score) AS score
        FROM (SELECT scope_id, model_id, method, from_on, until_on,
                     count(*) FILTER (WHERE state = 'reported') AS reported,
                     count(*) FILTER (WHERE state = 'carried') AS carried,
                     count(*) FILTER (WHERE limited_basis) AS limited, sum(score) AS score
              FROM held GROUP BY 1, 2, 3, 4, 5) one
        JOIN spread USING (from_on, until_on) GROUP BY 1, 2, 3, 4),
    member AS (
        SELECT scope_id, month."on", sum(n) AS agencies
        FROM (SELECT scope_id, from_on, count(*) AS n FROM dashboards_scopemember GROUP BY 1, 2) one
        JOIN month ON from_on IS NULL OR from_on <= month."on" GROUP BY 1, 2),
    stages AS (
        SELECT scope_id, "on", jsonb_object_agg(stages_completed, states) AS by_stage
        FROM (SELECT scope_id, "on", stages_completed, jsonb_object_agg(state, n) AS states
              FROM (SELECT scope_id, "on", stages_completed, state, sum(n) AS n
                    FROM (SELECT scope_id, from_on, until_on, stages_completed, state, count(*) AS n
                          FROM held GROUP BY 1, 2, 3, 4, 5) one
                    JOIN spread USING (from_on, until_on) GROUP BY 1, 2, 3, 4) two
              GROUP BY 1, 2, 3) three
        GROUP BY 1, 2),
    scores AS (
        SELECT scope_id, "on", jsonb_object_agg(bin, n) AS histogram
        FROM (SELECT scope_id, "on", bin, sum(n) AS n
              FROM (SELECT scope_id, from_on, until_on, {_bin("score")} AS bin, count(*) AS n
                    FROM held GROUP BY 1, 2, 3, 4) one
              JOIN spread USING (from_on, until_on) GROUP BY 1, 2, 3) two
        GROUP BY 1, 2),
    domains AS (
        SELECT scope_id, "on", jsonb_object_agg(slug, jsonb_build_object(
                   'n', n, 'sum', total, 'histogram', histogram)) AS domains
        FROM (SELECT scope_id, "on", slug, sum(n) AS n, sum(total) AS total,
                     jsonb_object_agg(bin, n) AS histogram
              FROM domain GROUP BY 1, 2, 3) three
        GROUP BY 1, 2)
    SELECT scope_id, model_id, method, "on", agencies, reported, carried, 0, limited, 0, score,
           by_stage, histogram, domains, now()
    FROM counted JOIN member USING (scope_id, "on") JOIN stages USING (scope_id, "on")
    JOIN scores USING (scope_id, "on") JOIN domains USING (scope_id, "on")
"""  # noqa: S608 - made of constants

STATEMENTS = (
    "SET LOCAL work_mem = '256MB'",
    "SET LOCAL jit = off",
    MEMBERS,
    STANDINGS,
    "ANALYZE dashboards_scopemember",
    "ANALYZE dashboards_standing",
    HELD,
    PERCENTS,
    MONTHS,
    "ANALYZE held",
    SPREAD,
    "ANALYZE percents",
    "ANALYZE month",
    "ANALYZE spread",
    SPANS,
    "ANALYZE span",
    DOMAINS,
    "ANALYZE domain",
    TRENDS,
)


def _sum(table: str, columns: str) -> str:
    return f"SELECT count(*), sum(hashtextextended(concat_ws('|', {columns}), 0)) FROM {table}"  # noqa: S608


SUMS = (
    _sum("dashboards_scopemember", "scope_id, agency_id, from_on, until_on"),
    _sum(
        "dashboards_standing",
        "agency_id, model_id, method, from_on, until_on, state, known_from, known_until, result_id, score,"
        " stages_completed, limited_basis, rescored, domains::text",
    ),
    _sum(
        "dashboards_trend",
        'scope_id, model_id, method, "on", agencies, reported, carried, not_adopting, limited, rescored,'
        " score_sum, by_stage::text, histogram::text, domains::text",
    ),
)
