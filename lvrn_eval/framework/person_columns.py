"""The columns of a table as rules name them: of their kind, with those of the person and those worked out."""

from __future__ import annotations

from sqlglot import exp

from lvrn_eval.engine.steps import quoted
from lvrn_eval.framework.asked import of_person
from lvrn_eval.framework.clock import clock_hour, period_years
from lvrn_eval.framework.sql_words import cast, chosen, joined, named, number, one_if, same
from lvrn_eval.framework.vocabulary import PERSON, of_a_person, tables

TYPES = {"integer": "double", "number": "double", "boolean": "boolean", "time": "timestamp", "date": "date"}


def with_person(names: list[str], table: str, place: str, day: str) -> exp.Select:
    """Return the columns of a table, with those of the person and those worked out."""
    own = [named(_typed(name, table, place), name) for name in names if name in tables()[table]]
    made = [named(_worked_out(name, place, day), name) for name in names if name not in tables()[table]]
    known = chosen(place, *(own + made or [named(number(1), "m_row")]))
    return joined(known, "people", same(place, "people", PERSON)) if of_person(names, table) else known


def _typed(name: str, table: str, place: str) -> exp.Expr:
    """Return a column as its kind is: in a frame given by hand it may be of another type, or of none."""
    column, kind = quoted(name, place), tables()[table][name].kind
    return cast(column, TYPES[kind]) if kind in TYPES else column


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
    return exp.Sub(this=exp.Paren(this=years), expression=one_if(early))


def _part(unit: str, day: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(unit), expression=cast(day, "date"))
