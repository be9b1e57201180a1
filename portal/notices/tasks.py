"""Background work of notices. All safe to run twice."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from portal.notices import services, services_email
from portal.notices.kinds import Email

SECONDS = 20.0  # after which the rest waits for the next minute, so that other work gets its turn
DIGEST_SECONDS = 10 * 60.0


@shared_task
def send_at_once() -> None:
    """E-mail what people wish to be told at once."""
    services_email.send_waiting(email=Email.NOW, clock=timezone.now, seconds=SECONDS)


@shared_task
def send_digests() -> None:
    """E-mail everybody what is new and unread since yesterday's."""
    if services_email.send_waiting(email=Email.DAILY, clock=timezone.now, seconds=DIGEST_SECONDS):
        send_digests.delay()


@shared_task
def remove_old() -> None:
    """Remove what was kept long enough."""
    services.remove_old(at=timezone.now(), days=settings.NOTICE_DAYS)
