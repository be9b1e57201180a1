"""The heat map of agencies by domain.

It is a table whose cells are coloured and hold their numbers, not a drawing: it is read by everybody in the
same form, keeps its names beside the cells while scrolling, and prints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.charts.chart import percent_words
from maturity.scoring import MILLION

BANDS = 10  # shades; the style sheet has one class for each


@dataclass(frozen=True)
class HeatCell:
    """A percent in words and the shade for it, 0 (pale) to BANDS - 1 (dark); None: nothing applies, blank.
    `url`: where those who are as far in the domain are listed, if they are."""

    words: str
    band: int | None
    url: str = ""


@dataclass(frozen=True)
class HeatRow:
    """One agency; `state` as in the standings, None where it is not reporting."""

    slug: str
    name: str
    state: str | None
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatMap:
    """Agencies by domain, with what it says in one sentence."""

    title: str
    summary: str
    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    middle: tuple[HeatCell, ...]  # the median of all agencies, by domain


@dataclass(frozen=True)
class AgencyDomains:
    """An agency with its percent of the maximum by domain slug, in millionths of one."""

    slug: str
    name: str
    state: str | None
    percents: Mapping[str, int]


Link = Callable[[str, int], str]  # slug of a domain, a percent in millionths; to an address


def heat_map(
    agencies: Sequence[AgencyDomains],
    domains: Sequence[tuple[str, str]],
    medians: Mapping[str, int | None],
    link: Link | None = None,
) -> HeatMap:
    """The heat map of these agencies, in their order. `domains`: slug and name, in the model's order. `link`:
    where those are listed who are as far in a domain as the agency of a cell."""
    return HeatMap(
        title="Agencies by domain",
        summary=_summary(domains, medians),
        columns=tuple(name for _, name in domains),
        rows=tuple(
            HeatRow(
                agency.slug,
                agency.name,
                agency.state,
                tuple(_cell(agency.percents.get(slug), slug, link) for slug, _ in domains),
            )
            for agency in agencies
        ),
        middle=tuple(_cell(medians.get(slug)) for slug, _ in domains),
    )


def _cell(millionths: int | None, slug: str = "", link: Link | None = None) -> HeatCell:
    if millionths is None:
        return HeatCell("", None)
    words = percent_words(millionths).removesuffix("%")
    url = link(slug, millionths) if link is not None else ""
    return HeatCell(words, min(millionths * BANDS // MILLION, BANDS - 1), url)


def _summary(domains: Sequence[tuple[str, str]], medians: Mapping[str, int | None]) -> str:
    known = [(value, name) for slug, name in domains if (value := medians.get(slug)) is not None]
    if not known:
        return "No agency has a score in any domain."
    (most, strongest), (least, weakest) = (
        max(known, key=lambda one: one[0]),
        min(known, key=lambda one: one[0]),
    )
    return (
        f"Percent of each domain's maximum. The median agency is furthest in {strongest} "
        f"({percent_words(most)}) and least far in {weakest} ({percent_words(least)})."
    )
