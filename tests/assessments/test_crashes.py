"""The web process or a worker is killed in the middle: no answer, decision or row of a file that was accepted
is lost, none is there twice, and whoever was not told can say it again."""

from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone

from assessments.models import Answer, AnswerFile, Assessment, ItemDecision, Result, Review
from assessments.services_answer_files import Choices, confirm_file, keep_file
from portal.access.models import User
from portal.access.services_tokens import create_token
from portal.agencies.models import ProgramMembership
from portal.audit.models import AuditEntry
from portal.jobs.services import LOST_AFTER, requeue_lost
from tests.assessments.conftest import STAGE_1, start_case
from tests.assessments.test_answer_files import HEADER, whole
from tests.assessments.test_cycles import make_cycle
from tests.assessments.test_evidence_crashes import _answers, served
from tests.factories import LONG_AGO, make_agency
from tests.workers import Workers, wait_for
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
AGENCIES = 60
WRITTEN, COMMITTED = "has written, nothing is committed", "is committed, nobody was told"


def say(address: str, by: User, method: str, path: str, data: dict[str, Any]) -> requests.Response:
    token = create_token(user=by, name="sender", days=1, by=by, at=timezone.now()).secret
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{address}/api/v1/{path}", json=data, headers=headers, timeout=60)


def killed_then_said_again(folder: Path, step: str, there: Any, *request: Any) -> None:
    """What is sent while the process dies is there if it was committed; sent again it is there once."""
    with served(folder, step) as address:
        with pytest.raises(requests.ConnectionError):
            say(address, *request)
        assert (folder / "died").exists()
        assert there() == (1 if step.endswith(COMMITTED) else 0)
        wait_for(lambda: _answers(address), 60)
        answer = say(address, *request)
        assert answer.ok, answer.text
        connection.close()
        assert there() == 1


@pytest.mark.parametrize("step", [WRITTEN, COMMITTED])
def test_a_kill_loses_no_accepted_answer(world: World, tmp_path: Path, step: str):
    case = start_case(world)

    def there() -> int:
        found = Answer.objects.filter(level="in_place", revision=1).count()
        assert AuditEntry.objects.filter(action="answer").count() == found
        return found

    path = f"assessments/{case.assessment.pk}/answers/train-staff/"
    data = {"level": "in_place", "note": "All of them.", "revision": 0}
    killed_then_said_again(tmp_path, f"save_answer {step}", there, world.contributor, "PUT", path, data)


@pytest.mark.parametrize("step", [WRITTEN, COMMITTED])
def test_a_kill_loses_no_decision_of_a_reviewer(world: World, tmp_path: Path, step: str):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()

    def there() -> int:
        found = ItemDecision.objects.filter(kind="set", current=True).count()
        assert Review.objects.get().differing == found, "the counts go with the decision"
        assert AuditEntry.objects.filter(action="review item").count() == found
        return found

    path = f"assessments/{case.assessment.pk}/review/items/train-staff/"
    data = {"submission": 2, "revision": 0, "kind": "set", "level": "partial", "text": "Half of them."}
    killed_then_said_again(tmp_path, f"decide_item {step}", there, world.reviewer, "PUT", path, data)


def test_a_kill_within_an_approval_leaves_all_of_it_or_nothing(world: World, tmp_path: Path):
    case = start_case(world)
    case.answer_all_asked()
    case.submit()

    def there() -> int:
        found = Result.objects.count()
        assert Assessment.objects.filter(state="approved").count() == found
        assert AuditEntry.objects.filter(action="approve").count() == found
        return found

    path, data = f"assessments/{case.assessment.pk}/approve/", {"revision": 2, "agreeing": "rest"}
    killed_then_said_again(
        tmp_path, f"approve_assessment {WRITTEN}", there, world.reviewer, "POST", path, data
    )


def test_a_worker_that_is_killed_within_a_file_of_answers_brings_each_agency_in_once(
    world: World, workers: Workers
):
    cycle = make_cycle(world)
    agencies = [make_agency(f"Office {number}") for number in range(AGENCIES)]
    ProgramMembership.objects.bulk_create(
        ProgramMembership(program=world.program, agency=row, from_on=LONG_AGO) for row in agencies
    )
    rows = [line for row in agencies for line in whole(row.slug, attested_by="Pat Lead")]
    content = "\n".join([HEADER, *rows]).encode()
    first = workers.start()
    file = keep_file(
        cycle=cycle, content=content, file_name="delivered.csv", by=world.officer, at=timezone.now()
    )

    def state() -> str:
        return str(AnswerFile.objects.values_list("state", flat=True).get(pk=file.pk))

    wait_for(lambda: state() == "checked", 60, workers.logs)
    confirm_file(file_id=file.pk, choices=Choices(submit=True), by=world.officer, at=timezone.now())
    wait_for(lambda: Assessment.objects.filter(state="submitted").count() >= 5, 60, workers.logs)
    workers.kill(first)
    assert Assessment.objects.filter(state="submitted").count() < AGENCIES, "it was killed too late"
    assert requeue_lost(at=timezone.now() + 2 * LOST_AFTER) == 1  # as if nobody heard of it since
    workers.start()
    wait_for(lambda: state() == "loaded", 120, workers.logs)
    assert Assessment.objects.filter(state="submitted").count() == AGENCIES
    assert Assessment.objects.values("agency").distinct().count() == AGENCIES
    assert Answer.objects.count() == AGENCIES * len(STAGE_1)
    assert not Answer.objects.exclude(revision=1).exists(), "nothing was written twice"
    assert AuditEntry.objects.filter(action="submit").count() == AGENCIES
