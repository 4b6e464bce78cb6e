"""The default engine: DuckDB inside this process, in memory, nothing to start."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lvrn_eval.engine.base import Frame, RanStep, Table, Value
from lvrn_eval.errors import AnalysisError

if TYPE_CHECKING:
    import duckdb
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
            When ``frame`` is not a pandas, Polars or Arrow table.
        """
        arrow = _to_arrow(name, frame)
        made = self.fresh_name(name)
        self.connection.register("incoming", arrow)
        self.query(f"create temp table {made} as select * from incoming")
        self.connection.unregister("incoming")
        return self._dates_made_dates(self.table(made))

    def run(
        self,
        step: Step,
        *,
        tables: Mapping[str, Table] | None = None,
        values: Mapping[str, Value] | None = None,
        expressions: Mapping[str, exp.Expr] | None = None,
        secrets: Mapping[str, bytes] | None = None,
    ) -> Table:
        """Run a step and keep its result as a new table; secrets are bound, so no log ever holds them."""
        secrets = dict(secrets or {})
        statement = step.fill(
            tables=tables or {},
            values=values or {},
            expressions=expressions or {},
            secrets=frozenset(secrets),
        )
        into = self.fresh_name(step.name)
        started = time.perf_counter()
        sql = statement.sql(dialect=self.dialect, comments=False, pretty=True)
        self.query(f"create temp table {into} as {sql}", secrets)
        made = self.table(into)
        seconds = time.perf_counter() - started
        self._ran.append(RanStep(step.name, into, sql, self.count(made), seconds))
        return made

    def count(self, table: Table) -> int:
        """Return the number of rows."""
        return int(self.query(f'select count(*) from "{table.name}"')[0][0])

    def fetch(self, table: Table) -> pa.Table:
        """Bring a table home as Arrow."""
        return self.connection.table(table.name).to_arrow_table()

    def query(self, sql: str, secrets: Mapping[str, bytes] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement that code wrote and return its rows, reading the answer to its end."""
        return self.connection.execute(sql, dict(secrets) if secrets else None).fetchall()

    def drop(self, table: Table) -> None:
        """Forget a table, or a view of a file, that is no longer needed."""
        kind = self.query(f"select table_type from information_schema.tables where table_name = '{table.name}'")
        self.query(f'drop {"view" if kind == [("VIEW",)] else "table"} if exists "{table.name}"')

    def table(self, name: str) -> Table:
        """Return the handle of a table that exists under exactly this name."""
        described = self.query(f'describe "{name}"')
        return Table(self, name, {str(row[0]): str(row[1]) for row in described})

    def _dates_made_dates(self, table: Table) -> Table:
        """Turn timestamps that are all at midnight into dates, as pandas has no dates of its own."""
        for column, kind in table.columns.items():
            if not kind.startswith("TIMESTAMP") or kind.endswith("WITH TIME ZONE"):
                continue
            name = column.replace('"', '""')
            timed = f'select count(*) from "{table.name}" where cast("{name}" as time) <> time \'00:00:00\''
            if self.query(timed) == [(0,)]:
                self.query(f'alter table "{table.name}" alter column "{name}" type date')
        return self.table(table.name)

    def fresh_name(self, name: str) -> str:
        """Return a name not yet used, of plain letters only, that begins like ``name``."""
        self._made += 1
        return f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}_{self._made}"


def _to_arrow(name: str, frame: Frame) -> pa.Table:
    """Return a user's frame as Arrow, with nanosecond dates and pandas' several text types made plain."""
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    module = type(frame).__module__.partition(".")[0]
    if module == "pandas":
        return pa.Table.from_pandas(frame, preserve_index=False)
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    raise AnalysisError(
        f"{name}: expected a table of the project or a pandas, Polars or Arrow frame, not {type(frame).__name__}",
    )
