"""Figures of the one page, looked up by their identifiers. Without the change since the quarter before: each
number says how it is now."""

from dataclasses import replace

from dashboards.papers.content import Number
from dashboards.points import Point
from dashboards.queries.facts import fact_numbers
from dashboards.queries.figures_asked import Asked, NotThen, PageFigure
from dashboards.queries.movements import must_haves_missing
from dashboards.queries.one_page import Subject, evidence_number, target_number
from portal.agencies.periods import Period, month_end, month_start

PATH = "/one-page/"


def must_haves(asked: Asked) -> PageFigure:
    """Agencies in production with must-haves missing, as far as that may be told. Raises NotThen."""
    point = Point(asked.on, Period(month_start(asked.on), asked.on), "")
    found = must_haves_missing(asked.scope, asked.measure, point, asked.user, asked.read)
    if found is None:
        raise NotThen("This questionnaire has no must-haves.")
    return replace(_figure(found), path="/portfolio/challenges/", query={})


def target(asked: Asked) -> PageFigure:
    """Agencies at or above their own target."""
    return _figure(target_number(_subject(asked), asked.user))


def containers(asked: Asked) -> PageFigure:
    """The share of suitable systems in containers."""
    return _fact(asked, "containers")


def savings(asked: Asked) -> PageFigure:
    """The documented savings."""
    return _fact(asked, "savings")


def evidence(asked: Asked) -> PageFigure:
    """The median share backed by evidence."""
    return _figure(evidence_number(_subject(asked), asked.user))


def _fact(asked: Asked, slug: str) -> PageFigure:
    found = fact_numbers(asked.scope, asked.measure, asked.on, asked.user, asked.read)
    return _figure(next(number for number in found if number.slug == slug))


def _subject(asked: Asked) -> Subject:
    """The one page at the figure's month end, compared with nothing. Raises NotThen."""
    if not asked.measure.staged:
        raise NotThen("The one page has this number of models with stages.")
    days = month_end(asked.on, -1), asked.on
    points = tuple(Point(day, Period(month_start(day), day), str(day)) for day in days)
    return Subject(asked.scope, asked.measure, points, asked.row.publication, asked.knowledge)


def _figure(number: Number) -> PageFigure:
    value = f"{number.value} {number.of_text}".rstrip()
    rows = ((number.label, value),)
    return PageFigure(value, number.of or 0, rows, PATH, {"period": "quarter"})
