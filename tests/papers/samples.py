# ruff: noqa: E501 - texts as long as they may be
"""Made-up papers: a usual one, and the largest that is plausible."""

from datetime import UTC, date, datetime

from dashboards.charts.scale import ScoreScale
from dashboards.papers.content import Bar, Heading, Moved, Movement, Number, Obstacle, OnePage, Promise

STAGES = ("Exploration", "Pilot", "Production", "Expansion", "Optimization")
PUBLISHED_AT = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)


def heading(**fields: object) -> Heading:
    """Of a published quarter."""
    known = {
        "scope": "Containers First",
        "model": "Container adoption",
        "period": "FY26 Q4",
        "starts_on": date(2026, 7, 1),
        "ends_on": date(2026, 9, 30),
        "before": "FY26 Q3",
        "agencies": 124,
        "reported": 93,
        "published": True,
        "revision": 1,
        "as_of": PUBLISHED_AT,
        "figure": "program:containers-first/container-adoption/staged-1/2026-09-30/r1",
        "demonstration": False,
    }
    return Heading(**(known | fields))


def one_page(**fields: object) -> OnePage:
    """A usual one page."""
    bars = [
        Bar(
            f"FY{25 + (n + 1) // 4} Q{(n + 1) % 4 + 1}",
            n == 7,
            (40 - 4 * n, 30 - n, 10 + n, 5 + 2 * n, 2 * n, n),
            n,
            20 + n,
            8,
            129,
        )
        for n in range(8)
    ]
    names = (
        "Harbor Office",
        "Bureau of Lighthouses and Buoys",
        "Ministry of Roads",
        "Tax Court",
        "Weather Service",
    )
    known: dict[str, object] = {
        "heading": heading(),
        "sentence": "Of 124 agencies, 31 have completed stage 2, up 4 among the 90 that have a score both times.",
        "numbers": (
            Number(
                "target",
                "At or above their own target",
                41,
                80,
                "with a target",
                3,
                78,
                "Profiles and standings",
            ),
            Number("stage-3", "Completed stage 3, Production", 15, 109, "with a score", -2, 104, "Standings"),
            Number(
                "containers", "Share of suitable systems in containers", None, source="Facts of the quarter"
            ),
            Number("savings", "Documented savings", None, source="Facts of the quarter"),
        ),
        "scale": ScoreScale(len(STAGES), names=STAGES),
        "bars": tuple(bars),
        "movements": (
            Movement(
                "up",
                "Moved up",
                tuple(
                    Moved(name, f"a{n}", 1, 2, "Put Image scanning in place") for n, name in enumerate(names)
                ),
                12,
                "Nobody.",
            ),
            Movement(
                "down",
                "Moved down",
                (Moved("Tax Court", "tax", 2, 1, "Cluster access is no longer in place"),),
                1,
                "Nobody.",
            ),
            Movement(
                "stuck",
                "Stuck for four quarters",
                (),
                0,
                "Nobody with four quarters of scores stayed at one stage.",
            ),
        ),
        "obstacles": tuple(
            Obstacle(title, 40 - 6 * n, 109)
            for n, title in enumerate(
                (
                    "Limited knowledge of containers",
                    "Legacy applications",
                    "No budget for training",
                    "Security approval takes long",
                    "Vendor lock-in",
                )
            )
        ),
        "obstacles_none": "Shown from five agencies on.",
        "must_haves": Number(
            "must-haves",
            "In production with must-haves missing",
            7,
            15,
            "agencies in production",
            source="Frozen answers",
        ),
        "decisions": (
            "Fund the shared platform for another year.",
            "Make image scanning a condition of approval.",
        ),
        "promises": (
            Promise("Hire two platform engineers", "Deputy CIO", date(2026, 9, 1), None, "FY26 Q3"),
            Promise(
                "Open the training budget to components",
                "CFO",
                date(2026, 12, 1),
                date(2026, 9, 20),
                "FY26 Q3",
            ),
        ),
        "evidence": 620_000,
        "carried": 16,
        "corrections": (),
    }
    return OnePage(**(known | fields))


def largest_one_page() -> OnePage:
    """As full as the forms and queries let it become."""
    name = "The Interdepartmental Commission for the Modernization of Northern Waterways, Harbors and Ferries {:02}"
    assert len(name.format(1)) == 100
    reason = "Put “Scan container images in the registry before anything is deployed” in place at stage 3"
    movements = tuple(
        Movement(
            slug, title, tuple(Moved(name.format(n), f"a{n}", 1, 2, reason) for n in range(5)), 1_234, ""
        )
        for slug, title in (("up", "Moved up"), ("down", "Moved down"), ("stuck", "Stuck for four quarters"))
    )
    challenge = "Decision makers do not know enough about containers to weigh their benefits against the cost of training people"
    return one_page(
        heading=heading(
            scope="Containers First: the Shared Program for Container Adoption of All Departments and Components 2030",
            published=False,
            demonstration=True,
            agencies=10_000,
            reported=8_211,
            made="Made for Somebody With a Rather Long Name Indeed on November 21, 2026, 12:00 UTC.",
            text_at=PUBLISHED_AT,
        ),
        sentence="x"
        * 3
        + " Of 10,000 agencies, 3,100 have completed stage 2, up 400 among the 9,000 that have a score both times. "
        "Three departments make up most of the rise, and the shared platform is the reason that they name for it; all else is as before.",
        movements=movements,
        obstacles=tuple(Obstacle(challenge, 4_321, 8_900) for _ in range(5)),
        decisions=tuple(
            "Decide whether the shared platform is funded for another two years, and from whose budget it is to be paid for then; the offices differ on it. "
            + str(n)
            for n in range(4)
        ),
        promises=tuple(
            Promise(
                "Bring the training budget of the components together in one line of the department's own budget, and publish how it is spent"
                + str(n),
                "Office of the Deputy Chief Information Officer",
                date(2026, 9, 1),
                None,
                "FY26 Q3",
            )
            for n in range(5)
        ),
        corrections=("2 corrections: Harbor Office and Ministry of Roads, see the list in the portal",),
    )
