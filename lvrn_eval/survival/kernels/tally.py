"""From one entry per person to the sufficient counts per group and time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
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


BLOCK = 1 << 16
"""Rows counted at a time: few enough that what is worked out for each stays in the processor's cache."""


@dataclass(frozen=True)
class Counts:
    """The sufficient counts, sorted by group and then time; the first row of every group is time 0.

    Every array has the shape ``(n_rows,)``, but for ``causes``. ``at_risk`` counts those with entry < time <= exit; at
    time 0 it counts those under observation from the start. ``entered`` counts those who come under observation at
    ``time`` > 0 and are at risk only after it. So ``at_risk + entered - events - censored`` of a row is the ``at_risk``
    of the next. ``causes``, of the shape ``(n_rows, n_causes)``, tells ``events`` apart by cause.
    """

    group: Integers
    time: Floats
    at_risk: Integers
    entered: Integers
    events: Integers
    censored: Integers
    causes: Integers

    def of(self, group: int) -> Counts:
        """Return the rows of one group, as views."""
        rows = slice(*np.searchsorted(self.group, [group, group + 1]))
        return Counts(*(getattr(self, one.name)[rows] for one in fields(self)))

    def at_risk_at(self, times: Floats) -> Integers:
        """Return how many of a single group are at risk at any ``times``: those of its next row, or nobody."""
        row = np.searchsorted(self.time, times)
        return np.append(self.at_risk, 0)[row]

    @cached_property
    def people(self) -> int:
        """Everyone ever under observation, in a single group."""
        return int(self.events.sum() + self.censored.sum())


Bounds: TypeAlias = tuple[float, float]
"""The least and the largest value."""


def bounds_of(values: Numbers) -> Bounds:
    """Return the least and the largest of some values; of long arrays by blocks, so that they are fetched once."""
    blocks = [values[start : start + BLOCK] for start in range(0, values.size, BLOCK)]
    return float(np.min([block.min() for block in blocks])), float(np.max([block.max() for block in blocks]))


def whole_range(values: Numbers, bounds: Bounds | None = None) -> tuple[int, int] | None:
    """Return the least and the largest of whole numbers of a modest range; None for anything else.

    They need not be looked for again where they are known (``bounds``).
    """
    low, high = bounds_of(values) if bounds is None else bounds
    if not (high - low <= 2 * values.size + SPARE_CELLS and max(-low, high) < LARGEST_WHOLE):
        return None
    blocks = range(0, 0 if values.dtype.kind in "iu" else values.size, BLOCK)
    if all(_whole(values[start : start + BLOCK]) for start in blocks):
        return int(low), int(high)
    return None


def _whole(values: Numbers) -> bool:
    return np.array_equal(values.astype(np.int64), values)


def grid(values: Numbers) -> tuple[Numbers, Integers]:
    """Return a sorted scale that holds every value, and where each value stands on it.

    Whole numbers of a modest range stand on the scale of all whole numbers between, which takes a fraction of the time
    of sorting; other values on the scale of the distinct ones.
    """
    if (found := whole_range(values)) is not None:
        low, high = found
        whole = values.astype(np.int64, copy=False)
        return np.arange(low, high + 1), (whole - low if low else whole)
    levels, codes = np.unique(values, return_inverse=True)
    return levels, codes.astype(np.int64, copy=False)


def distinct(values: Numbers) -> tuple[Numbers, Integers]:
    """Return the sorted distinct values and where each value stands among them."""
    scale, place = grid(values)
    present = _present(place, scale.size)
    if present.all():
        return scale, place
    return scale[present], (np.cumsum(present) - 1)[place]


def _present(place: Integers, size: int) -> NDArray[np.bool_]:
    """Return which places are taken; the first rows often show that all are."""
    present = np.zeros(size, bool)
    step = max(BLOCK, size)
    for start in range(0, place.size, step):
        present |= np.bincount(place[start : start + step], minlength=size) > 0
        if present.all():
            break
    return present


def tally(
    group: Integers | None,
    time: Numbers,
    event: Numbers,
    n_groups: int,
    entry: Numbers | None = None,
    weight: Numbers | None = None,
    n_causes: int = 1,
    bounds: Bounds | None = None,
) -> Counts:
    """Count people into groups and times.

    Parameters
    ----------
    group, time, event, entry, weight
        One value per person, shape ``(n_people,)``: the group's code from 0 (None for a single group), the time
        observation ends (finite, not negative), the cause of the event that ends it, from 1, or 0 for none (truth for
        a single cause), the time observation begins, and how many people the row stands for.
    n_groups, n_causes
        The numbers of groups and of causes.
    bounds
        The least and the largest of ``time``, where they are known.
    """
    scale = _Scale.of(time, bounds)
    n_kinds = n_causes + 1
    digits: list[Digit] = [(group, scale.size * n_kinds), (scale, n_kinds), (event, 1)]
    from_zero = scale.levels is None and scale.first == 0
    if entry is None and from_zero and _fits(digits, n_groups, time.size):
        return _laid_out(_fill(digits, n_groups, time.size, weight), n_groups, n_kinds)
    used, count = _count(digits, n_groups, time.size, weight)
    place, kind = np.divmod(used, n_kinds)
    causes = count[:, None] * (kind[:, None] == np.arange(1, n_kinds))
    nobody = np.zeros(count.size, np.int64)
    moves = [(place // scale.size, scale.at(place % scale.size), nobody, causes, count * (kind == 0))]
    if entry is not None and (late := entry > 0).any():
        moves.append(_entries(group, entry, late, n_groups, weight, n_causes))
    groups, moments, entered, fell, left = (np.concatenate(column) for column in zip(*moves, strict=True))
    return assemble(groups, moments, entered, fell, left, n_groups)


def _laid_out(cells: Integers, n_groups: int, n_kinds: int) -> Counts:
    """Return the counts of people all observed from the start, from a cell for every group, whole time and kind of end.

    It is ``assemble`` for cells that are in order already, without sorting them.
    """
    kinds = cells.reshape(-1, n_kinds)
    size = kinds.shape[0] // n_groups
    taken = kinds[:, 0] > 0
    for kind in range(1, n_kinds):
        taken |= kinds[:, kind] > 0
    taken[::size] = True
    place = np.flatnonzero(taken)
    group, time = np.divmod(place, size)
    left, causes = kinds[place, 0], kinds[place, 1:]
    fell = causes.sum(axis=1)
    at_risk = _still_there(group, fell + left, n_groups)
    return Counts(group, time.astype(np.float64), at_risk, np.zeros(place.size, np.int64), fell, left, causes)


def _still_there(group: Integers, gone: Integers, n_groups: int) -> Integers:
    """Return who of the same group leaves at each row or later."""
    ahead = np.append(np.cumsum(gone[::-1])[::-1], 0)
    return np.asarray(ahead[:-1] - ahead[np.searchsorted(group, np.arange(1, n_groups + 1))][group])


@dataclass(frozen=True)
class _Scale:
    """Where every row's value stands on a sorted scale: ``place - first``; the levels of a whole scale are implied."""

    place: Numbers
    first: int
    size: int
    levels: Numbers | None = None

    @classmethod
    def of(cls, values: Numbers, bounds: Bounds | None = None) -> _Scale:
        if (found := whole_range(values, bounds)) is not None:
            low, high = found
            # a scale from 0 spares taking the least value off every other
            first = 0 if 0 <= low <= high - low else low
            return cls(values, first, high - first + 1)
        levels, codes = np.unique(values, return_inverse=True)
        return cls(codes, 0, levels.size, levels)

    def at(self, place: Integers) -> Numbers:
        """Return the values at places of the scale."""
        return place + self.first if self.levels is None else self.levels[place]


def _entries(
    group: Integers | None,
    entry: Numbers,
    late: NDArray[np.bool_],
    n_groups: int,
    weight: Numbers | None,
    n_causes: int,
) -> tuple[Integers, Numbers, Integers, Integers, Integers]:
    """Count those who come under observation after time 0, as the moves ``assemble`` takes."""
    scale = _Scale.of(entry[late])
    group, weight = (None if column is None else column[late] for column in (group, weight))
    place, count = _count([(group, scale.size), (scale, 1)], n_groups, scale.place.size, weight)
    nobody = np.zeros(count.size, np.int64)
    causes = np.zeros((count.size, n_causes), np.int64)
    return place // scale.size, scale.at(place % scale.size), count, causes, nobody


Digit: TypeAlias = "tuple[Numbers | _Scale | None, int]"
"""A column of whole numbers that is one digit of a cell's name, and how much a step of it is."""


def _count(digits: list[Digit], n_groups: int, n_rows: int, weight: Numbers | None) -> tuple[Integers, Integers]:
    """Return the cells anyone is in, in order, and how many are in each."""
    if not _fits(digits, n_groups, n_rows):
        names, cell = np.unique(_cells(digits, slice(0, n_rows), np.empty((2, n_rows), np.int64)), return_inverse=True)
        counts = np.bincount(cell, weight)
        used = np.flatnonzero(counts)
        return names[used], counts[used].astype(np.int64)
    counts = _fill(digits, n_groups, n_rows, weight)
    used = np.flatnonzero(counts)
    return used, counts[used]


def _fits(digits: list[Digit], n_groups: int, n_rows: int) -> bool:
    """Say whether there is room for a cell of every name."""
    return n_groups * digits[0][1] <= 2 * n_rows + SPARE_CELLS


def _fill(digits: list[Digit], n_groups: int, n_rows: int, weight: Numbers | None) -> Integers:
    """Return how many are in every cell there could be, in order.

    Rows are taken a block at a time, so that beyond the data itself next to nothing is held in memory.
    """
    n_cells = n_groups * digits[0][1]
    counts = np.zeros(n_cells, np.int64 if weight is None else np.float64)
    step = min(n_rows, max(BLOCK, 2 * n_cells))
    room = np.empty((2, step), np.int64)
    for start in range(0, n_rows, step):
        rows = slice(start, min(start + step, n_rows))
        cell = _cells(digits, rows, room)
        counts += np.bincount(cell, None if weight is None else weight[rows], minlength=n_cells)
    return counts.astype(np.int64, copy=False)


def _cells(digits: list[Digit], rows: slice, room: Integers) -> Integers:
    """Return the names of the cells of some rows, worked out in the room given."""
    cell, spare = room[0, : rows.stop - rows.start], room[1, : rows.stop - rows.start]
    first, started = 0, False
    for digit, step in digits:
        if digit is None:
            continue
        if isinstance(digit, _Scale):
            first = step * digit.first
        values = (digit.place if isinstance(digit, _Scale) else digit)[rows]
        if step > 1 or not started:
            kind = np.float64 if values.dtype.kind == "f" else np.int64
            values = np.multiply(values, step, out=spare if started else cell, casting="unsafe", dtype=kind)
        if started:
            np.add(cell, values, out=cell, casting="unsafe")
        started = True
    if first:
        np.subtract(cell, first, out=cell)
    return cell


def assemble(
    group: Integers,
    time: Numbers,
    entered: Integers,
    events: Integers,
    censored: Integers,
    n_groups: int,
) -> Counts:
    """Put counted moves in order, several to a group and time if need be, and work out who was at risk.

    ``events`` may be told apart by cause, shape ``(n_moves, n_causes)``.
    """
    causes = events.reshape(events.shape[0], -1)
    start = np.arange(n_groups)
    group = np.concatenate([start, group])
    time = np.concatenate([np.zeros(n_groups), time])
    order = np.lexsort((time, group))
    group, time = group[order], time[order]
    first = np.flatnonzero(np.append(True, (np.diff(group) != 0) | (np.diff(time) != 0)))
    came, causes, left = (_sums(move, n_groups, order, first) for move in (entered, causes, censored))
    fell = causes.sum(axis=1)
    group, time = group[first], time[first]
    # whoever leaves at this time or later, less those who have yet to come
    at_risk = _still_there(group, fell + left - came, n_groups)
    return Counts(group, time, at_risk, came, fell, left, causes)


def _sums(move: Integers, n_groups: int, order: Integers, first: Integers) -> Integers:
    """Return a move's sums over equal groups and times, the rows of time 0 being in front of it."""
    padded = np.concatenate([np.zeros((n_groups, *move.shape[1:]), np.int64), move])
    return np.asarray(np.add.reduceat(padded[order], first, axis=0))
