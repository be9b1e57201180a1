"""Identifiers of figures: which number, of whom, by which questionnaire and method, at which month end, and
with which knowledge. They can be read, typed off a print, and turned back into the number. Pure.

    program:containers-first~container-adoption~staged-1@1~2026-09-30~p12~median
    scope                    questionnaire      method     month end  |   which number
                                                                      knowledge: publication 12

The knowledge is pN (as of publication N), dDAY (as known at the end of a day) or kTIME (as known at that
moment, for provisional figures). All of them reproduce, because results are never edited.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from dashboards.charts.scale import ScoreScale

SEPARATOR = "~"
OWN = "only"  # a scope of one agency by itself
FIRST_YEAR, LAST_YEAR = 1990, 2999  # of knowledge
MOMENT = "%Y%m%dT%H%M%S%f"
NUMBERS = {
    "agencies": "agencies counted",
    "reported": "agencies that reported",
    "carried": "agencies carried forward",
    "not_reporting": "agencies not reporting",
    "not_adopting": "agencies not adopting",
    "mean": "mean score, {counted}",
    "median": "median score, {counted}",
    "lower_quartile": "lower quartile of the score, {counted}",
    "upper_quartile": "upper quartile of the score, {counted}",
    "stages": "agencies by {many}",
    "table": "agencies with how they stand",
}
# Of further pages of a scope, each with all of its counts.
PAGE_NUMBERS = {
    "stuck": "agencies with as many {many} for four quarters or more",
    "items": "items by how many agencies have them open",
    "challenges": "challenges by how many agencies have them open",
    "practices": "practices by how many agencies lack them",
    "must_haves": "agencies in production with must-haves missing",
    "quality": "agencies by how good their data is",
    "domains": "domains by their median, in percent of the maximum",
    "analysis": "mean score with its spread, {counted}",
    "stage_times": "months that agencies need for each {step}",
    "target": "agencies at or above their own target",
    "containers": "share of suitable systems in containers",
    "savings": "documented savings",
    "evidence": "median share of what is in place that evidence stands behind",
}
# The same with something more said of them after "_": a month end before, a domain, the month in which years
# begin (by whose quarters a forecast is made).
PAGE_NUMBERS_OF = {
    "transitions": r"\d{4}-\d{2}-\d{2}",
    "method_changes": r"\d{4}-\d{2}-\d{2}",
    "domain": r"[-\w]{1,80}",
    "forecast": r"[1-9]|1[0-2]",
}
OWN_NUMBERS = {
    "score": "score, {counted}",
    "stages_completed": "{many}",
    "domains": "domains, in percent of their maximum",
}
_COMPLETED = re.compile(r"completed_([1-9]\d?)", re.ASCII)
_NUMBER_OF = re.compile(
    "|".join(f"(?:({name})_({what}))" for name, what in PAGE_NUMBERS_OF.items()), re.ASCII
)
_SCOPE = re.compile(r"everything|[a-z]+:[-\w]{1,100}", re.ASCII)
_MODEL = re.compile(r"[-\w]{1,80}", re.ASCII)
_METHOD = re.compile(r"[-\w.@]{1,40}", re.ASCII)


class NotAFigure(ValueError):
    """This is no identifier of a figure; says what is wrong with it."""


@dataclass(frozen=True)
class Known:
    """With which knowledge: one of publication, day and moment."""

    publication: int | None = None
    day: date | None = None
    moment: datetime | None = None

    def __str__(self) -> str:
        if self.publication is not None:
            return f"p{self.publication}"
        if self.day is not None:
            return f"d{self.day.isoformat()}"
        return f"k{self.moment.astimezone(UTC):{MOMENT}}Z" if self.moment is not None else ""


@dataclass(frozen=True)
class Figure:
    """What an identifier says."""

    scope: str  # everything, program:slug, agency:slug and the like; only:slug is an agency by itself
    model: str
    method: str
    on: date
    known: Known
    number: str

    def __str__(self) -> str:
        parts = (self.scope, self.model, self.method, self.on.isoformat(), str(self.known), self.number)
        return SEPARATOR.join(parts)

    @property
    def of_one_agency(self) -> str | None:
        """The slug of the agency where the figure is of one by itself."""
        kind, _, slug = self.scope.partition(":")
        return slug if kind == OWN else None

    @property
    def stage(self) -> int | None:
        """The stage of "completed_3": how many have completed it or more."""
        match = _COMPLETED.fullmatch(self.number)
        return int(match[1]) if match else None

    @property
    def number_of(self) -> tuple[str, str] | None:
        """("domain", "people") of "domain_people": one of PAGE_NUMBERS_OF, and what is said of it."""
        match = _NUMBER_OF.fullmatch(self.number)
        if match is None:
            return None
        name, what = (part for part in match.groups() if part is not None)
        return name, what

    @property
    def since(self) -> date | None:
        """The month end before, of "transitions_2026-06-30": between it and the figure's own."""
        name, what = self.number_of or ("", "")
        return date.fromisoformat(what) if name in {"transitions", "method_changes"} else None

    @property
    def of_page(self) -> bool:
        """Whether it is a figure of a further page of a scope."""
        return self.number in PAGE_NUMBERS or self.number_of is not None

    def words_in(self, scale: ScoreScale) -> str:
        """Which number, for people, in the words of its model."""
        if self.number_of is not None:
            return self._words_of(*self.number_of, scale)
        if self.stage is not None:
            done = (
                f"completed stage {self.stage}"
                if scale.staged
                else f"reached the band {scale.band(self.stage)}"
            )
            return f"agencies that have {done} or more"
        words = (OWN_NUMBERS if self.of_one_agency else NUMBERS | PAGE_NUMBERS)[self.number]
        return words.format(counted=scale.counted, many=scale.many.lower(), step=scale.step)

    def _words_of(self, name: str, what: str, scale: ScoreScale) -> str:
        if name == "domain":
            return f"median of the domain {what}, in percent of its maximum"
        if name == "forecast":
            return "forecast of the score" if self.of_one_agency else "forecast of the median score"
        if name == "method_changes":
            return f"agencies whose score changed, really and by the method, {what} to {self.on}"
        return f"agencies by {scale.many.lower()}, {what} and {self.on}"


def read_figure(text: str) -> Figure:
    """What an identifier says. Raises NotAFigure."""
    parts = text.strip().split(SEPARATOR)
    if len(parts) != 6:
        raise NotAFigure(f"An identifier has six parts with {SEPARATOR} between them.")
    scope, model, method, on, known, number = parts
    for name, part, form in (
        ("scope", scope, _SCOPE),
        ("questionnaire", model, _MODEL),
        ("method", method, _METHOD),
    ):
        if not form.fullmatch(part):
            raise NotAFigure(f"Its {name} cannot be read.")
    found = Figure(scope, model, method, _day(on, "month end"), _known(known), number)
    named = found.number_of
    if named and named[0] in {"transitions", "method_changes"}:
        _day(named[1], "earlier month end")
    numbers = OWN_NUMBERS if found.of_one_agency else NUMBERS | PAGE_NUMBERS
    more = named is not None and (named[0] == "forecast" or not found.of_one_agency)
    if number not in numbers and not more and (found.of_one_agency or found.stage is None):
        raise NotAFigure("It does not name a number that is known.")
    return found


def other_figure(figure: str, number: str) -> str:
    """The identifier of another number of the same, at the same month end and with the same knowledge; none
    of none. Raises NotAFigure."""
    return str(replace(read_figure(figure), number=number)) if figure else ""


def _known(text: str) -> Known:
    kind, rest = text[:1], text[1:]
    if kind == "p" and re.fullmatch(r"[1-9]\d{0,8}", rest, re.ASCII):
        return Known(publication=int(rest))
    if kind == "d":
        day = _day(rest, "day of knowledge")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise NotAFigure("Its day of knowledge lies too far off.")
        return Known(day=day)
    if kind == "k" and re.fullmatch(r"\d{8}T\d{12}Z", rest, re.ASCII):
        try:
            moment = datetime.strptime(rest, f"{MOMENT}Z").replace(tzinfo=UTC)
        except ValueError as error:
            raise NotAFigure("Its moment of knowledge is no time.") from error
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise NotAFigure("Its moment of knowledge lies too far off.")
        return Known(moment=moment)
    raise NotAFigure("It does not say with which knowledge: pN, dDAY or kTIME.")


def _day(text: str, name: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise NotAFigure(f"Its {name} is no day.")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotAFigure(f"Its {name} is no day.") from error
