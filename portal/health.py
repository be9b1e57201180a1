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
    missing = [*_missing_in_database(), *([] if _broker_answers() else ["broker"])]
    status = "ready" if not missing else "not ready"
    return JsonResponse({"status": status, "missing": missing}, status=200 if not missing else 503)


def _missing_in_database() -> list[str]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return ["database"]
    return ["migrations"] if plan else []


def _broker_answers() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
        return True
    except (OperationalError, OSError):
        return False
