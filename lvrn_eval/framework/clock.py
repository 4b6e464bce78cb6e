"""Times of day and lengths of time as SQL that every engine reads alike: whole days, and seconds since midnight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from lvrn_eval.engine.steps import literal
from lvrn_eval.framework.sql_words import cast, when
from lvrn_eval.framework.sql_words import number as _number

if TYPE_CHECKING:
    from lvrn_eval.framework.measure import Daily

DAY = 86_400
ORIGIN = date(2000, 1, 1)


def clock_hour(moment: exp.Expr) -> exp.Expr:
    """Return the hour of the clock with its fraction, such as 18.5."""
    return exp.Div(this=cast(_since_midnight(moment), "double"), expression=_number(3600))


def _since_midnight(moment: exp.Expr) -> exp.Expr:
    time = cast(moment, "timestamp")
    parts = [
        exp.Mul(this=exp.Extract(this=exp.var(unit), expression=time), expression=_number(seconds))
        for unit, seconds in (("hour", 3600), ("minute", 60), ("second", 1))
    ]
    return exp.Add(this=exp.Add(this=parts[0], expression=parts[1]), expression=parts[2])


def _days(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    return exp.DateDiff(this=cast(last, "date"), expression=cast(first, "date"), unit=exp.var("DAY"))


def seconds_between(start: exp.Expr, end: exp.Expr) -> exp.Expr:
    """Return the seconds from one moment to another; of days without a time, from midnight to midnight."""
    clock = exp.Sub(this=_bracketed(_since_midnight(end)), expression=_bracketed(_since_midnight(start)))
    return exp.Add(this=exp.Mul(this=_days(start, end), expression=_number(DAY)), expression=clock)


def seconds_within(start: exp.Expr, end: exp.Expr, daily: Daily) -> exp.Expr:
    """Return the seconds between two moments that lie in certain hours of each day.

    Notes
    -----
    What has passed of those hours since a fixed midnight is reckoned for each moment, whole days and the part of the
    last; the difference of the two is what lies between, however many nights that spans.
    """
    return exp.Sub(this=_bracketed(_passed(end, daily)), expression=_bracketed(_passed(start, daily)))


def _passed(moment: exp.Expr, daily: Daily) -> exp.Expr:
    opens, closes = _seconds(daily.from_), _seconds(daily.to)
    clock = _bracketed(_since_midnight(moment))
    if opens < closes:
        length = closes - opens
        today: exp.Expr = exp.Least(
            this=exp.Greatest(
                this=exp.Sub(this=clock, expression=_number(opens)), expressions=[_number(0)], ignore_nulls=False,
            ),
            expressions=[_number(length)], ignore_nulls=False,
        )  # fmt: skip
    else:
        length = DAY - opens + closes
        late = exp.Greatest(
            this=exp.Sub(this=clock, expression=_number(opens)), expressions=[_number(0)], ignore_nulls=False,
        )  # fmt: skip
        early = exp.Least(this=clock, expressions=[_number(closes)], ignore_nulls=False)
        today = exp.Add(this=early, expression=late)
    whole = exp.Mul(this=_days(literal(ORIGIN), moment), expression=_number(length))
    return exp.Add(this=whole, expression=today)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _bracketed(value: exp.Expr) -> exp.Expr:
    return exp.Paren(this=value)


YEARS = {"day": "1.0 / 365.25", "week": "7.0 / 365.25", "month": "1.0 / 12", "quarter": "0.25", "year": "1.0"}
"""Length of a row's own period in years."""


def period_years(period: exp.Expr) -> exp.Expr:
    """Return the length of a row's own period in years."""
    from sqlglot import parse_one

    return _by_period(period, {name: cast(parse_one(years), "double") for name, years in YEARS.items()})


LENGTHS = {"day": (1, "day"), "week": (7, "day"), "month": (1, "month"), "quarter": (3, "month"), "year": (12, "month")}
"""Length of a row's own period as SQL adds it to a day."""


def row_end(start: exp.Expr, period: exp.Expr) -> exp.Expr:
    """Return the last day of a row's own period."""
    ends = {}
    for name, (count, unit) in LENGTHS.items():
        after = exp.Add(this=cast(start, "date"), expression=_interval(count, unit))
        ends[name] = cast(exp.Sub(this=cast(after, "date"), expression=_interval(1, "day")), "date")
    return _by_period(period, ends)


def _interval(count: int, unit: str) -> exp.Expr:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))


def _by_period(period: exp.Expr, values: Mapping[str, exp.Expr]) -> exp.Expr:
    """Return the value that belongs to the name of a period."""
    found: exp.Expr | None = None
    for name, value in reversed(list(values.items())):
        found = when(exp.EQ(this=period, expression=exp.Literal.string(name)), value, found)
    return found if found is not None else exp.null()
