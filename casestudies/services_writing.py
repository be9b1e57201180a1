"""Writing case studies: drafts, their changes, and whose they are. Who may is decided by the caller."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from casestudies.content import Content, content_from_json, faults_of
from casestudies.models import CaseStudy, CaseStudyStep
from casestudies.services_showing import show
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.slugs import make_slug, start_of_slug
from portal.audit.services import record

MOST_MATCHED = 500  # drafts of one name at once, as many as files are read in at once
# Words that our own addresses have in the place of a slug.
RESERVED = frozenset({"new", "import", "match", "review"})
WRITERS = 20_261_122  # the advisory lock of whoever writes case studies


class InvalidCaseStudy(Exception):
    """What is written cannot be kept; `faults` are pairs of a field's name and what is wrong with it."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(reason for _, reason in faults))
        self.faults = faults


class StaleCaseStudy(Exception):
    """The case study is not at the revision, or no longer in the state, that was seen."""


def one_at_a_time() -> None:
    """Let no one else write case studies until the transaction ends: slugs, technologies and files are
    looked for before they are written. Call it before any row is locked."""
    if connection.vendor == "postgresql":  # the other knows one writer at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITERS])


def lock(study_id: int, revision: int, states: AbstractSet[str] | None = None) -> CaseStudy:
    """The case study under its lock, at this revision and in one of these states (None: in any)."""
    one_at_a_time()
    study = CaseStudy.objects.select_for_update(of=("self",)).select_related("agency").get(pk=study_id)
    if study.revision != revision or (states is not None and study.state not in states):
        last = study.steps.select_related("by").last()
        who = f" by {last.by}" if last is not None and last.by is not None else ""
        raise StaleCaseStudy(
            f"This case study has changed since you read it: it is {study.get_state_display().lower()}"
            f"{who}, at revision {study.revision}. Nothing was done; look at it again."
        )
    return study


def move(
    study: CaseStudy, state: CaseStudy.State, *, action: str, by: User | None, at: datetime, comment: str = ""
) -> None:
    """Bring it to a state, with the step and the audit entry."""
    old, study.state = study.state, state
    study.revision += 1
    study.updated_at = at
    study.save()
    step(study, by=by, at=at, comment=comment)
    record(action=action, obj=study, by=by, at=at, changes={"state": [str(old), str(state)]})


def step(study: CaseStudy, *, by: User | None, at: datetime, comment: str = "") -> None:
    """Keep that it came into its state."""
    CaseStudyStep.objects.create(
        case_study=study, state=study.state, revision=study.revision, by=by, at=at, comment=comment
    )


@transaction.atomic
def create_case_study(
    *,
    content: Content,
    agency: Agency | None,
    by: User | None,
    at: datetime,
    origin: CaseStudy.Origin = CaseStudy.Origin.PERSON,
    agency_name_given: str = "",
    file_key: str = "",
    file_hash: str = "",
) -> CaseStudy:
    """A new draft. `agency_name_given`: what a file calls an agency that is yet to be matched.

    Raises InvalidCaseStudy.
    """
    _check(content)
    one_at_a_time()
    slug = _free_slug(content.title)
    study = CaseStudy(
        slug=slug,
        origin=origin,
        state=CaseStudy.State.DRAFT,
        is_public=False,
        agency=agency,
        author=by,
        agency_name_given="" if agency is not None else agency_name_given,
        draft=content.as_json(),
        file_key=file_key,
        file_hash=file_hash,
        file_revision=1 if file_key else None,
        updated_at=at,
    )
    show(study, content)
    if by is not None:
        study.writers.add(by)
    step(study, by=by, at=at)
    changes = {"agency": agency.slug if agency else agency_name_given, "origin": str(origin)}
    record(action="case_study.create", obj=study, by=by, at=at, changes=changes)
    return study


@transaction.atomic
def edit_case_study(
    *,
    study_id: int,
    revision: int,
    content: Content,
    agency: Agency | None,
    by: User | None,
    at: datetime,
) -> CaseStudy:
    """Write `content` over the draft; readers of a published one see it when it is published again.

    Raises CaseStudy.DoesNotExist, StaleCaseStudy, InvalidCaseStudy.
    """
    _check(content)
    study = lock(study_id, revision, set(CaseStudy.State) - {CaseStudy.State.IN_REVIEW})
    if study.draft == content.as_json() and study.agency_id == (agency.pk if agency else None):
        return study
    changes: dict[str, object] = {"fields": changed_fields(study, content)}
    if agency is not None and agency.pk != study.agency_id:
        changes["agency"] = [study.agency.slug if study.agency else None, agency.slug]
        study.agency_name_given = ""
    study.agency = agency
    study.draft = content.as_json()
    study.updated_at = at
    study.revision += 1
    moved = study.state != CaseStudy.State.DRAFT
    study.state = CaseStudy.State.DRAFT
    if study.is_public:
        study.save()
    else:
        show(study, content)
    if by is not None:
        study.writers.add(by)
    if moved:
        step(study, by=by, at=at)
    record(action="case_study.edit", obj=study, by=by, at=at, changes=changes)
    return study


@transaction.atomic
def match_agency(*, study_id: int, revision: int, agency: Agency | None, by: User, at: datetime) -> CaseStudy:
    """Say which agency a file meant; None: none of the portal's, its organization is outside.

    That is no writing: who matches may publish. Of one that has its agency already, to give it another is
    to edit it. Raises CaseStudy.DoesNotExist, StaleCaseStudy.
    """
    study = lock(study_id, revision)
    if study.agency is not None:
        raise StaleCaseStudy(
            f"This is a case study of {study.agency} already; to give it to another one, change it."
        )
    given, study.agency_name_given = study.agency_name_given, ""
    study.agency = agency
    study.revision += 1
    study.updated_at = at
    if agency is not None and not study.organization:
        _name_organization(study, agency.name)
    study.save()
    changes = {"named": given, "agency": agency.slug if agency else None}
    record(action="case_study.match", obj=study, by=by, at=at, changes=changes)
    return study


@transaction.atomic
def match_agencies(
    *,
    study_id: int,
    revision: int,
    others: QuerySet[CaseStudy],
    agency: Agency | None,
    by: User,
    at: datetime,
) -> int:
    """Say it of one as match_agency does, and of those of `others` that give the same name; of how many.

    Raises CaseStudy.DoesNotExist, StaleCaseStudy.
    """
    name = lock(study_id, revision).agency_name_given
    match_agency(study_id=study_id, revision=revision, agency=agency, by=by, at=at)
    if not name:
        return 0
    alike = others.filter(agency__isnull=True, agency_name_given=name).exclude(pk=study_id)
    rows = list(alike.order_by("pk").values_list("pk", "revision")[:MOST_MATCHED])
    for pk, seen in rows:
        match_agency(study_id=pk, revision=seen, agency=agency, by=by, at=at)
    return len(rows)


def changed_fields(study: CaseStudy, content: Content) -> list[str]:
    """The names of the fields in which `content` differs from the draft; never what they say."""
    now = content.as_json()
    return [name for name in now if study.draft.get(name) != now[name]]


def _name_organization(study: CaseStudy, name: str) -> None:
    content = replace(content_from_json(study.draft), organization=name)
    study.draft = content.as_json()
    if not study.is_public:
        show(study, content)


def _check(content: Content) -> None:
    if faults := list(faults_of(content)):
        raise InvalidCaseStudy(faults)


def _free_slug(title: str) -> str:
    start = start_of_slug(title, "case-study")
    taken = set(CaseStudy.objects.filter(slug__startswith=start).values_list("slug", flat=True))
    return make_slug(title, taken | RESERVED, otherwise="case-study")
