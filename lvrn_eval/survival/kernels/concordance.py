"""Counting pairs whose order in time agrees with a score, and how much each row has to do with it.

A pair can be compared when one row has the event while the other is still at risk, in the same stratum. Rows are read
in order of score, a batch at a time: pairs between batches come from running counts over time, pairs within a batch
from a small table of its parts, pairs within a part one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.survival.kernels.cox_rows import argsort_whole
from lvrn_eval.survival.kernels.tally import SPARE_CELLS, Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS, PART_ROWS = 128, 128
BATCH_ROWS = PARTS * PART_ROWS

LARGEST_SHORT = 1 << 16

SHORT_RUN = 32
"""Up to so many rows tied on the score, every two of them are compared."""


@dataclass(frozen=True)
class Pairs:
    """Comparable pairs, weighted: in all, and those each row is in (not multiplied by its own weight).

    ``concordant``: the row with the earlier event has the higher score. Every array has shape ``(n_rows,)``.
    """

    concordant: Floats
    discordant: Floats
    tied: Floats
    weight: Floats

    @cached_property
    def totals(self) -> tuple[float, float, float]:
        """How many pairs are concordant, discordant and tied on the score."""
        # every pair is in two rows
        concordant, discordant, tied = (
            part @ self.weight / 2 for part in (self.concordant, self.discordant, self.tied)
        )
        return float(concordant), float(discordant), float(tied)

    @property
    def concordance(self) -> float:
        """Return the share of pairs that are concordant, ties counting half."""
        concordant, discordant, tied = self.totals
        return (concordant + tied / 2) / (concordant + discordant + tied)

    def influence(self) -> Floats:
        """Return how far each row moves the concordance (infinitesimal jackknife), shape ``(n_rows,)``."""
        pairs = sum(self.totals)
        of_row = self.concordant + self.discordant + self.tied
        inclined = self.concordant - self.discordant
        return np.asarray(self.weight * (inclined - (2 * self.concordance - 1) * of_row) / (2 * pairs))


def pairs(
    time: Numbers,
    event: NDArray[np.bool_],
    score: Floats,
    *,
    entry: Numbers | None = None,
    stratum: Integers | None = None,
    weight: Floats | None = None,
) -> Pairs:
    """Count concordant, discordant and tied pairs.

    Parameters
    ----------
    time, event, score
        Shape ``(n_rows,)``; a higher score says that the event comes sooner.
    entry, stratum, weight
        As in ``cox_rows.arrange``.
    """
    order, counted = _count(time, event, score, entry, stratum, weight)
    # one after the other, so that what has been brought back is not held twice
    concordant, discordant, tied = (_restored(counted.pop(0), order) for _ in range(3))
    return Pairs(concordant, discordant, tied, np.ones(time.size) if weight is None else weight)


def _count(
    time: Numbers,
    event: NDArray[np.bool_],
    score: Floats,
    entry: Numbers | None,
    stratum: Integers | None,
    weight: Floats | None,
) -> tuple[Integers, list[Floats]]:
    """Return rows in order of score, and the concordant, discordant and tied pairs each is in."""
    when, past, enters, width = _places(time, event, entry)
    order, group, tied = _by_score(score, past, stratum)
    ordered = _Sorted(np.flatnonzero(event[order]), None if weight is None else weight[order], group, tied, width)
    when, past, enters = when[order], past[order], None if enters is None else enters[order]
    concordant, lower = ordered.against(when, past)
    if enters is not None:
        absent = ordered.against(when, enters)
        concordant -= absent[0]
        lower -= absent[1]
    alike = ordered.alike(when, past, enters)
    lower -= alike
    return order, [concordant, lower, alike]


def _restored(values: Floats, order: Integers) -> Floats:
    """Return values of ordered rows in the order of the rows."""
    whole = np.empty(values.size)
    whole[order] = values
    return whole


def _places(
    time: Numbers, event: NDArray[np.bool_], entry: Numbers | None
) -> tuple[Integers, Integers, Integers | None, int]:
    """Return each row's place in time, the place past which it is gone, that past which it has come, and how many.

    A row can be compared with an event whose place is before the one past which it is gone, and not before the one past
    which it has come: at one time events come first, then censorings, then entries.
    """
    if entry is None:
        times, when = distinct(time)
        return when, when + ~event, None, times.size + 1
    times, when = distinct(np.concatenate([time, entry]))
    when, entered = when[: time.size], when[time.size :]
    return when, when + ~event, entered + 1, times.size + 1


def _by_score(
    score: Floats, past: Integers, stratum: Integers | None
) -> tuple[Integers, Integers | None, Integers | None]:
    """Return the order by stratum, score and place; the stratum of ordered rows, and what is alike for those tied.

    The last two are None where there is one stratum, and where no score is tied.
    """
    order = np.argsort(score)
    ordered = score[order]
    new = ordered[1:] != ordered[:-1]
    if stratum is None and new.all():
        return order, None, None
    tied = np.append(0, np.cumsum(new))
    if stratum is not None:
        tied += stratum[order] * (int(tied[-1]) + 1)
    last = argsort_whole(tied * (int(past.max()) + 1) + past[order])
    order, tied = order[last], tied[last]
    new = tied[1:] != tied[:-1]
    group = None if stratum is None else stratum[order]
    return order, group, None if new.all() else np.append(0, np.cumsum(new))


@dataclass(frozen=True)
class _Sorted:
    """Rows by stratum, score and place in time.

    ``fell`` are the rows with the event; without ``weight`` every row weighs 1; ``group`` is the stratum, and ``tied``
    the same for rows tied on the score within it, as ``_by_score`` returns them.
    """

    fell: Integers
    weight: Floats | None
    group: Integers | None
    tied: Integers | None
    width: int

    def against(self, when: Integers, past: Integers) -> tuple[Floats, Floats]:
        """Return for each row the weight of concordant pairs, and of discordant and tied ones, it is in.

        Of pairs in which the event of one is before the place ``past`` of the other.
        """
        before, after = self._of_code(self.group, when, past)
        lower_after, lower_before = below(*self._apart(when, past), self.fell, self.weight)
        if self.group is not None:
            lower_after -= self._earlier_strata(self.group)[self.fell]
        # rows tied on the score come in order of place, so those with an earlier event were counted as lower
        before -= lower_before
        before[self.fell] += lower_after
        lower_before[self.fell] += after - lower_after
        return before, lower_before

    def alike(self, when: Integers, past: Integers, enters: Integers | None) -> Floats:
        """Return for each row the weight of the pairs tied on the score it is in."""
        if self.tied is None:
            return np.zeros(when.size)
        if np.bincount(self.tied).max() <= SHORT_RUN:
            return self._in_runs(self.tied, when, past, enters)
        before, after = self._of_code(self.tied, when, past)
        if enters is not None:
            absent, absent_after = self._of_code(self.tied, when, enters)
            before, after = before - absent, after - absent_after
        before[self.fell] += after
        return before

    def _in_runs(self, tied: Integers, when: Integers, past: Integers, enters: Integers | None) -> Floats:
        """Return ``alike`` by holding every row against those before it; no other has the event before it is gone."""
        found = np.zeros(when.size)
        event = np.zeros(when.size, bool)
        event[self.fell] = True
        later, back = np.arange(1, when.size), 1
        while (later := later[tied[later] == tied[later - back]]).size:
            pair = later[event[later - back]]
            fell = when[pair - back]
            compared = fell < past[pair]
            if enters is not None:
                compared &= fell >= enters[pair]
            pair = pair[compared]
            found[pair] += 1 if self.weight is None else self.weight[pair - back]
            found[pair - back] += 1 if self.weight is None else self.weight[pair]
            back += 1
            later = later[later >= back]
        return found

    def _apart(self, when: Integers, past: Integers) -> tuple[Integers, Integers]:
        """Return places counted from the last stratum to the first, so that an earlier stratum lies wholly behind."""
        if self.group is None:
            return when, past
        shift = (self.group[-1] - self.group) * self.width
        codes = distinct(np.concatenate([when + shift, past + shift]))[1]
        return codes[: when.size], codes[when.size :]

    def _earlier_strata(self, group: Integers) -> Numbers:
        total = np.bincount(group, self.weight)
        return np.asarray((np.cumsum(total) - total)[group])

    def _of_code(self, code: Integers | None, when: Integers, past: Integers) -> tuple[Floats, Floats]:
        """Return the weight of those alike by ``code`` whose event is earlier, and, for rows with the event, later."""
        fell, size = self.fell, self.width + 1
        of_fell = None if self.weight is None else self.weight[fell]
        n_cells = size if code is None else (int(code[-1]) + 1) * size
        first: Integers | int = 0 if code is None else code * size
        first_fell: Integers | int = 0 if code is None else code[fell] * size
        before = _between(first_fell + when[fell], of_fell, n_cells, first, first + past)
        after = _between(first + past, self.weight, n_cells, first_fell + when[fell] + 1, first_fell + size)
        return before, after


def _between(points: Integers, weight: Floats | None, n_cells: int, low: Any, high: Any) -> Floats:
    """Return the weight of points from cell ``low`` up to, but without, cell ``high``."""
    if n_cells <= 4 * points.size + SPARE_CELLS:
        table = np.append(0.0, np.cumsum(np.bincount(points, weight, n_cells)))
    else:
        order = np.argsort(points, kind="stable")
        table = np.append(0.0, np.arange(1, points.size + 1) if weight is None else np.cumsum(weight[order]))
        low, high = (np.searchsorted(points[order], cell) for cell in (low, high))
    return np.asarray(table[high] - table[low])


def below(mine: Integers, theirs: Integers, fell: Integers, weight: Floats | None) -> tuple[Floats, Floats]:
    """Return two sums over the rows before each in the arrays, ``fell`` being the rows with the event.

    First, for the rows with the event, the weight of those whose ``theirs`` is greater than its ``mine``; second, for
    every row, the weight of those with the event whose ``mine`` is less than its ``theirs``. Without weights, every row
    weighs 1.
    """
    first, second = np.empty(fell.size), np.empty(mine.size)
    width = int(max(mine.max(), theirs.max())) + 1
    every, fallen = np.zeros(width + 1), np.zeros(width + 1)
    for start in range(0, mine.size, BATCH_ROWS):
        rows = slice(start, start + BATCH_ROWS)
        events = slice(*np.searchsorted(fell, [start, start + BATCH_ROWS]))
        here = fell[events] - start
        a, b, w = mine[rows], theirs[rows], None if weight is None else weight[rows]
        # sums over all batches before, by place
        first[events] = every[-1] - every[a[here] + 1]
        second[rows] = fallen[b]
        every[1:] += np.bincount(b, w, width).cumsum()
        fallen[1:] += np.bincount(a[here], None if w is None else w[here], width).cumsum()
        _add_inside(first[events], second[rows], a, b, here, w)
    return first, second


def _add_inside(
    first: Floats,
    second: Floats,
    a: Integers,
    b: Integers,
    fell: Integers,
    weight: Floats | None,
) -> None:
    """Add the two sums of ``below`` over rows of the same batch."""
    if max(int(a.max()), int(b.max())) > a.size:
        # only how many events are before a place matters
        levels = np.unique(a[fell])
        a, b = np.searchsorted(levels, a), np.searchsorted(levels, b)
    width = max(int(a.max()), int(b.max())) + 2
    corner = np.arange(a.size) // PART_ROWS * width
    mine, theirs = (corner + a)[fell], corner + b
    table = _table(theirs, weight, width, a.size)
    first += table[corner[fell] + (width - 1)] - table[mine + 1]
    second += _table(mine, None if weight is None else weight[fell], width, a.size)[theirs]
    _add_one_by_one(first, second, a, b, fell, weight)


def _table(cells: Integers, weight: Floats | None, width: int, n_rows: int) -> Numbers:
    """Return, by part and place, the weight of rows in parts before and at places before; a part takes ``width``."""
    parts = -(-n_rows // PART_ROWS)
    table = np.bincount(cells + (width + 1), weight, (parts + 1) * width).reshape(parts + 1, width)
    for here, following in pairwise(table):
        np.add(following, here, out=following)
    return np.asarray(table.cumsum(axis=1).ravel())


def _add_one_by_one(
    first: Floats,
    second: Floats,
    a: Integers,
    b: Integers,
    fell: Integers,
    weight: Floats | None,
) -> None:
    """Add the two sums over rows of the same part: each is held against the one before it, the one before that, ..."""
    n, beyond = a.size, max(int(a.max()), int(b.max())) + 1
    fallen = np.full(n, beyond)
    fallen[fell] = a[fell]
    kind = np.uint16 if beyond < LARGEST_SHORT else np.int64
    mine, theirs, fallen = (_by_part(place, kind) for place in (a, b, fallen))
    w = None if weight is None else _by_part(weight, np.float64)
    after, before = np.zeros((2, *mine.shape), np.uint8 if w is None else np.float64)
    yes = np.empty(mine.shape, bool)
    ones = yes.view(np.uint8)
    for back in range(1, PART_ROWS):
        np.greater(theirs[:-back], mine[back:], out=yes[back:])
        after[back:] += ones[back:] if w is None else yes[back:] * w[:-back]
        np.less(fallen[:-back], theirs[back:], out=yes[back:])
        before[back:] += ones[back:] if w is None else yes[back:] * w[:-back]
    first += after.T.ravel()[fell]
    second += before.T.ravel()[:n]


def _by_part(values: Numbers, kind: type) -> Numbers:
    """Return values as rows by parts, the last part filled up with 0 at its end, where nothing comes after."""
    filled: Numbers = np.zeros(-(-values.size // PART_ROWS) * PART_ROWS, kind)
    filled[: values.size] = values
    return np.ascontiguousarray(filled.reshape(-1, PART_ROWS).T)
