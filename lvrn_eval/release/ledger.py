"""Everything countable in the tables of a release, who it is about, and what adds up to what, in all of them at once.

Two cells of different tables with the same labels and the same number are taken to count the same people: whoever
reads one knows the other. That can be wrong by chance, and then more is hidden than need be, never less.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from lvrn_eval.release.sums import ALL, AXES, Place, Sum, follows, sums

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.release.primary import Draft

LABELS = (
    *AXES, "group", "other", "programme", "indicator", "outcomes", "variable", "level", "item", "scale", "period",
    "period_start", "before", "after",
)  # fmt: skip
"""Columns that say whom a row is about."""

ORDERED = ("step", "time", "tau", "probability")
"""Columns by which rows about the same people follow one another."""

EVERYBODY = 100
"""So many times as dear as another is a count of everybody: it is what a table is read for first."""

LAST_RESORT = 1e5
"""What hiding a zero costs under a policy that shows zeros."""

COMPARED = ("estimate", "events_before", "events_after")
"""Columns of a ratio beside its two counts: its digits, and those of its error, can tell them exactly."""

FELL = ("desisted", "reduced")
ROSE = ("increased",)
CLASSES_OF = {
    ("share_desisted", "n_events"): ("desisted",),
    ("share_falling", "n"): (*FELL, "unchanged", *ROSE),
    ("share_falling", "n_events"): FELL,
    ("sign_test", "n"): (*FELL, *ROSE),
    ("sign_test", "n_events"): FELL,
}
"""Which classes of change the counts of a comparison's estimates are made up of."""

Who: TypeAlias = frozenset[str]
Key: TypeAlias = tuple[Who, float, int]
Cell: TypeAlias = tuple[int, int, str]
"""The position of a table, of a row in it, and a count column."""


@dataclass
class Quantity:
    """A number of people or events that tables show, or that follows from what they show.

    Parameters
    ----------
    value
        The number.
    low, high
        Between which numbers somebody knows it to be when it is shown.
    few
        Whether it must be protected.
    units
        The units of hiding it is shown in; empty when no table shows it.
    withheld
        Whether it is known to nobody when no table shows it.
    """

    value: float
    low: float
    high: float
    few: bool = False
    units: set[int] = field(default_factory=set)
    withheld: bool = False


@dataclass
class Unit:
    """Cells that are hidden together, and what hiding them costs."""

    label: str
    cost: float = 0.0
    hidden: bool = False


@dataclass
class Ledger:
    """The quantities of a release, their sums, and the units in which they can be hidden.

    Parameters
    ----------
    quantities, units
        As above.
    equations
        For each, the quantities that add up and the one they add up to.
    implied
        Pairs of units of which the second is hidden whenever the first is.
    unit_of
        The unit of each cell, by the table's position, the row's position and the column.
    """

    quantities: list[Quantity] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    equations: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    implied: set[tuple[int, int]] = field(default_factory=set)
    unit_of: dict[Cell, int] = field(default_factory=dict)


def ledger(drafts: Sequence[Draft], policy: Policy) -> Ledger:
    """Return the ledger of the tables of a release.

    Parameters
    ----------
    drafts
        Every table in which counts are hidden cell by cell.
    policy
        The rules.
    """
    writer = _Writer(policy)
    for number, draft in enumerate(drafts):
        writer.write(number, draft)
    for number, draft in enumerate(drafts):
        for one in sums(draft, policy):
            writer.add(number, one)
    for pairs, whole in _pairs_of_classes(drafts):
        writer.divide(pairs, whole)
    for classes, whole in _classes_of_shares(drafts):
        writer.total(classes, whole)
    return writer.made


class _Writer:
    """Writes tables into a ledger."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.made = Ledger()
        self.known: dict[Key, int] = {}
        self.place: dict[Cell, int] = {}
        self.who: dict[tuple[int, int], Who] = {}

    def write(self, number: int, draft: Draft) -> None:
        """Enter every count of a table, its units, and what is hidden with what."""
        counts = draft.counts
        values = counts.to_numpy(dtype=float, na_value=np.nan)
        few, primary = (marks.to_numpy(dtype=bool) for marks in (self.policy.few(counts), draft.primary))
        records = draft.table.to_dict("records")
        seen: Counter[tuple[Who, float]] = Counter()
        for row in _in_order(draft.table.reset_index(drop=True)):
            who = self.who[number, row] = _who(records[row])
            exact = all(pd.notna(records[row].get(name)) for name in COMPARED)
            for place, column in enumerate(counts.columns):
                value = float(values[row, place])
                if math.isnan(value):
                    continue
                # the same people stand in many rows of estimates, but a step that removes nobody is a step of its own
                seen[who, value] += 0 if draft.rowwise else 1
                quantity = self.quantity((who, value, seen[who, value] or 1), few=bool(few[row, place]))
                self.place[number, row, column] = quantity
                if exact:
                    self.made.quantities[quantity].low = self.made.quantities[quantity].high = value
                unit = self.unit(number, row, column, draft)
                self.made.units[unit].cost += self.cost(who, value)
                self.made.units[unit].hidden |= bool(primary[row, place])
                self.made.quantities[quantity].units.add(unit)
            self.follow(number, row, list(counts.columns))

    def cost(self, who: Who, value: float) -> float:
        """Return what hiding a count costs: the people it is about; a shown zero is not to be taken for few."""
        if value < self.policy.least_hidden:
            return LAST_RESORT
        return (value + 1) * (1 if who else EVERYBODY)

    def quantity(self, key: Key, *, few: bool) -> int:
        """Return the quantity with this key, entered when it is new."""
        if key not in self.known:
            low, high = self.policy.told(key[1])
            self.known[key] = len(self.made.quantities)
            self.made.quantities.append(Quantity(key[1], low, high, few))
        return self.known[key]

    def unit(self, number: int, row: int, column: str, draft: Draft) -> int:
        """Return the unit of a cell."""
        first = column if not draft.rowwise else ""
        label = f"{draft.title}|{'|'.join(sorted(self.who[number, row]))}|{_moment(draft, row)}|{first}"
        if (number, row, first) not in self.made.unit_of:
            self.made.unit_of[number, row, first] = len(self.made.units)
            self.made.units.append(Unit(label))
        self.made.unit_of[number, row, column] = self.made.unit_of[number, row, first]
        return self.made.unit_of[number, row, first]

    def follow(self, number: int, row: int, columns: list[str]) -> None:
        """Enter which cells of a row are hidden with which."""
        unit_of = self.made.unit_of
        for one, other in follows(columns):
            if (number, row, one) in unit_of and (number, row, other) in unit_of:
                first, second = unit_of[number, row, one], unit_of[number, row, other]
                if first != second:
                    self.made.implied.add((first, second))

    def add(self, number: int, one: Sum) -> None:
        """Enter a sum; what has no place in any table is known to everybody, unless it is too small to be."""
        if any((number, row, column) not in self.place for row, column in one.parts):
            return
        parts = [self.place[number, row, column] for row, column in one.parts]
        if one.unshown is not None:
            parts.append(self.outside(one.unshown, known=False))
        if not parts:
            return
        whole = self.place.get((number, *one.whole)) if one.whole is not None else self.whole(number, one, parts)
        if whole is not None and whole not in parts:
            self.made.equations.append((tuple(parts), whole))

    def divide(self, shown: Sequence[Cell], whole: Cell) -> None:
        """Enter that a count is made up of those shown in another table and of some that are not."""
        parts = [self.place[cell] for cell in shown if cell in self.place]
        if whole not in self.place or not parts:
            return
        rest = self.value(whole) - sum(self.made.quantities[part].value for part in parts)
        if rest >= 0:
            self.made.quantities.append(Quantity(rest, rest, rest, withheld=True))
            parts.append(len(self.made.quantities) - 1)
            self.made.equations.append((tuple(parts), self.place[whole]))

    def total(self, shown: Sequence[Cell], whole: Cell) -> None:
        """Enter that a count is made up of those shown in another table, and of nothing else."""
        parts = [self.place[cell] for cell in shown if cell in self.place]
        if whole in self.place and sum(self.made.quantities[part].value for part in parts) == self.value(whole):
            self.made.equations.append((tuple(parts), self.place[whole]))

    def value(self, cell: Cell) -> float:
        """Return the number in a cell."""
        return self.made.quantities[self.place[cell]].value

    def whole(self, number: int, one: Sum, parts: Iterable[int]) -> int:
        """Return the quantity that parts without a whole of their own add up to, known exactly where it is shown."""
        value = sum(self.made.quantities[part].value for part in parts)
        who = frozenset.intersection(*(self.who[number, row] for row, _ in one.parts))
        found = self.known.get((who, value, 1))
        if found is None:
            return self.outside(value, known=not self.policy.hides(value))
        self.made.quantities[found].low = self.made.quantities[found].high = value
        return found

    def outside(self, value: float, *, known: bool) -> int:
        """Enter a quantity that no table shows."""
        few = not known and self.policy.hides(value)
        self.made.quantities.append(Quantity(value, value, value, few, withheld=not known))
        return len(self.made.quantities) - 1


def _pairs_of_classes(drafts: Sequence[Draft]) -> Iterator[tuple[list[Cell], Cell]]:
    """Yield the numbers of people by events before and after that make up a class of the table beside them."""
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.estimates import class_of

    number_of = {draft.title: number for number, draft in enumerate(drafts)}
    for number, draft in enumerate(drafts):
        beside = number_of.get(f"{draft.title.rpartition('.')[0]}.classes")
        if beside is None or not {"before", "after", "people"} <= set(draft.table.columns):
            continue
        named = draft.table.reset_index(drop=True).dropna(subset=["before", "after"])
        classes = drafts[beside].table.reset_index(drop=True)
        of_all = classes[classes["group"] == ALL]
        before, after, people = (named[name].to_numpy(dtype=np.int64) for name in ("before", "after", "people"))
        none, no_days = np.zeros(len(named), np.int64), np.zeros(len(named))
        members = class_of(Cells(before, after, no_days, no_days, people, none, none, none))
        for row, name in zip(of_all.index, of_all["class"], strict=True):
            if name in members:
                yield [(number, int(one), "people") for one in named.index[members[name]]], (beside, int(row), "people")


def _classes_of_shares(drafts: Sequence[Draft]) -> Iterator[tuple[list[Cell], Cell]]:
    """Yield the classes that make up a count of the estimates they stand beside."""
    number_of = {draft.title: number for number, draft in enumerate(drafts)}
    for number, draft in enumerate(drafts):
        beside = number_of.get(f"{draft.title}.classes")
        if beside is None or not {"term", "group"} <= set(draft.table.columns):
            continue
        rows = drafts[beside].table.reset_index(drop=True)
        of_all = rows.index[rows["group"] == ALL]
        place = dict(zip(rows.loc[of_all, "class"].astype(str), of_all.tolist(), strict=True))
        for row, (term, group) in enumerate(zip(draft.table["term"], draft.table["group"], strict=True)):
            for column in ("n", "n_events"):
                members = CLASSES_OF.get((str(term), column), ())
                if group == ALL and members and set(members) <= set(place):
                    yield [(beside, place[name], "people") for name in members], (number, row, column)


def _who(row: Mapping[Hashable, Any]) -> Who:
    return frozenset(str(row[name]) for name in LABELS if name in row and pd.notna(row[name])) - {ALL}


def _in_order(table: pd.DataFrame) -> list[int]:
    """Return the rows by their labels, the last step or time first: that is what other tables go on from."""
    keys = pd.DataFrame(index=table.index)
    for name in (*LABELS, "term"):
        if name in table.columns:
            keys[name] = table[name].astype(str)
    for name in ORDERED:
        if name in table.columns:
            keys[name] = -pd.to_numeric(table[name], errors="coerce").astype(float)
    ordered = keys.sort_values(list(keys.columns), kind="stable") if len(keys.columns) else keys
    return [int(row) for row in ordered.index]


def _moment(draft: Draft, row: int) -> str:
    names = [name for name in ("term", *ORDERED) if name in draft.table.columns]
    return "|".join(str(draft.table.iloc[row][name]) for name in names)


__all__ = ["Ledger", "Place", "Quantity", "Unit", "ledger"]
