"""Where the ticks of an axis stand and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10

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


def ratio_ticks(low: float, high: float, room: float, size: float) -> list[float]:
    """Return ticks for ratios from ``low`` to ``high`` on a logarithmic axis, 1 among them, that can be labelled.

    Each is 1, 2 or 5 times a power of ten; the outermost lie at or beyond ``low`` and ``high``.
    """
    powers = range(floor(log10(low)) - 1, ceil(log10(high)) + 2)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        known = [step * 10.0**power for power in powers for step in steps]
        first = max((tick for tick in known if tick <= low * (1 + 1e-9)), default=known[0])
        last = min((tick for tick in known if tick >= high * (1 - 1e-9)), default=known[-1])
        found = [float(f"{tick:.6g}") for tick in known if first <= tick <= last]
        if len(found) == 1:
            found = [found[0] / 2, found[0], found[0] * 2]
        if _fit(found, room, size):
            return found
    # so wide that not every power of ten can be labelled
    middle = [tick for tick in found if tick == 1]
    return sorted({found[0], *middle, found[-1]})


def _fit(found: Sequence[float], room: float, size: float) -> bool:
    """Say whether the labels of ticks on a logarithmic axis keep apart."""
    scale = room / (log10(found[-1]) - log10(found[0]))
    wide = [width(label_ratio(tick), size) for tick in found]
    gaps = [(log10(b) - log10(a)) * scale for a, b in pairwise(found)]
    return all(gap >= (one + other) / 2 + 6 for gap, one, other in zip(gaps, wide, wide[1:], strict=False))


def label_ratio(value: float) -> str:
    """Return a ratio as a tick says it: all its digits, and none more."""
    whole, _, digits = f"{value:,.9f}".partition(".")
    return f"{whole}.{digits.rstrip('0')}".rstrip(".")
