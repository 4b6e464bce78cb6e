"""Curves that can be shown: counts rounded as they accumulate, and the curve computed again from them.

Cumulative events (of every kind) and censorings move to the middle of bands as wide as the threshold, so that no step
of the curve is one person. The rule is that of a public implementation for primary-care data (see
``docs/reference/disclosure.md``), with one difference: how many people there are is the sum of the rounded totals, so
that the table adds up. Curves that cannot be computed again from such counts are treated in ``steps``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.release.digits import shown_method
from lvrn_eval.release.nullable import nullable
from lvrn_eval.release.words import WITHHELD
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.release.policy import Policy

CENSORED = "censored"
OF_A_CAUSE = "events_"
STEPS = 50
"""A curve has no more steps than this, each of them at a round time."""

EVENTS = ("events", "competing")


def protect_curve(result: Result, policy: Policy) -> Result:
    """Return a curve, or a risk table, as it may be shown.

    Raises
    ------
    ReleaseError
        When neither the curve nor anything read off it can be shown.
    """
    from lvrn_eval.release import steps
    from lvrn_eval.survival.again import can_be_made

    if result.table.empty:
        return replace(result, table=nullable(result.table), suppressed=_nothing(result.table))
    can_be_made_again = can_be_made(result) or result.name == "risk_table"
    if can_be_made_again and result.method.get("entry") is None:
        return round_curve(result, policy)
    if can_be_made_again or result.name in steps.PREDICTED:
        return steps.join(result, policy)
    return steps.withhold(result, policy)


def midpoint(counts: NDArray[np.float64], width: int) -> NDArray[np.int64]:
    """Return counts moved to the middle of their band: 0 stays 0, 1 to ``width`` becomes half of it, and so on."""
    moved = np.ceil(counts / width) * width - np.floor(width / 2) * (counts != 0)
    return np.asarray(moved, dtype=np.int64)


def event_columns(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that count events of different kinds and together are all events."""
    apart = tuple(str(column) for column in table.columns if str(column).startswith(OF_A_CAUSE))
    return apart or tuple(column for column in EVENTS if column in table.columns)


def moments(result: Result) -> NDArray[np.float64]:
    """Return the times at which a curve may step: fiftieths of its length, made round, and the times asked for.

    The time of a step is that of one person's event; moved to the end of its fiftieth, it is nobody's.
    """
    longest = float(result.table["time"].max())
    if longest <= 0:
        return np.zeros(1)
    scale = 10.0 ** np.floor(np.log10(longest / STEPS))
    grid = scale * next(nice for nice in (1, 2, 5, 10) if nice * scale * STEPS >= longest)
    steps = np.round(np.arange(np.ceil(longest / grid) + 1) * grid, 12)
    asked = result.method.get("times")
    return np.union1d(steps, np.array(asked if isinstance(asked, list) else [], dtype=float))


def moved(table: pd.DataFrame, at: NDArray[np.float64]) -> pd.DataFrame:
    """Return one group's counts with each at the next of some times; none is later than the last of them."""
    times = at[np.searchsorted(at, table["time"].to_numpy(dtype=float))]
    counted = [name for name in table.columns if name not in {"group", "time", "at_risk"}]
    return table[counted].groupby(times).sum().rename_axis("time").reset_index()


def rounded_counts(table: pd.DataFrame, width: int, events: Sequence[str] = ("events",)) -> pd.DataFrame:
    """Return one group's risk table with events and censorings rounded as they accumulate, each kind by itself.

    Parameters
    ----------
    table
        ``time``, the columns of ``events`` and ``censored`` of one group, ordered by time, nobody entering late.
    width
        The width of the bands.
    events
        The columns of events.

    Returns
    -------
    DataFrame
        ``time, at_risk, entered``, the events and ``censored``, only for time 0 and times at which something changes.
    """
    middles = {
        name: midpoint(np.cumsum(table[name].to_numpy(dtype=float)), width)
        for name in (*events, CENSORED)
        # a kind of event nobody has stays a column of zeros
    }
    left = np.sum(list(middles.values()), axis=0)
    at_risk = left[-1] - np.concatenate([[0], left[:-1]])
    steps = {name: np.diff(values, prepend=0) for name, values in middles.items()}
    rounded = pd.DataFrame({"time": table["time"].to_numpy(), "at_risk": at_risk, "entered": 0} | steps)
    changes = (rounded[list(steps)] > 0).any(axis="columns")
    return rounded[changes | (rounded["time"] == 0)]


def round_curve(result: Result, policy: Policy) -> Result:
    """Return a curve of people observed from the start as it may be shown, computed again from rounded counts.

    Groups of fewer people than the threshold are hidden as a whole: one row says so. Rows that stand for several people
    count as so many.
    """
    shown, hidden = shown_groups(result, policy)
    protected = _again(result, shown, policy.width) if shown else _nothing_left(result)
    protected = replace(protected, parts={name: _as_shown(part, policy) for name, part in protected.parts.items()})
    return finish(result, protected, hidden, policy, f"cumulative, to the middle of bands of {policy.width}")


def shown_groups(result: Result, policy: Policy) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the rows of the groups with enough people, and the labels of the others."""
    groups = {str(name): rows for name, rows in result.table.groupby("group", sort=False)}
    shown = {name: rows for name, rows in groups.items() if rows["at_risk"].max() >= policy.width}
    return shown, [name for name in groups if name not in shown]


def finish(result: Result, protected: Result, hidden: Sequence[str], policy: Policy, rounding: str) -> Result:
    """Return a protected curve with a row for every hidden group, and the names of the original."""
    kept = nullable(protected.table)
    table = pd.concat([kept, _hidden_rows(kept, hidden)], ignore_index=True)
    if "time" in table.columns and (table["time"] % 1 == 0).all():
        table["time"] = table["time"].astype("Int64")
    suppressed = _nothing(table)
    if protected.suppressed is not None:
        suppressed.iloc[: len(kept)] = protected.suppressed.to_numpy()
    numbers = [column for column in table.columns if column not in {"group", "time"}]
    suppressed.loc[table["group"].isin(list(hidden)), numbers] = True
    note = (Sentence("Groups with too few people are not shown."),) if hidden else ()
    return replace(
        protected,
        name=result.name,
        title=result.title,
        figure=result.figure,
        table=table,
        suppressed=suppressed,
        method=shown_method({**protected.method, "rounding": rounding}, policy),
        checks=tuple(replace(check, counts=()) for check in protected.checks),
        text=tuple(replace(sentence, counts=()) for sentence in protected.text) + note,
    )


def _again(result: Result, shown: dict[str, pd.DataFrame], width: int) -> Result:
    """Compute the curve again from the rounded counts of the groups that are shown."""
    from lvrn_eval.survival.again import again

    events = event_columns(result.table)
    at, counted = moments(result), ["time", *events, CENSORED]
    counts = [
        rounded_counts(moved(rows[counted], at), width, events).assign(group=name) for name, rows in shown.items()
    ]
    table = pd.concat(counts, ignore_index=True)
    return again(result, table[["group", "time", "at_risk", "entered", *events, CENSORED]])


def _nothing_left(result: Result) -> Result:
    """Return a curve without groups: what was said of them is left out with them."""
    checks = tuple(Check(check.name, None, WITHHELD) for check in result.checks)
    return replace(result, parts={}, table=result.table[:0], checks=checks, text=(Sentence(WITHHELD),))


def _hidden_rows(like: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    rows = pd.DataFrame({"group": list(groups), "time": 0}).reindex(columns=like.columns)
    return rows.astype(like.dtypes.to_dict())


def _as_shown(part: Result, policy: Policy) -> Result:
    """Return a part that was computed from rounded counts: nothing more of it need be hidden."""
    method = shown_method(part.method, policy)
    return replace(part, table=nullable(part.table), suppressed=_nothing(part.table), method=method)


def _nothing(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(data=False, index=table.index, columns=table.columns)
