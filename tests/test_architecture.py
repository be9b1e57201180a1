"""The directions of the house (DESIGN §1) that the import contracts cannot see, and pending migrations."""

import ast
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
# From the ground up; an app may point at those before it, never at those after.
GROUND = ["audit", "notices", "jobs", "search", "agencies", "access"]
ORDER = [*GROUND, "maturity", "casestudies", "assessments", "dashboards"]
PACKAGES = ["portal", "maturity", "casestudies", "assessments", "dashboards"]


def python_files() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize("label", ORDER)
def test_foreign_keys_point_downwards(label: str):
    for model in apps.get_app_config(label).get_models():
        for field in model._meta.get_fields():
            if field.auto_created or not field.is_relation or field.related_model is None:
                continue
            target = field.related_model._meta.app_label
            if target not in ORDER:  # Django's own
                continue
            assert ORDER.index(target) <= ORDER.index(label), (
                f"{model.__name__}.{field.name} points up to {target}"
            )


def test_all_our_apps_have_a_place_in_the_order():
    ours = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES}
    assert ours - {"portal"} == set(ORDER)


def test_tasks_of_higher_apps_are_named_in_the_settings_only():
    for path in python_files():
        package = path.relative_to(ROOT).parts[0]
        if path.name == "settings.py":
            continue
        higher = [f"{name}.tasks" for name in PACKAGES[PACKAGES.index(package) + 1 :]]
        text = path.read_text()
        assert not [name for name in higher if name in text], (
            f"{path.relative_to(ROOT)} names a task of a higher app"
        )


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path):
    text = path.read_text()
    assert len(text.splitlines()) <= 500, "split it by noun"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 80, f"{node.name} is longer than 80 lines"


@pytest.mark.django_db
def test_no_migration_is_pending():
    said = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=said)
    except SystemExit:
        pytest.fail(f"models changed without a migration:\n{said.getvalue()}")
