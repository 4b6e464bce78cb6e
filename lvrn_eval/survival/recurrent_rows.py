"""Recurrent events as start-stop rows: one row per stretch of a person's time, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.engine import Frame, Table
from lvrn_eval.errors import Fault
from lvrn_eval.survival.bring_home import NUMERIC, home, row_faults
from lvrn_eval.survival.frames import levels, numbers
from lvrn_eval.survival.inputs import ALL, Columns, refuse
from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers, distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

SORTED_FAST = 1 << 16
"""NumPy sorts codes below this in linear time."""


@dataclass(frozen=True)
class RowColumns(Columns):
    """Which column plays which part in start-stop rows; ``person`` says whose row it is."""

    person: str = ""


@dataclass(frozen=True)
class Rows:
    """Start-stop rows, sorted by person and time.

    Parameters
    ----------
    person
        Code of every row's person from 0, shape ``(n_rows,)``, not falling.
    entry, time
        The row covers entry < t <= time.
    event
        Whether the row ends with an event.
    group, groups
        Code of every row's group (the same in all rows of a person) and the labels of the codes.
    order
        Which row of the data each row was: ``data.iloc[order]`` has the order of the rows here; None when the data was
        sorted already.
    columns
        The columns the rows were made from.
    """

    person: Integers
    entry: Floats
    time: Floats
    event: NDArray[np.bool_]
    group: Integers
    groups: tuple[str, ...]
    order: Integers | None
    columns: RowColumns

    @property
    def first(self) -> NDArray[np.bool_]:
        """Which rows are the first of their person."""
        return np.append(True, self.person[1:] != self.person[:-1])

    @property
    def last(self) -> NDArray[np.bool_]:
        """Which rows are the last of their person."""
        return np.append(self.person[1:] != self.person[:-1], True)

    @property
    def people(self) -> int:
        """How many people there are."""
        return int(self.person[-1]) + 1

    def split(self) -> Iterator[Rows]:
        """Yield the rows of each group, people numbered anew."""
        if len(self.groups) == 1:
            yield self
            return
        code = self.group.astype(np.uint16) if len(self.groups) <= SORTED_FAST else self.group
        order = np.argsort(code, kind="stable")
        parts = {name: getattr(self, name)[order] for name in ("person", "entry", "time", "event", "group")}
        cuts = np.searchsorted(parts["group"], np.arange(len(self.groups) + 1))
        for start, stop in pairwise(cuts):
            own = {name: values[start:stop] for name, values in parts.items()}
            own["person"] = np.cumsum(np.append(False, own["person"][1:] != own["person"][:-1]))
            yield replace(self, **own, order=None)

    def events_before(self) -> Integers:
        """Return how many events the person of each row had before it."""
        so_far: Integers = np.cumsum(self.event) - self.event
        return so_far - so_far[np.flatnonzero(self.first)][self.person]


def read_rows(function: str, data: Table | Frame, columns: RowColumns, more: tuple[str, ...] = ()) -> tuple[Rows, Any]:
    """Check start-stop rows and put them in order.

    Parameters
    ----------
    function
        Who asks, for messages.
    data
        A frame, or a table of the project, of which only the named columns come home.
    columns
        Which column plays which part.
    more
        Further columns to bring home, such as those of a formula.

    Returns
    -------
    Rows, pandas.DataFrame
        The rows, and the data as a frame in its own order.

    Raises
    ------
    AnalysisError
        When a column is unknown or holds what it may not, or rows of a person overlap; all faults of a kind at once.
    """
    frame = home(function, data, columns, more)
    arrays = {part: numbers(frame[columns.given()[part]], part) for part in NUMERIC}
    refuse(function, row_faults(frame, columns, arrays))
    known = {part: array for part, array in arrays.items() if array is not None}
    rows = _in_order(frame, columns, known)
    refuse(function, _person_faults(rows))
    return rows, frame


def _in_order(frame: pd.DataFrame, columns: RowColumns, arrays: dict[str, Numbers]) -> Rows:
    """Return the rows sorted by person and then time; they are not sorted again when they are in order."""
    person, by = frame[columns.person], columns.by
    code = _codes(person)
    groups, group = levels(frame[by]) if by is not None else ((ALL,), np.zeros(code.size, np.int64))
    parts: dict[str, Any] = {
        "person": code,
        "entry": arrays["entry"].astype(np.float64, copy=False),
        "time": arrays["time"].astype(np.float64, copy=False),
        "event": arrays["event"].astype(bool),
        "group": group,
    }
    order = _order(code, parts["time"])
    if order is not None:
        parts = {name: values[order] for name, values in parts.items()}
    return Rows(**parts, groups=groups, order=order, columns=columns)


def _codes(person: pd.Series) -> Integers:
    """Return a code for every person; which code is whose does not matter."""
    if isinstance(person.dtype, np.dtype) and person.dtype.kind in "iu":
        return distinct(person.to_numpy())[1]
    return pd.factorize(person)[0].astype(np.int64)


def _order(person: Integers, time: Floats) -> Integers | None:
    """Return the rows' order by person and time, or None when they are in it."""
    same = person[1:] == person[:-1]
    if bool(((person[1:] > person[:-1]) | (same & (time[1:] >= time[:-1]))).all()):
        return None
    times, when = distinct(time)
    return np.argsort(person * times.size + when, kind="stable")


def _person_faults(rows: Rows) -> Iterator[Fault]:
    """Yield what does not fit between rows of the same person, in counts of people."""
    columns, same = rows.columns, ~rows.first[1:]
    overlap = _people(rows, same & (rows.entry[1:] < rows.time[:-1]))
    if overlap:
        yield Fault(
            f"person={columns.person!r}",
            f"rows of the same person overlap, for {overlap} of {rows.people} people",
            "a person's next row begins where the one before ended, or later; two events at one time are one row",
        )
    changed = _people(rows, same & (rows.group[1:] != rows.group[:-1]))
    if changed:
        yield Fault(
            f"by={columns.by!r}",
            f"the group changes between rows, for {changed} of {rows.people} people",
            "give everyone the one group they were in at their start",
        )


def _people(rows: Rows, wrong: NDArray[np.bool_]) -> int:
    """Count the people with a row that is wrong; ``wrong`` is about all rows but the first."""
    return int(np.unique(rows.person[1:][wrong]).size)
