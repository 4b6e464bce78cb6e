"""Curves that cannot be computed again from rounded counts: in long steps, or only at stated times.

Where people come under observation late, or a model stands behind the curve, its steps stand at round times, and are
joined until each holds at least as many events as the threshold; each event is one person's. Where one person can have
many events, joining them would hide nobody, so that only what was asked for at stated times is shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release.curves import event_columns, finish, moments, shown_groups
from lvrn_eval.release.digits import shown_digits, shown_method
from lvrn_eval.release.nullable import nullable
from lvrn_eval.release.words import shown_checks, shown_sentences
from lvrn_eval.result import Check, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.release.policy import Policy

PREDICTED = frozenset({"predicted_survival", "predicted_hazard"})
JOINED = "steps joined until each holds"
"""How the method of a joined curve begins to say so: between its steps, who was at risk is not in its table."""

READ_OFF = ("estimate", "std_error", "conf_low", "conf_high")
ONLY_AT_TIMES = (
    "The curve itself is not shown: one person can have several of its events, so joining events would hide nobody. "
    "The means at the stated times are shown."
)


def join(result: Result, policy: Policy) -> Result:
    """Return a curve whose steps each hold at least as many events as the threshold.

    A step is shown at a round time, which is nobody's, and no step with too few people left after it; events,
    censorings and entries are those since the step before. What is stated at certain times is read off these steps; by
    when stated shares of people had the event is hidden, since that is the time of one of them.
    """
    shown, hidden = shown_groups(result, policy)
    at = moments(result)
    pieces = [_joined(rows, at, policy) for rows in shown.values()]
    table = pd.concat(pieces, ignore_index=True) if pieces else result.table[:0]
    counts = [name for name in result.count_columns if name in table.columns]
    table, suppressed = _hide_few(nullable(table), counts, policy)
    table = shown_digits(table, frozenset({*counts, "time"}))
    for name in counts:
        table[name] = table[name].map(policy.rounded, na_action="ignore").astype("Int64")
    protected = replace(result, table=table, suppressed=suppressed)
    protected = replace(
        protected, parts={name: _part(part, result, protected, policy) for name, part in result.parts.items()}
    )
    protected = replace(protected, checks=shown_checks(result, _all_hidden(protected)))
    protected = replace(protected, text=shown_sentences(result, _all_hidden(protected)))
    return finish(result, protected, hidden, policy, f"{JOINED} {policy.width} events")


def withhold(result: Result, policy: Policy) -> Result:
    """Return a curve with every group hidden, and what was asked for at stated times.

    Raises
    ------
    ReleaseError
        When no times were stated.
    """
    from lvrn_eval.release.suppress import protect_table

    stated = result.parts.get("at_times")
    if stated is None or stated.table.empty:
        raise ReleaseError(
            f"the curve {result.name!r} counts events of which one person can have several, which this policy cannot "
            "round; give times= to release the estimates at stated times instead",
        )
    groups = list(dict.fromkeys(result.table["group"].astype(str)))
    protected = protect_table(replace(result, table=result.table[:0], shape="counts"), policy)
    protected = replace(
        protected,
        shape=result.shape,
        checks=(*shown_checks(result, _all_hidden(protected)), Check("curve_shown", None, ONLY_AT_TIMES)),
        text=shown_sentences(result, _all_hidden(protected)),
    )
    made = finish(result, protected, groups, policy, "the curve is not shown; estimates at stated times are")
    return replace(made, text=protected.text)


def _joined(rows: pd.DataFrame, at: NDArray[np.float64], policy: Policy) -> pd.DataFrame:
    """Return one group's rows at time 0 and at the ends of steps, with the counts of each step."""
    counted = [name for name in ("entered", *event_columns(rows), "events", "censored") if name in rows.columns]
    leaving = rows[[name for name in (*event_columns(rows), "censored") if name in rows.columns]].sum(axis="columns")
    enough = ~(rows["at_risk"] - leaving < policy.width).to_numpy(dtype=bool)
    times = rows["time"].to_numpy(dtype=float)
    # the curve at a round time is what it was at its last row by then
    last, first_seen = np.unique(_by_then(times, at), return_index=True)
    had = rows["events"].to_numpy(dtype=float).cumsum()[last]
    kept = np.array([0, *(end for end in _ends(had, policy.width) if enough[last[end]])], dtype=np.int64)
    sums = rows[list(dict.fromkeys(counted))].cumsum().iloc[last[kept]]
    ends = rows.iloc[last[kept]].assign(time=at[first_seen][kept])
    return ends.assign(**{name: np.diff(sums[name], prepend=0) for name in sums.columns})


def _by_then(times: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the row of a curve that holds at each of some times: its last by then; every curve begins at time 0."""
    return np.asarray(np.searchsorted(times, at, side="right") - 1)


def _ends(events: NDArray[np.float64], threshold: int) -> list[int]:
    """Return the rows by which the threshold's number of events more had come than by the last such row."""
    ends: list[int] = []
    had = 0.0
    while events.size and had + threshold <= events[-1]:
        row = int(np.searchsorted(events, had + threshold))
        ends.append(row)
        had = float(events[row])
    return ends


def _hide_few(table: pd.DataFrame, counts: list[str], policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hide the few who were censored or came within a step; that nothing had happened by time 0 is known to all."""
    suppressed = pd.DataFrame(data=False, index=table.index, columns=table.columns)
    for name in counts:
        known = (table["time"] == 0) & (table[name] == 0)
        suppressed[name] = ((table[name] < policy.width) & ~known).fillna(value=False).astype(bool)
    masked: pd.DataFrame = table.mask(suppressed)
    return masked, suppressed


def _part(part: Result, result: Result, joined: Result, policy: Policy) -> Result:
    """Return a part of a joined curve: limits at its steps, estimates read off it, or hidden."""
    from lvrn_eval.release.suppress import protect_table

    if part.shape == "curve":
        return _at_steps(part, result, joined)
    if "time" in part.table.columns:
        read = protect_table(replace(part, table=_read_off(part.table, joined)), policy)
        # what has no step yet is hidden, not unknown
        return replace(read, suppressed=read.suppressed | (part.table.notna() & read.table.isna()))
    return _hidden_whole(part, policy)


def _hidden_whole(part: Result, policy: Policy) -> Result:
    """Return a table of which every number is hidden: each is one person's time."""
    kept = {*part.table.select_dtypes(exclude="number").columns, "probability", "conf_level"}
    numbers = [name for name in part.table.columns if name not in kept]
    suppressed = pd.DataFrame(data=False, index=part.table.index, columns=part.table.columns)
    suppressed[numbers] = part.table[numbers].notna()
    hidden = replace(part, table=nullable(part.table).mask(suppressed), suppressed=suppressed.astype(bool))
    hidden = replace(hidden, method=shown_method(part.method, policy), checks=shown_checks(part, hidden))
    return replace(hidden, text=shown_sentences(part, hidden))


def _at_steps(part: Result, result: Result, joined: Result) -> Result:
    """Return the limits of the whole curve at the steps that are shown, where it has any."""
    limits = part.table[["group", "time", "conf_low", "conf_high"]].rename(columns={"time": "stands_at"})
    table = joined.table.drop(columns=["conf_low", "conf_high"])
    for group, steps in table.groupby("group", sort=False):
        times = result.table.loc[result.table["group"] == group, "time"].to_numpy(dtype=float)
        table.loc[steps.index, "stands_at"] = times[_by_then(times, steps["time"].to_numpy(dtype=float))]
    table = table.merge(limits, on=["group", "stands_at"])
    table = shown_digits(nullable(table[list(part.table.columns)]), frozenset({*part.count_columns, "time"}))
    suppressed = pd.DataFrame(data=False, index=table.index, columns=table.columns)
    for name in part.count_columns:
        suppressed[name] = table[name].isna()
    return replace(part, table=table, suppressed=suppressed.astype(bool))


def _read_off(table: pd.DataFrame, joined: Result) -> pd.DataFrame:
    """Return estimates at stated times as the last step by then has them, with the events up to that step."""
    table = table.copy()
    for row in table.itertuples():
        steps = joined.table[(joined.table["group"] == row.group) & (joined.table["time"] <= row.time)]
        for name in READ_OFF:
            table.loc[row.Index, name] = float(steps[name].iloc[-1]) if len(steps) else np.nan
        table.loc[row.Index, "n_events"] = int(steps["events"].fillna(0).sum())
    return table


def _all_hidden(protected: Result) -> Result:
    """Return a result that says of all its numbers that they are hidden, so that no exact one is said in words."""
    return replace(protected, suppressed=pd.DataFrame({"hidden": [True]}))
