"""Background work of the jobs themselves."""

from celery import shared_task
from django.utils import timezone

from portal.jobs import services


@shared_task
def requeue_lost() -> None:
    """Queue jobs again whose worker was lost."""
    services.requeue_lost(at=timezone.now())
