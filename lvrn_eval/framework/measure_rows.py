"""The rows a measure is made of, as common table expressions: placed in a period and a group, judged, and reckoned.

Every measure ends in a ``rows`` of one form, so that a few statements are enough to add any of them up: ``m_period``,
``m_place``; ``m_kept``, whether all that is needed is known; ``m_above`` and ``m_below``, the numbers; ``m_key``,
``m_hit`` and ``m_person``, whose different values are counted; ``m_day``; ``m_first`` and ``m_last`` for a change;
``m_records`` and ``m_unknown``, how many rows stand behind it and how many were left out because something was missing.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp, select

from lvrn_eval.engine.steps import literal, quoted
from lvrn_eval.framework.asked import Asked, needed_columns
from lvrn_eval.framework.clock import row_end
from lvrn_eval.framework.measure import Measure
from lvrn_eval.framework.measure_numbers import is_folded, parts_of, people_are_ids, person_is_key, required
from lvrn_eval.framework.measure_per import Ctes, per_rows
from lvrn_eval.framework.periods import period_of
from lvrn_eval.framework.person_columns import with_person
from lvrn_eval.framework.scope import of_made, of_rows
from lvrn_eval.framework.sorts import Columns, sort_of
from lvrn_eval.framework.sql_words import every, one_if, settled, there, when

OVERALL = "all"
NOT_RECORDED = "not_recorded"


def rows_of(asked: Asked) -> Ctes:
    """Return the common table expressions that end in ``rows``."""
    ctes: Ctes = [("known", _known(asked))]
    if asked.measure.reference:
        ctes += _compared(asked)
    ctes += [("placed", _placed(asked, ctes[-1][0]))]
    if asked.measure.counted == "by_period_end" and asked.period != "all":
        ctes += [("in_total", _in_total(ctes[-1][1]))]
    if asked.measure.per is not None:
        ctes += per_rows(asked, asked.measure.per, ctes[-1][0])
    ctes += [("reckoned", _reckoned(asked, ctes[-1][0]))]
    if not is_folded(asked.measure):
        return [*ctes, ("rows", _rows(asked))]
    return [*ctes, ("each_row", _rows(asked)), ("rows", _folded(asked.measure))]


def placed_only(asked: Asked) -> Ctes:
    """Return the common table expressions up to ``placed``, which say when the rows are."""
    return [
        each
        for each in rows_of(replace(asked, measure=replace(asked.measure, counted="within_period")))
        if (each[0] in {"known", "compared", "beside", "placed"})
    ]


def _known(asked: Asked) -> exp.Select:
    return with_person(needed_columns(asked), asked.measure.table, "records", asked.measure.day)


def _compared(asked: Asked) -> Ctes:
    """Return the reference's value beside every other row of the same days."""
    measure, rows = asked.measure, of_rows(asked.measure)
    is_reference = every(
        asked.expression(measure.where, rows) if measure.where else None,
        asked.expression(measure.reference, rows),
    )
    keys = [measure.day, *(["period"] if measure.table == "area_counts" else [])]
    mean = exp.func("avg", asked.expression(measure.value, rows))
    chosen = (
        select(*[quoted(key) for key in keys], mean.as_("reference"))
        .from_("known")
        .where(settled(is_reference, otherwise=False))
        .group_by(*[quoted(key) for key in keys])
    )
    same = exp.and_(*[exp.EQ(this=quoted(key, "known"), expression=quoted(key, "compared")) for key in keys])
    names = needed_columns(asked)
    beside = (
        select(*[quoted(name, "known").as_(name, quoted=True) for name in names], quoted("reference", "compared"))
        .from_("known")
        .join("compared", on=same, join_type="left")
    )
    return [("compared", chosen), ("beside", beside)]


def _placed(asked: Asked, source: str) -> exp.Select:
    """Return the rows that may count, each with its period, its group, and whether all is known so far."""
    measure, made = asked.measure, of_made(asked.measure)
    rows = {**of_rows(measure), **(made if measure.reference else {})}
    picked = every(
        asked.expression(measure.where, of_rows(measure)) if measure.where else None,
        exp.Not(this=asked.expression(measure.reference, of_rows(measure))) if measure.reference else None,
        _chosen(asked, rows) if measure.per is None else None,
    )
    day = quoted(measure.day) if measure.day in needed_columns(asked) else None
    period = period_of(day, asked.period) if day is not None else period_of(exp.null(), "all")
    fits = None
    if measure.table == "area_counts" and asked.period != "all":
        # a count over a longer time than the period cannot be placed in it
        fits = exp.EQ(
            this=period_of(row_end(quoted("period_start"), quoted("period")), asked.period), expression=period
        )
    place = exp.Literal.string(OVERALL)
    names = needed_columns(asked) + (["reference"] if measure.reference else [])
    in_time = None
    if day is not None and asked.as_of is not None:
        in_time = settled(exp.LTE(this=exp.cast(day.copy(), "date"), expression=literal(asked.as_of)), otherwise=True)
    known = every(picked, there(period) if asked.period != "all" else None, fits)
    return (
        select(
            *[quoted(name) for name in names],
            period.copy().as_("m_period"),
            (_group(asked.by, rows) if asked.by else place).as_("m_place"),
            (exp.cast(day.copy(), "date") if day is not None else exp.cast(exp.null(), "date")).as_("m_day"),
            settled(known, otherwise=False).as_("m_picked"),
        )
        .from_(source)
        .where(every(settled(picked, otherwise=True), in_time))
    )


def _chosen(asked: Asked, columns: Columns) -> exp.Expr | None:
    """Return which rows `among`, and a denominator that is a condition, leave in."""
    measure = asked.measure
    found = [asked.expression(measure.among, columns)] if measure.among else []
    if measure.denominator:
        below = asked.expression(measure.denominator, columns)
        found += [below] if sort_of(below, columns) == "condition" else []
    return every(*found) if found else None


def _group(column: str, rows: Columns) -> exp.Expr:
    if rows[column].sort == "condition":
        shown: exp.Expr = (
            exp.case()
            .when(quoted(column), exp.Literal.string("yes"))
            .when(
                exp.Not(this=quoted(column)),
                exp.Literal.string("no"),
            )
        )
    else:
        shown = exp.cast(quoted(column), "varchar")
    return exp.func("coalesce", shown, exp.Literal.string(NOT_RECORDED))


def _in_total(placed: exp.Select) -> exp.Select:
    """Return every row in its period and in all that follow."""
    names = [name for name in placed.named_selects if name != "m_period"]
    later = exp.LTE(this=quoted("m_period", "placed"), expression=quoted("period_start", "periods"))
    return (
        select(quoted("period_start", "periods").as_("m_period"), *[quoted(name, "placed") for name in names])
        .from_("placed")
        .join("periods", on=later)
    )


def _reckoned(asked: Asked, source: str) -> exp.Select:
    """Return the numbers of every row, and whether all of them are known."""
    parts, needed = parts_of(asked), required(asked)
    known = [there(parts[name]) for name in needed]
    is_made = asked.measure.per is not None
    among = _chosen(asked, of_made(asked.measure)) if is_made else None
    picked: exp.Expr = quoted("m_picked")
    if is_made:
        picked = every(exp.GT(this=quoted("m_records"), expression=exp.Literal.number(0)), among)
    kept = settled(every(picked, *known), otherwise=False)
    chosen = select(
        quoted("m_period"), quoted("m_place"), quoted("m_day"), kept.as_("m_kept"),
        *[value.as_(name) for name, value in parts.items()],
        (quoted("m_records") if is_made else exp.Literal.number(1)).as_("m_stands_for"),
        (quoted("m_unknown") if is_made else exp.Literal.number(0)).as_("m_unknown_before"),
    ).from_(source)  # fmt: skip
    return chosen.where(settled(among, otherwise=True)) if among is not None else chosen


def _folded(measure: Measure) -> exp.Select:
    """Return one row for all rows of a person in a period and group: few to count where there were many.

    An engine groups ten million rows by person far faster than it counts different people group by group.
    """
    by_person, same = people_are_ids(measure), person_is_key(measure)
    keys = [quoted(key) for key in ("m_period", "m_place", "m_key", *(["m_person"] if by_person and not same else []))]
    sums = ["m_above", "m_below", "m_records", "m_unknown", *([] if by_person else ["m_person"])]
    met = exp.EQ(this=exp.func("max", quoted("m_above")), expression=exp.Literal.number(1))
    folded = select(*keys, *[exp.func("sum", quoted(name)).as_(name) for name in sums])
    # a person is above the line when any of their rows is
    folded = folded.select(when(met, quoted("m_key")).as_("m_hit"))
    if same:
        folded = folded.select(quoted("m_key").as_("m_person"))
    return folded.from_("each_row").group_by(*keys)


def _rows(asked: Asked) -> exp.Select:
    """Return the rows in their one form: what is not kept adds nothing, and is counted as left out."""
    kept = quoted("m_kept")
    names = [name for name in parts_of(asked) if name not in {"m_first", "m_last"}]
    ends = [quoted(name) for name in parts_of(asked) if name in {"m_first", "m_last"}]
    unknown = exp.Not(this=kept.copy())
    return select(
        quoted("m_period"), quoted("m_place"), quoted("m_day"), kept, *ends,
        *[when(kept, quoted(name)).as_(name) for name in names],
        exp.case().when(kept.copy(), quoted("m_stands_for")).else_(exp.Literal.number(0)).as_("m_records"),
        exp.Add(this=one_if(unknown), expression=quoted("m_unknown_before")).as_("m_unknown"),
    ).from_("reckoned")  # fmt: skip
