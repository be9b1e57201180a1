"""Telling people: each once, each as they wish, in few queries."""

from datetime import timedelta

import pytest

from portal.audit.models import AuditEntry
from portal.notices.kinds import Email, kinds
from portal.notices.models import Notice, Preference
from portal.notices.queries import Choice, choices_of
from portal.notices.services import Note, mark_all_read, mark_read, notify, remove_old, save_preferences
from tests.factories import NOW
from tests.notices.conftest import told

KIND = "assessment-approved"


def tell(*people, kind=KIND, about="Grid Office FY27 Q1", key="1", agency=None, path="/assessments/1/"):
    note = Note(about, path, key, [person.pk for person in people], agency and agency.pk)
    notify(kind=kind, notes=[note], at=NOW)


def choose(person, in_portal=True, email=Email.DAILY, kind=KIND):
    return save_preferences(choices={kind: Choice(in_portal, email.value)}, by=person, at=NOW)


def test_a_notice_is_the_sentence_of_its_kind_with_names(world):
    tell(world.lead, agency=world.grid)
    assert told(world.lead) == ["Grid Office FY27 Q1 was approved."]
    assert told(world.contributor) == []


def test_of_one_thing_a_person_is_told_once(world):
    tell(world.lead)
    tell(world.lead, world.contributor)
    assert told(world.lead) == told(world.contributor) == ["Grid Office FY27 Q1 was approved."]


def test_of_another_thing_they_are_told_again(world):
    tell(world.lead)
    tell(world.lead, key="2")
    assert len(told(world.lead)) == 2


def test_nobody_to_tell_is_no_error(world, queries_of):
    assert queries_of(tell) <= 2  # the transaction's
    assert not Notice.objects.exists()


def test_what_a_kind_says_by_default_holds_until_one_chooses(world):
    tell(world.lead)
    choose(world.lead, email=Email.NEVER)
    tell(world.lead, key="2")
    assert [row.email for row in Notice.objects.order_by("pk")] == ["never", "never"]  # the first waited
    tell(world.contributor)
    assert Notice.objects.get(person_id=world.contributor.pk).email == kinds()[KIND].email == "daily"


def test_who_wants_neither_is_not_told(world):
    choose(world.lead, in_portal=False, email=Email.NEVER)
    tell(world.lead)
    assert not Notice.objects.exists()


def test_a_choice_holds_for_what_is_unread(world):
    tell(world.lead)
    choose(world.lead, in_portal=False, email=Email.NOW)
    row = Notice.objects.get()
    assert (row.in_portal, row.email) == (False, "now")
    assert told(world.lead) == []


def test_what_was_sent_stays_sent(world):
    tell(world.lead)
    Notice.objects.update(emailed_at=NOW)
    choose(world.lead, email=Email.NOW)
    assert Notice.objects.get().email == "daily"


def test_only_changes_are_kept_and_audited(world):
    assert save_preferences(choices=choices_of(world.lead.pk), by=world.lead, at=NOW) == 0
    assert choose(world.lead, email=Email.NOW) == 1
    assert Preference.objects.count() == 1
    entry = AuditEntry.objects.get(action="notices.chosen")
    assert entry.changes == {"in_portal": [True, True], "email": ["daily", "now"]}


def test_an_unknown_kind_and_an_address_elsewhere_are_refused(world):
    with pytest.raises(ValueError, match="no kind of notice 'weather'"):
        tell(world.lead, kind="weather")
    for path in ("//evil.example/", "/\\evil.example/"):
        with pytest.raises(ValueError, match="no address within the portal"):
            tell(world.lead, path=path)


def test_names_are_one_line_and_not_endless(world):
    tell(world.lead, about="Grid\r\nOffice " + "x" * 2000)
    text = Notice.objects.get().text
    assert text.startswith("Grid Office xxx")
    assert text.endswith("… was approved.")


def test_a_thousand_things_for_some_people_take_few_queries(world, queries_of):
    people = [world.lead.pk, world.contributor.pk, world.reviewer.pk]
    notes = [Note(f"Office {n}", "/", str(n), people) for n in range(1000)]
    assert (
        queries_of(lambda: notify(kind=KIND, notes=notes, at=NOW)) <= 40
    )  # SQLite takes some 90 rows at a time
    assert Notice.objects.count() == 3000


def test_reading_marks_the_first_time(world):
    tell(world.lead)
    notice = Notice.objects.get()
    mark_read(notice=notice, at=NOW)
    mark_read(notice=notice, at=NOW + timedelta(hours=1))
    notice.refresh_from_db()
    assert notice.read_at == NOW


def test_marking_all_leaves_what_came_since_and_what_is_others(world):
    tell(world.lead, world.contributor)
    seen = Notice.objects.filter(person_id=world.lead.pk).get().pk
    tell(world.lead, key="2")
    assert mark_all_read(person_id=world.lead.pk, up_to=seen, at=NOW) == 1
    assert Notice.objects.unread().filter(person_id=world.lead.pk).count() == 1
    assert Notice.objects.unread().filter(person_id=world.contributor.pk).count() == 1


def test_marking_all_leaves_what_comes_by_e_mail_alone(world):
    choose(world.lead, in_portal=False)
    tell(world.lead)
    assert mark_all_read(person_id=world.lead.pk, up_to=Notice.objects.get().pk, at=NOW) == 0


def test_old_notices_go(world):
    tell(world.lead)
    assert remove_old(at=NOW + timedelta(days=10), days=10) == 0
    assert remove_old(at=NOW + timedelta(days=11), days=10) == 1
    assert not Notice.objects.exists()


def test_kinds_have_one_gap_and_a_right_that_there_is():
    from portal.access.rules import Right

    for kind in kinds().values():
        assert kind.sentence.count("{}") == 1
        assert kind.right in set(Right)
        assert len(kind.slug) <= 40
        assert len(kind.sentence) <= 200
