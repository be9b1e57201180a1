"""What is measured: a model in its current version, with the method that results are compared by."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef, QuerySet

from dashboards.models import Scope, Trend
from maturity.models import Domain, MaturityModel, ModelVersion, Stage
from maturity.queries import current_version
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


def models_in_use(scope: Scope | None = None) -> QuerySet[MaturityModel]:
    """The models of which there are trends (of `scope`, if given), by name."""
    trends = Trend.objects.filter(model=OuterRef("pk"), method=METHOD)
    if scope is not None:
        trends = trends.filter(scope=scope)
    return MaturityModel.objects.filter(Exists(trends)).order_by("name")


def choose_measure(models: list[MaturityModel], asked: str, default_model: str = "") -> Measure | None:
    """The measure of the model `asked` for by slug, else of the default (slug@version), else of the first."""
    slugs = [model.slug for model in models]
    wished = (slug for slug in (asked, default_model.partition("@")[0]) if slug in slugs)
    slug = next(wished, slugs[0] if slugs else None)
    version = current_version(slug) if slug else None
    return Measure(version) if version else None
