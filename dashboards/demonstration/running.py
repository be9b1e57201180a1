"""Runs of instruments in the demonstration: what a few agencies filled in beside the questionnaire.

They are made through the services that everybody uses, with answers drawn from the definitions themselves,
so that an instrument that changes its questions needs no change here.
"""

import random
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from assessments.models import InstrumentRun
from assessments.queries_runs import definition_of
from assessments.services_runs import About, finish_run, save_run_answers, start_run
from maturity.instruments.definitions import Field, Instrument, Option
from maturity.models import InstrumentEdition
from maturity.queries_instruments import current_editions
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency

# A checklist, a tree over applications, a matrix, a calculator, a profile.
SHOWN = (
    "in-layer-checklist",
    "in-application-tree",
    "in-threat-coverage",
    "in-roi-calculator",
    "in-choice-profile",
)
DRAFT = "in-docker-hardening"  # begun at home and left open, so that a newcomer can go on with it
OTHERS = 2  # agencies besides home that have run the same
NOTE = "Invented for the demonstration."
APPLICATIONS = ("Permit desk", "Tide tables", "Harbor fees", "Staff directory")
AMOUNTS = (2, 40)  # numbers without bounds of their own are drawn from here
DOLLARS = (500, 9_000)  # and amounts of money from here


def run_instruments(*, home: Agency, people: dict[str, User], at: datetime) -> list[InstrumentRun]:
    """A run of several instruments at home, an earlier one of each to compare with, and two agencies more.

    Instruments that are not published here are left out.
    """
    editions = {edition.slug: edition for edition in current_editions().filter(slug__in=[*SHOWN, DRAFT])}
    agencies = [home, *Agency.objects.exclude(pk=home.pk).filter(closed_on=None).order_by("name")[:OTHERS]]
    today = timezone.localdate(at)
    found = []
    for slug in SHOWN:
        if slug not in editions:
            continue
        for number, agency in enumerate(agencies):
            by = people[Role.LEAD] if agency == home else people[Role.ADMINISTRATOR]
            day = today - timedelta(days=100 + number)
            first = _finished(editions[slug], agency, by, day, at, bias=0.45)
            found.append(first)
            if agency == home:
                found.append(_finished(editions[slug], agency, by, today, at, bias=0.75, repeats=first))
    if DRAFT in editions:
        found.append(_begun(editions[DRAFT], home, people[Role.LEAD], today, at))
    return found


def _finished(
    edition: InstrumentEdition,
    agency: Agency,
    by: User,
    day: date,
    at: datetime,
    *,
    bias: float,
    repeats: InstrumentRun | None = None,
) -> InstrumentRun:
    """A finished run; `bias` is how likely an answer is a good one."""
    run = _begun(edition, agency, by, day, at, repeats)
    chance = random.Random(f"{edition.slug}-{agency.slug}-{day.year}")  # noqa: S311 - a story, not a secret
    given = _answers(definition_of(edition), chance, bias)
    run = save_run_answers(run_id=run.pk, revision=run.revision, given=given, by=by, at=at)
    return finish_run(run_id=run.pk, revision=run.revision, by=by, at=at)


def _begun(
    edition: InstrumentEdition,
    agency: Agency,
    by: User,
    day: date,
    at: datetime,
    repeats: InstrumentRun | None = None,
) -> InstrumentRun:
    subject = "First of its kind" if definition_of(edition).subject else ""
    about = About(day, subject, NOTE)
    return start_run(edition=edition, agency=agency, about=about, by=by, at=at, repeats=repeats)


def _answers(instrument: Instrument, chance: random.Random, bias: float) -> dict[str, Any]:
    given: dict[str, Any] = {"fields": _filled(instrument.fields, chance, bias)}
    if instrument.columns:
        given["entries"] = {
            entry.slug: _filled(instrument.columns, chance, bias)
            for entry in instrument.entries
            if chance.random() < 0.95
        }
    if instrument.row:
        given["rows"] = [_filled(instrument.row, chance, bias, named=name) for name in APPLICATIONS]
    return given


def _filled(fields: tuple[Field, ...], chance: random.Random, bias: float, named: str = "") -> dict[str, Any]:
    """A value for what is chosen or counted, and for texts that are needed; the first takes `named`."""
    found: dict[str, Any] = {}
    for field in fields:
        value = _value(field, chance, bias)
        if field.kind in {"text", "paragraph"}:
            value = named or (NOTE if field.required else None)
            named = ""
        if value is not None:
            found[field.slug] = value
    return found


def _value(field: Field, chance: random.Random, bias: float) -> Any:
    if field.kind == "choice":
        return _chosen(field.options, chance, bias).value
    if field.kind == "choices":
        return [one.value for one in field.options if chance.random() < bias] or [field.options[0].value]
    if field.kind == "yes_no":
        return chance.random() < bias
    if field.kind == "number":
        least, most = DOLLARS if field.unit in {"US dollars", "US dollars a year"} else AMOUNTS
        low = max(int(float(field.minimum or 0)), least)
        high = min(int(float(field.maximum or most)), low + most)
        return field.usual or str(chance.randint(low, max(low, high)))
    return None


def _chosen(options: tuple[Option, ...], chance: random.Random, bias: float) -> Option:
    """An option, the better ones more often where they have a worth."""
    if not any(option.worth for option in options):
        return chance.choice(options)
    worths = [float(option.worth) if option.worth else None for option in options]
    weights = [0.06 if one is None else bias * one + (1 - bias) * (1 - one) for one in worths]
    return chance.choices(options, weights)[0]
