"""The risk table: the counts from which every curve and test of times can be worked out, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import Columns, Observed, read
from lvrn_eval.survival.kernels.tally import Floats, Integers, assemble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.engine import Frame, Table

COUNTS = ("at_risk", "entered", "events", "censored")


def risk_table(
    data: Table | Frame,
    time: str,
    event: str,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
) -> Result:
    """Count who is at risk, comes under observation, has the event and is censored, at every time.

    Of a table of the project this is one grouped query where the table lives, so that ten million people never come
    home; of a pandas frame it is NumPy. Both give the same table.

    Parameters
    ----------
    data
        One row per person: a table of the project, or a pandas, Polars or Arrow frame.
    time
        The column with the time at which observation ends, in any one unit, from each person's own start.
    event
        The column that says whether it ended with the event: 1 or true; 0 or false is censored.
    by
        A column of groups.
    entry
        A column with the time at which observation began (left truncation); without it, everyone is observed from the
        start.
    weights
        A column with how many people a row stands for, whole numbers; a row of weight 0 counts for nobody.

    Returns
    -------
    Result
        ``table`` with the columns ``group``, ``time``, ``at_risk``, ``entered``, ``events``, ``censored``: one row per
        group and time at which anything happens, and for every group one for time 0.

    Raises
    ------
    AnalysisError
        When a column is unknown or holds what it may not; every fault at once, in counts of rows.

    Notes
    -----
    A person is at risk at ``t`` when entry < t <= exit. At one time events come first, then censorings, then entries.
    ``entered`` counts those who come under observation after time 0, so within a group ``at_risk + entered - events -
    censored`` of one row is the ``at_risk`` of the next; at time 0 ``at_risk`` is everyone observed from the start.
    The counts of two places add up to those of both together. Times are the same only when they are exactly equal.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [3, 5, 5, 8], "event": [1, 1, 0, 0]})
    >>> print(risk_table(frame, time="days", event="event").table.to_string(index=False))
    group  time  at_risk  entered  events  censored
      all     0        4        0       0         0
      all     3        4        0       1         0
      all     5        3        0       1         1
      all     8        1        0       0         1
    """
    observed = read("risk_table", data, Columns(time, event, by, entry, weights))
    counts = observed.counts
    table = pd.DataFrame({"group": group_column(observed), "time": tidy(counts.time)})
    return Result(
        name="risk_table",
        title=f"People at risk, recorded events and censorings over time{describe.by_title(observed)}",
        table=table.assign(**{name: getattr(counts, name) for name in COUNTS}),
        method=observed.method(),
        checks=describe.checks(observed),
        text=(*_sentences(observed), *describe.cautions(observed)),
        count_columns=COUNTS,
        shape="curve",
    )


def _sentences(observed: Observed) -> list[Sentence]:
    sizes = [describe.size(observed, label, counts) for label, counts in observed.each()]
    return [Sentence(f"{words}.", revealed) for words, revealed in sizes]


def group_column(observed: Observed) -> NDArray[np.object_]:
    """Return the label of every row's group."""
    return np.array(observed.groups, object)[observed.counts.group]


def tidy(times: Floats) -> Integers | Floats:
    """Return whole times as whole numbers, for a reader; others as they are."""
    whole = times.astype(np.int64)
    return whole if np.array_equal(whole, times) else times


def observe(
    function: str,
    data: Table | Frame | Result,
    time: str | None,
    event: str | None,
    by: str | None,
    entry: str | None,
    weights: str | None,
) -> Observed:
    """Return the counts behind an estimate: of people, or of a risk table made before.

    Raises
    ------
    AnalysisError
        When people are given without naming ``time`` and ``event``, or a risk table with them.
    """
    named = {"time": time, "event": event, "by": by, "entry": entry, "weights": weights}
    if isinstance(data, Result):
        if extra := [name for name, column in named.items() if column is not None]:
            raise AnalysisError(f"{function}: a risk table holds its own columns; leave out {', '.join(extra)}")
        return _reopen(function, data)
    if time is None or event is None:
        lacking = [f"{name}=" for name in ("time", "event") if named[name] is None]
        raise AnalysisError(f"{function}: say which columns of the data to use: {', '.join(lacking)}")
    return read(function, data, Columns(time, event, by, entry, weights))


def _reopen(function: str, result: Result) -> Observed:
    """Return the counts of a risk table."""
    if result.name != "risk_table":
        raise AnalysisError(f"{function}: expected people or the result of risk_table, not of {result.name}")
    table = result.table
    if result.suppressed is not None or bool(table[list(COUNTS)].isna().any(axis=None)):
        raise AnalysisError(
            f"{function}: this risk table has been through disclosure control; use the one before it",
        )
    group, labels = pd.factorize(table["group"])
    entered, events, censored = (table[name].to_numpy(dtype=np.int64) for name in COUNTS[1:])
    time = table["time"].to_numpy(dtype=np.float64)
    counts = assemble(group.astype(np.int64), time, entered, events, censored, len(labels))
    if not np.array_equal(counts.at_risk, table["at_risk"]):
        raise AnalysisError(
            f"{function}: at_risk does not follow from entered, events and censored; has the table been changed?",
        )
    named: dict[str, Any] = {part: result.method[part] for part in ("time", "event", "by", "entry", "weights")}
    columns = Columns(**named)
    return Observed(counts, tuple(str(label) for label in labels), columns)
