"""The mean cumulative number of recurrent events, and the score test between groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats, Integers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MeanCurve:
    """One group's curve; every array has the shape ``(n_times,)``, the first time being 0.

    ``at_risk`` counts rows with entry < time <= exit; at time 0, those under observation from the start.
    """

    time: Floats
    at_risk: Integers
    events: Integers
    estimate: Floats
    variance: Floats


@dataclass(frozen=True)
class Placed:
    """Rows on the scale of their distinct exits: a row is at risk from ``begin`` to ``end``, both included."""

    scale: Floats
    begin: Integers
    end: Integers

    def total(self, values: Floats | None = None) -> Floats:
        """Return the sum over those at risk at each time of the scale, of 1 when no values are given."""
        size = self.scale.size
        came = np.bincount(self.begin, values, size)[:size]
        left = np.bincount(self.end, values, size)
        total: Floats = np.cumsum(came - np.append(0, left[:-1]))
        return total


def place(entry: Floats, time: Floats) -> Placed:
    """Put rows on the scale of their exits."""
    scale, end = distinct(time)
    return Placed(scale.astype(np.float64), np.searchsorted(scale, entry, side="right"), end)


def mean_cumulative(person: Integers, entry: Floats, time: Floats, event: NDArray[np.bool_]) -> MeanCurve:
    """Return the mean number of events by each time, with Lawless and Nadeau's robust variance.

    Parameters
    ----------
    person, entry, time, event
        Start-stop rows sorted by person and time, shape ``(n_rows,)``; rows of a person do not overlap.

    Notes
    -----
    The variance is the sum over people of D², D(t) being the sum up to t of (dN - Y dM) / Y., with Y. those at risk.
    Rather than follow every person through every time, the change of the sum at one time is worked out from two
    totals: of D over the people with an event, and of D over those at risk. A person's D within a row is its value at
    the beginning of the row less what everybody at risk has lost since, so both totals are sums over rows.
    """
    placed = place(entry, time)
    at_risk = np.rint(placed.total())
    size = placed.scale.size
    fell = np.bincount(placed.end[event], minlength=size).astype(float)
    safe = np.maximum(at_risk, 1)
    step = fell / safe
    lost = np.append(0, np.cumsum(step / safe))
    change = event / safe[placed.end] - (lost[placed.end + 1] - lost[placed.begin])
    level = _before(person, change) + lost[placed.begin]
    over_risk = placed.total(level) - lost[:-1] * at_risk
    over_events = np.bincount(placed.end[event], level[event], size) - lost[:-1] * fell
    squares = (fell - fell * step) / safe**2
    variance = np.cumsum(2 * (over_events - step * over_risk) / safe + squares)
    start = int((entry == 0).sum())
    zero: Integers = np.zeros(1, np.int64)
    return MeanCurve(
        np.append(0, placed.scale),
        np.append(start, at_risk.astype(np.int64)),
        np.append(zero, fell.astype(np.int64)),
        np.append(0, np.cumsum(step)),
        np.append(0, np.maximum(variance, 0)),
    )


def _before(person: Integers, values: Floats) -> Floats:
    """Return for each row the sum of the values of the same person's earlier rows."""
    total = np.cumsum(values) - values
    first = np.flatnonzero(np.append(True, person[1:] != person[:-1]))
    before: Floats = total - total[first][person]
    return before


def score_test(
    person: Integers,
    entry: Floats,
    time: Floats,
    event: NDArray[np.bool_],
    group: Integers,
    n_groups: int,
) -> tuple[float, int] | None:
    """Return chi-square and degrees of freedom of the robust score test of equal means; None when it has no answer.

    Notes
    -----
    The score of group g is the sum over its events of 1, less those expected if every person at risk had the same
    rate. Its variance is the sum over people of their own squared score (Lawless and Nadeau; Cook and Lawless), so
    that a person's events need not be independent. It is the robust score test of a proportional rates model with
    Breslow's ties.
    """
    placed = place(entry, time)
    at_risk = np.maximum(np.rint(placed.total()), 1)
    hazard = np.bincount(placed.end[event], minlength=placed.scale.size) / at_risk
    common = np.append(0, np.cumsum(hazard))
    scores = np.empty((int(person[-1]) + 1, n_groups))
    for code in range(n_groups):
        share = placed.total((group == code).astype(float)) / at_risk
        expected = np.append(0, np.cumsum(share * hazard))
        own = event * ((group == code) - share[placed.end])
        own -= (group == code) * (common[placed.end + 1] - common[placed.begin])
        own += expected[placed.end + 1] - expected[placed.begin]
        scores[:, code] = np.bincount(person, own)
    total, inner = scores.sum(axis=0)[1:], (scores.T @ scores)[1:, 1:]
    if np.linalg.matrix_rank(inner, hermitian=True) < n_groups - 1:
        return None
    return float(total @ np.linalg.solve(inner, total)), n_groups - 1
