"""The columns of a table as rules name them: of their kind, with those of the person and those worked out."""

from __future__ import annotations

from sqlglot import exp, select

from lvrn_eval.engine.steps import quoted
from lvrn_eval.framework.asked import of_person
from lvrn_eval.framework.clock import clock_hour, period_years
from lvrn_eval.framework.sql_words import one_if
from lvrn_eval.framework.vocabulary import PERSON, of_a_person, tables

TYPES = {"integer": "double", "number": "double", "boolean": "boolean", "time": "timestamp", "date": "date"}


def with_person(names: list[str], table: str, place: str, day: str) -> exp.Select:
    """Return the columns of a table, with those of the person and those worked out."""
    own = [_typed(name, table, place).as_(name, quoted=True) for name in names if name in tables()[table]]
    made = [_worked_out(name, place, day).as_(name, quoted=True) for name in names if name not in tables()[table]]
    chosen = select(*(own + made or [exp.Literal.number(1).as_("m_row")])).from_(place)
    if not of_person(names, table):
        return chosen
    same = exp.EQ(this=quoted(PERSON, place), expression=quoted(PERSON, "people"))
    return chosen.join("people", on=same, join_type="left")


def _typed(name: str, table: str, place: str) -> exp.Expr:
    """Return a column as its kind is: in a frame given by hand it may be of another type, or of none."""
    column, kind = quoted(name, place), tables()[table][name].kind
    return exp.cast(column, TYPES[kind]) if kind in TYPES else column


def _worked_out(name: str, place: str, day: str) -> exp.Expr:
    if name in of_a_person():
        return quoted(name, "people")
    if name == "age":
        return _age(quoted("birth_month", "people"), quoted(day, place))
    if name == "period_years":
        return period_years(quoted("period", place))
    return clock_hour(quoted("starts_at" if name == "start_hour" else "ends_at", place))


def _age(born: exp.Expr, day: exp.Expr) -> exp.Expr:
    """Return whole years of age, the birthday taken to be the first of the month of birth."""
    years = exp.Sub(this=_part("year", day), expression=_part("year", born))
    early = exp.LT(this=_part("month", day), expression=_part("month", born))
    return exp.Sub(this=exp.paren(years), expression=one_if(early))


def _part(unit: str, day: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(unit), expression=exp.cast(day.copy(), "date"))
