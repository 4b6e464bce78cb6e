"""Hedges' g of two measurements of the same people: three standard deviations to divide the mean change by.

They answer different questions and must not be pooled with one another, so each is named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.offending.kernels.wald import both_tails, critical_value
from lvrn_eval.offending.proportions import NO_INTERVAL, Interval

if TYPE_CHECKING:
    from lvrn_eval.offending.kernels.wald import Array

NORMAL_FROM = 5_000
"""From so many people the noncentral t interval is taken as normal: its algorithm fails for large statistics."""


@dataclass(frozen=True)
class Standardised:
    """A standardised mean change, its standard error and interval; NaN where people do not vary."""

    estimate: float
    std_error: float
    interval: Interval


NOTHING = Standardised(math.nan, math.nan, NO_INTERVAL)


@dataclass(frozen=True)
class Moments:
    """What the three need: people, mean change, the variances and covariance (with n - 1)."""

    n: int
    change: float
    var_before: float
    var_after: float
    covariance: float

    @property
    def var_change(self) -> float:
        """The variance of the changes."""
        return max(0.0, self.var_before + self.var_after - 2 * self.covariance)

    @property
    def p_value(self) -> float:
        """The paired t test of no mean change."""
        if not self.var_change > 0:
            return math.nan
        return both_tails(self.change / math.sqrt(self.var_change / self.n), self.n - 1)


def moments(before: Array, after: Array, people: Array) -> Moments | None:
    """Return the moments of counts of shape ``(n_cells,)`` with so many people each; None with fewer than two."""
    n = float(people.sum())
    if n < 2:  # noqa: PLR2004 - one person has no variance
        return None
    mean_before, mean_after = float(before @ people) / n, float(after @ people) / n
    early, late = before - mean_before, after - mean_after
    sums = (float((one * other) @ people) / (n - 1) for one, other in ((early, early), (late, late), (early, late)))
    return Moments(int(n), mean_after - mean_before, *sums)


def small_sample(df: float) -> float:
    """Return Hedges' exact correction for ``df`` degrees of freedom; NaN with fewer than two."""
    from scipy.special import gammaln

    if df < 2:  # noqa: PLR2004 - the expectation does not exist
        return math.nan
    return math.exp(float(gammaln(df / 2) - gammaln((df - 1) / 2)) - math.log(df / 2) / 2)


def hedges_g_z(found: Moments, conf_level: float) -> Standardised:
    """Return the mean change over the standard deviation of the changes (d_z), corrected.

    Notes
    -----
    The interval inverts the noncentral t distribution of the paired t statistic, corrected by the same factor.
    Hedges, L. V. (1981), Journal of Educational Statistics 6, 107-128. *Validated against*
    ``effectsize::hedges_g(paired = TRUE)``.
    """
    if not found.var_change > 0:
        return NOTHING
    d, factor = found.change / math.sqrt(found.var_change), small_sample(found.n - 1)
    root = math.sqrt(found.n)
    low, high = (limit / root for limit in _noncentrality(d * root, found.n - 1, conf_level))
    error = math.sqrt(1 / found.n + d**2 / (2 * found.n))
    return Standardised(factor * d, factor * error, Interval(factor * low, factor * high))


def hedges_g_av(found: Moments, conf_level: float) -> Standardised:
    """Return the mean change over the root of the average variance (d_av), corrected.

    Notes
    -----
    Bonett's standard error, which does not take the variances as equal, and his correction
    ``sqrt((n - 2) / (n - 1))`` of the estimate; the interval is normal about the uncorrected one. Bonett, D. G. (2008),
    Psychological Methods 13, 99-109. *Validated against* the example of R's ``statpsych::ci.stdmean.ps`` and
    pingouin's ``compute_effsize(paired=True)``.
    """
    early, late, df = found.var_before, found.var_after, found.n - 1
    variance = (early + late) / 2
    if not variance > 0:
        return NOTHING
    d = found.change / math.sqrt(variance)
    shape = d**2 * (early**2 + late**2 + 2 * found.covariance**2) / (8 * df * variance**2)
    error = math.sqrt(shape + found.var_change / (df * variance))
    half = critical_value(conf_level) * error
    return Standardised(math.sqrt((found.n - 2) / df) * d, error, Interval(d - half, d + half))


def hedges_g_rm(found: Moments, conf_level: float) -> Standardised:
    """Return the mean change over the standard deviation of changes, put on the scale of one measurement (d_rm).

    Notes
    -----
    ``d_z sqrt(2 (1 - r))`` with r the correlation of the two counts; its variance is
    ``(1 / n + d**2 / (2 n)) 2 (1 - r)``; both are corrected, and the interval is normal.
    Borenstein, M., Hedges, L. V., Higgins, J. P. T. and Rothstein, H. R. (2009), Introduction to Meta-Analysis, chapter
    4. *Validated by* hand.
    """
    if not (found.var_before > 0 and found.var_after > 0 and found.var_change > 0):
        return NOTHING
    unlike = 2 * (1 - found.covariance / math.sqrt(found.var_before * found.var_after))
    d = found.change / math.sqrt(found.var_change) * math.sqrt(unlike)
    factor = small_sample(found.n - 1)
    error = factor * math.sqrt((1 / found.n + d**2 / (2 * found.n)) * unlike)
    half = critical_value(conf_level) * error
    return Standardised(factor * d, error, Interval(factor * d - half, factor * d + half))


def _noncentrality(statistic: float, df: int, conf_level: float) -> tuple[float, float]:
    """Return the noncentralities at which the statistic stands at either tail."""
    from scipy.optimize import brentq
    from scipy.special import nctdtr

    z, tail = critical_value(conf_level), (1 - conf_level) / 2
    half = z * math.sqrt(1 + statistic**2 / (2 * df))
    if df >= NORMAL_FROM:
        return statistic - half, statistic + half

    def below(noncentrality: float) -> float:
        chance = float(nctdtr(df, noncentrality, statistic))
        # far out in a tail the algorithm gives up, where the chance is 0 or 1 to the last digit
        return float(noncentrality < statistic) if math.isnan(chance) else chance

    def limit(chance: float) -> float:
        reach = 3 * half + 3
        return float(brentq(lambda nc: below(nc) - chance, statistic - reach, statistic + reach))

    return limit(1 - tail), limit(tail)
