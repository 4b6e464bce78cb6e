"""Newton's method for a likelihood with known derivatives, on any shape of surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats

Likelihood: TypeAlias = Callable[[Floats], tuple[float, Floats, Floats]]
"""From parameters to the log-likelihood, its gradient and its matrix of second derivatives."""

NEGLIGIBLE = 1e-18
"""A squared distance to the maximum, in standard errors, at which the last step needs no further look."""

CLOSE = 1e-6
RUNAWAY = 0.05
"""So close to the maximum in standard errors, no parameter's step is so large unless it runs off to infinity."""


@dataclass(frozen=True)
class Maximum:
    """Where the climb ended.

    ``information`` is the negative second derivative there; ``converged`` says whether it is a maximum, with a positive
    definite information.
    """

    value: float
    at: Floats
    information: Floats
    iterations: int
    converged: bool

    @property
    def covariance(self) -> Floats:
        """Inverse of the information, whatever the units of the parameters; NaN where there is no maximum."""
        scale = np.sqrt(np.abs(np.diag(self.information)))
        if not self.converged or not (scale > 0).all():
            return np.full_like(self.information, np.nan)
        inverted: Floats = np.linalg.inv(self.information / np.outer(scale, scale)) / np.outer(scale, scale)
        return (inverted + inverted.T) / 2


def climb(likelihood: Likelihood, start: Floats, max_iterations: int = 200) -> Maximum:
    """Climb from ``start`` to a maximum; parameters are of covariates with a spread of about 1.

    Where the surface curves upwards, the eigenvalues of the information (in units of its own diagonal) are taken by
    their size and kept from 0, so that every step leads upwards; steps that lose likelihood are halved.
    """
    at = np.asarray(start, dtype=np.float64)
    value, gradient, second = likelihood(at)
    for iteration in range(1, max_iterations + 1):
        step, definite = _step(gradient, -second)
        decrement = float(gradient @ step)
        if definite and decrement < CLOSE and bool((np.abs(step) > RUNAWAY).any()):
            break
        if definite and decrement <= NEGLIGIBLE * max(1.0, abs(value)):
            return Maximum(value, at + step, -second, iteration, converged=True)
        for _ in range(60):
            ahead = likelihood(at + step)
            if np.isfinite(ahead[0]) and np.isfinite(ahead[2]).all() and ahead[0] >= value - 1e-13 * abs(value):
                break
            step = step / 2
        else:
            break
        at = at + step
        value, gradient, second = ahead
    return Maximum(value, at, -second, iteration, converged=False)


def _step(gradient: Floats, information: Floats) -> tuple[Floats, bool]:
    """Return an uphill step, and whether it is Newton's own."""
    diagonal = np.abs(np.diag(information))
    scale = np.sqrt(np.maximum(diagonal, max(float(diagonal.max()), 1e-8) * 1e-16))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    definite = bool(values.min() > SINGULAR)
    sizes = np.maximum(np.abs(values), 1e-6)
    step: Floats = vectors @ ((vectors.T @ (gradient / scale)) / (values if definite else sizes)) / scale
    return step, definite


SINGULAR = 1e-10
"""An eigenvalue of the scaled information below this is a direction about which the data say nothing."""
