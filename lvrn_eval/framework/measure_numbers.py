"""What a row adds above and below the line, and how rows are added up."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from lvrn_eval.engine.steps import quoted
from lvrn_eval.framework.asked import Asked
from lvrn_eval.framework.clock import seconds_between, seconds_within
from lvrn_eval.framework.measure import Measure
from lvrn_eval.framework.measure_folds import is_folded, people_are_ids
from lvrn_eval.framework.scope import of_made, of_rows
from lvrn_eval.framework.sorts import Columns, sort_of
from lvrn_eval.framework.sql_words import cast, number, settled, when

SECONDS = {"minutes": 60, "hours": 3600, "days": 86400}


def required(asked: Asked) -> list[str]:
    """Return which of the parts of a row must be known for it to count."""
    measure = asked.measure
    found = ["m_above"]
    if measure.denominator or measure.kind in {"rate", "ratio", "proportion"} or measure.told == "percent":
        found.append("m_below")
    if measure.of:
        found.append("m_key")
    return found


def parts_of(asked: Asked) -> dict[str, exp.Expr]:
    """Return what a row adds above and below the line, whom it is about, and which end of a change it is."""
    measure, columns = asked.measure, of_made(asked.measure)
    above, below = _numbers(asked, columns)
    nothing = exp.null()
    if measure.per is not None:
        is_id = of_rows(measure)[measure.per.one].kind == "id"
        person: exp.Expr = quoted("m_key") if is_id else cast(nothing, "double")
    else:
        person = quoted(measure.about) if measure.about else cast(nothing, "double")
    key = quoted(measure.of) if measure.of else cast(nothing, "varchar")
    ends = {}
    if measure.kind == "change" and not measure.against:
        ends = {
            "m_first": settled(asked.expression(measure.from_, columns), otherwise=False),
            "m_last": settled(asked.expression(measure.to, columns), otherwise=False),
        }
    return {"m_above": above, "m_below": below, "m_key": key, "m_person": person, **ends}


def _numbers(asked: Asked, columns: Columns) -> tuple[exp.Expr, exp.Expr]:
    measure = asked.measure
    one: exp.Expr = cast(number(1), "double")
    if measure.kind == "duration":
        return _time(asked, columns)
    if measure.kind == "latest":
        return _yes(asked.expression(measure.holds, columns)), one
    if measure.kind in {"records", "distinct"}:
        return one, one
    above = one
    if text := measure.numerator or measure.value:
        rule = asked.expression(text, columns)
        above = _yes(rule) if sort_of(rule, columns) == "condition" else cast(rule, "double")
    below = one
    if measure.denominator:
        rule = asked.expression(measure.denominator, columns)
        # a condition has narrowed the rows already
        below = one if sort_of(rule, columns) == "condition" else cast(rule, "double")
    return above, below


def _yes(condition: exp.Expr) -> exp.Expr:
    """Return 1 for true, 0 for false, and nothing where it is not known."""
    return cast(when(condition, number(1), when(exp.Not(this=condition), number(0))), "double")


def _time(asked: Asked, columns: Columns) -> tuple[exp.Expr, exp.Expr]:
    measure = asked.measure
    start, end = quoted(measure.from_), quoted(measure.to)
    whole = seconds_between(start, end)
    inside = seconds_within(start, end, measure.daily) if measure.daily else whole
    weight = asked.expression(measure.weight, columns) if measure.weight else None
    forward = exp.GTE(this=whole, expression=number(0))

    def told(seconds: exp.Expr) -> exp.Expr:
        units = exp.Div(this=cast(seconds, "double"), expression=number(SECONDS[measure.unit]))
        # an end before its beginning is a slip of the pen, not a negative time
        return when(forward, exp.Mul(this=units, expression=weight) if weight is not None else units)

    return told(inside), told(whole)


def shapes(asked: Asked) -> Mapping[str, exp.Expr]:
    """Return the aggregates that fill ``measure_totals.sql``."""
    measure = asked.measure
    above: exp.Expr = exp.Sum(this=quoted("m_above"))
    below: exp.Expr = exp.Sum(this=quoted("m_below"))
    nothing = exp.null()
    spread: exp.Expr = nothing
    before: exp.Expr = nothing
    before_below: exp.Expr = nothing
    if measure.kind == "distinct":
        above = _different("m_key", measure)
    elif measure.kind == "mean" or measure.told == "mean":
        above, below = exp.Avg(this=quoted("m_above")), exp.Count(this=quoted("m_above"))
        spread = exp.StddevSamp(this=quoted("m_above"))
    elif measure.kind in {"minimum", "maximum"} or measure.told == "longest":
        above = (exp.Min if measure.kind == "minimum" else exp.Max)(this=quoted("m_above"))
    elif measure.kind == "proportion" and measure.of:
        above, below = _different("m_hit", measure), _different("m_key", measure)
    elif measure.kind == "change" and not measure.against:
        first, last = quoted("m_first"), quoted("m_last")
        above, below = (exp.Sum(this=when(last, quoted(name))) for name in ("m_above", "m_below"))
        before, before_below = (exp.Sum(this=when(first, quoted(name))) for name in ("m_above", "m_below"))
    return {
        "above": above, "below": below, "spread": spread, "before": before, "before_below": before_below,
        "people": _people(measure),
    }  # fmt: skip


def _different(column: str, measure: Measure) -> exp.Expr:
    """Return how many different values there are; after folding by nothing else, each is there once."""
    name = measure.per.one if measure.per is not None else measure.about
    once = is_folded(measure) and (not people_are_ids(measure) or measure.of in {"", name})
    return exp.Count(this=quoted(column) if once else exp.Distinct(expressions=[quoted(column)]))


def _people(measure: Measure) -> exp.Expr:
    if people_are_ids(measure):
        return _different("m_person", measure)
    return exp.Sum(this=quoted("m_person")) if measure.about and measure.per is None else exp.null()
