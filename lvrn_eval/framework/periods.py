"""Calendar periods: in which one a day falls, as SQL; when each ends, and which came before, as dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

ALL = date(1000, 1, 1)
"""Stands for the one period of ``all`` inside a step, where a missing day would not join."""

UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "day": ("day", 0), "week": ("week", 0), "month": ("month", 0), "quarter": ("quarter", 0),
        "calendar_year": ("year", 0), "financial_year": ("year", 3), "school_year": ("year", 8),
    },
)  # fmt: skip
"""The unit of each period, and how many months after 1 January its year begins."""

MONTHS = {"month": 1, "quarter": 3, "year": 12}
MOST = 10_000
"""Days of 27 years; more periods than that are hardly what anybody wants."""


def period_of(day: exp.Expr, period: str) -> exp.Expr:
    """Return the first day of the period a day falls in, as an expression."""
    from sqlglot import exp

    from lvrn_eval.engine.steps import literal
    from lvrn_eval.framework.sql_words import cast

    if period == "all":
        return literal(ALL)
    unit, shift = UNITS[period]
    whole: exp.Expr = cast(day, "date")
    if unit == "day":
        return whole
    months = exp.Interval(this=exp.Literal.string(str(shift)), unit=exp.var("month"))
    moved = cast(exp.Sub(this=whole, expression=months), "date") if shift else whole
    start: exp.Expr = exp.func("date_trunc", exp.Literal.string(unit), moved, copy=False, dialect="duckdb")
    if shift:
        start = exp.Add(this=cast(start, "date"), expression=months)
    return cast(start, "date")


def next_start(start: date, period: str) -> date:
    """Return the first day of the period after the one that begins on ``start``."""
    return _moved(start, period, 1)


def previous_start(start: date, period: str) -> date:
    """Return the first day of the period before the one that begins on ``start``."""
    return _moved(start, period, -1)


def period_end(start: date, period: str) -> date:
    """Return the last day of the period that begins on ``start``."""
    return next_start(start, period) - timedelta(days=1)


def _moved(start: date, period: str, steps: int) -> date:
    unit, _ = UNITS[period]
    if unit in {"day", "week"}:
        return start + steps * timedelta(days=7 if unit == "week" else 1)
    months = start.year * 12 + start.month - 1 + steps * MONTHS[unit]
    return date(months // 12, months % 12 + 1, 1)


def starts_between(first: date, last: date, period: str) -> list[date]:
    """Return the first day of every period from the one that begins on ``first`` to the one ``last`` falls in."""
    found = [first]
    while (after := next_start(found[-1], period)) <= last and len(found) < MOST:
        found.append(after)
    return found
