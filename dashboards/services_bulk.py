"""Inserting many rows at once."""

from collections.abc import Sequence

from django.db import connection, models

FEW = 20  # below that a statement is as quick as a stream
BATCH = 500


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, without their ids being known afterwards.

    On PostgreSQL by COPY: bulk_create packs each column into an array there, and with JSON in the rows
    most of the time goes into escaping it twice.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql" or len(rows) < FEW:
        model._default_manager.bulk_create(rows, batch_size=BATCH)
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(
                [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
            )
