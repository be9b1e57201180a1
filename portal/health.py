"""Two pages for the platform: is it alive, and is it ready for work."""

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from kombu.exceptions import OperationalError


@login_not_required
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """Database, migrations and broker are there; 503 with what is missing otherwise."""
    missing = [name for name, holds in (("database", _migrated), ("broker", _broker_answers)) if not holds()]
    status = "ready" if not missing else "not ready"
    return JsonResponse({"status": status, "missing": missing}, status=200 if not missing else 503)


def _migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _broker_answers() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
        return True
    except (OperationalError, OSError):
        return False
