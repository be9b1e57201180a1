"""The name of what a result is scored by."""

from typing import Any

import pytest

from maturity.methods import METHOD_VERSIONS, rule_name
from maturity.models import ModelVersion
from tests.maturity.factories import make_small_model


def test_a_rule_is_the_methods_version_and_the_models():
    assert rule_name("staged", "2026.1") == "staged-1@2026.1"
    with pytest.raises(ValueError, match="magic"):
        rule_name("magic", "1")


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHOD_VERSIONS)
def test_queries_name_the_rule_as_the_version_does(method: str):
    ModelVersion.objects.filter(pk=make_small_model(version="7").pk).update(method=method)
    version: Any = ModelVersion.objects.with_rule().get()
    assert version.rule == version.scoring_rule == f"{METHOD_VERSIONS[method]}@7"
