"""Which columns each rule of a measure may name."""

from __future__ import annotations

from lvrn_eval.framework.measure import Measure, PerColumn
from lvrn_eval.framework.sorts import Columns, read_rule, sort_of
from lvrn_eval.framework.vocabulary import NUMBER, PERSON, Known, columns_of, of_a_person, tables

NUMBERS = frozenset({"records", "distinct", "sum", "mean"})
"""Kinds that make a number whatever they are made of."""


def of_rows(measure: Measure) -> Columns:
    """Return the columns that `where`, and the columns of `per`, may name."""
    return columns_of(measure.table)


def of_made(measure: Measure) -> Columns:
    """Return the columns that the value, `among` and whatever follows may name."""
    rows = of_rows(measure)
    if measure.per is None:
        return {**rows, "reference": NUMBER} if measure.reference else rows
    made: dict[str, Known] = {}
    if measure.per.one in rows:
        made[measure.per.one] = rows[measure.per.one]
    if measure.per.one == PERSON:
        made |= {name: tables()["people"][name] for name in of_a_person()}
    made |= {each.name: made_kind(each, rows) for each in measure.per.columns}
    if beside := measure.per.beside:
        inner = of_beside(measure)
        made |= {each.name: made_kind(each, inner) for each in beside.columns}
    return made


def of_beside(measure: Measure) -> Columns:
    """Return the columns that the columns of `beside` may name: the second table's, and those made before."""
    if measure.per is None or measure.per.beside is None:
        return {}
    rows = of_rows(measure)
    first = {each.name: made_kind(each, rows) for each in measure.per.columns}
    return {**first, **columns_of(measure.per.beside.table)}


def made_kind(made: PerColumn, rows: Columns) -> Known:
    """Return what a column of `per` is."""
    if made.kind in NUMBERS:
        return NUMBER
    rule, _ = read_rule(made.value, rows, None)
    if rule is None:
        return NUMBER
    if made.value.strip() in rows:
        return Known(rows[made.value.strip()].kind)
    kinds = {"number": "number", "day": "date", "text": "text", "condition": "boolean"}
    return Known(kinds[sort_of(rule.expression, rows) or "number"])


def rules_of(measure: Measure) -> list[tuple[str, Columns]]:
    """Return every rule of a measure, with the columns it may name."""
    rows, made = of_rows(measure), of_made(measure)
    found = [(measure.where, rows), (measure.reference, rows)]
    found += [(text, made) for text in (measure.among, measure.value, measure.weight, measure.holds)]
    found += [(text, made) for text in (measure.numerator, measure.denominator)]
    if measure.kind == "change":
        found += [(measure.from_, rows), (measure.to, rows)]
    if measure.per is not None:
        found += [(text, rows) for each in measure.per.columns for text in (each.value, each.when)]
        if beside := measure.per.beside:
            every = of_beside(measure)
            found += [(beside.where, columns_of(beside.table))]
            found += [(text, every) for each in beside.columns for text in (each.value, each.when)]
    return [(text, columns) for text, columns in found if text]
