"""The rows a measure is made of, as common table expressions: placed in a period and a group, judged, and reckoned.

Every measure ends in a ``rows`` of one form, so that a few statements are enough to add any of them up: ``m_period``,
``m_place``; ``m_kept``, whether all that is needed is known; ``m_above`` and ``m_below``, the numbers; ``m_key``,
``m_hit`` and ``m_person``, whose different values are counted; ``m_day``; ``m_first`` and ``m_last`` for a change;
``m_records`` and ``m_unknown``, how many rows stand behind it and how many were left out because something was missing.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from lvrn_eval.engine.steps import literal, quoted
from lvrn_eval.framework.asked import Asked, needed_columns
from lvrn_eval.framework.clock import row_end
from lvrn_eval.framework.measure_folds import is_folded, people_are_ids, person_is_key
from lvrn_eval.framework.measure_numbers import parts_of, required
from lvrn_eval.framework.measure_per import Ctes, made_rows, per_rows
from lvrn_eval.framework.periods import period_of
from lvrn_eval.framework.person_columns import with_person
from lvrn_eval.framework.scope import of_made, of_rows
from lvrn_eval.framework.sorts import Columns, sort_of
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
from lvrn_eval.framework.vocabulary import PERSON

OVERALL = "all"
NOT_RECORDED = "not_recorded"
SUMS = ("m_above", "m_below", "m_records", "m_unknown")


def rows_of(asked: Asked) -> Ctes:
    """Return the common table expressions that end in ``rows``, from the table itself or from what was kept of it."""
    if asked.folds_first:
        return [("each_row", _of_level(asked)), ("rows", _folded(asked))]
    ctes = [("made", made_rows(asked))] if asked.measure.per is not None else _placed_rows(asked)
    ctes += [("reckoned", _reckoned(asked, ctes[-1][0]))]
    if not is_folded(asked.measure):
        return [*ctes, ("rows", _rows(asked))]
    return [*ctes, ("each_row", _rows(asked)), ("rows", _folded(asked))]


def kept_rows(asked: Asked) -> Ctes:
    """Return the common table expressions of the rows that are made once: for several measures, or all breakdowns."""
    ctes = _placed_rows(asked)
    if asked.measure.per is not None:
        return ctes + per_rows(asked, asked.measure.per, ctes[-1][0])
    ctes += [("reckoned", _reckoned(asked, ctes[-1][0])), ("each_row", _rows(asked))]
    return [*ctes, ("folded", _folded_first(asked))]


def placed_only(asked: Asked) -> Ctes:
    """Return the common table expressions up to ``placed``, which say when the rows are."""
    return _placed_rows(replace(asked, measure=replace(asked.measure, counted="within_period")))


def _placed_rows(asked: Asked) -> Ctes:
    ctes: Ctes = [("known", _known(asked))]
    if asked.measure.reference:
        ctes += _compared(asked)
    ctes += [("placed", _placed(asked, ctes[-1][0]))]
    if asked.measure.counted == "by_period_end" and asked.period != "all":
        ctes += [("in_total", _in_total(ctes[-1][1]))]
    return ctes


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
    mean = named(exp.Avg(this=asked.expression(measure.value, rows)), "reference")
    compared = chosen("known", *[quoted(key) for key in keys], mean)
    compared.where(settled(is_reference, otherwise=False), copy=False)
    names = needed_columns(asked)
    beside = chosen(
        "known", *[named(quoted(name, "known"), name) for name in names], quoted("reference", "compared")
    )  # fmt: skip
    return [
        ("compared", grouped(compared, *[quoted(key) for key in keys])),
        ("beside", joined(beside, "compared", same("known", "compared", *keys))),
    ]


def _placed(asked: Asked, source: str) -> exp.Select:
    """Return the rows that may count, each with its period, its group, and whether all is known so far."""
    measure, made, names = asked.measure, of_made(asked.measure), needed_columns(asked)
    rows = {**of_rows(measure), **(made if measure.reference else {})}
    picked = every(
        asked.expression(measure.where, of_rows(measure)) if measure.where else None,
        exp.Not(this=asked.expression(measure.reference, of_rows(measure))) if measure.reference else None,
        _chosen(asked, rows) if measure.per is None else None,
    )
    day = cast(quoted(measure.day), "date") if measure.day in names else None
    period = period_of(day if day is not None else exp.null(), asked.period if day is not None else "all")
    fits = None
    if measure.table == "area_counts" and asked.period != "all":
        # a count over a longer time than the period cannot be placed in it
        fits = exp.EQ(
            this=period_of(row_end(quoted("period_start"), quoted("period")), asked.period), expression=period
        )
    place = _group(asked.by, rows) if asked.by else exp.Literal.string(OVERALL)
    in_time = None
    if day is not None and asked.as_of is not None:
        in_time = settled(exp.LTE(this=day, expression=literal(asked.as_of)), otherwise=True)
    known = every(picked, there(period) if asked.period != "all" else None, fits)
    placed = chosen(
        source,
        *[quoted(name) for name in names + (["reference"] if measure.reference else [])],
        named(period, "m_period"),
        named(place, "m_place"),
        named(day if day is not None else cast(exp.null(), "date"), "m_day"),
        named(settled(known, otherwise=False), "m_picked"),
    )
    return placed.where(every(settled(picked, otherwise=True), in_time), copy=False)


def _chosen(asked: Asked, columns: Columns) -> exp.Expr | None:
    """Return which rows `among`, and a denominator that is a condition, leave in."""
    measure = asked.measure
    found = [asked.expression(measure.among, columns)] if measure.among else []
    if measure.denominator:
        below = asked.expression(measure.denominator, columns)
        found += [below] if sort_of(below, columns) == "condition" else []
    return every(*found) if found else None


def _group(column: str, rows: Columns, table: str | None = None) -> exp.Expr:
    value = quoted(column, table)
    if rows[column].sort == "condition":
        yes, no = exp.Literal.string("yes"), exp.Literal.string("no")
        shown = when(value, yes, when(exp.Not(this=value), no))
    else:
        shown = cast(value, "varchar")
    return or_else(shown, exp.Literal.string(NOT_RECORDED))


def _in_total(placed: exp.Select) -> exp.Select:
    """Return every row in its period and in all that follow."""
    names = [name for name in placed.named_selects if name != "m_period"]
    later = exp.LTE(this=quoted("m_period", "placed"), expression=quoted("period_start", "periods"))
    period = named(quoted("period_start", "periods"), "m_period")
    return joined(chosen("placed", period, *[quoted(name, "placed") for name in names]), "periods", later, side="inner")


def _reckoned(asked: Asked, source: str) -> exp.Select:
    """Return the numbers of every row, and whether all of them are known."""
    parts, needed = parts_of(asked), required(asked)
    known = [there(parts[name]) for name in needed]
    is_made = asked.measure.per is not None
    among = _chosen(asked, of_made(asked.measure)) if is_made else None
    picked: exp.Expr = quoted("m_picked")
    if is_made:
        picked = every(exp.GT(this=quoted("m_records"), expression=number(0)), among)
    kept = settled(every(picked, *known), otherwise=False)
    reckoned = chosen(
        source,
        quoted("m_period"), quoted("m_place"), quoted("m_day"), named(kept, "m_kept"),
        *[named(value, name) for name, value in parts.items()],
        named(quoted("m_records") if is_made else number(1), "m_stands_for"),
        named(quoted("m_unknown") if is_made else number(0), "m_unknown_before"),
        *_carried(asked),
    )  # fmt: skip
    return reckoned.where(settled(among, otherwise=True), copy=False) if among is not None else reckoned


def _carried(asked: Asked) -> list[exp.Expr]:
    return [quoted(name) for name in asked.carries]


def _folded_first(asked: Asked) -> exp.Select:
    """Return one row for all rows of a person with the same columns to break down by, whatever these are."""
    keys = [*([quoted("m_period")] if asked.period != "all" else []), quoted("m_kept"), *_carried(asked)]
    sums = [named(exp.Sum(this=quoted(name)), name) for name in SUMS]
    top = named(exp.Max(this=quoted("m_above")), "m_top")
    return grouped(chosen("each_row", *keys, *sums, top), *keys)


def _of_level(asked: Asked) -> exp.Select:
    """Return the rows that were folded first, each in the group of one breakdown."""
    measure, rows, kept = asked.measure, of_rows(asked.measure), quoted("m_kept")
    of_person = asked.by in asked.by_person
    period = quoted("m_period") if asked.period != "all" else period_of(exp.null(), "all")
    place: exp.Expr = exp.Literal.string(OVERALL)
    if asked.by:
        place = _group(asked.by, rows, "people" if of_person else "kept")
    key = when(kept, quoted(measure.of, "kept")) if measure.of else cast(exp.null(), "varchar")
    level = chosen(
        "kept",
        named(period, "m_period"), named(place, "m_place"), named(key, "m_key"),
        named(when(kept, quoted(measure.about, "kept")), "m_person"),
        *[quoted(name) for name in (*SUMS, "m_top")],
    )  # fmt: skip
    return joined(level, "people", same("kept", "people", PERSON)) if of_person else level


def _folded(asked: Asked) -> exp.Select:
    """Return one row for all rows of a person in a period and group: few to count where there were many.

    An engine groups ten million rows by person far faster than it counts different people group by group.
    """
    measure = asked.measure
    by_person, one = people_are_ids(measure), person_is_key(measure)
    keys = [quoted(key) for key in ("m_period", "m_place", "m_key", *(["m_person"] if by_person and not one else []))]
    sums = [*SUMS, *([] if by_person else ["m_person"])]
    top = exp.Max(this=quoted("m_top" if asked.folds_first else "m_above"))
    folded = chosen(
        "each_row",
        *keys,
        *[named(exp.Sum(this=quoted(name)), name) for name in sums],
        # a person is above the line when any of their rows is
        named(when(exp.EQ(this=top, expression=number(1)), quoted("m_key")), "m_hit"),
        *([named(quoted("m_key"), "m_person")] if one else []),
    )
    return grouped(folded, *keys)


def _rows(asked: Asked) -> exp.Select:
    """Return the rows in their one form: what is not kept adds nothing, and is counted as left out."""
    kept = quoted("m_kept")
    parts = parts_of(asked)
    ends = [name for name in parts if name in {"m_first", "m_last"}]
    return chosen(
        "reckoned",
        quoted("m_period"), quoted("m_place"), quoted("m_day"), kept, *[quoted(name) for name in ends],
        *[named(when(kept, quoted(name)), name) for name in parts if name not in ends],
        named(when(kept, quoted("m_stands_for"), number(0)), "m_records"),
        named(exp.Add(this=one_if(not_(kept)), expression=quoted("m_unknown_before")), "m_unknown"),
        *_carried(asked),
    )  # fmt: skip
