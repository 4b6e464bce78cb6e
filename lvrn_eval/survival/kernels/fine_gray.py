"""The proportional subdistribution hazards model in linear time: weights enter by cumulative sums, never by rows.

Somebody with a competing event stays in the risk set, with the weight of still being uncensored: G(t) over G at their
own time, G being the curve of censoring. The weight is a product of something of the time and something of the person,
so the sums over a risk set are a suffix sum over those observed so long, plus G(t) times a prefix sum over those who
had a competing event before. Where people come under observation late, that weight is multiplied by the curve of
having come by then, which is the curve of entries with time running backwards (Geskus).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

Ties: TypeAlias = Literal["efron", "breslow"]
Censoring: TypeAlias = Literal["events_stay", "events_leave"]

NEGLIGIBLE = 1e-20
"""A squared distance to the maximum, in standard errors, at which Newton's step is taken for the last time."""


@dataclass(frozen=True)
class Setup:
    """People sorted by time, and the curve of being under observation.

    Attributes
    ----------
    x
        Covariates less their mean, shape ``(n_terms, n_people)``.
    order
        Where each person stood in the caller's arrays.
    when, cut
        Each person's place on the scale of distinct times, and each time's first person.
    event, censored
        Whether a person had the event of interest, or was censored.
    entered
        How many of the distinct times have passed when each person comes under observation; None: all are from the
        start.
    inverse
        1 / G just before a person's own time for those with a competing event, else 0.
    survival
        G just before each time, shape ``(n_times,)``: the curve of censoring, times that of having come.
    at_risk, left
        How many are observed so long, and how many are censored then.
    fell, moments, event_cut
        How many have the event of interest at each time; the times at which any has; how many had it before those.
    share
        For each person with the event, in order: the share of tied events already counted out (0/d, 1/d, ...).
    """

    x: Floats
    order: Integers
    time: Numbers
    when: Integers
    cut: Integers
    event: NDArray[np.bool_]
    censored: NDArray[np.bool_]
    entered: Integers | None
    inverse: Floats
    survival: Floats
    at_risk: Floats
    left: Floats
    fell: Floats
    moments: Integers
    event_cut: Integers
    share: Floats


@dataclass(frozen=True)
class Moments:
    """Sums over the risk set of every time: all at risk (``s0 (m,)``, ``s1 (p, m)``) and its events (``d0``, ``d1``).

    ``hazard`` to ``square_out2`` are sums over the tied events of 1/s and its powers times the shares counted out.
    """

    risk: Floats
    carried: Floats
    s0: Floats
    s1: Floats
    d1: Floats
    hazard: Floats
    hazard_out: Floats
    square: Floats
    square_out: Floats
    square_out2: Floats
    log_s: float


@dataclass(frozen=True)
class Fit:
    """The maximum of the log pseudo-likelihood.

    ``covariance`` is the inverse of the information, ``robust`` the sandwich; ``null_log_likelihood`` is without
    effects.
    """

    beta: Floats
    covariance: Floats
    robust: Floats
    log_likelihood: float
    null_log_likelihood: float
    iterations: int
    converged: bool


def arrange(
    x: Floats, time: Numbers, cause: Integers, of: int, censoring: Censoring, entry: Numbers | None = None
) -> Setup:
    """Sort people and work out the curve of being under observation.

    Parameters
    ----------
    x, time, cause
        Covariates ``(n_people, n_terms)``, when observation ends and with what: 0 is censored.
    of
        The cause of interest.
    censoring
        Whether those with any event at a time are still in the censoring curve's risk set then (cmprsk) or have left
        (survival).
    entry
        When observation begins, less than ``time``; None: from the start.
    """
    scale, when = distinct(time)
    order = np.argsort(when, kind="stable")
    when, cause = when[order], cause[order]
    columns = np.ascontiguousarray(x.T[:, order])
    columns -= columns.mean(axis=1, keepdims=True)
    size = scale.size
    here, left = np.bincount(when, minlength=size), np.bincount(when[cause == 0], minlength=size).astype(float)
    at_risk = np.cumsum(here[::-1])[::-1].astype(float)
    entered = None if entry is None else np.searchsorted(scale, entry[order], side="right")
    if entered is not None:
        at_risk -= _coming(np.ones((1, time.size)), entered, size)[0]
    exposed = at_risk if censoring == "events_stay" else at_risk - (here - left)
    after = np.cumprod(1 - left / np.maximum(exposed, 1))
    survival = np.append(1.0, after[:-1])
    if entry is not None:
        survival *= _have_come(scale, time, entry)
    event, competing = cause == of, (cause != of) & (cause != 0)
    fell = np.bincount(when[event], minlength=size)
    moments = np.flatnonzero(fell)
    event_cut = np.append(0, np.cumsum(fell[moments]))
    count = np.arange(event_cut[-1]) - np.repeat(event_cut[:-1], fell[moments])
    before = survival[when]
    return Setup(
        x=columns,
        order=order,
        time=scale,
        when=when,
        cut=np.searchsorted(when, np.arange(size)),
        event=event,
        censored=cause == 0,
        entered=entered,
        inverse=np.divide(1.0, before, out=np.zeros(when.size), where=competing & (before > 0)),
        survival=survival,
        at_risk=at_risk,
        left=left,
        fell=fell.astype(float),
        moments=moments,
        event_cut=event_cut,
        share=count / np.repeat(fell[moments], fell[moments]),
    )


def _have_come(scale: Numbers, time: Numbers, entry: Numbers) -> Floats:
    """Return the curve of entries with time running backwards, just before each time of ``scale``."""
    entries, place = distinct(entry)
    came = np.bincount(place)
    observed = np.cumsum(came) - np.searchsorted(np.sort(time), entries, side="right")
    curve = np.append(np.cumprod((1 - came / observed)[::-1])[::-1], 1.0)
    return np.asarray(curve[np.searchsorted(entries, scale, side="left")])


def _coming(values: Floats, entered: Integers, size: int) -> Floats:
    """Return the sums of values, shape ``(k, n_people)``, over those not yet under observation at each time."""
    came = np.stack([np.bincount(entered, row, size + 1) for row in values])
    return np.asarray(np.cumsum(came[:, ::-1], axis=1)[:, ::-1][:, 1:])


def fit(setup: Setup, ties: Ties, *, censoring_error: bool, max_iterations: int = 50) -> Fit | None:
    """Maximise the log pseudo-likelihood by Newton's method with step-halving; None when a term has no information.

    Parameters
    ----------
    setup
        From ``arrange``.
    ties
        How tied events of interest are treated.
    censoring_error
        Whether the robust covariance includes that the curve of censoring is an estimate.
    max_iterations
        Evaluations allowed.
    """
    beta = np.zeros(setup.x.shape[0])
    null, score, information = evaluate(setup, beta, ties)
    here, used, converged = null, 1, False
    spread = np.sqrt(np.diag(information).clip(0) / max(float(setup.fell.sum()), 1))
    while used < max_iterations:
        scale = np.sqrt(np.diag(information).clip(0))
        if not (scale > 0).all() or np.linalg.cond(information / np.outer(scale, scale)) > 1 / SINGULAR:
            return None
        step = np.linalg.solve(information / np.outer(scale, scale), score / scale) / scale
        decrement = float(score @ step)
        if decrement < CLOSE and bool((np.abs(step) * spread > RUNAWAY).any()):
            break
        converged = decrement <= NEGLIGIBLE * max(1.0, abs(here))
        if converged:
            beta = beta + step
            break
        for _ in range(30):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                ahead = evaluate(setup, beta + step, ties)
            used += 1
            if np.isfinite(ahead[0]) and ahead[0] >= here - 1e-12 * abs(here):
                break
            step = step / 2
        beta = beta + step
        here, score, information = ahead
    covariance = np.asarray(np.linalg.inv(information), np.float64)
    influence = score_residuals(setup, beta, ties, censoring_error=censoring_error) @ covariance
    robust: Floats = influence.T @ influence
    return Fit(beta, covariance, robust, here, null, used, converged)


CLOSE = 1e-6
RUNAWAY = 0.05
"""So close to the maximum in standard errors, no term's step is so large in its own deviations unless it has none."""

SINGULAR = 1e-11
"""The smallest share of its largest that an eigenvalue of the information may be."""


def _sums(setup: Setup, beta: Floats, ties: Ties) -> Moments:
    """Return the sums over risk sets and over tied events at ``beta``."""
    risk = np.exp(beta @ setup.x)
    carried = risk * setup.inverse
    stacked = np.vstack([np.ones(risk.size), setup.x])
    observed = np.add.reduceat(stacked * risk, setup.cut, axis=1)
    gone = np.add.reduceat(stacked * carried, setup.cut, axis=1)
    whole = np.cumsum(observed[:, ::-1], axis=1)[:, ::-1] + setup.survival * (np.cumsum(gone, axis=1) - gone)
    if setup.entered is not None:
        whole -= _coming(stacked * risk, setup.entered, setup.cut.size)
    whole = whole[:, setup.moments]
    cuts = setup.event_cut[:-1]
    tied = np.add.reduceat((stacked[:, setup.event] * risk[setup.event]), cuts, axis=1)
    fell = setup.fell[setup.moments].astype(np.int64)
    out = setup.share if ties == "efron" else np.zeros(setup.share.size)
    s = np.repeat(whole[0], fell) - out * np.repeat(tied[0], fell)
    one, one_out = 1 / s, out / s
    columns = (one, one_out, one * one, one * one_out, one_out * one_out)
    h, h_out, sq, sq_out, sq_out2 = (np.asarray(np.add.reduceat(column, cuts)) for column in columns)
    log_s = float(np.log(s).sum())
    return Moments(risk, carried, whole[0], whole[1:], tied[1:], h, h_out, sq, sq_out, sq_out2, log_s)


def _placed(setup: Setup, values: Floats) -> Floats:
    """Put values of the times with an event of interest on the scale of all times, 0 elsewhere."""
    whole = np.zeros((*values.shape[:-1], setup.fell.size))
    whole[..., setup.moments] = values
    return whole


def _while_observed(setup: Setup, values: Floats) -> Floats:
    """Return the sum over the times at which each person is under observation."""
    total = np.cumsum(values, axis=-1)
    until: Floats = total[..., setup.when]
    if setup.entered is None:
        return until
    before: Floats = np.concatenate([np.zeros((*values.shape[:-1], 1)), total], axis=-1)[..., setup.entered]
    return until - before


def _after(values: Floats) -> Floats:
    """Return the sum over all later times."""
    total: Floats = np.cumsum(values[..., ::-1], axis=-1)[..., ::-1] - values
    return total


def evaluate(setup: Setup, beta: Floats, ties: Ties) -> tuple[float, Floats, Floats]:
    """Return the log pseudo-likelihood, its gradient and the negative of its second derivative."""
    m = _sums(setup, beta, ties)
    hazard = _placed(setup, m.hazard)
    expected = m.risk * _while_observed(setup, hazard)
    expected += m.carried * _after(setup.survival * hazard)[setup.when]
    expected[setup.event] -= (m.risk * _placed(setup, m.hazard_out)[setup.when])[setup.event]
    total = setup.x[:, setup.event].sum(axis=1)
    weighted = setup.x * expected
    mixed = (m.s1 * m.square_out) @ m.d1.T
    between = (m.s1 * m.square) @ m.s1.T + (m.d1 * m.square_out2) @ m.d1.T - mixed - mixed.T
    return float(total @ beta) - m.log_s, total - weighted.sum(axis=1), weighted @ setup.x.T - between


def score_residuals(setup: Setup, beta: Floats, ties: Ties, *, censoring_error: bool) -> Floats:
    """Return every person's part of the score, shape ``(n_people, n_terms)``, in the caller's order.

    With ``censoring_error``, plus the part that comes from estimating the curve of censoring (Fine and Gray's psi);
    that is for people observed from the start.
    """
    m = _sums(setup, beta, ties)
    when, event, x = setup.when, setup.event, setup.x
    hazard = _placed(setup, m.hazard)
    means = _placed(setup, (m.s1 * m.hazard - m.d1 * m.hazard_out) / setup.fell[setup.moments])
    products = _placed(setup, m.s1 * m.square - m.d1 * m.square_out)
    own = _placed(setup, m.s1 * m.square_out - m.d1 * m.square_out2)
    own_hazard = _placed(setup, m.hazard_out)
    late, late_products = _after(setup.survival * hazard), _after(setup.survival * products)
    residuals = -m.risk * (x * _while_observed(setup, hazard) - _while_observed(setup, products))
    residuals -= m.carried * (x * late[when] - late_products[:, when])
    back = m.risk[event] * (x[:, event] * own_hazard[when[event]] - own[:, when[event]])
    residuals[:, event] += x[:, event] - means[:, when[event]] + back
    if censoring_error:
        residuals += _from_censoring(setup, m, hazard, products)
    whole = np.empty(residuals.shape[::-1])
    whole[setup.order] = residuals.T
    return whole


def _from_censoring(setup: Setup, m: Moments, hazard: Floats, products: Floats) -> Floats:
    """Return what estimating G adds to every person's score: the integral of q / Y over their censoring martingale."""
    later = setup.survival * hazard
    later_products = setup.survival * products
    stacked = np.vstack([m.carried, setup.x * m.carried])
    gone = np.add.reduceat(stacked, setup.cut, axis=1)
    before = np.cumsum(gone, axis=1) - gone
    q = before[1:] * (_after(later) + later) - before[0] * (_after(later_products) + later_products)
    rate = q / setup.at_risk
    compensator = np.cumsum(rate * setup.left / setup.at_risk, axis=1)
    total: Floats = rate[:, setup.when] * setup.censored - compensator[:, setup.when]
    return total
