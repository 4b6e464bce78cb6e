"""Survival and cumulative hazard of one group, from its counts."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats, Integers


def kaplan_meier(at_risk: Integers, events: Integers) -> tuple[Floats, Floats]:
    """Return the product-limit estimate and the standard error of its logarithm.

    Both have the shape ``(n_times,)`` of the arguments. The variance of log S is Greenwood's sum of
    d / (Y (Y - d)); where S is 0 it is infinite.
    """
    left = (at_risk - events).astype(np.float64)
    safe = np.maximum(at_risk, 1).astype(np.float64)
    survival: Floats = np.where(at_risk > 0, left / safe, 1.0).cumprod()
    with np.errstate(divide="ignore"):
        terms: Floats = np.divide(events, safe * left, out=np.zeros(left.size), where=events > 0)
    return survival, np.sqrt(np.cumsum(terms))


HAZARD_VARIANCES = ("aalen", "greenwood")


def nelson_aalen(at_risk: Integers, events: Integers, variance: str = "aalen") -> tuple[Floats, Floats]:
    """Return the Nelson-Aalen estimate, the sum of d / Y, and its standard error.

    The variance is the sum of d / Y² (``aalen``: events as rare as in a Poisson process) or of d (Y - d) / Y³
    (``greenwood``: at most one event for each person at risk, as ties have it).
    """
    safe = np.maximum(at_risk, 1).astype(np.float64)
    terms = events / safe**2
    if variance == "greenwood":
        terms *= 1 - events / safe
    return np.cumsum(events / safe), np.sqrt(np.cumsum(terms))
