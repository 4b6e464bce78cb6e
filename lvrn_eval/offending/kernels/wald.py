"""A rate ratio from its logarithm and the standard error of that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from lvrn_eval.offending.proportions import NO_INTERVAL, Interval
from lvrn_eval.offending.rates import NO_SPREAD, RateRatio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]


def wald_ratio(log_ratio: float, variance: float, conf_level: float, method: str, df: float = math.inf) -> RateRatio:
    """Return the ratio with an interval symmetric on the log scale, from the t distribution where ``df`` is finite.

    Without a variance, or with one that is rounding error, there is an estimate and no interval.
    """
    if not variance > NO_SPREAD or not df > 0:
        return RateRatio(math.exp(log_ratio), math.nan, NO_INTERVAL, math.nan, method)
    std_error = math.sqrt(variance)
    half = critical_value(conf_level, df) * std_error
    interval = Interval(math.exp(log_ratio - half), math.exp(log_ratio + half))
    return RateRatio(math.exp(log_ratio), std_error, interval, both_tails(log_ratio / std_error, df), method)


def critical_value(conf_level: float, df: float = math.inf) -> float:
    """Return the two-sided critical value of the t distribution, the normal one where ``df`` is infinite."""
    from scipy.special import ndtri, stdtrit

    tail = (1 - conf_level) / 2
    return -float(ndtri(tail) if math.isinf(df) else stdtrit(df, tail))


def both_tails(statistic: float, df: float = math.inf) -> float:
    """Return the two-sided p-value of a t statistic, of a normal one where ``df`` is infinite."""
    from scipy.special import ndtr, stdtr

    return 2 * float(ndtr(-abs(statistic)) if math.isinf(df) else stdtr(df, -abs(statistic)))


def no_ratio(method: str) -> RateRatio:
    """Return what stands where a ratio cannot be estimated."""
    return RateRatio(math.nan, math.nan, NO_INTERVAL, math.nan, method)


def compares(before: Array, after: Array, days_before: Array, days_after: Array, people: Array) -> bool:
    """Say whether there are events and days on both sides, without which no ratio has an interval on the log scale."""
    return all(float(values @ people) > 0 for values in (before, after, days_before, days_after))
