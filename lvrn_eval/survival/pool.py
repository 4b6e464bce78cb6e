"""Adding up risk tables of several places, without sharing a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.result import Result
from lvrn_eval.survival.inputs import Observed
from lvrn_eval.survival.kernels.tally import Integers, assemble
from lvrn_eval.survival.risk_table import as_result, reopen


def pool(tables: Sequence[Result]) -> Result:
    """Add up risk tables: groups of the same label become one, other groups stand side by side.

    Two forces that each count their own people and exchange risk tables have the estimates of everyone together, to
    the last digit, and neither has seen a person of the other's.

    Parameters
    ----------
    tables
        Results of ``risk_table`` or ``read_risk_table``, of different people, counted alike: the same columns for
        ``time`` to ``weights``, time in the same unit, the same ``causes``.

    Returns
    -------
    Result
        As ``risk_table`` would have counted them together.

    Raises
    ------
    AnalysisError
        When there are none, or they were not counted alike; every difference at once.

    Notes
    -----
    Only the names of columns can be compared: that ``days`` means the same in both places, and that nobody is in
    both, is for the places to make sure of. A risk table has not been through disclosure control: a count of 1 is one
    person, so exchange it as the agreement between the places allows.

    Examples
    --------
    >>> import pandas as pd
    >>> from lvrn_eval.survival import risk_table
    >>> here = risk_table(pd.DataFrame({"days": [3, 5], "event": [1, 0]}), time="days", event="event")
    >>> there = risk_table(pd.DataFrame({"days": [5, 8], "event": [1, 0]}), time="days", event="event")
    >>> print(pool([here, there]).table.to_string(index=False))
    group  time  at_risk  entered  events  censored
      all     0        4        0       0         0
      all     3        4        0       1         0
      all     5        3        0       1         1
      all     8        1        0       0         1
    """
    opened = [reopen("pool", table) for table in tables]
    if not opened:
        raise AnalysisError("pool: there are no risk tables to add up")
    first = opened[0]
    if faults := [fault for number, other in enumerate(opened[1:], 2) for fault in _differences(number, first, other)]:
        raise AnalysisError("pool: the risk tables were not counted alike", faults)
    groups = tuple(dict.fromkeys(label for one in opened for label in one.groups))
    moves = [
        np.concatenate(column) for column in zip(*((one.counts.time, *_moves(one)) for one in opened), strict=True)
    ]
    time, entered, causes, censored = moves
    group = np.concatenate(
        [np.array([groups.index(label) for label in one.groups])[one.counts.group] for one in opened]
    )
    counts = assemble(group, time, entered, causes, censored, len(groups))
    unused = sum(one.no_weight for one in opened)
    return as_result(replace(first, counts=counts, groups=groups, no_weight=unused))


def _moves(one: Observed) -> tuple[Integers, Integers, Integers]:
    return one.counts.entered, one.counts.causes, one.counts.censored


def _differences(number: int, first: Observed, other: Observed) -> list[Fault]:
    """Return a fault for every choice in which a table differs from the first."""
    choices = [
        (f"{part}=", mine, vars(other.columns)[part])
        for part, mine in vars(first.columns).items()
        if vars(other.columns)[part] != mine
    ]
    if first.causes != other.causes:
        choices.append(("causes=", list(first.causes.codes), list(other.causes.codes)))
    return [
        Fault(f"table {number}", f"{name}{theirs!r}, where table 1 has {mine!r}", "count it again like the first")
        for name, mine, theirs in choices
    ]
