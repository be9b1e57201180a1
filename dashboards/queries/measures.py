"""What is measured: a model in a version, with the rule and the scale that it scores by."""

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from assessments.models import ScoringRule
from dashboards.charts.scale import ScoreScale
from dashboards.models import Scope, Trend
from dashboards.rule_changes import name_rule
from maturity.models import Domain, MaturityModel, ModelVersion, Stage


class MeasureKey(NamedTuple):
    """What the rows of a measure are found by: the model's id and the scoring method."""

    model: int
    method: str


@dataclass(frozen=True)
class Measure:
    """A model as it is shown: stages and domains are those of the version.

    `rule`: another rule of the version than its own, of a method as it was. `before`: the rules that came
    before it, as far as there are trends under them, the earliest first. `coming`: a newer rule, in words,
    under which history is not all counted yet.
    """

    version: ModelVersion
    rule: str = ""
    before: tuple["Measure", ...] = ()
    coming: str = ""

    @property
    def method(self) -> str:
        """The scoring rule, as results, standings and trends name it."""
        return self.rule or self.version.scoring_rule

    @property
    def words(self) -> str:
        """What tells this rule from others: "version 2", or "version 2 (staged-1)" for a former method."""
        return name_rule(self.version.version, self.rule)

    @property
    def staged(self) -> bool:
        """Whether stages are completed, and are not bands of the score."""
        return self.version.is_staged

    @property
    def unit(self) -> str:
        """What scores are counted in: stages, points; "" where in nothing but themselves."""
        return self.version.scale.unit

    @property
    def maximum(self) -> int:
        """The highest score there is."""
        return self.version.scale.maximum

    @cached_property
    def scale(self) -> ScoreScale:
        """The scale in words, for charts and pages."""
        names = tuple(stage.name for stage in self.stages)
        return ScoreScale(self.stage_count, self.staged, self.unit, self.maximum, names)

    @property
    def model(self) -> MaturityModel:
        return self.version.model

    @property
    def key(self) -> MeasureKey:
        """What its rows are found by."""
        return MeasureKey(self.version.model_id, self.method)

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
    """The models of which there are trends (of `scope`, if given), by name.

    Each under the latest rule that is in force, with the rules before it; one query, and a second where a
    model has several rules. Its only one is shown whether it is in force or not.
    """
    known = _rules_in_use(scope)
    waiting = ScoringRule.objects.filter(in_force_at__isnull=True).values_list("version_id", "rule")
    not_in_force = set(waiting) if any(len(rules) > 1 for rules in known) else set()
    found = []
    for rules in known:
        held = [one for one in rules if (one.version.pk, one.method) not in not_in_force] or rules[-1:]
        later = rules[rules.index(held[-1]) + 1 :]
        coming = later[-1].words if later else ""
        before = tuple(rules[: rules.index(held[-1])])
        found.append(replace(held[-1], before=before, coming=coming))
    return found


def choose_measure(measures: list[Measure], asked: str, default_model: str = "") -> Measure | None:
    """The measure of the model `asked` for by slug, else of the default (slug@version), else the first."""
    known = {measure.model.slug: measure for measure in measures}
    wished = (slug for slug in (asked, default_model.partition("@")[0]) if slug in known)
    slug = next(wished, next(iter(known), None))
    return known[slug] if slug is not None else None


def choose_rule(measure: Measure, rule: str) -> Measure | None:
    """The measure of the same model under this rule; None where there are no trends under it."""
    chain = [*measure.before, measure]
    place = next((n for n, one in enumerate(chain) if one.method == rule), None)
    return None if place is None else replace(chain[place], before=tuple(chain[:place]))


@lru_cache(maxsize=64)
def _version(pk: int, text_hash: str) -> ModelVersion:
    """A version with its model, kept as long as nothing of its pack changes: every page begins with it."""
    return ModelVersion.objects.select_related("model").get(pk=pk)


def _rules_in_use(scope: Scope | None) -> list[list[Measure]]:
    """For each model by name: the rules under which there are trends, the earliest first."""
    trends = Trend.objects.filter(scope=scope) if scope else Trend.objects.filter(scope__kind="everything")
    known = (
        trends.order_by().values_list("model__versions", "model__versions__text_hash", "method").distinct()
    )
    used: defaultdict[ModelVersion, set[str]] = defaultdict(set)
    for pk, text_hash, rule in known:
        used[_version(pk, text_hash)].add(rule)
    found: defaultdict[int, list[Measure]] = defaultdict(list)
    for version in sorted(used, key=lambda one: (one.model.name, one.published_at, one.pk)):
        rules = {rule for rule in used[version] if rule.partition("@")[2] == version.version}
        former = sorted(rules - {version.scoring_rule})
        found[version.model_id] += [Measure(version, rule) for rule in former]
        if version.scoring_rule in rules:
            found[version.model_id].append(Measure(version))
    return [rules for rules in found.values() if rules]
