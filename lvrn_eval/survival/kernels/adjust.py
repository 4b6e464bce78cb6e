"""p-values of several tests at once."""

from __future__ import annotations

import numpy as np

from lvrn_eval.survival.kernels.tally import Floats


def holm(p_values: Floats) -> Floats:
    """Return p-values adjusted by Holm's step-down rule, shape ``(n_tests,)``; NaN stays out of the count."""
    adjusted = np.full(p_values.size, np.nan)
    order = np.argsort(p_values)[: np.isfinite(p_values).sum()]
    steps = p_values[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
