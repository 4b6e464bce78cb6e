"""What else must be hidden so that no hidden count can be worked out: the least that will do.

The counts that are few are hidden. Which others are hidden with them is a choice of whole numbers, hidden or not, that
costs least (in people no longer shown) while an attacker who solves all sums cannot tell any hidden count more closely
than that it is hidden. That condition is found rather than written down: the cheapest choice is attacked, each
weakness says which shown counts gave it away, at least one of them must go, and the cheapest choice is made again.
This is the cell suppression problem with sliding protection levels, solved by cutting planes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.release.attack import Attack, Weakness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.release.ledger import Ledger
    from lvrn_eval.release.policy import Policy

ROUNDS = 60
LARGEST = 3000
"""After so many rounds, or beyond so many counts that hang together, the whole block is hidden."""

HALF = 0.5


def hide_least(book: Ledger, policy: Policy) -> NDArray[np.bool_]:
    """Return which units are hidden, of shape ``(n_units,)``.

    Parameters
    ----------
    book
        The ledger of the release; units that hold few are hidden in it already.
    policy
        The rules.

    Notes
    -----
    The linear programs and the integer program are solved by HiGHS. Equal costs
    are decided by the labels of the cells, so nothing depends on the order of rows.
    """
    hidden = np.array([unit.hidden for unit in book.units], dtype=bool)
    _close(book, hidden)
    for part in _parts(book):
        if any(book.quantities[one].few for one in part):
            _hide_part(book, part, hidden, policy)
    return hidden


def withheld(book: Ledger, part: Sequence[int], hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which quantities of a part are shown in no unit that is left."""
    shown = (book.quantities[one] for one in part)
    return np.array(
        [all(hidden[unit] for unit in one.units) if one.units else one.withheld for one in shown], dtype=bool
    )


def _close(book: Ledger, hidden: NDArray[np.bool_]) -> None:
    """Hide what is hidden whenever something else is."""
    changed = True
    while changed:
        new = [other for one, other in book.implied if hidden[one] and not hidden[other]]
        hidden[new] = True
        changed = bool(new)


def _parts(book: Ledger) -> Iterator[list[int]]:
    """Yield the quantities that hang together by sums, by being hidden together, or by what is hidden with what."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first = len(book.quantities)
    pairs = [(one, whole) for parts, whole in book.equations for one in parts]
    pairs += [(number, first + unit) for number, one in enumerate(book.quantities) for unit in one.units]
    pairs += [(first + one, first + other) for one, other in sorted(book.implied)]
    size = first + len(book.units)
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    for label in dict.fromkeys(labels[:first].tolist()):
        yield [int(one) for one in np.flatnonzero(labels[:first] == label)]


def _hide_part(book: Ledger, part: list[int], hidden: NDArray[np.bool_], policy: Policy) -> None:
    """Hide in place what protects the few counts of one part."""
    units = sorted({unit for one in part for unit in book.quantities[one].units})
    attack = Attack(book, part, policy.least_hidden)
    program = _Program(book, part, units, hidden)
    for _ in range(ROUNDS if len(part) <= LARGEST else 0):
        weak = attack.weaknesses(withheld(book, part, hidden), policy.spread)
        # what nothing shown gives away is as safe as hiding can make it
        weak = [one for one in weak if program.can_cut(one, hidden)]
        if not weak:
            return
        hidden[units] = program.cheapest(weak, hidden)
    hidden[units] = True


class _Program:
    """The integer program of one part: which units are hidden."""

    def __init__(self, book: Ledger, part: list[int], units: list[int], hidden: NDArray[np.bool_]) -> None:
        self.book, self.units = book, units
        self.column = {unit: place for place, unit in enumerate(units)}
        shown = [one for one in part if book.quantities[one].units]
        self.gone = {one: len(units) + place for place, one in enumerate(shown)}
        self.must = hidden[units].copy()
        self.rows: list[tuple[dict[int, float], float]] = []
        for one, column in self.gone.items():
            places = [self.column[unit] for unit in sorted(book.quantities[one].units)]
            self.rows += [({place: 1.0, column: -1.0}, 0.0) for place in places]
            self.rows.append(({column: 1.0} | dict.fromkeys(places, -1.0), 1.0 - len(places)))
        self.rows += [
            ({self.column[other]: 1.0, self.column[one]: -1.0}, 0.0)
            for one, other in sorted(book.implied)
            if one in self.column
        ]

    def can_cut(self, weak: Weakness, hidden: NDArray[np.bool_]) -> bool:
        """Say whether anything shown gives a count away."""
        return bool(self._givers(weak, hidden))

    def cheapest(self, weak: Sequence[Weakness], hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the cheapest choice that leaves out at least one giver of every weakness found so far."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        for one in weak:
            row = dict.fromkeys((self.gone[giver] for giver in self._givers(one, hidden)), 1.0)
            sure = self.book.quantities[one.quantity].few or one.quantity not in self.gone
            self.rows.append((row, 1.0) if sure else (row | {self.gone[one.quantity]: -1.0}, 0.0))
        size = len(self.units) + len(self.gone)
        entries = [(n, column, value) for n, (row, _) in enumerate(self.rows) for column, value in row.items()]
        at_row, at_column, values = zip(*entries, strict=True)
        matrix = csr_array((values, (at_row, at_column)), shape=(len(self.rows), size))
        least = np.zeros(size)
        least[: len(self.units)] = self.must
        solved = milp(
            np.concatenate([self._costs(), np.zeros(len(self.gone))]),
            constraints=LinearConstraint(matrix, [least_of for _, least_of in self.rows], np.inf),
            bounds=Bounds(least, np.ones(size)),
            integrality=np.ones(size, dtype=np.int64),
            options={"mip_rel_gap": 0.0},
        )
        if solved.x is None:
            message = f"what else must be hidden could not be worked out: {solved.message}"
            raise RuntimeError(message)
        return np.asarray(solved.x[: len(self.units)] > HALF)

    def _givers(self, weak: Weakness, hidden: NDArray[np.bool_]) -> list[int]:
        """Return the shown quantities that give a count away and could be hidden."""
        shown = (one for one in sorted(weak.because) if one in self.gone)
        return [one for one in shown if not all(hidden[unit] for unit in self.book.quantities[one].units)]

    def _costs(self) -> NDArray[np.float64]:
        """Return the cost of each unit: the people in it, and where these are equal, its place by label."""
        named = [self.book.units[unit] for unit in self.units]
        order = np.argsort(np.argsort([unit.label for unit in named], kind="stable"), kind="stable")
        return np.array([unit.cost for unit in named]) + (order + 1) / (len(named) + 1) ** 2
