"""Kernels for counts out of counts: intervals for a share, and the exact binomial test of one half."""

from __future__ import annotations

import math
from typing import NamedTuple


class Interval(NamedTuple):
    """A two-sided confidence interval; NaN where there is none."""

    low: float
    high: float


NO_INTERVAL = Interval(math.nan, math.nan)


def wilson(events: int, n: int, conf_level: float) -> Interval:
    """Return Wilson's score interval for ``events`` out of ``n``, without continuity correction.

    Notes
    -----
    Wilson, E. B. (1927), J. Am. Stat. Assoc. 22, 209-212. Validated against statsmodels ``proportion_confint``.
    """
    from scipy.special import ndtri

    if n == 0:
        return NO_INTERVAL
    z = -float(ndtri((1 - conf_level) / 2))
    share = events / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # at the ends the root is exact in theory and a rounding error off in practice
    low = 0.0 if events == 0 else (centre - half) / scale
    high = 1.0 if events == n else (centre + half) / scale
    return Interval(low, high)


def clopper_pearson(events: int, n: int, conf_level: float) -> Interval:
    """Return the exact (Clopper-Pearson) interval for ``events`` out of ``n``.

    Notes
    -----
    Clopper, C. J. and Pearson, E. S. (1934), Biometrika 26, 404-413. Validated against statsmodels
    ``proportion_confint(method="beta")`` and R's ``binom.test``.
    """
    from scipy.special import betaincinv

    if n == 0:
        return NO_INTERVAL
    tail = (1 - conf_level) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - tail))
    return Interval(low, high)


def exact_half(events: int, n: int) -> float:
    """Return the exact two-sided p-value of ``events`` out of ``n`` when each has probability one half.

    Under one half the distribution is symmetric, so twice the smaller tail is the only usual two-sided p-value. NaN
    when ``n`` is 0.
    """
    from scipy.special import betainc

    if n == 0:
        return math.nan
    fewer = min(events, n - events)
    if 2 * fewer >= n:
        return 1.0
    return min(1.0, 2 * float(betainc(n - fewer, fewer + 1, 0.5)))


def odds(interval: Interval) -> Interval:
    """Return the interval of a probability as one of its odds; the odds of 1 are infinite."""
    return Interval(_odds(interval.low), _odds(interval.high))


def _odds(probability: float) -> float:
    return math.inf if probability == 1 else probability / (1 - probability)
