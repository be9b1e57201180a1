"""Inserting many rows at once."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import orjson
from django.db import connection, models

FEW = 20  # below that a statement is as quick as a stream
BATCH = 500


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, without their ids being known afterwards."""
    if rows:
        model = type(rows[0])
        names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
        insert_values(model, names, [attrgetter(*names)(row) for row in rows])


def insert_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert new rows whose attributes are called `names` (all but the id), as plain values.

    On PostgreSQL by COPY: bulk_create packs each column into an array there, and with JSON in the rows
    most of the time goes into escaping it twice.
    """
    if connection.vendor != "postgresql" or len(rows) < FEW:
        made = [model(**dict(zip(names, row, strict=True))) for row in rows]
        model._default_manager.bulk_create(made, batch_size=BATCH)
        return
    fields = {field.attname: field for field in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    columns = ", ".join(quote(fields[name].column) for name in names)
    of_json = [place for place, name in enumerate(names) if isinstance(fields[name], models.JSONField)]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in _with_json(rows, of_json):
            copy.write_row(row)


def _with_json(rows: Sequence[Sequence[Any]], places: Sequence[int]) -> Iterator[Sequence[Any]]:
    """The rows with JSON as text at these places. Rows of a trend often share the object of the row before
    them, which is then not written out again."""
    before: dict[int, tuple[Any, str]] = dict.fromkeys(places, (None, "null"))
    for row in rows:
        values = list(row)
        for place in places:
            value, text = before[place]
            if values[place] is not value:
                value = values[place]
                text = orjson.dumps(value).decode()
                before[place] = value, text
            values[place] = text
        yield values
