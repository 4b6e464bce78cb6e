"""What PostgreSQL and Spark have in common: every table has an empty twin in a DuckDB of this process.

A step runs on the twins first. That settles, before any row is touched and in the same words on every engine, whether
the step suits the tables, what the answer's columns are called, and of what type each is.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from lvrn_eval.engine.base import Frame, RanStep, Table, Value
from lvrn_eval.engine.dialects import in_order_of_bytes, rewritten
from lvrn_eval.engine.duckdb import DuckDBEngine
from lvrn_eval.engine.kinds import held_as, plain_kind
from lvrn_eval.engine.steps import quoted
from lvrn_eval.errors import AnalysisError

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp

    from lvrn_eval.engine.steps import Step

Types = Mapping[str, "exp.DataType"]
Rows = TypeVar("Rows", "pa.RecordBatch", "pa.Table")


class TwinnedEngine(ABC):
    """Tables in another place, whose steps are first run on empty twins in DuckDB."""

    dialect: str

    def __init__(self) -> None:
        self._twins = DuckDBEngine()
        self._ran: list[RanStep] = []

    @property
    def ran(self) -> tuple[RanStep, ...]:
        """The steps that ran, oldest first."""
        return tuple(self._ran)

    def register(self, name: str, frame: Frame) -> Table:
        """Take a user's frame in as a table, read as DuckDB reads it.

        Raises
        ------
        AnalysisError
            When ``frame`` is not a pandas, Polars or Arrow table, has no columns, two of one name, or one whose values
            are not of one kind, or holds times of a time zone.
        """
        here = self._twins.register(name, frame)
        table = Table(self, here.name, here.columns)
        try:
            with self._twins.batches(here) as batches:
                self._bring(table.name, held(table), batches)
        finally:
            self._empty(here.name)
        return table

    def take(self, table: Table) -> Table:
        """Take a table over from another engine, batch by batch; the original stays.

        Raises
        ------
        AnalysisError
            When a column is of a kind that cannot be handed over.
        """
        if table.engine is self:
            return table
        columns = {column: plain_kind(kind) for column, kind in table.columns.items()}
        made = Table(self, self._twins.fresh_name(table.name), columns)
        types = held(made)
        self._twin(made)
        with table.engine.batches(table) as batches:
            self._bring(made.name, types, batches)
        return made

    def run(
        self,
        step: Step,
        *,
        tables: Mapping[str, Table] | None = None,
        values: Mapping[str, Value] | None = None,
        expressions: Mapping[str, exp.Expr] | None = None,
        secrets: Mapping[str, bytes] | None = None,
    ) -> Table:
        """Run a step and keep its result as a new table.

        Raises
        ------
        AnalysisError
            When a place of the step is not filled, the tables do not have the columns or types that it needs, the step
            needs a secret, or it does something that engines do in different ways.
        """
        if secrets:
            raise AnalysisError(f"step {step.name}: secrets are for reading records, which is done in DuckDB")
        tables, values, expressions = tables or {}, values or {}, expressions or {}
        started = time.perf_counter()
        twin = self._twins.run(
            step,
            tables={name: Table(self._twins, table.name, table.columns) for name, table in tables.items()},
            values=values,
            expressions=expressions,
        )
        self._empty(twin.name)
        made = Table(self, twin.name, {column: plain_kind(kind) for column, kind in twin.columns.items()})
        types = held(made)
        filled = step.fill(tables=tables, values=values, expressions=expressions)
        columns = {table.name: held(table) for table in tables.values()}
        statement = rewritten(step.name, filled, columns, self.dialect)
        rows = self._make(step.name, made.name, types, statement)
        sql = statement.sql(dialect=self.dialect, comments=False, pretty=True)
        self._ran.append(RanStep(step.name, made.name, sql, rows, time.perf_counter() - started))
        return made

    def fetch(self, table: Table) -> pa.Table:
        """Bring a table home as Arrow, of the same types as from DuckDB."""
        return self.batches(table).read_all()

    def drop(self, table: Table) -> None:
        """Forget a table that is no longer needed."""
        self._forget(table.name)
        self._twins.drop(table)

    @abstractmethod
    def count(self, table: Table) -> int:
        """Return the number of rows."""

    @abstractmethod
    def batches(self, table: Table) -> pa.RecordBatchReader:
        """Hand a table over piece by piece."""

    @abstractmethod
    def close(self) -> None:
        """Forget every table."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def _bring(self, name: str, types: Types, batches: pa.RecordBatchReader) -> None:
        """Make a table of batches."""

    @abstractmethod
    def _make(self, step: str, name: str, types: Types, statement: exp.Expr) -> int:
        """Make a table of a statement's answer, its columns cast to the twin's types; return how many rows it has."""

    @abstractmethod
    def _forget(self, name: str) -> None:
        """Drop a table by its name."""

    def _schema(self, table: Table) -> pa.Schema:
        """Return the Arrow types with which DuckDB would bring the table home."""
        with self._twins.batches(self._twins.table(table.name)) as none:
            return none.schema

    def _known(self, name: str, columns: Mapping[str, str]) -> Table:
        """Return the handle of a new table with a name like ``name``, and make its twin."""
        table = Table(self, self._twins.fresh_name(name), dict(columns))
        self._twin(table)
        return table

    def _twin(self, table: Table) -> None:
        columns = ", ".join(f"{quoted(name).sql('duckdb')} {kind}" for name, kind in table.columns.items())
        self._twins.query(f'create temp table "{table.name}" ({columns})')

    def _empty(self, name: str) -> None:
        self._twins.query(f'truncate "{name}"')


def held(table: Table) -> dict[str, exp.DataType]:
    """Return the type of every column outside DuckDB.

    Raises
    ------
    AnalysisError
        Naming the columns of a kind that no other engine holds.
    """
    types = {column: held_as(kind) for column, kind in table.columns.items()}
    if strange := [f"{column!r} ({table.columns[column]})" for column, kind in types.items() if kind is None]:
        raise AnalysisError(
            f"{table.name}: only DuckDB can hold columns of these kinds: {', '.join(strange)}; "
            "leave them out, or make text or numbers of them",
        )
    return {column: kind for column, kind in types.items() if kind is not None}


def carried(name: str, rows: Rows) -> Rows:
    """Return a batch or a table in kinds that every engine takes.

    Raises
    ------
    AnalysisError
        When it holds times finer than a microsecond, which would be lost.
    """
    import pyarrow as pa

    try:
        return rows.cast(pa.schema([field.with_type(_arrow_held_as(field.type)) for field in rows.schema]))
    except pa.ArrowInvalid:
        # Arrow's own message quotes a value
        raise AnalysisError(
            f"{name}: holds times finer than a microsecond, which only DuckDB keeps; round them",
        ) from None


def _arrow_held_as(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    larger = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.decimal128(20)}
    return {pa.null(): pa.string(), **larger}.get(kind, kind)


def taken(column: str, kind: exp.DataType, dialect: str, *, number: bool = False) -> str:
    """Return a column cast to the kind in which it is kept, as SQL; with ``number``, NaN is nothing."""
    from sqlglot import exp

    value: exp.Expr = exp.cast(quoted(column), kind)
    if number and kind.is_type("float", "double"):
        value = exp.Nullif(this=value, expression=exp.cast(exp.Literal.string("NaN"), kind))
    return exp.alias_(in_order_of_bytes(value, kind, dialect), column, quoted=True).sql(dialect)
