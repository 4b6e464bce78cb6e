"""Residuals of a Cox model and the robust covariance they make, in time linear in the rows.

Everything is at given coefficients; arrays come back in the order of the caller's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.survival.kernels.cox import Ties, cumulate, expectations, risk_sums, tied
from lvrn_eval.survival.kernels.cox_rows import Rows
from lvrn_eval.survival.kernels.tally import Floats, Integers

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """What every moment adds: one value, or one column, per moment.

    Attributes
    ----------
    risk
        ``exp(x beta)`` times the weight, per kept row.
    hazard, hazard_out
        Rise of the cumulative hazard at ``x = mean``, and the part of it a row with the event is spared by Efron.
    variance
        Rise of the variance of the cumulative hazard, were the coefficients known.
    mean_at_risk
        Mean covariates of those at risk, less ``mean``, averaged over tied events; shape ``(n_terms, n_moments)``.
    pull, pull_out
        Mean covariates at risk times the rise of the hazard, and the part spared; shape ``(n_terms, n_moments)``.
    """

    risk: Floats
    hazard: Floats
    hazard_out: Floats
    variance: Floats
    mean_at_risk: Floats
    pull: Floats
    pull_out: Floats


def moments(rows: Rows, beta: Floats, ties: Ties) -> Moments:
    """Return what every moment adds, at coefficients ``beta`` of shape ``(n_terms,)``."""
    per_row = np.empty(rows.n_kept)
    flat = np.empty((3, rows.n_moments))
    deep = np.empty((3, rows.n_terms, rows.n_moments))
    for sums in risk_sums(rows, beta):
        steps = tied(rows, sums, ties)
        at = sums.moments
        per_row[sums.rows] = sums.risk
        flat[:, at] = steps.hazard, steps.hazard_out, steps.square
        each = rows.event_weight[at] * rows.deaths[at]
        deep[0][:, at] = (sums.s1 * steps.hazard - sums.d1 * steps.hazard_out) / each
        deep[1][:, at] = sums.s1 * steps.square - sums.d1 * steps.square_out
        deep[2][:, at] = sums.s1 * steps.square_out - sums.d1 * steps.square_out2
    return Moments(per_row, *flat, *deep)


def score(rows: Rows, beta: Floats, ties: Ties = "efron") -> Floats:
    """Return the score residuals times the weights, shape ``(n_rows, n_terms)``; they add up to the score."""
    at = moments(rows, beta, ties)
    pull = cumulate(rows, at.pull)
    left = np.empty((rows.n_terms, 2 * rows.n_moments))
    left[:, 0::2], left[:, 1::2] = pull, pull - at.pull_out
    spared = np.concatenate([np.zeros((rows.n_terms, 1)), pull], axis=1)
    count = np.column_stack([rows.first_event - rows.start, rows.deaths]).ravel()
    found = np.empty((rows.n_terms, rows.n_kept))
    for where, expected in expectations(rows, at.risk, at.hazard, at.hazard_out):
        pair = slice(*(2 * np.searchsorted(rows.start, [where.start, where.stop])))
        pulled = np.repeat(left[:, pair], count[pair], axis=1)
        if rows.entered is not None:
            pulled -= spared[:, rows.entered[where]]
        found[:, where] = pulled * at.risk[where] - rows.x[:, where] * expected
    own = schoenfeld_of(rows, at)
    found[:, rows.event_rows] += own if rows.weight is None else own * rows.weight[rows.event_rows]
    return rows.restore(found.T)


def schoenfeld_of(rows: Rows, at: Moments) -> Floats:
    """Return covariates less their mean at risk for every event, in order of moments, shape ``(n_terms, n_events)``."""
    return np.asarray(rows.x[:, rows.event_rows] - np.repeat(at.mean_at_risk, rows.deaths, axis=1))


def schoenfeld(rows: Rows, beta: Floats, ties: Ties = "efron") -> tuple[Floats, Integers]:
    """Return Schoenfeld residuals, shape ``(n_events, n_terms)``, by stratum and time, and the rows they belong to."""
    return schoenfeld_of(rows, moments(rows, beta, ties)).T, rows.order[rows.event_rows]


def martingale(rows: Rows, beta: Floats, ties: Ties = "efron") -> Floats:
    """Return events recorded less events expected of each row, shape ``(n_rows,)``."""
    at = moments(rows, beta, ties)
    found = np.zeros(rows.n_kept)
    for where, expected in expectations(rows, at.risk, at.hazard, at.hazard_out):
        found[where] = -expected if rows.weight is None else -expected / rows.weight[where]
    found[rows.event_rows] += 1
    return rows.restore(found)


def deviance(martingale_residual: Floats, event: NDArray[np.bool_]) -> Floats:
    """Return martingale residuals made symmetric, shape ``(n_rows,)``."""
    expected = np.where(event, event - martingale_residual, 1.0)
    inside = martingale_residual + np.where(event, np.log(expected), 0.0)
    return np.asarray(np.sign(martingale_residual) * np.sqrt(-2 * np.minimum(inside, 0)))


def by_cluster(values: Floats, cluster: Integers | None) -> Floats:
    """Return the sums of rows, shape ``(n_rows, k)``, over the codes of ``cluster``, shape ``(n_clusters, k)``."""
    if cluster is None:
        return values
    size = int(cluster.max()) + 1
    return np.stack([np.bincount(cluster, column, size) for column in values.T], axis=1)


def robust_covariance(score_residual: Floats, covariance: Floats, cluster: Integers | None = None) -> Floats:
    """Return the sandwich covariance of Lin and Wei, shape ``(n_terms, n_terms)``.

    Parameters
    ----------
    score_residual
        From ``score``, weights included.
    covariance
        Inverse information.
    cluster
        Codes from 0 of the people (or places) that rows belong to; None where every row stands alone.
    """
    influence = by_cluster(score_residual, cluster) @ covariance
    return np.asarray(influence.T @ influence)
