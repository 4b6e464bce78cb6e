"""Putting rows in the order in which the Cox kernels read them, coded by the moments at which events happen.

Only the moments of events matter to a partial likelihood: a row is at risk at the moments after ``entered`` and up to
the moment it leaves. So times are turned into small whole numbers once, and every later pass reads memory in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from lvrn_eval.survival.kernels.order import argsort_whole
from lvrn_eval.survival.kernels.tally import LARGEST_WHOLE, SPARE_CELLS, Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_ROWS = 1 << 13
"""Rows taken at a time, so that a block of ten columns stays in a core's own cache."""

Block: TypeAlias = tuple[slice, slice, slice]
"""Rows, moments and events that belong together."""


@dataclass(frozen=True)
class Rows:
    """Rows sorted by stratum and the moment they leave, those without an event first within a moment.

    A moment is a distinct time of an event within a stratum; there are ``n_moments``, sorted by stratum and time. Rows
    never at risk at one carry no information and are left out.

    Attributes
    ----------
    x
        Covariates less their mean, shape ``(n_terms, n_kept)``.
    mean
        What was taken from each covariate, shape ``(n_terms,)``.
    order
        Where each kept row stood in the caller's arrays, shape ``(n_kept,)``.
    n_rows
        How many rows the caller gave.
    weight
        Weights of the kept rows; None where every row counts once.
    entered
        How many moments up to and including the row's own entry have passed, counted over all strata; 0 also for rows
        under observation at the first moment of their stratum. None where that holds for all.
    start, first_event
        For each moment the position of its first row, and of its first row with an event.
    deaths
        How many events each moment has, shape ``(n_moments,)``.
    time, stratum
        When, and in which stratum, each moment is.
    first_moment
        For each stratum with an event, its first moment.
    strata
        The codes of those strata.
    """

    x: Floats
    mean: Floats
    order: Integers
    n_rows: int
    weight: Floats | None
    entered: NDArray[np.int32] | None
    start: Integers
    first_event: Integers
    deaths: Integers
    time: Numbers
    stratum: Integers
    first_moment: Integers
    strata: Integers

    @property
    def n_terms(self) -> int:
        """Number of covariates."""
        return int(self.x.shape[0])

    @property
    def n_kept(self) -> int:
        """Number of rows ever at risk at a moment."""
        return int(self.x.shape[1])

    @property
    def n_moments(self) -> int:
        """Number of distinct event times, counted within strata."""
        return self.deaths.size

    @property
    def any_ties(self) -> bool:
        """Whether any moment has more than one event."""
        return bool(self.deaths.size < self.event_cut[-1])

    @cached_property
    def end(self) -> Integers:
        """For each moment the position after its last row."""
        return np.append(self.start[1:], self.n_kept)

    @cached_property
    def event_cut(self) -> Integers:
        """For each moment the number of events before it, and at the end the number of all."""
        return np.append(0, np.cumsum(self.deaths))

    @cached_property
    def event_rows(self) -> Integers:
        """The positions of the rows with an event, in order of moments."""
        shift = self.first_event - self.event_cut[:-1]
        return np.arange(self.event_cut[-1]) + np.repeat(shift, self.deaths)

    @cached_property
    def moment(self) -> NDArray[np.int32]:
        """The moment at which each kept row leaves the risk set, shape ``(n_kept,)``."""
        return np.repeat(np.arange(self.n_moments, dtype=np.int32), self.end - self.start)

    @cached_property
    def fraction(self) -> Floats:
        """Efron's share of the tied events already counted out: 0/d, 1/d, ... for each event of a moment."""
        count = np.arange(self.event_cut[-1]) - np.repeat(self.event_cut[:-1], self.deaths)
        return count / np.repeat(self.deaths, self.deaths)

    @cached_property
    def event_weight(self) -> Floats:
        """Mean weight of the events of each moment, shape ``(n_moments,)``."""
        if self.weight is None:
            return np.ones(self.n_moments)
        return np.asarray(np.add.reduceat(self.weight[self.event_rows], self.event_cut[:-1]) / self.deaths)

    @cached_property
    def event_sum(self) -> Floats:
        """Weighted sum of the covariates of all events, shape ``(n_terms,)``."""
        total = np.zeros(self.n_terms)
        for rows, _, events in self.blocks:
            where = self.event_rows[events]
            x = self.x[:, rows][:, where - rows.start]
            total += x.sum(axis=1) if self.weight is None else x @ self.weight[where]
        return total

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Runs of whole moments of about ``BLOCK_ROWS`` rows; a large stratum never shares a block."""
        return tuple(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        number = self.start // BLOCK_ROWS
        cut = np.diff(number, prepend=-1) != 0
        size = np.diff(np.append(self.start[self.first_moment], self.n_kept))
        large = size >= BLOCK_ROWS // 4
        cut[self.first_moment] |= large | np.append(False, large[:-1])
        first = np.flatnonzero(cut)
        for a, z in zip(first, np.append(first[1:], self.n_moments), strict=True):
            rows = slice(int(self.start[a]), int(self.end[z - 1]))
            yield rows, slice(int(a), int(z)), slice(int(self.event_cut[a]), int(self.event_cut[z]))

    def thinned(self, every: int) -> Rows:
        """Return one row in so many, for a first look; moments without an event left among these are forgotten.

        Raises
        ------
        ValueError
            When none of these rows has the event.
        """
        part = slice(None, None, every)
        moment = self.moment[part]
        event = np.zeros(self.n_kept, bool)
        event[self.event_rows] = True
        return arrange(
            self.x[:, part].T,
            moment,
            event[part],
            entry=None if self.entered is None else self.entered[part].astype(np.int64) - 1,
            stratum=self.stratum[moment],
            weight=None if self.weight is None else self.weight[part],
        )

    def restore(self, values: Floats) -> Floats:
        """Return values of kept rows, shape ``(n_kept, ...)``, in the caller's order, 0 for rows left out."""
        whole = np.zeros((self.n_rows, *values.shape[1:]))
        whole[self.order] = values
        return whole


def arrange(
    x: Floats | Sequence[Numbers],
    time: Numbers,
    event: NDArray[np.bool_],
    *,
    entry: Numbers | None = None,
    stratum: Integers | None = None,
    weight: Floats | None = None,
) -> Rows:
    """Sort rows for the Cox kernels.

    Parameters
    ----------
    x
        Covariates, shape ``(n_rows, n_terms)``, or a list of their columns, which is read faster.
    time, event
        When observation ends, finite, and whether with the event; shape ``(n_rows,)``.
    entry
        When observation begins, less than ``time``: a row is at risk at ``entry < t <= time``. None: from the start.
    stratum
        Codes from 0.
    weight
        Weights, not negative; a row with weight 0 is left out, and its event with it.

    Raises
    ------
    ValueError
        When no row has the event.
    """
    if weight is not None:
        event = event & (weight > 0)
    if not event.any():
        raise ValueError("no row has the event")
    when, strata, leaves, enters = _moments(time, event, entry, stratum)
    codes = _key(leaves, enters, event, weight)
    order = argsort_whole(codes)
    order = order[np.searchsorted(codes[order], 0) :] if codes.min() < 0 else order
    sorted_codes = codes[order]
    n_moments = when.size
    first = np.searchsorted(sorted_codes, np.arange(2, 2 * n_moments + 2))
    given = list(x.T) if isinstance(x, np.ndarray) else x
    mean = np.array([column.mean() for column in given])
    columns = np.empty((len(given), order.size))
    for kept, column, middle in zip(columns, given, mean, strict=True):
        # every position is known to be good; told to clip, NumPy need not look before it copies
        taken = column.take(order, out=kept if column.dtype == kept.dtype else None, mode="clip")
        np.subtract(taken, middle, out=kept)
    entered = None if enters is None else enters[order].astype(np.int32)
    first_moment = np.flatnonzero(np.diff(strata, prepend=-1))
    end = np.append(first[2::2], order.size)
    return Rows(
        x=columns,
        mean=mean,
        order=order,
        n_rows=time.size,
        weight=None if weight is None else weight[order],
        entered=entered if entered is not None and entered.any() else None,
        start=first[0::2],
        first_event=first[1::2],
        deaths=end - first[1::2],
        time=when,
        stratum=strata,
        first_moment=first_moment,
        strata=strata[first_moment],
    )


def _moments(
    time: Numbers,
    event: NDArray[np.bool_],
    entry: Numbers | None,
    stratum: Integers | None,
) -> tuple[Numbers, Integers, Integers, Integers | None]:
    """Return time and stratum of every moment, and how many moments have passed when each row leaves and enters.

    Counted over all strata; 0 where none of the row's own stratum has.
    """
    times, _ = distinct(time[event])
    leaves = passed(times, time)
    enters = None if entry is None else passed(times, entry)
    if stratum is None:
        return times, np.zeros(times.size, np.int64), leaves, enters
    width = times.size + 1
    leaves += stratum * width
    cells, _ = distinct(leaves[event])
    first = np.searchsorted(cells, np.arange(int(stratum.max()) + 1) * width)
    leaves = _within(passed(cells, leaves), first[stratum])
    if enters is not None:
        enters = _within(passed(cells, enters + stratum * width), first[stratum])
    return times[cells % width - 1], cells // width, leaves, enters


def _within(count: Integers, before: Integers) -> Integers:
    """Return a count of moments, or 0 where all of them lie in earlier strata."""
    return np.where(count > before, count, 0)


def passed(moments: Numbers, values: Numbers) -> Integers:
    """Return how many of the sorted moments are at or before each value."""
    low, high = float(values.min()), float(values.max())
    if high - low <= 2 * values.size + SPARE_CELLS and max(-low, high) < LARGEST_WHOLE:
        whole = values.astype(np.int64, copy=False)
        if values.dtype.kind in "iu" or np.array_equal(whole, values):
            first = int(low)
            table = np.searchsorted(moments, np.arange(first, int(high) + 1), side="right")
            return table[whole - first if first else whole]
    return np.searchsorted(moments, values, side="right")


def _key(leaves: Integers, enters: Integers | None, event: NDArray[np.bool_], weight: Floats | None) -> Integers:
    """Return what to sort by: the moment left, events last within it; negative for rows that are never at risk."""
    key = leaves * 2
    key += event
    idle = leaves == 0 if enters is None else leaves <= enters
    if weight is not None:
        idle |= weight == 0
    key[idle] = -1
    return key
