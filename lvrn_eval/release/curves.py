"""Curves that can be shown: counts rounded as they accumulate, and the curve computed again from them.

Cumulative events and censorings move to the middle of bands as wide as the threshold, so that no step of the curve is
one person. The rule is that of a public implementation for primary-care data (see ``docs/reference/disclosure.md``),
with one difference: how many people there are is the sum of the two rounded totals, so that the table adds up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release.nullable import nullable
from lvrn_eval.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.release.policy import Policy

COUNTS = ("at_risk", "events", "censored")


def midpoint(counts: NDArray[np.float64], width: int) -> NDArray[np.int64]:
    """Return counts moved to the middle of their band: 0 stays 0, 1 to ``width`` becomes half of it, and so on."""
    moved = np.ceil(counts / width) * width - np.floor(width / 2) * (counts != 0)
    return np.asarray(moved, dtype=np.int64)


def rounded_counts(table: pd.DataFrame, width: int) -> pd.DataFrame:
    """Return one group's risk table with events and censorings rounded as they accumulate.

    Parameters
    ----------
    table
        ``time, at_risk, events, censored`` of one group, ordered by time, nobody entering late.
    width
        The width of the bands.

    Returns
    -------
    DataFrame
        ``time, at_risk, entered, events, censored``, only for time 0 and times at which something changes.
    """
    events, censored = (midpoint(np.cumsum(table[name].to_numpy(dtype=float)), width) for name in COUNTS[1:])
    left = events + censored
    rounded = pd.DataFrame(
        {
            "time": table["time"].to_numpy(),
            "at_risk": left[-1] - np.concatenate([[0], left[:-1]]),
            "entered": 0,
            "events": np.diff(events, prepend=0),
            "censored": np.diff(censored, prepend=0),
        },
    )
    return rounded[(rounded["events"] > 0) | (rounded["censored"] > 0) | (rounded["time"] == 0)]


def round_curve(result: Result, policy: Policy) -> Result:
    """Return a survival curve as it may be shown, computed again from rounded counts.

    Groups of fewer people than the threshold are hidden as a whole: one row says so.

    Raises
    ------
    ReleaseError
        When people enter late or are weighted: how to round such curves safely is not settled here.
    """
    if result.method.get("entry") or result.method.get("weights"):
        raise ReleaseError(
            f"the curve {result.name!r} has late entries or weights, which this policy cannot round; "
            "release the estimates at stated times instead",
        )
    groups = {str(name): rows for name, rows in result.table.groupby("group", sort=False)}
    shown = {name: rows for name, rows in groups.items() if not policy.hides(rows["at_risk"].max())}
    hidden = [name for name in groups if name not in shown]
    protected = _again(result, shown, policy.threshold) if shown else replace(result, parts={}, table=result.table[:0])
    kept = nullable(protected.table)
    table = pd.concat([kept, _hidden_rows(kept, hidden)], ignore_index=True)
    suppressed = pd.DataFrame(data=False, index=table.index, columns=table.columns)
    numbers = [column for column in table.columns if column not in {"group", "time"}]
    suppressed.loc[table["group"].isin(hidden), numbers] = True
    return replace(
        protected,
        name=result.name,
        title=result.title,
        table=table,
        suppressed=suppressed,
        method={**protected.method, "rounding": f"cumulative, to the middle of bands of {policy.threshold}"},
        parts={name: _no_more_hidden(part) for name, part in protected.parts.items()},
    )


def _again(result: Result, shown: dict[str, pd.DataFrame], width: int) -> Result:
    """Compute the curve again from the rounded counts of the groups that are shown."""
    from lvrn_eval.survival import kaplan_meier, nelson_aalen

    counts = [rounded_counts(rows, width).assign(group=name) for name, rows in shown.items()]
    table = pd.concat(counts, ignore_index=True)[["group", "time", "at_risk", "entered", "events", "censored"]]
    risk = Result(
        name="risk_table",
        title=result.title,
        table=table,
        method=result.method,
        count_columns=("at_risk", "entered", "events", "censored"),
        shape="curve",
    )
    chosen = {"conf_level", "conf_type", "times", "quantiles"} & set(result.method)
    choices: dict[str, Any] = {name: result.method[name] for name in sorted(chosen)}
    estimate = nelson_aalen if result.method["estimator"] == "Nelson-Aalen" else kaplan_meier
    return estimate(risk, **choices)


def _hidden_rows(like: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame({"group": groups, "time": 0}).reindex(columns=like.columns)
    return rows.astype(like.dtypes.to_dict())


def _no_more_hidden(part: Result) -> Result:
    return replace(part, suppressed=pd.DataFrame(data=False, index=part.table.index, columns=part.table.columns))
