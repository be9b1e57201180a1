"""What nobody sends by mistake: NUL bytes, cursors that we did not make, JSON without a bottom."""

from base64 import b64encode

import pytest

from tests.world import World

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/models/small/%00/", "/agencies/%00/", "/case-studies/a%00/", "/account/invitations/%00/"]
)
@pytest.mark.parametrize("persona", ["anonymous", "officer"])
def test_there_is_no_page_with_a_nul_byte_in_its_address(world: World, path: str, persona: str):
    assert world.client(persona).get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/v1/models/%00/", "/api/v1/case-studies/%00/", "/api/v1/agencies/%00/"]
)
def test_nor_anything_in_the_api(world: World, path: str):
    answer = world.client("officer").get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)


@pytest.mark.parametrize(
    "path",
    [
        "/?scope=program:%00",
        "/?scope=%00",
        "/agencies/?model=%00",
        "/assessments/start/?agency=%00",
        "/jobs/?page=%00",
    ],
)
def test_a_page_asked_with_a_nul_byte_is_refused_and_still_a_page(world: World, path: str):
    answer = world.client("officer").get(path)
    assert answer.status_code == 400
    assert "The request was not understood" in answer.content.decode()
    assert answer["Content-Security-Policy"]


@pytest.mark.parametrize("position", ["abc", "2026-99-99", "\0", "null"])
@pytest.mark.parametrize(
    "path", ["agencies/", "programs/", "models/", "case-studies/", "assessments/", "results/", "cycles/"]
)
def test_a_cursor_that_we_did_not_make_leads_nowhere(world: World, path: str, position: str):
    """Also where the text could be a place: in the order of names, any text is one."""
    cursor = b64encode(f"p={position}".encode()).decode()
    answer = world.client("officer").get(f"/api/v1/{path}", {"cursor": cursor})
    by_name = path in {"agencies/", "programs/", "case-studies/"} and position != "\0"
    assert answer.status_code == (200 if by_name else 404)
    assert by_name or answer["Content-Type"] == PROBLEM


def test_json_without_a_bottom_is_no_json(world: World):
    answer = world.client("contributor").post(
        "/api/v1/assessments/", "[" * 100_000, content_type="application/json"
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert "nested too deeply" in answer.json()["detail"]
