"""A step: one SQL statement with named places for tables, values and expressions, filled without pasting text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from lvrn_eval.errors import AnalysisError

if TYPE_CHECKING:
    from lvrn_eval.engine.base import Table, Value

DIALECT = "duckdb"


@dataclass(frozen=True)
class Step:
    """One named statement.

    A table is written by a plain name and given at run time; a value or an expression is written ``$name``.

    Parameters
    ----------
    name
        What the step does, such as ``cohort/windows``.
    statement
        The parsed statement; never changed, filling works on a copy.
    """

    name: str
    statement: exp.Expr

    @classmethod
    def load(cls, package: str, filename: str) -> Step:
        """Read the step in ``filename`` beside the modules of ``package``."""
        return _load(package, filename)

    def fill(
        self,
        *,
        tables: Mapping[str, Table],
        values: Mapping[str, Value],
        expressions: Mapping[str, exp.Expr],
        secrets: frozenset[str] = frozenset(),
    ) -> exp.Expr:
        """Return the statement with every place filled.

        Raises
        ------
        AnalysisError
            When a place has nothing to fill it, or a filling has no place: both are slips in the calling code.
        """
        statement = self.statement.copy()
        named = {**{name: literal(value) for name, value in values.items()}, **expressions}
        places = list(statement.find_all(exp.Placeholder, exp.CTE, exp.Table))
        inside = [node for tree in expressions.values() for node in tree.find_all(exp.Placeholder)]
        placeholders = {node.name for node in (*places, *inside) if isinstance(node, exp.Placeholder)}
        inner = {node.alias for node in places if isinstance(node, exp.CTE)}
        sources = {node.name for node in places if isinstance(node, exp.Table)} - inner
        wrong = (placeholders ^ (set(named) | secrets)) | (sources ^ set(tables))
        if wrong:
            raise AnalysisError(f"step {self.name}: not filled, or filled without a place: {', '.join(sorted(wrong))}")
        for node in places:
            if isinstance(node, exp.Placeholder) and node.name in named:
                node.replace(exp.Paren(this=named[node.name].copy()))
            elif isinstance(node, exp.Table) and node.name in tables:
                table = exp.to_table(tables[node.name].name, quoted=True)
                node.replace(exp.alias_(table, node.alias or node.name, table=True))
        return statement


def build(name: str, statement: exp.Expr) -> Step:
    """Return a step made of a statement that code built from a mapping, column by column."""
    return Step(name, statement)


def quoted(column: str, table: str | None = None) -> exp.Column:
    """Return a column by its exact name, whatever characters it holds."""
    return exp.column(exp.to_identifier(column, quoted=True), table=table, copy=False)


def literal(value: Value) -> exp.Expr:
    """Return a value as a typed literal."""
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    return exp.convert(value)


def repeated(text: str) -> exp.Expr:
    """Return a text that is the same in every row, typed so that DuckDB keeps it once and not ten million times."""
    value = exp.Literal.string(text)
    return exp.cast(value, exp.DataType(this=exp.DataType.Type.ENUM, expressions=[value.copy()]))


@cache
def _load(package: str, filename: str) -> Step:
    text = files(package).joinpath(filename).read_text(encoding="utf-8")
    name = f"{package.removeprefix('lvrn_eval.').replace('.', '/')}/{filename.removesuffix('.sql')}"
    return Step(name, sqlglot.parse_one(text, read=DIALECT))
