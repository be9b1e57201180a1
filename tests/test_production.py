"""Dockerfile, compose file, .env.example and the settings agree with each other. No engine is needed."""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
TOOLS = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {
    name: service for name, service in SERVICES.items() if service["image"].startswith("maturity-portal:")
}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Used by the database's own image, not by the portal.
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}


def names_read_by_the_settings() -> set[str]:
    """Every name that the settings read from the environment: the first argument of a reading call."""
    readers = {"flag", "number", "text", "words", "address", "time_zone", "str", "get", "db_url", "email_url"}
    found = set()
    for name in ("settings.py", "environment.py"):
        for node in ast.walk(ast.parse((ROOT / "portal" / name).read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in readers and re.fullmatch(r"[A-Z][A-Z_]+", str(node.args[0].value)):
                    found.add(str(node.args[0].value))
    return found


def names_in_the_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def names_set_by_the_image() -> set[str]:
    return {"VAR_DIR", "STATIC_ROOT"} & set(re.findall(r"([A-Z_]+)=", DOCKERFILE.split("FROM")[-1]))


def test_every_setting_is_in_the_example_and_the_other_way_round():
    assert names_in_the_example() == names_read_by_the_settings() | COMPOSE_ONLY


@pytest.mark.parametrize("name", OURS)
def test_compose_passes_every_setting_on(name: str):
    assert set(OURS[name]["environment"]) | names_set_by_the_image() == names_read_by_the_settings()


def test_compose_asks_only_for_what_the_example_names():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= names_in_the_example()


def test_compose_holds_no_secret():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name:
                assert re.fullmatch(r"\$\{[A-Z_]+:(\?[^}]+|-)\}", value), (
                    f"{name} must come from the environment"
                )


def test_compose_file_fits_its_schema():
    command = [
        TOOLS / "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        ROOT / "docker-compose.yml",
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_dockerfile_has_no_finding():
    command = [str(TOOLS / "hadolint"), "--no-color", str(ROOT / "Dockerfile")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_image_runs_as_somebody_and_is_watched():
    last_stage = DOCKERFILE.split("FROM")[-1]
    assert re.search(r"^USER [1-9]\d*$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_pinned_limited_and_watched(name: str):
    service = SERVICES[name]
    assert re.search(r":\d+\.\d+", service["image"])
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert "healthcheck" in service or name == "web"  # whose check is the image's


def commands_of_ours() -> list[list[str]]:
    from_compose = [service["command"] for service in OURS.values() if "command" in service]
    from_image = [json.loads(text) for text in re.findall(r"CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)]
    return from_compose + from_image


@pytest.mark.parametrize("command", commands_of_ours(), ids=" ".join)
def test_commands_name_what_exists(command: list[str]):
    match command:
        case ["python", "manage.py", name, *_]:
            assert name in get_commands()
        case ["python", "-m", module]:
            importlib.import_module(module)
        case ["gunicorn", module, *_]:
            assert callable(importlib.import_module(module).application)
        case ["celery", "--app", module, "worker" | "beat", *_]:
            assert importlib.import_module(module).app.main == "portal"
        case _:
            pytest.fail(f"unknown kind of command: {command}")


def test_every_queue_has_a_worker():
    options = [service["command"] for service in OURS.values() if "--queues" in service.get("command", [])]
    served = {command[command.index("--queues") + 1] for command in options}
    used = {settings.CELERY_TASK_DEFAULT_QUEUE} | {
        route["queue"] for route in settings.CELERY_TASK_ROUTES.values()
    }
    assert served == used


def test_locks_and_set_up_name_no_registry():
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json"):
        assert "://" not in (ROOT / name).read_text(), name
