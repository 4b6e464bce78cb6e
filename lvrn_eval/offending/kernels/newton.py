"""Newton's method for a likelihood of a few parameters within bounds, with derivatives from differences.

Scipy's optimisers start threads of linear algebra that cost far more than a likelihood of four parameters does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEP = 1e-4
"""Of the differences, on the scale of logarithms: their error is of the order of its square."""

CLOSE = 1e-11
"""A step that promises no more than this is the last."""
MOST_STEPS = 100
LONGEST = 1.0
"""No parameter moves further in one step."""


def slopes(value: Callable[[Array], float], at: Array) -> tuple[Array, Array]:
    """Return the gradient and the matrix of second derivatives of ``value``."""
    n, middle = len(at), value(at)
    steps = np.eye(n) * STEP
    up, down = (np.array([value(at + sign * step) for step in steps]) for sign in (1, -1))
    second = np.diag(up - 2 * middle + down)
    for i in range(n):
        for j in range(i):
            both = value(at + steps[i] + steps[j]) + value(at - steps[i] - steps[j])
            second[i, j] = second[j, i] = (both - up[i] - up[j] - down[i] - down[j] + 2 * middle) / 2
    return (up - down) / (2 * STEP), second / STEP**2


def maximise(value: Callable[[Array], float], start: Array, bounds: tuple[Array, Array]) -> tuple[Array, float]:
    """Return where ``value`` is greatest within ``bounds``, and how great.

    Parameters
    ----------
    value
        A smooth function of an array of shape ``(n_parameters,)``.
    start
        Where to begin.
    bounds
        Least and greatest values, each of that shape.
    """
    low, high = bounds
    at = np.clip(start, low, high)
    best = value(at)
    for _ in range(MOST_STEPS):
        gradient, second = slopes(value, at)
        free = ~(((at <= low) & (gradient < 0)) | ((at >= high) & (gradient > 0)))
        move = np.zeros_like(at)
        if free.any():
            move[free] = _step(gradient[free], second[np.ix_(free, free)])
        there, found = _along(value, at, best, move, bounds)
        done = float(gradient @ move) < CLOSE or not found > best
        at, best = there, found
        if done:
            break
    return at, best


def _step(gradient: Array, second: Array) -> Array:
    """Return Newton's step; where the function does not bend down, one along the slope as steep as it bends."""
    values, vectors = np.linalg.eigh(second)
    bend = np.maximum(np.abs(values), 1e-6 * max(1.0, float(np.abs(values).max())))
    step: Array = vectors @ ((vectors.T @ gradient) / bend)
    return step * (LONGEST / max(float(np.abs(step).max()), LONGEST))


def _along(
    value: Callable[[Array], float], at: Array, best: float, move: Array, bounds: tuple[Array, Array]
) -> tuple[Array, float]:
    """Return the first point along the step, halved as often as need be, that is no worse; else where it began."""
    for halving in range(30):
        there = np.clip(at + move / 2**halving, *bounds)
        found = value(there)
        if found >= best:
            return there, found
    return at, best
