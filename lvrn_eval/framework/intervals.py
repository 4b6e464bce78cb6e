"""Kernels: two-sided intervals for the values of indicators, for whole columns at once; NaN where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


class Intervals(NamedTuple):
    """Lower and upper ends, ``(n,)`` each."""

    low: Numbers
    high: Numbers


def wilson(events: Numbers, n: Numbers, conf_level: float) -> Intervals:
    """Return Wilson's score interval for shares, without continuity correction.

    Notes
    -----
    Wilson, E. B. (1927), J. Am. Stat. Assoc. 22, 209-212. Validated against statsmodels ``proportion_confint``.
    """
    from scipy.special import ndtri

    z = -float(ndtri((1 - conf_level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = events / n
        centre = share + z * z / (2 * n)
        half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        low, high = (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)
    # at the ends the root is exact in theory and a rounding error off in practice
    low = np.where(events == 0, 0.0, low)
    high = np.where(events == n, 1.0, high)
    sensible = (n > 0) & (events >= 0) & (events <= n)
    return Intervals(np.where(sensible, low, np.nan), np.where(sensible, high, np.nan))


def poisson(events: Numbers, conf_level: float) -> Intervals:
    """Return the exact (Garwood) interval for the mean of a Poisson count.

    Notes
    -----
    Garwood, F. (1936), Biometrika 28, 437-442. Validated against scipy's chi-squared quantiles. A
    number that is not a whole count of events has none.
    """
    from scipy.special import gammaincinv

    tail = (1 - conf_level) / 2
    whole = (events >= 0) & (events == np.floor(events))
    counts = np.where(whole, events, 0.0)
    low = np.where(counts == 0, 0.0, gammaincinv(np.maximum(counts, 1.0), tail))
    high = gammaincinv(counts + 1, 1 - tail)
    return Intervals(np.where(whole, low, np.nan), np.where(whole, high, np.nan))


def student(mean: Numbers, std_dev: Numbers, n: Numbers, conf_level: float) -> Intervals:
    """Return the t interval for a mean; none for fewer than two values.

    Notes
    -----
    Student (1908), Biometrika 6, 1-25. Validated against scipy's ``ttest_1samp`` and ``ttest_rel``.
    """
    from scipy.special import stdtrit

    enough = n > 1
    degrees = np.where(enough, n - 1, 1.0)
    half = -stdtrit(degrees, (1 - conf_level) / 2) * std_dev / np.sqrt(np.where(enough, n, 1.0))
    return Intervals(np.where(enough, mean - half, np.nan), np.where(enough, mean + half, np.nan))


def count_ratio(after: Numbers, before: Numbers, conf_level: float) -> Intervals:
    """Return the exact conditional interval for the ratio of two Poisson counts over windows of one length.

    Notes
    -----
    Given their sum, the later count is binomial; its Clopper-Pearson interval for the share p gives p / (1 - p).
    Przyborowski, J. and Wilenski, H. (1940), Biometrika 31, 313-323. Validated against scipy's ``binomtest``.
    """
    from scipy.special import betaincinv

    tail = (1 - conf_level) / 2
    total = after + before
    whole = (after >= 0) & (before >= 0) & (after == np.floor(after)) & (before == np.floor(before)) & (total > 0)
    a, b = np.where(whole, after, 1.0), np.where(whole, before, 1.0)
    low = np.where(a == 0, 0.0, betaincinv(np.maximum(a, 1.0), b + 1, tail))
    high = np.where(b == 0, 1.0, betaincinv(a + 1, np.maximum(b, 1.0), 1 - tail))
    with np.errstate(divide="ignore"):
        low, high = low / (1 - low), high / (1 - high)
    return Intervals(np.where(whole, low, np.nan), np.where(whole, high, np.nan))
