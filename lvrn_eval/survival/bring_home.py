"""Bringing the named columns of a frame or a table home as arrays, refused as a whole in counts of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lvrn_eval.engine import Frame, Table, as_table, build, quoted
from lvrn_eval.errors import Fault
from lvrn_eval.survival.frames import numbers
from lvrn_eval.survival.inputs import RULES, Columns, not_numbers, refuse, unknown_columns
from lvrn_eval.survival.kernels.tally import Floats, Integers, Numbers
from lvrn_eval.survival.terms import columns_of

NUMERIC = ("time", "event", "entry")
WHOLE = ("person", "by", "strata")
CAUSES = ("event_other", "neither 0 nor a whole number", "give 0 for censored and 1, 2, … for the causes")
AT_ZERO = ("time_zero", "0", "the model takes the logarithm of time; give a small time above 0, such as half a day")

EventKind = Literal["truth", "cause"]


@dataclass(frozen=True)
class People:
    """One row per person.

    Parameters
    ----------
    time, event, entry
        Shape ``(n_people,)``; ``event`` is 0 for censored, and ``entry`` is None when no column was named for it.
    frame
        The columns as they came.
    """

    time: Floats
    event: Integers
    entry: Floats | None
    frame: pd.DataFrame


def read_people(
    function: str,
    data: Table | Frame,
    columns: Columns,
    formulas: Sequence[str],
    *,
    events: EventKind = "truth",
    log_time: bool = False,
) -> People:
    """Check people's times and bring them home, with the columns of the formulas.

    Parameters
    ----------
    function
        Who asks, for messages.
    data
        A frame, or a table of the project, of which only the named columns come home.
    columns
        Which column plays which part.
    formulas
        Right-hand sides, whose columns come too.
    events
        Whether an event is true or false, or the number of a cause.
    log_time
        Whether a time of 0 is refused.

    Raises
    ------
    AnalysisError
        When a column is unknown or holds what it may not; all faults at once.
    """
    more = [name for formula in formulas for name in columns_of(function, formula)]
    frame = home(function, data, columns, more)
    arrays = {part: numbers(frame[columns.given()[part]], part) for part in NUMERIC if part in columns.given()}
    faults = [*row_faults(frame, columns, arrays, events)]
    if log_time and (time := arrays["time"]) is not None and (zero := int((time == 0).sum())):
        faults.append(_fault(columns, "time", AT_ZERO, zero, len(frame)))
    refuse(function, faults)
    known = {part: array for part, array in arrays.items() if array is not None}
    entry = known["entry"].astype(np.float64) if "entry" in known else None
    return People(known["time"].astype(np.float64), known["event"].astype(np.int64), entry, frame)


def home(function: str, data: Table | Frame, columns: Columns, more: Sequence[str] = ()) -> pd.DataFrame:
    """Return the named columns, and those of ``more`` that there are, as a frame.

    Raises
    ------
    AnalysisError
        When a named column is unknown.
    """
    if isinstance(data, pd.DataFrame):
        refuse(function, unknown_columns(columns, [str(name) for name in data.columns]))
        return data
    from sqlglot import select

    table = as_table(data, function)
    refuse(function, unknown_columns(columns, table.columns))
    wanted = dict.fromkeys([*columns.given().values(), *(name for name in more if name in table.columns)])
    step = build("survival/rows", select(*(quoted(name, "data") for name in wanted)).from_("data"))
    return table.engine.run(step, tables={"data": table}).to_pandas()


def row_faults(
    frame: pd.DataFrame,
    columns: Columns,
    arrays: dict[str, Numbers | None],
    events: EventKind = "truth",
) -> Iterator[Fault]:
    """Yield what is wrong with single rows, in counts."""
    n = len(frame)
    if n == 0:
        yield Fault("data", "there are no rows", "check the steps that select people")
        return
    for part in WHOLE:
        column = columns.given().get(part)
        if column is not None and (missing := int(frame[column].isna().sum())):
            fix = RULES[f"{part}_missing"][2] if part != "person" else "say whose row it is"
            yield Fault(f"{part}={column!r}", f"missing in {missing} of {n} rows", fix)
    yield from (not_numbers(columns, part) for part, array in arrays.items() if array is None)
    for rule, count in _broken(arrays, events).items():
        words = CAUSES if rule == "event_other" and events == "cause" else RULES[rule]
        if count:
            yield _fault(columns, rule.partition("_")[0], words, count, n)


def _fault(columns: Columns, part: str, words: tuple[str, str, str], count: int, n: int) -> Fault:
    return Fault(f"{part}={columns.given()[part]!r}", f"{words[1]} in {count} of {n} rows", words[2])


def _broken(arrays: dict[str, Numbers | None], events: EventKind) -> dict[str, int]:
    """Count the rows that break each rule about numbers."""
    found: dict[str, int] = {}
    known = {part: array for part, array in arrays.items() if array is not None}
    for part, array in known.items():
        good = np.isfinite(array)
        found[f"{part}_missing"] = int(array.size - good.sum())
        if part == "event":
            strange = (array != 0) & (array != 1) if events == "truth" else (array < 0) | (array != np.floor(array))
            found["event_other"] = int((good & strange).sum())
        else:
            found[f"{part}_negative"] = int((good & (array < 0)).sum())
    if {"entry", "time"} <= known.keys():
        entry, time = known["entry"], known["time"]
        late = (entry >= time) & (time >= 0) & np.isfinite(entry) & np.isfinite(time)
        found["entry_late"] = int(late.sum())
    return found
