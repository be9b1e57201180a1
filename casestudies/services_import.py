"""Reading case studies in from files: all files are checked first, then all or none become drafts."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from casestudies.frontmatter import MOST_BYTES, FileStudy, read_case_study
from casestudies.models import CaseStudy
from casestudies.queries import default_model, unknown_items
from casestudies.services_showing import show
from casestudies.services_writing import create_case_study, one_at_a_time
from maturity.yamlfile import PackError
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import NoSuchAgency, find_agency
from portal.audit.services import record

MOST_FILES = 500
MOST_KEY = 300


class ImportRefused(Exception):
    """Nothing was changed; `problems` are "file:line: reason"."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass
class Report:
    """What an import did, by file. `unmatched`: a name that no agency has, with the files that give it."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: list[str] = field(
        default_factory=list
    )  # somebody wrote at it since: the file is not read over that
    problems: list[str] = field(default_factory=list)
    unmatched: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    matched: dict[str, str] = field(default_factory=dict)
    without_agency: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)  # fields that were not read, in how many files
    studies: list[CaseStudy] = field(default_factory=list)  # those created and changed


def files_at(path: Path) -> list[tuple[str, bytes]]:
    """The Markdown files at or below `path`, by their names within it. Raises ImportRefused, OSError."""
    if path.is_file():
        return [(path.name, path.read_bytes()[: MOST_BYTES + 1])]
    if not path.is_dir():
        raise ImportRefused([f"{path.name}:1: there is no such file or folder"])
    found = sorted(one for one in path.rglob("*.md") if one.is_file() and not one.is_symlink())
    if not found:
        raise ImportRefused([f"{path.name}:1: there is no .md file in the folder"])
    if len(found) > MOST_FILES:
        raise ImportRefused([f"{path.name}:1: {len(found)} files; {MOST_FILES} are the most"])
    read = []
    for one in found:
        with one.open("rb") as stream:
            read.append((one.relative_to(path).as_posix(), stream.read(MOST_BYTES + 1)))
    return read


@transaction.atomic
def import_files(
    *,
    files: Sequence[tuple[str, bytes]],
    agencies: QuerySet[Agency],
    by: User | None,
    at: datetime,
    collection: str = "",
    partial: bool = False,
    by_name: bool = True,
) -> Report:
    """Make drafts of these files (name, bytes). An agency is taken only where a file calls it by its name,
    slug or identifier and it is among `agencies`; all others are told, for a person to match.

    A file of the same key, else of the same name (or, not `by_name`, of the same bytes) in the same
    `collection` is the same case study again: it is changed if nobody wrote at it since, and left otherwise.
    Raises ImportRefused, unless `partial`.
    """
    report = Report()
    read = list(_checked(files, report, by_name=by_name))
    if report.problems and not partial:
        raise ImportRefused(report.problems)
    one_at_a_time()
    for study, digest in read:
        key = f"{collection}:{study.key or (study.name if by_name else digest)}"
        _bring_in(study, digest, key, agencies=agencies, by=by, at=at, report=report)
    return report


def _checked(
    files: Sequence[tuple[str, bytes]], report: Report, *, by_name: bool
) -> Iterator[tuple[FileStudy, str]]:
    """The files that are well, each with the digest of its bytes; what is wrong goes into the report."""
    model = default_model()
    keys: dict[str, str] = {}
    for name, raw in files:
        try:
            study = read_case_study(raw, name, model)
        except PackError as error:
            report.problems += error.problems
            continue
        problems = [f"{name}:1: {reason}" for reason in unknown_items(study.content)]
        digest = hashlib.sha256(raw).hexdigest()
        key = study.key or (name if by_name else digest)
        if key in keys:
            same = "has the same key as" if study.key or by_name else "says the same as"
            problems.append(f"{name}:1: {same} {keys[key]}")
        if len(key) > MOST_KEY // 2:
            problems.append(f"{name}:1: the key or file name is longer than {MOST_KEY // 2} characters")
        keys.setdefault(key, name)
        report.problems += problems
        if not problems:
            yield study, digest


def _bring_in(
    file: FileStudy,
    digest: str,
    key: str,
    *,
    agencies: QuerySet[Agency],
    by: User | None,
    at: datetime,
    report: Report,
) -> None:
    """Create, change or leave one case study, and say so."""
    found = CaseStudy.objects.select_for_update().filter(file_key=key).first()
    if found is not None and found.file_hash == digest:
        report.unchanged.append(file.name)
        return
    if found is not None and (found.revision != found.file_revision or found.state != CaseStudy.State.DRAFT):
        report.left.append(file.name)
        return
    agency = _agency_called(file, agencies, report)
    report.notes += file.notes
    report.unused.update(file.unused)
    if found is None:
        made = create_case_study(
            content=file.content,
            agency=agency,
            by=by,
            at=at,
            origin=CaseStudy.Origin.FILE,
            agency_name_given=file.agency_given,
            file_key=key,
            file_hash=digest,
        )
        report.created.append(file.name)
        report.studies.append(made)
        return
    found.agency, found.draft = agency, file.content.as_json()
    found.agency_name_given = "" if agency else file.agency_given
    found.revision += 1
    found.file_revision, found.file_hash, found.updated_at = found.revision, digest, at
    show(found, file.content)
    if by is not None:
        found.writers.add(by)
    record(action="case_study.import", obj=found, by=by, at=at, changes={"file": file.name})
    report.changed.append(file.name)
    report.studies.append(found)


def _agency_called(file: FileStudy, agencies: QuerySet[Agency], report: Report) -> Agency | None:
    """The agency that the file calls by a name that is exactly its own."""
    if not file.agency_given:
        report.without_agency.append(file.name)
        return None
    try:
        agency = find_agency(file.agency_given, agencies)
    except NoSuchAgency:
        report.unmatched[file.agency_given].append(file.name)
        return None
    report.matched[file.agency_given] = agency.name
    return agency
