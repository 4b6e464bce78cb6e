"""Information matrices: which terms they say nothing about, and their inverse, whatever the units of the terms."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats

COLLINEAR = 1e-10
"""A term whose information, given the terms before it, is a smaller share of its own than this is not free."""


def dependent(information: Floats) -> tuple[int, ...]:
    """Return the terms about which there is no information, given those before them (Gauss elimination)."""
    scale = np.sqrt(np.diag(information).clip(0))
    left = information / np.outer(scale, scale).clip(np.finfo(float).tiny)
    found = []
    for term in range(len(scale)):
        pivot = left[term, term]
        if scale[term] == 0 or not pivot > COLLINEAR:
            found.append(term)
            continue
        left = left - np.outer(left[:, term], left[term]) / pivot
    return tuple(found)


def inverse(information: Floats) -> Floats:
    """Return the inverse of a positive definite matrix, whatever the units of its terms."""
    scale = np.sqrt(np.diag(information))
    inverted = np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)
    return np.asarray((inverted + inverted.T) / 2)
