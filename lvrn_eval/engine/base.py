"""The protocol every engine keeps, and the handle to a table that lives in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from sqlglot import exp

    from lvrn_eval.engine.steps import Step

Value: TypeAlias = str | int | float | bool | date | None
"""What may stand for a ``$name`` in a step: it enters as a typed literal, never as text pasted into SQL."""

Frame: TypeAlias = Any
"""A table a user brings: pandas, Polars, Arrow, or anything else with the Arrow C stream interface."""


@dataclass(frozen=True)
class RanStep:
    """A step as it ran, for ``lvrn-eval explain``.

    ``sql`` holds the names of secrets, never their values.
    """

    name: str
    into: str
    sql: str
    rows: int
    seconds: float


@dataclass(frozen=True)
class Table:
    """A table that lives in an engine.

    Parameters
    ----------
    engine
        Where it lives.
    name
        Its name there.
    columns
        Column names and the type of each, in order; types are called as DuckDB calls them, whatever the engine.
    """

    engine: Engine
    name: str
    columns: Mapping[str, str]

    def __len__(self) -> int:
        return self.engine.count(self)

    def to_arrow(self) -> pa.Table:
        """Bring the table home. For small tables, or for a person who asks for it."""
        return self.engine.fetch(self)

    def to_pandas(self) -> pd.DataFrame:
        """Bring the table home as a pandas frame; dates become ``datetime64``."""
        frame: pd.DataFrame = self.engine.fetch(self).to_pandas(date_as_object=False)
        return frame


@runtime_checkable
class Engine(Protocol):
    """What a place for tables must do. DuckDB does it here; PostgreSQL and Spark keep the same promise."""

    dialect: str

    @property
    def ran(self) -> tuple[RanStep, ...]:
        """The steps that ran, oldest first."""
        ...

    def register(self, name: str, frame: Frame) -> Table:
        """Take a user's frame in as a table whose name starts with ``name``."""
        ...

    def run(
        self,
        step: Step,
        *,
        tables: Mapping[str, Table] | None = None,
        values: Mapping[str, Value] | None = None,
        expressions: Mapping[str, exp.Expr] | None = None,
        secrets: Mapping[str, bytes] | None = None,
    ) -> Table:
        """Run a step and keep its result as a new table."""
        ...

    def take(self, table: Table) -> Table:
        """Take a table over from another engine."""
        ...

    def count(self, table: Table) -> int:
        """Return the number of rows."""
        ...

    def batches(self, table: Table) -> pa.RecordBatchReader:
        """Hand a table over piece by piece; ask nothing else of the engine until the last piece is read."""
        ...

    def fetch(self, table: Table) -> pa.Table:
        """Bring a table home as Arrow."""
        ...

    def drop(self, table: Table) -> None:
        """Forget a table that is no longer needed."""
        ...


def as_table(data: Table | Frame, name: str, engine: Engine | None = None) -> Table:
    """Return ``data`` as a table: itself if it is one, else registered in ``engine`` (or a new DuckDB in memory).

    Parameters
    ----------
    data
        A table of the project, or a pandas, Polars or Arrow frame.
    name
        What the table is, for messages and for ``explain``.
    engine
        Where the other tables of this piece of work live.

    Raises
    ------
    AnalysisError
        When the data is neither, or lives in another engine.
    """
    from lvrn_eval.errors import AnalysisError

    if isinstance(data, Table):
        if engine is not None and data.engine is not engine:
            raise AnalysisError(
                f"{name}: this table lives in another engine than the ones it is used with; "
                "bring it over with engine.take(table) first",
            )
        return data
    if engine is None:
        from lvrn_eval.engine.duckdb import DuckDBEngine

        engine = DuckDBEngine()
    return engine.register(name, data)
