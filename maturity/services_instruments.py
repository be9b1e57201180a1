"""Publishing instruments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from maturity.instruments.definitions import Instrument
from maturity.instruments.plain import as_json, text_hash
from maturity.models import InstrumentEdition
from maturity.services import CannotPublish, Outcome
from maturity.services_instruments_search import write_all
from portal.audit.services import Actor, record


@dataclass(frozen=True)
class PublishedInstrument:
    """An edition and what publishing did to it."""

    edition: InstrumentEdition
    outcome: Outcome


@transaction.atomic
def publish_instruments(
    *, instruments: Iterable[Instrument], by: Actor | None, at: datetime
) -> list[PublishedInstrument]:
    """Bring these instruments into the portal; safe to repeat.

    A changed text needs a higher edition: it becomes the current one, and runs keep the one they were made
    with. Raises CannotPublish with what would have to be different, and then publishes none.
    """
    done = [_publish(one, by=by, at=at) for one in instruments]
    if any(one.outcome is not Outcome.UNCHANGED for one in done):
        write_all()
    return done


def _publish(instrument: Instrument, *, by: Actor | None, at: datetime) -> PublishedInstrument:
    editions = InstrumentEdition.objects.select_for_update().filter(slug=instrument.slug)
    current = editions.filter(is_current=True).first()
    digest = text_hash(instrument)
    if current is not None and current.text_hash == digest and current.edition == instrument.edition:
        return PublishedInstrument(current, Outcome.UNCHANGED)
    if current is not None and instrument.edition <= current.edition:
        raise CannotPublish(
            f"{instrument.slug} differs from edition {current.edition}, which is published: "
            f"set its edition to {current.edition + 1}."
        )
    _refuse_taken_number(instrument)
    if current is not None:
        current.is_current = False
        current.save(update_fields=["is_current"])
    edition = InstrumentEdition.objects.create(
        slug=instrument.slug,
        edition=instrument.edition,
        number=instrument.number,
        name=instrument.name,
        engine=instrument.engine,
        summary=instrument.summary,
        definition=as_json(instrument),
        text_hash=digest,
        published_at=at,
    )
    was = current.edition if current is not None else None
    action = "publish" if current is None else "revise"
    record(action=action, obj=edition, by=by, at=at, changes={"edition": [was, edition.edition]})
    return PublishedInstrument(edition, Outcome.CREATED if current is None else Outcome.REVISED)


def _refuse_taken_number(instrument: Instrument) -> None:
    """Numbers put the instruments in their order, so each is one instrument's."""
    others = InstrumentEdition.objects.filter(is_current=True, number=instrument.number)
    other = others.exclude(slug=instrument.slug).first()
    if other is not None:
        raise CannotPublish(f"{instrument.slug} has number {instrument.number}, which is {other.slug}'s.")
