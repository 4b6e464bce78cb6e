"""Cumulative incidence of one cause among several, of one group, from its counts."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats, Integers

ROUNDING = 64 * float(np.finfo(float).eps)


def aalen_johansen(at_risk: Integers, events: Integers, cause: Integers) -> tuple[Floats, Floats, Floats]:
    """Return the incidence of a cause, its standard error, and the share without any event.

    Parameters
    ----------
    at_risk, events, cause
        Those at risk, with any event, and with an event of the cause; shape ``(n_times,)``.

    Notes
    -----
    F adds S(t-) c / Y at every time. Its variance at t is the sum over u <= t of

    (F(t) - F(u))² d / (Y (Y - d)) + S(u-)² c (Y - c) / Y³ - 2 (F(t) - F(u)) S(u-) c / Y²,

    multinomial at every time, so exact for ties; it is written out in powers of F(t), which makes it linear in the
    number of times (Andersen, Borgan, Gill and Keiding 1993, section IV.4).
    """
    safe = np.maximum(at_risk, 1).astype(np.float64)
    left = safe - events
    share: Floats = np.where(at_risk > 0, left / safe, 1.0).cumprod()
    before = np.concatenate([[1.0], share[:-1]])
    step = before * cause / safe
    incidence = np.cumsum(step)
    hazard = np.divide(events, safe * left, out=np.zeros(safe.size), where=left > 0)
    own, shared = before * step * (safe - cause) / safe**2, step / safe
    raised = incidence**2 * np.cumsum(hazard) + np.cumsum(hazard * incidence**2 + own + 2 * shared * incidence)
    variance = raised - 2 * incidence * (np.cumsum(hazard * incidence) + np.cumsum(shared))
    # what is left of two numbers that cancel is no variance, and a sum of steps may miss 1 by a rounding
    variance[variance < ROUNDING * raised] = 0
    incidence[incidence > 1 - ROUNDING] = 1
    return incidence, np.sqrt(variance), share
