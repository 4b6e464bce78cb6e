"""The study once more, many times, with nothing changed: what its own rule does to the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lvrn_eval.offending.kernels.gamma_poisson import RATES, SHAPES, Fit
from lvrn_eval.offending.kernels.selection import Counts, Selected, draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.offending.regression_to_mean_counts import Cells

    Array = NDArray[np.float64]

AT_ONCE = 1_000_000
"""People drawn at once."""


class Studies(NamedTuple):
    """Simulated studies, arrays of shape ``(n_studies,)``.

    Where nothing changes, ``ratios`` are rates after over those in the raw window, ``washed`` over those in the before
    window, and ``falling`` the shares of people who fell. ``varying`` are the ratios of ``washed`` where the rate
    changes as fitted, over that change: how what is left varies around the truth.
    """

    ratios: Array
    falling: Array
    washed: Array
    varying: Array


def simulate(cells: Cells, fitted: Fit, draws: int, seed: int) -> Studies:
    """Simulate the study with nothing changed: the same people, days and rule, rates and events drawn afresh.

    Each study has parameters of its own, drawn from the normal approximation to what the fit knows of them. Events in
    the washout stay as they were recorded.
    """
    rng = np.random.default_rng(seed)
    people = cells.where(np.repeat(np.arange(len(cells.people)), cells.people.astype(int)))
    rates, shapes = _parameters(fitted, draws, rng)
    n = len(people.people)
    size = max(1, AT_ONCE // n)
    found = []
    for start in range(0, draws, size):
        rows = slice(start, start + size)
        selected = _selected(people, rates[rows], shapes[rows], fitted.ratio)
        found.append(_studies(draw(selected, (len(shapes[rows]), n), rng), people, fitted.ratio))
    return Studies(*(np.concatenate(values) for values in zip(*found, strict=True)))


def _selected(people: Cells, rates: Array, shapes: Array, ratio: float) -> Selected:
    """Return the people of the study, one a column, for as many studies as there are shapes."""
    late, whole = people.days_raw - people.days_washout, people.days_before
    counted = np.divide(late, whole, out=np.zeros_like(whole), where=whole > 0)
    return Selected(
        shapes[:, None], rates[:, people.histories.kinds], people.needed, whole, people.days_rest, people.days_after,
        np.clip(counted, 0, 1), people.washout, ratio,
    )  # fmt: skip


def _studies(drawn: Counts, people: Cells, ratio: float) -> Studies:
    """Return what is looked at of each study."""
    before, after = drawn.before, drawn.after
    some = np.maximum((before + after > 0).sum(axis=1), 1)
    raw = np.maximum(before.sum(axis=1), 1) / people.days_raw.sum()
    window = np.maximum(drawn.window.sum(axis=1), 1) / people.days_before.sum()
    same, changed = (counts.sum(axis=1) / people.days_after.sum() for counts in (after, drawn.changed))
    return Studies(same / raw, (after < before).sum(axis=1) / some, same / window, changed / window / (ratio or 1.0))


def _parameters(fitted: Fit, draws: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return rates of shape ``(n_studies, n_kinds)`` and shapes ``(n_studies,)``; the fitted ones where all is flat."""
    at = np.append(fitted.log_rates, fitted.log_shape)
    flat = bool(np.isnan(fitted.covariance).any())
    spread = np.zeros_like(fitted.covariance) if flat else fitted.covariance
    # by eigenvalues, whose square root exists for what is only just not negative
    drawn = rng.multivariate_normal(at, spread, size=draws, method="eigh", check_valid="ignore")
    rates = np.clip(drawn[:, :-1], fitted.log_rates + RATES[0], fitted.log_rates + RATES[1])
    return np.exp(rates), np.clip(np.exp(drawn[:, -1]), *SHAPES)
