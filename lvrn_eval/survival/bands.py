"""Simultaneous bands: limits that hold the whole curve at once, not each time by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result
from lvrn_eval.survival import curve_parts as parts
from lvrn_eval.survival.curve_parts import Curve
from lvrn_eval.survival.inputs import choice
from lvrn_eval.survival.kernels import band as kernels
from lvrn_eval.survival.kernels.interval import critical_value, survival_interval
from lvrn_eval.survival.kernels.tally import Counts, Floats

if TYPE_CHECKING:
    import pandas as pd

BANDS = ("equal-precision", "hall-wellner")

Between = tuple[float, float]


def stated(function: str, band: str | None, between: Sequence[float] | None) -> Between | None:
    """Return the times between which a band is asked for.

    Raises
    ------
    AnalysisError
        When the band is not known, or the times are not two in order.
    """
    if band is not None:
        choice(function, "band", band, BANDS)
    if between is None:
        return None
    try:
        low, high = (float(time) for time in between)
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if band is None or not 0 <= low < high < math.inf:
        raise AnalysisError(f"{function}: band_between takes two times in order, such as (30, 365), and needs band=")
    return low, high


def band_part(
    table: pd.DataFrame,
    curves: Sequence[Curve],
    kind: str | None,
    between: Between | None,
    method: dict[str, Any],
) -> Result:
    """Return the curves of a table with simultaneous limits, of the groups and times for which there is a band."""
    bands = [] if kind is None else [_band(one, kind, between, method) for one in curves]
    inside = np.zeros(len(table), bool)
    if bands:
        inside = np.concatenate([np.isfinite(one.conf_low) for one in bands])
        limits = {side: np.concatenate([vars(one)[side] for one in bands]) for side in ("conf_low", "conf_high")}
        table = table.assign(**limits)
    title = "Share without a recorded event over time, with limits for the whole curve at once"
    return Result(
        name="kaplan_meier_band",
        title=title,
        table=table[inside].reset_index(drop=True),
        method=method,
        count_columns=parts.COUNT_COLUMNS,
        shape="curve",
        figure="survival_curve" if inside.any() else None,
    )


def _band(one: Curve, kind: str, between: Between | None, method: dict[str, Any]) -> Curve:
    """Return a curve with its band between the first and the last event that leaves someone, or the times asked for."""
    undefined = np.full(one.estimate.size, np.nan)
    variance = _log_variance(one)
    rows = _rows(one, between)
    if rows is None:
        return replace(one, conf_low=undefined, conf_high=undefined)
    level, conf_type = method["conf_level"], method["conf_type"]
    width, critical = _width(kind, variance, rows, one.counts, level)
    low, high = survival_interval(one.estimate[rows], width[rows], critical, conf_type)
    conf_low, conf_high = undefined.copy(), undefined.copy()
    conf_low[rows], conf_high[rows] = low, high
    return replace(one, conf_low=conf_low, conf_high=conf_high)


def _log_variance(one: Curve) -> Floats:
    """Return the variance of the logarithm of the curve; not a number where the curve is 0."""
    nowhere = np.full(one.estimate.size, np.nan)
    return np.asarray(np.divide(one.std_error, one.estimate, out=nowhere, where=one.estimate > 0) ** 2)


def _rows(one: Curve, between: Between | None) -> slice | None:
    """Return the rows from the first event to the last that leaves someone, within the times asked for."""
    fell = np.flatnonzero((one.events > 0) & (one.estimate > 0))
    if fell.size == 0:
        return None
    first, last = int(fell[0]), int(fell[-1])
    if between is not None:
        low, high = between
        first = max(first, int(np.searchsorted(one.counts.time, low, side="right")) - 1)
        last = int(np.searchsorted(one.counts.time, high, side="right")) - 1
        last = min(last, int(np.flatnonzero(one.estimate > 0)[-1]))
    return slice(first, last + 1) if first <= last else None


def _width(
    kind: str,
    variance: Floats,
    rows: slice,
    counts: Counts,
    level: float,
) -> tuple[Floats, float]:
    """Return what takes the place of the standard error of log S, and the critical value it is multiplied by."""
    first, last = variance[rows][0], variance[rows][-1]
    n = counts.people
    low, high = (n * value / (1 + n * value) for value in (first, last))
    if kind == "equal-precision":
        span = math.log(last / first) / 2
        width = np.sqrt(variance)
        return width, kernels.equal_precision(span, level) if span > 0 else critical_value(level)
    width = (1 + n * variance) / math.sqrt(n)
    if high > low:
        return width, kernels.constant_width(low, high, level)
    return width, critical_value(level) * math.sqrt(low * (1 - low))
