"""Critical values of simultaneous bands: how far a Brownian bridge strays between two points."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats

BASIS = 40
"""Functions in which the diffusion between two walls is written out; more change no digit that is shown."""

TERMS = 400
"""Most terms of the series of sines; the later ones vanish unless the points nearly meet."""

NODES = 160
FAR = 9.0
"""Standard deviations beyond which a normal density is 0 in double precision."""


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats]:
    """Return the nodes and weights of Gauss and Legendre on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights


def inside_constant(wall: float, low: float, high: float) -> float:
    """Return the probability that a Brownian bridge stays within ``-wall`` and ``wall`` from ``low`` to ``high``.

    A bridge on [0, 1] is a Brownian motion that ends in 0: reach the first point, diffuse between two absorbing walls
    to the second (a series of sines), and go home.

    Parameters
    ----------
    low, high
        0 <= low < high <= 1.
    """
    number = np.arange(1, TERMS, 2, dtype=np.float64)
    wave: Floats = np.multiply(number, np.pi / (2 * wall))
    decay = np.exp(-(wave**2) * (high - low) / 2)
    kept = decay > np.finfo(float).tiny
    wave, decay = wave[kept], decay[kept]
    series = (_cosines(wave, wall, low) * _cosines(wave, wall, 1 - high) * decay).sum() / wall
    return float(series * np.sqrt(2 * np.pi))


def _cosines(wave: Floats, wall: float, variance: float) -> Floats:
    """Return the integral of cos(wave x) times the normal density of this variance, between the walls."""
    if variance == 0:
        return np.ones(wave.size)
    nodes, weights = _nodes()
    reach = min(wall, FAR * np.sqrt(variance))
    x = reach * nodes
    density = np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    return np.asarray(np.cos(np.outer(wave, x)) @ (reach * weights * density))


def inside_scaled(wall: float, span: float) -> float:
    """Return the probability that a Brownian bridge over its own standard deviation stays within the walls.

    On a logarithmic scale of time it is a stationary Ornstein-Uhlenbeck process. Its generator between two absorbing
    walls is written out in even polynomials that vanish at the walls; the probability is a sum of decays.

    Parameters
    ----------
    span
        Half the logarithm of the ratio of the odds of the two points.
    """
    nodes, weights = _nodes()
    x, weights = wall * nodes, wall * weights
    basis, slopes = _even_basis()
    slopes = slopes / wall
    # multiplied by the root of the normal density, the generator is that of a particle in a well
    energy = (slopes * weights) @ slopes.T + (basis * (weights * (x**2 / 4 - 0.5))) @ basis.T
    root = np.linalg.inv(np.linalg.cholesky((basis * weights) @ basis.T))
    rates, vectors = np.linalg.eigh(root @ energy @ root.T)
    share = vectors.T @ root @ (basis @ (weights * np.exp(-(x**2) / 4))) / (2 * np.pi) ** 0.25
    return float((share**2 * np.exp(-rates * span)).sum())


@lru_cache(maxsize=1)
def _even_basis() -> tuple[Floats, Floats]:
    """Return P_0 - P_2, P_2 - P_4, ... at the nodes, which vanish at both walls, and their slopes."""
    nodes, _ = _nodes()
    coefficients = np.zeros((2 * BASIS + 1, BASIS))
    pairs = np.arange(BASIS)
    coefficients[2 * pairs, pairs], coefficients[2 * pairs + 2, pairs] = 1, -1
    values = np.polynomial.legendre.legval(nodes, coefficients)
    slopes = np.polynomial.legendre.legval(nodes, np.polynomial.legendre.legder(coefficients))
    return np.asarray(values), np.asarray(slopes)


@lru_cache(maxsize=256)
def constant_width(low: float, high: float, conf_level: float) -> float:
    """Return the critical value of the Hall-Wellner band between two points of [0, 1]."""
    return _solve(lambda wall: inside_constant(wall, low, high), conf_level, 0.01, 4.0)


@lru_cache(maxsize=256)
def equal_precision(span: float, conf_level: float) -> float:
    """Return the critical value of the equal-precision band; ``span`` as for ``inside_scaled``."""
    return _solve(lambda wall: inside_scaled(wall, span), conf_level, 0.01, 10.0)


def _solve(inside: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Return the wall at which a rising probability reaches a level."""
    from scipy.optimize import brentq

    return float(brentq(lambda wall: inside(wall) - level, low, high, xtol=1e-12, rtol=1e-12))
