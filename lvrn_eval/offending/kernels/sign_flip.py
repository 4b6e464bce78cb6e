"""A test by turning round, person by person, what each contributes: exact where few sums are possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lvrn_eval.offending.kernels.resampling import BLOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.offending.kernels.wald import Array

SUMS_UP_TO = 1 << 18
"""Up to so many possible sums they are all worked out; with more, signs are drawn."""

EXACT = "all signs"
DRAWN = "signs drawn at random"


class SignFlip(NamedTuple):
    """The sum of contributions, the two-sided p-value, and how it came about."""

    statistic: float
    p_value: float
    method: str


def contributions(before: Array, after: Array, days_before: Array, days_after: Array) -> Array:
    """Return each person's events after, less what the same rate before and after would give of its own total.

    Where the days are equal it is half the change, and turning it round exchanges before and after.
    """
    days = days_before + days_after
    with np.errstate(invalid="ignore"):
        found: Array = (after * days_before - before * days_after) / days
    return np.where((days_before > 0) & (days_after > 0), found, 0.0)


def sign_flip(scores: Array, people: Array, *, draws: int, seed: int, sums_up_to: int = SUMS_UP_TO) -> SignFlip:
    """Test whether contributions are as likely to be turned round, by the absolute value of their sum.

    Parameters
    ----------
    scores
        Of one person of each cell, shape ``(n_cells,)``.
    people
        How many people the cell stands for.
    draws, seed
        How often signs are drawn where the possible sums are too many, and the seed of NumPy's generator.
    sums_up_to
        Up to how many sums count as few.

    Notes
    -----
    People whose contributions are of one size differ only in how many of them are positive, which is binomial: the
    sums of the sizes so far, added to those of the next, are the whole distribution. A drawn p-value counts the sum
    that was seen among the draws (Phipson, B. and Smyth, G. K. (2010), Statistical Applications in Genetics and
    Molecular Biology 9, article 39). For unequal days the test of turned contributions holds for many people: Hemerik,
    J., Goeman, J. J. and Finos, L. (2020), Journal of the Royal Statistical Society B 82, 841-864. *Validated against*
    enumeration and ``scipy.stats.permutation_test``.
    """
    size, place = np.unique(np.abs(scores), return_inverse=True)
    tied = np.bincount(place, weights=people, minlength=len(size)).astype(np.int64)
    size, tied = size[(size > 0) & (tied > 0)], tied[(size > 0) & (tied > 0)]
    statistic = float(scores @ people)
    # sums that are equal in theory differ by rounding
    seen = abs(statistic) * (1 - 1e-9) - 1e-9
    known = _all_sums(size, tied, sums_up_to)
    if known is not None:
        sums, chance = known
        return SignFlip(statistic, min(1.0, float(chance[np.abs(sums) >= seen].sum())), EXACT)
    drawn = _drawn_sums(size, tied, draws, np.random.default_rng(seed))
    extreme = sum(int((np.abs(block) >= seen).sum()) for block in drawn)
    return SignFlip(statistic, (1 + extreme) / (1 + draws), DRAWN)


def _drawn_sums(size: Array, tied: NDArray[np.int64], draws: int, generator: np.random.Generator) -> Iterator[Array]:
    """Yield blocks of sums whose signs are tossed with a fair coin."""
    at_once = max(1, BLOCK // max(len(size), 1))
    for start in range(0, draws, at_once):
        positive = generator.binomial(tied, 0.5, size=(min(at_once, draws - start), len(tied)))
        yield (2 * positive - tied) @ size


def _all_sums(size: Array, tied: NDArray[np.int64], up_to: int) -> tuple[Array, Array] | None:
    """Return every sum there can be and its chance; None where they are too many."""
    from scipy.special import gammaln

    sums: Array = np.zeros(1)
    chance: Array = np.ones(1)
    for one, many in zip(size.tolist(), tied.tolist(), strict=True):
        if len(sums) * (many + 1) > up_to:
            return None
        positive = np.arange(many + 1)
        longer = np.add.outer(sums, one * (2 * positive - many)).ravel()
        # in logarithms, as thousands of coins are more than the numbers of a double
        toss = np.exp(gammaln(many + 1) - gammaln(positive + 1) - gammaln(many - positive + 1) - many * np.log(2))
        joint = np.multiply.outer(chance, toss).ravel()
        sums, where = np.unique(longer, return_inverse=True)
        chance = np.bincount(where, weights=joint).astype(float)
    return sums, chance
