"""Where the ticks of an axis stand and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from lvrn_eval.report.figures.lettering import width
from lvrn_eval.report.numbers import decimal, places_for

TIMES = {
    "days": (1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650),
    "weeks": (1, 2, 4, 13, 26, 52, 104, 260),
    "months": (1, 2, 3, 6, 12, 24, 60, 120),
    "years": (1, 2, 5, 10, 20),
}
"""Steps a reader knows, by unit of time."""

MOST_TICKS = 8


def ticks(largest: float, most: int = 6, smallest: float = 0.0) -> list[float]:
    """Return round numbers that cover ``smallest`` to ``largest``."""
    from matplotlib.ticker import MaxNLocator

    if not largest > smallest:
        largest = smallest + 1.0
    return [float(tick) for tick in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(smallest, largest)]


def time_ticks(largest: float, unit: str) -> list[float]:
    """Return ticks from 0 to at most ``largest``, at steps a reader knows for that unit."""
    known = [float(step) for step in TIMES.get(unit, ()) if largest / step <= MOST_TICKS]
    if known and largest >= known[0]:
        return [float(tick) for tick in np.arange(0, largest + known[0] * 1e-9, known[0])]
    return [tick for tick in ticks(largest, MOST_TICKS) if tick <= largest * (1 + 1e-9)]


def label_ticks(values: Sequence[float]) -> list[str]:
    """Return tick labels, all with the same number of decimals."""
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    places = next((n for n in range(7) if all(abs(round(v, n) - v) < step * 1e-6 for v in values)), places_for(values))
    return [decimal(value, places) for value in values]


def fitting(largest: float, room: float, size: float, smallest: float = 0.0) -> list[float]:
    """Return as many round ticks as can be labelled side by side in ``room`` points."""
    for most in range(MOST_TICKS - 2, 1, -1):
        found = ticks(largest, most, smallest)
        if max(width(label, size) for label in label_ticks(found)) + 8 <= room / (len(found) - 1):
            return found
    return [found[0], found[-1]]
