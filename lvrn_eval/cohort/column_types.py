"""What the type of a table's column holds; every engine names types as DuckDB does."""

from __future__ import annotations

from sqlglot import exp

from lvrn_eval.engine import Table


def data_type(table: Table, column: str) -> exp.DataType:
    """Return the type of a table's column."""
    return exp.DataType.build(table.columns[column].strip('"'), dialect="duckdb")


def is_number(kind: exp.DataType) -> bool:
    """Say whether a type holds whole or real numbers."""
    return kind.this in exp.DataType.NUMERIC_TYPES


def is_truth(kind: exp.DataType) -> bool:
    """Say whether a type holds true and false."""
    return kind.is_type(exp.DataType.Type.BOOLEAN)
