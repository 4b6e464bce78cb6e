"""The score test of coefficients that change with a function of time (Grambsch and Therneau, as a score test)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lvrn_eval.survival.kernels.cox import Steps, Ties, between, risk_sums, spread, tied
from lvrn_eval.survival.kernels.cox_rows import Rows
from lvrn_eval.survival.kernels.tally import Floats


@dataclass(frozen=True)
class ChangeScore:
    """Score and information of the terms, and of the terms times a function g of time, at no change.

    Attributes
    ----------
    score
        Of the terms times g, shape ``(n_terms,)``; that of the terms is 0 at the maximum.
    information, crossed, changed
        Sums over events of the covariance of the covariates at risk, times 1, g and g²; each ``(n_terms, n_terms)``.
    """

    score: Floats
    information: Floats
    crossed: Floats
    changed: Floats

    def test(self, terms: tuple[int, ...]) -> float:
        """Return chi-square, on ``len(terms)`` degrees of freedom, of no change in these terms."""
        which = list(terms)
        # the information about change that is left once the coefficients are fitted anew
        across = self.crossed[:, which]
        left = self.changed[np.ix_(which, which)] - across.T @ np.linalg.solve(self.information, across)
        found = self.score[which]
        return float(found @ np.linalg.solve(left, found))


def change_score(rows: Rows, beta: Floats, ties: Ties, g: Floats) -> ChangeScore:
    """Return what the test needs.

    Parameters
    ----------
    rows, beta, ties
        The fitted model.
    g
        The function of time at every moment, shape ``(n_moments,)``.
    """
    powers = np.stack([np.ones_like(g), g, g * g])
    risk, hazard, hazard_out = np.empty(rows.n_kept), np.empty(rows.n_moments), np.empty(rows.n_moments)
    means = np.zeros((3, rows.n_terms, rows.n_terms))
    for sums in risk_sums(rows, beta):
        steps = tied(rows, sums, ties)
        risk[sums.rows] = sums.risk
        hazard[sums.moments], hazard_out[sums.moments] = steps.hazard, steps.hazard_out
        for total, power in zip(means, powers[:, sums.moments], strict=True):
            np.add(total, between(sums, _times(steps, power)), out=total)
    squares = np.empty_like(means)
    pulls = np.empty((3, rows.n_terms))
    for k, power in enumerate(powers):
        pulls[k], squares[k] = spread(rows, risk, hazard * power, hazard_out * power)
    information = squares - means
    own = rows.x[:, rows.event_rows] * np.repeat(g, rows.deaths)
    if rows.weight is not None:
        own = own * rows.weight[rows.event_rows]
    return ChangeScore(own.sum(axis=1) - pulls[1], *information)


def _times(steps: Steps, power: Floats) -> Steps:
    names = ("square", "square_out", "square_out2")
    return replace(steps, **{name: getattr(steps, name) * power for name in names})
