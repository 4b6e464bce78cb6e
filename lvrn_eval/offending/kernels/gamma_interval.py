"""Kernel for a rate whose events come several to a person: an interval that is exact where they come one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def gamma_interval(events: Array, squares: Array, most: Array, conf_level: float) -> tuple[Array, Array]:
    """Return the limits of expected numbers of events.

    Parameters
    ----------
    events, squares, most
        The sum over people of their events, the sum of the squares, and the most of any one person; each of shape
        ``(n,)``.
    conf_level
        Confidence level.

    Returns
    -------
    tuple
        Lower and upper limits, each of shape ``(n,)``.

    Notes
    -----
    A person's events in one stretch of time are one cluster, and clusters of each size come as Poisson: the events are
    a weighted sum of Poisson counts with the sizes as weights, whose variance is estimated by the sum of squares. The
    limits are quantiles of gamma distributions with that mean and variance, the upper one with a further cluster of the
    largest size. Where nobody has more than one they are Garwood's exact Poisson limits; without any event they are 0
    and the limit for none seen. Fay, M. P. and Feuer, E. J. (1997), Statistics in Medicine 16, 791-801. *Validated
    against* R's ``epitools::ageadjust.direct`` and ``poisson.test`` (``tests/reference/r/event_study``).
    """
    from scipy.special import gammaincinv

    tail = (1 - conf_level) / 2
    some = events > 0
    scale = np.where(some, squares / np.where(some, events, 1), 1.0)
    low = np.where(some, scale * gammaincinv(np.where(some, events / scale, 1.0), tail), 0.0)
    largest = np.maximum(most, 1.0)
    mean, variance = events + largest, squares + largest**2
    return low, variance / mean * gammaincinv(mean**2 / variance, 1 - tail)
