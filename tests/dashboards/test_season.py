"""A season of 465 agencies, from the list of offices to a published figure and its correction, by one person.

Everything goes through the pages as a browser sends it, and through the jobs that the pages leave to workers.
"""

import csv
import io
import re
import sys
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from assessments.models import AnswerFile, Assessment, Cycle, DataCall, Letter, Result
from assessments.queries_cycles import agencies_asked, totals_of
from assessments.tasks import check_answer_file, load_answer_file, send_data_call
from dashboards.models import Publication, PublishedTrend, Scope
from dashboards.services_check import find_differences
from dashboards.tasks import refresh_stale
from maturity.models import ModelVersion
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Contact, StaleMark
from portal.agencies.periods import label, period_of
from tests.assessments.conftest import STAGE_1
from tests.factories import make_program, make_user
from tests.maturity.factories import make_small_model

COLUMNS = {
    "name": "name",
    "identifier": "id",
    "parent_identifier": "parent_office_id",
    "abbreviation": "abbreviation",
    "website": "url",
    "notes": "notes",
    "cfo_act": "cfo_act_agency",
    "branch": "reporting_authority_type",
}
MOST_REQUESTS = 100  # of the officer, for the whole season
NOTHING, EXTENDED, UNFOUNDED = 5, 8, 3  # agencies with nothing to report, with more time, without evidence
FILED = 370  # agencies in the file; three more answer by hand


class Person:
    """Somebody at a browser; counts the pages and forms that they need."""

    def __init__(self, user: User) -> None:
        self.user, self.client, self.requests = user, Client(), 0
        self.client.force_login(user)

    def get(self, address: str) -> Any:
        self.requests += 1
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer

    def post(self, address: str, follow: bool = True, **data: Any) -> Any:
        self.requests += 1
        answer = self.client.post(address, data, follow=follow)
        assert answer.status_code == 200, (address, answer.status_code, told(answer))
        return answer


def told(answer: Any) -> str:
    """The text of a page, for a test that fails."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())[:3000]


class Season:
    """One program, its officer, and the round of the quarter that runs."""

    def __init__(self, offices: Path, version: ModelVersion) -> None:
        self.offices, self.version = offices, version
        self.today = timezone.localdate()
        self.program = make_program("Containers First")
        self.officer = Person(make_user("officer", Role.OFFICER, program=self.program))

    # --- opening ---------------------------------------------------------------------------------------

    def import_agencies(self) -> None:
        officer = self.officer
        officer.get("/agencies/import/")
        file = SimpleUploadedFile("offices.csv", self.offices.read_bytes(), "text/csv")
        page = officer.post("/agencies/import/", file=file, program=self.program.slug)
        address = page.redirect_chain[-1][0]
        page = officer.post(address, **COLUMNS)
        assert "465 to create" in told(page)
        fingerprint = page.content.decode().split('name="fingerprint" value="')[1].split('"')[0]
        officer.post(f"{address}apply/", fingerprint=fingerprint)
        assert Agency.objects.count() == 465

    def open_round(self) -> Cycle:
        self.officer.get("/cycles/open/")
        self.officer.post(
            "/cycles/open/",
            program=self.program.pk,
            version=self.version.pk,
            period=label(period_of(self.today)),
            due_on=f"{self.today + timedelta(days=30)}",
            kind="full",
            units="roll_up",
        )
        self.cycle = Cycle.objects.get()
        self.address = f"/cycles/{self.cycle.pk}/"
        return self.cycle

    def units(self) -> list[Agency]:
        """By the list itself: the offices below which there is no other."""
        with self.offices.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        above = {row["parent_office_id"] for row in rows}
        leaves = [row["id"] for row in rows if row["id"] not in above]
        return list(Agency.objects.filter(identifier__in=leaves).order_by("identifier"))

    # --- chasing ---------------------------------------------------------------------------------------

    def write(self, kind: str) -> DataCall:
        """A data call or a reminder to all that have not reported; the worker comes twice."""
        address = f"{self.address}data-call/new/"
        shown = self.officer.get(f"{address}?kind={kind}").context["form"].initial
        words = {"kind": kind, "subject": shown["subject"], "text": shown["text"]}
        words |= {"recipients": ["lead"], "key": str(uuid4())}
        looked = self.officer.post(address, look="Look at it", **words)
        assert looked.context["preview"]
        self.officer.post(address, send="Send", **words)
        call = DataCall.objects.latest("pk")
        for _ in range(2):
            send_data_call(job_id=call.job_id)
        return call

    def bring_file(self, content: str) -> AnswerFile:
        """A file of answers: uploaded, checked, confirmed, loaded; the worker comes twice."""
        file = SimpleUploadedFile("delivered.csv", content.encode(), "text/csv")
        address = self.officer.post(f"{self.address}files/", file=file).redirect_chain[-1][0]
        brought = AnswerFile.objects.latest("uploaded_at")
        check_answer_file(job_id=brought.job_id)
        page = self.officer.get(address)
        assert page.context["found"]["problem_count"] == 0, page.context["found"]["problems"]
        self.officer.post(f"{address}load/", submit="on")
        brought.refresh_from_db()
        for _ in range(2):
            load_answer_file(job_id=brought.job_id)
        brought.refresh_from_db()
        self.officer.get(address)
        return brought

    # --- looking ---------------------------------------------------------------------------------------

    def totals(self) -> dict[str, int]:
        found = totals_of(agencies_asked(self.cycle, self.officer.user), self.today)
        return {name: count for name, count in found.by_status.items() if count}

    def submitted(self) -> "QuerySet[Assessment]":
        return Assessment.objects.filter(state="submitted")


def in_hand(agency: Agency, lead: Person, version: ModelVersion, period_start: date) -> Assessment:
    """An agency's lead starts, answers what is asked and submits, at the pages."""
    page = lead.get("/assessments/start/")
    period = next(key for key in page.context["form"].periods if key.startswith(str(period_start)))
    lead.post("/assessments/start/", agency=agency.pk, version=version.pk, period=period)
    assessment = Assessment.objects.get(agency=agency)
    for item in STAGE_1:
        lead.post(
            f"/assessments/{assessment.pk}/items/{item}/", level="not_started", revision=0, holder="self"
        )
    submit(assessment, lead)
    return assessment


def submit(assessment: Assessment, lead: Person) -> None:
    address = f"/assessments/{assessment.pk}/submit/"
    shown = lead.get(address).context["form"].initial
    lead.post(
        address,
        attests="myself",
        attested_as="executive",
        confirmed="on",
        revision=shown["revision"],
        seal=shown["seal"],
    )
    assessment.refresh_from_db()
    assert assessment.state == "submitted"


def steps_done(number: int) -> int:
    """How many items of stage 1 the agency of this place in the file has in place: never enough to pass."""
    return number % 3


def answers(agencies: list[Agency], today: date) -> str:
    """The answers of these as a file; the first few have nothing to show for what they say."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["agency", "item", "level", "evidence", "evidence_dated_on", "attested_by"])
    for number, agency in enumerate(agencies):
        unfounded = number < UNFOUNDED
        done = 2 if unfounded else steps_done(number)
        for place, item in enumerate(STAGE_1):
            there = place < done
            proof = ["The register", str(today)] if there and not unfounded else ["", ""]
            level = "in_place" if there else "not_started"
            rows.writerow([agency.identifier, item, level, *proof, "Pat Executive"])
    return out.getvalue()


def work_off() -> None:
    """What the workers do after approvals."""
    for _ in range(50):
        refresh_stale()
        if not StaleMark.objects.exists() and not Scope.objects.filter(recount=True).exists():
            return
    pytest.fail("marks are left")


def review_firsts(season: Season) -> None:
    """All first assessments without findings, side by side, page after page."""
    page = season.officer.get("/reviews/first/")
    while readings := page.context["readings"]:
        picks = [f"{one.assessment.pk}:{one.assessment.revision}" for one in readings]
        page = season.officer.post("/reviews/first/", pick=picks)
        assert not page.context["refused"], told(page)


def agree_by_groups(officer: Person, assessment: Assessment) -> None:
    """Agree with what comes up alone, as it is shown, until nothing is left to decide."""
    address = f"/assessments/{assessment.pk}/review/"
    while shown := officer.get(address).context["reading"].undecided_shown:
        officer.post(f"{address}agree/", submission=assessment.revision, item=list(shown))


def approve_the_ready(season: Season) -> None:
    while lines := season.officer.get("/reviews/?show=ready").context["lines"]:
        picks = [f"{one.assessment.pk}:{one.assessment.revision}" for one in lines]
        page = season.officer.post("/reviews/approve/", pick=picks)
        assert all(one.approved for one in page.context["outcomes"]), told(page)


def look_through(season: Season, other: Assessment, returned: Assessment, lead: Person, later: date) -> None:
    """One answer gets another level; one assessment is returned with a question, answered and agreed with."""
    officer = season.officer
    address = f"/assessments/{other.pk}/review/"
    other_level = {
        "kind": "set",
        "level": "planned",
        "planned_on": f"{later}",
        "text": "It is in the budget.",
    }
    officer.post(f"{address}items/{STAGE_1[0]}/", submission=other.revision, revision=0, **other_level)
    address = f"/assessments/{returned.pk}/review/"
    question = {"kind": "asked", "text": "Since when?", "submission": returned.revision, "revision": 0}
    officer.post(f"{address}items/{STAGE_1[0]}/", **question)
    officer.post(address, decision="return", revision=returned.revision, comment="")
    returned.refresh_from_db()
    assert returned.state == "returned"
    lead.post(
        f"/assessments/{returned.pk}/items/{STAGE_1[0]}/",
        level="not_started",
        note="Never yet.",
        revision=1,
        holder="self",
    )
    submit(returned, lead)
    agree_by_groups(officer, returned)


def publish_round(season: Season, lead: Person, agency: Agency, filed: list[Agency]) -> PublishedTrend:
    """Closing, a preview with a reply, and publishing; the program's row as published."""
    officer = season.officer
    officer.post(f"{season.address}close/")
    officer.post(f"{season.address}advance/", ends_on=f"{season.today + timedelta(days=7)}")
    lead.get(f"{season.address}preview/{agency.slug}/")
    lead.post(f"{season.address}preview/{agency.slug}/reply/", text="So it is.")
    page = officer.get(season.address)
    assert page.context["asked"] == 465
    assert "So it is." in told(officer.get(f"{season.address}preview/{agency.slug}/"))
    officer.post(f"{season.address}publish/")
    published = Publication.objects.get()
    row = PublishedTrend.objects.get(
        publication=published, scope__program=season.program, on=published.cycle.period_ends_on
    )
    stage_1 = len(STAGE_1)
    scores = [Fraction(2 if k < UNFOUNDED else steps_done(k), stage_1) for k in range(len(filed))]
    scores += [Fraction(0), Fraction(0), Fraction(1, 4) / stage_1]  # by hand; a plan counts a quarter
    assert row.score_sum == sum(int(score * 1_000_000 + Fraction(1, 2)) for score in scores)
    assert Result.objects.count() == row.reported
    assert list(find_differences()) == []
    return row


def report_late(season: Season, agency: Agency, lead: Person, row: PublishedTrend) -> None:
    """One with more time reports after the publication: a correction, and nothing moves by itself."""
    officer = season.officer
    assessment = in_hand(agency, lead, season.version, period_of(season.today).starts_on)
    agree_by_groups(officer, assessment)
    assessment.refresh_from_db()
    officer.post(
        f"/assessments/{assessment.pk}/review/",
        decision="approve",
        revision=assessment.revision,
        comment="",
    )
    work_off()
    page = officer.get(f"/publications/{row.publication_id}/")
    waiting = page.context["waiting"]
    assert [one.name for one in waiting if one.slug == agency.slug], waiting
    assert len(waiting) == 1
    assert "Pending corrections" in told(page)
    reported = row.reported
    row.refresh_from_db()
    assert row.reported == reported
    assert list(find_differences()) == []


@pytest.fixture
def season(shared_data: Path, db: None) -> Season:
    return Season(shared_data / "pod-offices" / "offices.csv", make_small_model())


@pytest.mark.data
@pytest.mark.django_db
def test_one_person_brings_a_season_of_465_agencies_to_its_publication(
    season: Season,
):
    officer, today = season.officer, season.today
    season.import_agencies()
    cycle, units = season.open_round(), season.units()
    n = len(units)
    assert season.totals() == {"not_started": n}
    assert {row.pk for row in units} == set(
        agencies_asked(cycle, officer.user).filter(status="not_started").values_list("pk", flat=True)
    )

    # Who answers how: five have nothing to report, eight need more time, three answer by hand, there is a
    # file of many, and all others say nothing at all.
    by_hand, nothing = units[:3], units[3 : 3 + NOTHING]
    late = units[3 + NOTHING : 3 + NOTHING + EXTENDED]
    rest = units[3 + NOTHING + EXTENDED :]
    filed, silent = rest[:FILED], rest[FILED:]
    Contact.objects.bulk_create(
        Contact(agency=row, role="lead", name="Pat", email=f"lead-{row.pk}@example.gov") for row in units[1:]
    )
    leads = [Person(make_user(f"lead-{row.pk}", Role.LEAD, agency=row)) for row in [*by_hand, *late[:1]]]

    season.write("call")
    assert len(mail.outbox) == n - 1, "one has nobody to write to"
    for agency in nothing:
        officer.post(f"{season.address}nothing/{agency.slug}/", reason="It closes next year.")
    later = today + timedelta(days=45)
    officer.post(
        f"{season.address}extend/",
        unit=[f"{row.pk}:" for row in late],
        until_on=f"{later}",
        reason="They moved house.",
    )
    assert season.bring_file(answers(filed, today)).outcome["submitted"] == len(filed)
    hand = [
        in_hand(agency, lead, season.version, period_of(today).starts_on)
        for agency, lead in zip(by_hand, leads[:3], strict=True)
    ]
    mail.outbox.clear()
    season.write("reminder")
    written = sorted(message.to[0] for message in mail.outbox)
    assert written == sorted(f"lead-{row.pk}@example.gov" for row in [*late, *silent])
    assert not Letter.objects.exclude(state="sent").exclude(address="").exists()

    # The review: what is new and plain side by side, the rest one by one.
    plain, returned, other = hand
    look_through(season, other, returned, leads[1], later)
    unfounded = [Assessment.objects.get(agency=row) for row in filed[:UNFOUNDED]]
    for assessment in unfounded:
        agree_by_groups(officer, assessment)
    review_firsts(season)
    assert {row.pk for row in season.submitted()} == {row.pk for row in [*unfounded, returned]}
    approve_the_ready(season)
    assert not season.submitted().exists()
    reported = len(filed) + len(by_hand)
    expected = {"approved": reported, "nothing": NOTHING, "not_started": EXTENDED + len(silent)}
    assert season.totals() == expected
    assert sum(expected.values()) == n
    work_off()

    row = publish_round(season, leads[0], plain.agency, filed)
    assert (row.agencies, row.reported, row.carried) == (n, reported, 0)
    report_late(season, late[0], leads[3], row)
    sys.stdout.write(f"The officer needed {officer.requests} pages and forms for {n} units.\n")
    assert officer.requests <= MOST_REQUESTS
