"""Assigning, comments and shared answers over the API: the same rules as on the pages, told as problems."""

import uuid
from typing import Any

import pytest

from assessments.models import Assessment, Comment, SharedAnswer
from maturity.levels import Level
from tests.assessments.conftest import Case
from tests.assessments.test_sharing import ITEM, Pair, followed, pair  # noqa: F401 - fixtures

JSON = "application/json"


class Api:
    """One person at the API of one assessment."""

    def __init__(self, case: Case, persona: str) -> None:
        self.client = case.world.client(persona)
        self.base = f"/api/v1/assessments/{case.assessment.pk}/"

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        return getattr(self.client, method)(
            self.base + path,
            data,
            content_type=JSON,
            headers={k.replace("_", "-"): v for k, v in headers.items()},
        )


@pytest.fixture
def lead(case: Case) -> Api:
    return Api(case, "lead")


def test_assignments_are_set_all_or_none_over_whose_they_were(case: Case, lead: Api):
    rows = [
        {"part": "domain:people", "person": "contributor", "was": None},
        {"part": "challenges", "person": "lead", "was": None},
    ]
    assert lead.ask("post", "assignments/", {"assignments": rows}).json()["changed"] == [
        "domain:people",
        "challenges",
    ]
    found = lead.client.get(lead.base + "assignments/").json()["results"]
    assert [(row["part"], row["person"]) for row in found] == [
        ("domain:people", "contributor"),
        ("challenges", "lead"),
    ]
    stale = [{"part": "domain:people", "person": "lead", "was": None}]
    answer = lead.ask("post", "assignments/", {"assignments": stale})
    assert (answer.status_code, "contributor" in answer.json()["detail"]) == (409, True)
    wrong = [{"part": "domain:people", "person": "reviewer", "was": "contributor"}]
    assert lead.ask("post", "assignments/", {"assignments": wrong}).status_code == 422
    people = lead.client.get(lead.base + "people/").json()["people"]
    assert [(line["person"], line["assigned"]) for line in people] == [
        ("contributor", 4),
        ("lead", 2),
        (None, 3),
    ]


def test_a_comment_is_added_once_edited_and_removed(case: Case, lead: Api):
    key = str(uuid.uuid4())
    path = "answers/train-staff/comments/"
    said = {"text": "Ask @contributor or @outsider", "key": key}
    first = lead.ask("post", path, said)
    assert (first.status_code, first.json()["mentions"]) == (201, ["contributor"])
    assert (
        lead.ask("post", path, {"text": "Ask @contributor or @outsider", "key": key}).json() == first.json()
    )
    address = f"comments/{first.json()['id']}/"
    assert lead.ask("put", address, {"text": "Changed"}).status_code == 428
    tag = lead.client.get(lead.base + address).headers["ETag"]
    assert lead.ask("put", address, {"text": "Changed"}, If_Match=tag).status_code == 200
    assert lead.ask("put", address, {"text": "Again"}, If_Match=tag).status_code == 412
    assert lead.ask("put", address, {"text": "Again", "revision": 1}).status_code == 409
    assert Api(case, "reviewer").ask("put", address, {"text": "Mine", "revision": 2}).status_code == 403
    assert lead.ask("delete", address).status_code == 204
    (row,) = lead.client.get(lead.base + path).json()["results"]
    assert (row["text"], row["removed_at"] is not None) == ("", True)
    Assessment.objects.update(state="approved", approved_at=case.assessment.created_at)
    late = lead.ask("post", path, {"text": "Late"})
    assert (late.status_code, "approved" in late.json()["detail"]) == (409, True)
    assert Comment.objects.count() == 1


def test_a_thread_is_resolved_over_what_was_read(case: Case, lead: Api):
    path = "answers/train-staff/thread/"
    assert lead.client.get(lead.base + path).json()["revision"] == 0
    assert lead.ask("put", path, {"resolved": True, "revision": 0}).status_code == 404
    lead.ask("post", "answers/train-staff/comments/", {"text": "Hm."})
    assert lead.ask("put", path, {"resolved": True, "revision": 0}).status_code == 409
    assert lead.ask("put", path, {"resolved": True, "revision": 1}).json()["resolved"] is True
    (row,) = lead.client.get(lead.base + "threads/").json()["results"]
    assert (row["item"], row["resolved"], row["resolved_by"]) == ("train-staff", True, "lead")


def test_offers_are_made_taken_followed_and_stopped(pair: Pair):  # noqa: F811
    client = pair.world.client("anonymous")
    client.force_login(pair.boss)
    offers = f"/api/v1/assessments/{pair.above.pk}/offers/"
    sent = client.post(offers, {"items": [ITEM], "platform": "Harbor"}, content_type=JSON)
    assert sent.json() == {"changed": 1}
    assert client.get(offers).json()["results"][0]["platform"] == "Harbor"
    mine = Api(pair.case, "contributor")
    (line,) = mine.client.get(mine.base + "shared-answers/").json()["offers"]
    assert (line["item"], line["level"], line["platform"], line["follows"]) == (
        ITEM,
        "partial",
        "Harbor",
        False,
    )
    done = mine.ask("post", "shared-answers/", {"offers": [{"id": line["id"], "revision": 0}]}).json()
    assert done == {"taken": [ITEM], "refused": []}
    pair.say(Level.IN_PLACE)
    told = mine.client.get(mine.base + f"answers/{ITEM}/").json()
    assert (told["level"], told["follows"]["agency"]) == ("in_place", pair.world.energy.slug)
    assert mine.ask("post", "shared-answers/stop/", {"items": [ITEM]}).json() == {"changed": 1}
    assert mine.client.get(mine.base + f"answers/{ITEM}/").json()["follows"] is None
    assert client.post(offers, {"items": [ITEM], "platform": None}, content_type=JSON).json() == {
        "changed": 1
    }
    assert not SharedAnswer.objects.exists()


def test_the_list_of_answers_takes_as_many_queries_whatever_follows(followed: Pair, queries_of):  # noqa: F811
    mine = Api(followed.case, "contributor")
    few = queries_of(lambda: mine.client.get(mine.base + "answers/"))
    for item in ("train-staff", "name-owner", "no-budget"):
        followed.say(Level.PARTIAL, item=item)
        followed.offer(item)
        assert followed.take(item=item).taken == (item,)
    assert queries_of(lambda: mine.client.get(mine.base + "answers/")) <= few
