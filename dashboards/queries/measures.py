"""What is measured: a model in its current version, with the method that results are compared by."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef

from dashboards.models import Scope, Trend
from maturity.models import Domain, MaturityModel, ModelVersion, Stage
from maturity.scoring import METHOD


@dataclass(frozen=True)
class Measure:
    """A model as it is shown: stages and domains are those of its current version."""

    version: ModelVersion
    method: str = METHOD

    @property
    def model(self) -> MaturityModel:
        return self.version.model

    @property
    def stage_count(self) -> int:
        return self.version.stage_count

    @cached_property
    def stages(self) -> list[Stage]:
        """In their order."""
        return list(Stage.objects.filter(version=self.version).order_by("number"))

    @cached_property
    def domains(self) -> list[tuple[str, str]]:
        """Slug and name, in their order."""
        return list(
            Domain.objects.filter(version=self.version).order_by("number").values_list("slug", "name")
        )

    def stage_name(self, number: int) -> str:
        """The name of a stage, or its number where the current version has none."""
        return next((stage.name for stage in self.stages if stage.number == number), f"Stage {number}")


def measures_in_use(scope: Scope | None = None) -> list[Measure]:
    """The models of which there are trends (of `scope`, if given), by name, each in its current version."""
    trends = Trend.objects.filter(model=OuterRef("model"), method=METHOD)
    if scope is not None:
        trends = trends.filter(scope=scope)
    versions = ModelVersion.objects.filter(Exists(trends)).select_related("model").defer("about", "sources")
    current: dict[int, Measure] = {}
    for version in versions.order_by("model__name", "-published_at", "-pk"):
        current.setdefault(version.model_id, Measure(version))
    return list(current.values())


def choose_measure(measures: list[Measure], asked: str, default_model: str = "") -> Measure | None:
    """The measure of the model `asked` for by slug, else of the default (slug@version), else the first."""
    known = {measure.model.slug: measure for measure in measures}
    wished = (slug for slug in (asked, default_model.partition("@")[0]) if slug in known)
    slug = next(wished, next(iter(known), None))
    return known[slug] if slug is not None else None
