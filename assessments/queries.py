"""Reads of assessments: an assessment with all that scoring and its pages need of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assessments.models import (
    Answer,
    Assessment,
    AssessmentQuerySet,
    DomainScore,
    Evidence,
    EvidenceUse,
    inherited_evidence,
)
from assessments.queries_exemptions import exempt_slugs
from maturity import methods, scoring
from maturity.levels import Level, Levels, ModelRules, Numbers
from maturity.models import Item
from maturity.queries import rules_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, AgencyQuerySet, ProgramMembership, in_force
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN


@dataclass(frozen=True)
class Sheet:
    """An assessment with its items in their order and its answers by item slug, evidence loaded.

    `domain_scores`: those of its model's domains that were given, by slug, in millionths of a unit.
    `unconfirmed_scores`: the domains whose scores were carried and not confirmed.
    """

    assessment: Assessment
    rules: ModelRules
    items: Mapping[str, Item]
    answers: Mapping[str, Answer]
    domain_scores: Mapping[str, int]
    unconfirmed_scores: tuple[str, ...] = ()
    exempt: frozenset[str] = frozenset()  # items that are left out at the end of the period

    @cached_property
    def numbers(self) -> Numbers:
        """What was answered in points or given of whole domains."""
        points = {
            slug: answer.points
            for slug, answer in self.answers.items()
            if answer.points is not None and slug not in self.exempt
        }
        return Numbers(points, exact_scores(self.domain_scores))

    @cached_property
    def levels(self) -> Levels:
        """By slug, the level of each answered item; of an exempt one that, whatever was answered."""
        said = {slug: Level(answer.level) for slug, answer in self.answers.items() if answer.level}
        return said | dict.fromkeys(self.exempt, Level.EXEMPT)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The items asked: those through the stage being worked on."""
        return methods.asked_items(self.rules, self.levels)

    @cached_property
    def card(self) -> scoring.Scorecard | None:
        """What the answers score so far; None where nothing applies, or no domain has a score."""
        return methods.score(self.rules, self.levels, self.asked, self.numbers)

    @property
    def evidence(self) -> dict[str, list[scoring.Dated]]:
        """By slug, the days of the evidence and until when it counts: its own, and that of the answer it
        follows."""
        return {
            slug: [
                *(scoring.Dated(row.dated_on, row.expires_on) for row in answer.evidence.all()),
                *(scoring.Dated(*days) for days in inherited_evidence(answer)),
            ]
            for slug, answer in self.answers.items()
        }

    @cached_property
    def unanswered(self) -> tuple[str, ...]:
        """Asked items without an answer, in the model's order.

        "Not yet relevant" is no answer to what is asked: that is at or below the stage being worked on.
        Nobody is asked for the items of a domain whose score is given as a whole.
        """
        said, given = self.levels, self.domain_scores
        return tuple(
            slug
            for slug, item in self.items.items()
            if slug in self.asked
            and said.get(slug) in {None, Level.NOT_YET}
            and (item.domain is None or item.domain.slug not in given)
        )

    @cached_property
    def unconfirmed(self) -> tuple[str, ...]:
        """Items whose answer was carried from an earlier assessment and not confirmed, in the model's
        order."""
        return tuple(
            slug
            for slug in self.items
            if (answer := self.answers.get(slug)) is not None and answer.level and answer.is_unconfirmed
        )


def load_sheet(assessment: Assessment) -> Sheet:
    """The sheet of `assessment`, whose version is loaded, in four queries; five where scores of domains
    may be given."""
    long = ("run__answers", "run__touched", "run__known", "run__outcome")
    rows = shown_evidence().select_related("run").defer(*long)
    evidence = Prefetch("evidence", rows)
    people = ("answered_by", "confirmed_by", "carried_from", "following")
    answers = Answer.objects.filter(assessment=assessment).select_related("item", *people)
    items = Item.objects.filter(version_id=assessment.version_id).select_related("stage", "domain")
    scores = given_rows(assessment) if assessment.version.takes_domain_scores else []
    return Sheet(
        assessment=assessment,
        rules=rules_of(assessment.version),
        items={item.slug: item for item in items.order_by("position")},
        answers={answer.item.slug: answer for answer in answers.prefetch_related(evidence)},
        domain_scores={row.domain.slug: row.score or 0 for row in scores},
        unconfirmed_scores=tuple(row.domain.slug for row in scores if row.is_unconfirmed),
        exempt=exempt_slugs(assessment),
    )


def given_rows(assessment: Assessment) -> list[DomainScore]:
    """The scores given of whole domains, in the model's order."""
    rows = DomainScore.objects.filter(assessment=assessment, score__isnull=False)
    return list(rows.select_related("domain", "carried_from").order_by("domain__number"))


def shown_evidence() -> QuerySet[Evidence]:
    """Evidence with what is shown of it, in one query; `used_for`: how many items it is used for."""
    uses = EvidenceUse.objects.filter(evidence=OuterRef("pk")).order_by().values("evidence")
    used = Subquery(uses.annotate(n=Count("pk")).values("n"))
    found = Evidence.objects.select_related("added_by", "owner", "file__stored")
    return found.annotate(used_for=Coalesce(used, 0))


def given_scores(assessments: Iterable[int]) -> dict[int, dict[str, int]]:
    """By assessment and domain, the scores given of whole domains, in millionths of a unit."""
    rows = DomainScore.objects.filter(assessment__in=list(assessments), score__isnull=False).order_by()
    found: dict[int, dict[str, int]] = {}
    for pk, slug, score in rows.values_list("assessment_id", "domain__slug", "score"):
        found.setdefault(pk, {})[slug] = score or 0
    return found


def exact_scores(millionths: Mapping[str, int]) -> dict[str, Fraction]:
    """Scores kept in millionths as scoring takes them, in units of the scale."""
    return {slug: Fraction(score, scoring.MILLION) for slug, score in millionths.items()}


def levels_of(assessment: Assessment) -> Levels:
    """By slug, the level of each answered item, in one query."""
    rows = Answer.objects.filter(assessment=assessment).exclude(level="")
    return {slug: Level(level) for slug, level in rows.values_list("item__slug", "level")}


def points_of(assessment: Assessment) -> dict[str, int]:
    """By slug, the points of each item that was answered in points, in one query."""
    rows = Answer.objects.filter(assessment=assessment, points__isnull=False)
    return {slug: points or 0 for slug, points in rows.values_list("item__slug", "points")}


def previous_approved(assessment: Assessment) -> Assessment | None:
    """What was approved last before this one, of the same agency and model: what it amends, or else the
    latest approved for an earlier period."""
    if assessment.amends_id:
        return assessment.amends
    earlier = approved_earlier(assessment).filter(version__model_id=assessment.version.model_id)
    return earlier.select_related("version").first()


def approved_earlier(assessment: Assessment) -> AssessmentQuerySet:
    """What was approved for the same agency and earlier periods, the latest first."""
    earlier = Assessment.objects.filter(
        agency_id=assessment.agency_id,
        state=Assessment.State.APPROVED,
        period_ends_on__lt=assessment.period_ends_on,
    )
    return earlier.order_by("-period_ends_on", "-approved_at")


def startable_agencies(user: User) -> AgencyQuerySet:
    """The agencies for which `user` may start an assessment."""
    ways = [Agency.objects.filter(user.agencies_with(right)) for right in (Right.ANSWER, Right.RUN_PROGRAM)]
    return Agency.objects.filter(Q(pk__in=ways[0].values("pk")) | Q(pk__in=ways[1].values("pk")))


def calendars_of(agencies: AgencyQuerySet, on: date) -> list[int]:
    """The months in which the years of these agencies' programs start; October where there is none."""
    members = ProgramMembership.objects.filter(in_force(on), agency__in=agencies)
    found = members.order_by().values_list("program__year_starts_in", flat=True).distinct()
    return sorted(found) or [FEDERAL_YEAR_STARTS_IN]


def periods_of(assessments: AssessmentQuerySet) -> list[tuple[str, str]]:
    """What the periods of these assessments are called, as choices, the latest first; 60 at the most."""
    rows = assessments.order_by().values_list("period_label").annotate(last=Max("period_ends_on"))
    return [(name, name) for name, _ in rows.order_by("-last")[:60]]


def changed_items(
    levels: Levels, before: Levels, points: Mapping[str, int], points_before: Mapping[str, int]
) -> frozenset[str]:
    """The slugs whose level or points are not what they were, answered or taken back."""
    slugs: Iterable[str] = levels.keys() | before.keys()
    return frozenset(
        slug
        for slug in slugs
        if (levels.get(slug), points.get(slug)) != (before.get(slug), points_before.get(slug))
    )
