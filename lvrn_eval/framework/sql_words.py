"""Small pieces of SQL conditions, as trees."""

from __future__ import annotations

from sqlglot import exp


def one_if(condition: exp.Expr) -> exp.Expr:
    """Return 1 where a condition holds, else 0."""
    return exp.case().when(condition, exp.Literal.number(1)).else_(exp.Literal.number(0))


def when(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return a value where a condition holds, else nothing."""
    return exp.case().when(condition.copy(), value.copy())


def every(*conditions: exp.Expr | None) -> exp.Expr:
    """Return that all of these conditions hold; true when there is none."""
    found = [each for each in conditions if each is not None]
    return exp.and_(*found) if found else exp.true()


def there(column: exp.Expr) -> exp.Expr:
    """Return that a value is not missing."""
    return exp.Not(this=exp.Is(this=exp.paren(column.copy()), expression=exp.null()))


def settled(condition: exp.Expr, *, otherwise: bool) -> exp.Expr:
    """Return a condition that is never unknown."""
    return exp.func("coalesce", condition.copy(), exp.true() if otherwise else exp.false())
