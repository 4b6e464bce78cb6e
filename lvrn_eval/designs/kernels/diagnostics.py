"""Kernels of what a case series takes for granted: ratios within bounds, events apart, months as expected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lvrn_eval.designs.kernels.conditional_poisson import Array, Segments

SEVERAL = 2
NOTHING = 1e-9
LARGEST_RATIO = 100.0


class Test(NamedTuple):
    """A statistic and its one-sided p-value; NaN where there is none."""

    statistic: float
    p_value: float


def outside(log_ratio: float, std_error: float, low: float, high: float) -> Test:
    """Test whether a ratio lies outside bounds.

    Parameters
    ----------
    log_ratio, std_error
        The logarithm of the ratio and its standard error.
    low, high
        The bounds of the ratio.

    Returns
    -------
    Test
        The ratio, and the p-value of its lying this far beyond the nearer bound if the truth were on that bound.
    """
    from scipy.special import ndtr

    beyond = max(log_ratio - math.log(high), math.log(low) - log_ratio)
    return Test(math.exp(log_ratio), float(ndtr(-beyond / std_error)))


def bunched(rows: Segments, share: Array) -> Test:
    """Test whether the events of people with several lie closer together than independent events would.

    Parameters
    ----------
    rows
        The rows of a fitted model.
    share
        Each row's expected share of its person's events.

    Returns
    -------
    Test
        Pearson's statistic over its expectation (above 1: bunched), and a one-sided p-value.

    Notes
    -----
    Given the number of a person's events, their places are multinomial if they are independent. Pearson's statistic has
    then exactly the mean ``k - 1`` and the variance ``2 (k - 1) + (sum of 1 / p - k^2 - 2 k + 2) / n`` for ``k`` rows
    and ``n`` events, however thin the rows (Haldane, J. B. S. (1937), Biometrika 29, 133-143), and the sum over people
    is near normal. That the shares are fitted makes the test a little slow to object.
    """
    from scipy.special import ndtr

    expected = rows.totals[rows.person] * share
    pearson = rows.by_person((rows.events - expected) ** 2 / expected)
    k = rows.by_person(np.ones_like(share))
    n = rows.totals
    variance = 2 * (k - 1) + (rows.by_person(1 / share) - k**2 - 2 * k + 2) / n
    weight = np.where((n >= SEVERAL) & (k >= SEVERAL), rows.weight, 0.0)
    mean = float(weight @ (k - 1))
    spread = float(weight @ variance)
    if not spread > 0:
        return Test(math.nan, math.nan)
    total = float(weight @ pearson)
    return Test(total / mean, float(ndtr((mean - total) / math.sqrt(spread))))


def monthly_ratio(observed: Array, expected: Array, largest: float) -> Test:
    """Test whether months are on average further from what the model expects than by a ratio.

    Parameters
    ----------
    observed, expected
        Events of each month, shape ``(n_months,)``.
    largest
        The ratio that is allowed, above 1.

    Returns
    -------
    Test
        The ratio by which a month is, one way or the other, away from what is expected, 1 or more; and the one-sided
        p-value of its being above ``largest``, from the likelihood ratio.

    Notes
    -----
    A month's events are Poisson with ``ratio`` times, or one over ``ratio`` times, what is expected, with even chances.
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import expit, ndtr

    # the sum of what was added and taken away again is not quite nothing
    known = expected > NOTHING
    if known.sum() < SEVERAL:
        return Test(math.nan, math.nan)
    seen, foreseen = observed[known], expected[known]

    def ways(log_ratio: float) -> tuple[Array, Array]:
        up, down = (seen * way - foreseen * math.exp(way) for way in (log_ratio, -log_ratio))
        return up, down

    def log_likelihood(log_ratio: float) -> float:
        return float(np.logaddexp(*ways(log_ratio)).sum())

    def score(log_ratio: float) -> float:
        up, down = ways(log_ratio)
        slope_up, slope_down = (seen - foreseen * math.exp(way) for way in (log_ratio, -log_ratio))
        chance = expit(up - down)
        return float((chance * slope_up - (1 - chance) * slope_down).sum())

    found = minimize_scalar(lambda x: -log_likelihood(x), bounds=(0, math.log(LARGEST_RATIO)), method="bounded")
    near = (found.x * 0.99, found.x * 1.01)
    # the top is flat: where the slope is nothing says to more digits where it lies
    best = brentq(score, *near, xtol=1e-15) if score(near[0]) > 0 > score(near[1]) else float(found.x)
    rise = max(0.0, log_likelihood(best) - log_likelihood(math.log(largest)))
    away = math.copysign(math.sqrt(2 * rise), best - math.log(largest))
    return Test(math.exp(best), float(ndtr(-away)))
