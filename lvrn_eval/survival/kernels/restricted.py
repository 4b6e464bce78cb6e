"""The mean time without the event up to a limit: the area under the survival curve of one group."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.curve import kaplan_meier
from lvrn_eval.survival.kernels.tally import Floats, Integers


def restricted_mean(time: Floats, at_risk: Integers, events: Integers, tau: float) -> tuple[float, float]:
    """Return the area under the Kaplan-Meier curve from 0 to ``tau`` and its standard error.

    The variance is the sum over event times u < tau of (area from u to tau)² d / (Y (Y - d)). Where everyone at risk
    has the event the curve is 0 from then on, and the addend with it.
    """
    rows = time < tau
    time, at_risk, events = time[rows], at_risk[rows], events[rows]
    survival, _ = kaplan_meier(at_risk, events)
    areas = survival * np.diff(np.append(time, tau))
    beyond = np.cumsum(areas[::-1])[::-1]
    left = at_risk.astype(np.float64) * (at_risk - events)
    terms = np.divide(events, left, out=np.zeros(left.size), where=left > 0)
    return float(areas.sum()), float(np.sqrt((beyond**2 * terms).sum()))
