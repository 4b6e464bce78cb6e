"""Kernels for events over days at risk: exact Poisson intervals and the cluster-robust rate ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.offending.proportions import NO_INTERVAL, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
NO_SPREAD = 1e-24
"""A variance of the log rate ratio below this is rounding error about zero."""


@dataclass(frozen=True)
class RateRatio:
    """A rate ratio, the standard error of its logarithm, its interval and two-sided p-value; NaN for none."""

    estimate: float
    std_error_log: float
    interval: Interval
    p_value: float
    method: str


def garwood(events: int, exposure: float, conf_level: float) -> Interval:
    """Return the exact Poisson interval for ``events`` over ``exposure``.

    Notes
    -----
    Garwood, F. (1936), Biometrika 28, 437-442. It takes events as independent, so it ignores that some people have
    many. Validated against R's ``poisson.test``.
    """
    from scipy.special import gammaincinv

    if not exposure > 0:
        return NO_INTERVAL
    tail = (1 - conf_level) / 2
    low = 0.0 if events == 0 else float(gammaincinv(events, tail))
    return Interval(low / exposure, float(gammaincinv(events + 1, 1 - tail)) / exposure)


def rate_ratio_robust(
    before: Array,
    after: Array,
    days_before: Array,
    days_after: Array,
    people: Array,
    conf_level: float,
) -> RateRatio:
    """Return the Poisson rate ratio, after against before, with a variance robust to clustering by person.

    Parameters
    ----------
    before, after
        Events of one person in each cell, shape ``(n_cells,)``.
    days_before, days_after
        Days at risk of that person.
    people
        How many people the cell stands for.

    Notes
    -----
    The generalised estimating equation with a log link, log days as offset and independence as working correlation
    has a closed form here: with rates ``B / S`` and ``A / T``, a person's influence on the log rate ratio is
    ``(a - T_i A / T) / A - (b - S_i B / S) / B``, and the variance is the sum of its squares, without a small-sample
    correction. Liang, K.-Y. and Zeger, S. L. (1986), Biometrika 73, 13-22. Validated against statsmodels ``GEE``.
    """
    from scipy.special import ndtr, ndtri

    method = "Wald on the log scale, robust to clustering by person"
    total_before, total_after = float(before @ people), float(after @ people)
    time_before, time_after = float(days_before @ people), float(days_after @ people)
    if not (total_before > 0 and total_after > 0 and time_before > 0 and time_after > 0):
        return RateRatio(math.nan, math.nan, NO_INTERVAL, math.nan, method)
    log_ratio = math.log(total_after / time_after) - math.log(total_before / time_before)
    influence = (after / total_after - days_after / time_after) - (before / total_before - days_before / time_before)
    variance = float(influence**2 @ people)
    if variance < NO_SPREAD:
        return RateRatio(math.exp(log_ratio), math.nan, NO_INTERVAL, math.nan, method)
    std_error = math.sqrt(variance)
    half = -float(ndtri((1 - conf_level) / 2)) * std_error
    return RateRatio(
        math.exp(log_ratio),
        std_error,
        Interval(math.exp(log_ratio - half), math.exp(log_ratio + half)),
        2 * float(ndtr(-abs(log_ratio) / std_error)),
        method,
    )
