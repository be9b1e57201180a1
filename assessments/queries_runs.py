"""Reads of runs: their definitions, what the portal knows of an agency, and what runs suggest."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from statistics import median
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.fields.json import KT

from assessments.models import InstrumentRun, Result
from assessments.results import frozen_levels, scorecard_of
from maturity.instruments.definitions import Instrument
from maturity.instruments.outcomes import Known, Offer, Outcome, outcome_of
from maturity.instruments.plain import instrument_of
from maturity.levels import LEVEL_VALUES, Level
from maturity.models import InstrumentEdition
from maturity.queries import rules_of
from portal.access.models import User
from portal.agencies.models import Agency, ProfileValue, in_force

MOST_SUGGESTING = 100  # runs of one agency whose offers are read


@dataclass(frozen=True)
class Suggestion:
    """What a finished run suggests for an item, and from which run it comes."""

    run: InstrumentRun
    offer: Offer


@dataclass(frozen=True)
class Spread:
    """The main measure of the latest finished runs of several agencies."""

    agencies: int  # with a finished run
    name: str = ""
    unit: str = ""
    values: int = 0  # latest runs with a value
    lowest: Decimal | None = None
    middle: Decimal | None = None
    highest: Decimal | None = None


def definition_of(edition: InstrumentEdition) -> Instrument:
    """The definition that an edition holds; read once for each edition, which never changes."""
    return _definition(edition.pk, edition.text_hash)


@lru_cache(maxsize=128)
def _definition(pk: int, text_hash: str) -> Instrument:
    return instrument_of(InstrumentEdition.objects.values_list("definition", flat=True).get(pk=pk))


def known_of(agency: Agency, instrument: Instrument, on: date) -> Known:
    """What the portal knows of an agency on a day: its latest approved result and its size.

    Where it answers several questionnaires, the result counts whose items the instrument speaks of.
    """
    size = ProfileValue.objects.filter(in_force(on), agency=agency, field="size").first()
    words = str(size.value) if size is not None else ""
    result = _latest_result(agency, instrument)
    if result is None:
        return Known(levels={}, size=words, on=on.isoformat())
    rules = rules_of(result.version)
    levels = {slug: str(level) for slug, level in frozen_levels(rules, result).items() if level}
    card = scorecard_of(rules, result) if result.version.is_staged else None
    return Known(
        levels=levels,
        period_label=result.period_label,
        stages_completed=result.stages_completed if card is not None else None,
        working_on=card.working_on if card is not None else None,
        size=words,
        on=on.isoformat(),
    )


def _latest_result(agency: Agency, instrument: Instrument) -> Result | None:
    spoken_of = {slug for entry in instrument.entries for slug in entry.practices + entry.challenges}
    results = Result.objects.as_approved().filter(agency=agency).exclude(levels="")
    results = results.select_related("version__model").order_by("-period_ends_on", "-approved_at")
    if spoken_of:
        fitting = results.filter(version__items__slug__in=spoken_of).distinct().first()
        if fitting is not None:
            return fitting
    return results.first()


def known_from(told: dict[str, Any]) -> Known:
    """What was known when a run was finished, as it was kept."""
    return Known(**told)


def outcome_in(run: InstrumentRun) -> Outcome:
    """The outcome of a finished run."""
    return outcome_of(run.outcome)


# --- what runs suggest ------------------------------------------------------------------------------


def suggestions_for(agency: Agency, reader: User) -> dict[str, list[Suggestion]]:
    """By item, what the latest finished runs of an agency suggest, as far as `reader` may see them."""
    runs = InstrumentRun.objects.visible_to(reader).filter(agency=agency).latest_finished()
    runs = runs.select_related("edition", "agency").defer(
        "answers", "known", "touched", "edition__definition"
    )
    found: dict[str, list[Suggestion]] = defaultdict(list)
    for run in runs.order_by("edition__number", "-run_on", "pk")[:MOST_SUGGESTING]:
        for offer in outcome_in(run).offers:
            found[offer.item].append(Suggestion(run, offer))
    return dict(found)


def is_lower(now: str, offered: str) -> bool:
    """Whether an answer is not given or says less than what is offered. Left out is not less: somebody
    decided that."""
    if not now:
        return True
    before, after = LEVEL_VALUES.get(Level(now)), LEVEL_VALUES.get(Level(offered))
    return before is not None and after is not None and before < after


# --- lists ------------------------------------------------------------------------------------------


def latest_by_instrument(user: User) -> dict[str, InstrumentRun]:
    """By instrument, the last run, open or finished, that this person may see."""
    mine = InstrumentRun.objects.visible_to(user).filter(instrument=OuterRef("slug"))
    newest = Subquery(mine.order_by("-run_on", "-pk").values("pk")[:1])
    editions = InstrumentEdition.objects.filter(is_current=True).annotate(newest=newest)
    numbers = [pk for pk in editions.values_list("newest", flat=True) if pk is not None]
    runs = InstrumentRun.objects.filter(pk__in=numbers).with_list_relations()
    return {run.instrument: run for run in runs}


def latest_of_agency(agency: Agency, user: User) -> list[InstrumentRun]:
    """The latest finished run of each instrument and subject of an agency, and those that are open,
    which come first; the latest first."""
    runs = InstrumentRun.objects.visible_to(user).filter(agency=agency)
    latest = runs.filter(Q(pk__in=runs.latest_finished().values("pk")) | Q(state=InstrumentRun.State.OPEN))
    return list(latest.with_list_relations().order_by("-state", "-run_on", "edition__number", "-pk")[:60])


def spread_of(slug: str, user: User) -> Spread:
    """How many agencies that this person may see have a finished run, and how the main measure of the last
    one of each is spread: one query, one row an agency."""
    runs = InstrumentRun.objects.visible_to(user).filter(instrument=slug).finished()
    later = runs.filter(agency=OuterRef("agency")).order_by("-run_on", "-finished_at", "-pk")
    latest = runs.filter(pk=Subquery(later.values("pk")[:1])).order_by()
    found = list(
        latest.values_list(
            KT("outcome__measures__0__name"),
            KT("outcome__measures__0__unit"),
            KT("outcome__measures__0__value"),
        )
    )
    if not found:
        return Spread(0)
    name, unit = next(((name, unit or "") for name, unit, _ in found if name), ("", ""))
    numbers = sorted(_numbers(value for _, _, value in found if value))
    if not numbers:
        return Spread(len(found), name, unit)
    return Spread(len(found), name, unit, len(numbers), numbers[0], median(numbers), numbers[-1])


def _numbers(values: Iterable[str]) -> list[Decimal]:
    found = []
    for value in values:
        try:
            found.append(Decimal(str(value)))
        except InvalidOperation:
            continue
    return found


def earlier_runs(run: InstrumentRun, reader: User) -> list[InstrumentRun]:
    """The finished runs of the same instrument, agency and subject before this one, the latest first."""
    same = (
        InstrumentRun.objects.visible_to(reader)
        .finished()
        .filter(agency_id=run.agency_id, instrument=run.instrument, subject=run.subject)
    )
    before = Q(run_on__lt=run.run_on) | Q(run_on=run.run_on, pk__lt=run.pk)
    return list(same.filter(before).exclude(pk=run.pk).with_list_relations()[:5])
