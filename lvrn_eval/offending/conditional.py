"""Kernel for the rate ratio given each person's own total: exact, and by profile likelihood where events are many.

Given that a person had ``n`` events over both windows, the number after is binomial with odds ``ratio * w``, where
``w`` is that person's days at risk after over those before. What a person is like (age, district, temper) cancels. The
sum ``A`` over people has probabilities proportional to ``c_k * ratio**k``, where ``c_k`` are the coefficients of
``prod (1 + w z) ** n``: one set of coefficients gives the distribution at every ratio.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lvrn_eval.offending.proportions import NO_INTERVAL, Interval, clopper_pearson, odds
from lvrn_eval.offending.rates import RateRatio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EXACT_EVENTS_UP_TO = 10_000
"""Up to so many events the distribution given the totals is worked out; with more, the profile likelihood is used."""

EXACT = "exact, conditional on each person's total"
PROFILE = "profile of the likelihood conditional on each person's total"


class Totals(NamedTuple):
    """Events of people who share a ratio of days: ``log_w`` of shape ``(n_ratios,)``, events of both windows, and A."""

    log_w: Array
    events: Array
    after: int

    @property
    def n(self) -> int:
        """Events of both windows together."""
        return int(self.events.sum())


def rate_ratio_conditional(
    before: Array,
    after: Array,
    days_before: Array,
    days_after: Array,
    people: Array,
    conf_level: float,
    exact_up_to: int = EXACT_EVENTS_UP_TO,
) -> RateRatio:
    """Return the rate ratio, after against before, given each person's total.

    Parameters
    ----------
    before, after
        Events of one person in each cell, shape ``(n_cells,)``.
    days_before, days_after
        Days at risk of that person. People without a day at risk in either window carry no information and are left
        out.
    people
        How many people the cell stands for.
    exact_up_to
        Largest number of events for which the interval is exact.

    Returns
    -------
    RateRatio
        The conditional maximum-likelihood estimate, 0 or infinite when all events lie on one side. The exact interval
        inverts both tails, and the p-value is twice the smaller tail at a ratio of 1, so the two agree; beyond
        ``exact_up_to`` both come from the likelihood ratio.

    Notes
    -----
    Where everybody has the same ratio of days the sum is one binomial and the interval is Clopper-Pearson's, as odds
    over that ratio, for any number of events. The estimate is that of a Poisson regression with an effect for each
    person. Validated against enumeration, ``scipy.stats.binomtest``, R's ``poisson.test`` and ``glm``.
    """
    totals = _totals(before, after, days_before, days_after, people)
    if totals.n == 0:
        return RateRatio(math.nan, math.nan, NO_INTERVAL, math.nan, EXACT)
    estimate = _estimate(totals)
    information = _information(totals, estimate)
    if len(totals.log_w) == 1 or totals.n <= exact_up_to:
        interval, p_value, method = _exact_interval(totals, conf_level), _exact_p(totals), EXACT
    else:
        interval, p_value, method = (
            _profile_interval(totals, estimate, conf_level),
            _profile_p(totals, estimate),
            PROFILE,
        )
    std_error = 1 / math.sqrt(information) if information > 0 else math.nan
    return RateRatio(math.exp(estimate), std_error, interval, p_value, method)


def _totals(before: Array, after: Array, days_before: Array, days_after: Array, people: Array) -> Totals:
    told = (before + after > 0) & (days_before > 0) & (days_after > 0) & (people > 0)
    before, after, people = before[told], after[told], people[told]
    # division rounds equal fractions to the same number, so people with equal ratios fall together
    ratio, place = np.unique(days_after[told] / days_before[told], return_inverse=True)
    events = np.bincount(place, weights=(before + after) * people, minlength=len(ratio)).astype(float)
    return Totals(np.log(ratio), events, round(float(after @ people)))


def _expit(x: Array) -> Array:
    from scipy.special import expit

    chance: Array = expit(x)
    return chance


def _estimate(totals: Totals) -> float:
    """Return the log of the conditional maximum-likelihood estimate."""
    if totals.after == 0:
        return -math.inf
    if totals.after == totals.n:
        return math.inf
    pooled = math.log(totals.after / (totals.n - totals.after))
    low, high = pooled - float(totals.log_w.max()), pooled - float(totals.log_w.min())
    return _root(lambda t: float(totals.events @ _expit(t + totals.log_w)) - totals.after, low, high)


def _information(totals: Totals, log_ratio: float) -> float:
    """Return the variance of A at a log rate ratio: the information about it."""
    chance = _expit(log_ratio + totals.log_w)
    return float(totals.events @ (chance * (1 - chance)))


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where an increasing function is zero, looking further out where it is not between ``low`` and ``high``."""
    from scipy.optimize import brentq

    step = max(high - low, 1e-9 * max(1.0, abs(low)))
    while function(low) > 0:
        low, step = low - step, 2 * step
    while function(high) < 0:
        high, step = high + step, 2 * step
    return float(brentq(function, low, high, xtol=1e-13, rtol=1e-14))


def _sum_of_binomials(log_ratio: float, totals: Totals) -> Array:
    """Return the chances of A = 0, 1, … at a log rate ratio.

    Only positive numbers are multiplied and added, so even the smallest chance has full relative precision; a Fourier
    transform would lose the tails. Trials are multiplied together in pairs, then pairs of pairs.
    """
    chance = np.repeat(_expit(log_ratio + totals.log_w), totals.events.astype(np.int64))
    other = np.repeat(_expit(-log_ratio - totals.log_w), totals.events.astype(np.int64))
    rows = 1 << max(len(chance) - 1, 0).bit_length()
    filling = rows - len(chance)
    # a trial that never succeeds fills the tree up and changes nothing
    products = np.column_stack([np.pad(other, (0, filling), constant_values=1.0), np.pad(chance, (0, filling))])
    while len(products) > 1:
        products = _pairs(products[::2], products[1::2])
    return np.asarray(products[0, : len(chance) + 1])


def _pairs(left: Array, right: Array) -> Array:
    """Multiply polynomials row by row."""
    rows, width = left.shape
    if rows < width:
        return np.stack([np.convolve(a, b) for a, b in zip(left, right, strict=True)])
    product = np.zeros((rows, 2 * width - 1))
    for shift in range(width):
        product[:, shift : shift + width] += left[:, shift : shift + 1] * right
    return product


def _exact_interval(totals: Totals, conf_level: float) -> Interval:
    """Return the ratios at which each tail of A holds half of what the level leaves."""
    if len(totals.log_w) == 1:
        w = math.exp(float(totals.log_w[0]))
        low, high = odds(clopper_pearson(totals.after, totals.n, conf_level))
        return Interval(low / w, high / w)
    from scipy.special import logsumexp

    a, n, tail = totals.after, totals.n, math.log((1 - conf_level) / 2)
    # tilted so that A is expected about where it was seen: nothing that matters underflows
    centre = _estimate(totals._replace(after=min(max(a, 1), n - 1)))
    with np.errstate(divide="ignore"):
        log_chance = np.log(_sum_of_binomials(centre, totals))
    from_a = np.arange(n + 1) - a

    def excess(log_ratio: float, part: slice) -> float:
        tilted = log_chance + (log_ratio - centre) * from_a
        return float(logsumexp(tilted[part]) - logsumexp(tilted)) - tail

    reach = 2 / math.sqrt(_information(totals, centre))
    low = 0.0 if a == 0 else math.exp(_root(lambda t: excess(t, slice(a, None)), centre - reach, centre))
    high = math.inf if a == n else math.exp(_root(lambda t: -excess(t, slice(a + 1)), centre, centre + reach))
    return Interval(low, high)


def _exact_p(totals: Totals) -> float:
    """Return twice the smaller tail of A at a ratio of 1."""
    from scipy.special import bdtr, bdtrc

    a, n = totals.after, totals.n
    if len(totals.log_w) == 1:
        chance = float(_expit(totals.log_w)[0])
        upper = float(bdtrc(a - 1, n, chance)) if a else 1.0
        return min(1.0, 2 * min(float(bdtr(a, n, chance)), upper))
    chances = _sum_of_binomials(0.0, totals)
    return min(1.0, 2 * float(min(chances[: a + 1].sum(), chances[a:].sum())))


def _log_likelihood(totals: Totals, log_ratio: float) -> float:
    """Return the conditional log likelihood, up to a constant; at an infinite ratio its limit."""
    if math.isinf(log_ratio):
        return 0.0 if log_ratio < 0 else -float(totals.events @ totals.log_w)
    return totals.after * log_ratio - float(totals.events @ np.logaddexp(0, log_ratio + totals.log_w))


def _profile_interval(totals: Totals, estimate: float, conf_level: float) -> Interval:
    """Return the ratios that the likelihood ratio test would not reject."""
    from scipy.special import chdtri

    allowed, best = float(chdtri(1, 1 - conf_level)), _log_likelihood(totals, estimate)

    def excess(log_ratio: float) -> float:
        return 2 * (best - _log_likelihood(totals, log_ratio)) - allowed

    a, n = totals.after, totals.n
    centre = estimate if math.isfinite(estimate) else _estimate(totals._replace(after=min(max(a, 1), n - 1)))
    reach = 2 / math.sqrt(_information(totals, centre))
    low = 0.0 if a == 0 else math.exp(_root(lambda t: -excess(t), centre - reach, centre))
    high = math.inf if a == n else math.exp(_root(excess, centre, centre + reach))
    return Interval(low, high)


def _profile_p(totals: Totals, estimate: float) -> float:
    """Return the likelihood ratio test of a ratio of 1."""
    from scipy.special import chdtrc

    return float(chdtrc(1, max(0.0, 2 * (_log_likelihood(totals, estimate) - _log_likelihood(totals, 0.0)))))
