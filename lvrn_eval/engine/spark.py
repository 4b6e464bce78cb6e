"""Spark as the place where tables live: for records that outgrow one machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lvrn_eval.engine.base import Table
from lvrn_eval.engine.kinds import held_as
from lvrn_eval.engine.twins import TwinnedEngine, Types, carried, held, taken
from lvrn_eval.errors import AnalysisError, suggestion

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame, SparkSession
    from sqlglot import exp

SETTINGS = {
    # what cannot be done is an error, and not nothing
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    # a moment has no time zone
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    # a value may hold what looks like a variable
    "spark.sql.variable.substitute": "false",
    # inferring constraints of long plans fails on columns that a join leaves behind
    "spark.sql.constraintPropagation.enabled": "false",
}

READ_AS = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
    "string": "VARCHAR",
}
"""Spark's name of a type, to DuckDB's of the kind its values are taken for."""


class SparkEngine(TwinnedEngine):
    """Tables in Spark.

    The engine works in a session of its own beside the one it is given, with the same settings but those that change
    answers. A table that a step makes is worked out once and kept by the executors, in memory or on their disks, as
    long as the engine knows it; when an executor is lost, run the analysis again.

    Parameters
    ----------
    session
        A running Spark 4 session, not of Spark Connect. It is not stopped.
    """

    dialect = "spark"

    def __init__(self, session: SparkSession) -> None:
        super().__init__()
        self._session = session.newSession()
        for name, value in (session.conf.getAll | SETTINGS).items():
            if self._session.conf.isModifiable(name):
                self._session.conf.set(name, value)
        self._names: list[str] = []

    def table(self, name: str, *, columns: Sequence[str] | None = None) -> Table:
        """Return the handle of a table that Spark's catalogue holds; nothing is copied.

        Parameters
        ----------
        name
            Its name as Spark writes it, with the catalogue or database before it where needed; for a temporary view of
            your session, make it global and write ``global_temp.name``.
        columns
            The columns to use; by default all.

        Raises
        ------
        AnalysisError
            When there is no such table or column, or a column is of a kind no step can use.
        """
        with self._told(f"table {name}"):
            frame = self._session.table(name)
            found = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
        if unknown := [column for column in columns or () if column not in found]:
            raise AnalysisError(f"table {name} has no column {unknown[0]!r}; {suggestion(unknown[0], found)}")
        kinds = _read_as(name, {column: found[column] for column in columns or found})
        known = self._known(name.rpartition(".")[2], kinds)
        listed = [taken(column, kind, "spark", number=True) for column, kind in held(known).items()]
        with self._told(f"table {name}"):
            frame.selectExpr(*listed).createTempView(known.name)
        self._names.append(known.name)
        return known

    def count(self, table: Table) -> int:
        """Return the number of rows."""
        with self._told(f"table {table.name}"):
            return int(self._session.table(table.name).count())

    def batches(self, table: Table) -> pa.RecordBatchReader:
        """Hand a table over, in the order of its rows; Spark sends all of it at once."""
        import pyarrow as pa

        with self._told(f"table {table.name}"):
            home = self._session.table(table.name).toArrow()
        schema = self._schema(table)
        columns = [
            pa.nulls(home.num_rows) if pa.types.is_null(field.type) else column.cast(field.type)
            for field, column in zip(schema, home.columns, strict=True)
        ]
        return pa.table(columns, schema=schema).to_reader()

    def close(self) -> None:
        """Forget every table; Spark itself goes on."""
        while self._names:
            self._forget(self._names.pop())

    def _bring(self, name: str, types: Types, batches: pa.RecordBatchReader) -> None:
        whole = carried(name, batches.read_all())
        with self._told(f"table {name}"):
            self._keep(name, self._session.createDataFrame(whole), types)

    def _make(self, step: str, name: str, types: Types, statement: exp.Expr) -> int:
        with self._told(f"step {step}"):
            made = self._session.sql(statement.sql(dialect="spark", comments=False))
            return self._keep(name, made, types)

    def _keep(self, name: str, frame: DataFrame, types: Types) -> int:
        """Work a frame out now and once; return how many rows it has."""
        # cut off from how it was made: plans that hold those of all the steps before grow without end
        kept = frame.selectExpr(*(taken(column, kind, "spark") for column, kind in types.items()))
        kept = kept.localCheckpoint(eager=False)
        rows = int(kept.count())
        kept.createTempView(name)
        self._names.append(name)
        return rows

    def _forget(self, name: str) -> None:
        self._session.catalog.dropTempView(name)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Tell an error of Spark without any value of a row."""
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as error:
            raise AnalysisError(f"{what} cannot be used in Spark: {_reason(error)}") from None


def _read_as(place: str, columns: dict[str, str]) -> dict[str, str]:
    """Return the kinds of column that a table's types are taken for."""
    kinds = {
        column: kind.upper() if kind.startswith("decimal(") else READ_AS.get(kind, "")
        for column, kind in columns.items()
    }
    if strange := [f"{column} ({columns[column]})" for column, kind in kinds.items() if not held_as(kind)]:
        raise AnalysisError(
            f"table {place} has columns of kinds that no step can use: {', '.join(strange)}; "
            "name the others with columns=, or cast these in a view",
        )
    return kinds


def _reason(error: PySparkException) -> str:
    """Return what kind of error it is; Spark's own words may quote a value."""
    condition = error.getCondition() or type(error).__name__
    if condition == "CAST_INVALID_INPUT":
        return "some rows hold text that cannot be turned into a date or a number"
    return f"Spark reports {condition}"
