"""The risk table: the counts from which every curve and test of times can be worked out, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result, Sentence
from lvrn_eval.survival import describe
from lvrn_eval.survival.inputs import ONE, Causes, Columns, Observed, read
from lvrn_eval.survival.kernels.tally import Floats, Integers, assemble

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.engine import Frame, Table

COUNTS = ("at_risk", "entered", "events", "censored")
PARTS = ("time", "event", "by", "entry", "weights")


def risk_table(
    data: Table | Frame,
    time: str,
    event: str,
    by: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    causes: Sequence[int] | None = None,
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
    causes
        The codes of ``event`` that stand for competing events, such as ``(1, 2)``; without it there is one kind of
        event, 1 or true. Name every code, also those nobody here has, and the tables of all places have the same
        columns.

    Returns
    -------
    Result
        ``table`` with the columns ``group``, ``time``, ``at_risk``, ``entered``, ``events``, ``censored``: one row per
        group and time at which anything happens, and for every group one for time 0. With ``causes`` a column
        ``events_1``, ``events_2``, ... for each code follows ``events``, which is their sum.

    Raises
    ------
    AnalysisError
        When a column is unknown or holds what it may not; every fault at once, in counts of rows.

    Notes
    -----
    A person is at risk at ``t`` when entry < t <= exit. At one time events come first, then censorings, then entries.
    ``entered`` counts those who come under observation after time 0, so within a group ``at_risk + entered - events -
    censored`` of one row is the ``at_risk`` of the next; at time 0 ``at_risk`` is everyone observed from the start.
    The counts of two places add up to those of both together (``pool``). Times are the same only when they are exactly
    equal. The table has not been through disclosure control: a count of 1 is one person.

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
    told = ONE if causes is None else Causes(stated_codes("risk_table", causes))
    return as_result(read("risk_table", data, Columns(time, event, by, entry, weights), told))


def as_result(observed: Observed) -> Result:
    """Return counts as the result of ``risk_table``."""
    counts, codes = observed.counts, observed.causes.codes
    columns: dict[str, Any] = {"group": group_column(observed), "time": tidy(counts.time)}
    columns |= {name: getattr(counts, name) for name in COUNTS[:3]}
    apart = observed.causes != ONE
    if apart:
        columns |= dict(zip(code_columns(codes), counts.causes.T, strict=True))
    columns["censored"] = counts.censored
    return Result(
        name="risk_table",
        title=f"People at risk, recorded events and censorings over time{describe.by_title(observed)}",
        table=pd.DataFrame(columns),
        method=observed.method() | {"causes": list(codes) if apart else None, "zero_weights": observed.no_weight},
        checks=describe.checks(observed),
        text=(*_sentences(observed), *describe.cautions(observed)),
        count_columns=tuple(name for name in columns if name not in {"group", "time"}),
        shape="curve",
    )


def code_columns(codes: Iterable[int]) -> list[str]:
    """Return the columns that count each cause."""
    return [f"events_{code}" for code in codes]


def stated_codes(function: str, causes: Sequence[Any]) -> tuple[int, ...]:
    """Return the codes of causes.

    Raises
    ------
    AnalysisError
        When any is not a whole number from 1, or named twice, or there is none.
    """
    try:
        codes = [index(code) for code in causes]
    except TypeError:
        codes = []
    if not codes or len(set(codes)) < len(codes) or min(codes) < 1:
        raise AnalysisError(f"{function}: causes must be different whole numbers from 1, such as (1, 2)")
    return tuple(sorted(codes))


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
    strata: str | None = None,
    causes: Causes = ONE,
) -> Observed:
    """Return the counts behind an estimate: of people, or of a risk table made before.

    Raises
    ------
    AnalysisError
        When people are given without naming ``time`` and ``event``, or a risk table with them.
    """
    named = {"time": time, "event": event, "by": by, "entry": entry, "weights": weights, "strata": strata}
    if isinstance(data, Result):
        if extra := [name for name, column in named.items() if column is not None]:
            raise AnalysisError(f"{function}: a risk table holds its own columns; leave out {', '.join(extra)}")
        return retell(function, reopen(function, data), causes)
    if time is None or event is None:
        lacking = [f"{name}=" for name in ("time", "event") if named[name] is None]
        raise AnalysisError(f"{function}: say which columns of the data to use: {', '.join(lacking)}")
    return read(function, data, Columns(time, event, by, entry, weights, strata), causes)


def reopen(function: str, result: Result) -> Observed:
    """Return the counts of a risk table.

    Raises
    ------
    AnalysisError
        When it is no risk table, was changed, or has been through disclosure control.
    """
    if result.name != "risk_table":
        raise AnalysisError(f"{function}: expected people or the result of risk_table, not of {result.name}")
    table, codes = result.table, result.method.get("causes")
    if codes is None and (of := result.method.get("of")) is not None:
        raise AnalysisError(f"{function}: these are the counts of cause {of} alone; use cumulative_incidence")
    told = Causes(stated_codes(function, codes)) if isinstance(codes, list) else ONE
    events = ["events"] if told == ONE else code_columns(told.codes)
    if lacking := [name for name in (*COUNTS, *events) if name not in table]:
        raise AnalysisError(f"{function}: this risk table lacks the columns {', '.join(lacking)}")
    if result.suppressed is not None or bool(table[[*COUNTS, *events]].isna().any(axis=None)):
        raise AnalysisError(
            f"{function}: this risk table has been through disclosure control; use the one before it",
        )
    group, labels = pd.factorize(table["group"])
    entered, censored = (table[name].to_numpy(dtype=np.int64) for name in ("entered", "censored"))
    causes = table[events].to_numpy(dtype=np.int64)
    time = table["time"].to_numpy(dtype=np.float64)
    counts = assemble(group.astype(np.int64), time, entered, causes, censored, len(labels))
    if not all(np.array_equal(getattr(counts, name), table[name]) for name in ("at_risk", "events")):
        raise AnalysisError(
            f"{function}: at_risk does not follow from entered, events and censored; has the table been changed?",
        )
    named: dict[str, Any] = {part: result.method[part] for part in PARTS}
    unused: Any = result.method.get("zero_weights", 0)
    return Observed(counts, tuple(str(label) for label in labels), Columns(**named), no_weight=unused, causes=told)


def retell(function: str, observed: Observed, causes: Causes) -> Observed:
    """Return a risk table's counts with the causes an estimate tells apart.

    Raises
    ------
    AnalysisError
        When the table does not tell them.
    """
    has = observed.causes
    if causes == has:
        return observed
    if not causes.others:
        raise AnalysisError(
            f"{function}: this risk table tells {len(has.codes)} competing causes apart; use cumulative_incidence, or "
            "count people again without causes=",
        )
    if unknown := [code for code in causes.codes if code not in has.codes]:
        raise AnalysisError(
            f"{function}: of={unknown[0]} is none of the causes of this risk table: {', '.join(map(str, has.codes))}",
        )
    picked = causes.pick(np.array(has.codes), observed.counts.causes)
    return replace(observed, counts=replace(observed.counts, causes=picked), causes=causes)
