"""The layers inside an app hold for modules split by noun (services_review), which no contract can name."""

import grimp
import pytest

APPS = ["dashboards", "assessments", "casestudies", "maturity"]
APPS += [f"portal.{name}" for name in ("access", "agencies", "audit", "jobs", "notices", "search")]
# From the top; modules of one kind may import each other, of different kinds in one layer not.
LAYERS = [
    ["urls", "api_urls"],
    ["views", "api", "tasks", "admin", "management"],
    ["forms", "serializers"],
    ["services"],
    ["queries"],
    ["models"],
]
KINDS = {kind: layer for layer, kinds in enumerate(LAYERS) for kind in kinds}


def kind_of(module: str, app: str) -> str | None:
    """The kind of a module of `app`, by the whole of its first name or the part before an underscore."""
    name = module.removeprefix(f"{app}.").split(".")[0]
    return name if name in KINDS else next((kind for kind in KINDS if name.startswith(f"{kind}_")), None)


def may_import(importer: str, imported: str) -> bool:
    return importer == imported or KINDS[importer] < KINDS[imported]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("portal", *APPS[:4], cache_dir=None)


@pytest.mark.parametrize("app", APPS)
def test_imports_inside_an_app_go_downwards(app: str, graph: grimp.ImportGraph):
    upwards = []
    for importer in sorted(module for module in graph.modules if module.startswith(f"{app}.")):
        for imported in graph.find_modules_directly_imported_by(importer):
            if imported.startswith(f"{app}."):
                above, below = kind_of(importer, app), kind_of(imported, app)
                if above and below and not may_import(above, below):
                    upwards.append(f"{importer} imports {imported}")
    assert not upwards


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("services_review", "services"),
        ("views", "views"),
        ("api_urls", "api_urls"),
        ("api.answers", "api"),
        ("words", None),
    ],
)
def test_kinds_are_told_by_name(name: str, kind: str | None):
    assert kind_of(f"dashboards.{name}", "dashboards") == kind


def test_a_service_may_not_import_a_page():
    assert not may_import("services", "views")
    assert not may_import("views", "api")
    assert may_import("views", "services")
