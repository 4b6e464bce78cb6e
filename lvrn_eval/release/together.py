"""Tables of one analysis about the same people: what one hides, another must not tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.release.nullable import nullable

if TYPE_CHECKING:
    from lvrn_eval.result import Result

OTHERS = ("other", "reference")
LESS = " less "
"""Columns with the second group of a pair, and what stands between the two groups of a difference."""

SHOWN = frozenset({"time", "tau", "conf_level"})


def hide_across(result: Result) -> Result:
    """Return a protected result in which no pair of groups tells of a group that one of its tables hides.

    A pair's people are those of both its groups, so one group that is shown would give the other away.
    """
    hidden = {group for table in (result, *result.parts.values()) for group in _hidden_groups(table)}
    if not hidden:
        return result
    parts = {name: _hide_pairs(part, hidden) for name, part in result.parts.items()}
    return replace(_hide_pairs(result, hidden), parts=parts)


def _hidden_groups(result: Result) -> Iterable[tuple[str, str]]:
    """Return the groups of which a table hides anything, with the time of the row where it has one."""
    marks = result.suppressed
    if marks is None or "group" not in result.table.columns or _second(result.table) is not None:
        return []
    rows = result.table[marks.any(axis="columns")]
    return set(zip(rows["group"].astype(str), _times(rows), strict=True))


def _times(table: pd.DataFrame) -> list[str]:
    return [str(time) for time in table["time"]] if "time" in table.columns else [""] * len(table)


def _second(table: pd.DataFrame) -> str | None:
    """Return the column with the second group of each pair; categories of a model are no groups."""
    found = [name for name in OTHERS if name in table.columns and "variable" not in table.columns]
    return found[0] if found else None


def _pairs(table: pd.DataFrame, hidden: set[tuple[str, str]]) -> pd.Series:
    """Say which rows are of a pair with a hidden group."""
    if "group" not in table.columns or table.empty:
        return pd.Series(data=False, index=table.index)
    group, second = table["group"].astype(str), _second(table)
    if second is not None:
        first, last = group, table[second].astype(str)
    else:
        halves = group.str.partition(LESS)
        first, last = halves[0].where(halves[2] != ""), halves[2].where(halves[2] != "")
    rows = [
        bool({(one, time), (other, time)} & hidden) for one, other, time in zip(first, last, _times(table), strict=True)
    ]
    return pd.Series(rows, index=table.index, dtype=bool)


def _hide_pairs(result: Result, hidden: set[tuple[str, str]]) -> Result:
    rows = _pairs(result.table, hidden)
    if result.suppressed is None or not rows.any():
        return result
    floats = [name for name in result.table.select_dtypes("float").columns if name not in SHOWN]
    marks = result.suppressed.copy()
    for column in dict.fromkeys([*result.count_columns, *floats]):
        marks[column] |= rows & result.table[column].notna()
    marks = marks.astype(bool)
    return replace(result, table=nullable(result.table).mask(marks), suppressed=marks)
