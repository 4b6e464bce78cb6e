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
        trees = (statement, *expressions.values())
        placeholders = {node.name for tree in trees for node in tree.find_all(exp.Placeholder)}
        own = list(statement.find_all(exp.CTE, exp.Table))
        inner = {node.alias for node in own if isinstance(node, exp.CTE)}
        sources = {node.name for node in own if isinstance(node, exp.Table)} - inner
        wrong = (placeholders ^ (set(named) | secrets)) | (sources ^ set(tables))
        if wrong:
            raise AnalysisError(f"step {self.name}: not filled, or filled without a place: {', '.join(sorted(wrong))}")

        def replace(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Placeholder) and node.name in named:
                return exp.Paren(this=named[node.name].copy())
            if isinstance(node, exp.Table) and node.name in tables:
                alias = node.alias or node.name
                return exp.alias_(exp.to_table(tables[node.name].name, quoted=True), alias, table=True)
            return node

        return statement.transform(replace, copy=False)


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
