"""What agencies above offer to an assessment, what it took, and whether that still stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q

from assessments.models import Answer, Assessment, Following, SharedAnswer
from assessments.queries_assigning import part_of
from assessments.words import answer_words
from maturity.levels import Level
from portal.access.models import User
from portal.access.rules import Right

COMPARED = ("level", "points", "note", "reason", "planned_on")


@dataclass(frozen=True)
class FollowLine:
    """Whom one answer follows, as this reader may know it. `origin`: the assessment, where they may see it;
    `now`: what is said there now, in words, where it differs and is still offered."""

    agency: str
    platform: str
    origin: int | None
    rests_on: tuple[tuple[str, date], ...]
    followed_at: datetime
    differs: bool
    now: str


@dataclass(frozen=True)
class OfferLine:
    """One answer that an agency above offers. `follows`: it is this one that is followed already."""

    shared: SharedAnswer
    agency: str
    words: str
    evidence: int
    answer: Answer | None
    own_words: str
    revision: int
    follows: bool

    @property
    def part(self) -> str:
        """The key of the domain that its item belongs to, or the challenges."""
        return part_of(self.shared.answer.item)

    @property
    def part_name(self) -> str:
        """That part in words."""
        domain = self.shared.answer.item.domain
        return str(domain.name) if domain is not None else "Challenges"

    @property
    def item(self) -> str:
        """Its slug."""
        slug: str = self.shared.answer.item.slug
        return slug


def sources_of(assessment: Assessment) -> list[Assessment]:
    """The assessments above whose offers this one may take, the topmost agency first.

    Of each agency above, with the same model version: the one of the same period whatever its state, or else
    the latest approved one of an earlier period; of corrections the newest. Only where something is offered.
    """
    above = assessment.agency.ancestor_ids
    if not above:
        return []
    offers = SharedAnswer.objects.filter(answer__assessment=OuterRef("pk"))
    found = Assessment.objects.filter(
        Q(period_ends_on=assessment.period_ends_on)
        | Q(state=Assessment.State.APPROVED, period_ends_on__lt=assessment.period_ends_on),
        Exists(offers),
        agency__in=above,
        version=assessment.version_id,
    )
    first: dict[int, Assessment] = {}
    for row in found.select_related("agency").order_by("-period_ends_on", "-pk"):
        first.setdefault(row.agency_id, row)
    return sorted(first.values(), key=lambda row: row.agency.depth)


def offers_to(assessment: Assessment) -> dict[str, list[OfferLine]]:
    """By "platform, agency" in words, what may be taken, domain by domain; of one item that several
    agencies offer each. Five queries, however many."""
    sources = sources_of(assessment)
    if not sources:
        return {}
    found = SharedAnswer.objects.filter(answer__assessment__in=[row.pk for row in sources])
    found = found.exclude(answer__level="").select_related(
        "answer__item__domain", "answer__assessment__agency"
    )
    own = {
        row.item_id: row
        for row in Answer.objects.filter(assessment=assessment).select_related("item", "following")
    }
    groups: dict[str, list[OfferLine]] = {}
    rows = found.prefetch_related("answer__evidence").order_by(
        "answer__assessment__agency__depth",
        "platform",
        F("answer__item__domain__number").asc(nulls_last=True),
        "answer__item__position",
    )
    for row in rows:
        agency = str(row.answer.assessment.agency)
        groups.setdefault(f"{row.platform} ({agency})", []).append(
            _offer(row, agency, own.get(row.answer.item_id))
        )
    return groups


def offers_of_part(ids: Collection[int], part: str) -> set[int]:
    """Those of these offers whose items belong to one part: "domain:slug" or "challenges"."""
    rows = SharedAnswer.objects.filter(pk__in=ids).select_related("answer__item__domain")
    return {row.pk for row in rows if part_of(row.answer.item) == part}


def _offer(shared: SharedAnswer, agency: str, own: Answer | None) -> OfferLine:
    following = getattr(own, "following", None) if own is not None else None
    return OfferLine(
        shared=shared,
        agency=agency,
        words=words_of(shared.answer),
        evidence=len(shared.answer.evidence.all()),
        answer=own,
        own_words=words_of(own) if own is not None else "Not answered",
        revision=own.revision if own is not None else 0,
        follows=following is not None and following.source_id == shared.answer_id,
    )


def words_of(answer: Answer) -> str:
    """What an answer says, as people read it; its item loaded."""
    return answer_words(answer.item, Level(answer.level) if answer.level else None, answer.points)


def following_in(assessment: Assessment, reader: User) -> dict[str, FollowLine]:
    """By item slug, whom the answers of an assessment follow. One query, and what asking for leave takes."""
    rows = Following.objects.filter(answer__assessment=assessment).select_related(
        "answer__item", "source__assessment__agency", "source__item", "source__shared"
    )
    leave: dict[int, bool] = {}
    above, found = set(assessment.agency.ancestor_ids), {}
    for row in rows:
        home = row.source.assessment
        if home.agency_id not in leave:
            leave[home.agency_id] = reader.can(Right.SEE_DETAILS, home.agency)
        # Where either agency moved since, nothing is offered to the other any more.
        offered = hasattr(row.source, "shared") and home.agency_id in above
        differs = any(getattr(row.answer, name) != getattr(row.source, name) for name in COMPARED)
        found[row.answer.item.slug] = FollowLine(
            agency=str(home.agency),
            platform=row.answer.holder_name,
            origin=home.pk if leave[home.agency_id] else None,
            rests_on=tuple(row.rests_on),
            followed_at=row.followed_at,
            differs=differs,
            now=words_of(row.source) if differs and offered else "",
        )
    return found


def said_above_by(person: User) -> Q:
    """Of Following: the answer that is followed, or the one that it follows in turn, is this person's."""
    found = Q()
    for source in ("source", "source__following__source"):
        found |= Q(**{f"{source}__answered_by": person}) | Q(**{f"{source}__confirmed_by": person})
    return found


def offers_by(assessment: Assessment) -> dict[str, SharedAnswer]:
    """By item slug, what an assessment offers to agencies below."""
    rows = SharedAnswer.objects.filter(answer__assessment=assessment).select_related("answer__item")
    return {row.answer.item.slug: row for row in rows}


def followers_by_item(assessment: Assessment) -> dict[str, int]:
    """By item slug, how many answers of agencies below follow this assessment's."""
    rows = Following.objects.filter(source__assessment=assessment).order_by()
    found: dict[str, int] = {}
    for slug in rows.values_list("source__item__slug", flat=True):
        found[slug] = found.get(slug, 0) + 1
    return found
