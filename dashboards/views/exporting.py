"""Tables of the pages of a scope as files, and links between those pages."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from dashboards.charts.chart import Cell, Linked
from dashboards.charts.portfolio import Link
from dashboards.queries.known import Numbers
from dashboards.services_exports import note_export
from dashboards.tables import Table, Value, table_file
from dashboards.views.choice import Choice
from portal.agencies.queries import demonstration_shown
from portal.exports import csv_text


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
        return list_url(choice, **asked | {"at": on}) if on in choosable else ""

    return link


def plain(rows: Sequence[Sequence[Cell]]) -> list[tuple[Value, ...]]:
    """The rows of a chart without their links."""
    return [tuple(cell.text if isinstance(cell, Linked) else cell for cell in row) for row in rows]


def csv_response(choice: Choice, table: Table) -> HttpResponse:
    """The table as a download, noted in the audit."""
    now = timezone.now()
    rows = table_file(
        table,
        scope=str(choice.scope),
        period=choice.series.trend[-1].name,
        reader=str(choice.reader),
        at=now,
        demonstration=demonstration_shown(),
        knowledge=choice.knowledge_words if choice.series.knowledge.numbers is not Numbers.PUBLISHED else "",
    )
    details = {"model": choice.measure.model.slug, "on": str(choice.on), "rows": len(table.rows)}
    note_export(what=table.name, of=choice.scope, details=details, by=choice.reader, at=now)
    response = HttpResponse(csv_text(rows), content_type="text/csv; charset=utf-8")
    name = f"{table.name}-{slugify(str(choice.scope))}-{choice.on}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
