"""Counting pairs whose order in time agrees with a score, and how much each row has to do with it.

A pair can be compared when one row has the event while the other is still at risk, in the same stratum. Rows are read
in order of score, a batch at a time: pairs between batches come from running counts over time, pairs within a batch
from a small table of its parts, pairs within a part one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lvrn_eval.survival.kernels.order import argsort_real, argsort_whole
from lvrn_eval.survival.kernels.tally import SPARE_CELLS, Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

Places: TypeAlias = "NDArray[np.signedinteger[Any]]"
"""Places in time; of 32 bits, since there are never so many that more were needed, and many to move about."""

PARTS, PART_ROWS = 128, 128
BATCH_ROWS = PARTS * PART_ROWS

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
        of_row = self.concordant + self.discordant
        of_row += self.tied
        of_row *= 2 * self.concordance - 1
        moved = self.concordant - self.discordant
        moved -= of_row
        moved *= self.weight
        moved /= 2 * pairs
        return np.asarray(moved)


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
    when, come, gone, width = _places(time, event, entry)
    order, group, tied = _by_score(score, gone, stratum)
    ordered = _Sorted(
        when=when[order],
        come=come[order],
        gone=gone[order],
        fell=np.flatnonzero(event[order]),
        weight=None if weight is None else weight[order],
        group=group,
        tied=tied,
        width=width,
    )
    del when, come, gone
    concordant, lower = ordered.apart()
    alike = ordered.alike()
    lower -= alike
    return order, [concordant, lower, alike]


def _restored(values: Floats, order: Integers) -> Floats:
    """Return values of ordered rows in the order of the rows."""
    whole = np.empty(values.size)
    whole[order] = values
    return whole


def _places(time: Numbers, event: NDArray[np.bool_], entry: Numbers | None) -> tuple[Places, Places, Places, int]:
    """Return each row's place in time, that from which it is present, that from which it is gone, and how many.

    A row can be compared with the events at the places at which it is present: at one time events come first, then
    censorings, then entries.
    """
    times, codes = distinct(time if entry is None else np.concatenate([time, entry]))
    codes = codes.astype(np.int32)
    when, entered = codes[: time.size], codes[time.size :]
    return when, np.zeros_like(when) if entry is None else entered + 1, when + ~event, times.size + 1


def _by_score(
    score: Floats, gone: Places, stratum: Integers | None
) -> tuple[Integers, Integers | None, Integers | None]:
    """Return the order by stratum, score and place; the stratum of ordered rows, and what is alike for those tied.

    The last two are None where there is one stratum, and where no score is tied.
    """
    order = argsort_real(score, argsort_whole(gone))
    group = None
    if stratum is not None:
        order = order[argsort_whole(stratum[order])]
        group = stratum[order]
    ordered = score[order]
    new = ordered[1:] != ordered[:-1]
    if group is not None:
        new |= group[1:] != group[:-1]
    return order, group, None if new.all() else np.append(np.int32(0), np.cumsum(new, dtype=np.int32))


@dataclass(frozen=True)
class _Sorted:
    """Rows by stratum, score and place in time.

    Each has its place ``when``, and is present from the place ``come`` up to, but without, ``gone``. ``fell`` are the
    rows with the event; without ``weight`` every row weighs 1; ``group`` is the stratum, and ``tied`` the same for rows
    tied on the score within it, as ``_by_score`` returns them.
    """

    when: Places
    come: Places
    gone: Places
    fell: Integers
    weight: Floats | None
    group: Integers | None
    tied: Integers | None
    width: int

    def apart(self) -> tuple[Floats, Floats]:
        """Return for each row the weight of concordant pairs, and of discordant and tied ones, it is in."""
        before, after = self._of_code(self.group)
        lower_after, lower_before = below(*self._by_stratum(), self.fell, self.weight)
        # rows tied on the score come in order of place, so those with an earlier event were counted as lower
        before -= lower_before
        before[self.fell] += lower_after
        lower_before[self.fell] += after - lower_after
        return before, lower_before

    def alike(self) -> Floats:
        """Return for each row the weight of the pairs tied on the score it is in."""
        if self.tied is None:
            return np.zeros(self.when.size)
        if np.bincount(self.tied).max() <= SHORT_RUN:
            return self._in_runs(self.tied)
        before, after = self._of_code(self.tied)
        before[self.fell] += after
        return before

    def _in_runs(self, tied: Integers) -> Floats:
        """Return ``alike`` by holding every row against those before it; no other has the event before it is gone."""
        found = np.zeros(tied.size)
        event = np.zeros(tied.size, bool)
        event[self.fell] = True
        later, back = np.flatnonzero(tied[1:] == tied[:-1]) + 1, 1
        while later.size:
            pair = later[event[later - back]]
            fell = self.when[pair - back]
            pair = pair[(self.come[pair] <= fell) & (fell < self.gone[pair])]
            found[pair] += 1 if self.weight is None else self.weight[pair - back]
            found[pair - back] += 1 if self.weight is None else self.weight[pair]
            back += 1
            later = later[later >= back]
            later = later[tied[later] == tied[later - back]]
        return found

    def _by_stratum(self) -> tuple[Places, Places, Places]:
        """Return places counted from the last stratum to the first, so that no row of an earlier one has come yet."""
        if self.group is None:
            return self.when, self.come, self.gone
        shift = (self.group[-1] - self.group) * self.width
        codes = distinct(np.concatenate([place + shift for place in (self.when, self.come, self.gone)]))[1]
        when, come, gone = codes.astype(np.int32).reshape(3, shift.size)
        return when, come, gone

    def _of_code(self, code: Integers | None) -> tuple[Floats, Floats]:
        """Return the weight of the events each row is present at, and of the rows present at each event.

        Of rows alike by ``code``; the second for the rows with the event.
        """
        fell, size = self.fell, self.width + 1
        of_fell = None if self.weight is None else self.weight[fell]
        n_cells = size if code is None else (int(code[-1]) + 1) * size
        first: Integers | int = 0 if code is None else code.astype(np.int64) * size
        first_fell: Integers | int = 0 if isinstance(first, int) else first[fell]
        here, end = first_fell + self.when[fell], first_fell + size
        come, gone = (self.come, self.gone) if code is None else (first + self.come, first + self.gone)
        before = _between(here, of_fell, n_cells, come, gone)
        after = _between(gone, self.weight, n_cells, here + 1, end)
        after -= _between(come, self.weight, n_cells, here + 1, end)
        return before, after


def _between(points: Places, weight: Floats | None, n_cells: int, low: Any, high: Any) -> Floats:
    """Return the weight of points from cell ``low`` up to, but without, cell ``high``."""
    if n_cells <= 4 * points.size + SPARE_CELLS:
        table = np.append(0.0, np.cumsum(np.bincount(points, weight, n_cells)))
    else:
        order = np.argsort(points, kind="stable")
        table = np.append(0.0, np.arange(1, points.size + 1) if weight is None else np.cumsum(weight[order]))
        low, high = (np.searchsorted(points[order], cell) for cell in (low, high))
    return np.asarray(table[high] - table[low])


def below(when: Places, come: Places, gone: Places, fell: Integers, weight: Floats | None) -> tuple[Floats, Floats]:
    """Return two sums over the rows before each in the arrays, ``fell`` being the rows with the event.

    First, for the rows with the event, the weight of those present at its place ``when``: from their ``come`` up to,
    but without, their ``gone``. Second, for every row, the weight of those with an event at whose place it is present.
    Without weights, every row weighs 1.
    """
    first, second = np.empty(fell.size), np.empty(when.size)
    width = int(max(when.max(), gone.max())) + 2
    present, fallen = np.zeros(width), np.zeros(width)
    for start in range(0, when.size, BATCH_ROWS):
        rows = slice(start, start + BATCH_ROWS)
        events = slice(*np.searchsorted(fell, [start, start + BATCH_ROWS]))
        here = fell[events] - start
        a, c, g, w = when[rows], come[rows], gone[rows], None if weight is None else weight[rows]
        # sums over all batches before, by place
        first[events] = present[a[here]]
        second[rows] = fallen[g] - fallen[c]
        present += (np.bincount(c, w, width) - np.bincount(g, w, width)).cumsum()
        fallen[1:] += np.bincount(a[here], None if w is None else w[here], width - 1).cumsum()
        _add_inside(first[events], second[rows], a, c, g, here, w)
    return first, second


def _add_inside(
    first: Floats,
    second: Floats,
    when: Places,
    come: Places,
    gone: Places,
    fell: Integers,
    weight: Floats | None,
) -> None:
    """Add the two sums of ``below`` over rows of the same batch."""
    if max(int(when.max()), int(gone.max())) > when.size:
        # only how many events are before a place matters
        levels = np.unique(when[fell])
        when, come, gone = (np.searchsorted(levels, places) for places in (when, come, gone))
    width = max(int(when.max()), int(gone.max())) + 2
    corner = np.arange(when.size) // PART_ROWS * width
    at = (corner + when)[fell]
    shape = (-(-when.size // PART_ROWS) + 1, width)
    came, left = (np.bincount(corner + width + places, weight, shape[0] * width) for places in (come, gone))
    first += _running(came - left, shape)[at]
    table = _running(np.bincount(at + width + 1, None if weight is None else weight[fell], shape[0] * width), shape)
    second += table[corner + gone] - table[corner + come]
    _add_one_by_one(first, second, when, come, gone, fell, weight)


def _running(cells: Numbers, shape: tuple[int, int]) -> Numbers:
    """Return sums of a table, laid out flat, over the parts and the places up to each cell."""
    table = cells.reshape(shape)
    for here, following in pairwise(table):
        np.add(following, here, out=following)
    return np.asarray(table.cumsum(axis=1).ravel())


def _add_one_by_one(
    first: Floats,
    second: Floats,
    when: Places,
    come: Places,
    gone: Places,
    fell: Integers,
    weight: Floats | None,
) -> None:
    """Add the two sums over rows of the same part: each is held against the one before it, the one before that, ..."""
    n, beyond = when.size, max(int(when.max()), int(gone.max())) + 1
    fallen = np.full(n, beyond)
    fallen[fell] = when[fell]
    # there are no more places than rows in a batch, so that 16 bits hold them
    at, enters, stays, event = (_by_part(places, np.uint16) for places in (when, come, gone - come, fallen))
    w = None if weight is None else _by_part(weight, np.float64)
    after, before = np.zeros((2, *at.shape), np.uint8 if w is None else np.float64)
    since, yes = np.empty(at.shape, np.uint16), np.empty(at.shape, bool)
    ones = yes.view(np.uint8)
    for back in range(1, PART_ROWS):
        # without a sign, a place before the row comes is a very long time since
        np.subtract(at[back:], enters[:-back], out=since[back:])
        np.less(since[back:], stays[:-back], out=yes[back:])
        after[back:] += ones[back:] if w is None else yes[back:] * w[:-back]
        np.subtract(event[:-back], enters[back:], out=since[back:])
        np.less(since[back:], stays[back:], out=yes[back:])
        before[back:] += ones[back:] if w is None else yes[back:] * w[:-back]
    first += after.T.ravel()[fell]
    second += before.T.ravel()[:n]


def _by_part(values: Numbers, kind: type) -> Numbers:
    """Return values as rows by parts, the last part filled up with 0 at its end, where nothing comes after."""
    filled: Numbers = np.zeros(-(-values.size // PART_ROWS) * PART_ROWS, kind)
    filled[: values.size] = values
    return np.ascontiguousarray(filled.reshape(-1, PART_ROWS).T)
