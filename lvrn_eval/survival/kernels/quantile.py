"""The time by which a given share has had the event."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats

TOLERANCE = float(np.sqrt(np.finfo(float).eps))


def quantile(time: Floats, survival: Floats, probability: float) -> float:
    """Return when a falling curve first reaches ``1 - probability``; NaN when it never does.

    Where the curve is level at exactly that height, the middle of the level stretch is returned, the last stretch
    ending with the last time: R's rule, and the usual definition of the median. A limit of an interval is read the
    same way; where it is not defined (NaN) it is passed over.

    Parameters
    ----------
    time, survival
        Shape ``(n_times,)``; the first time is 0.
    probability
        Between 0 and 1, neither included.
    """
    target = 1 - probability
    reached = survival <= target + TOLERANCE
    first = int(reached.argmax())
    if not reached[first]:
        return float("nan")
    below = survival < target - TOLERANCE
    end = int(below.argmax())
    if not below[end]:
        end = -1
    elif end <= first:
        return float(time[first])
    return float((time[first] + time[end]) / 2)
