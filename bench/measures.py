"""What is measured, each figure beside its floor. Requests alternate; medians of three rounds."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, mode
from typing import Any

from bench.server import Reply, Site

ROUNDS = 3
REQUESTS = 15  # of each kind in a round
WARM_UP = 4


@dataclass(frozen=True)
class Measure:
    """One line of the table. `held` also asks for what the note says besides the ratio."""

    name: str
    figure_ms: float
    floor_ms: float
    limit: float
    also: bool = True
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.figure_ms / self.floor_ms

    @property
    def held(self) -> bool:
        return self.ratio <= self.limit and self.also

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "figure_ms": round(self.figure_ms, 2),
            "floor_ms": round(self.floor_ms, 2),
            "ratio": round(self.ratio, 2),
            "limit": self.limit,
            "held": self.held,
        }


@dataclass(frozen=True)
class Door:
    """A site with the keys to it, as bench_prepare made them."""

    site: Site
    keys: dict[str, Any]

    def page(self, path: str, person: str = "leader") -> Reply:
        return self.site.ask("GET", path, {"Cookie": f"sessionid={self.keys['sessions'][person]}"})

    def api(self, path: str, person: str = "leader", method: str = "GET", body: Any = None) -> Reply:
        token = {"Authorization": f"Bearer {self.keys['tokens'][person]}"}
        return self.site.ask(method, f"/api/v1{path}", token, body)

    def floor(self, path: str, person: str = "leader", method: str = "GET", body: Any = None) -> Reply:
        token = {"Authorization": f"Bearer {self.keys['tokens'][person]}"}
        return self.site.ask(method, f"/bench{path}", token, body)


Request = Callable[[], Reply]


def alternate(figure: Request, floor: Request) -> tuple[float, float, int, int]:
    """Milliseconds of figure and floor (median of the rounds' medians), and the usual queries of each."""
    for _ in range(WARM_UP):
        figure()
        floor()
    rounds, queries = [], []
    for _ in range(ROUNDS):
        pairs = [(figure(), floor()) for _ in range(REQUESTS)]
        rounds.append([median(reply.ms for reply in side) for side in zip(*pairs, strict=True)])
        queries += [(one.queries, other.queries) for one, other in pairs]
    figures, floors = zip(*rounds, strict=True)
    # The usual number, because once a minute a token's last use is noted.
    of_figure, of_floor = (mode(side) for side in zip(*queries, strict=True))
    return median(figures), median(floors), of_figure, of_floor


def growth(name: str, large: Door, small: Door, ask: Callable[[Door], Reply], limit: float = 1.5) -> Measure:
    """The same request on both sets: large over small, with equal numbers of queries."""
    figure, floor, on_large, on_small = alternate(lambda: ask(large), lambda: ask(small))
    return Measure(name, figure, floor, limit, on_large == on_small, f"{on_large} and {on_small} queries")


def portfolio_page_growth(large: Door, small: Door) -> Measure:
    """The first page of a leader who sees everything."""
    return growth("portfolio_page_growth", large, small, lambda door: door.page("/"))


def agencies_page_growth(large: Door, small: Door) -> Measure:
    """The list of agencies, sorted by score."""
    return growth("agencies_page_growth", large, small, lambda door: door.page("/agencies/?sort=-score"), 3)


def trend_api_growth(large: Door, small: Door) -> Measure:
    """Forty quarters of everything."""
    return growth("trend_api_growth", large, small, lambda door: door.api("/trends/?page_size=40"))


def api_list(large: Door, size: int) -> Measure:
    """Agencies with their standing."""
    on, model, rule = (large.keys[name] for name in ("horizon", "model", "rule"))

    def figure() -> Reply:
        return large.api(f"/standings/?page_size={size}")

    def floor() -> Reply:
        return large.floor(f"/standings/?page_size={size}&on={on}&model={model}&rule={rule}")

    same = figure().json()["results"] == floor().json()["results"]
    if not same:
        raise AssertionError("The floor of the API's list holds other rows than the list.")
    took = alternate(figure, floor)
    return Measure(f"api_list_{size}", *took[:2], 3, note=f"{took[2]} queries")


SEARCHED = "office"  # in the names of nearly all agencies: more is never found
MOST_SEARCH_MS = 100


def search(large: Door) -> Measure:
    """The search for a word that is almost everywhere, over the API; under 100 ms whatever its floor."""
    path = f"/search/?q={SEARCHED}"
    found = [reply.json() for reply in (large.api(path), large.floor(path))]
    if not found[0]["total"] or found[0]["counts"] != found[1]["counts"]:
        raise AssertionError("The search and its floor do not find the same, or nothing.")
    figure, floor, queries, _ = alternate(lambda: large.api(path), lambda: large.floor(path))
    return Measure("search", figure, floor, 3, figure < MOST_SEARCH_MS, f"{queries} queries")


def html_table_100(large: Door) -> Measure:
    """The agencies page."""
    cookie = {"Cookie": f"sessionid={large.keys['sessions']['leader']}"}

    def floor() -> Reply:
        return large.site.ask("GET", "/bench/agencies/", cookie)

    rows = [reply.body.count(b'<th scope="row">') for reply in (large.page("/agencies/"), floor())]
    wanted = min(100, large.site.scale.agencies)
    if rows != [wanted, wanted]:
        raise AssertionError(f"The agencies page and its floor have {rows} rows instead of {wanted}.")
    took = alternate(lambda: large.page("/agencies/"), floor)
    return Measure("html_table_100", *took[:2], 2, note=f"{took[2]} queries")


class AnswerSaver:
    """Saves the same answer again and again, each time with another level."""

    LEVELS = ("partial", "in_place")

    def __init__(self, door: Door) -> None:
        self.door = door
        self.assessment, self.item, _, self.revision = door.keys["answers"][0]
        self.other = door.keys["answers"][1][2]

    def save(self) -> Reply:
        """Over the API, with its check, audit and transaction."""
        path = f"/assessments/{self.assessment}/answers/{self.item}/"
        level = self.LEVELS[self.revision % 2]
        body = {"level": level, "revision": self.revision, "note": f"{self.revision}"}
        reply = self.door.api(path, "lead", "PUT", body)
        self.revision = reply.json()["revision"]
        return reply

    def update(self) -> Reply:
        """One UPDATE of another answer."""
        body = {"level": self.LEVELS[self.revision % 2]}
        return self.door.floor(f"/answers/{self.other}/", "lead", "PUT", body)


def answer_save(large: Door, small: Door) -> Measure:
    """One answer over the API; as many queries on the large set as on the small."""
    on_large, on_small = AnswerSaver(large), AnswerSaver(small)
    fewest = mode(on_small.save().queries for _ in range(WARM_UP))
    figure, floor, queries, _ = alternate(on_large.save, on_large.update)
    note = f"{queries} and {fewest} queries"
    return Measure("answer_save", figure, floor, 5, queries == fewest, note)
