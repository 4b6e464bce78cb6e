"""The Hodges-Lehmann estimate, by the averages of all pairs of differences, and an interval for the rank-biserial."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.offending.kernels.wald import critical_value
from lvrn_eval.offending.paired import EXACT_RANKS_UP_TO
from lvrn_eval.offending.proportions import NO_INTERVAL, Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray


def hodges_lehmann(
    differences: NDArray[np.int64],
    weights: NDArray[np.int64],
    conf_level: float,
    exact_up_to: int = EXACT_RANKS_UP_TO,
) -> tuple[float, Interval]:
    """Return the median of the averages of all pairs of differences, and its interval.

    Parameters
    ----------
    differences
        Distinct or repeated differences, shape ``(n_cells,)``.
    weights
        How many people have each, shape ``(n_cells,)``.
    exact_up_to
        Largest number of people for which the order of the limits comes from the exact distribution of the signed-rank
        statistic; with more, from its normal approximation, rounded outwards.

    Returns
    -------
    float
        The estimate; every person counts, those without a change too.
    Interval
        Two of the ordered averages; NaN where so few people allow no interval of that level.

    Notes
    -----
    A pair is two people or one person twice. The limits are those of data without ties; with ties the closed interval
    covers at least as often as it says (Noether). Hodges, J. L. and Lehmann, E. L. (1963), Annals of Mathematical
    Statistics 34, 598-611; Noether, G. E. (1967), Journal of the American Statistical Association 62, 184-188.
    *Validated against* R's ``wilcox.test(conf.int = TRUE)`` and, with ties, all averages listed.
    """
    value, place = np.unique(differences, return_inverse=True)
    people = np.bincount(place, weights=weights, minlength=len(value)).astype(np.int64)
    value, people = value[people > 0], people[people > 0]
    n = int(people.sum())
    if n == 0:
        return math.nan, NO_INTERVAL
    average, upto = _averages(value, people)
    pairs = n * (n + 1) // 2

    def at(order: int) -> float:
        return float(average[np.searchsorted(upto, order)])

    estimate = (at((pairs + 1) // 2) + at(pairs // 2 + 1)) / 2
    order = _order(n, conf_level) if n <= exact_up_to else _order_normal(n, conf_level)
    return estimate, Interval(at(order), at(pairs + 1 - order)) if order > 0 else NO_INTERVAL


def _averages(value: NDArray[np.int64], people: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distinct averages in order, and how many pairs have this or a smaller one."""
    one, other = np.triu_indices(len(value))
    pairs = np.where(one == other, people[one] * (people[one] + 1) // 2, people[one] * people[other])
    average = (value[one] + value[other]) / 2
    order = np.argsort(average, kind="stable")
    return average[order], np.cumsum(pairs[order])


def _order(n: int, conf_level: float) -> int:
    """Return which average from below is the lower limit: the largest k with P(V < k) at most half of what is left.

    V is the sum of the ranks 1 to n whose coins fall heads. 0 where even the outermost averages cover too little.
    """
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    for rank in range(1, n + 1):
        chance[rank:] += chance[:-rank].copy()
        chance /= 2
    return int(np.searchsorted(np.cumsum(chance), (1 - conf_level) / 2, side="right"))


def _order_normal(n: int, conf_level: float) -> int:
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return math.floor(n * (n + 1) / 4 - critical_value(conf_level) * spread)


def rank_biserial_interval(correlation: float, n: int, conf_level: float) -> Interval:
    """Return the interval of a matched-pairs rank-biserial correlation.

    Parameters
    ----------
    correlation
        From the signed-rank sums, zeros dropped.
    n
        Differences that are not zero.

    Notes
    -----
    Normal for Fisher's z with the standard error the correlation has where nothing changes, as in R's effectsize;
    none at -1 and 1, where z is infinite. *Validated against* ``effectsize::rank_biserial``.
    """
    if n == 0 or not abs(correlation) < 1:
        return NO_INTERVAL
    half = critical_value(conf_level) * rank_biserial_error(n)
    return Interval(math.tanh(math.atanh(correlation) - half), math.tanh(math.atanh(correlation) + half))


def rank_biserial_error(n: int) -> float:
    """Return the standard error of the correlation where nothing changes."""
    return math.sqrt((2 * n**3 + 3 * n**2 + n) / 6) / ((n**2 + n) / 2)
