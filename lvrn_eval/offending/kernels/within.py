"""Rate ratios within people: with an effect for each person, fixed (conditioned away) or drawn from a gamma."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.offending.kernels.wald import compares, no_ratio, wald_ratio

if TYPE_CHECKING:
    from lvrn_eval.offending.kernels.wald import Array
    from lvrn_eval.offending.rates import RateRatio

FIXED = "Wald on the log scale, conditional on each person's total, robust to clustering by person"
RANDOM = "Wald on the log scale, gamma-distributed person effect"


def rate_ratio_fixed_effects(
    before: Array,
    after: Array,
    days_before: Array,
    days_after: Array,
    people: Array,
    conf_level: float,
    estimate: float,
) -> RateRatio:
    """Return the conditional rate ratio with a variance that does not take a person's events as independent.

    Parameters
    ----------
    before, after
        Events of one person in each cell, shape ``(n_cells,)``.
    days_before, days_after
        Days at risk of that person; people without a day in either window inform nothing.
    people
        How many people the cell stands for.
    estimate
        The conditional estimate, from ``rate_ratio_conditional``.

    Notes
    -----
    The score of a person with ``n`` events is ``after - n p`` with ``p`` the share expected after at the estimate; the
    variance is the sum of squared scores over the squared information. It holds whatever the dependence within a
    person and the distribution of counts, if the ratio is the same for all. Wooldridge, J. M. (1999), Journal of
    Econometrics 90, 77-97. *Validated against* R's ``glm`` with an effect for each person and ``sandwich::vcovCL``.
    """
    if not 0 < estimate < math.inf:
        return no_ratio(FIXED)
    told = (before + after > 0) & (days_before > 0) & (days_after > 0)
    total, weight = (before + after)[told], people[told]
    chance = 1 / (1 + days_before[told] / (days_after[told] * estimate))
    score = after[told] - total * chance
    information = float((total * chance * (1 - chance)) @ weight)
    return wald_ratio(math.log(estimate), float(score**2 @ weight) / information**2, conf_level, FIXED)


def rate_ratio_random_effects(
    before: Array, after: Array, days_before: Array, days_after: Array, people: Array, conf_level: float
) -> tuple[RateRatio, float]:
    """Return the rate ratio of a Poisson model with a gamma-distributed effect for each person, and its variance.

    Parameters
    ----------
    before, after, days_before, days_after, people
        As in ``rate_ratio_fixed_effects``.

    Returns
    -------
    RateRatio
        By maximum likelihood, with the observed information.
    float
        The variance of the person effect, whose mean is 1; 0 where people differ no more than chance, and the model is
        Poisson's.

    Notes
    -----
    The counts of one person are negative multinomial, so the likelihood has a closed form; Newton's method in the log
    rate, the log ratio and the log shape. Given the person, events count as independent: with events in bursts the
    interval is too narrow. Hausman, J., Hall, B. H. and Griliches, Z. (1984), Econometrica 52, 909-938. *Validated
    against* R, the likelihood by numerical integration over the person effect.
    """
    if not compares(before, after, days_before, days_after, people):
        return no_ratio(RANDOM), math.nan
    arrays = (before, after, days_before, days_after, people)
    total_before, total_after = float(before @ people), float(after @ people)
    log_rate = math.log(total_before / float(days_before @ people))
    log_ratio = math.log(total_after / float(days_after @ people)) - log_rate
    mean = math.exp(log_rate) * (days_before + days_after * math.exp(log_ratio))
    # the slope of the likelihood at no variance: people who differ no more than chance have none
    spread = float(people @ ((before + after - mean) ** 2 - (before + after)))
    if spread <= 0:
        return wald_ratio(log_ratio, 1 / total_before + 1 / total_after, conf_level, RANDOM), 0.0
    start = np.array([log_rate, log_ratio, math.log(float(people @ mean**2) / spread)])
    found, information = _maximum(start, arrays)
    variance = float(np.linalg.inv(information)[1, 1])
    return wald_ratio(float(found[1]), variance, conf_level, RANDOM), math.exp(-float(found[2]))


def _maximum(start: Array, arrays: tuple[Array, Array, Array, Array, Array]) -> tuple[Array, Array]:
    """Return where the likelihood is largest, and the information there."""
    from scipy import optimize

    n = float(arrays[-1].sum())
    search: Any = optimize.minimize  # its types leave these functions out
    found: Array = search(
        lambda x: -_log_likelihood(x, *arrays) / n,
        start,
        jac=lambda x: -_slope(x, *arrays) / n,
        hess=lambda x: -_curvature(x, *arrays) / n,
        method="trust-exact",
        options={"gtol": 1e-10, "maxiter": 500},
    ).x
    return found, -_curvature(found, *arrays)


def _log_likelihood(
    x: Array, before: Array, after: Array, days_before: Array, days_after: Array, people: Array
) -> float:
    """Return the log likelihood at the log rate, log ratio and log shape, up to a constant."""
    from scipy.special import gammaln

    shape, events = math.exp(x[2]), before + after
    mean = math.exp(x[0]) * (days_before + days_after * math.exp(x[1]))
    terms = gammaln(events + shape) - gammaln(shape) - events * np.log(shape + mean) - shape * np.log1p(mean / shape)
    return float((terms + events * x[0] + after * x[1]) @ people)


def _slope(x: Array, before: Array, after: Array, days_before: Array, days_after: Array, people: Array) -> Array:
    from scipy.special import psi

    shape, events = math.exp(x[2]), before + after
    late = math.exp(x[0] + x[1]) * days_after
    mean = math.exp(x[0]) * days_before + late
    ratio = (events + shape) / (shape + mean)
    by_shape = psi(events + shape) - psi(shape) - np.log1p(mean / shape) + 1 - ratio
    return np.array([people @ (events - ratio * mean), people @ (after - ratio * late), shape * (people @ by_shape)])


def _curvature(x: Array, before: Array, after: Array, days_before: Array, days_after: Array, people: Array) -> Array:
    from scipy.special import polygamma, psi

    shape, events = math.exp(x[2]), before + after
    late = math.exp(x[0] + x[1]) * days_after
    mean = math.exp(x[0]) * days_before + late
    total = shape + mean
    ratio = (events + shape) / total
    by_shape = psi(events + shape) - psi(shape) - np.log1p(mean / shape) + 1 - ratio
    twice = polygamma(1, events + shape) - polygamma(1, shape) + 1 / shape - 1 / total - (1 - ratio) / total
    cells = {
        (0, 0): -ratio * mean * shape / total,
        (0, 1): -ratio * late * shape / total,
        (1, 1): -ratio * late * (1 - late / total),
        (0, 2): -shape * mean * (1 - ratio) / total,
        (1, 2): -shape * late * (1 - ratio) / total,
        (2, 2): shape * by_shape + shape**2 * twice,
    }
    curvature = np.empty((3, 3))
    for (i, j), values in cells.items():
        curvature[i, j] = curvature[j, i] = float(values @ people)
    return curvature
