"""Cox's partial likelihood in linear time: arrays in, arrays out.

How to use it (``x`` has shape ``(n_rows, n_terms)``, everything else ``(n_rows,)``)::

    rows = arrange(x, time, event, entry=None, stratum=None, weight=None)   # sort once
    fitted = fit(rows, ties="efron")                                        # Newton's method; raises Singular
    fitted.beta, fitted.covariance                                          # model-based
    fitted.log_likelihood, fitted.null.log_likelihood, fitted.converged, fitted.infinite
    here = evaluate(rows, beta, ties)                                       # log-likelihood, score, information

    residuals.score(rows, beta, ties)                                       # (n_rows, n_terms), caller's order
    residuals.robust_covariance(score_residuals, covariance, cluster)       # sandwich, by person
    residuals.martingale(rows, beta, ties); residuals.schoenfeld(rows, beta, ties)
    cox_baseline.baseline(rows, beta, ties)                                 # cumulative hazard at every moment

Start-stop rows (Andersen-Gill, Prentice-Williams-Peterson, time-varying covariates) give ``entry``; whoever is at risk
satisfies ``entry < t <= time``. Strata are codes from 0. A person in several rows needs only ``cluster`` in
``robust_covariance``. The coefficients belong to the covariates as given; centring inside is exact and invisible,
except that ``baseline`` says at which covariates it stands.

Efron's approximation: of d events tied at one moment, the k-th meets a risk set from which a share k/d of the tied
rows has gone. Weights follow R: the tied events share their mean weight. Breslow's leaves the risk set whole.

One evaluation reads the covariates twice, in blocks that stay in the processor's cache: backwards in time to add up
the risk sets, forwards to spread the hazards back over the rows. No array of rows by moments or rows by terms² exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from lvrn_eval.survival.kernels.cox_rows import Rows, arrange
from lvrn_eval.survival.kernels.information import dependent, inverse
from lvrn_eval.survival.kernels.tally import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Evaluation", "Fit", "Rows", "Singular", "Ties", "arrange", "evaluate", "fit", "risk_sums"]

Ties: TypeAlias = Literal["efron", "breslow"]

NEGLIGIBLE = 1e-20
"""A squared distance to the maximum, in standard errors and per event, at which the last step needs no further look."""

NEAR = 1e-6
"""The same for a first look at some of the rows, whose maximum is further from that of all rows than this."""

MANY_ROWS = 1 << 17
"""From so many rows on, a fit to one row in sixteen finds the neighbourhood of the maximum sooner."""

CLOSE = 1e-6
RUNAWAY = 0.05
"""So close to the maximum in standard errors, only a term that has no maximum still steps so far in its deviations."""

STALLED = 1e-9
"""A squared distance within rounding error, when a step no longer makes it smaller."""


class Singular(ValueError):  # noqa: N818 - a state of the data, told to the user by the frame layer
    """The information about some terms is nothing, given the terms before them.

    Attributes
    ----------
    terms
        Their positions.
    """

    def __init__(self, terms: tuple[int, ...]) -> None:
        self.terms = terms
        super().__init__(f"no information about terms {terms}, given those before them")


@dataclass(frozen=True)
class RiskSums:
    """Weighted sums over risk sets, at each of ``m`` moments.

    ``s0 (m,)`` and ``s1 (n_terms, m)`` sum ``exp(x beta)`` and ``x exp(x beta)`` over everyone at risk, ``d0`` and
    ``d1`` over those with the event at the moment; ``risk (n,)`` is ``exp(x beta)`` times the weight of each row.
    """

    rows: slice
    moments: slice
    events: slice
    linear: Floats
    risk: Floats
    s0: Floats
    s1: Floats
    d0: Floats
    d1: Floats


@dataclass(frozen=True)
class Steps:
    """Sums over the tied events of each moment, shape ``(m,)``: of 1/s and its powers, times shares counted out.

    With s = s0 - c d0 and the event's weight g: ``hazard`` g/s, ``hazard_out`` g c/s, ``square`` g/s²,
    ``square_out`` g c/s², ``square_out2`` g c²/s²; ``log_s`` is the sum of g log s over everything.
    """

    hazard: Floats
    hazard_out: Floats
    square: Floats
    square_out: Floats
    square_out2: Floats
    log_s: float


@dataclass(frozen=True)
class Evaluation:
    """The log partial likelihood at ``beta``, its gradient and the negative of its second derivative."""

    beta: Floats
    log_likelihood: float
    score: Floats
    information: Floats

    @cached_property
    def step(self) -> Floats:
        """Newton's step from here."""
        scale = np.sqrt(np.diag(self.information))
        scaled: Floats = np.linalg.solve(self.information / np.outer(scale, scale), self.score / scale) / scale
        return scaled

    @property
    def decrement(self) -> float:
        """Squared distance to the maximum in standard errors, as seen from here."""
        return float(self.score @ self.step)

    @property
    def finite(self) -> bool:
        """Whether nothing has overflowed."""
        return bool(np.isfinite(self.log_likelihood) and np.isfinite(self.information).all())


@dataclass(frozen=True)
class Fit:
    """The maximum of the log partial likelihood.

    Attributes
    ----------
    beta, information, log_likelihood
        At the maximum.
    null
        The evaluation at no effects, for the score and likelihood ratio tests.
    iterations
        How many times the likelihood was evaluated over all rows, ``null`` included.
    converged
        Whether the maximum was reached.
    infinite
        Which terms run off to infinity (monotone likelihood), shape ``(n_terms,)``; then ``converged`` is False.
    """

    beta: Floats
    information: Floats
    log_likelihood: float
    null: Evaluation
    iterations: int
    converged: bool
    infinite: NDArray[np.bool_]

    @cached_property
    def covariance(self) -> Floats:
        """Inverse of the information."""
        return inverse(self.information)


def fit(rows: Rows, ties: Ties = "efron", max_iterations: int = 50, negligible: float = NEGLIGIBLE) -> Fit:
    """Maximise the log partial likelihood by Newton's method with step-halving.

    Parameters
    ----------
    rows
        From ``arrange``.
    ties
        How tied events are treated.
    max_iterations
        Evaluations allowed.
    negligible
        A squared distance to the maximum, in standard errors and per event, from which one more step is the last.

    Raises
    ------
    Singular
        When some terms are constant, or follow from others, in every risk set.
    """
    null = evaluate(rows, np.zeros(rows.n_terms), ties)
    if terms := dependent(null.information):
        raise Singular(terms)
    here, used = null, 1
    if rows.n_rows >= MANY_ROWS:
        near, used = evaluate(rows, _thinned(rows, ties, max_iterations), ties), 2
        here = near if near.finite and near.log_likelihood > null.log_likelihood else null
    return _climb(rows, ties, null, here, used, max_iterations, negligible)


def _thinned(rows: Rows, ties: Ties, max_iterations: int) -> Floats:
    """Return the coefficients of one row in sixteen, or no effects where they cannot be had."""
    try:
        found = fit(rows.thinned(16), ties, max_iterations, NEAR)
    except ValueError:
        return np.zeros(rows.n_terms)
    return found.beta if found.converged else np.zeros(rows.n_terms)


def _climb(
    rows: Rows, ties: Ties, null: Evaluation, here: Evaluation, used: int, max_iterations: int, negligible: float
) -> Fit:
    """Take Newton's steps from ``here`` until the maximum, infinity or the end of patience."""
    n_events = float(rows.event_weight @ rows.deaths)
    spread = np.sqrt(np.diag(null.information) / n_events)
    infinite = np.zeros(rows.n_terms, bool)
    before = np.inf
    while used < max_iterations and np.isfinite(here.decrement):
        if here.decrement <= negligible * n_events or before <= here.decrement < STALLED:
            beta, gain = here.beta + here.step, here.decrement / 2
            return Fit(beta, here.information, here.log_likelihood + gain, null, used, True, infinite)
        if here.decrement < CLOSE:
            infinite = np.abs(here.step) * spread > RUNAWAY
        if infinite.any():
            break
        before = here.decrement
        here, taken = _ahead(rows, ties, here)
        used += taken
    return Fit(here.beta, here.information, here.log_likelihood, null, used, False, infinite)


def _ahead(rows: Rows, ties: Ties, here: Evaluation) -> tuple[Evaluation, int]:
    """Return the evaluation after a step that does not lose likelihood, and how many evaluations that took."""
    slack = 1e-12 * abs(here.log_likelihood)
    for halvings in range(30):
        ahead = evaluate(rows, here.beta + here.step / 2**halvings, ties)
        if ahead.finite and ahead.log_likelihood >= here.log_likelihood - slack:
            return ahead, halvings + 1
    return here, halvings + 1


def evaluate(rows: Rows, beta: Floats, ties: Ties = "efron") -> Evaluation:
    """Return the log partial likelihood, score and information at ``beta``.

    Parameters
    ----------
    rows
        From ``arrange``.
    beta
        Coefficients, shape ``(n_terms,)``.
    ties
        How tied events are treated.
    """
    beta = np.asarray(beta, dtype=np.float64)
    risk = np.empty(rows.n_kept)
    hazard, hazard_out = np.empty(rows.n_moments), np.empty(rows.n_moments)
    likelihood = float(rows.event_sum @ beta)
    means = np.zeros((rows.n_terms, rows.n_terms))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for sums in risk_sums(rows, beta):
            steps = tied(rows, sums, ties)
            risk[sums.rows] = sums.risk
            hazard[sums.moments], hazard_out[sums.moments] = steps.hazard, steps.hazard_out
            likelihood -= steps.log_s
            means += between(sums, steps)
        expected, within = spread(rows, risk, hazard, hazard_out)
    return Evaluation(beta, likelihood, rows.event_sum - expected, within - means)


def risk_sums(rows: Rows, beta: Floats) -> Iterator[RiskSums]:
    """Yield the sums over risk sets block by block, from the last moment to the first."""
    entering = _entering(rows, beta)
    carry = np.zeros(rows.n_terms + 1)
    for block_rows, moments, events in reversed(rows.blocks):
        x = rows.x[:, block_rows]
        linear = beta @ x
        risk = np.exp(linear)
        if rows.weight is not None:
            risk *= rows.weight[block_rows]
        leaving, tied_rows = by_moment(rows, x, risk, block_rows.start, moments)
        if entering is not None:
            leaving -= entering[:, moments]
        sums = backwards(rows, leaving, carry, moments)
        carry = sums[:, 0]
        yield RiskSums(block_rows, moments, events, linear, risk, sums[0], sums[1:], tied_rows[0], tied_rows[1:])


def by_moment(rows: Rows, x: Floats, risk: Floats, offset: int, moments: slice) -> tuple[Floats, Floats]:
    """Return the sums of risk and of x times risk over the rows that leave at each moment, and over its events."""
    cuts = np.empty(2 * (moments.stop - moments.start), np.int64)
    cuts[0::2], cuts[1::2] = rows.start[moments] - offset, rows.first_event[moments] - offset
    halves = np.empty((x.shape[0] + 1, cuts.size))
    np.add.reduceat(risk, cuts, out=halves[0])
    np.add.reduceat(x * risk, cuts, axis=1, out=halves[1:])
    others, with_event = halves[:, 0::2], halves[:, 1::2]
    # of an empty run reduceat returns the next value instead of nothing
    others[:, cuts[0::2] == cuts[1::2]] = 0
    return others + with_event, with_event


def _entering(rows: Rows, beta: Floats) -> Floats | None:
    """Return, for each moment, the sums over the rows that are at risk only after it."""
    if rows.entered is None:
        return None
    sums = np.zeros((rows.n_terms + 1, rows.n_moments + 1))
    many = max(8 * rows.n_moments, rows.blocks[0][0].stop)
    for a in range(0, rows.n_kept, many):
        part = slice(a, a + many)
        risk = np.exp(beta @ rows.x[:, part])
        if rows.weight is not None:
            risk *= rows.weight[part]
        # turned once into what NumPy counts by, and not again for every term
        where = rows.entered[part].astype(np.intp)
        sums[0] += np.bincount(where, risk, sums.shape[1])
        for term, column in enumerate(rows.x[:, part], start=1):
            sums[term] += np.bincount(where, column * risk, sums.shape[1])
    return sums[:, 1:]


def backwards(rows: Rows, values: Floats, carry: Floats, moments: slice) -> Floats:
    """Add up from the last moment of each stratum to its first; ``carry`` is what later blocks of it came to."""
    bounds = np.searchsorted(rows.first_moment, [moments.start, moments.stop])
    ends = rows.first_moment[slice(*bounds)] - moments.start
    values = values.copy()
    following = rows.first_moment[bounds[1]] if bounds[1] < rows.first_moment.size else rows.n_moments
    if following > moments.stop:
        values[:, -1] += carry
    ends = ends[ends > 0]
    if ends.size:
        # taking each later stratum's total off before its neighbour begins, so that strata do not mix
        values[:, ends - 1] -= np.add.reduceat(values, ends, axis=1)
    return values[:, ::-1].cumsum(axis=1)[:, ::-1]


def tied(rows: Rows, sums: RiskSums, ties: Ties) -> Steps:
    """Return the sums over the tied events of each moment of a block."""
    deaths, weight = rows.deaths[sums.moments], rows.event_weight[sums.moments]
    if ties == "breslow" or not rows.any_ties:
        rate = weight * deaths / sums.s0
        none = np.zeros(rate.size)
        log_s = float(weight * deaths @ np.log(sums.s0))
        return Steps(rate, none, rate / sums.s0, none, none, log_s)
    out, cuts = rows.fraction[sums.events], rows.event_cut[sums.moments] - sums.events.start
    s = np.repeat(sums.s0, deaths) - out * np.repeat(sums.d0, deaths)
    one = 1 / s
    one_out = out * one
    columns = (one, one_out, one * one, one * one_out, one_out * one_out)
    hazard, hazard_out, square, square_out, square_out2 = (weight * np.add.reduceat(one, cuts) for one in columns)
    return Steps(hazard, hazard_out, square, square_out, square_out2, float(weight @ np.add.reduceat(np.log(s), cuts)))


def between(sums: RiskSums, steps: Steps) -> Floats:
    """Return the sum over events of the outer products of the mean covariates at risk."""
    mixed = (sums.s1 * steps.square_out) @ sums.d1.T
    whole = (sums.s1 * steps.square) @ sums.s1.T + (sums.d1 * steps.square_out2) @ sums.d1.T
    total: Floats = whole - mixed - mixed.T
    return total


def spread(rows: Rows, risk: Floats, hazard: Floats, hazard_out: Floats) -> tuple[Floats, Floats]:
    """Return the covariates of the events expected of all rows: their sum, and the sum of their outer products."""
    total, squares = np.zeros(rows.n_terms), np.zeros((rows.n_terms, rows.n_terms))
    for block_rows, expected in expectations(rows, risk, hazard, hazard_out):
        x = rows.x[:, block_rows]
        weighted = x * expected
        total += weighted.sum(axis=1)
        squares += weighted @ x.T
    return total, squares


def expectations(rows: Rows, risk: Floats, hazard: Floats, hazard_out: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield for each block the events expected of each row: its risk times the hazard while it was at risk."""
    total = cumulate(rows, hazard)
    at_entry = None if rows.entered is None else np.append(0.0, total)
    both = np.empty(2 * rows.n_moments)
    both[0::2], both[1::2] = total, total - hazard_out
    count = np.empty(2 * rows.n_moments, np.int64)
    count[0::2], count[1::2] = rows.first_event - rows.start, rows.deaths
    for block_rows, moments, _ in rows.blocks:
        pair = slice(2 * moments.start, 2 * moments.stop)
        exposed = np.repeat(both[pair], count[pair])
        if at_entry is not None and rows.entered is not None:
            exposed -= at_entry[rows.entered[block_rows]]
        exposed *= risk[block_rows]
        yield block_rows, exposed


def cumulate(rows: Rows, steps: Floats) -> Floats:
    """Add up steps, shape ``(..., n_moments)``, from the first moment of each stratum."""
    if rows.first_moment.size == 1:
        return np.asarray(steps.cumsum(axis=-1))
    steps = steps.copy()
    totals = np.add.reduceat(steps, rows.first_moment, axis=-1)
    steps[..., rows.first_moment[1:]] -= totals[..., :-1]
    return np.asarray(steps.cumsum(axis=-1))
