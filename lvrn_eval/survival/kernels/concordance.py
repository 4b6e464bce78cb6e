"""Counting pairs whose order in time agrees with a score, and how much each row has to do with it.

A pair can be compared when one row has the event while the other is still at risk, in the same stratum. Rows are read
in order of score, a batch at a time: pairs between batches come from running counts over time, pairs within a batch
from a small table of its parts, pairs within a part one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.survival.kernels.cox_rows import argsort_whole
from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS, PART_ROWS = 64, 64
BATCH_ROWS = PARTS * PART_ROWS


@dataclass(frozen=True)
class Pairs:
    """Comparable pairs, weighted: in all, and those each row is in (not multiplied by its own weight).

    ``concordant``: the row with the earlier event has the higher score. Every array has shape ``(n_rows,)``.
    """

    concordant: Floats
    discordant: Floats
    tied: Floats
    weight: Floats

    @property
    def totals(self) -> tuple[float, float, float]:
        """Return how many pairs are concordant, discordant and tied on the score."""
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
    weights = np.ones(time.size) if weight is None else weight
    plain = weight is None
    leaves, enters, width = _keys(time, event, entry)
    group = np.zeros(time.size, np.int64) if stratum is None else stratum
    order = _by_score(group, score, leaves)
    sorted_score, sorted_group, w = score[order], group[order], weights[order]
    new = np.append(True, (np.diff(sorted_score) != 0) | (np.diff(sorted_group) != 0))
    counted = _Sorted(np.cumsum(new) - 1, sorted_group, event[order], w, width, plain)
    found = counted.against(leaves[order])
    if enters is not None:
        found -= counted.against(leaves[order], enters[order])
    whole = np.empty_like(found)
    whole[:, order] = found
    return Pairs(whole[0], whole[1], whole[2], weights)


def _keys(time: Numbers, event: NDArray[np.bool_], entry: Numbers | None) -> tuple[Integers, Integers | None, int]:
    """Return places in time: a row can be compared with an event whose place is before its own.

    At one time events come first, then censorings; entries come after events and never before censorings.
    """
    if entry is None:
        times, when = distinct(time)
        return 2 * when + ~event, None, 2 * times.size
    times, when = distinct(np.concatenate([time, entry]))
    return 2 * when[: time.size] + ~event, 2 * when[time.size :] + 1, 2 * times.size


def _by_score(group: Integers, score: Floats, leaves: Integers) -> Integers:
    """Return the order by stratum, score and place in time."""
    order = np.argsort(score)
    rank = np.cumsum(np.diff(score[order], prepend=np.nan) != 0) - 1
    if group.any() or rank[-1] + 1 < rank.size:
        code = group[order] * (int(rank[-1]) + 1) + rank
        order = order[argsort_whole(code * (int(leaves.max()) + 1) + leaves[order])]
    return order


@dataclass(frozen=True)
class _Sorted:
    """Rows by stratum, score and place.

    ``rank`` is the same for rows tied on the score within a stratum; ``plain`` says that every row weighs 1.
    """

    rank: Integers
    group: Integers
    event: NDArray[np.bool_]
    weight: Floats
    width: int
    plain: bool

    def against(self, leaves: Integers, enters: Integers | None = None) -> Floats:
        """Return for each row the weight of concordant, discordant and tied pairs it is in, shape ``(3, n_rows)``.

        With ``enters``: only of pairs in which the other row had yet to come under observation.
        """
        other = leaves if enters is None else enters
        w, events = self.weight, self.weight * self.event
        # place counted from the last stratum to the first, so that an earlier stratum lies wholly behind
        shift = (int(self.group[-1]) - self.group) * self.width
        mine, theirs = _compact(leaves + shift, other + shift)
        low_after, low_before = below(mine, theirs, self.event, None if self.plain else w)
        low_after -= self._earlier_strata(w)
        all_after, tied_after = self._after(other, leaves, w)
        all_before, tied_before = self._before(leaves, other, events)
        low_before -= tied_before
        concordant = low_after * self.event + (all_before - low_before - tied_before)
        discordant = (all_after - low_after - tied_after) * self.event + low_before
        return np.stack([concordant, discordant, tied_after * self.event + tied_before])

    def _earlier_strata(self, weight: Floats) -> Floats:
        total = np.bincount(self.group, weight)
        return np.asarray((np.cumsum(total) - total)[self.group])

    @property
    def _codes(self) -> tuple[Integers, ...]:
        """What rows are told apart by: the stratum and, where any are tied on it, the score."""
        return (self.group,) if self.rank[-1] + 1 == self.rank.size else (self.group, self.rank)

    def _after(self, points: Integers, queries: Integers, weight: Floats) -> tuple[Floats, Floats]:
        """Return the weight of points after each query: in its stratum, and of those tied with it on the score."""
        found = []
        for code in self._codes:
            total = np.cumsum(np.bincount(code, weight))
            found.append(total[code] - self._up_to(code, points, queries + 1, weight))
        return found[0], found[1] if len(found) > 1 else np.zeros(1)

    def _before(self, points: Integers, queries: Integers, weight: Floats) -> tuple[Floats, Floats]:
        """Return the weight of points before each query: in its stratum, and of those tied with it on the score."""
        found = []
        for code in self._codes:
            sums = np.bincount(code, weight)
            found.append(self._up_to(code, points, queries, weight) - (np.cumsum(sums) - sums)[code])
        return found[0], found[1] if len(found) > 1 else np.zeros(1)

    def _up_to(self, code: Integers, points: Integers, queries: Integers, weight: Floats) -> Floats:
        """Return the weight of points of earlier codes, or of the same and before the query."""
        size = self.width + 2
        cells, wanted = code * size + points, code * size + queries
        n_cells = (int(code[-1]) + 1) * size
        if n_cells <= 4 * code.size + (1 << 20):
            return np.asarray(np.append(0.0, np.cumsum(np.bincount(cells, weight, n_cells)))[wanted])
        order = np.argsort(cells, kind="stable")
        return np.asarray(np.append(0.0, np.cumsum(weight[order]))[np.searchsorted(cells[order], wanted)])


def _compact(*keys: Integers) -> tuple[Integers, ...]:
    """Return keys renumbered without gaps, in the same order."""
    codes = distinct(np.concatenate(keys))[1]
    return tuple(np.split(codes, len(keys)))


def below(
    mine: Integers,
    theirs: Integers,
    event: NDArray[np.bool_],
    weight: Floats | None,
) -> tuple[Floats, Floats]:
    """Return for each row two sums over the rows before it in the arrays.

    First the weight of those whose ``theirs`` is greater than its ``mine``; second the weight of those with the event
    whose ``mine`` is less than its ``theirs``. Without weights, every row weighs 1.
    """
    first, second = np.empty(mine.size), np.empty(mine.size)
    width = int(max(mine.max(), theirs.max())) + 1
    every, fallen = np.zeros(width + 1), np.zeros(width + 1)
    for part in _batches(mine.size, width):
        a, b = mine[part], theirs[part]
        w = None if weight is None else weight[part]
        # sums over all batches before, by place
        first[part] = every[-1] - every[a + 1]
        second[part] = fallen[b]
        every[1:] += np.bincount(b, w, width).cumsum()
        fallen[1:] += np.bincount(a, event[part] if w is None else w * event[part], width).cumsum()
        _add_inside(first[part], second[part], a, b, event[part], w)
    return first, second


def _batches(n: int, width: int) -> Iterator[slice]:
    """Yield runs of rows, longer where running counts over time are."""
    rows = BATCH_ROWS if width <= 4 * BATCH_ROWS else 4 * BATCH_ROWS
    for start in range(0, n, rows):
        yield slice(start, min(start + rows, n))


def _add_inside(
    first: Floats,
    second: Floats,
    a: Integers,
    b: Integers,
    event: NDArray[np.bool_],
    weight: Floats | None,
) -> None:
    """Add the two sums of ``below`` over rows of the same batch."""
    if max(int(a.max()), int(b.max())) > 2 * a.size:
        levels = np.unique(np.concatenate([a, b]))
        a, b = np.searchsorted(levels, a), np.searchsorted(levels, b)
    size = max(int(a.max()), int(b.max())) + 1
    part = np.arange(a.size) // PART_ROWS
    before = _table(part, b, weight, size)
    first += before[part, -1] - before[part, a + 1]
    fell = np.flatnonzero(event)
    second += _table(part, a, weight, size, fell)[part, b]
    _add_one_by_one(first, second, a, b, event, weight)


def _table(
    part: Integers,
    place: Integers,
    weight: Floats | None,
    size: int,
    only: Integers | None = None,
) -> Numbers:
    """Return for each part and place the weight of rows (or of some only) in parts before, at places before."""
    parts = int(part[-1]) + 1
    cells = (part + 1) * (size + 1) + place + 1
    if only is not None:
        cells, weight = cells[only], None if weight is None else weight[only]
    table = np.bincount(cells, weight, (parts + 1) * (size + 1)).reshape(parts + 1, size + 1)
    for here, following in pairwise(table):
        np.add(following, here, out=following)
    return np.asarray(table.cumsum(axis=1))


def _add_one_by_one(
    first: Floats,
    second: Floats,
    a: Integers,
    b: Integers,
    event: NDArray[np.bool_],
    weight: Floats | None,
) -> None:
    """Add the two sums over rows of the same part, comparing every pair; pairs lie along (other, part, row)."""
    n, parts = a.size, -(-a.size // PART_ROWS)
    # rows that fill up the last part come last, so that nothing comes after them
    mine, theirs = (np.append(key, np.zeros(parts * PART_ROWS - n, np.int64)).astype(np.int32) for key in (a, b))
    here_a, here_b = (key.reshape(1, parts, PART_ROWS) for key in (mine, theirs))
    other_a, other_b = (key.reshape(parts, PART_ROWS).T[:, :, None] for key in (mine, theirs))
    earlier = np.tri(PART_ROWS, k=-1, dtype=bool).T[:, None, :]
    fell = np.append(event, np.zeros(parts * PART_ROWS - n, bool)).reshape(parts, PART_ROWS).T[:, :, None]
    after, before = (other_b > here_a) & earlier, (other_a < here_b) & (earlier & fell)
    if weight is None:
        first += after.sum(axis=0, dtype=np.uint8).ravel()[:n]
        second += before.sum(axis=0, dtype=np.uint8).ravel()[:n]
        return
    w = np.append(weight, np.zeros(parts * PART_ROWS - n)).reshape(parts, PART_ROWS).T
    first += np.einsum("jpi,jp->pi", after, w).ravel()[:n]
    second += np.einsum("jpi,jp->pi", before, w).ravel()[:n]
