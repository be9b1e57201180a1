"""Profile values, contacts and decisions: dated, audited, marked."""

from datetime import date

import pytest

from portal.agencies.models import StaleMark
from portal.agencies.profile import InvalidValue
from portal.agencies.queries import current_profile
from portal.agencies.services_profile import (
    InvalidDecision,
    add_contact,
    decide_not_to_adopt,
    edit_contact,
    end_decision,
    remove_contact,
    set_profile_value,
    set_profile_values,
)
from portal.audit.models import AuditEntry
from tests.factories import NOW

JAN, MAR, JUN = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


def periods(agency, field):
    rows = agency.profile_values.filter(field=field).order_by("from_on")
    return [(row.value, row.from_on, row.until_on) for row in rows]


def test_a_new_value_ends_the_one_before(world):
    set_profile_values(
        agency=world.grid, values={"type": "Other", "nodes": "12"}, on=JAN, by=world.officer, at=NOW
    )
    assert set_profile_value(agency=world.grid, field="type", value="cabinet-level", on=JUN, by=None, at=NOW)
    assert periods(world.grid, "type") == [("other", JAN, date(2026, 5, 31)), ("cabinet-level", JUN, None)]
    assert current_profile(world.grid) == {"type": "cabinet-level", "nodes": 12}
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert entry.changes == {"type": ["other", "cabinet-level"]}
    assert StaleMark.objects.count() == 2


def test_what_holds_from_an_earlier_day_replaces_what_came_after(world):
    set_profile_value(agency=world.grid, field="nodes", value=1, on=JAN, by=None, at=NOW)
    set_profile_value(agency=world.grid, field="nodes", value=2, on=JUN, by=None, at=NOW)
    set_profile_value(agency=world.grid, field="nodes", value=3, on=MAR, by=None, at=NOW)
    assert periods(world.grid, "nodes") == [(1, JAN, date(2026, 2, 28)), (3, MAR, None)]


def test_nothing_ends_a_value_and_the_same_changes_nothing(world):
    set_profile_value(agency=world.grid, field="enterprise", value="yes", on=JAN, by=None, at=NOW)
    assert not set_profile_value(agency=world.grid, field="enterprise", value=True, on=JUN, by=None, at=NOW)
    assert set_profile_value(agency=world.grid, field="enterprise", value="", on=JUN, by=None, at=NOW)
    assert current_profile(world.grid) == {}
    assert AuditEntry.objects.count() == 2


def test_a_wrong_value_changes_nothing_of_all(world):
    with pytest.raises(InvalidValue, match="Target stage"):
        set_profile_values(agency=world.grid, values={"nodes": 1, "target_stage": 9}, on=JAN, by=None, at=NOW)
    with pytest.raises(KeyError):
        set_profile_value(agency=world.grid, field="colour", value="red", on=JAN, by=None, at=NOW)
    assert current_profile(world.grid) == {}


def test_contacts_come_change_and_go(world):
    contact = add_contact(agency=world.grid, fields={"role": "lead", "name": "Ada"}, by=world.officer, at=NOW)
    edit_contact(contact=contact, fields={"role": "lead", "name": "Ada B."}, by=world.officer, at=NOW)
    edit_contact(contact=contact, fields={"role": "lead", "name": "Ada B."}, by=world.officer, at=NOW)
    remove_contact(contact=contact, by=world.officer, at=NOW)
    assert not world.grid.contacts.exists()
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["agency.contact_added", "agency.contact_edited", "agency.contact_removed"]
    assert not StaleMark.objects.exists(), "no figure stands on a contact"


def test_a_decision_holds_until_it_is_ended(world):
    decide_not_to_adopt(
        agency=world.grid, reason=" We buy. ", review_on=JUN, on=JAN, by=world.officer, at=NOW
    )
    with pytest.raises(InvalidDecision, match="has a decision that holds"):
        decide_not_to_adopt(agency=world.grid, reason="Again", review_on=JUN, on=MAR, by=None, at=NOW)
    end_decision(agency=world.grid, on=MAR, by=world.officer, at=NOW)
    end_decision(agency=world.grid, on=MAR, by=world.officer, at=NOW)
    decision = world.grid.adoption_decisions.get()
    assert (decision.reason, decision.until_on) == ("We buy.", date(2026, 2, 28))
    assert StaleMark.objects.filter(agency=world.grid).count() == 2
    with pytest.raises(InvalidDecision, match="still holds on that day"):
        decide_not_to_adopt(
            agency=world.grid, reason="R", review_on=JUN, on=date(2026, 2, 1), by=None, at=NOW
        )


@pytest.mark.parametrize(("reason", "review_on", "says"), [(" ", JUN, "reason"), ("R", JAN, "later")])
def test_a_decision_needs_a_reason_and_a_later_review(world, reason, review_on, says):
    with pytest.raises(InvalidDecision, match=says):
        decide_not_to_adopt(agency=world.grid, reason=reason, review_on=review_on, on=JAN, by=None, at=NOW)


def test_a_decision_ended_on_its_first_day_never_was(world):
    decide_not_to_adopt(agency=world.grid, reason="R", review_on=JUN, on=JAN, by=None, at=NOW)
    end_decision(agency=world.grid, on=JAN, by=None, at=NOW)
    assert not world.grid.adoption_decisions.exists()
