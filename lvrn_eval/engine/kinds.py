"""The kinds of column an engine may hold: DuckDB's names for them, and what each is in other engines."""

from __future__ import annotations

import re

from sqlglot import exp

HELD = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "HUGEINT": "decimal(38, 0)",
    # elsewhere whole numbers without a sign take the next larger kind that has one
    "UTINYINT": "smallint",
    "USMALLINT": "int",
    "UINTEGER": "bigint",
    "UBIGINT": "decimal(20, 0)",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    # a column of nothing
    '"NULL"': "text",
}
"""DuckDB's name of a kind, to the kind that holds its values in every other engine."""


def held_as(kind: str) -> exp.DataType | None:
    """Return the kind that holds a DuckDB column's values in any other engine; None where there is none.

    Parameters
    ----------
    kind
        DuckDB's name of the column's type, as in ``Table.columns``.
    """
    if kind.startswith("ENUM"):
        kind = "VARCHAR"
    plain = kind.lower() if re.fullmatch(r"DECIMAL\(\d+,\s?\d+\)", kind) else HELD.get(kind)
    return exp.DataType.build(plain, dialect="duckdb") if plain else None


def plain_kind(kind: str) -> str:
    """Return the type of a column that is handed over: a text that was kept once becomes plain text."""
    return "VARCHAR" if kind.startswith("ENUM") else kind
