"""An attacker who shares no code with the library: a linear program over the sums of a table, cell by cell."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

MANY = 10_000


def told(count, threshold=10, base=5):
    """Return every count from which the number shown could come: found by trying."""

    def shown(value):
        return base * int(value / base + 0.5)

    if count < threshold:
        return count, count
    alike = [value for value in range(int(count) + base + 1) if value >= threshold and shown(value) == shown(count)]
    return min(alike), max(alike)


def bounds(cells, hidden, sums, *, exact=(), threshold=10, base=5, least=0):
    """Return the smallest and largest value each hidden cell can have.

    Parameters
    ----------
    cells
        The true counts.
    hidden
        Whether each is hidden.
    sums
        ``(parts, total)``: which cells add up to a number the attacker knows exactly, or to another cell when ``total``
        is a cell in a tuple.
    exact
        Which cells are known exactly when they are shown.
    threshold, base, least
        Of the policy: what is hidden, what the rest is rounded to, and the smallest count that is hidden.
    """
    limits = [
        (min(least, value), MANY) if gone else ((value, value) if place in exact else told(value, threshold, base))
        for place, (value, gone) in enumerate(zip(cells, hidden, strict=True))
    ]
    matrix, right = [], []
    for parts, total in sums:
        row = np.zeros(len(cells))
        row[list(parts)] = 1
        if isinstance(total, tuple):
            row[total[0]] -= 1
        matrix.append(row)
        right.append(0 if isinstance(total, tuple) else total)
    known = {"A_eq": np.array(matrix), "b_eq": right} if matrix else {}
    found = {}
    for place in np.flatnonzero(hidden):
        aim = np.zeros(len(cells))
        aim[place] = 1
        low, high = (linprog(sign * aim, **known, bounds=limits, method="highs") for sign in (1, -1))
        assert low.success
        assert high.success
        found[int(place)] = (low.fun, -high.fun)
    return found
