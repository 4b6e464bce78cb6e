"""The default engine: DuckDB inside this process, in memory, nothing to start."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lvrn_eval.engine.base import Frame, RanStep, Table, Value
from lvrn_eval.engine.kinds import plain_kind
from lvrn_eval.errors import AnalysisError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa
    from sqlglot import exp

    from lvrn_eval.engine.steps import Step


class DuckDBEngine:
    """Tables in a DuckDB of this process.

    Nothing is written outside memory but what DuckDB spills to a temporary folder of its own, which it removes. No
    extension is ever fetched.
    """

    dialect = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        # rows keep the order of their file, so that a row number means what a person sees there
        self.query("set preserve_insertion_order = true")
        self.query("set enable_progress_bar = false")
        self._ran: list[RanStep] = []
        self._made = 0

    @property
    def ran(self) -> tuple[RanStep, ...]:
        """The steps that ran, oldest first."""
        return tuple(self._ran)

    def register(self, name: str, frame: Frame) -> Table:
        """Take a user's frame in as a table.

        Raises
        ------
        AnalysisError
            When ``frame`` is not a pandas, Polars or Arrow table, has no columns, two of one name, or one whose values
            are not of one kind, or holds times of a time zone.
        """
        import duckdb

        arrow = _to_arrow(name, frame)
        _check_columns(name, arrow.column_names)
        made = self.fresh_name(name)
        try:
            self.connection.register("incoming", arrow)
            self.query(f'create temp table "{made}" as select * from incoming')
        except duckdb.Error as error:
            raise AnalysisError(f"{name}: this frame cannot be taken in: {_reason(error)}") from None
        finally:
            self.connection.unregister("incoming")
        return self._made_plain(name, self.table(made))

    def run(
        self,
        step: Step,
        *,
        tables: Mapping[str, Table] | None = None,
        values: Mapping[str, Value] | None = None,
        expressions: Mapping[str, exp.Expr] | None = None,
        secrets: Mapping[str, bytes] | None = None,
    ) -> Table:
        """Run a step and keep its result as a new table; secrets are bound, so no log ever holds them.

        Raises
        ------
        AnalysisError
            When a place of the step is not filled, or the tables do not have the columns or types that it needs.
        """
        import duckdb

        secrets = dict(secrets or {})
        statement = step.fill(
            tables=tables or {},
            values=values or {},
            expressions=expressions or {},
            secrets=frozenset(secrets),
        )
        into = self.fresh_name(step.name)
        started = time.perf_counter()
        sql = statement.sql(dialect=self.dialect, copy=False, comments=False, pretty=True)
        try:
            self.query(f'create temp table "{into}" as {sql}', secrets)
        except duckdb.Error as error:
            raise AnalysisError(f"step {step.name} cannot run on these tables: {_reason(error)}") from None
        made = self.table(into)
        seconds = time.perf_counter() - started
        self._ran.append(RanStep(step.name, into, sql, self.count(made), seconds))
        return made

    def count(self, table: Table) -> int:
        """Return the number of rows."""
        return int(self.query(f'select count(*) from "{table.name}"')[0][0])

    def fetch(self, table: Table) -> pa.Table:
        """Bring a table home as Arrow."""
        plain = [name.replace('"', '""') for name, kind in table.columns.items() if kind.startswith("ENUM")]
        if not plain:
            return self.connection.table(table.name).to_arrow_table()
        # a text that was kept once comes home as plain text
        texts = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in plain)
        return self.connection.sql(f'select * replace ({texts}) from "{table.name}"').to_arrow_table()

    def batches(self, table: Table) -> pa.RecordBatchReader:
        """Hand a table over piece by piece; the engine does nothing else until the last piece is read."""
        import pyarrow as pa

        columns = ", ".join(_plain(name, kind) for name, kind in table.columns.items())
        return pa.RecordBatchReader.from_stream(self.connection.sql(f'select {columns} from "{table.name}"'))

    def take(self, table: Table) -> Table:
        """Take a table over from another engine, batch by batch; the original stays.

        Raises
        ------
        AnalysisError
            When the other engine cannot hand it over.
        """
        if table.engine is self:
            return table
        made = self.fresh_name(table.name)
        columns = ", ".join(_cast(name, plain_kind(kind)) for name, kind in table.columns.items())
        try:
            self.connection.register("incoming", table.engine.batches(table))
            self.query(f'create temp table "{made}" as select {columns} from incoming')
        finally:
            self.connection.unregister("incoming")
        return self.table(made)

    def query(self, sql: str, bound: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement that code wrote and return its rows, reading the answer to its end."""
        return self.connection.execute(sql, dict(bound) if bound else None).fetchall()

    def drop(self, table: Table) -> None:
        """Forget a table, or a view of a file, that is no longer needed."""
        kind = self.query(f"select table_type from information_schema.tables where table_name = '{table.name}'")
        self.query(f'drop {"view" if kind == [("VIEW",)] else "table"} if exists "{table.name}"')

    def without(self, table: Table, columns: Sequence[str]) -> Table:
        """Take columns out of a table for good, without copying the others."""
        for column in columns:
            name = column.replace('"', '""')
            self.query(f'alter table "{table.name}" drop column "{name}"')
        return self.table(table.name)

    def table(self, name: str) -> Table:
        """Return the handle of a table that exists under exactly this name."""
        described = self.query(f'describe "{name}"')
        return Table(self, name, {str(row[0]): str(row[1]) for row in described})

    def _made_plain(self, label: str, table: Table) -> Table:
        """Turn timestamps that are all at midnight into dates, as pandas has no dates of its own, and NaN into null."""
        for column, kind in table.columns.items():
            name = column.replace('"', '""')
            if kind in {"DOUBLE", "FLOAT"}:
                self.query(f'update "{table.name}" set "{name}" = null where isnan("{name}")')
            if not kind.startswith("TIMESTAMP"):
                continue
            if "TZ" in kind or "TIME ZONE" in kind:
                raise AnalysisError(
                    f"{label}: column {column!r} holds times of a time zone, so which day it was depends on the place; "
                    "make them local first, in pandas with .dt.tz_localize(None)",
                )
            timed = f'select count(*) from "{table.name}" where cast("{name}" as time) <> time \'00:00:00\''
            if self.query(timed) == [(0,)]:
                self.query(f'alter table "{table.name}" alter column "{name}" type date')
        return self.table(table.name)

    def fresh_name(self, name: str) -> str:
        """Return a name not yet used, of plain letters only, that begins like ``name``."""
        self._made += 1
        return f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}_{self._made}"


def _plain(name: str, kind: str) -> str:
    """Return a column as it is handed over: a text that was kept once as plain text."""
    return _cast(name, "varchar") if kind.startswith("ENUM") else _quoted(name)


def _cast(name: str, kind: str) -> str:
    return f"cast({_quoted(name)} as {kind}) as {_quoted(name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _to_arrow(name: str, frame: Frame) -> pa.Table:
    """Return a user's frame as Arrow, with nanosecond dates and pandas' several text types made plain."""
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
        return _from_pandas(name, frame)
    try:
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
    except pa.ArrowException:
        pass  # a single column offers the same interface
    raise AnalysisError(
        f"{name}: expected a table of the project or a pandas, Polars or Arrow frame, not {type(frame).__name__}",
    )


def _from_pandas(name: str, frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    _check_columns(name, [str(column) for column in frame.columns])
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        # a column of nothing has no type, and an engine would call it numbers
        fields = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
        return table.cast(pa.schema(fields))
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        mixed = [repr(str(column)) for column in frame.columns if not _is_of_one_kind(frame[column])]
        # Arrow's own message quotes a value, so it is not passed on
        raise AnalysisError(
            f"{name}: values of more than one kind, or of a kind that no table can hold, in {', '.join(mixed)}; "
            "make each column all text, all numbers or all dates",
        ) from None


def _is_of_one_kind(values: pd.Series) -> bool:
    import pyarrow as pa

    try:
        pa.Array.from_pandas(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return True


def _check_columns(name: str, columns: list[str]) -> None:
    """Refuse a frame without columns, or with two whose names differ only by case: SQL takes them for one."""
    if not columns:
        raise AnalysisError(f"{name}: this frame has no columns")
    folded = [column.casefold() for column in columns]
    if repeated := [column for column in columns if folded.count(column.casefold()) > 1]:
        raise AnalysisError(
            f"{name}: columns {', '.join(map(repr, repeated))} have one name, or names that differ only by case; "
            "rename them",
        )


def _reason(error: duckdb.Error) -> str:
    """Return what DuckDB says of a statement; what it says of data may quote a value, so only its kind is told."""
    import duckdb

    if isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        return str(error).splitlines()[0]
    if isinstance(error, duckdb.ConversionException):
        return "some rows hold text that cannot be turned into a date or a number"
    return f"DuckDB reports {type(error).__name__}"
