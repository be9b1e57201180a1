"""Small models whose stages are bands of the score: one of points, one of means."""

from pathlib import Path
from tempfile import TemporaryDirectory

from maturity.models import ModelVersion
from maturity.pack import Pack, read_pack
from maturity.services import publish_pack
from tests.factories import NOW

ABOUT = """\
about:
  description: A model for tests.
  attribution: Nobody.
  disclaimer: None needed.
sources:
  - ref: "000"
    title: The guide
"""


def _bands(*rows: tuple[str, float]) -> str:
    return "".join(
        f"- {{slug: {name.lower()}, number: {number}, name: {name}, from: {start},"
        " summary: A band., source: 000 p1}\n"
        for number, (name, start) in enumerate(rows, 1)
    )


def _practice(slug: str, more: str = "") -> str:
    title = slug.replace("-", " ").capitalize()
    return (
        f"- slug: {slug}\n  title: {title}\n  text: About it.\n  question: How far is it?\n"
        f"  action: Begin it.\n  sources: [{{slug: src, ref: 000 p2}}]\n{more}"
    )


# 20 points: 10 and 5 in Law, 5 in Portal.
POINTS_PACK = {
    "model.yaml": 'slug: ranking\nversion: "1"\nedition: 1\nname: Small ranking\nsummary: For tests.\n'
    f"method: points\nrhythm: month\n{ABOUT}",
    "stages.yaml": _bands(("Low", 0), ("Middle", 40), ("High", 75)),
    "domains.yaml": "- {slug: law, number: 1, name: Law, scope: The law.}\n"
    "- {slug: portal, number: 2, name: Portal, scope: The portal.}\n",
    "practices/law.yaml": _practice("claim", "  points: 10\n") + _practice("scope", "  points: 5\n"),
    "practices/portal.yaml": _practice("interface", "  points: 5\n"),
}
# Weights 1, 2 and 1; Skills has two practices, the scores of the others are given.
MEAN_PACK = {
    "model.yaml": 'slug: small-index\nversion: "1"\nedition: 1\nname: Small index\nsummary: For tests.\n'
    f"method: mean\ndomain_scores: true\nrhythm: year\n{ABOUT}",
    "stages.yaml": _bands(("Low", 10), ("Middle", 40), ("High", 75)),
    "domains.yaml": "- {slug: ready, number: 1, name: Readiness, scope: Being ready.}\n"
    "- {slug: done, number: 2, name: Implementation, scope: What is done., weight: 2}\n"
    "- {slug: skills, number: 3, name: Skills, scope: What people know.}\n",
    "practices/skills.yaml": _practice("train-staff") + _practice("name-owner"),
}


def read(files: dict[str, str]) -> Pack:
    """The pack of these files. Raises PackError."""
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return read_pack(Path(folder))


def make_points_model() -> ModelVersion:
    """ranking@1: claim (10) and scope (5) in Law, interface (5) in Portal; bands at 0, 40 and 75 percent."""
    return publish_pack(pack=read(POINTS_PACK), by=None, at=NOW).version


def make_mean_model() -> ModelVersion:
    """small-index@1: ready (weight 1), done (2), skills (1, two practices); bands at 10, 40, 75 percent."""
    return publish_pack(pack=read(MEAN_PACK), by=None, at=NOW).version
