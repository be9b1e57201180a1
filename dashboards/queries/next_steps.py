"""What an agency may do next: its gaps with first steps, who did it before, and why each is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assessments.models import Result
from assessments.result_reading import GapLine, ResultReading
from casestudies.models import CaseStudy, Lesson
from dashboards.models import Scope
from dashboards.papers.content import Number
from dashboards.points import Point
from dashboards.queries.agency import programs_of, read_agency
from dashboards.queries.facts import fact_numbers
from dashboards.queries.known import LATEST
from dashboards.queries.measures import Measure
from dashboards.queries.peers import PeerReading, read_peers
from dashboards.queries.scopes import HiddenScope, UnknownScope, scope_named
from maturity.models import LibraryEntry
from portal.access.models import User
from portal.agencies.models import Agency, ProfileValue
from portal.agencies.profile import FIELDS_BY_SLUG, Value, in_words
from portal.agencies.queries import current_profile

STUDIES_SHOWN = 6
STUDIES_LOOKED_AT = 40  # of those that are about the stage, without a lesson for a gap
TITLES_TOLD = 2
# Words by which the free text of a case study says what a profile says by choice.
# "Other" is no likeness.
TYPE_WORDS = {"cabinet-level": "cabinet-level", "with-components": "component"}
SIZE_WORDS = {"small": "small", "mid": "mid-size", "large": "large"}


@dataclass(frozen=True)
class NextStep:
    """A gap, and how to begin with it."""

    gap: GapLine
    steps: tuple[str, ...]  # of the guidance
    managed: str  # how it reads for those who buy it as a managed service


@dataclass(frozen=True)
class StudyShown:
    """A case study with its lessons for the gaps, and why it is shown."""

    study: CaseStudy
    lessons: tuple[Lesson, ...]
    why: tuple[str, ...]

    @property
    def results(self) -> str:
        """What came of it in numbers, as far as it says."""
        return str(self.study.facts.get("scale_and_results", ""))


@dataclass(frozen=True)
class NextReading:
    """All that the page shows. `holding` keeps the agency at the stage it works on, `others` do not."""

    result: Result
    detail: ResultReading
    holding: tuple[NextStep, ...]
    others: tuple[NextStep, ...]
    studies: tuple[StudyShown, ...]
    peers: PeerReading
    models_in_use: str  # delivery models, as the profile says; "" where it says nothing
    models: tuple[LibraryEntry, ...]  # delivery models for the stage it works on


def read_next(
    agency: Agency, measure: Measure, points: Sequence[Point], reader: User, today: date
) -> NextReading | None:
    """What `reader`, who may see item levels of `agency`, is shown; None where no result has them.

    From the latest approved result, published or not: plans are not made from last quarter's answers.
    """
    reading = read_agency(agency, measure, points, reader, LATEST)
    if reading.result is None or reading.detail is None:
        return None
    detail, profile = reading.detail, current_profile(agency)
    lines = [*detail.holding, *detail.gaps]
    return NextReading(
        result=reading.result,
        detail=detail,
        holding=tuple(map(_step, detail.holding)),
        others=tuple(map(_step, detail.gaps)),
        studies=studies_for(agency, lines, detail.working_on if measure.staged else None, profile),
        peers=read_peers(agency, measure, reader, today),
        models_in_use=_in_use(profile),
        models=delivery_models(detail.working_on) if measure.staged else (),
    )


def savings_nearby(
    agency: Agency, measure: Measure, on: date, reader: User, today: date
) -> tuple[Scope, Number] | None:
    """What the agencies of a program of this one documented as saved, of a program whose totals `reader` may
    see; None where there is none, or fewer than five told."""
    for program in programs_of(agency, reader, today):
        try:
            scope = scope_named(f"program:{program.slug}", reader)
        except (HiddenScope, UnknownScope):
            continue
        found = {one.slug: one for one in fact_numbers(scope, measure, on, reader)} if scope else {}
        if scope and found["savings"].count is not None:
            return scope, found["savings"]
    return None


def delivery_models(stage: int | None) -> tuple[LibraryEntry, ...]:
    """The delivery models that the guide proposes for a stage (its Table 2); none without one. One query."""
    if stage is None:
        return ()
    entries = LibraryEntry.objects.filter(shelf__slug="delivery-models").order_by("position")
    return tuple(entry for entry in entries if entry.facts.get(f"Stage {stage}") == "yes")


def studies_for(
    agency: Agency, gaps: Sequence[GapLine], stage: int | None, profile: Mapping[str, Value]
) -> tuple[StudyShown, ...]:
    """Public case studies for these gaps, those with the most in common first. Two queries at most.

    A case study without a lesson for any gap is shown only where it is about the stage being worked on;
    the agency's own are not shown to it.
    """
    lessons: dict[int, dict[int, Lesson]] = {}
    titles: dict[int, list[str]] = {}
    studies: dict[int, CaseStudy] = {}
    for gap in gaps:
        for lesson in gap.lessons:
            study = lesson.case_study
            if study.agency_id == agency.pk:
                continue
            studies[study.pk] = study
            lessons.setdefault(study.pk, {})[lesson.pk] = lesson
            known = titles.setdefault(study.pk, [])
            if gap.item.title not in known:
                known.append(gap.item.title)
    if stage is not None:
        about = CaseStudy.objects.public().filter(first_stage__lte=stage, last_stage__gte=stage)
        about = about.exclude(agency=agency.pk)
        studies |= {study.pk: study for study in about.order_by("title", "pk")[:STUDIES_LOOKED_AT]}
    owners = _profiles(studies.values())
    found = []
    for pk, study in studies.items():
        why = _why(study, titles.get(pk, []), stage, profile, owners.get(study.agency_id or 0, {}))
        weight = 3 * min(len(titles.get(pk, [])), 4) + 2 * (len(why) - bool(titles.get(pk)))
        shown = StudyShown(study, tuple(lessons.get(pk, {}).values()), tuple(why))
        found.append((-weight, study.title, shown))
    return tuple(row[2] for row in sorted(found, key=lambda row: row[:2])[:STUDIES_SHOWN])


def _why(
    study: CaseStudy,
    titles: Sequence[str],
    stage: int | None,
    profile: Mapping[str, Value],
    owner: Mapping[str, str],
) -> list[str]:
    """The reasons for which it is shown, in words."""
    why = []
    if titles:
        told = " and ".join(f"“{title}”" for title in titles[:TITLES_TOLD])
        more = f" and {len(titles) - TITLES_TOLD} more of these gaps" if len(titles) > TITLES_TOLD else ""
        why.append(f"it has a lesson for {told}{more}")
    first, last = study.first_stage, study.last_stage
    if stage is not None and first is not None and last is not None and first <= stage <= last:
        why.append(f"it is about stage {stage}, which this agency works on")
    for field, words in (("type", TYPE_WORDS), ("size", SIZE_WORDS)):
        own = profile.get(field)
        word = words.get(str(own), "")
        said = study.agency_type.casefold()
        if (
            own
            and own != "other"
            and (owner.get(field) == own or (word and word in said and "private" not in said))
        ):
            label = in_words(FIELDS_BY_SLUG[field], own)
            why.append(f"its agency has the same {field}: {label}")
    return why


def _profiles(studies: Iterable[CaseStudy]) -> dict[int, dict[str, str]]:
    """Type and size of the agencies that agreed to be named with their case studies."""
    rows = [study for study in studies if study.agency_id and study.may_be_named]
    if not rows:
        return {}
    found: dict[int, dict[str, str]] = {}
    values = ProfileValue.objects.filter(
        agency__in={study.agency_id for study in rows}, field__in=["type", "size"], until_on__isnull=True
    )
    for pk, field, choice in values.order_by().values_list("agency_id", "field", "choice"):
        found.setdefault(pk, {})[field] = choice
    return found


def _step(gap: GapLine) -> NextStep:
    guidance = gap.item.guidance or {}
    return NextStep(gap, tuple(guidance.get("steps", ())), guidance.get("managed", ""))


def _in_use(profile: Mapping[str, Value]) -> str:
    value = profile.get("delivery_models")
    return in_words(FIELDS_BY_SLUG["delivery_models"], value) if value else ""
