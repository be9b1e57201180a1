"""What holds for every test of the engine."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def trends_add_up(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The engine counts anew what does not add up; a test in which it has to, without meaning to, fails."""
    yield
    assert "do not add up" not in caplog.text
