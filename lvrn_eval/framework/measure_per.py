"""One row for every person first: what is known of each from the rows of one table, and of a second beside it."""

from __future__ import annotations

from sqlglot import exp, select

from lvrn_eval.engine.steps import literal, quoted
from lvrn_eval.framework.asked import Asked, beside_columns, made_person
from lvrn_eval.framework.measure import Beside, Measure, Per, PerColumn
from lvrn_eval.framework.person_columns import with_person
from lvrn_eval.framework.scope import NUMBERS, of_beside, of_rows
from lvrn_eval.framework.sorts import Columns
from lvrn_eval.framework.sql_words import every, one_if, settled, there, when
from lvrn_eval.framework.vocabulary import PERSON, columns_of

Ctes = list[tuple[str, exp.Select]]
KEYS = ("m_key", "m_period", "m_place")


def per_rows(asked: Asked, per: Per, source: str) -> Ctes:
    """Return one row for each value of a column, in each period and group, with what is known of it."""
    rows = of_rows(asked.measure)
    key = quoted(per.one)
    picked = exp.and_(quoted("m_picked"), there(key))
    grouped = (
        select(
            key.as_("m_key"), quoted("m_period"), quoted("m_place"),
            exp.func("max", quoted("m_day")).as_("m_day"),
            exp.func("sum", one_if(picked.copy())).as_("m_records"),
            exp.func("sum", one_if(exp.Not(this=exp.paren(picked.copy())))).as_("m_unknown"),
            *[_made(asked, each, rows, picked).as_(each.name, quoted=True) for each in per.columns],
        )
        .from_(source)
        .group_by(key, quoted("m_period"), quoted("m_place"))
    )  # fmt: skip
    ctes: Ctes = [("grouped", grouped)]
    names = [each.name for each in per.columns]
    chosen = select(*[quoted(name, "grouped") for name in (*KEYS, "m_day", "m_records", "m_unknown", *names)])
    chosen = chosen.select(quoted("m_key", "grouped").as_(per.one, quoted=True)).from_("grouped")
    if per.beside is not None:
        ctes += _beside(asked, per, per.beside)
        same = exp.and_(*[exp.EQ(this=quoted(k, "grouped"), expression=quoted(k, "matched")) for k in KEYS])
        chosen = chosen.join("matched", on=same, join_type="left")
        chosen = chosen.select(*[_counted(each) for each in per.beside.columns])
    if person := made_person(asked):
        same = exp.EQ(this=quoted("m_key", "grouped"), expression=quoted(PERSON, "people"))
        chosen = chosen.join("people", on=same, join_type="left")
        chosen = chosen.select(*[quoted(name, "people") for name in person])
    return [*ctes, ("made", chosen)]


def _counted(column: PerColumn) -> exp.Expr:
    """Return a column of the second table; whoever has no row there has none of it, which is a count of nought."""
    found: exp.Expr = quoted(column.name, "matched")
    if column.kind in {"records", "distinct"}:
        found = exp.func("coalesce", found, exp.Literal.number(0))
    return found.as_(column.name, quoted=True)


def _beside(asked: Asked, per: Per, beside: Beside) -> Ctes:
    """Return what the second table says of each key."""
    day = Measure(beside.table, "records").day
    own, known = columns_of(beside.table), of_beside(asked.measure)
    other = with_person(beside_columns(asked), beside.table, "others", day)
    where = asked.expression(beside.where, own) if beside.where else None
    in_time = None
    if asked.as_of is not None and day:
        in_time = exp.LTE(this=exp.cast(quoted(day), "date"), expression=literal(asked.as_of))
    same = exp.EQ(this=quoted("m_key", "grouped"), expression=quoted(per.one, "second"))
    matched = (
        select(
            *[quoted(key, "grouped") for key in KEYS],
            *[_made(asked, each, known, exp.true()).as_(each.name, quoted=True) for each in beside.columns],
        )
        .from_("grouped")
        .join("second", on=same)
        .where(settled(every(where, in_time), otherwise=False))
        .group_by(*[quoted(key, "grouped") for key in KEYS])
    )
    return [("second", other), ("matched", matched)]


def _made(asked: Asked, column: PerColumn, rows: Columns, picked: exp.Expr) -> exp.Expr:
    """Return the aggregate that makes a column of ``per``."""
    picked = every(picked.copy(), asked.expression(column.when, rows) if column.when else None)
    if column.kind == "records":
        return exp.func("sum", one_if(picked))
    value = when(picked, asked.expression(column.value, rows))
    if column.kind == "distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    name = {"sum": "sum", "mean": "avg", "minimum": "min", "maximum": "max"}[column.kind]
    return exp.func(name, exp.cast(value, "double") if column.kind in NUMBERS else value)
