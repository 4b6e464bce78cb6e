"""One row for every person first: what is known of each from the rows of one table, and of a second beside it."""

from __future__ import annotations

from sqlglot import exp

from lvrn_eval.engine.steps import literal, quoted
from lvrn_eval.framework.asked import Asked, beside_columns, made_person
from lvrn_eval.framework.measure import Beside, Measure, Per, PerColumn
from lvrn_eval.framework.periods import period_of
from lvrn_eval.framework.person_columns import with_person
from lvrn_eval.framework.scope import NUMBERS, of_beside, of_rows
from lvrn_eval.framework.sorts import Columns
from lvrn_eval.framework.sql_words import (
    cast,
    chosen,
    every,
    grouped,
    joined,
    named,
    not_,
    number,
    one_if,
    or_else,
    same,
    settled,
    there,
    when,
)
from lvrn_eval.framework.vocabulary import PERSON, columns_of

Ctes = list[tuple[str, exp.Select]]
KEYS = ("m_key", "m_period", "m_place")
AGGREGATES = {"sum": exp.Sum, "mean": exp.Avg, "minimum": exp.Min, "maximum": exp.Max}


def per_rows(asked: Asked, per: Per, source: str) -> Ctes:
    """Return one row for each value of a column, in each period and group, with what is known of it."""
    ctes = _grouped(asked, per, source)
    names = (*KEYS, "m_day", "m_records", "m_unknown", *[each.name for each in per.columns])
    made = chosen("grouped", *[quoted(name, "grouped") for name in names])
    if per.beside is not None:
        ctes += _beside(asked, per, per.beside)
        made.select(*[_counted(each) for each in per.beside.columns], copy=False)
        joined(made, "matched", same("grouped", "matched", *KEYS))
    return [*ctes, ("kept", made)]


def made_rows(asked: Asked) -> exp.Select:
    """Return the rows that were made and kept, with the columns of the person that a measure names."""
    per, person = asked.measure.per, made_person(asked)
    assert per is not None  # noqa: S101 - for the type checker; callers ask only then
    columns = [*per.columns, *(per.beside.columns if per.beside else ())]
    names = (*KEYS, "m_day", "m_records", "m_unknown", *[each.name for each in columns])
    made = chosen(
        "kept",
        *[quoted(name, "kept") for name in names],
        named(quoted("m_key", "kept"), per.one),
        *[quoted(name, "people") for name in person],
    )
    is_person = exp.EQ(this=quoted("m_key", "kept"), expression=quoted(PERSON, "people"))
    return joined(made, "people", is_person) if person else made


def _grouped(asked: Asked, per: Per, source: str) -> Ctes:
    """Return the rows of each key as one."""
    rows, key = of_rows(asked.measure), quoted(per.one)
    picked = every(quoted("m_picked"), there(key))
    made = {each.name: _made(asked, each, rows, picked) for each in per.columns}
    told = {
        "m_day": exp.Max(this=quoted("m_day")),
        "m_records": exp.Sum(this=one_if(picked)),
        "m_unknown": exp.Sum(this=one_if(not_(picked))),
    }
    period, place = _varying(asked)
    keys = [key, *[each for each in (period, place) if each is not None]]
    columns = [named(key, "m_key"), period or _one_period(), place or _one_place()]
    columns += [named(part, name) for name, part in (told | made).items()]
    return [("grouped", grouped(chosen(source, *columns), *keys))]


def _varying(asked: Asked) -> tuple[exp.Expr | None, exp.Expr | None]:
    """Return the period and the group where there are several; a key that is always the same costs time."""
    return quoted("m_period") if asked.period != "all" else None, quoted("m_place") if asked.by else None


def _one_period() -> exp.Expr:
    return named(period_of(exp.null(), "all"), "m_period")


def _one_place() -> exp.Expr:
    return named(cast(exp.Literal.string("all"), "varchar"), "m_place")


def _counted(column: PerColumn) -> exp.Expr:
    """Return a column of the second table; whoever has no row there has none of it, which is a count of nought."""
    found: exp.Expr = quoted(column.name, "matched")
    return named(or_else(found, number(0)) if column.kind in {"records", "distinct"} else found, column.name)


def _beside(asked: Asked, per: Per, beside: Beside) -> Ctes:
    """Return what the second table says of each key."""
    day = Measure(beside.table, "records").day
    own, known = columns_of(beside.table), of_beside(asked.measure)
    other = with_person(beside_columns(asked), beside.table, "others", day)
    where = asked.expression(beside.where, own) if beside.where else None
    in_time = None
    if asked.as_of is not None and day:
        in_time = exp.LTE(this=cast(quoted(day), "date"), expression=literal(asked.as_of))
    found = [named(_made(asked, each, known, exp.true()), each.name) for each in beside.columns]
    matched = chosen("grouped", *[quoted(key, "grouped") for key in KEYS], *found)
    is_same = exp.EQ(this=quoted("m_key", "grouped"), expression=quoted(per.one, "second"))
    joined(matched, "second", is_same, side="inner")
    matched.where(settled(every(where, in_time), otherwise=False), copy=False)
    return [("second", other), ("matched", grouped(matched, *[quoted(key, "grouped") for key in KEYS]))]


def _made(asked: Asked, column: PerColumn, rows: Columns, picked: exp.Expr) -> exp.Expr:
    """Return the aggregate that makes a column of ``per``."""
    picked = every(picked, asked.expression(column.when, rows) if column.when else None)
    if column.kind == "records":
        return exp.Sum(this=one_if(picked))
    value = when(picked, asked.expression(column.value, rows))
    if column.kind == "distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    return AGGREGATES[column.kind](this=cast(value, "double") if column.kind in NUMBERS else value)
