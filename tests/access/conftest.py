"""What the tests of access share."""

import re

import pytest
from django.core import mail

SITE = "https://portal.example.gov/"


@pytest.fixture
def link_in_mail():
    """Takes the path of the link out of the last e-mail."""

    def take() -> str:
        found = re.search(r"https?://[^/\s]+(/account/\S+)", str(mail.outbox[-1].body))
        assert found, "the e-mail holds no link"
        return found[1]

    return take
