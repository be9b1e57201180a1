"""The two databases of the bench: where they are, made when missing, kept while the schema is the same."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_URL = "postgresql://postgres@127.0.0.1:5432/"


class Unready(Exception):
    """The bench cannot run here now; says why."""


@dataclass(frozen=True)
class Scale:
    """A made-up government: agencies in three levels, each assessed in every one of the quarters."""

    name: str
    departments: int
    components: int
    agencies: int
    drafts: int  # assessments of the running quarter with answers
    redis: int  # the database of Redis
    quarters: int = 40

    @property
    def database(self) -> str:
        return f"portal_bench_{self.name}"


SMALL = Scale("small", departments=4, components=16, agencies=100, drafts=50, redis=11)
LARGE = Scale("large", departments=40, components=480, agencies=10_000, drafts=1_000, redis=12)
ONE_AT_A_TIME = 20_261_121  # the advisory lock of whoever runs the bench on this server


def url_of(scale: Scale) -> str:
    """The address of the scale's database."""
    return urlunsplit(_server()._replace(path=f"/{scale.database}"))


def fingerprint(scale: Scale, quarter: str) -> str:
    """Of all that decides what is in a database: migrations, packs, seeding, and the running quarter."""
    found = hashlib.sha256(f"{scale} {quarter}".encode())
    folders = ("portal", "maturity", "casestudies", "assessments", "dashboards")
    migrations = [path for folder in folders for path in ROOT.glob(f"{folder}/**/migrations/0*.py")]
    packs = ROOT.glob("maturity/packs/*/**/*.yaml")
    for path in sorted({*migrations, *packs, *ROOT.glob("bench/*seeding*.py")}):
        found.update(path.read_bytes())
    return found.hexdigest()


def is_current(scale: Scale, wanted: str) -> bool:
    """Whether the database is there and was filled for this fingerprint."""
    with _maintenance() as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        row = connection.execute(query, [scale.database]).fetchone()
    return row is not None and row[0] == wanted


def make_empty(scale: Scale) -> None:
    """An empty database in the place of what was there."""
    drop(scale)
    with _maintenance() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(scale.database)))


@contextmanager
def alone() -> Iterator[None]:
    """Keep other runs of the bench off these databases. Raises Unready: there is one, or no server."""
    try:
        connection = _maintenance()
    except psycopg.OperationalError as error:
        raise Unready(f"PostgreSQL does not answer (BENCH_DATABASE_URL): {error}") from error
    with connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME]).fetchone()
        if not row or not row[0]:
            raise Unready("Another bench runs on this server; two at once would measure each other.")
        yield


def drop(scale: Scale) -> None:
    """Remove the scale's database."""
    name = sql.Identifier(scale.database)
    with _maintenance() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def note_filled(scale: Scale, fingerprint: str) -> None:
    """Remember with the database what it was filled for."""
    name = sql.Identifier(scale.database)
    with _maintenance() as connection:
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(fingerprint)))


def _server() -> SplitResult:
    return urlsplit(os.environ.get("BENCH_DATABASE_URL") or DEFAULT_URL)


def _maintenance() -> psycopg.Connection:
    return psycopg.connect(urlunsplit(_server()._replace(path="/postgres")), autocommit=True)
