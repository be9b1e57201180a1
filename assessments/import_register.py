"""What the rows of a file name: agencies, models with their items and stages, periods. Each read once."""

import re
from dataclasses import dataclass
from functools import cached_property

from maturity.levels import ItemRule, ModelRules
from maturity.models import Domain, Item, ModelVersion
from maturity.queries import rules_of, version_named
from portal.agencies.models import Agency
from portal.agencies.periods import Period, label, parse_label
from portal.agencies.text import one_line, quoted


class Unknown(Exception):
    """A name in the file means nothing here; says why, and what would be right."""


@dataclass(frozen=True, eq=False)
class VersionParts:
    """A version with what files name of it, by slug or name."""

    version: ModelVersion
    rules: ModelRules
    items: dict[str, Item]  # by slug
    item_rules: dict[str, ItemRule]
    stages: dict[str, int]  # by number, slug and name in small letters
    domains: dict[str, Domain]  # by slug and name in small letters


@dataclass(frozen=True)
class NamedPeriod:
    """A period and what people call it."""

    period: Period
    label: str


class Register:
    """Finds what a file names. `year_starts_in`: the month in which the years of its periods start."""

    def __init__(self, year_starts_in: int) -> None:
        self.year_starts_in = year_starts_in
        self._versions: dict[str, VersionParts | str] = {}  # a text: why there is none
        self._periods: dict[str, NamedPeriod | str] = {}
        self._paths: dict[int | None, str] = {}  # of agencies, by id

    def agency(self, text: str) -> Agency:
        """By identifier, else slug, else path from the top: "Parent / Child". Raises Unknown."""
        found = self._agencies.get(text) or self._agencies.get(_as_path(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise Unknown(f"there are {len(found)} agencies {quoted(text)}: use the identifier or the slug")
        below = self._paths_by_name.get(one_line(text), [])
        hint = f": did you mean {' or '.join(map(quoted, below[:3]))}?" if below else ""
        raise Unknown(f"there is no agency {quoted(text)}{hint}")

    def version(self, text: str) -> VersionParts:
        """By slug@version. Raises Unknown."""
        if text not in self._versions:
            self._versions[text] = _read_version(text)
        found = self._versions[text]
        if isinstance(found, str):
            raise Unknown(found)
        return found

    def period(self, text: str) -> NamedPeriod:
        """By its label, such as FY27 Q1. Raises Unknown."""
        if text not in self._periods:
            self._periods[text] = self._read_period(text)
        found = self._periods[text]
        if isinstance(found, str):
            raise Unknown(found)
        return found

    def _read_period(self, text: str) -> NamedPeriod | str:
        try:
            period = parse_label(text, self.year_starts_in)
        except ValueError as error:
            return str(error).rstrip(".")
        return NamedPeriod(period, label(period, self.year_starts_in))

    @cached_property
    def _agencies(self) -> dict[str, list[Agency]]:
        """By each of its names; an identifier goes before a slug, a slug before a path."""
        agencies = list(Agency.objects.order_by("depth"))
        found: dict[str, list[Agency]] = {}
        for agency in agencies:
            found.setdefault(_as_path(self._path(agency)), []).append(agency)
        found |= {agency.slug: [agency] for agency in agencies}
        return found | {agency.identifier: [agency] for agency in agencies if agency.identifier}

    def _path(self, agency: Agency) -> str:
        """The names from the top down; parents are asked before their components."""
        above = self._paths.get(agency.parent_id)
        path = f"{above} / {one_line(agency.name)}" if above else one_line(agency.name)
        self._paths[agency.pk] = path
        return path

    @cached_property
    def _paths_by_name(self) -> dict[str, list[str]]:
        """By the last name of a path below the top, the whole paths."""
        found: dict[str, list[str]] = {}
        for path in self._paths.values():
            if " / " in path:
                found.setdefault(path.rpartition(" / ")[2], []).append(path)
        return found


def _as_path(text: str) -> str:
    return re.sub(r"\s*/\s*", " / ", one_line(text))


def _read_version(text: str) -> VersionParts | str:
    try:
        version = version_named(text)
    except ModelVersion.DoesNotExist as error:
        return str(error).rstrip(".")
    stages: dict[str, int] = {}
    for stage in version.stages.all():
        stages |= dict.fromkeys((str(stage.number), stage.slug, stage.name.lower()), stage.number)
    rules = rules_of(version)
    domains: dict[str, Domain] = {}
    for domain in version.domains.all():
        domains |= dict.fromkeys((domain.slug, domain.name.lower()), domain)
    return VersionParts(
        version=version,
        rules=rules,
        items={item.slug: item for item in version.items.all()},
        item_rules={rule.slug: rule for rule in rules.items},
        stages=stages,
        domains=domains,
    )
