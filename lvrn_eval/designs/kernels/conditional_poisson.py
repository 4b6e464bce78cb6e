"""Kernel of the conditional Poisson model: when a person's events fall, given how many there are.

Given that a person had ``n`` events, they fall on the person's rows with probabilities in proportion to
``days * exp(x beta)``, each apart from the others. Whatever a person carries along (sex, district, temper) cancels. All
sums run over the rows of every person at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

TOLERANCE = 1e-10
"""Newton's steps end when the next would raise the log-likelihood by less than this."""

SLACK = 1e-12
"""How much of itself a log-likelihood of many people may lose to rounding."""

STEPS = 60
FAR = 15.0
"""A coefficient beyond this, a ratio of three million, is on its way to infinity."""

COLLINEAR = 1e-9
"""A term whose information, given the terms before it, is a smaller share of its own than this is not free."""


@dataclass(frozen=True)
class Segments:
    """People's time at risk, cut wherever a term changes.

    Parameters
    ----------
    first
        The first row of each person, in order, shape ``(n_people,)``.
    x
        The terms, shape ``(n_rows, n_terms)``.
    days
        Time at risk, above 0, shape ``(n_rows,)``, in any one unit.
    events
        Events, shape ``(n_rows,)``.
    weight
        How many people have these very rows, shape ``(n_people,)``.
    """

    first: Whole
    x: Array
    days: Array
    events: Array
    weight: Array

    @cached_property
    def person(self) -> Whole:
        """Whose row it is, shape ``(n_rows,)``."""
        return np.repeat(np.arange(self.first.size), np.diff(np.append(self.first, self.days.size)))

    @cached_property
    def totals(self) -> Array:
        """Events of each person, shape ``(n_people,)``."""
        return self.by_person(self.events)

    def by_person(self, values: Array) -> Array:
        """Return the sums over each person's rows."""
        return np.asarray(np.add.reduceat(values, self.first, axis=0), dtype=float)


class At(NamedTuple):
    """The model at given coefficients: log-likelihood, score, information and each row's share of its person's."""

    log_likelihood: float
    score: Array
    information: Array
    share: Array


class SeparatedError(Exception):
    """No maximum exists: the terms at these places run off to infinity."""

    def __init__(self, terms: tuple[int, ...]) -> None:
        super().__init__(terms)
        self.terms = terms


class DependentError(Exception):
    """The terms at these places say nothing that the terms before them do not, within people."""

    def __init__(self, terms: tuple[int, ...]) -> None:
        super().__init__(terms)
        self.terms = terms


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Parameters
    ----------
    beta
        Log incidence ratios, shape ``(n_terms,)``.
    covariance
        The inverse information, as if a person's events were independent, shape ``(n_terms, n_terms)``.
    robust
        The sandwich over people, without a small-sample correction, of the same shape.
    log_likelihood, null_log_likelihood
        At ``beta`` and at 0, without the terms that depend on the events alone.
    share
        Each row's expected share of its person's events, shape ``(n_rows,)``.
    """

    beta: Array
    covariance: Array
    robust: Array
    log_likelihood: float
    null_log_likelihood: float
    share: Array


def evaluate(rows: Segments, beta: Array) -> At:
    """Return log-likelihood, score and information in closed form.

    With ``p`` a row's share, the score is the sum of ``x (events - n p)``, and the information the sum over people of
    ``n`` times the covariance of ``x`` under ``p``.
    """
    linear = rows.x @ beta
    top = np.maximum.reduceat(linear, rows.first)
    risk = rows.days * np.exp(linear - top[rows.person])
    total = rows.by_person(risk)
    share = risk / total[rows.person]
    events, weight = rows.events, rows.weight[rows.person]
    expected = rows.totals * rows.weight
    log_likelihood = float((weight * events) @ linear - expected @ (np.log(total) + top))
    log_likelihood += float((weight * events) @ np.log(rows.days))
    mean = rows.by_person(rows.x * share[:, None])
    score = rows.x.T @ (weight * (events - rows.totals[rows.person] * share))
    within = (rows.x * (expected[rows.person] * share)[:, None]).T @ rows.x
    return At(log_likelihood, score, within - (mean * expected[:, None]).T @ mean, share)


def dependent(information: Array) -> tuple[int, ...]:
    """Return the terms about which there is no information, given those before them (Gauss elimination)."""
    scale = np.sqrt(np.diag(information).clip(0))
    left = information / np.outer(scale, scale).clip(np.finfo(float).tiny)
    found = []
    for term in range(scale.size):
        pivot = left[term, term]
        if scale[term] == 0 or not pivot > COLLINEAR:
            found.append(term)
        else:
            left = left - np.outer(left[:, term], left[term]) / pivot
    return tuple(found)


def fit(rows: Segments) -> Fit:
    """Return the maximum of the conditional likelihood, by Newton's method with halved steps.

    Raises
    ------
    DependentError
        When terms cannot be told apart within people.
    SeparatedError
        When terms have no finite estimate.

    Notes
    -----
    Farrington, C. P. (1995), Biometrics 51, 228-235. *Validated against* R's ``gnm(eliminate = )``, ``glm`` with an
    effect for each person and ``sandwich::vcovCL`` (``tests/reference/r/case_series``).
    """
    beta = np.zeros(rows.x.shape[1])
    null = at = evaluate(rows, beta)
    if terms := dependent(at.information):
        raise DependentError(terms)
    for _ in range(STEPS):
        step = _solved(at, beta)
        if float(at.score @ step) < TOLERANCE:
            # one step more, which costs little and doubles the digits
            beta = beta + step
            break
        beta, at = _climb(rows, beta, step, at)
    else:
        raise SeparatedError(tuple(range(beta.size)))
    at = evaluate(rows, beta)
    if far := _far(beta):
        raise SeparatedError(far)
    covariance = np.asarray(np.linalg.inv(at.information), dtype=float)
    scores = rows.by_person(rows.x * (rows.events - rows.totals[rows.person] * at.share)[:, None])
    robust = covariance @ ((scores * rows.weight[:, None]).T @ scores) @ covariance
    return Fit(beta, covariance, robust, at.log_likelihood, null.log_likelihood, at.share)


def _far(beta: Array) -> tuple[int, ...]:
    return tuple(int(term) for term in np.flatnonzero(~(np.abs(beta) < FAR)))


def _solved(at: At, beta: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(at.information, at.score))
    except np.linalg.LinAlgError:
        raise SeparatedError(_far(beta) or tuple(range(beta.size))) from None


def _climb(rows: Segments, beta: Array, step: Array, at: At) -> tuple[Array, At]:
    """Return where the step leads, halved until the log-likelihood rises."""
    for halving in range(30):
        there = beta + step / 2**halving
        if far := _far(there):
            raise SeparatedError(far)
        now = evaluate(rows, there)
        if now.log_likelihood >= at.log_likelihood - SLACK * abs(at.log_likelihood):
            return there, now
    return beta, at
