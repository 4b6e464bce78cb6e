"""A step rewritten so that another engine gives DuckDB's answer, before sqlglot writes it in that engine's dialect.

sqlglot translates words; what the engines mean by them is settled here, by the types of the columns: division,
differences of dates, intervals by column, averages, numbers made whole. What cannot be settled is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from lvrn_eval.errors import AnalysisError

TYPED_AS = "postgres"
"""The rules by which names and types are worked out: quoted names keep their case, which DuckDB's would fold."""

FLOATS = (exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE)
DAYS = (exp.DataType.Type.DATE,)
WHOLE = (*exp.DataType.INTEGER_TYPES,)
TEXTS = (*exp.DataType.TEXT_TYPES,)
AVERAGES = (exp.Avg, exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop)

DIFFERENT: dict[type[exp.Expr], str] = {
    exp.Lower: "changes letters to small ones",
    exp.Upper: "changes letters to capitals",
    exp.Initcap: "changes letters to capitals",
    exp.ILike: "compares text without regard to capitals",
    exp.RegexpLike: "uses a regular expression",
    exp.RegexpILike: "uses a regular expression",
    exp.Median: "takes a median",
    exp.PercentileCont: "takes a quantile",
    exp.PercentileDisc: "takes a quantile",
    exp.Quantile: "takes a quantile",
}
"""What engines do in different ways: small and capital letters depend on the place a server was set up for."""


def rewritten(
    name: str,
    statement: exp.Expr,
    tables: Mapping[str, Mapping[str, exp.DataType]],
    dialect: str,
) -> exp.Expr:
    """Return a filled step that means to another engine what it means to DuckDB.

    Parameters
    ----------
    name
        The step's, for messages.
    statement
        The step with every place filled; not changed.
    tables
        The tables it uses, with the type of every column.
    dialect
        ``"postgres"`` or ``"spark"``.

    Raises
    ------
    AnalysisError
        When the step does something that engines do in different ways.
    """
    schema = MappingSchema(
        {table: dict(columns) for table, columns in tables.items()}, dialect=TYPED_AS, normalize=False
    )
    tree = statement.copy()
    # inner parts first: what is put around a part holds a copy of it
    for part in reversed(list(tree.find_all(exp.Div, *AVERAGES))):
        _make_real(part)
    tree = qualify(tree, schema=schema, dialect=TYPED_AS, validate_qualify_columns=False)
    tree = annotate_types(tree, schema=schema, dialect=TYPED_AS)
    # inner parts first: a part that is replaced keeps its type, which the parts around it look at
    for node in reversed(list(tree.walk())):
        if told := _different(node):
            raise AnalysisError(
                f"step {name} {told}, which {dialect} and DuckDB do in different ways; use tables in DuckDB, or leave "
                "that to the end, when the answer has come home",
            )
        settled = _settled(node, dialect)
        if settled is not node:
            settled.type = node.type
            tree = settled if node is tree else tree
            node.replace(settled)
    return tree


def _make_real(node: exp.Expr) -> None:
    """Make a division or an average one of real numbers, whatever it is of."""
    if isinstance(node, exp.Div):
        node.set("expression", _double(node.expression))
        node.set("typed", True)
        # division by nought is an error, and not nothing
        node.set("safe", False)
    if isinstance(node, (exp.Div, *AVERAGES)):
        node.set("this", _double(node.this))


def _different(node: exp.Expr) -> str | None:
    """Return what a part does that cannot be made the same everywhere."""
    if type(node) in DIFFERENT:
        return DIFFERENT[type(node)]
    if isinstance(node, exp.Round) and not node.this.is_type(*WHOLE):
        return "rounds numbers that are not whole"
    if isinstance(node, exp.Cast) and node.to.is_type(*TEXTS) and node.this.is_type(*FLOATS):
        return "makes text of numbers that may not be whole"
    if isinstance(node, exp.DateDiff) and _unit(node) not in {"DAY", "MONTH", "YEAR"}:
        return f"counts in units of a {_unit(node).lower()}"
    return None


def _settled(node: exp.Expr, dialect: str) -> exp.Expr:
    """Return a part as it must be written; itself where nothing needs to be done."""
    settle = next((settle for kind, settle in SETTLED.items() if isinstance(node, kind)), None)
    return settle(node, dialect) if settle else node


def _sum(node: exp.Expr, dialect: str) -> exp.Expr:
    """Settle what is added or taken away: whole numbers of days between days, and intervals."""
    if isinstance(node, exp.Sub) and node.this.is_type(*DAYS) and node.expression.is_type(*DAYS):
        return _difference(node.this, node.expression, "DAY", dialect)
    if dialect == "spark":
        _as_moments(node)
    return node


def _truncated(node: exp.Expr, _: str) -> exp.Expr:
    if node.this.is_type(*DAYS):
        # without a time zone
        node.set("this", exp.cast(node.this, "timestamp", dialect="duckdb"))
    return node


def _made_up(node: exp.Expr, dialect: str) -> exp.Expr:
    """Say how text is sorted that a step makes up; that of a column says so itself."""
    if isinstance(node, exp.Case):
        return in_order_of_bytes(node.copy(), node.type, dialect) if node.is_type(*TEXTS) else node
    if node.is_string and isinstance(node.parent, exp.Alias | exp.Paren):
        return in_order_of_bytes(node.copy(), node.type, dialect)
    return node


def _unit(node: exp.Expr) -> str:
    return str(node.args.get("unit") or "DAY").upper()


def _double(value: exp.Expr) -> exp.Expr:
    return exp.cast(exp.paren(value) if isinstance(value, exp.Binary) else value, "double")


def _cast(node: exp.Expr, dialect: str) -> exp.Expr:
    value, to = node.this, node.args["to"]
    if to.is_type(exp.DataType.Type.ENUM, *TEXTS):
        text = exp.cast(value, "text")
        return in_order_of_bytes(text, text.to, dialect)
    if to.is_type(*WHOLE) and dialect == "spark" and value.is_type(*FLOATS, exp.DataType.Type.DECIMAL):
        # DuckDB and PostgreSQL take the nearest whole number (of a decimal that lies between, the one away from nought)
        nearest = exp.Anonymous(this="rint", expressions=[value]) if value.is_type(*FLOATS) else exp.Round(this=value)
        return exp.cast(nearest, to)
    if to.is_type(*DAYS) and dialect == "postgres" and value.is_type(*TEXTS) and not isinstance(value, exp.Literal):
        # PostgreSQL would read 'today' and days in the order of its settings
        written = exp.RegexpLike(this=value.copy(), expression=exp.Literal.string("^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"))
        iso = exp.case().when(exp.or_(written, value.is_(exp.null())), value).else_(exp.Literal.string("not a day"))
        return exp.cast(iso, to)
    return node


def _borders(node: exp.Expr, dialect: str) -> exp.Expr:
    return _difference(node.this, node.expression, _unit(node), dialect)


def _difference(later: exp.Expr, earlier: exp.Expr, unit: str, dialect: str) -> exp.Expr:
    """Return how many borders of days, months or years lie between two days."""
    ends = [exp.cast(end, "date") for end in (later, earlier)]
    if unit == "DAY" and dialect == "postgres":
        return exp.paren(ends[0] - ends[1])
    if unit == "DAY":
        return exp.paren(exp.DateDiff(this=ends[0], expression=ends[1], unit=exp.var("DAY")))
    years = [exp.Extract(this=exp.var("year"), expression=end.copy()) for end in ends]
    numbers: list[exp.Expr] = [exp.cast(year, "bigint") for year in years]
    if unit == "MONTH":
        months = [exp.cast(exp.Extract(this=exp.var("month"), expression=end.copy()), "bigint") for end in ends]
        numbers = [exp.paren(year * 12 + month) for year, month in zip(numbers, months, strict=True)]
    return exp.paren(numbers[0] - numbers[1])


def _interval(node: exp.Expr, _: str) -> exp.Expr:
    """Return an interval whose length is worked out, not written."""
    if isinstance(node.this, exp.Literal):
        return node
    units = ("YEAR", "MONTH", "WEEK", "DAY")
    unit = str(node.args.get("unit") or "").upper().removesuffix("S")
    length = exp.cast(node.this, "int")
    lengths = [length if unit == known else exp.Literal.number(0) for known in units]
    return exp.Anonymous(this="make_interval", expressions=lengths)


def in_order_of_bytes(value: exp.Expr, kind: exp.DataType | None, dialect: str) -> exp.Expr:
    """Return text so that it is compared and sorted by its bytes, whatever language a PostgreSQL was set up for."""
    if dialect != "postgres" or kind is None or not kind.is_type(*TEXTS):
        return value
    return exp.paren(exp.Collate(this=value, expression=exp.to_identifier("C", quoted=True)), copy=False)


def _as_moments(node: exp.Expr) -> None:
    """Make a day that an interval is added to a moment, as it becomes in DuckDB and PostgreSQL."""
    for side, other in (("this", node.expression), ("expression", node.this)):
        day = node.args[side]
        if day.is_type(*DAYS) and (isinstance(other, exp.Interval) or other.is_type(exp.DataType.Type.INTERVAL)):
            node.set(side, exp.cast(day, "timestamp", dialect="duckdb"))


SETTLED: dict[type[exp.Expr] | tuple[type[exp.Expr], ...], Callable[[exp.Expr, str], exp.Expr]] = {
    exp.Cast: _cast,
    exp.DateDiff: _borders,
    (exp.Add, exp.Sub): _sum,
    (exp.DateTrunc, exp.TimestampTrunc): _truncated,
    exp.Interval: _interval,
    (exp.Case, exp.Literal): _made_up,
}
"""What is settled, and how."""
