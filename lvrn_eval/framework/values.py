"""From what a measure adds up to, to its value and interval: small frames, whole columns at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.framework.intervals import Intervals, count_ratio, poisson, student, wilson
from lvrn_eval.framework.periods import previous_start

if TYPE_CHECKING:
    from lvrn_eval.framework.measure import Measure

COUNTED = frozenset({"records", "distinct"})
NO_INTERVAL = "none"
NUMBERS = ("above", "below", "spread", "before", "before_below", "n_people", "n_records", "n_missing")


def values(totals: pd.DataFrame, measure: Measure, period: str, conf_level: float) -> pd.DataFrame:
    """Return the totals with what a reader sees.

    Parameters
    ----------
    totals
        What the step brought home: a row for each period and place.
    measure, period, conf_level
        How the value is made, over periods of which length, and the level of its interval.

    Returns
    -------
    pandas.DataFrame
        ``period_start``, ``place``, ``value``, ``conf_low``, ``conf_high``, ``interval`` (the name of its method),
        ``numerator``, ``denominator``, ``n_people``, ``n_records``, ``n_missing``; rows without a value left out.
    """
    numbers = {name: np.asarray(totals[name], dtype=float) for name in NUMBERS}
    table = pd.DataFrame({"period_start": totals["period_start"], "place": totals["place"], **numbers})
    table = table[numbers["n_records"] > 0]
    if measure.kind == "share":
        table = table.assign(below=table.groupby("period_start")["above"].transform("sum"))
    if measure.against:
        table = _against(table, period)
    value, ends, name = _value(table, measure, conf_level)
    numerator, denominator = _parts(table, measure)
    told = pd.DataFrame(
        {
            "period_start": table["period_start"], "place": table["place"], "value": value, "conf_low": ends.low,
            "conf_high": ends.high, "interval": name, "numerator": numerator, "denominator": denominator,
            **{name: table[name] for name in ("n_people", "n_records", "n_missing")},
        }
    )  # fmt: skip
    kept: pd.DataFrame = told[np.isfinite(value)]
    return kept.reset_index(drop=True)


def _against(table: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return the rows whose period before has a row too, with what that one adds up to."""
    earlier = table[["period_start", "place", "above", "below", "n_records"]]
    earlier = earlier.rename(columns={"above": "before", "below": "before_below", "n_records": "n_before"})
    later = table.drop(columns=["before", "before_below"])
    later["earlier"] = [previous_start(as_date(start), period) for start in later["period_start"]]
    earlier = earlier.assign(earlier=[as_date(start) for start in earlier["period_start"]])
    joined = later.merge(earlier.drop(columns="period_start"), on=["earlier", "place"], how="inner")
    joined["n_records"] += joined.pop("n_before")
    return joined.drop(columns="earlier")


def as_date(moment: object) -> date:
    """Return a day, whatever kind of day a frame holds."""
    return pd.Timestamp(str(moment)).date()


def _column(table: pd.DataFrame, name: str) -> np.ndarray:
    return table[name].to_numpy(dtype=float)


def _value(table: pd.DataFrame, measure: Measure, level: float) -> tuple[np.ndarray, Intervals, str]:
    above, below, times = _column(table, "above"), _column(table, "below"), measure.times
    none = np.full(len(table), np.nan)
    nothing = Intervals(none, none)
    if measure.kind == "change":
        return _change(table, measure, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = times * np.where(below == 0, np.nan, above / below)
    if measure.kind == "proportion" or (measure.kind == "latest" and measure.told == "percent"):
        ends = wilson(above, below, level)
        return part, Intervals(times * ends.low, times * ends.high), "wilson"
    if measure.kind == "rate":
        ends = poisson(above, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            return part, Intervals(times * ends.low / below, times * ends.high / below), "exact poisson"
    if measure.kind == "mean" or measure.told == "mean":
        ends = student(above, _column(table, "spread"), below, level)
        return above * times, ends, "t"
    if measure.kind in {"ratio", "share"} or (measure.kind == "duration" and measure.told == "percent"):
        return part, nothing, NO_INTERVAL
    return above * times, nothing, NO_INTERVAL


def _change(table: pd.DataFrame, measure: Measure, level: float) -> tuple[np.ndarray, Intervals, str]:
    above, below, times = _column(table, "above"), _column(table, "below"), measure.times
    before, before_below = _column(table, "before"), _column(table, "before_below")
    none = np.full(len(table), np.nan)
    nothing = Intervals(none, none)
    if measure.of:
        if measure.told == "percent":
            with np.errstate(divide="ignore", invalid="ignore"):
                return times * np.where(before == 0, np.nan, above / before), nothing, NO_INTERVAL
        ends = student(above, _column(table, "spread"), below, level)
        return times * above, Intervals(times * ends.low, times * ends.high), "paired t"
    with np.errstate(divide="ignore", invalid="ignore"):
        after = above / below if measure.denominator else above
        first = before / before_below if measure.denominator else before
        if measure.told == "difference":
            return times * (after - first), nothing, NO_INTERVAL
        relative = times * np.where(first == 0, np.nan, after / first - 1)
    if measure.denominator:
        return relative, nothing, NO_INTERVAL
    ends = count_ratio(above, before, level)
    return relative, Intervals(times * (ends.low - 1), times * (ends.high - 1)), "exact conditional"


def _parts(table: pd.DataFrame, measure: Measure) -> tuple[np.ndarray, np.ndarray]:
    """Return what stands above and below the line, as far as the value is made of two numbers."""
    none = np.full(len(table), np.nan)
    above, below = _column(table, "above"), _column(table, "below")
    if measure.kind in {"proportion", "ratio", "rate", "share", "latest"} or measure.told == "percent":
        if measure.kind == "change":
            return (none, none) if measure.of else (above, _column(table, "before"))
        return above, below
    if measure.kind == "mean" or measure.told == "mean":
        return above * below, below
    if measure.kind == "change":
        return (none, below) if measure.of else (above, _column(table, "before"))
    return (none, none) if measure.kind in {"minimum", "maximum"} or measure.told == "longest" else (above, none)
