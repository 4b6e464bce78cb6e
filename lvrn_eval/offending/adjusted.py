"""Kernels for several tests at once: adjusted p-values, and whether ratios of several groups are the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Adjust = Literal["holm", "benjamini-hochberg", "none"]
ADJUST: tuple[Adjust, ...] = ("holm", "benjamini-hochberg", "none")


class Wald(NamedTuple):
    """A Wald test: the statistic, its degrees of freedom and the p-value; NaN where there is nothing to test."""

    statistic: float
    df: int
    p_value: float


def adjusted(p_values: Array, method: Adjust) -> Array:
    """Return p-values adjusted for all tests of a family.

    Parameters
    ----------
    p_values
        Shape ``(n_tests,)``; NaN for a test that could not be made, which stays NaN and is not counted.
    method
        ``holm`` holds the chance of any false finding, whatever the tests have in common; ``benjamini-hochberg`` the
        expected share of false findings among all, for tests that are independent or positively related.

    Notes
    -----
    Holm, S. (1979), Scandinavian Journal of Statistics 6, 65-70. Benjamini, Y. and Hochberg, Y. (1995), Journal of the
    Royal Statistical Society B 57, 289-300. *Validated against* R's ``p.adjust`` and statsmodels' ``multipletests``
    (tests/offending/test_offending_adjusted.py).
    """
    p_values = np.asarray(p_values, dtype=float)
    known = ~np.isnan(p_values)
    order = np.argsort(p_values[known], kind="stable")
    ordered, n = p_values[known][order], int(known.sum())
    if method == "holm":
        ordered = np.maximum.accumulate(ordered * (n - np.arange(n)))
    elif method == "benjamini-hochberg":
        ordered = np.minimum.accumulate((ordered * n / np.arange(1, n + 1))[::-1])[::-1]
    inner = np.empty(n)
    inner[order] = np.minimum(ordered, 1.0)
    out = np.full(len(p_values), math.nan)
    out[known] = inner
    return out


def all_equal(estimates: Array, variances: Array) -> Wald:
    """Return the Wald test that the parameters of independent groups are all one.

    Parameters
    ----------
    estimates, variances
        Shape ``(n_groups,)``; a group without either takes no part.

    Notes
    -----
    With independent estimates the quadratic form of any full set of contrasts is the weighted sum of squares about the
    weighted mean, with one degree of freedom less than groups. *Validated against* the Wald test of the interaction in
    statsmodels' ``GEE`` (tests/offending/test_offending_subgroups.py).
    """
    from scipy.special import chdtrc

    use = np.isfinite(estimates) & (variances > 0)
    if use.sum() < 2:  # noqa: PLR2004 - one group differs from nothing
        return Wald(math.nan, 0, math.nan)
    weights, values = 1 / variances[use], estimates[use]
    statistic = float(weights @ (values - weights @ values / weights.sum()) ** 2)
    df = int(use.sum()) - 1
    return Wald(statistic, df, float(chdtrc(df, statistic)))
