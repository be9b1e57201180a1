"""How people of an agency answer together in the demonstration: evidence, exemptions, whose part is whose,
what they say to each other, what they take over from their ministry, and what still holds since last time."""

from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import groupby

from django.utils import timezone

from assessments.models import Answer, Assessment, Cycle, Evidence, Thread
from assessments.queries_assigning import part_of
from assessments.services import start_assessment
from assessments.services_answers import EvidenceFields, add_evidence
from assessments.services_assigning import Wanted, assign_parts
from assessments.services_comments import add_comment, settle_thread
from assessments.services_confirming import confirm_answers
from assessments.services_evidence import Upload, attach_evidence, upload_evidence
from assessments.services_exemptions import ExemptionFields, decide_exemption, request_exemption
from assessments.services_extensions import extend_agencies
from assessments.services_sharing import Wish, offer_answers, take_shared
from dashboards.demonstration.government import DEPARTMENT
from maturity.levels import Level
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency
from portal.agencies.periods import Period

PLATFORM = "Harbor platform"
OPEN = (Level.PARTIAL, Level.PLANNED, Level.NOT_STARTED)
SHARED = 4  # answers that the ministry offers; home takes all but one
SYSTEMS = b"system,ready,why\nTide tables,yes,stateless\nHarbor fees,no,needs a new database\n"
STATEMENT = "The steering group decided on both in one meeting; the head of delivery keeps its minutes."
WHY_EXEMPT = (
    "The lighthouse controllers keep their own records on their maker's hardware until they are replaced.",
    "The ministry buys one platform for all of its offices; ours is to be had next year.",
)
WHY_LATE = "The person who answers was away; leave was given by telephone."


def answer_together(*, draft: Assessment, people: dict[str, User], at: datetime) -> None:
    """All that people do in the open assessment of home, besides answering."""
    placed = _answers(draft, Level.IN_PLACE)
    _bring_evidence(draft, placed, people, at)
    _ask_exemptions(draft, people, at)
    _talk(draft, people, at)
    _share(draft, placed, people, at)


def _answers(assessment: Assessment, *levels: Level) -> list[Answer]:
    """Answers to practices at one of these levels, in the order of the questionnaire."""
    rows = assessment.answers.filter(level__in=levels, item__kind="practice")
    return list(rows.select_related("item__domain").order_by("item__position"))


def _bring_evidence(draft: Assessment, placed: list[Answer], people: dict[str, User], at: datetime) -> None:
    """A file with an owner, a link that expires soon, and a statement for two items."""
    lead, today = people[Role.LEAD], timezone.localdate(at)
    first, second, third, *_ = [answer.item.slug for answer in placed]
    upload_evidence(
        assessment_id=draft.pk,
        item_slug=first,
        upload=Upload(BytesIO(SYSTEMS), "systems.csv", len(SYSTEMS)),
        evidence=EvidenceFields(
            Evidence.Kind.FILE,
            "All systems, with which of them are ready",
            today - timedelta(days=30),
            independence=Evidence.Independence.INTERNAL,
            owner_name=people[Role.CONTRIBUTOR].username,
        ),
        by=lead,
        at=at,
    )
    link = EvidenceFields(
        Evidence.Kind.LINK,
        "Report of the yearly audit",
        today - timedelta(days=330),
        url="https://audits.avelen.example/lighthouse-service",
        expires_on=today + timedelta(days=35),
        independence=Evidence.Independence.EXTERNAL,
    )
    add_evidence(assessment_id=draft.pk, item_slug=second, evidence=link, by=lead, at=at)
    said = EvidenceFields(
        Evidence.Kind.STATEMENT,
        "Decision of the steering group",
        today - timedelta(days=10),
        statement=STATEMENT,
    )
    both = add_evidence(assessment_id=draft.pk, item_slug=second, evidence=said, by=lead, at=at)
    attach_evidence(assessment_id=draft.pk, evidence_id=both.pk, item_slug=third, by=lead, at=at)


def _ask_exemptions(draft: Assessment, people: dict[str, User], at: datetime) -> None:
    """Two items to be excused from for a time: one is approved, and one waits for the reviewer.

    From the next period on: in this one, without either, home would pass its stage and be asked much more.
    """
    ends_on = draft.period_ends_on
    until = (date(ends_on.year + 1, ends_on.month, 28), date(ends_on.year + 2, ends_on.month, 28))
    items = [answer.item for answer in _answers(draft, *OPEN)[-2:]]
    made = [
        request_exemption(
            agency=draft.agency,
            item=item,
            fields=ExemptionFields(why, ends_on + timedelta(days=1), day),
            by=people[Role.CONTRIBUTOR],
            at=at,
        )
        for item, why, day in zip(items, WHY_EXEMPT, until, strict=True)
    ]
    decide_exemption(
        exemption_id=made[0].pk,
        revision=made[0].revision,
        approve=True,
        note="Until the controllers are replaced.",
        by=people[Role.REVIEWER],
        at=at,
    )


def _talk(draft: Assessment, people: dict[str, User], at: datetime) -> None:
    """Two domains and the challenges are somebody's; one item is talked about, another one is settled."""
    lead, contributor = people[Role.LEAD], people[Role.CONTRIBUTOR]
    begun = _answers(draft, *OPEN)
    parts = list(dict.fromkeys(part_of(answer.item) for answer in begun))[:2]
    owners = dict(zip([*parts, "challenges"], (contributor, lead, contributor), strict=False))
    wanted = {part: Wanted(person.pk, None) for part, person in owners.items()}
    assign_parts(assessment_id=draft.pk, wanted=wanted, by=lead, at=at)
    talked, settled = (answer.item.slug for answer in begun[:2])
    said = (
        (talked, lead, f"@{contributor.username}: is this so on the test cluster, too?"),
        (talked, contributor, "Not yet. It follows with the move in spring, so I said partly."),
        (settled, contributor, f"@{lead.username}: I have a day for this now."),
    )
    for slug, person, text in said:
        add_comment(assessment_id=draft.pk, item_slug=slug, text=text, by=person, at=at)
    revision = Thread.objects.get(assessment=draft, item__slug=settled).revision
    settle_thread(assessment_id=draft.pk, item_slug=settled, revision=revision, resolved=True, by=lead, at=at)


def _share(draft: Assessment, placed: list[Answer], people: dict[str, User], at: datetime) -> None:
    """The ministry offers what its platform meets; home takes most of it, and follows it from then on."""
    above = Assessment.objects.filter(
        agency=draft.agency.parent, version=draft.version_id, period_ends_on=draft.period_ends_on
    ).first()
    if above is None:
        return
    shown = above.answers.filter(
        level=Level.IN_PLACE, item__in=[answer.item_id for answer in placed], evidence__isnull=False
    )
    slugs = list(shown.order_by("item__position").values_list("item__slug", flat=True).distinct()[:SHARED])
    offer_answers(assessment_id=above.pk, items=slugs, platform=PLATFORM, by=people[DEPARTMENT], at=at)
    own = {answer.item.slug: answer.revision for answer in placed}
    offers = above.answers.filter(item__slug__in=slugs[:-1], shared__isnull=False)
    rows = offers.order_by("item__position").values_list("shared__pk", "item__slug")
    wishes = [Wish(shared, own[slug]) for shared, slug in rows]
    take_shared(assessment_id=draft.pk, wishes=wishes, by=people[Role.LEAD], at=at)


def check_in_late(*, cycle: Cycle, above: Agency, people: dict[str, User], at: datetime) -> None:
    """An agency, below `above` if there is one, is late with a check-in: what it said last, confirmed in
    part."""
    ended = {"assessments__period_ends_on": cycle.period_ends_on}
    before = {"assessments__period_ends_on__lt": cycle.period_ends_on, "assessments__state": "approved"}
    missing = Agency.objects.filter(parent__isnull=False, **before).exclude(**ended).order_by("name")
    late = missing.filter(parent=above).first() or missing.first()
    if late is None:
        return
    person = people[DEPARTMENT if late.parent == above else Role.ADMINISTRATOR]
    today = timezone.localdate(at)
    extend_agencies(
        cycle_id=cycle.pk,
        until_on=today + timedelta(days=14),
        reason=WHY_LATE,
        seen={late.pk: None},
        by=people[Role.OFFICER],
        at=at,
    )
    draft = start_assessment(
        agency=late,
        version=cycle.version,
        period=Period(cycle.period_starts_on, cycle.period_ends_on),
        period_label=cycle.period_label,
        by=person,
        at=at,
        carry_over=True,
    )
    rows = draft.answers.exclude(level="").select_related("item__domain").order_by("item__position")
    for _, group in groupby(list(rows), key=lambda answer: part_of(answer.item)):
        seen = {answer.item.slug: answer.revision for answer in group}
        confirm_answers(assessment_id=draft.pk, seen=seen, by=person, at=at)
        if draft.answers.filter(confirmed_at__isnull=False).count() * 3 > len(rows):
            return
