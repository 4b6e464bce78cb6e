"""Small pieces of SQL, as trees.

Trees are put together without copying: a step copies its whole statement once, when it is filled, so that a piece may
stand in several places of it.
"""

from __future__ import annotations

from sqlglot import exp

from lvrn_eval.engine.steps import quoted

KINDS = {
    name: exp.DataType.Type[name.upper()] for name in ("date", "double", "varchar", "boolean", "timestamp", "bigint")
}


def cast(value: exp.Expr, kind: str) -> exp.Expr:
    """Return a value as another kind."""
    return exp.Cast(this=value, to=exp.DataType(this=KINDS[kind]))


def named(value: exp.Expr, name: str) -> exp.Expr:
    """Return a value under a name."""
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def chosen(source: str, *columns: exp.Expr) -> exp.Select:
    """Return a select of these columns of a table."""
    return exp.Select(expressions=list(columns)).from_(exp.table_(source), copy=False)


def grouped(query: exp.Select, *keys: exp.Expr) -> exp.Select:
    """Return a select, a row for each group; the very same select, as whoever calls made it."""
    return query.group_by(*keys, copy=False)


def joined(query: exp.Select, table: str, condition: exp.Expr, *, side: str = "left") -> exp.Select:
    """Return a select with a table beside it; the very same select, as whoever calls made it."""
    return query.join(exp.table_(table), on=condition, join_type=side, copy=False)


def same(left: str, right: str, *keys: str) -> exp.Expr:
    """Return that two tables agree in these columns."""
    return every(*[exp.EQ(this=quoted(key, left), expression=quoted(key, right)) for key in keys])


def number(value: int) -> exp.Expr:
    """Return a whole number."""
    return exp.Literal.number(value)


def one_if(condition: exp.Expr) -> exp.Expr:
    """Return 1 where a condition holds, else 0."""
    return when(condition, number(1), number(0))


def when(condition: exp.Expr, value: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Expr:
    """Return a value where a condition holds, else another or nothing."""
    return exp.Case(ifs=[exp.If(this=condition, true=value)], default=otherwise)


def every(*conditions: exp.Expr | None) -> exp.Expr:
    """Return that all of these conditions hold; true when there is none."""
    found = [each for each in conditions if each is not None]
    return exp.and_(*found, copy=False) if found else exp.true()


def there(column: exp.Expr) -> exp.Expr:
    """Return that a value is not missing."""
    return exp.Not(this=exp.Is(this=exp.Paren(this=column), expression=exp.null()))


def not_(condition: exp.Expr) -> exp.Expr:
    """Return that a condition does not hold."""
    return exp.Not(this=exp.Paren(this=condition))


def or_else(value: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    """Return a value, or another where it is missing."""
    return exp.Coalesce(this=value, expressions=[otherwise])


def settled(condition: exp.Expr, *, otherwise: bool) -> exp.Expr:
    """Return a condition that is never unknown."""
    return or_else(condition, exp.true() if otherwise else exp.false())
