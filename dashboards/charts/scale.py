"""What scores and stages of a model are called, and the axis that its scores are drawn on."""

from dataclasses import dataclass

from dashboards.charts.chart import Figure, plural

_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500)


@dataclass(frozen=True)
class ScoreScale:
    """A model's scale in words. `names` of its stages, from the first; they are bands of the score unless
    they are `staged`. `unit` is "" where a score is counted in nothing but itself."""

    stage_count: int
    staged: bool = True
    unit: str = "stages"
    maximum: int = 0  # 0: the number of stages
    names: tuple[str, ...] = ()

    @property
    def most(self) -> int:
        """The highest score there is."""
        return self.maximum or self.stage_count

    @property
    def of(self) -> str:
        """What stands behind a score: "of 5 stages", "of 126 points", "of 100"."""
        return f"of {self.most:,} {self.unit}".rstrip()

    @property
    def counted(self) -> str:
        """How scores are counted: "in stages", "in points", "of 100"."""
        return f"in {self.unit}" if self.unit else self.of

    @property
    def title(self) -> str:
        """ "Score, in stages", "Score, in points", "Score, of 100"."""
        return f"Score, {self.counted}"

    @property
    def many(self) -> str:
        """How stages are counted: "Stages completed", "Bands reached"."""
        return "Stages completed" if self.staged else "Bands reached"

    @property
    def axis(self) -> Figure:
        """An axis of scores, from none to all."""
        step = next((step for step in _STEPS if step * 10 >= self.most), _STEPS[-1])
        return {
            "title": {"text": self.title},
            "range": [0, self.most * 1.03],
            "dtick": step,
            "fixedrange": True,
            "zeroline": True,
            "zerolinecolor": "#71767a",
        }

    @property
    def step(self) -> str:
        """What one of the steps is called: "stage", "band"."""
        return "stage" if self.staged else "band"

    @property
    def steps(self) -> str:
        """The same of many: "stages", "bands"."""
        return f"{self.step}s"

    @property
    def moves(self) -> dict[str, str]:
        """What agencies have done that moved, by the names of transitions.MOVES."""
        if self.staged:
            return {
                "risen": "completed more stages",
                "fallen": "completed fewer stages",
                "same": "completed as many stages as before",
            }
        return {
            "risen": "moved to a higher band",
            "fallen": "moved to a lower band",
            "same": "stayed in the same band",
        }

    def place(self, number: int) -> str:
        """Where an agency is with so many: "2 stages completed", "In the band Far along", "No band"."""
        if self.staged:
            return f"{self.stage(number)} completed"
        return f"In the band {self.band(number)}" if number else "No band"

    def numbered(self, number: int) -> str:
        """One step by number and name: "Stage 2, Pilots", "Band 2, Begun"."""
        short = f"{self.step.capitalize()} {number}"
        return f"{short}, {self.band(number)}" if self.names else short

    def amount(self, score: str) -> str:
        """A score, or a difference of two, with its unit: "0.50 stages", "3.00 points", "0.27"."""
        return f"{score} {self.unit}".rstrip()

    def stage(self, number: int) -> str:
        """So many stages or bands: "No stage", "1 stage", "All 5 stages"; "No band", a band's name."""
        if not self.staged:
            return self.band(number) if number else "No band"
        if number == 0:
            return "No stage"
        return f"All {number} stages" if number == self.stage_count else plural(number, "stage", "stages")

    def band(self, number: int) -> str:
        """The name of a band."""
        return (
            self.names[number - 1] if 0 < number <= len(self.names) else f"{self.step.capitalize()} {number}"
        )

    def reached(self, number: int) -> str:
        """What agencies have done that came so far: "have completed stage 2, Pilots", "have reached …"."""
        if self.staged:
            return f"have completed stage {number}, {self.band(number)}"
        return f"have reached the band {self.band(number)}"


def stages_only(stage_count: int) -> ScoreScale:
    """The scale of the staged method, or of anything counted up to so many."""
    return ScoreScale(stage_count)
