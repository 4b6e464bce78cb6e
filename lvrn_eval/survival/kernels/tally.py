"""From one entry per person to the sufficient counts per group and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[Any]

LARGEST_WHOLE = 2.0**53
"""Beyond this a real number cannot tell neighbouring whole numbers apart."""

SPARE_CELLS = 1 << 20
"""Cells a grid may have beyond a few per person before sorting is the cheaper way to count."""


@dataclass(frozen=True)
class Counts:
    """The sufficient counts, sorted by group and then time; the first row of every group is time 0.

    Every array has the shape ``(n_rows,)``. ``at_risk`` counts those with entry < time <= exit; at time 0 it counts
    those under observation from the start. ``entered`` counts those who come under observation at ``time`` > 0 and
    are at risk only after it. So ``at_risk + entered - events - censored`` of a row is the ``at_risk`` of the next.
    """

    group: Integers
    time: Floats
    at_risk: Integers
    entered: Integers
    events: Integers
    censored: Integers

    def of(self, group: int) -> Counts:
        """Return the rows of one group, as views."""
        rows = slice(*np.searchsorted(self.group, [group, group + 1]))
        return Counts(*(column[rows] for column in vars(self).values()))

    def at_risk_at(self, times: Floats) -> Integers:
        """Return how many of a single group are at risk at any ``times``: those of its next row, or nobody."""
        row = np.searchsorted(self.time, times)
        return np.append(self.at_risk, 0)[row]

    @property
    def people(self) -> int:
        """Everyone ever under observation, in a single group."""
        return int(self.events.sum() + self.censored.sum())


def grid(values: Numbers) -> tuple[Numbers, Integers]:
    """Return a sorted scale that holds every value, and where each value stands on it.

    Whole numbers of a modest range stand on the scale of all whole numbers between, which takes a fraction of the time
    of sorting; other values on the scale of the distinct ones.
    """
    low, high = float(values.min()), float(values.max())
    if high - low <= 2 * values.size + SPARE_CELLS and max(-low, high) < LARGEST_WHOLE:
        whole = values.astype(np.int64, copy=False)
        if values.dtype.kind in "iu" or np.array_equal(whole, values):
            first = int(low)
            return np.arange(first, int(high) + 1), (whole - first if first else whole)
    levels, codes = np.unique(values, return_inverse=True)
    return levels, codes.astype(np.int64, copy=False)


def distinct(values: Numbers) -> tuple[Numbers, Integers]:
    """Return the sorted distinct values and where each value stands among them."""
    scale, place = grid(values)
    present = np.bincount(place, minlength=scale.size) > 0
    if present.all():
        return scale, place
    return scale[present], (np.cumsum(present) - 1)[place]


def tally(
    group: Integers | None,
    time: Numbers,
    event: NDArray[np.bool_],
    n_groups: int,
    entry: Numbers | None = None,
    weight: Numbers | None = None,
) -> Counts:
    """Count people into groups and times.

    Parameters
    ----------
    group, time, event, entry, weight
        One value per person, shape ``(n_people,)``: the group's code from 0 (None for a single group), the time
        observation ends (finite, not negative), whether it ends with the event, the time it begins, and how many
        people the entry stands for.
    n_groups
        The number of groups.
    """
    times, when = grid(time)
    cell = when * 2
    cell += event
    if group is not None:
        cell += group * (2 * times.size)
    cell, count = _count(cell, 2 * n_groups * times.size, weight)
    place, fell = cell >> 1, cell & 1
    nobody = np.zeros(count.size, np.int64)
    moves = [(place // times.size, times[place % times.size], nobody, count * fell, count * (1 - fell))]
    if entry is not None and (late := entry > 0).any():
        moves.append(_entries(group, entry, late, n_groups, weight))
    groups, moments, entered, events, censored = (np.concatenate(column) for column in zip(*moves, strict=True))
    return assemble(groups, moments, entered, events, censored, n_groups)


def _entries(
    group: Integers | None,
    entry: Numbers,
    late: NDArray[np.bool_],
    n_groups: int,
    weight: Numbers | None,
) -> tuple[Integers, Numbers, Integers, Integers, Integers]:
    """Count those who come under observation after time 0, as the moves ``assemble`` takes."""
    times, when = grid(entry[late])
    if group is not None:
        when = when + group[late] * times.size
    place, count = _count(when, n_groups * times.size, None if weight is None else weight[late])
    nobody = np.zeros(count.size, np.int64)
    return place // times.size, times[place % times.size], count, nobody, nobody


def _count(cell: Integers, n_cells: int, weight: Numbers | None) -> tuple[Integers, Integers]:
    """Return the cells anyone is in, in order, and how many are in each."""
    names: Integers | None = None
    if n_cells > 2 * cell.size + SPARE_CELLS:
        names, cell = np.unique(cell, return_inverse=True)
    counts = np.bincount(cell, weight)
    used = np.flatnonzero(counts)
    return (used if names is None else names[used]), counts[used].astype(np.int64)


def assemble(
    group: Integers,
    time: Numbers,
    entered: Integers,
    events: Integers,
    censored: Integers,
    n_groups: int,
) -> Counts:
    """Put counted moves in order, several to a group and time if need be, and work out who was at risk."""
    start = np.arange(n_groups)
    group = np.concatenate([start, group])
    time = np.concatenate([np.zeros(n_groups), time])
    order = np.lexsort((time, group))
    group, time = group[order], time[order]
    first = np.flatnonzero(np.append(True, (np.diff(group) != 0) | (np.diff(time) != 0)))
    moves = [np.append(np.zeros(n_groups, np.int64), move)[order] for move in (entered, events, censored)]
    came, fell, left = (np.add.reduceat(move, first) for move in moves)
    group, time = group[first], time[first]
    # whoever leaves at this time or later, less those who have yet to come
    ahead = np.append(np.cumsum((fell + left - came)[::-1])[::-1], 0)
    at_risk = ahead[:-1] - ahead[np.searchsorted(group, group, side="right")]
    return Counts(group, time, at_risk, came, fell, left)
