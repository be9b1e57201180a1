"""A small checklist with a field, two groups and rows, as every engine's form has them."""

from datetime import date
from typing import Any

from assessments.models import InstrumentRun
from assessments.services_runs import About, finish_run, save_run_answers, start_run
from maturity.instruments.definitions import Entry, Field, Group, Instrument, Option, Source
from maturity.instruments.plain import as_json, text_hash
from maturity.models import InstrumentEdition
from tests.factories import NOW
from tests.world import World

STATUS = Field(
    "status",
    "Status",
    "choice",
    options=(
        Option("met", "Met", worth="1"),
        Option("partial", "Partly met", worth="0.5"),
        Option("open", "Not met", worth="0"),
        Option("not-applicable", "Does not apply"),
    ),
)
SMALL = Instrument(
    slug="in-small",
    number=90,
    name="Small checklist",
    engine="checklist",
    edition=1,
    summary="Three checks of one cluster.",
    why="To try it out.",
    minutes=5,
    subject="Cluster",
    fields=(
        Field("owner", "Owner", "text", required=True),
        Field("nodes", "Nodes", "number", unit="nodes", minimum="0"),
        Field("managed", "Managed", "yes_no"),
        Field("kinds", "Kinds", "choices", options=(Option("a", "Web"), Option("b", "Batch"))),
    ),
    columns=(STATUS, Field("evidence", "Evidence", "text")),
    groups=(
        Group(
            "images",
            "Images",
            (
                Entry(
                    "sm-scan", "Images are scanned", "Each one.", ident="1.1", practices=("scan-images",),
                    sources=(Source("is-registry-scanning", "000 §Security"),), more={"whole": True},
                ),
                Entry("sm-sign", "Images are signed", practices=("pick-platform",), more={"whole": True}),
            ),
        ),
        Group("people", "People", (Entry("sm-train", "Staff is trained", practices=("train-staff",)),)),
    ),
    row=(Field("name", "Name", "text", required=True), Field("hours", "Hours", "number")),
    row_name="application",
)  # fmt: skip
ANSWERS: dict[str, Any] = {
    "fields": {"owner": "Pat"},
    "entries": {
        "sm-scan": {"status": "met", "evidence": "Report 7"},
        "sm-sign": {"status": "partial"},
        "sm-train": {"status": "open"},
    },
    "rows": [{"name": "Portal", "hours": "12"}],
}


def publish(instrument: Instrument = SMALL) -> InstrumentEdition:
    """Its edition, as the current one."""
    InstrumentEdition.objects.filter(slug=instrument.slug).update(is_current=False)
    return InstrumentEdition.objects.create(
        slug=instrument.slug,
        edition=instrument.edition,
        number=instrument.number,
        name=instrument.name,
        engine=instrument.engine,
        summary=instrument.summary,
        definition=as_json(instrument),
        text_hash=text_hash(instrument),
        published_at=NOW,
    )


def small_edition() -> InstrumentEdition:
    """The small checklist, published once."""
    return InstrumentEdition.objects.filter(slug=SMALL.slug, is_current=True).first() or publish()


def start(
    world: World, subject: str = "Blue", on: date = date(2026, 11, 20), **options: Any
) -> InstrumentRun:
    """An open run of the Grid Office, started by its contributor."""
    given = {"edition": small_edition(), "agency": world.grid, "by": world.contributor, "at": NOW} | options
    return start_run(about=About(on, subject), **given)


def save(run: InstrumentRun, given: Any, by: Any = None, **options: Any) -> InstrumentRun:
    """Save parts of it over what is there."""
    options = {"revision": run.revision, "at": NOW} | options
    return save_run_answers(run_id=run.pk, given=given, by=by or run.started_by, **options)


def finished(world: World, answers: Any = None, **options: Any) -> InstrumentRun:
    """A run filled in and finished by the contributor."""
    run = save(start(world, **options), answers or ANSWERS)
    return finish_run(run_id=run.pk, revision=run.revision, by=run.started_by, at=NOW)
