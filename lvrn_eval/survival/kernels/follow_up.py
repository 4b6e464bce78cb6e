"""Whether follow-up was long enough to tell those who never have the event from those who have not had it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lvrn_eval.survival.kernels.tally import Floats


def insufficient_share(time: Floats, event: NDArray[np.bool_]) -> float:
    """Return Maller and Zhou's alpha, the chance that follow-up was too short; below 0.05 it counts as sufficient.

    With the last event at t* and the last observation at t, N is the number of events in the stretch before t* that is
    as long as the stretch after it, (t* - (t - t*), t*]. Alpha is (1 - N / n) to the power of n.

    References
    ----------
    Maller and Zhou (1994), Journal of the American Statistical Association 89, 1499-1506.
    """
    last_event, last = float(time[event].max()), float(time.max())
    recent = event & (time > 2 * last_event - last)
    if last_event == last:
        return 1.0
    return float((1 - recent.sum() / time.size) ** time.size)
