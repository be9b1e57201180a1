"""The life of an instrument's run: started, filled in, finished for good, or discarded."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.models import InstrumentRun
from assessments.queries_runs import definition_of, known_of
from assessments.run_answers import (
    Answers,
    Difference,
    beginning,
    changed_parts,
    differences,
    empty_answers,
    is_blank,
    merged,
    part_of,
    parts_of,
    without,
)
from maturity.instruments.definitions import Instrument
from maturity.instruments.evaluate import evaluate, missing_of, problems_of
from maturity.models import InstrumentEdition
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.audit.services import record

LONGEST_SUBJECT, LONGEST_NOTE = 200, 5_000


class CannotRun(Exception):
    """A run cannot be started, finished or discarded; says why."""


class RunFixed(Exception):
    """The run is finished or discarded, so its answers are fixed."""


class BadRun(Exception):
    """What was sent cannot be kept, or the run is not complete: place to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StaleRun(Exception):
    """Somebody changed the same part since it was read: `run` as it is now, and where it differs from what
    was to be saved (`before`: as it is now, `after`: as it was sent)."""

    def __init__(self, run: InstrumentRun, changed: tuple[Difference, ...]) -> None:
        who = str(run.saved_by) if run.saved_by is not None else "Somebody"
        super().__init__(f"{who} saved this run after you read it.")
        self.run = run
        self.changed = changed


@dataclass(frozen=True)
class About:
    """What a run is about, beside its answers."""

    run_on: date
    subject: str = ""
    note: str = ""

    def trimmed(self) -> "About":
        """Without the blanks around what was typed."""
        return About(self.run_on, self.subject.strip(), self.note.strip())


@transaction.atomic
def start_run(
    *,
    edition: InstrumentEdition,
    agency: Agency,
    about: About,
    by: User,
    at: datetime,
    repeats: InstrumentRun | None = None,
) -> InstrumentRun:
    """Start a run of the edition's instrument, empty or with the answers of an earlier run of this agency.

    Of an earlier edition's answers, those that this edition does not know are left behind. Raises CannotRun
    (no right, closed, an instrument that is a page), BadRun.
    """
    instrument = definition_of(edition)
    _refuse_start(instrument, edition, agency, by, timezone.localdate(at))
    if repeats is not None and (repeats.agency_id, repeats.instrument) != (agency.pk, edition.slug):
        raise CannotRun("Only a run of the same instrument by the same agency can be repeated.")
    about = about.trimmed()
    if repeats is not None and not about.subject:
        about = About(about.run_on, repeats.subject, about.note)
    if errors := about_errors(instrument, about, timezone.localdate(at)):
        raise BadRun(errors)
    answers = beginning(instrument)
    if repeats is not None:
        answers = _that_still_fit(instrument, repeats.answers)
    run = InstrumentRun.objects.create(
        agency=agency,
        instrument=edition.slug,
        edition=edition,
        answers=answers,
        repeats=repeats,
        started_by=by,
        started_at=at,
        **asdict(about),
    )
    changes: dict[str, Any] = {"instrument": edition.slug, "edition": edition.edition}
    if repeats is not None:
        changes["repeats"] = repeats.pk
    record(action="start run", obj=run, by=by, at=at, changes=changes)
    return run


def _refuse_start(
    instrument: Instrument, edition: InstrumentEdition, agency: Agency, by: User, today: date
) -> None:
    if not by.can(Right.ANSWER, agency):
        raise CannotRun(f"You may not run instruments for {agency}.")
    if instrument.engine == "page":
        raise CannotRun(f"{instrument.name} is a page of the portal and is not run.")
    if not edition.is_current:
        raise CannotRun(f"Edition {edition.edition} of {instrument.name} has been replaced by a newer one.")
    if agency.closed_on is not None and agency.closed_on <= today:
        raise CannotRun(f"{agency} is closed.")


def _that_still_fit(instrument: Instrument, answers: Answers) -> Answers:
    known = {entry.slug for entry in instrument.entries}
    entries = {slug: said for slug, said in answers.get("entries", {}).items() if slug in known}
    kept = empty_answers() | answers | {"entries": entries}
    if not instrument.row:
        kept["rows"] = []
    return without(kept, problems_of(instrument, kept))


def about_errors(instrument: Instrument, about: About, today: date) -> dict[str, str]:
    """By field, what is wrong with what a run is about."""
    errors = {}
    if instrument.subject and not about.subject:
        errors["subject"] = f"Name what this run is about: {instrument.subject.lower()}."
    elif len(about.subject) > LONGEST_SUBJECT:
        errors["subject"] = f"Write at most {LONGEST_SUBJECT} characters; these are {len(about.subject)}."
    if about.run_on > today:
        errors["run_on"] = "A run cannot be dated in the future."
    if len(about.note) > LONGEST_NOTE:
        errors["note"] = f"Write at most {LONGEST_NOTE:,} characters; these are {len(about.note):,}."
    return errors


# --- filling it in ----------------------------------------------------------------------------------


def lock_run(run_id: int) -> InstrumentRun:
    """The run, for this transaction alone. Raises InstrumentRun.DoesNotExist, RunFixed."""
    found = InstrumentRun.objects.select_for_update(of=("self",)).select_related("agency", "edition")
    run = found.get(pk=run_id, removed_at__isnull=True)
    if not run.is_open:
        raise RunFixed("This run is finished and does not change. To correct it, repeat it.")
    return run


@transaction.atomic
def save_run_answers(
    *,
    run_id: int,
    revision: int,
    given: Answers,
    by: User,
    at: datetime,
    about: About | None = None,
    source: str = "",
) -> InstrumentRun:
    """Save some parts of a run that was read at `revision`: all fields, the entries named, all rows.

    What others saved meanwhile in other parts stays; where they changed the same part to something else, the
    whole save is refused. `source`: the kind of file it came from. Raises InstrumentRun.DoesNotExist,
    RunFixed, BadRun, StaleRun. What is saved already is not saved again.
    """
    run = lock_run(run_id)
    instrument = definition_of(run.edition)
    about = about.trimmed() if about is not None else _about(run)
    errors = problems_of(instrument, given) | about_errors(instrument, about, timezone.localdate(at))
    if errors:
        raise BadRun(errors)
    answers = merged(run.answers, given)
    if revision > run.revision:
        raise BadRun({"revision": f"There is no revision {revision}; this run is at {run.revision}."})
    parts = changed_parts(run.answers, given)
    if about != _about(run):
        parts.append("about")
    if not parts:
        return run
    if late := [part for part in parts if run.touched.get(part, 0) > revision]:
        raise StaleRun(run, tuple(_disagreements(instrument, run, given, about, late)))
    changes = _audited(instrument, run.answers, answers)
    run.revision += 1
    run.touched |= dict.fromkeys(parts, run.revision)
    run.answers, run.saved_by, run.saved_at = answers, by, at
    run.run_on, run.subject, run.note = about.run_on, about.subject, about.note
    run.save()
    record(action="fill run" if source else "save run", obj=run, by=by, at=at, changes=changes)
    return run


def _about(run: InstrumentRun) -> About:
    return About(run.run_on, run.subject, run.note)


def _disagreements(
    instrument: Instrument, run: InstrumentRun, given: Answers, about: About, late: list[str]
) -> list[Difference]:
    mine = merged(run.answers, _only(given, late))
    found = differences(instrument, run.answers, mine)
    if "about" in late:
        now = _about(run)
        words = {"run_on": "Date", "subject": instrument.subject or "Subject", "note": "Note"}
        found += [
            Difference(f"about.{name}", label, str(getattr(now, name)), str(getattr(about, name)))
            for name, label in words.items()
            if getattr(now, name) != getattr(about, name)
        ]
    return found


def _only(given: Answers, parts: list[str]) -> Answers:
    kept: Answers = {name: given[name] for name in ("fields", "rows") if name in parts}
    slugs = [part.removeprefix("entries.") for part in parts if part.startswith("entries.")]
    return kept | {"entries": {slug: given["entries"][slug] for slug in slugs}}


def _audited(instrument: Instrument, before: Answers, after: Answers) -> dict[str, Any]:
    """Which places changed, without what was typed there, and how many where they are many."""
    places = [one.place for one in differences(instrument, before, after)]
    return {"places": places[:40], "changed": len(places)}


# --- its end ----------------------------------------------------------------------------------------


@transaction.atomic
def finish_run(*, run_id: int, revision: int, by: User, at: datetime) -> InstrumentRun:
    """Evaluate a run and fix it: its edition, what the portal knows of the agency, and its outcome.

    Raises InstrumentRun.DoesNotExist, RunFixed, StaleRun (it was saved after it was read), BadRun (something
    that is required was not answered, or nothing at all was; of a matrix the portal may know enough).
    """
    run = lock_run(run_id)
    if run.revision != revision:
        raise StaleRun(run, ())
    instrument = definition_of(run.edition)
    if errors := problems_of(instrument, run.answers) or missing_of(instrument, run.answers):
        raise BadRun(errors)
    known = known_of(run.agency, instrument, run.run_on)
    if is_blank(instrument, run.answers) and not (instrument.engine == "matrix" and known.levels):
        raise BadRun({"answers": "Nothing is answered yet. Answer at least one question, then finish."})
    outcome = evaluate(instrument, run.answers, known)
    run.state = InstrumentRun.State.FINISHED
    run.revision += 1
    run.finished_by, run.finished_at = by, at
    run.known, run.outcome = asdict(known), outcome.as_json()
    run.save()
    changes = {"instrument": run.instrument, "edition": run.edition.edition, "offers": len(outcome.offers)}
    record(action="finish run", obj=run, by=by, at=at, changes=changes)
    return run


@transaction.atomic
def discard_run(*, run_id: int, by: User, at: datetime) -> None:
    """Put an open run away for good. Raises InstrumentRun.DoesNotExist, RunFixed."""
    run = lock_run(run_id)
    run.removed_at = at
    run.save(update_fields=["removed_at"])
    parts = parts_of(run.answers)
    filled = [part for part in parts if part_of(run.answers, part)]
    record(action="discard run", obj=run, by=by, at=at, changes={"parts filled in": len(filled)})


@transaction.atomic
def note_run_export(*, run: InstrumentRun, form: str, by: User, at: datetime) -> None:
    """Write into the audit that `by` took a run out of the portal as a file."""
    record(action="export run", obj=run, by=by, at=at, changes={"format": form})
