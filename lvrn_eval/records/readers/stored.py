"""Reading a table or view of a DuckDB file, in a connection of its own that can reach nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.readers.header import checked_header
from lvrn_eval.records.readers.landing import Landing
from lvrn_eval.records.readers.shapes import Cells, how, name, refused

if TYPE_CHECKING:
    import duckdb

    from lvrn_eval.records.readers.options import Job

_OWN = "('information_schema', 'pg_catalog')"


def read_stored(job: Job) -> Cells:
    """Read the mapped columns of a table or view, in the order in which it has its rows; the first is row 1.

    Raises
    ------
    RecordsError
    """
    import duckdb

    closed: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(str(job.path), read_only=True, config=closed) as connection:
            connection.execute("set preserve_insertion_order = true")
            place = _place(connection, job)
            header = checked_header(_columns(connection, place), job.shown)
            used = [column for column in header if column in job.wanted.mapped] or header[:1]
            landing = _landed(connection, place, used, job)
    except (duckdb.Error, OSError):
        what = "this is not a DuckDB file that can be read: it is damaged, in use, or of a newer version"
        fix = "close it in other programs, or export the table as Parquet"
        raise refused("unreadable file", job.shown, what, fix) from None
    found = f"table {'.'.join(place)} ({how(job.reading.sql_table)})"
    return Cells(landing.table, tuple(header), "duckdb", (found,))


def _place(connection: duckdb.DuckDBPyConnection, job: Job) -> tuple[str, str]:
    """Return the schema and the name of the table: the declared one, or the only one."""
    listed = connection.execute(
        f"select table_schema, table_name from information_schema.tables where table_schema not in {_OWN} "  # noqa: S608
        "and table_catalog = current_catalog() order by all"
    ).fetchall()
    names = {name: (schema, name) for schema, name in listed if schema == "main"}
    names |= {f"{schema}.{name}": (schema, name) for schema, name in listed}
    wanted = job.reading.sql_table
    if wanted is None and len(listed) == 1:
        return next(iter(names.values()))
    if wanted in names:
        return names[wanted]
    known = [f"{schema}.{name}" if schema != "main" else name for schema, name in listed]
    if wanted is None:
        what = f"the file has {len(known)} tables" if known else "the file has no table"
        raise refused("no such table", job.shown, what, f"name one with `sql_table:`; {suggestion('', known)}")
    fault = Fault(job.shown, f"there is no table or view {wanted!r}", suggestion(wanted, known))
    raise RecordsError("no such table", [fault])


def _columns(connection: duckdb.DuckDBPyConnection, place: tuple[str, str]) -> list[str]:
    return [str(row[0]) for row in connection.execute(f"describe {_from(place)}").fetchall()]


def _from(place: tuple[str, str]) -> str:
    return ".".join(map(name, place))


def _landed(connection: duckdb.DuckDBPyConnection, place: tuple[str, str], used: list[str], job: Job) -> Landing:
    import pyarrow as pa

    columns = ", ".join(map(name, used))
    landing = Landing(job, list(map(name, used)))
    rows = connection.sql(f"select {columns}, row_number() over () as source_row from {_from(place)}")  # noqa: S608
    # the Arrow stream is the same in every version of DuckDB
    reader = pa.RecordBatchReader.from_stream(rows)
    done = 0
    for batch in reader:
        landing.add(batch)
        done += batch.num_rows
        job.tell(f"reading {job.shown}: {done:,} rows")
    if not landing.chunks:
        landing.add(reader.schema.empty_table())
    return landing
