"""What somebody can work out of a release who knows everything that is shown and everything that adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.release.ledger import Ledger

CLOSE = 1e-6
"""Differences that are none."""

UNBOUNDED = 1e7
"""More people than any release is about."""


@dataclass(frozen=True)
class Weakness:
    """A hidden count that can be told too closely.

    Parameters
    ----------
    quantity
        Its position in the ledger.
    because
        The quantities whose being shown tells it.
    """

    quantity: int
    because: frozenset[int]


class Attack:
    """An attacker's view of a part of a ledger: each count lies between limits, and sums hold.

    Parameters
    ----------
    book
        The ledger.
    part
        The quantities that hang together.
    least
        The smallest count that can be hidden.
    """

    def __init__(self, book: Ledger, part: Sequence[int], least: float) -> None:
        from scipy.sparse import csr_array

        self.part = list(part)
        position = {quantity: place for place, quantity in enumerate(self.part)}
        rows = [(parts, whole) for parts, whole in book.equations if whole in position]
        entries = [
            (row, position[quantity], sign)
            for row, (parts, whole) in enumerate(rows)
            for quantity, sign in [*((one, 1.0) for one in parts), (whole, -1.0)]
        ]
        at_row, at_column, signs = zip(*entries, strict=True) if entries else ((), (), ())
        self.sums: Any = csr_array((signs, (at_row, at_column)), shape=(len(rows), len(self.part)))
        self.book, self.least = book, least

    def weaknesses(self, withheld: NDArray[np.bool_], spread: float) -> list[Weakness]:
        """Return the withheld counts that can be told to lie closer together than ``spread``.

        Parameters
        ----------
        withheld
            Of shape ``(n_part,)``: which quantities no table shows.
        spread
            How far apart the smallest and largest possible value must be.
        """
        low, high = self.limits(withheld)
        seen_low, seen_high = (np.array([self.book.quantities[one].value for one in self.part]) for _ in range(2))
        found = []
        # a look at many counts at once, halves of them against the others, shows of most that they are safe
        for signs in _halves(int(withheld.sum())):
            costs = np.zeros(len(self.part))
            costs[withheld] = signs
            possible, _ = self._furthest(costs, low, high)
            seen_low, seen_high = np.minimum(seen_low, possible), np.maximum(seen_high, possible)
        for place in np.flatnonzero(withheld):
            # a way in which everything could be is a way for every count, so most need no look of their own
            if seen_high[place] - seen_low[place] >= spread - CLOSE:
                continue
            because: frozenset[int] = frozenset()
            for sign in (1.0, -1.0):
                costs = np.zeros(len(self.part))
                costs[place] = sign
                possible, told_by = self._furthest(costs, low, high)
                seen_low, seen_high = np.minimum(seen_low, possible), np.maximum(seen_high, possible)
                because |= told_by
            if seen_high[place] - seen_low[place] < spread - CLOSE:
                found.append(Weakness(self.part[place], because))
        return found

    def limits(self, withheld: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return between which numbers each quantity lies by what is said of it alone."""
        shown = [self.book.quantities[one] for one in self.part]
        low = np.where(withheld, np.minimum(self.least, [one.value for one in shown]), [one.low for one in shown])
        high = np.where(withheld, UNBOUNDED, [one.high for one in shown])
        return low, high

    def _furthest(
        self, costs: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], frozenset[int]]:
        """Return how everything is when the counts cost least, and what keeps them from costing less."""
        from scipy.optimize import linprog

        zeros = np.zeros(self.sums.shape[0])
        bounds: Any = np.column_stack([low, high])
        solved = linprog(costs, A_eq=self.sums, b_eq=zeros, bounds=bounds, method="highs")
        if not solved.success:
            message = f"the limits of a hidden count could not be worked out: {solved.message}"
            raise RuntimeError(message)
        holding = np.abs(solved.lower.marginals) + np.abs(solved.upper.marginals) > CLOSE
        return np.asarray(solved.x, dtype=np.float64), frozenset(self.part[one] for one in np.flatnonzero(holding))


def _halves(number: int) -> Iterator[NDArray[np.float64]]:
    """Yield signs for so many counts, each both ways, such that any two counts differ in one of them."""
    places = np.arange(number)
    for bit in range(number.bit_length()) if number > 1 else ():
        signs = np.where(places >> bit & 1, -1.0, 1.0)
        yield from (signs, -signs)
