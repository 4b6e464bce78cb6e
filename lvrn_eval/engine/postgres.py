"""PostgreSQL as the place where tables live: for records that are in one, or that a desk cannot hold."""
# ruff: noqa: S608 (names are made here or quoted; values never come this way)

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lvrn_eval.engine.base import Table
from lvrn_eval.engine.kinds import held_as
from lvrn_eval.engine.steps import quoted
from lvrn_eval.engine.twins import TwinnedEngine, Types, carried, held, taken
from lvrn_eval.errors import AnalysisError, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    import pyarrow as pa
    from sqlglot import exp

SETTINGS = "set client_encoding = 'utf8'; set datestyle = 'iso'; set standard_conforming_strings = on; set jit = off"
BLOCK = 1 << 23
"""Bytes of text that are read at a time; no row may be longer."""

MISUSE = "42"
"""How PostgreSQL numbers errors of a statement, rather than of data: names, types, permissions."""

READ_AS = {
    "boolean": "BOOLEAN",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "date": "DATE",
    "timestamp without time zone": "TIMESTAMP",
    "text": "VARCHAR",
    "character varying": "VARCHAR",
    "character": "VARCHAR",
    "uuid": "VARCHAR",
    "enum": "VARCHAR",
}
"""PostgreSQL's name of a type, to DuckDB's of the kind its values are taken for."""

COLUMNS = """
select
    attribute.attname,
    case
        when kind.typtype = 'e' then 'enum'
        when kind.typname = 'numeric' then format_type(attribute.atttypid, attribute.atttypmod)
        else format_type(attribute.atttypid, null)
    end
from pg_attribute as attribute
inner join pg_type as kind on kind.oid = attribute.atttypid
where attribute.attrelid = to_regclass(%s) and attribute.attnum > 0 and not attribute.attisdropped
order by attribute.attnum
"""


class PostgresEngine(TwinnedEngine):
    """Tables in a PostgreSQL database.

    Everything is made as a temporary table of one connection, so nothing of the database is changed and nothing is
    left behind. The account needs leave to read the tables that are used and to make temporary ones.

    Parameters
    ----------
    database
        The database's address, as ``postgresql://host/name``, or an open connection of psycopg, which is not closed and
        whose settings of encoding and dates are changed.

    Raises
    ------
    AnalysisError
        When the database cannot be reached or does not hold text as UTF-8.
    """

    dialect = "postgres"

    def __init__(self, database: str | psycopg.Connection) -> None:
        super().__init__()
        self._opened = isinstance(database, str)
        self._connection = _connected(database) if isinstance(database, str) else database
        with self._told("this database"):
            self._execute(SETTINGS)
            encoding = self._rows("show server_encoding")[0][0]
        if encoding != "UTF8":
            self.close()
            raise AnalysisError(
                f"this database holds text as {encoding}, and samples would differ; use one made with encoding 'UTF8'",
            )

    def table(self, name: str, *, schema: str | None = None, columns: Sequence[str] | None = None) -> Table:
        """Return the handle of a table or view that is in the database; nothing is copied.

        Parameters
        ----------
        name, schema
            Its exact name, and the schema it is in where that is not on the search path.
        columns
            The columns to use; by default all.

        Raises
        ------
        AnalysisError
            When there is no such table or column, or a column is of a kind no step can use.
        """
        place = ".".join(quoted(part).sql("postgres") for part in (schema, name) if part is not None)
        with self._told(f"table {place}"):
            found = {str(column): str(kind) for column, kind in self._rows(COLUMNS, [place])}
        if not found:
            raise AnalysisError(f"this database has no table {place} that this account may see")
        if unknown := [column for column in columns or () if column not in found]:
            raise AnalysisError(f"table {place} has no column {unknown[0]!r}; {suggestion(unknown[0], found)}")
        chosen = {column: found[column] for column in columns or found}
        known = self._known(name, _read_as(place, chosen))
        listed = ", ".join(taken(column, kind, "postgres", number=True) for column, kind in held(known).items())
        with self._told(f"table {place}"):
            self._execute(f'create temp view "{known.name}" as select {listed} from {place}')
        return known

    def count(self, table: Table) -> int:
        """Return the number of rows."""
        with self._told(f"table {table.name}"):
            return int(self._rows(f'select count(*) from "{table.name}"')[0][0])

    def batches(self, table: Table) -> pa.RecordBatchReader:
        """Hand a table over piece by piece, in the order of its rows."""
        import pyarrow as pa

        schema = self._schema(table)
        return pa.RecordBatchReader.from_batches(schema, self._read(table, schema))

    def close(self) -> None:
        """Forget every table, and close the connection if this engine opened it."""
        if self._opened:
            self._connection.close()
            return
        for name in [name for (name,) in self._twins.query("select table_name from duckdb_tables()")]:
            self._forget(str(name))

    def _bring(self, name: str, types: Types, batches: pa.RecordBatchReader) -> None:
        import pyarrow as pa
        from pyarrow import csv

        columns = ", ".join(f"{quoted(column).sql('postgres')} {_stored(kind)}" for column, kind in types.items())
        plain = csv.WriteOptions(include_header=False)
        with self._told(f"table {name}"), self._connection.transaction():
            self._execute(f'create temp table "{name}" ({columns})')
            with self._connection.cursor().copy(f'copy "{name}" from stdin (format csv)') as copy:
                for batch in batches:
                    text = pa.BufferOutputStream()
                    csv.write_csv(carried(name, batch), text, plain)
                    copy.write(text.getvalue())
            self._execute(f'analyze "{name}"')

    def _make(self, step: str, name: str, types: Types, statement: exp.Expr) -> int:
        sql = statement.sql(dialect="postgres", comments=False)
        columns = ", ".join(taken(column, kind, "postgres") for column, kind in types.items())
        with self._told(f"step {step}"):
            rows = self._execute(f'create temp table "{name}" as select {columns} from ({sql}) as made')
            self._execute(f'analyze "{name}"')
        return rows

    def _forget(self, name: str) -> None:
        with self._told(f"table {name}"):
            view = self._rows("select relkind = 'v' from pg_class where oid = to_regclass(%s)", [f'pg_temp."{name}"'])
            if view:
                self._execute(f'drop {"view" if view == [(True,)] else "table"} pg_temp."{name}"')

    def _read(self, table: Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv

        reading = csv.ReadOptions(column_names=schema.names, block_size=BLOCK)
        parsing = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
        converting = csv.ConvertOptions(
            column_types=schema,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        )
        query = f'copy (select * from "{table.name}") to stdout (format csv)'
        with self._told(f"table {table.name}"), self._connection.cursor().copy(query) as copy:
            text = io.BufferedReader(_Blocks(copy), BLOCK)
            if text.peek(1):
                with csv.open_csv(text, reading, parsing, converting) as batches:
                    yield from batches

    def _execute(self, sql: str) -> int:
        with self._connection.transaction():
            return self._connection.execute(sql.encode()).rowcount

    def _rows(self, sql: str, bound: Sequence[str] | None = None) -> list[tuple[Any, ...]]:
        with self._connection.transaction():
            return self._connection.execute(sql.encode(), bound).fetchall()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Tell an error of the database without any value of a row."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise AnalysisError(f"{what} cannot be used in PostgreSQL: {_reason(error)}") from None


class _Blocks(io.RawIOBase):
    """What the database sends, as a file that can be read."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(self._copy.read())
        size = min(len(self._rest), len(into))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _connected(address: str) -> psycopg.Connection:
    try:
        import psycopg
    except ModuleNotFoundError:
        raise AnalysisError("PostgreSQL needs the package psycopg: pip install 'lvrn-eval[postgres]'") from None
    try:
        return psycopg.connect(address, autocommit=True, application_name="lvrn-eval")
    except psycopg.OperationalError as error:
        raise AnalysisError(f"PostgreSQL cannot be reached: {str(error).splitlines()[0]}") from None
    except psycopg.ProgrammingError:
        # the driver's own message quotes the address, and so a password
        raise AnalysisError("this is not the address of a PostgreSQL; write postgresql://host/name") from None


def _read_as(place: str, columns: dict[str, str]) -> dict[str, str]:
    """Return the kinds of column that a table's types are taken for."""
    kinds = {
        column: kind.replace("numeric", "DECIMAL") if kind.startswith("numeric(") else READ_AS.get(kind, "")
        for column, kind in columns.items()
    }
    if strange := [f"{column} ({columns[column]})" for column, kind in kinds.items() if not held_as(kind)]:
        raise AnalysisError(
            f"table {place} has columns of kinds that no step can use: {', '.join(strange)}; "
            "name the others with columns=, or cast these in a view",
        )
    return kinds


def _stored(kind: exp.DataType) -> str:
    return kind.sql("postgres") + (' collate "C"' if kind.is_type("text") else "")


def _reason(error: psycopg.Error) -> str:
    """Return what PostgreSQL says of a statement; what it says of data may quote a value, so only its kind is told."""
    from psycopg import errors

    if str(error.sqlstate).startswith(MISUSE):
        return str(error.diag.message_primary)
    unreadable = errors.InvalidTextRepresentation | errors.InvalidDatetimeFormat | errors.DatetimeFieldOverflow
    if isinstance(error, unreadable):
        return "some rows hold text that cannot be turned into a date or a number"
    if isinstance(error, errors.CharacterNotInRepertoire | errors.UntranslatableCharacter):
        return "some rows hold text with a zero byte, which PostgreSQL does not keep"
    return f"PostgreSQL reports {type(error).__name__}"
