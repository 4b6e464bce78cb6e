"""Reading a table or view of PostgreSQL, in one read-only transaction, with the server's own bulk copy.

The URL comes from an environment variable and is never shown: it may hold a password.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.readers.header import checked_header
from lvrn_eval.records.readers.options import Job, Progress, Wanted
from lvrn_eval.records.readers.shapes import FileRead, RawFile, name, refused, same, text

if TYPE_CHECKING:
    import psycopg

    from lvrn_eval.engine import DuckDBEngine, Table
    from lvrn_eval.records.sources import TableSource

TOLD_EVERY = 1 << 25
"""Bytes between two lines of progress."""

WAIT = 10
"""Seconds to wait for a server to answer."""


def read_database(engine: DuckDBEngine, source: TableSource, progress: Progress | None = None) -> RawFile:
    """Read the mapped columns of a table or view of a PostgreSQL database.

    Rows are numbered in the order of the primary key, or as the server gives them when there is none. The digest is
    over the rows in any order.

    Parameters
    ----------
    engine
        Where the cells go.
    source
        The table; its ``reading`` names the environment variable that holds the URL, and the SQL table.
    progress
        Called with a line now and then.

    Raises
    ------
    RecordsError
        When the variable is not set, the server cannot be reached, or the table cannot be read. The URL is not shown.
    """
    reading = source.reading
    variable, table = str(reading.database), str(reading.sql_table)
    shown = f"{variable}:{table}"
    job = Job(engine, Path(table), shown, source.table, reading, Wanted.of(source), progress)
    with _connected(variable, shown) as connection:
        place = _place(connection, table, shown)
        header = checked_header(_columns(connection, place), shown)
        used = [column for column in header if column in job.wanted.mapped] or header[:1]
        order = _primary_key(connection, place)
        made = _landed(connection, place, used, order, job)
    rows = len(made)
    if rows == 0:
        raise refused("empty table", shown, "the table has no rows", "check that it is filled, and who may read it")
    ordered = f"rows in the order of {', '.join(order)}" if order else "rows as the server gives them"
    found = (f"table {'.'.join(place)} (declared)", ordered)
    return RawFile(
        made, tuple(header), FileRead(source.table, shown, _digest(engine, made, used), rows, "postgresql", found)
    )


def _connected(variable: str, shown: str) -> psycopg.Connection[Any]:
    try:
        import psycopg
    except ImportError:
        what = "PostgreSQL is read with psycopg, which is not installed"
        raise refused("no driver", shown, what, "pip install 'lvrn-eval[postgres]'") from None
    url = os.environ.get(variable, "")
    if not url:
        fix = "set it to postgresql://… outside the project"
        raise refused("no database", shown, f"the environment variable {variable} is not set", fix)
    try:
        connection = psycopg.connect(url, connect_timeout=WAIT)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
    except (psycopg.Error, ValueError):
        # what the driver says may quote the URL
        what = f"the database that {variable} names cannot be reached"
        raise refused(
            "no database", shown, what, "check that it runs, who may enter, and what the variable says"
        ) from None
    return connection


def _place(connection: psycopg.Connection[Any], table: str, shown: str) -> tuple[str, str]:
    """Return the schema and the name of a table that may be read."""
    listed = connection.execute(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema') "
        "and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') order by 1, 2"
    ).fetchall()
    names = {f"{schema}.{name}": (str(schema), str(name)) for schema, name in listed}
    names |= {name: (str(schema), str(name)) for schema, name in listed if schema == "public"}
    if table not in names:
        fault = Fault(shown, f"there is no table or view {table!r} that may be read", suggestion(table, names))
        raise RecordsError("no such table", [fault])
    return names[table]


def _columns(connection: psycopg.Connection[Any], place: tuple[str, str]) -> list[str]:
    query = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
    return [str(column) for (column,) in connection.execute(f"{query} order by attnum", [_quoted(place)]).fetchall()]


def _primary_key(connection: psycopg.Connection[Any], place: tuple[str, str]) -> list[str]:
    query = (
        "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) "
        "where i.indisprimary and i.indrelid = %s::regclass order by array_position(i.indkey::int[], a.attnum::int)"
    )
    return [str(column) for (column,) in connection.execute(query, [_quoted(place)]).fetchall()]


def _quoted(place: tuple[str, ...]) -> str:
    return ".".join(map(_identifier, place))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _landed(
    connection: psycopg.Connection[Any], place: tuple[str, str], used: list[str], order: list[str], job: Job
) -> Table:
    """Copy the rows to a file of a moment, and read that: both at the speed of a copy."""
    import duckdb
    import psycopg

    with tempfile.TemporaryDirectory(prefix="lvrn-eval-") as folder:
        plain = Path(folder, "rows.csv")
        try:
            with plain.open("wb") as target:
                _copy(connection, place, used, order, target, job)
            return _read(plain, used, job)
        except (psycopg.Error, duckdb.Error):
            what = "the table cannot be read to its end"
            fix = "check with the database's own program that a select of all its rows works"
            raise refused("unreadable table", job.shown, what, fix) from None


def _copy(
    connection: psycopg.Connection[Any],
    place: tuple[str, str],
    used: list[str],
    order: list[str],
    target: BinaryIO,
    job: Job,
) -> None:
    columns = ", ".join(map(_identifier, used))
    ordered = f" order by {', '.join(map(_identifier, order))}" if order else ""
    connection.execute("set local datestyle to iso")
    connection.execute("set local client_encoding to utf8")
    query = f"copy (select {columns} from {_quoted(place)}{ordered}) to stdout with (format csv, force_quote *)"  # noqa: S608
    written = told = 0
    with connection.cursor().copy(query.encode()) as copied:
        for block in copied:
            target.write(block)
            written += len(block)
            if written - told >= TOLD_EVERY:
                told = written
                job.tell(f"reading {job.shown}: {written / 1e6:,.0f} MB")


def _read(plain: Path, used: list[str], job: Job) -> Table:
    columns = ", ".join(f"{text(column)}: 'VARCHAR'" for column in used)
    made = job.engine.fresh_name(f"raw_{job.table}")
    job.engine.query(
        f"create temp table {made} as select *, {same(job.shown)} as source_file, {same(job.stem)} as source_stem, "  # noqa: S608
        f"row_number() over () as source_row from read_csv({text(str(plain))}, auto_detect = false, header = false, "
        f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', max_line_size = {1 << 27}, "
        f"columns = {{{columns}}})"
    )
    return job.engine.table(made)


def _digest(engine: DuckDBEngine, table: Table, columns: list[str]) -> str:
    """Return a digest of the rows in any order: the sums of four parts of each row's own digest, and their number."""
    cells = " || ".join(f"coalesce(length({name(c)}) || ':' || {name(c)}, '-')" for c in columns)
    parts = ", ".join(f"sum(cast('0x' || substr(digest, {start}, 15) as bigint))" for start in (1, 16, 31, 46))
    sums = engine.query(
        f"select count(*), {parts} from (select sha256({cells}) as digest from {_identifier(table.name)})"  # noqa: S608
    )[0]
    return hashlib.sha256(":".join([*columns, *map(str, sums)]).encode()).hexdigest()
