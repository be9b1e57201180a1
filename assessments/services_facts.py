"""Saving the facts of a period, so that nobody overwrites what they have not seen."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from assessments.models import PeriodFacts
from assessments.models.facts import LONGEST_STATEMENT
from assessments.services import NotOpen, lock
from portal.access.models import User
from portal.audit.services import record

LARGEST_COUNT = 10_000_000
LARGEST_AMOUNT = Decimal(10) ** 12
LONGEST_MINUTES = 60_000  # a thousand hours
COUNTS = {
    "systems": "systems in scope",
    "suitable": "systems suitable for containers",
    "containers": "systems in containers in production",
    "clusters": "clusters",
    "trained": "people trained",
}
AMOUNTS = {"spending": "spending", "savings": "savings"}
STATEMENTS = {
    "calculation": "how the savings were calculated",
    "progress": "progress",
    "blockers": "what blocks",
    "help_needed": "help needed",
}


@dataclass(frozen=True)
class Facts:
    """What is told of a period; None and "": not told."""

    systems: int | None = None
    suitable: int | None = None
    containers: int | None = None
    clusters: int | None = None
    trained: int | None = None
    spending: Decimal | None = None
    savings: Decimal | None = None
    calculation: str = ""
    progress: str = ""
    blockers: str = ""
    help_needed: str = ""
    publish_progress: bool = False
    publish_blockers: bool = False
    publish_help_needed: bool = False
    minutes: int | None = None


NAMES = tuple(field.name for field in fields(Facts))


class BadFacts(Exception):
    """What was sent cannot be accepted: field name to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StaleFacts(Exception):
    """Somebody saved the facts after they were read: `row` as it is now, and the fields that differ."""

    def __init__(self, row: PeriodFacts, changed: tuple[str, ...]) -> None:
        who = str(row.saved_by) if row.saved_by is not None else "an import"
        super().__init__(f"{who} saved these facts after you read them.")
        self.row = row
        self.changed = changed


def facts_of(row: PeriodFacts | None) -> Facts:
    """What a saved row tells."""
    return Facts(**{name: getattr(row, name) for name in NAMES}) if row is not None else Facts()


@transaction.atomic
def save_facts(*, assessment_id: int, revision: int, facts: Facts, by: User, at: datetime) -> PeriodFacts:
    """Save what `by` tells of the assessment's period, having read the facts at `revision` (0: none yet).

    Raises Assessment.DoesNotExist, NotOpen, BadFacts, StaleFacts. What is saved already is not saved again.
    """
    assessment = lock(assessment_id)
    if not assessment.is_open:
        raise NotOpen(f"This assessment is {assessment.get_state_display().lower()}, so its facts are fixed.")
    facts = _trimmed(facts)
    if errors := _errors(facts):
        raise BadFacts(errors)
    row = PeriodFacts.objects.filter(assessment=assessment).select_related("saved_by").first()
    before = facts_of(row)
    if row is not None and before == facts:
        return row
    if revision != (row.revision if row is not None else 0):
        told = asdict(facts)
        current = row or PeriodFacts(assessment=assessment, saved_at=at)
        raise StaleFacts(current, tuple(name for name in NAMES if told[name] != getattr(current, name)))
    saved = row or PeriodFacts(assessment=assessment, revision=0)
    for name, value in asdict(facts).items():
        setattr(saved, name, value)
    saved.revision += 1
    saved.saved_by, saved.saved_at = by, at
    saved.save()
    assessment.workers.add(by)
    changes = {
        name: [_plain(old), _plain(new)]
        for name, old, new in zip(NAMES, asdict(before).values(), asdict(facts).values(), strict=True)
        if old != new
    }
    record(action="tell facts", obj=assessment, by=by, at=at, changes=changes)
    return saved


def _trimmed(facts: Facts) -> Facts:
    told = asdict(facts)
    return Facts(**told | {name: told[name].strip() for name in STATEMENTS})


def _errors(facts: Facts) -> dict[str, str]:
    """What is wrong, by field."""
    told, errors = asdict(facts), {}
    for name, words in COUNTS.items():
        if told[name] is not None and not 0 <= told[name] <= LARGEST_COUNT:
            errors[name] = f"Give the number of {words} from 0 to {LARGEST_COUNT:,}."
    for name, words in AMOUNTS.items():
        amount = told[name]
        if amount is not None and (not amount.is_finite() or not 0 <= amount < LARGEST_AMOUNT):
            errors[name] = f"Give {words} as an amount from 0, below {LARGEST_AMOUNT:,}."
    for name, words in STATEMENTS.items():
        if len(told[name]) > LONGEST_STATEMENT:
            errors[name] = f"Say {words} in at most {LONGEST_STATEMENT} characters, not {len(told[name])}."
    if facts.minutes is not None and not 0 < facts.minutes <= LONGEST_MINUTES:
        errors["minutes"] = f"Give the minutes from 1 to {LONGEST_MINUTES:,}."
    return errors | (_contradictions(facts) if not errors else {})


def _contradictions(facts: Facts) -> dict[str, str]:
    """Where two facts cannot both be."""
    errors = {}
    if facts.suitable is not None and facts.systems is not None and facts.suitable > facts.systems:
        errors["suitable"] = f"No more can be suitable than the {facts.systems:,} in scope."
    if facts.containers is not None and facts.suitable is not None and facts.containers > facts.suitable:
        errors["containers"] = f"No more can be in containers than the {facts.suitable:,} that are suitable."
    if facts.savings is not None and not facts.calculation:
        errors["calculation"] = "Say how the savings were calculated."
    return errors


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
