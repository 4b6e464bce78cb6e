"""Kernels for two counts of the same person: the signed-rank test and McNemar's exact test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.offending.proportions import Interval, clopper_pearson, exact_half, odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_RANKS_UP_TO = 500
"""Up to so many non-zero differences the signed-rank p-value is exact; with more, normal."""


@dataclass(frozen=True)
class SignedRank:
    """The Wilcoxon signed-rank test.

    Parameters
    ----------
    n, n_zero
        Non-zero differences, and zeros that were dropped.
    rank_sum_positive, rank_sum_negative
        Sums of the midranks of positive and negative differences.
    rank_biserial
        Their difference as a share of their sum, from -1 (all negative) to 1; NaN when ``n`` is 0.
    p_value
        Two-sided; NaN when ``n`` is 0.
    p_method
        ``exact permutation`` or ``normal approximation with tie correction``.
    """

    n: int
    n_zero: int
    rank_sum_positive: float
    rank_sum_negative: float
    rank_biserial: float
    p_value: float
    p_method: str


@dataclass(frozen=True)
class OddsRatio:
    """A matched-pairs odds ratio: 0, infinite, or NaN where nobody changed."""

    estimate: float
    std_error_log: float
    interval: Interval
    p_value: float


def wilcoxon_signed_rank(
    differences: NDArray[np.int64],
    weights: NDArray[np.int64],
    exact_up_to: int = EXACT_RANKS_UP_TO,
) -> SignedRank:
    """Test whether differences are symmetric about zero.

    Parameters
    ----------
    differences
        Distinct or repeated whole differences, shape ``(n_cells,)``.
    weights
        How many people have each, shape ``(n_cells,)``.
    exact_up_to
        Largest number of non-zero differences for which the permutation distribution is worked out.

    Notes
    -----
    Zeros are dropped (Wilcoxon's rule). Tied sizes get their midrank. The exact p-value is twice the smaller tail of
    the distribution over all ways of giving signs to these very ranks, so it is exact under ties too. The normal
    approximation has the variance for ties and no continuity correction. Validated against full enumeration,
    ``scipy.stats.wilcoxon`` (exact without ties, ``correction=False``) and R's ``wilcox.test(correct=FALSE)``.
    """
    size, place = np.unique(np.abs(differences), return_inverse=True)
    tied = np.bincount(place, weights=weights, minlength=len(size)).astype(np.int64)
    risen = np.bincount(place, weights=weights * (differences > 0), minlength=len(size)).astype(np.int64)
    n_zero = int(tied[size == 0].sum())
    tied, risen = tied[(size > 0) & (tied > 0)], risen[(size > 0) & (tied > 0)]
    n = int(tied.sum())
    # twice the midrank is whole: 2 * (ranks below) + (number tied) + 1
    doubled = 2 * (np.cumsum(tied) - tied) + tied + 1
    positive, total = int((doubled * risen).sum()), n * (n + 1)
    exact = n <= exact_up_to
    p_value = _permutation_p(doubled, tied, positive) if exact else _normal_p(tied, positive / 2)
    return SignedRank(
        n,
        n_zero,
        positive / 2,
        (total - positive) / 2,
        (2 * positive - total) / total if n else math.nan,
        p_value if n else math.nan,
        "exact permutation" if exact else "normal approximation with tie correction",
    )


def _permutation_p(doubled: NDArray[np.int64], tied: NDArray[np.int64], positive: int) -> float:
    """Return twice the smaller tail of the sum of doubled ranks whose signs are tossed with a fair coin."""
    from scipy.special import binom

    # the distribution is symmetric, so only the sums up to the smaller of the two are needed
    smaller = min(positive, int((doubled * tied).sum()) - positive)
    chance = np.zeros(smaller + 1)
    chance[0] = 1.0
    for rank, people in zip(doubled.tolist(), tied.tolist(), strict=True):
        after = np.zeros_like(chance)
        for k, share in enumerate(binom(people, np.arange(min(people, smaller // rank) + 1)) * 0.5**people):
            after[k * rank :] += share * chance[: len(chance) - k * rank]
        chance = after
    return min(1.0, 2 * float(chance.sum()))


def _normal_p(tied: NDArray[np.int64], rank_sum: float) -> float:
    from scipy.special import ndtr

    n, ties = float(tied.sum()), tied.astype(float)
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
    return 2 * float(ndtr(-abs(rank_sum - n * (n + 1) / 4) / math.sqrt(variance)))


def mcnemar_exact(stopped: int, began: int, conf_level: float) -> OddsRatio:
    """Compare having any event after with having any before, within people.

    Parameters
    ----------
    stopped
        People with some before and none after.
    began
        People with none before and some after.

    Returns
    -------
    OddsRatio
        The conditional estimate ``began / stopped``; ``std_error_log`` is that of its logarithm, NaN where the ratio
        is 0 or infinite.

    Notes
    -----
    Given how many changed, ``began`` is binomial with odds equal to the matched odds ratio; the interval is
    Clopper-Pearson's, as odds. Validated against ``statsmodels.stats.contingency_tables.mcnemar(exact=True)``.
    """
    changed = began + stopped
    interval = odds(clopper_pearson(began, changed, conf_level))
    estimate = math.nan if changed == 0 else math.inf if stopped == 0 else began / stopped
    std_error = math.sqrt(1 / began + 1 / stopped) if began and stopped else math.nan
    return OddsRatio(estimate, std_error, interval, exact_half(began, changed))
