"""Firth's penalised partial likelihood: finite estimates with few events or separated groups.

The log-likelihood gains half the logarithm of the determinant of the information, which takes away the bias of first
order and keeps every coefficient finite (Heinze and Schemper). Meant for small
data: an array holds every product of two terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lvrn_eval.survival.kernels.cox import STALLED, Ties, backwards, by_moment
from lvrn_eval.survival.kernels.cox_rows import Rows
from lvrn_eval.survival.kernels.information import inverse
from lvrn_eval.survival.kernels.tally import Floats, Integers

NEGLIGIBLE = 1e-22
"""A squared distance to the maximum, in standard errors."""


@dataclass(frozen=True)
class Penalised:
    """The penalised log partial likelihood at ``beta``, its gradient, and the information without the penalty."""

    beta: Floats
    log_likelihood: float
    unpenalised: float
    score: Floats
    information: Floats

    @cached_property
    def covariance(self) -> Floats:
        """Inverse of the information."""
        return inverse(self.information)


@dataclass(frozen=True)
class FirthFit:
    """Where the penalised likelihood is greatest, and at no effects."""

    best: Penalised
    null: Penalised
    iterations: int
    converged: bool


@dataclass(frozen=True)
class _AtRisk:
    """Means over the risk set that each event meets, tied events counted out one by one; last axis ``n_events``."""

    s: Floats
    m1: Floats
    m2: Floats
    weight: Floats


def evaluate(rows: Rows, beta: Floats, ties: Ties = "efron") -> Penalised:
    """Return the penalised log partial likelihood and its gradient at ``beta``, shape ``(n_terms,)``."""
    p = rows.n_terms
    risk = np.exp(beta @ rows.x)
    if rows.weight is not None:
        risk *= rows.weight
    products = (rows.x[:, None] * rows.x).reshape(p * p, -1)
    sums = _sums(rows, np.concatenate([rows.x, products]), risk, ties)
    at = _AtRisk(sums[0], sums[1 : p + 1] / sums[0], (sums[p + 1 :] / sums[0]).reshape(p, p, -1), _weights(rows))
    information = np.einsum("abk,k->ab", at.m2, at.weight) - (at.m1 * at.weight) @ at.m1.T
    unpenalised = float(rows.event_sum @ beta - at.weight @ np.log(at.s))
    sign, log_determinant = np.linalg.slogdet(information)
    likelihood = unpenalised + log_determinant / 2 if sign > 0 else -np.inf
    score = rows.event_sum - at.m1 @ at.weight + _pull(rows, risk, at, information, ties)
    return Penalised(np.asarray(beta), float(likelihood), unpenalised, score, information)


def _weights(rows: Rows) -> Floats:
    return np.repeat(rows.event_weight, rows.deaths)


def _sums(rows: Rows, features: Floats, risk: Floats, ties: Ties) -> Floats:
    """Return sums of 1 and of the features times risk over the risk set each event meets, ``(1 + k, n_events)``."""
    leaving, tied = by_moment(rows, features, risk, 0, slice(0, rows.n_moments))
    if rows.entered is not None:
        weighted = [risk, *(features * risk)]
        entering = [np.bincount(rows.entered, one, rows.n_moments + 1)[1:] for one in weighted]
        leaving = leaving - np.stack(entering)
    sums = backwards(rows, leaving, np.zeros(len(leaving)), slice(0, rows.n_moments))
    sums = np.repeat(sums, rows.deaths, axis=1)
    return sums - rows.fraction * np.repeat(tied, rows.deaths, axis=1) if ties == "efron" else sums


def _pull(rows: Rows, risk: Floats, at: _AtRisk, information: Floats, ties: Ties) -> Floats:
    """Return half the derivative of the log determinant of the information: third moments of the covariates at risk."""
    j = np.linalg.pinv(information, hermitian=True)
    square = np.einsum("an,ab,bn->n", rows.x, j, rows.x)
    with_square = _sums(rows, rows.x * square, risk, ties)[1:] / at.s
    jm = j @ at.m1
    mean_square = np.einsum("abk,ab->k", at.m2, j)
    crossed = np.einsum("abk,bk->ak", at.m2, jm)
    length = np.einsum("ak,ak->k", at.m1, jm)
    third = with_square - mean_square * at.m1 - 2 * (crossed - at.m1 * length)
    return np.asarray(third @ at.weight / 2)


def fit(rows: Rows, ties: Ties = "efron", max_iterations: int = 500) -> FirthFit:
    """Maximise the penalised log partial likelihood."""
    null = evaluate(rows, np.zeros(rows.n_terms), ties)
    best, used, converged = climb(rows, ties, null, np.arange(rows.n_terms), max_iterations)
    return FirthFit(best, null, used, converged)


def climb(
    rows: Rows,
    ties: Ties,
    here: Penalised,
    free: Integers,
    max_iterations: int = 500,
) -> tuple[Penalised, int, bool]:
    """Return the maximum over the coefficients ``free``, after how many steps, and whether it was reached."""
    inverse_curve = np.linalg.inv(here.information[np.ix_(free, free)])
    before = np.inf
    for used in range(1, max_iterations):
        ascent = inverse_curve @ here.score[free]
        decrement = float(ascent @ here.score[free])
        if decrement <= NEGLIGIBLE or before <= decrement < STALLED**2:
            return here, used, True
        before = decrement
        ahead = _ahead(rows, ties, here, free, ascent)
        moved, gained = np.asarray(ahead.beta - here.beta)[free], np.asarray(here.score - ahead.score)[free]
        inverse_curve = _bent(inverse_curve, moved, gained)
        here = ahead
    return here, max_iterations, False


def _ahead(rows: Rows, ties: Ties, here: Penalised, free: Integers, ascent: Floats) -> Penalised:
    """Return the evaluation after a step of at most five standard errors that does not lose likelihood."""
    step = np.zeros(rows.n_terms)
    largest = np.abs(ascent * np.sqrt(np.diag(here.information)[free])).max()
    step[free] = ascent * min(1.0, 5 / largest)
    ahead = evaluate(rows, here.beta + step, ties)
    for _ in range(30):
        if ahead.log_likelihood >= here.log_likelihood - 1e-13 * abs(here.log_likelihood):
            break
        step /= 2
        ahead = evaluate(rows, here.beta + step, ties)
    return ahead


def _bent(inverse_curve: Any, moved: Floats, gained: Floats) -> Any:
    """Return the inverse second derivative learnt from a step (Broyden, Fletcher, Goldfarb, Shanno).

    The information alone, without the penalty's own bend, can make steps swing for ever between two values.
    """
    length = float(moved @ gained)
    if length <= 0:
        return inverse_curve
    turn = np.eye(moved.size) - np.outer(moved, gained) / length
    return np.asarray(turn @ inverse_curve @ turn.T + np.outer(moved, moved) / length)


def without(rows: Rows, ties: Ties, null: Penalised, term: int) -> float:
    """Return the greatest penalised log-likelihood with one coefficient held at 0, its penalty kept."""
    free = np.delete(np.arange(rows.n_terms), term)
    return climb(rows, ties, null, free)[0].log_likelihood


def profile(rows: Rows, ties: Ties, best: Penalised, term: int, drop: float) -> tuple[float, float]:
    """Return the two values of a coefficient at which the greatest penalised log-likelihood has fallen by ``drop``."""
    from scipy.optimize import brentq

    free = np.delete(np.arange(rows.n_terms), term)
    target = best.log_likelihood - drop
    error = float(np.sqrt(best.covariance[term, term]))

    def above(value: float) -> float:
        start = best.beta + best.covariance[:, term] / best.covariance[term, term] * (value - best.beta[term])
        return climb(rows, ties, evaluate(rows, start, ties), free)[0].log_likelihood - target

    limits = []
    for side in (-1, 1):
        reach = error * np.sqrt(2 * drop)
        while above(best.beta[term] + side * reach) > 0:
            reach *= 2
        inner, outer = best.beta[term], best.beta[term] + side * reach
        limits.append(float(brentq(above, min(inner, outer), max(inner, outer), xtol=1e-12, rtol=1e-12)))
    return limits[0], limits[1]
