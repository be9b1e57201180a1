"""The API keeps its own schema: a fuzzer sends it what the schema allows and forbids, as an administrator.

Asked of every answer: no 5xx, a documented status and content type, a body of the documented shape, no
wrong input accepted. Not asked: that all well-formed input is accepted, for rules (an agency that is not
there, a plan without a date) are beyond a schema.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from rest_framework.throttling import UserRateThrottle
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from assessments.models import Cycle, Evidence, EvidenceUse, SelfDeclaration
from assessments.services_comments import add_comment
from assessments.services_reviewing import Verdict
from portal.access.services_tokens import create_token
from portal.wsgi import application
from tests.assessments.conftest import start_case
from tests.assessments.exemptions import ask
from tests.assessments.instruments import small_edition, start
from tests.assessments.roadmaps import make_one
from tests.assessments.test_datacalls import contact, make_call
from tests.casestudies.factories import make_case_study
from tests.dashboards.factories import make_cohort, refresh_all
from tests.dashboards.test_commitments import promise
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.maturity.library import publish, small_library
from tests.world import World

EXAMPLES = 20  # for each operation, right and wrong ones together
SCHEMA = SchemaGenerator().get_schema(request=None, public=True)
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"enabled": False}},
        "phases": {"coverage": {"enabled": False}, "examples": {"enabled": False}},
        "generation": {"deterministic": True},
    }
)
api = schemathesis.openapi.from_dict(SCHEMA, config=CONFIG)
api.app = application


@schemathesis.hook
def filter_query(context: Any, query: dict[str, Any] | None) -> bool:
    """An empty filter filters nothing, as an empty field of a form; the schema cannot say so."""
    return "" not in (query or {}).values()


@pytest.fixture
def there(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """One row of each kind; by the beginning of an address, the parameters that lead to it."""
    monkeypatch.setattr(UserRateThrottle, "allow_request", lambda *args: True)
    case = start_case(world, make_small_model())
    answer = case.answer("train-staff")
    evidence = Evidence.objects.create(
        assessment=answer.assessment,
        kind="statement",
        title="List",
        statement="All.",
        dated_on=NOW.date(),
        added_at=NOW,
    )
    EvidenceUse.objects.create(evidence=evidence, answer=answer, added_at=NOW)
    comment = add_comment(
        assessment_id=case.assessment.pk,
        item_slug="train-staff",
        text="Who?",
        by=world.administrator,
        at=NOW,
    )
    done = start_case(world, make_small_model("other"))
    done.answer_all_asked()
    done.submit()
    result = done.approve()
    period = {
        "period_starts_on": date(2026, 7, 1),
        "period_ends_on": date(2026, 9, 30),
        "period_label": "FY26 Q4",
    }
    declared = SelfDeclaration.objects.create(
        agency=world.grid, model=result.model, stage=2, imported_at=NOW, **period
    )
    cycle = Cycle.objects.create(
        program=world.program, version=result.version, due_on=NOW.date(), opened_at=NOW, **period
    )
    other = start_case(world, make_small_model("third"))
    other.answer_all_asked()
    other.submit()
    asked = other.decide("train-staff", Verdict("asked", "Who was trained?"))
    other.send_back()
    contact(world.grid)
    call = make_call(cycle, world)
    publish(small_library(tmp_path))
    refresh_all()  # so that there are standings and trends
    return {
        "/api/v1/assessments/": {
            "id": case.assessment.pk,
            "item": "train-staff",
            "evidence": evidence.pk,
            "comment": comment.pk,
        },
        "/api/v1/review-decisions/": {"id": asked.pk},
        "/api/v1/results/": {"id": result.pk},
        "/api/v1/instruments/": {"slug": small_edition().slug},
        "/api/v1/instrument-runs/": {"id": start(world).pk},
        "/api/v1/self-declarations/": {"id": declared.pk},
        "/api/v1/cycles/": {"id": cycle.pk},
        "/api/v1/commitments/": {"id": promise(world).pk},
        "/api/v1/data-calls/": {"id": call.pk},
        "/api/v1/models/": {"key": "small@1"},
        "/api/v1/agencies/": {"slug": world.grid.slug},
        "/api/v1/programs/": {"slug": world.program.slug},
        "/api/v1/cohorts/": {"slug": make_cohort(world.program, size="large").slug},
        "/api/v1/library/": {"slug": "words"},
        "/api/v1/library-entries/": {"slug": "wo-image"},
        "/api/v1/exemptions/": {"id": ask(case).pk},
        "/api/v1/roadmaps/": {"agency": world.grid.slug},
        "/api/v1/roadmap-actions/": {"id": make_one(world, result.version).pk},
        "/api/v1/case-studies/": {"slug": make_case_study().slug},
    }


@pytest.fixture(autouse=True)
def connection_kept() -> Iterator[None]:
    """A request of the server's own ends with its connection, and so with the transaction of the test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def token(world: World) -> str:
    """The administrator's."""
    person = world.people["administrator"]
    return create_token(user=person, name="fuzzer", days=1, by=person, at=timezone.now()).secret


@api.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_schema(case: schemathesis.Case, token: str, there: dict[str, dict[str, Any]]):
    if case.meta.generation.mode == GenerationMode.POSITIVE:
        # Of what the schema allows, hardly a random number leads to a row that is there.
        known = next((known for start, known in there.items() if case.path.startswith(start)), {})
        case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
