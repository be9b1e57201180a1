"""Who answers what in an assessment, and how far each of them is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from assessments.models import Answer, Assessment, Assignment
from assessments.queries import Sheet
from maturity import methods
from maturity.levels import Level, Levels
from maturity.models import Item
from maturity.queries import rules_of
from portal.access.models import User
from portal.access.queries_notices import AGENCY_PEOPLE, people_of
from portal.agencies.models import Agency

CHALLENGES = "challenges"  # the part that belongs to no domain
MOST_PEOPLE = 1_000  # to choose from


def part_of(item: Item) -> str:
    """The key of the part of a questionnaire that an item belongs to; its domain loaded."""
    return f"domain:{item.domain.slug}" if item.domain is not None else CHALLENGES


@dataclass(frozen=True)
class Owners:
    """Who answers what: by the key of a part, its assignment; and who may answer there at all, by id."""

    by_part: Mapping[str, Assignment]
    able: Mapping[int, User]

    def of(self, item: Item) -> User | None:
        """Whose item it is: its own assignment before that of its domain."""
        row = self.by_part.get(f"item:{item.slug}") or self.by_part.get(part_of(item))
        return row.person if row is not None else None

    def may_answer(self, person: User) -> bool:
        """Whether they still may answer there."""
        return person.pk in self.able

    @cached_property
    def people(self) -> list[User]:
        """Everybody to whom something is assigned, by name."""
        found = {row.person_id: row.person for row in self.by_part.values()}
        return sorted(found.values(), key=lambda person: (str(person).casefold(), person.pk))


def owners_of(assessment: Assessment, on: date) -> Owners:
    """Who answers what in `assessment`, and who might on the day `on`; four queries."""
    rows = Assignment.objects.filter(assessment=assessment).select_related("item", "domain", "person")
    return Owners({row.part: row for row in rows}, assignable_people(assessment.agency, on))


def assignable_people(agency: Agency, on: date) -> dict[int, User]:
    """Whom an agency's items may be assigned to, by id and in the order of their names: who holds a role to
    answer there, at the agency, above it or in its program; not administrators."""
    ids = people_of([agency], AGENCY_PEOPLE, on)[agency.pk]
    found = User.objects.filter(pk__in=ids, is_active=True)
    rows = sorted(found, key=lambda person: (str(person).casefold(), person.pk))
    return {person.pk: person for person in rows[:MOST_PEOPLE]}


@dataclass(frozen=True)
class PersonProgress:
    """How far one person is; `person` None: what is nobody's. `optional`: of stages not asked yet."""

    person: User | None
    able: bool
    assigned: int
    asked: int
    answered: int
    optional: int
    changed_at: datetime | None  # the last answer that this person gave here; of nobody's: the last in them

    @property
    def open(self) -> int:
        """Asked items without an answer."""
        return self.asked - self.answered


def progress_by_person(sheet: Sheet, owners: Owners) -> list[PersonProgress]:
    """Of each person with something assigned, then those who may answer and have nothing, then of what is
    nobody's (last; left out where everything is somebody's). No query."""
    items: dict[int | None, list[str]] = {}
    for slug, item in sheet.items.items():
        owner = owners.of(item)
        items.setdefault(owner.pk if owner is not None else None, []).append(slug)
    changed = _last_changes(sheet)
    others = [person for pk, person in owners.able.items() if pk not in {one.pk for one in owners.people}]
    lines = [_progress(sheet, person, owners, items.get(person.pk, []), changed) for person in owners.people]
    lines += [_progress(sheet, person, owners, [], changed) for person in others]
    if nobodys := items.get(None):
        lines.append(_progress(sheet, None, owners, nobodys, changed))
    return lines


def _last_changes(sheet: Sheet) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for answer in sheet.answers.values():
        if answer.answered_by_id is not None and answer.revision:
            found[answer.answered_by_id] = max(
                answer.answered_at, found.get(answer.answered_by_id, answer.answered_at)
            )
    return found


def _progress(
    sheet: Sheet, person: User | None, owners: Owners, items: list[str], changed: Mapping[int, datetime]
) -> PersonProgress:
    asked = [slug for slug in items if slug in sheet.asked]
    return PersonProgress(
        person=person,
        able=person is None or owners.may_answer(person),
        assigned=len(items),
        asked=len(asked),
        answered=len(asked) - len(set(asked) & set(sheet.unanswered)),
        optional=len(items) - len(asked),
        changed_at=changed.get(person.pk) if person is not None else None,
    )


def open_items_of(person: User, assessments: Iterable[Assessment]) -> dict[int, int]:
    """By assessment, how many asked items without an answer are this person's; of those that are open and in
    which something is assigned to them. Five queries at the most, however many; `version` loaded."""
    mine = Assignment.objects.filter(
        person=person, assessment__in=[row.pk for row in assessments if row.is_open]
    )
    ids = set(mine.order_by().values_list("assessment_id", flat=True))
    found = [row for row in assessments if row.pk in ids]
    if not found:
        return {}
    parts = _owner_ids(ids)
    items = Item.objects.filter(version__in={row.version_id for row in found}).select_related("domain")
    by_version: dict[int, list[Item]] = {}
    for item in items.order_by("position"):
        by_version.setdefault(item.version_id, []).append(item)
    levels = _levels(ids)
    return {
        row.pk: _open_of(person, row, by_version[row.version_id], parts[row.pk], levels.get(row.pk, {}))
        for row in found
    }


def _owner_ids(ids: set[int]) -> dict[int, dict[str, int]]:
    rows = Assignment.objects.filter(assessment__in=ids).select_related("item", "domain").order_by()
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.assessment_id, {})[row.part] = row.person_id
    return found


def _levels(ids: set[int]) -> dict[int, dict[str, Level]]:
    rows = Answer.objects.filter(assessment__in=ids).exclude(level="").order_by()
    found: dict[int, dict[str, Level]] = {}
    for pk, slug, level in rows.values_list("assessment_id", "item__slug", "level"):
        found.setdefault(pk, {})[slug] = Level(level)
    return found


def _open_of(
    person: User, assessment: Assessment, items: list[Item], parts: Mapping[str, int], levels: Levels
) -> int:
    asked = methods.asked_items(rules_of(assessment.version), levels)
    return sum(
        item.slug in asked
        and levels.get(item.slug) in {None, Level.NOT_YET}
        and parts.get(f"item:{item.slug}", parts.get(part_of(item))) == person.pk
        for item in items
    )
