"""When stored numbers do not follow from the assessments, people are told: by e-mail, on pages, in a list."""

import pytest
from django.core import mail

from dashboards import tasks
from dashboards.models import Freshness, Trend
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.services import mark_stale
from portal.jobs.models import Job
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)  # the check has a transaction of its own


@pytest.fixture
def counted(world: World) -> World:
    """The small government, counted."""
    make_result(world.grid)
    mark_stale(agencies=list(Agency.objects.all()), reason="imported", at=NOW)
    refresh_all()
    return world


@pytest.fixture
def wrong(counted: World) -> World:
    """A trend that somebody changed behind the portal's back."""
    world = counted
    User.objects.filter(pk=world.administrator.pk).update(email="admin@example.gov")
    trend = Trend.objects.filter(scope__program=world.program).first()
    Trend.objects.filter(pk=trend.pk).update(agencies=trend.agencies + 1)
    return world


def test_administrators_get_an_email_that_names_what_is_wrong_but_no_number(wrong: World):
    tasks.verify_nightly()
    assert [message.to for message in mail.outbox] == [["admin@example.gov"]]
    assert "Containers First" in mail.outbox[0].body
    assert "http://127.0.0.1:8000/check/" in mail.outbox[0].body


def test_a_check_without_findings_disturbs_nobody(counted: World):
    tasks.verify_nightly()
    assert mail.outbox == []
    assert "no difference" in counted.client("administrator").get("/check/").content.decode()


def test_the_portfolio_warns_whoever_looks_at_it(wrong: World):
    scope = {"scope": f"program:{wrong.program.slug}"}
    assert "may be wrong" not in wrong.client("viewer").get("/", scope).content.decode()
    tasks.verify_nightly()
    assert "may be wrong" in wrong.client("viewer").get("/", scope).content.decode()


def test_administrators_read_the_findings_and_have_all_computed_anew(wrong: World):
    tasks.verify_nightly()
    client = wrong.client("administrator")
    assert "Containers First, agencies on" in client.get("/check/").content.decode()
    assert client.post("/check/rebuild/")["Location"] == "/jobs/"
    assert Job.objects.get().requested_by_id == wrong.administrator.pk
    refresh_all()
    tasks.verify_nightly()
    assert (Freshness.objects.get().differences, Freshness.objects.get().findings) == (0, [])


def test_what_cannot_be_mailed_is_still_kept(wrong: World, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tasks.verify_nightly()
    assert Freshness.objects.get().differences == 1
