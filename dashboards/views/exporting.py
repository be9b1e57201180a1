"""Tables of the pages of a scope as files, and links between those pages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from dashboards.charts.chart import Cell, Linked
from dashboards.charts.portfolio import Link
from dashboards.queries.agencies import Frozen, Reading
from dashboards.queries.known import Knowledge, Numbers
from dashboards.services_exports import note_export
from dashboards.tables import FileHead, Table, Value
from dashboards.views.choice import Choice
from portal.agencies.queries import demonstration_shown
from portal.exports import csv_text

AS_OF_TODAY = "As known today"


def address(choice: Choice, name: str, *args: str, **more: object) -> str:
    """The address of a page for the same choice, with what else is asked for there."""
    query = choice.address | {key: str(value) for key, value in more.items()}
    return f"{reverse(name, args=args)}?{urlencode(query)}"


def list_url(choice: Choice, **filters: object) -> str:
    """Where the agencies of this choice that fit are listed."""
    return address(choice, "dashboards:scope-agencies", **filters)


def point_link(choice: Choice) -> Link:
    """Where the agencies of a part of a chart over time are listed, at the point that it stands for; nowhere
    for a point so long ago that no page can be asked for it."""
    choosable = {point.on for point in choice.choosable}

    def link(number: int, asked: dict[str, object]) -> str:
        on = choice.series.points[number].on
        row = choice.series.rows.get(on)
        if row is not None and row.scored_anew:  # what was published of it is something else
            asked = asked | {"numbers": Numbers.LATEST.value}
        return list_url(choice, **asked | {"at": on}) if on in choosable else ""

    return link


def plain(rows: Sequence[Sequence[Cell]]) -> list[tuple[Value, ...]]:
    """The rows of a chart without their links."""
    return [tuple(cell.text if isinstance(cell, Linked) else cell for cell in row) for row in rows]


def head_of(choice: Choice, table: Table, at: datetime) -> FileHead:
    """What a file of this choice says above its rows."""
    return FileHead(
        title=f"{table.title}. {choice.title}, {choice.series.trend[-1].name}",
        marking=AS_OF_TODAY if table.as_of_today else choice.knowledge_words,
        reported="" if table.as_of_today else choice.reported_words,
        reader=str(choice.reader),
        at=at,
        demonstration=demonstration_shown(),
        figure=table.figure,
        notes=table.notes,
    )


def marking_of(knowledge: Knowledge, read: Reading) -> str:
    """How far numbers of agencies that are no scope may be relied on."""
    if knowledge.day is not None:
        return f"As known at the end of {knowledge.day}"
    return "PUBLISHED" if isinstance(read, Frozen) else "PROVISIONAL"


def csv_response(choice: Choice, table: Table, **details: object) -> HttpResponse:
    """The table as a download, noted in the audit, there with `details` of what it is limited to."""
    now = timezone.now()
    rows = [*head_of(choice, table, now).rows(), table.columns, *table.rows]
    noted = {"model": choice.measure.model.slug, "on": str(choice.on), "rows": len(table.rows)} | details
    note_export(what=table.name, of=choice.scope, details=noted, by=choice.reader, at=now)
    return csv_download(rows, f"{slugify(table.name)}-{slugify(str(choice.scope))}-{choice.on}")


def csv_download(rows: Iterable[Sequence[Value]], name: str) -> HttpResponse:
    """Rows as a CSV file to keep; `name` without its ending."""
    response = HttpResponse(csv_text(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
