"""What the platform asks: is the portal alive, is it ready for work, and if not, what is missing."""

import socket
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from portal.celery import app

pytestmark = pytest.mark.django_db


def test_ready_when_all_is_there(client: Client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "missing": []})


def test_missing_migrations_are_named(client: Client):
    MigrationRecorder(connection).migration_qs.filter(app="dashboards").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "missing": ["migrations"]})
    assert client.get("/healthz").status_code == 200


def test_a_missing_database_is_named(client: Client):
    with patch.object(connection, "cursor", side_effect=OperationalError("it is away")):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])


def test_a_missing_broker_is_named(client: Client, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        monkeypatch.setattr(app.conf, "broker_write_url", address)
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["broker"])
